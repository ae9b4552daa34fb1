// SPDX-License-Identifier: GPL-3.0-or-later
// halftone-cli export: a saved report in another format.
#include "app/command.h"
#include "core/base/error.h"
#include "core/base/file.h"
#include "core/base/text.h"
#include "core/report/benchmark_app.h"
#include "core/report/csv.h"
#include "core/report/exclusions.h"
#include "core/report/json.h"

#include <algorithm>
#include <fmt/format.h>

namespace halftone::app {

namespace {

class ExportCommand : public Command {
public:
    ExportCommand() : Command("export", "Write a saved report in another format") {}

    void add(Options& options) override {
        options.add("REPORT", "Report file", m_report, Options::Needed::Yes);
        std::vector<std::string> formats{"json", "csv"};
        for (const NamedExclusionFormat& known : kExclusionFormats)
            formats.emplace_back(known.name);
        for (const NamedBenchmarkAppFormat& known : kBenchmarkAppFormats)
            formats.emplace_back(known.name);
        options.addChoice(
            "--format",
            "json, csv (one file a table), or the layers that should not be in int8 for another quantizer: "
            "ort-exclude (ONNX Runtime nodes_to_exclude), nncf-ignored (NNCF IgnoredScope), inc-ops "
            "(Neural Compressor op_name_dict), tflite-denylist (TFLite denylisted_nodes); or one run as "
            "OpenVINO's benchmark_app writes it: openvino-average, openvino-detailed (counters as csv), "
            "openvino-json, openvino-detailed-json, openvino-summary, openvino-summary-json",
            m_format, formats, Options::Needed::Yes);
        options.add("--precision", "openvino-*: the run to write (default: int8 where there is one, else the first)",
                    m_precision);
        options.add("--out", "Folder for csv, else file", m_out, Options::Needed::Yes);
    }
    int run(Job&, Progress&) override {
        const Report loaded = loadReport(m_report);
        const auto* counters = std::ranges::find(kBenchmarkAppFormats, m_format, &NamedBenchmarkAppFormat::name);
        if (counters != kBenchmarkAppFormats.end()) {
            writeFileAtomically(m_out, benchmarkAppText(loaded, chosenRun(loaded), counters->value));
            return 0;
        }
        const auto* exclusions = std::ranges::find(kExclusionFormats, m_format, &NamedExclusionFormat::name);
        if (exclusions != kExclusionFormats.end())
            exportExclusions(loaded, exclusions->value);
        else if (m_format == "json")
            saveReport(loaded, m_out);
        else
            saveCsv(loaded, m_out);
        return 0;
    }

private:
    std::string m_report, m_format, m_precision, m_out;

    const Run& chosenRun(const Report& loaded) const {
        const Run* chosen = loaded.run(m_precision.empty() ? "int8" : m_precision);
        if (!chosen && m_precision.empty() && !loaded.runs.empty())
            chosen = &loaded.runs.front();
        if (chosen)
            return *chosen;
        std::vector<std::string> names;
        for (const Run& run : loaded.runs)
            names.push_back(run.precision);
        throw Error(ErrorCode::BadInput,
                    names.empty()
                        ? fmt::format("{} holds no run. Make one with halftone-cli profile.", displayText(m_report))
                        : fmt::format("{} holds no run in {}; it has {}.", displayText(m_report),
                                      displayText(m_precision), join(names, ", ")));
    }
    void exportExclusions(const Report& loaded, ExclusionFormat exclusions) const {
        const std::vector<std::string> layers = excludedLayers(loaded);
        if (!loaded.plan && layers.empty())
            throw Error(ErrorCode::BadInput,
                        fmt::format("{} holds no plan and no layer was kept in fp32, so nothing tells which layers to "
                                    "exclude. Add a plan with halftone-cli plan --into.",
                                    displayText(m_report)));
        writeFileAtomically(m_out, exclusionText(loaded, layers, exclusions));
    }
};

} // namespace

std::unique_ptr<Command> exportCommand() {
    return std::make_unique<ExportCommand>();
}

} // namespace halftone::app
