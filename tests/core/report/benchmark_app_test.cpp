// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/benchmark_app.h"
#include "tests/support/catch.h"
#include "tests/support/full_example_report.h"

#include <nlohmann/json.hpp>
#include <sstream>

using namespace halftone;

namespace {

/// conv1 with relu1 inside, an input conversion before it, dropped that nothing needs, fc in fp32.
Report small() {
    Report report;
    Run run;
    run.precision = "int8";
    Step reorder, conv, fc;
    reorder.name = "data to u8";
    reorder.kind = StepKind::ConvertBoth;
    reorder.kernel = "jit:uni";
    reorder.inputs = {{"data", "f32", "nchw"}};
    reorder.medianMs = 0.25;
    conv.name = conv.op = "conv1";
    conv.kind = fc.kind = StepKind::Compute;
    conv.kernel = "brgconv:avx512_core_vnni";
    conv.precision = "int8";
    conv.origins = {"conv1", "relu1"};
    conv.medianMs = 0.5;
    fc.name = "=fc;1";
    fc.op = "FullyConnected";
    fc.kernel = "jit:avx2";
    fc.precision = "fp32";
    fc.medianMs = 0.125;
    run.steps = {reorder, conv, fc};
    report.runs = {run};
    const auto layer = [&](const char* name, const char* op, LayerStatus status, int step) {
        Layer result;
        result.name = name;
        result.op = op;
        result.byPrecision["int8"].status = status;
        result.byPrecision["int8"].step = step;
        report.layers.push_back(result);
    };
    layer("conv1", "Convolution", LayerStatus::Executed, 1);
    layer("relu1", "ReLU", LayerStatus::Fused, 1);
    layer("dropped", "Identity", LayerStatus::Eliminated, -1);
    return report;
}

std::vector<std::string> lines(const std::string& text) {
    std::vector<std::string> result;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);)
        result.push_back(line);
    return result;
}

} // namespace

TEST_CASE("counters are written as benchmark_app writes them") {
    const Report report = small();
    for (const BenchmarkAppFormat format : {BenchmarkAppFormat::AverageCounters, BenchmarkAppFormat::DetailedCounters})
        CHECK(lines(benchmarkAppText(report, report.runs[0], format)) ==
              std::vector<std::string>{"layerName;execStatus;layerType;execType;realTime (ms);cpuTime (ms);",
                                       "data to u8;EXECUTED;Reorder;reorder_FP32;0.250000;0.250000;",
                                       "conv1;EXECUTED;Convolution;brgconv_avx512_core_vnni_I8;0.500000;0.500000;",
                                       "relu1;NOT_RUN;ReLU;undef;0.000000;0.000000;",
                                       "'=fc_1;EXECUTED;FullyConnected;jit_avx2_FP32;0.125000;0.125000;",
                                       "dropped;OPTIMIZED_OUT;Identity;undef;0.000000;0.000000;",
                                       "Total;;;;0.875;0.875;", ""});
}

TEST_CASE("counters as JSON have benchmark_app's fields") {
    const Report report = small();
    const auto average =
        nlohmann::json::parse(benchmarkAppText(report, report.runs[0], BenchmarkAppFormat::AverageCountersJson));
    CHECK(average["report_type"] == "average");
    const auto& nodes = average["avg_performance"]["nodes"];
    REQUIRE(nodes.size() == 5);
    CHECK(nodes[1] == nlohmann::json{{"name", "conv1"},
                                     {"status", "EXECUTED"},
                                     {"node_type", "Convolution"},
                                     {"exec_type", "brgconv_avx512_core_vnni_I8"},
                                     {"real_time", 0.5},
                                     {"cpu_time", 0.5}});
    CHECK(nodes[3]["name"] == "=fc;1"); // JSON needs no guard
    CHECK(average["avg_performance"]["total_real_time"] == 0.875);
    const auto detailed =
        nlohmann::json::parse(benchmarkAppText(report, report.runs[0], BenchmarkAppFormat::DetailedCountersJson));
    CHECK(detailed["report_type"] == "detailed");
    CHECK(detailed["detailed_performance"].at(0) == average["avg_performance"]);
}

TEST_CASE("the summary is written as benchmark_app writes its report") {
    Report report = small();
    report.model.path = "models/net;1.onnx";
    report.model.name = "net;1.onnx";
    report.options.timeBudgetS = 2;
    Run& run = report.runs[0];
    run.batch = 4;
    run.threads = 2;
    run.compileMs = 12.3456;
    run.firstMs = 3;
    run.latencyMs = {2, 2.5, 1.5, 2.25, 0.1, 100, {1.9, 2.1}, true, 5};
    CHECK(lines(benchmarkAppText(report, run, BenchmarkAppFormat::Summary)) ==
          std::vector<std::string>{"Command line parameters;",
                                   "m;models/net_1.onnx;",
                                   "d;CPU;",
                                   "api;sync;",
                                   "t;2.000;",
                                   "b;4;",
                                   "nthreads;2;",
                                   "",
                                   "Configuration setup;",
                                   "benchmark mode;inference only;",
                                   "topology;net_1.onnx;",
                                   "target device;CPU;",
                                   "API;sync;",
                                   "precision;int8;",
                                   "batch size;4;",
                                   "number of iterations;100;",
                                   "number of parallel infer requests;1;",
                                   "duration (ms);2000.000;",
                                   "number of CPU streams;1;",
                                   "",
                                   "Execution results;",
                                   "compile model time (ms);12.346;",
                                   "first inference time (ms);3.000;",
                                   "total execution time (ms);225.000;",
                                   "total number of iterations;100;",
                                   "Median latency (ms);2.000;",
                                   "Average latency (ms);2.250;",
                                   "Min latency (ms);1.500;",
                                   "Max latency (ms);5.000;",
                                   "throughput;2000.000;",
                                   ""});
    const auto json = nlohmann::json::parse(benchmarkAppText(report, run, BenchmarkAppFormat::SummaryJson));
    CHECK(json["cmd_options"]["nthreads"] == 2);
    CHECK(json["configuration_setup"]["topology"] == "net;1.onnx");
    CHECK(json["execution_results"]["latency_max"] == 5.0);
    CHECK(json["execution_results"]["load_model_time"] == Approx(12.3456));

    run.latencyMs.max = 0; // a report of an earlier version
    CHECK(benchmarkAppText(report, run, BenchmarkAppFormat::Summary).find("Max") == std::string::npos);
}

TEST_CASE("every layer of a report has one row in every run, and the times add up") {
    const Report report = fullExampleReport();
    for (const Run& run : report.runs) {
        const auto json = nlohmann::json::parse(benchmarkAppText(report, run, BenchmarkAppFormat::AverageCountersJson));
        double total = 0;
        size_t layers = 0;
        for (const auto& node : json["avg_performance"]["nodes"]) {
            total += node["real_time"].get<double>();
            layers += node["node_type"] != "Reorder";
        }
        CHECK(total == Approx(run.stepsMs));
        CHECK(layers == report.layers.size());
    }
}
