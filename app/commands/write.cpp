// SPDX-License-Identifier: GPL-3.0-or-later
// halftone-cli write: the network as ONNX for other runtimes.
#include "app/command.h"
#include "app/summary.h"
#include "app/targets.h"
#include "core/base/error.h"
#include "core/base/text.h"
#include "core/report/json.h"
#include "core/workflow/jobs/write_model.h"

#include <cstdio>
#include <fmt/format.h>

namespace halftone::app {

namespace {

/// The layers that the plan of a report keeps out of int8.
std::vector<std::string> plannedFp32(const std::string& path) {
    const Report report = loadReport(path);
    if (!report.plan)
        throw Error(ErrorCode::Usage, fmt::format("{}: The report holds no plan. Make one with \"halftone-cli plan\".",
                                                  displayText(path)));
    std::vector<std::string> layers;
    for (const PlanLayer& layer : report.plan->layers)
        if (layer.precision != "int8")
            layers.push_back(layer.layer);
    return layers;
}

class WriteCommand : public RequestCommand {
public:
    WriteCommand() : RequestCommand(JobKind::Write, "Write the network as ONNX for other runtimes, quantized or not") {
        progress = "bar";
    }

    void add(Options& options) override {
        RequestCommand::add(options);
        options.add("--out", "The ONNX file to write", m_out, Options::Needed::Yes);
        options.add("--plan", "A report of \"plan\": layers that it keeps out of int8 stay in fp32", m_plan);
    }

    int run(Job& job, Progress& told) override {
        checkFileTarget(m_out);
        WriteRequest request{m_request, m_out, HALFTONE_VERSION};
        if (!m_plan.empty())
            for (const std::string& layer : plannedFp32(m_plan))
                request.job.quantization.keepFp32.push_back(layer);
        const WrittenModel written = writeModel(request, job);
        const double megabytes = static_cast<double>(written.bytes) / 1e6;
        const std::string sentence =
            m_request.written == Precision::Int8
                ? fmt::format("{} of {} layers with weights are in int8; {:.2f} MB", written.int8Layers, written.layers,
                              megabytes)
                : fmt::format("{} layers with weights, in fp32; {:.2f} MB", written.layers, megabytes);
        told.done(m_out, sentence);
        if (progress == "jsonl")
            return 0;
        fmt::print("{}: {}\n", displayText(m_out, 4096), sentence);
        for (const Diagnostic& diagnostic : written.diagnostics)
            fmt::print("{}\n", diagnosticLine(diagnostic));
        return 0;
    }

private:
    std::string m_out, m_plan;
};

} // namespace

std::unique_ptr<Command> writeCommand() {
    return std::make_unique<WriteCommand>();
}

} // namespace halftone::app
