// SPDX-License-Identifier: GPL-3.0-or-later
// Layers of the file beside the steps of two runs.
#include "core/workflow/describe/report_run.h"
#include "tests/support/catch.h"

using namespace halftone;

namespace {

Step step(int index, std::vector<std::string> origins, double ms, const std::string& precision) {
    Step step;
    step.index = index;
    step.kind = origins.empty() ? StepKind::ConvertBoth : StepKind::Compute;
    step.kernel = precision.empty() ? "jit:uni" : "brgconv:" + precision;
    step.precision = precision;
    step.origins = std::move(origins);
    step.medianMs = ms;
    step.macs = 100 * (index + 1);
    step.bytes = 10 * (index + 1);
    return step;
}

Run run(const std::string& precision, std::vector<Step> steps) {
    Run run;
    run.precision = precision;
    run.steps = std::move(steps);
    return run;
}

const std::vector<FileLayer> file{{"conv", "Conv"},       {"bn", "BatchNormalization"}, {"relu", "Relu"},
                                  {"dropout", "Dropout"}, {"pool", "AveragePool"},      {"fc", "Gemm"}};

/// fp32: conv+bn+relu, pool, fc. int8: conv+bn+relu+pool in one step, a conversion, fc in fp32.
std::vector<Run> twoRuns() {
    Step fc = step(2, {"fc"}, 0.5, "fp32");
    fc.why = "The last layer stays in fp32.";
    return {run("fp32",
                {step(0, {"conv", "bn", "relu"}, 6, "fp32"), step(1, {"pool"}, 2, "fp32"), step(2, {"fc"}, 1, "fp32")}),
            run("int8", {step(0, {"conv", "bn", "relu", "pool"}, 2, "int8"), step(1, {}, 0.1, ""), fc})};
}

} // namespace

TEST_CASE("Every layer of the file is there once, in its order") {
    const std::vector<Layer> layers = alignLayers(file, twoRuns(), false);
    REQUIRE(layers.size() == file.size());
    for (size_t i = 0; i < file.size(); ++i) {
        CHECK(layers[i].name == file[i].name);
        CHECK(layers[i].op == file[i].op);
        CHECK(layers[i].originIndex == static_cast<int>(i));
        CHECK(layers[i].byPrecision.size() == 2);
    }
}

TEST_CASE("The first origin of a step is executed, the others are fused into it, the rest is eliminated") {
    const std::vector<Layer> layers = alignLayers(file, twoRuns(), false);
    CHECK(layers[0].byPrecision.at("fp32") == LayerRun{LayerStatus::Executed, "", "fp32", 6.0, "brgconv:fp32", 0});
    CHECK(layers[0].byPrecision.at("int8") == LayerRun{LayerStatus::Executed, "", "int8", 2.0, "brgconv:int8", 0});
    CHECK(layers[1].byPrecision.at("fp32") ==
          LayerRun{LayerStatus::Fused, "conv", "fp32", std::nullopt, "brgconv:fp32", 0});
    CHECK(layers[3].byPrecision.at("int8") == LayerRun{LayerStatus::Eliminated, "", "", std::nullopt, "", -1});
    CHECK(layers[4].byPrecision.at("fp32").status == LayerStatus::Executed);
    CHECK(layers[4].byPrecision.at("int8").status == LayerStatus::Fused);
    CHECK(layers[4].byPrecision.at("int8").into == "conv");
    CHECK(layers[5].byPrecision.at("int8").step == 2);
}

TEST_CASE("Layers that share a step in either run share a group, all others have their own") {
    const std::vector<Layer> layers = alignLayers(file, twoRuns(), false);
    for (const size_t member : {1, 2, 4})
        CHECK(layers[member].group == layers[0].group);
    CHECK(layers[3].group != layers[0].group);
    CHECK(layers[5].group != layers[0].group);
    CHECK(layers[3].group != layers[5].group);
}

TEST_CASE("The speed-up of a group is that of its summed times and stands at its first executed layer") {
    const std::vector<Layer> layers = alignLayers(file, twoRuns(), false);
    CHECK(*layers[0].speedup == 4); // 6 + 2 ms against 2 ms
    CHECK(*layers[5].speedup == 2);
    for (const size_t other : {1, 2, 3, 4})
        CHECK_FALSE(layers[other].speedup);
}

TEST_CASE("The speed-up of a group has an interval by the rounds of its steps, and a grade") {
    std::vector<Run> runs = twoRuns();
    const auto rounds = [](Step& step, double spread) {
        for (int i = -5; i <= 5; ++i)
            step.roundMs.push_back(step.medianMs * (1 + spread * i));
    };
    for (Run& each : runs)
        for (Step& one : each.steps) {
            rounds(one, one.origins == std::vector<std::string>{"fc"} ? 0.15 : 0.002);
            one.ci95 = {0.9 * one.medianMs, 1.2 * one.medianMs};
        }
    const std::vector<Layer> layers = alignLayers(file, runs, false);
    CHECK(layers[0].rounds == 11);
    CHECK(layers[0].grade == Grade::Sure);
    CHECK(layers[0].speedupCi95->lo < 4);
    CHECK(layers[0].speedupCi95->hi > 4);
    CHECK(layers[0].byPrecision.at("int8").ci95->lo == Approx(2 * 0.9)); // as its step's, whatever the ratio's is
    CHECK(layers[0].byPrecision.at("int8").ci95->hi == Approx(2 * 1.2));
    CHECK(layers[5].grade == Grade::Undecided); // 1 against 0.5 ms, each known within 60 %
    CHECK(alignLayers(file, runs, true)[0].grade == Grade::Rough);
}

TEST_CASE("A group without time in one run has no speed-up") {
    std::vector<Run> runs = twoRuns();
    runs[1].steps[2].medianMs = 0;
    CHECK_FALSE(alignLayers(file, runs, false)[5].speedup);
    runs.pop_back();
    for (const Layer& layer : alignLayers(file, runs, false))
        CHECK_FALSE(layer.speedup);
}

TEST_CASE("A layer that takes two steps has the time of both") {
    std::vector<Run> runs = twoRuns();
    runs[0].steps.push_back(step(3, {"fc"}, 3, "fp32"));
    const Layer fc = alignLayers(file, runs, false)[5];
    CHECK(fc.byPrecision.at("fp32").step == 2);
    CHECK(*fc.byPrecision.at("fp32").medianMs == 4);
    CHECK(*fc.speedup == 8);
}

TEST_CASE("A layer that one step fuses and another step bears the name of is executed") {
    const std::vector<Run> runs{run("fp32", {step(0, {"conv", "relu"}, 1, "fp32"), step(1, {"relu"}, 2, "fp32")})};
    CHECK(alignLayers(file, runs, false)[2].byPrecision.at("fp32").status == LayerStatus::Executed);
    CHECK(*alignLayers(file, runs, false)[2].byPrecision.at("fp32").medianMs == 2);
}

TEST_CASE("MACs and bytes are those of the fp32 step, the reason is that of the int8 run") {
    const std::vector<Layer> layers = alignLayers(file, twoRuns(), false);
    CHECK(layers[5].macs == 300);
    CHECK(layers[5].bytes == 30);
    CHECK(layers[5].reason == "The last layer stays in fp32.");
    CHECK(layers[0].reason.empty());
    CHECK(layers[1].macs == 0);
}

TEST_CASE("A network without steps has all its layers eliminated") {
    for (const Layer& layer : alignLayers(file, {run("fp32", {}), run("int8", {})}, false))
        CHECK(layer.byPrecision.at("fp32").status == LayerStatus::Eliminated);
    CHECK(alignLayers({}, twoRuns(), false).empty());
}
