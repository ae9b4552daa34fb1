// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/write_command.h"

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

} // namespace

void WriteCommand::add(CLI::App* command) {
    options.add(command);
    command->add_option("--out", out, "The ONNX file to write")->required();
    command
        ->add_option(
            "--precision", precision,
            "int8: with QuantizeLinear and DequantizeLinear, for ONNX Runtime, OpenVINO and others; fp32: folded "
            "and fused as Halftone runs it")
        ->check(CLI::IsMember({"int8", "fp32"}))
        ->capture_default_str();
    command->add_option("--plan", plan, "A report of \"plan\": layers that it keeps out of int8 stay in fp32");
}

int WriteCommand::run(const std::string& commandLine, Job& job, Progress& told) {
    options.resolve(commandLine);
    checkFileTarget(out);
    WriteRequest request{options.request, precision == "int8", out, HALFTONE_VERSION};
    if (!plan.empty())
        for (const std::string& layer : plannedFp32(plan))
            request.job.quantization.keepFp32.push_back(layer);
    const WrittenModel written = writeModel(request, job);
    const std::string sentence =
        request.int8 ? fmt::format("{} of {} layers with weights are in int8; {:.2f} MB", written.int8Layers,
                                   written.layers, static_cast<double>(written.bytes) / 1e6)
                     : fmt::format("{} layers with weights, in fp32; {:.2f} MB", written.layers,
                                   static_cast<double>(written.bytes) / 1e6);
    told.done(out, sentence);
    if (options.progress == "jsonl")
        return 0;
    fmt::print("{}: {}\n", displayText(out, 4096), sentence);
    for (const Diagnostic& diagnostic : written.diagnostics)
        fmt::print("{}\n", diagnosticLine(diagnostic));
    return 0;
}

} // namespace halftone::app
