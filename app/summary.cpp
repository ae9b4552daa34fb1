#include "app/summary.h"

#include "core/base/text.h"

#include <fmt/format.h>

namespace halftone::app {

namespace {

std::string megabytes(int64_t bytes) { return fmt::format("{:.2f} MB", static_cast<double>(bytes) / 1e6); }

std::string ports(const std::vector<Port>& list) {
    std::vector<std::string> texts;
    for (const Port& port : list)
        texts.push_back(fmt::format("{} {} {}", port.name, port.type, shapeText(port.shape)));
    return join(texts, ", ");
}

std::string runLine(const Run& run) {
    const Latency& latency = run.latencyMs;
    return fmt::format("{:5} {:10.3f} ms  (95 % {:.3f} to {:.3f}, p90 {:.3f}, {} inferences{})\n", run.precision,
                       latency.median, latency.ci95.lo, latency.ci95.hi, latency.p90, latency.n,
                       latency.stable ? "" : ", unstable");
}

} // namespace

std::string modelSummary(const Report& report) {
    const Model& model = report.model;
    std::string text = fmt::format("{} ({}, {})\n", model.name, model.format, megabytes(model.sizeBytes));
    text += fmt::format("inputs      {}\noutputs     {}\n", ports(model.inputs), ports(model.outputs));
    text += fmt::format("parameters  {}\nMACs        {}\noperators  ", model.parameters, model.macs);
    for (const auto& [op, count] : model.operators)
        text += fmt::format(" {}:{}", op, count);
    return text + "\n" + diagnosticLines(report);
}

std::string diagnosticLines(const Report& report) {
    std::string text;
    for (const Diagnostic& diagnostic : report.diagnostics)
        text += fmt::format("{}: {}\n", diagnostic.severity == Severity::Warning ? "warning" : "note",
                            diagnostic.message);
    return text;
}

std::string profileSummary(const Report& report) {
    std::string text = report.verdict.sentence + "\n";
    for (const Run& run : report.runs)
        text += runLine(run);
    text += fmt::format("weights {} in fp32, {} in int8\n", megabytes(report.model.fp32WeightsBytes),
                        megabytes(report.model.int8WeightsBytes));
    text += fmt::format("{}, {}, {} thread{}\n", report.machine.cpu, report.machine.isa, report.machine.threads,
                        report.machine.threads == 1 ? "" : "s");
    return text;
}

} // namespace halftone::app
