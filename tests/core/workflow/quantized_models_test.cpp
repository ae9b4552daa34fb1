// SPDX-License-Identifier: GPL-3.0-or-later
// Real models that were quantized by other tools: they keep their own scales.
#include "core/engine/compile.h"
#include "core/engine/machine/machine.h"
#include "core/workflow/jobs/profile.h"
#include "core/workflow/network/quantize_model.h"
#include "tests/support/catch.h"
#include "tests/support/data_dir.h"
#include "tests/support/golden.h"

#include <algorithm>
#include <cmath>

using namespace halftone;
using namespace halftone::test;

namespace {

std::vector<float> outputOf(const Graph& graph, Precision precision) {
    useThreads(1);
    Plan plan = compile(graph, {precision}, Job());
    std::ranges::copy(goldenInput(plan.inputShape(0)), plan.input(0).begin());
    plan.run();
    return {plan.output(0).begin(), plan.output(0).end()};
}

double largestDifference(const std::vector<float>& a, const std::vector<float>& b) {
    REQUIRE(a.size() == b.size());
    double largest = 0;
    for (size_t i = 0; i < a.size(); ++i)
        largest = std::max(largest, std::abs(static_cast<double>(a[i]) - b[i]));
    return largest;
}

} // namespace

TEST_CASE("Quantized networks compute what another runtime computes with the same codes, to a few quanta") {
    HALFTONE_REQUIRE_DATA(dir);
    struct Case {
        const char* model;
        double quantum; // of the output: its scale; where a softmax follows, what a quantum before it can do
    };
    for (const Case& each : {Case{"resnet20_cifar10_qdq_s8s8_pc", 0.1582}, Case{"resnet20_cifar10_qop_u8s8_pc", 0.1582},
                             Case{"resnet20_cifar10jpeg_qdq_s8s8_pc", 0.1078},
                             Case{"resnet56_cifar10_qdq_u8s8_pt", 0.158}, Case{"mlperftiny_resnet8_qdq", 0.02},
                             Case{"mobilenet_v1_0.25_128_qdq", 0.02}, Case{"mobilenet_v2_1.0_224_qdq", 0.01}}) {
        INFO(each.model);
        const LoadedModel model = loadModel(dir + "/onnx/" + each.model + ".onnx", {}, 1, Job());
        REQUIRE(model.onGrids);
        const AdoptedGrids adopted = adoptGrids(*model.onGrids, WeightLimit::Full);
        const std::vector<float> wanted = readFloats(dir + "/golden/" + each.model + ".0.f32");
        const std::vector<float> actual = outputOf(adopted.graph, Precision::Int8Simulated);
        // Sums of floats differ in their last bit, which now and then rounds a code the other way.
        CHECK(largestDifference(actual, wanted) <= 2.01 * each.quantum);
        CHECK(std::ranges::max_element(actual) - actual.begin() == std::ranges::max_element(wanted) - wanted.begin());
        // Its twin without grids, whose layers are fused further, computes the same up to what rounding does.
        CHECK(largestDifference(outputOf(model.graph, Precision::Fp32), wanted) <= 3 * each.quantum);
        CHECK(
            largestDifference(outputOf(model.graph, Precision::Fp32), outputOf(model.quantizable(), Precision::Fp32)) <=
            1e-4 * std::abs(*std::ranges::max_element(wanted)));
    }
}

TEST_CASE("A model that was quantized before is profiled with its own ranges on all pictures") {
    HALFTONE_REQUIRE_DATA(dir);
    JobRequest request;
    request.modelPath = dir + "/onnx/mobilenet_v1_0.25_128_qdq.onnx";
    request.dataPath = dir + "/images/imagenet500";
    request.preprocessing = preprocessingPreset("imagenet-tf");
    request.calibrationSamples = 20;
    request.maxSamples = 60;
    request.timeBudgetS = 0.2;
    Job job;
    const Report report = profileModel(request, job);
    CHECK(report.model.alreadyQuantized);
    CHECK(report.options.quantization.ranges == kFromFile);
    CHECK(report.options.quantization.scheme == kFromFile);
    CHECK(report.data->samples == 60);
    CHECK(report.accuracy->alsoCalibrated == 0);
    CHECK(report.accuracy->agreement > 0.8);
    const auto has = [&](const std::string& code) {
        return std::ranges::count(report.diagnostics, code, &Diagnostic::code) == 1;
    };
    CHECK(has("grids-of-the-file"));
    CHECK(has("ranges-of-the-file"));
    CHECK_FALSE(has("growing-ranges"));
    const auto input = std::ranges::find(report.tensors, "input", &TensorRange::name);
    REQUIRE(input != report.tensors.end());
    CHECK(input->method == kFromFile);
    CHECK(input->scales == std::vector<double>{0.0078125});
    CHECK(report.run("int8")->steps.size() > 20);
}
