// SPDX-License-Identifier: GPL-3.0-or-later
// Tests of the window rely on the example being a report that could have been measured.
#include "core/report/json.h"
#include "tests/support/catch.h"
#include "tests/support/example_report.h"
#include "tests/support/full_example_report.h"

#include <algorithm>
#include <cmath>
#include <set>

using namespace halftone;

TEST_CASE("The example report is consistent in itself") {
    const int size = GENERATE(6, 7, 12, 13, 100, 3000);
    const Report report = exampleReport(size);
    REQUIRE(static_cast<int>(report.layers.size()) == size);
    REQUIRE(report.runs.size() == 2);

    for (const Run& run : report.runs) {
        double sum = 0, share = 0;
        std::string tensor = "input", layout = "nchw", type = "f32";
        for (size_t i = 0; i < run.steps.size(); ++i) {
            const Step& step = run.steps[i];
            CHECK(step.index == static_cast<int>(i));
            CHECK(step.inputs[0].tensor == tensor);
            CHECK(step.inputs[0].layout == layout);
            CHECK(step.inputs[0].type == type);
            tensor = step.outputs[0].tensor;
            layout = step.outputs[0].layout;
            type = step.outputs[0].type;
            CHECK((step.kind == StepKind::Compute) == !step.origins.empty());
            sum += step.medianMs;
            share += step.share;
        }
        CHECK(run.stepsMs == Approx(sum));
        CHECK(share == Approx(run.stepsMs / run.latencyMs.median));
        CHECK(run.latencyMs.median == Approx(run.stepsMs + run.unexplainedMs));
    }

    REQUIRE(report.waterfall);
    double parts = 0;
    for (const LossPart& part : report.waterfall->parts)
        parts += part.ms;
    CHECK(parts == Approx(report.waterfall->int8Ms));
    CHECK(report.waterfall->int8Ms == report.run("int8")->latencyMs.median);

    int64_t macs = 0;
    std::set<LayerStatus> statuses;
    for (const Layer& layer : report.layers) {
        macs += layer.macs;
        for (const auto& [precision, layerRun] : layer.byPrecision) {
            statuses.insert(layerRun.status);
            CHECK((layerRun.step >= 0) == (layerRun.status != LayerStatus::Eliminated));
            CHECK(layerRun.medianMs.has_value() == (layerRun.status == LayerStatus::Executed));
            if (layerRun.step >= 0) {
                const Step& step = report.run(precision)->steps[static_cast<size_t>(layerRun.step)];
                CHECK(std::count(step.origins.begin(), step.origins.end(), layer.name) == 1);
                CHECK(step.precision == layerRun.precision);
                CHECK(layerRun.into == (layer.name == step.origins[0] ? "" : step.origins[0]));
            }
        }
    }
    CHECK(statuses == std::set{LayerStatus::Executed, LayerStatus::Fused, LayerStatus::Eliminated});
    CHECK(macs == report.model.macs);

    size_t conversionSteps = 0, conversions = 0;
    for (const Run& run : report.runs)
        for (const Step& step : run.steps)
            conversionSteps += step.kind != StepKind::Compute;
    for (const Conversion& conversion : report.conversions) {
        if (conversion.step < 0)
            continue;
        ++conversions;
        const Step& step = report.run(conversion.run)->steps[static_cast<size_t>(conversion.step)];
        CHECK(step.kind == conversion.kind);
        CHECK(step.medianMs == conversion.medianMs);
    }
    CHECK(conversions == conversionSteps);

    bool perChannel = false;
    for (const TensorRange& tensor : report.tensors) {
        CHECK(tensor.scales.size() == tensor.zeroPoints.size());
        CHECK_FALSE(tensor.histogram.counts.empty());
        CHECK(tensor.clippedShare < 0.05);
        perChannel = perChannel || (tensor.axis && tensor.channelMin.size() == tensor.scales.size());
    }
    CHECK(perChannel);

    const Accuracy& accuracy = *report.accuracy;
    int64_t difference = 0;
    for (const ChangedSample& changed : accuracy.changed)
        difference += (changed.fp32 == changed.label) - (changed.int8 == changed.label);
    CHECK(accuracy.top1->share.at("fp32") - accuracy.top1->share.at("int8") ==
          Approx(static_cast<double>(difference) / static_cast<double>(accuracy.samples)));
    CHECK((exampleReport(size) == report));
}

TEST_CASE("The full example's plan and errors speak of its layers") {
    const int size = GENERATE(12, 30, 175);
    const Report report = fullExampleReport(size);
    std::set<std::string> names;
    for (const Layer& layer : report.layers)
        names.insert(layer.name);

    REQUIRE(report.errors);
    for (const LayerError& error : report.errors->layers) {
        CHECK(names.count(error.layer) == 1);
        const bool inInt8 = std::ranges::any_of(report.run("int8")->steps, [&](const Step& step) {
            return step.name == error.layer && step.precision == "int8";
        });
        CHECK(error.local.has_value() == inInt8);
        for (const TensorDistance* distance : {&error.accumulated, error.local ? &*error.local : nullptr})
            if (distance)
                CHECK(*distance->sqnrDb == Approx(-10 * std::log10(distance->mse)));
    }
    REQUIRE(!report.errors->divergences.empty());
    for (const Divergence& divergence : report.errors->divergences)
        CHECK(divergence.sqnrDb < divergence.usualSqnrDb);

    REQUIRE(report.plan);
    const MixedPlan& plan = *report.plan;
    REQUIRE(plan.chosen >= 0);
    const PlanPoint& chosen = plan.front.at(static_cast<size_t>(plan.chosen));
    CHECK(*chosen.measuredDrop <= plan.maxDrop);
    CHECK(*chosen.measuredMs == plan.latencyMs.at("mixed").median);
    CHECK(*chosen.measuredDrop == Approx(100 * (plan.top1.at("fp32") - plan.top1.at("mixed"))));
    for (const PlanLayer& layer : plan.layers) {
        CHECK(names.count(layer.layer) == 1);
        CHECK((layer.precision != "int8") == (std::ranges::count(chosen.keptOut, layer.layer) == 1));
        CHECK((layer.precision != "int8") == !layer.reason.empty());
    }
    for (size_t i = 1; i < plan.front.size(); ++i) {
        CHECK(plan.front[i].predictedMs > plan.front[i - 1].predictedMs);
        CHECK(plan.front[i].predictedDrop < plan.front[i - 1].predictedDrop);
    }
    CHECK((reportFromJson(toJson(report), "report.json") == report));
}
