// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quantize/clipped_counts.h"

#include "tests/support/catch.h"
#include "tests/support/graph_builder.h"

#include <limits>

using namespace halftone;
using halftone::test::GraphBuilder;

TEST_CASE("what lies outside the grid is counted, and only in the samples that count") {
    GraphBuilder b;
    const ValueId x = b.input("x", {2, 4}), y = b.relu("y", x);
    Graph graph = b.build({y});
    graph.value(x).quant = activationParams(-1, 3, true);
    ClippedCounts counts(graph);
    counts.observe(x, std::vector<float>{-5, 0, 3, 3.5F, 9, 9, 9, 9}, 1);
    counts.observe(y, std::vector<float>{1, 2, 3, 4, 5, 6, 7, 8}, 2); // has no grid
    CHECK((counts.shares() == std::map<ValueId, double>{{x, 0.5}}));
    counts.observe(x, std::vector<float>{-1, 0, 3, 2, 0, 0, 0, std::numeric_limits<float>::quiet_NaN()}, 2);
    CHECK((counts.shares() == std::map<ValueId, double>{{x, 0.25}}));
}

TEST_CASE("the ends of the grid are inside") {
    GraphBuilder b;
    const ValueId x = b.input("x", {1, 100000});
    Graph graph = b.build({b.relu("y", x)});
    for (const float end : {0.1F, 6.0F, 123.456F}) {
        graph.value(x).quant = activationParams(0, end, true);
        ClippedCounts counts(graph);
        counts.observe(x, std::vector<float>(100000, end), 1);
        CHECK(counts.shares().at(x) == 0);
    }
}

TEST_CASE("what is less than half a step outside the grid is not clipped") {
    GraphBuilder b;
    const ValueId x = b.input("x", {1, 4});
    Graph graph = b.build({b.relu("y", x)});
    graph.value(x).quant = activationParams(0, 2.55F, true); // a step of 0.01
    ClippedCounts counts(graph);
    counts.observe(x, std::vector<float>{-0.0049F, 2.5545F, -0.0055F, 2.556F}, 1);
    CHECK(counts.shares().at(x) == 0.5);
}
