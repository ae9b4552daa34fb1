// SPDX-License-Identifier: GPL-3.0-or-later
// Plans of real models.
#include "core/workflow/jobs/plan.h"
#include "tests/support/catch.h"
#include "tests/support/data_dir.h"

#include <algorithm>

using namespace halftone;

namespace {

Report planned(const std::string& dir, const std::string& model, const std::string& preset, double maxDrop) {
    JobRequest request;
    request.modelPath = dir + "/onnx/" + model;
    request.dataPath = dir + "/images/imagenet500";
    request.preprocessing = preprocessingPreset(preset);
    request.calibrationSamples = 50;
    request.maxSamples = 200;
    request.timeBudgetS = 25;
    request.plan.maxDrop = maxDrop;
    Job job;
    return planModel(request, job);
}

const PlanPoint& chosen(const MixedPlan& plan) {
    REQUIRE(plan.chosen >= 0);
    return plan.front[static_cast<size_t>(plan.chosen)];
}

} // namespace

TEST_CASE("MobileNetV2 has a plan within the limit that is hardly slower than all-int8") {
    HALFTONE_REQUIRE_DATA(dir);
    const Report report = planned(dir, "mobilenet_v2_1.0_224_fp32.onnx", "imagenet-tf", 2);
    const MixedPlan& plan = *report.plan;
    INFO(plan.sentence);
    CHECK(plan.criterion == "top-1");
    CHECK(plan.layers.size() == 53);
    CHECK(*chosen(plan).measuredDrop <= 2);
    // Predictions, because latencies of a busy machine prove nothing; the front begins with the fastest plan.
    CHECK(chosen(plan).predictedMs <= 1.1 * plan.front.front().predictedMs);
    CHECK(std::ranges::all_of(plan.layers, [](const PlanLayer& layer) {
        return (layer.precision == "int8") == layer.reason.empty() && layer.ms.at("fp32") > 0 &&
               layer.ms.at("int8") > 0;
    }));
}
