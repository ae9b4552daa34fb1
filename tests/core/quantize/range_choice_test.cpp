// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quantize/range_choice.h"

#include "core/quantize/quantize.h"
#include "core/quantize/range_search.h"
#include "tests/support/catch.h"
#include "tests/support/graph_builder.h"

#include <algorithm>
#include <cmath>

using namespace halftone;
using halftone::test::GraphBuilder;
using halftone::test::noise;

namespace {

/// Two inputs that are joined, and a third tensor apart from them.
struct Joined {
    GraphBuilder b;
    ValueId small = b.input("small", {1, 2000}), large = b.input("large", {1, 2000});
    ValueId join = b.node("join", Concat{1}, {small, large});
    ValueId apart = b.relu("apart", join);
    Graph graph = b.build({apart});
    std::vector<float> smallValues = values(1, 1), largeValues = values(2, 10);
    Calibration calibration{graph};

    Joined() {
        calibration.observe(small, smallValues);
        calibration.observe(large, largeValues);
        calibration.observe(apart, smallValues);
        calibration.endBatch();
    }
    static std::vector<float> values(int seed, float factor) {
        std::vector<float> values = noise({1, 2000}, seed).toFloats();
        for (float& value : values)
            value = factor * std::pow(value, 5.0F);
        return values;
    }
    RangeChoice choice(ValueId value, const QuantizeOptions& options, Search search = Search::ChosenMethod) const {
        return chooseRanges(graph, calibration, options, search).at(value);
    }
};

} // namespace

TEST_CASE("tensors that share a grid are searched together") {
    const Joined j;
    std::vector<float> all = j.smallValues;
    all.insert(all.end(), j.largeValues.begin(), j.largeValues.end());
    TensorStatistics together;
    together.add(all, 1, std::vector<int64_t>{0});
    for (const auto& [method, name] : namesOf<RangeMethod>) {
        INFO(name);
        QuantizeOptions options;
        options.ranges = method;
        const RangeChoice choice = j.choice(j.small, options);
        CHECK(choice.method == method);
        CHECK(choice.grids.size() == 1);
        for (const ValueId other : {j.large, j.join})
            CHECK((j.choice(other, options).grids == choice.grids));
        if (method == RangeMethod::MeanMinMax)
            continue; // one sample: as min-max
        const ValueRange expected = searchRange(RangeEvidence(together), method, options.scheme, options.percentile);
        CHECK((choice.grids.at(method) == activationParams(expected.lo, expected.hi, true)));
    }
}

TEST_CASE("all methods are tried where all are asked for, and the choice stays") {
    const Joined j;
    QuantizeOptions options;
    options.ranges = RangeMethod::Mse;
    const RangeChoice all = j.choice(j.apart, options, Search::AllMethods);
    CHECK(all.method == RangeMethod::Mse);
    CHECK(all.grids.size() == namesOf<RangeMethod>.size());
    for (const auto& [method, name] : namesOf<RangeMethod>) {
        options.ranges = method;
        CHECK((j.choice(j.apart, options).grids.at(method) == all.grids.at(method)));
    }
}

TEST_CASE("a method can be chosen for one tensor and those that share its grid") {
    const Joined j;
    QuantizeOptions options;
    options.ranges = RangeMethod::MinMax;
    options.rangesOf[j.graph.value(j.join).name] = RangeMethod::Entropy;
    for (const ValueId value : {j.small, j.large, j.join})
        CHECK(j.choice(value, options).method == RangeMethod::Entropy);
    CHECK(j.choice(j.apart, options).method == RangeMethod::MinMax);
    options.rangesOf[j.graph.value(j.large).name] = RangeMethod::Mse; // comes before join in the graph
    CHECK(j.choice(j.join, options).method == RangeMethod::Mse);
    const Graph graph = quantize(j.graph, j.calibration, options);
    CHECK((*graph.value(j.join).quant == j.choice(j.join, options).grids.at(RangeMethod::Mse)));
}
