// Tests of the window rely on the example being a report that could have been measured.
#include "core/report/json.h"
#include "tests/support/catch.h"
#include "tests/support/example_report.h"

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
            CHECK((step.kind == "compute") == !step.origins.empty());
            sum += step.medianMs;
            share += step.share;
        }
        CHECK(run.stepsMs == Approx(sum));
        CHECK(share == Approx(1.0));
        CHECK(run.latencyMs.median == Approx(run.stepsMs + run.unexplainedMs));
    }

    REQUIRE(report.waterfall);
    double parts = 0;
    for (const LossPart& part : report.waterfall->parts)
        parts += part.ms;
    CHECK(parts == Approx(report.waterfall->int8Ms));
    CHECK(report.waterfall->int8Ms == report.run("int8")->latencyMs.median);

    int64_t macs = 0;
    std::set<std::string> statuses;
    for (const Layer& layer : report.layers) {
        macs += layer.macs;
        for (const auto& [precision, layerRun] : layer.byPrecision) {
            statuses.insert(layerRun.status);
            CHECK((layerRun.step >= 0) == (layerRun.status != "ELIMINATED"));
            CHECK(layerRun.medianMs.has_value() == (layerRun.status == "EXECUTED"));
            if (layerRun.step >= 0) {
                const Step& step = report.run(precision)->steps[static_cast<size_t>(layerRun.step)];
                CHECK(std::count(step.origins.begin(), step.origins.end(), layer.name) == 1);
                CHECK(step.precision == layerRun.precision);
                CHECK(layerRun.into == (layer.name == step.origins[0] ? "" : step.origins[0]));
            }
        }
    }
    CHECK(statuses == std::set<std::string>{"EXECUTED", "FUSED", "ELIMINATED"});
    CHECK(macs == report.model.macs);

    size_t conversionSteps = 0, conversions = 0;
    for (const Run& run : report.runs)
        for (const Step& step : run.steps)
            conversionSteps += step.kind != "compute";
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
