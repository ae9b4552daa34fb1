// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/csv.h"

#include "core/base/error.h"
#include "core/base/file.h"
#include "tests/support/catch.h"
#include "tests/support/disturbed_report.h"
#include "tests/support/example_report.h"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <unistd.h>

using namespace halftone;

namespace {

using Row = std::vector<std::string>;

/// A plain RFC 4180 reader.
std::vector<Row> parseCsv(const std::string& text) {
    std::vector<Row> rows;
    Row row{""};
    bool quoted = false;
    for (size_t i = 0; i < text.size(); ++i) {
        if (quoted && text[i] == '"' && i + 1 < text.size() && text[i + 1] == '"')
            row.back() += text[++i];
        else if (text[i] == '"')
            quoted = !quoted;
        else if (!quoted && text[i] == ',')
            row.emplace_back();
        else if (!quoted && text.compare(i, 2, "\r\n") == 0) {
            rows.push_back(row);
            row = {""};
            ++i;
        } else
            row.back() += text[i];
    }
    CHECK_FALSE(quoted);
    CHECK(row == Row{""});
    return rows;
}

/// The cell of a row below this title.
std::string cell(const std::vector<Row>& rows, size_t row, const std::string& title) {
    const auto found = std::find(rows[0].begin(), rows[0].end(), title);
    REQUIRE(found != rows[0].end());
    return rows.at(row).at(static_cast<size_t>(found - rows[0].begin()));
}

} // namespace

TEST_CASE("Every row has as many cells as the header") {
    const Report report = exampleReport(40);
    for (const std::string& text : {layersCsv(report), tensorsCsv(report), conversionsCsv(report), stepsCsv(report)}) {
        const auto rows = parseCsv(text);
        CHECK(rows.size() > 2);
        for (const Row& row : rows)
            CHECK(row.size() == rows[0].size());
    }
    CHECK(parseCsv(layersCsv(report)).size() == 41);
    CHECK(parseCsv(tensorsCsv(report)).size() == report.tensors.size() + 1);
    CHECK(parseCsv(conversionsCsv(report)).size() == report.conversions.size() + 1);
}

TEST_CASE("The headers are stable") {
    const Report empty;
    CHECK(layersCsv(empty) ==
          "index,layer,op,group,fp32 status,fp32 into,fp32 precision,fp32 ms,fp32 ci95 lo,fp32 ci95 hi,"
          "fp32 kernel,int8 status,int8 into,int8 precision,int8 ms,int8 ci95 lo,int8 ci95 hi,"
          "int8 kernel,speedup,speedup ci95 lo,speedup ci95 hi,speedup grade,rounds,macs,bytes,"
          "reason\r\n");
    CHECK(tensorsCsv(empty) == "name,role,layer,observed min,observed max,clip min,clip max,storage,scale,zero point,"
                               "axis,clipped share,sqnr dB,synthetic,method,stable after,held-out clipped share,"
                               "clipped by steps,not finite,clip note\r\n");
    CHECK(conversionsCsv(empty) == "run,step,kind,tensor,from type,to type,from layout,to layout,producer,consumer,"
                                   "bytes,ms,when,why\r\n");
    CHECK(stepsCsv(empty) ==
          "run,step,name,kind,op,kernel,precision,macs,bytes,weights bytes,operations per byte,ms,ci95 lo,ci95 hi,"
          "share,limit ms,bound,why\r\n");
}

TEST_CASE("Layers show both precisions, and missing values are empty") {
    const Report report = exampleReport();
    const auto rows = parseCsv(layersCsv(report));
    CHECK(cell(rows, 1, "layer") == "Conv_0");
    CHECK(cell(rows, 1, "fp32 status") == "EXECUTED");
    CHECK(cell(rows, 1, "fp32 ms") == fmt::format("{}", *report.layers[0].byPrecision.at("fp32").medianMs));
    CHECK(cell(rows, 1, "int8 precision") == "int8");
    CHECK(cell(rows, 1, "speedup") == fmt::format("{}", *report.layers[0].speedup));
    CHECK(cell(rows, 1, "int8 ci95 hi") == fmt::format("{}", report.layers[0].byPrecision.at("int8").ci95->hi));
    CHECK(cell(rows, 1, "speedup ci95 lo") == fmt::format("{}", report.layers[0].speedupCi95->lo));
    CHECK(cell(rows, 1, "speedup grade") == "sure");
    CHECK(cell(rows, 1, "rounds") == "5");
    CHECK(cell(rows, 2, "speedup grade").empty());
    CHECK(cell(rows, 2, "int8 status") == "FUSED");
    CHECK(cell(rows, 2, "int8 into") == "Conv_0");
    CHECK(cell(rows, 2, "int8 ms").empty());
    CHECK(cell(rows, 2, "speedup").empty());
    CHECK(cell(rows, 12, "reason") == "The last layer stays in fp32, because its outputs are the result.");
}

TEST_CASE("A layer that one precision does not know has empty cells there, and more precisions get columns") {
    Report report = exampleReport();
    report.layers[0].byPrecision.erase("int8");
    report.runs.push_back(report.runs[0]);
    report.runs.back().precision = "bf16";
    report.layers[0].byPrecision["bf16"].status = LayerStatus::Executed;
    const auto rows = parseCsv(layersCsv(report));
    CHECK(cell(rows, 1, "int8 status").empty());
    CHECK(cell(rows, 1, "int8 kernel").empty());
    CHECK(cell(rows, 1, "bf16 status") == "EXECUTED");
}

TEST_CASE("Scales of a per-channel tensor share a cell") {
    const Report report = exampleReport();
    const auto rows = parseCsv(tensorsCsv(report));
    CHECK(cell(rows, 1, "axis").empty());
    CHECK(cell(rows, 2, "role") == "weight");
    CHECK(cell(rows, 2, "axis") == "0");
    const std::string scales = cell(rows, 2, "scale");
    CHECK(std::count(scales.begin(), scales.end(), ' ') == 15);
    CHECK(scales.starts_with(fmt::format("{} ", report.tensors[1].scales[0])));
    CHECK(cell(rows, 2, "synthetic") == "no");
}

TEST_CASE("Tensors tell by how many steps they are clipped, what was not finite and why the grid is what it is") {
    Report report;
    report.tensors.resize(1);
    report.tensors[0].clippedBySteps = 3.25;
    report.tensors[0].notFinite = 64;
    report.tensors[0].clipNote = "Pairs, of weights.";
    const auto rows = parseCsv(tensorsCsv(report));
    CHECK(cell(rows, 1, "clipped by steps") == "3.25");
    CHECK(cell(rows, 1, "not finite") == "64");
    CHECK(cell(rows, 1, "clip note") == "Pairs, of weights.");
}

TEST_CASE("Conversions at compile time have neither step nor time") {
    const Report report = exampleReport();
    const auto rows = parseCsv(conversionsCsv(report));
    bool once = false;
    for (size_t i = 1; i < rows.size(); ++i) {
        const bool atCompileTime = cell(rows, i, "when") == "once";
        CHECK(cell(rows, i, "step").empty() == atCompileTime);
        CHECK(cell(rows, i, "ms").empty() == atCompileTime);
        once = once || atCompileTime;
    }
    CHECK(once);
}

TEST_CASE("Steps of all runs stand in one table with their intensity and limit") {
    Report report = exampleReport();
    Step& first = report.runs[0].steps[0];
    first.macs = 300;
    first.bytes = 150;
    first.limitMs = 0.25;
    first.bound = StepBound::Compute;
    report.runs[0].steps[1].limitMs.reset();
    report.runs[0].steps[1].bytes = 0;
    const auto rows = parseCsv(stepsCsv(report));
    CHECK(rows.size() == 1 + report.runs[0].steps.size() + report.runs[1].steps.size());
    CHECK(cell(rows, 1, "run") == "fp32");
    CHECK(cell(rows, 1, "operations per byte") == "4");
    CHECK(cell(rows, 1, "limit ms") == "0.25");
    CHECK(cell(rows, 1, "bound") == "compute");
    CHECK(cell(rows, 2, "limit ms").empty());
    CHECK(cell(rows, 2, "operations per byte").empty());
    CHECK(cell(rows, rows.size() - 1, "run") == "int8");
}

TEST_CASE("Runs have a row each whose parts add up to the whole, and missing waiting is empty") {
    Report report = roughReport();
    report.runs[0].waitingShare.reset(); // not told by the system
    report.runs[0].waitingMs = 0;
    const auto rows = parseCsv(runsCsv(report));
    REQUIRE(rows.size() == 1 + report.runs.size());
    for (size_t i = 0; i < report.runs.size(); ++i) {
        const auto number = [&](const char* title) {
            const std::string text = cell(rows, i + 1, title);
            return text.empty() ? 0 : std::stod(text);
        };
        CHECK(number("steps ms") + number("waiting ms") + number("between steps ms") == Approx(number("whole ms")));
    }
    CHECK(cell(rows, 1, "run") == "fp32");
    CHECK(cell(rows, 1, "waiting ms").empty());
    CHECK(cell(rows, 1, "speedup grade").empty());
    CHECK(cell(rows, 2, "run") == "int8");
    CHECK(cell(rows, 2, "waiting ms") == fmt::format("{}", report.runs[1].waitingMs));
    CHECK(cell(rows, 2, "speedup grade") == "rough");
    CHECK(cell(rows, 2, "speedup ci95 hi") == fmt::format("{}", report.runs[1].speedupCi95->hi));
    CHECK(cell(rows, 2, "top-1") == fmt::format("{}", report.accuracy->top1->share.at("int8")));
}

TEST_CASE("Shares of steps are of the whole latency") {
    const Report report = roughReport();
    const auto rows = parseCsv(stepsCsv(report));
    const Run& first = report.runs[0];
    CHECK(std::stod(cell(rows, 1, "share")) == Approx(first.steps[0].medianMs / first.latencyMs.median));
    CHECK(cell(rows, 1, "ci95 lo") == fmt::format("{}", first.steps[0].ci95.lo));
}

TEST_CASE("Commas, quotes and line breaks are quoted") {
    Report report = exampleReport();
    report.layers[0].name = "a,b \"c\"\r\nd";
    const std::string text = layersCsv(report);
    CHECK_THAT(text, Contains("\"a,b \"\"c\"\"\r\nd\""));
    CHECK(cell(parseCsv(text), 1, "layer") == report.layers[0].name);
}

TEST_CASE("Text is never a formula, and negative numbers stay numbers") {
    Report report = exampleReport();
    for (const std::string start : {"=", "+", "-", "@", "\t", "\r"}) {
        report.layers[0].name = start + "cmd|' /C calc'!A0";
        CHECK(cell(parseCsv(layersCsv(report)), 1, "layer") == "'" + report.layers[0].name);
    }
    report.tensors[0].observedMin = -1.5;
    CHECK(cell(parseCsv(tensorsCsv(report)), 1, "observed min") == "-1.5");
}

TEST_CASE("A plan has a row a layer, and a row a point of its front") {
    MixedPlan plan;
    PlanLayer kept;
    kept.layer = "Conv_3";
    kept.op = "Conv";
    kept.precision = "fp32";
    kept.reason = "costs 0.60 points";
    kept.ms = {{"fp32", 0.3}, {"int8", 0.4}};
    kept.costPoints = 0.6;
    plan.layers = {kept};
    plan.front = {PlanPoint{{}, 1.5, 0.9, std::nullopt, 1.25}, PlanPoint{{"Conv_3", "Conv_5"}, 2, 0.25, 2.1, 0.5}};
    plan.chosen = 1;
    const auto layers = parseCsv(planCsv(plan));
    REQUIRE(layers.size() == 2);
    CHECK(cell(layers, 1, "layer") == "Conv_3");
    CHECK(cell(layers, 1, "reason") == "costs 0.60 points");
    CHECK(cell(layers, 1, "int8 ms") == "0.4");
    CHECK(cell(layers, 1, "agreement").empty());
    CHECK(cell(layers, 1, "cost points") == "0.6");
    const auto front = parseCsv(planFrontCsv(plan));
    REQUIRE(front.size() == 3);
    CHECK(cell(front, 1, "chosen") == "no");
    CHECK(cell(front, 1, "measured ms").empty());
    CHECK(cell(front, 2, "chosen") == "yes");
    CHECK(cell(front, 2, "kept out") == "2");
    CHECK(cell(front, 2, "layers") == "Conv_3 Conv_5");
}

TEST_CASE("Errors have a row a layer, with empty cells where it is not in int8 by itself") {
    ErrorAnalysis errors;
    errors.layers = {
        LayerError{"Pool_1", "MaxPool", "y", std::nullopt, TensorDistance{30.5, 0.99, 0.25, 2}, "It is not in int8."},
        LayerError{"Conv_2", "Conv", "z", TensorDistance{40, 1, 0.125, 1}, TensorDistance{}}};
    const auto rows = parseCsv(errorsCsv(errors));
    REQUIRE(rows.size() == 3);
    CHECK(cell(rows, 1, "alone mse").empty());
    CHECK(cell(rows, 1, "not measured") == "It is not in int8.");
    CHECK(cell(rows, 2, "not measured").empty());
    CHECK(cell(rows, 1, "accumulated sqnr dB") == "30.5");
    CHECK(cell(rows, 2, "alone max") == "1");
    CHECK(cell(rows, 2, "accumulated sqnr dB").empty());
}

TEST_CASE("A sweep has a row a setting, a failed one with its reason and empty figures") {
    Latency fp32, int8;
    fp32.median = 8;
    int8.median = 4;
    const Sweep sweep{
        1,
        {SweepPoint{2, 16, {{"fp32", fp32}, {"int8", int8}}, 2.0, Interval{1.9, 2.1}, true, "", Grade::Sure},
         SweepPoint{2, 32, {}, {}, {}, false, "There is not enough memory."}}};
    const auto rows = parseCsv(sweepCsv(sweep));
    REQUIRE(rows.size() == 3);
    CHECK(cell(rows, 1, "batch") == "16");
    CHECK(cell(rows, 1, "threads") == "2");
    CHECK(cell(rows, 1, "fp32 ms") == "8");
    CHECK(cell(rows, 1, "int8 samples/s") == "4000");
    CHECK(cell(rows, 1, "speedup ci95 hi") == "2.1");
    CHECK(cell(rows, 1, "speedup grade") == "sure");
    CHECK(cell(rows, 2, "fp32 ms").empty());
    CHECK(cell(rows, 2, "speedup grade").empty());
    CHECK(cell(rows, 2, "failure") == "There is not enough memory.");
    CHECK(rows[2].size() == rows[0].size());
}

TEST_CASE("Instruction sets have a row each, and further precisions get columns") {
    Latency bf16;
    bf16.median = 3;
    IsaRun run;
    run.cap = run.isa = "AVX512_CORE_BF16";
    run.latencyMs = {{"bf16", bf16}};
    run.top1 = {{"fp32", 0.75}};
    run.outputDifference = 0.25;
    run.saturated = true;
    const auto rows = parseCsv(isasCsv({100, 1, {run}}));
    REQUIRE(rows.size() == 2);
    CHECK(cell(rows, 1, "isa") == "AVX512_CORE_BF16");
    CHECK(cell(rows, 1, "weight bits") == "8");
    CHECK(cell(rows, 1, "bf16 ms") == "3");
    CHECK(cell(rows, 1, "fp32 top-1") == "0.75");
    CHECK(cell(rows, 1, "int8 top-1").empty());
    CHECK(cell(rows, 1, "output difference") == "0.25");
    CHECK(cell(rows, 1, "saturated") == "yes");
}

TEST_CASE("Changed samples have a row each, then those that moved, with both outputs") {
    Accuracy accuracy;
    accuracy.changed = {{"cat, \"big\".jpg",
                         3,
                         3,
                         5,
                         "right-to-wrong",
                         0.25,
                         {{"fp32", {{3, 1.5}, {5, 1.25}}}, {"int8", {{5, 1.5f}, {3, 0.1f}}}},
                         "/9j/"}};
    accuracy.moved = {{"mask.png", -1, -1, -1, "", 0.5, {}, "", 0.75}};
    const auto rows = parseCsv(changedCsv(accuracy));
    REQUIRE(rows.size() == 3);
    CHECK(cell(rows, 1, "sample") == "cat, \"big\".jpg");
    CHECK(cell(rows, 1, "change") == "right-to-wrong");
    CHECK(cell(rows, 1, "label") == "3");
    CHECK(cell(rows, 1, "int8") == "5");
    CHECK(cell(rows, 1, "distance") == "0.25");
    CHECK(cell(rows, 1, "fp32 top") == "3:1.5 5:1.25");
    CHECK(cell(rows, 1, "int8 top") == "5:1.5 3:0.1");
    CHECK((rows[2] == Row{"mask.png", "", "", "", "", "0.5", "0.75", "", ""}));
}

TEST_CASE("Accuracy has a row for each figure of each precision") {
    Accuracy accuracy;
    accuracy.samples = 300;
    accuracy.top1 = TopK{{{"fp32", 0.9}, {"int8", 0.875}}, {{"fp32", {0.8, 0.95}}, {"int8", {0.75, 0.9}}}};
    accuracy.byPrecision["int8"] = {
        0.96875, {31.5, 0.999, 0.25}, {{MeasureKind::BoxesFound, 0.5, Interval{0.25, 0.75}, 92}}};
    const auto rows = parseCsv(accuracyCsv(accuracy));
    REQUIRE(rows.size() == 8);
    CHECK((rows[2] == Row{"int8", "top-1", "0.875", "0.75", "0.9", "300"}));
    CHECK((rows[3] == Row{"int8", "agreement", "0.96875", "", "", "300"}));
    CHECK((rows[4] == Row{"int8", "boxes-found", "0.5", "0.25", "0.75", "92"}));
    CHECK((rows[5] == Row{"int8", "output sqnr dB", "31.5", "", "", "300"}));
}

TEST_CASE("The files are written into a folder that need not exist") {
    const auto folder = std::filesystem::temp_directory_path() / fmt::format("halftone-csv-{}", ::getpid());
    Report report = exampleReport();
    report.sweep.reset();
    report.isas.reset();
    report.errors.reset();
    report.plan.reset();
    const Accuracy accuracy = *report.accuracy;
    report.accuracy.reset();
    saveCsv(report, folder / "deep" / "er");
    CHECK_FALSE(std::filesystem::exists(folder / "deep" / "er" / "sweep.csv"));
    CHECK_FALSE(std::filesystem::exists(folder / "deep" / "er" / "isas.csv"));
    CHECK_FALSE(std::filesystem::exists(folder / "deep" / "er" / "errors.csv"));
    CHECK_FALSE(std::filesystem::exists(folder / "deep" / "er" / "plan.csv"));
    CHECK_FALSE(std::filesystem::exists(folder / "deep" / "er" / "changed.csv"));
    report.accuracy = accuracy;
    report.sweep.emplace();
    report.isas.emplace();
    report.errors.emplace();
    report.plan.emplace();
    saveCsv(report, folder / "deep" / "er");
    CHECK(readTextFile(folder / "deep" / "er" / "sweep.csv", 1 << 20) == sweepCsv(*report.sweep));
    CHECK(readTextFile(folder / "deep" / "er" / "isas.csv", 1 << 20) == isasCsv(*report.isas));
    CHECK(readTextFile(folder / "deep" / "er" / "errors.csv", 1 << 20) == errorsCsv(*report.errors));
    CHECK(readTextFile(folder / "deep" / "er" / "plan.csv", 1 << 20) == planCsv(*report.plan));
    CHECK(readTextFile(folder / "deep" / "er" / "plan-front.csv", 1 << 20) == planFrontCsv(*report.plan));
    CHECK(readTextFile(folder / "deep" / "er" / "accuracy.csv", 1 << 20) == accuracyCsv(accuracy));
    CHECK(readTextFile(folder / "deep" / "er" / "changed.csv", 1 << 20) == changedCsv(accuracy));
    CHECK(readTextFile(folder / "deep" / "er" / "runs.csv", 1 << 20) == runsCsv(report));
    CHECK(readTextFile(folder / "deep" / "er" / "layers.csv", 1 << 20) == layersCsv(report));
    CHECK(readTextFile(folder / "deep" / "er" / "tensors.csv", 1 << 20) == tensorsCsv(report));
    CHECK(readTextFile(folder / "deep" / "er" / "conversions.csv", 1 << 20) == conversionsCsv(report));
    CHECK(readTextFile(folder / "deep" / "er" / "steps.csv", 1 << 20) == stepsCsv(report));
    CHECK_THROWS_AS(saveCsv(report, folder / "deep" / "er" / "layers.csv"), Error);
    std::filesystem::remove_all(folder);
}
