// SPDX-License-Identifier: GPL-3.0-or-later
// Ranges are found in the way that keeps most of the outputs, and by squared error where that is enough.
#include "core/workflow/network/range_method.h"

#include "core/engine/compile.h"
#include "core/engine/machine/machine.h"
#include "core/quantize/quantize.h"
#include "core/workflow/samples/calibrate.h"
#include "tests/support/catch.h"
#include "tests/support/graph_builder.h"

using namespace halftone;
using namespace halftone::test;

namespace {

/// Two layers, quantized so that each way to find ranges keeps this percentile of the values: 100 keeps all.
class Network {
public:
    Network() {
        useThreads(1);
        GraphBuilder b;
        const ValueId x = b.input("x", {1, 32});
        const ValueId hidden = b.node("hidden", FullyConnected{}, {x, b.constant("w", Shape{64, 32})});
        m_graph = b.build({b.node("y", FullyConnected{}, {hidden, b.constant("v", Shape{10, 64})})});
        m_fp32 = std::make_unique<Plan>(compile(m_graph, {Precision::Fp32}, m_job));
        Stages stages(m_job, {{"", 1}});
        stages.next();
        LayerInputs inputs(m_graph, 0);
        m_calibration =
            std::make_unique<Calibration>(calibrate(m_graph, *m_fp32, m_samples, evenlySpread(12, 12), inputs, stages));
    }

    RangeMethodChoice chosen(const std::map<RangeMethod, double>& percentiles) {
        return chooseRangeMethod(
            *m_fp32, judgedOutput(m_graph, OutputKind::Auto, false), m_samples, evenlySpread(12, 12),
            [&](RangeMethod method) {
                QuantizeOptions options;
                options.weightLimit = WeightLimit::SevenBits;
                options.ranges = RangeMethod::Percentile;
                options.percentile = percentiles.at(method);
                return quantize(m_graph, *m_calibration, options);
            },
            m_job);
    }

private:
    Job m_job;
    Graph m_graph;
    RandomSamples m_samples{12, 5};
    std::unique_ptr<Plan> m_fp32;
    std::unique_ptr<Calibration> m_calibration;
};

} // namespace

TEST_CASE("The way that keeps most of the outputs is taken, with what the others keep") {
    const RangeMethodChoice found =
        Network().chosen({{RangeMethod::Mse, 60}, {RangeMethod::Percentile, 100}, {RangeMethod::MinMax, 80}});
    CHECK(found.method == RangeMethod::Percentile);
    CHECK(found.samples == 12);
    REQUIRE(found.tried.size() == 3);
    CHECK(*found.tried[0].sqnrDb < *found.tried[2].sqnrDb);
    CHECK(*found.tried[2].sqnrDb < *found.tried[1].sqnrDb);
    REQUIRE(found.told());
    CHECK(found.told()->code == "ranges-chosen");
    CHECK_THAT(found.told()->message, StartsWith("Ranges are found by percentile: so int8 keeps ") &&
                                          Contains("on 12 samples") && Contains("by mse ") && Contains("by min-max "));
}

TEST_CASE("Squared error stays where nothing is a decibel better, and is alone where it keeps enough") {
    Network network;
    CHECK(network.chosen({{RangeMethod::Mse, 60}, {RangeMethod::Percentile, 60}, {RangeMethod::MinMax, 55}}).method ==
          RangeMethod::Mse);
    const RangeMethodChoice enough =
        network.chosen({{RangeMethod::Mse, 100}, {RangeMethod::Percentile, 60}, {RangeMethod::MinMax, 60}});
    CHECK(enough.method == RangeMethod::Mse);
    CHECK(enough.tried.size() == 1);
    CHECK_FALSE(enough.told());
}
