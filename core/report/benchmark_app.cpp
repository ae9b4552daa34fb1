#include "core/report/benchmark_app.h"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unordered_map>
#include <vector>

namespace halftone {

namespace {

struct Row {
    std::string name, status, type, kernel;
    double ms = 0;
};

std::string suffixOf(std::string_view type) {
    if (type == "int8" || type == "u8" || type == "s8")
        return "_I8";
    if (type == "bf16")
        return "_BF16";
    if (type == "fp16" || type == "f16")
        return "_FP16";
    return "_FP32";
}

/// "jit_int8:avx2" of a step in int8 is "jit_int8_avx2_I8".
std::string execType(const Step& step) {
    std::string kernel = step.kernel.empty() ? "unknown" : step.kernel;
    std::replace(kernel.begin(), kernel.end(), ':', '_');
    const bool converts = step.kind != "compute" && !step.inputs.empty();
    return (converts ? "reorder" : kernel) +
           suffixOf(converts ? std::string_view(step.inputs.front().type) : std::string_view(step.precision));
}

std::vector<Row> rowsOf(const Report& report, const Run& run) {
    std::unordered_map<std::string_view, const Layer*> layers;
    std::unordered_map<int, std::vector<const Layer*>> fused; // by step
    for (const Layer& layer : report.layers) {
        layers.emplace(layer.name, &layer);
        const auto how = layer.byPrecision.find(run.precision);
        if (how != layer.byPrecision.end() && how->second.status == "FUSED")
            fused[how->second.step].push_back(&layer);
    }
    std::vector<Row> rows;
    for (size_t i = 0; i < run.steps.size(); ++i) {
        const Step& step = run.steps[i];
        const bool computes = step.kind == "compute";
        const auto anchor = step.origins.empty() ? layers.end() : layers.find(step.origins.front());
        rows.push_back({step.name, "EXECUTED",
                        !computes                ? "Reorder"
                        : anchor == layers.end() ? step.op
                                                 : anchor->second->op,
                        execType(step), step.medianMs});
        for (const Layer* layer : computes ? fused[static_cast<int>(i)] : std::vector<const Layer*>{})
            rows.push_back({layer->name, "NOT_RUN", layer->op, "undef", 0});
    }
    for (const Layer& layer : report.layers) {
        const auto how = layer.byPrecision.find(run.precision);
        if (how == layer.byPrecision.end() || how->second.status == "ELIMINATED")
            rows.push_back({layer.name, "OPTIMIZED_OUT", layer.op, "undef", 0});
    }
    return rows;
}

double totalMs(const std::vector<Row>& rows) {
    double total = 0;
    for (const Row& row : rows)
        total += row.ms;
    return total;
}

/// benchmark_app quotes nothing, so a separator in a name would make two cells of it; and no cell may be a formula.
std::string cell(std::string text) {
    std::replace_if(
        text.begin(), text.end(), [](char c) { return c == ';' || c == '\r' || c == '\n'; }, '_');
    if (!text.empty() && std::string_view("=+-@\t").find(text.front()) != std::string_view::npos)
        text.insert(text.begin(), '\'');
    return text;
}

std::string csv(const std::vector<Row>& rows) {
    std::string text = "layerName;execStatus;layerType;execType;realTime (ms);cpuTime (ms);\n";
    for (const Row& row : rows)
        text += fmt::format("{};{};{};{};{:.6f};{:.6f};\n", cell(row.name), row.status, cell(row.type),
                            cell(row.kernel), row.ms, row.ms);
    const double total = totalMs(rows);
    return text + fmt::format("Total;;;;{:.3f};{:.3f};\n\n", total, total);
}

nlohmann::json table(const std::vector<Row>& rows) {
    nlohmann::json nodes = nlohmann::json::array();
    for (const Row& row : rows)
        nodes.push_back({{"name", row.name},
                         {"status", row.status},
                         {"node_type", row.type},
                         {"exec_type", row.kernel},
                         {"real_time", row.ms},
                         {"cpu_time", row.ms}});
    const double total = totalMs(rows);
    return {{"nodes", nodes}, {"total_real_time", total}, {"total_cpu_time", total}};
}

std::string written(const nlohmann::json& json) {
    return json.dump(4, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

} // namespace

std::string benchmarkAppText(const Report& report, const Run& run, BenchmarkAppFormat format) {
    const std::vector<Row> rows = rowsOf(report, run);
    switch (format) {
    case BenchmarkAppFormat::AverageCounters:
    case BenchmarkAppFormat::DetailedCounters:
        return csv(rows);
    case BenchmarkAppFormat::AverageCountersJson:
        return written({{"report_type", "average"}, {"avg_performance", table(rows)}});
    case BenchmarkAppFormat::DetailedCountersJson:
        return written({{"report_type", "detailed"}, {"detailed_performance", nlohmann::json::array({table(rows)})}});
    }
    return "";
}

} // namespace halftone
