// SPDX-License-Identifier: GPL-3.0-or-later
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
    const bool converts = step.kind != StepKind::Compute && !step.inputs.empty();
    return (converts ? "reorder" : kernel) +
           suffixOf(converts ? std::string_view(step.inputs.front().type) : std::string_view(step.precision));
}

std::vector<Row> rowsOf(const Report& report, const Run& run) {
    std::unordered_map<std::string_view, const Layer*> layers;
    std::unordered_map<int, std::vector<const Layer*>> fused; // by step
    for (const Layer& layer : report.layers) {
        layers.emplace(layer.name, &layer);
        const auto how = layer.byPrecision.find(run.precision);
        if (how != layer.byPrecision.end() && how->second.status == LayerStatus::Fused)
            fused[how->second.step].push_back(&layer);
    }
    std::vector<Row> rows;
    for (size_t i = 0; i < run.steps.size(); ++i) {
        const Step& step = run.steps[i];
        const bool computes = step.kind == StepKind::Compute;
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
        if (how == layer.byPrecision.end() || how->second.status == LayerStatus::Eliminated)
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

/// One line of the summary: its name in CSV and in JSON.
struct Entry {
    const char *name, *key;
    nlohmann::json value;
};

struct Section {
    const char *title, *key;
    std::vector<Entry> entries;
};

std::vector<Section> summaryOf(const Report& report, const Run& run) {
    const Latency& latency = run.latencyMs;
    const auto batch = static_cast<double>(run.batch);
    Section execution{"Execution results",
                      "execution_results",
                      {{"compile model time (ms)", "load_model_time", run.compileMs},
                       {"first inference time (ms)", "first_inference_time", run.firstMs},
                       {"total execution time (ms)", "execution_time", latency.mean * static_cast<double>(latency.n)},
                       {"total number of iterations", "iterations_num", latency.n},
                       {"Median latency (ms)", "latency_median", latency.median},
                       {"Average latency (ms)", "latency_avg", latency.mean},
                       {"Min latency (ms)", "latency_min", latency.min}}};
    if (latency.max > 0)
        execution.entries.push_back({"Max latency (ms)", "latency_max", latency.max});
    if (latency.median > 0)
        execution.entries.push_back({"throughput", "throughput", batch * 1000 / latency.median});
    return {{"Command line parameters",
             "cmd_options",
             {{"m", "m", report.model.path},
              {"d", "d", "CPU"},
              {"api", "api", "sync"},
              {"t", "t", report.options.timeBudgetS},
              {"b", "b", run.batch},
              {"nthreads", "nthreads", run.threads}}},
            {"Configuration setup",
             "configuration_setup",
             {{"benchmark mode", "benchmark_mode", "inference only"},
              {"topology", "topology", report.model.name},
              {"target device", "target_device", "CPU"},
              {"API", "api", "sync"},
              {"precision", "precision", run.precision},
              {"batch size", "batch_size", run.batch},
              {"number of iterations", "iterations_num", latency.n},
              {"number of parallel infer requests", "nireq", 1},
              {"duration (ms)", "duration", report.options.timeBudgetS * 1000},
              {"number of CPU streams", "cpu_streams_num", 1}}},
            std::move(execution)};
}

std::string csv(const std::vector<Section>& sections) {
    std::string text;
    for (const Section& section : sections) {
        text += fmt::format("{};\n", section.title);
        for (const Entry& entry : section.entries) {
            const std::string value = entry.value.is_string()         ? cell(entry.value.get<std::string>())
                                      : entry.value.is_number_float() ? fmt::format("{:.3f}", entry.value.get<double>())
                                                                      : fmt::format("{}", entry.value.get<int64_t>());
            text += fmt::format("{};{};\n", entry.name, value);
        }
        text += "\n";
    }
    return text;
}

nlohmann::json json(const std::vector<Section>& sections) {
    nlohmann::json result;
    for (const Section& section : sections)
        for (const Entry& entry : section.entries)
            result[section.key][entry.key] = entry.value;
    return result;
}

std::string written(const nlohmann::json& json) {
    return json.dump(4, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

} // namespace

std::string benchmarkAppText(const Report& report, const Run& run, BenchmarkAppFormat format) {
    const std::vector<Row> rows = rowsOf(report, run);
    switch (format) {
    case BenchmarkAppFormat::AverageCounters:
    case BenchmarkAppFormat::DetailedCounters: return csv(rows);
    case BenchmarkAppFormat::AverageCountersJson:
        return written({{"report_type", "average"}, {"avg_performance", table(rows)}});
    case BenchmarkAppFormat::DetailedCountersJson:
        return written({{"report_type", "detailed"}, {"detailed_performance", nlohmann::json::array({table(rows)})}});
    case BenchmarkAppFormat::Summary: return csv(summaryOf(report, run));
    case BenchmarkAppFormat::SummaryJson: return written(json(summaryOf(report, run)));
    }
    return "";
}

} // namespace halftone
