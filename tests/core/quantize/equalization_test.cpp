// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/graph/evaluate.h"
#include "core/quantize/equalization.h"
#include "tests/support/catch.h"
#include "tests/support/graph_builder.h"

#include <cmath>

using namespace halftone;
using namespace halftone::test;

namespace {

Conv conv(int64_t pad, int64_t groups, PostOps postOps) {
    return {{1, 1}, {1, 1}, Pads(4, pad), groups, std::move(postOps)};
}

/// Noise of which every output channel is another power of 4 large.
Tensor uneven(const Shape& shape, uint32_t seed) {
    std::vector<float> values = noise(shape, seed).toFloats();
    const size_t each = values.size() / static_cast<size_t>(shape[0]);
    for (size_t i = 0; i < values.size(); ++i)
        values[i] *= std::pow(4.0F, static_cast<float>(i / each % 5) - 2);
    return Tensor::fromFloats(shape, values);
}

/// 1x1 to 10 channels, depthwise, 1x1 to 6: as in MobileNets.
Graph network(const PostOps& activation) {
    GraphBuilder b;
    const ValueId x = b.input("x", {1, 4, 6, 6});
    const ValueId a = b.node("a", conv(0, 1, activation),
                             {x, b.constant("wa", uneven({10, 4, 1, 1}, 1)), b.constant("ba", Shape{10})});
    const ValueId c = b.node("c", conv(1, 10, activation),
                             {a, b.constant("wc", uneven({10, 1, 3, 3}, 2)), b.constant("bc", Shape{10})});
    const ValueId d = b.node("d", conv(0, 1, {}), {c, b.constant("wd", uneven({6, 10, 1, 1}, 3))});
    return b.build({d});
}

double largestOf(const Graph& graph, const std::string& weights, int64_t channel) {
    for (const Value& value : graph.values())
        if (value.name == weights) {
            const std::vector<float> values = value.constant->toFloats();
            const size_t each = values.size() / static_cast<size_t>(value.shape[0]);
            double largest = 0;
            for (size_t i = 0; i < each; ++i)
                largest = std::max(largest, double(std::abs(values[static_cast<size_t>(channel) * each + i])));
            return largest;
        }
    return 0;
}

double spread(const Graph& graph, const std::string& weights, int64_t channels) {
    double smallest = 1e30, largest = 0;
    for (int64_t channel = 0; channel < channels; ++channel) {
        smallest = std::min(smallest, largestOf(graph, weights, channel));
        largest = std::max(largest, largestOf(graph, weights, channel));
    }
    return largest / smallest;
}

} // namespace

TEST_CASE("an equalized network computes the same with channels of one size") {
    for (const PostOps& activation :
         {PostOps{}, PostOps{Unary{UnaryKind::Relu}}, PostOps{Unary{UnaryKind::LeakyRelu, 0.1F}}}) {
        const Graph graph = network(activation), equal = equalize(graph);
        const std::map<ValueId, Tensor> inputs{{graph.inputs[0], noise({1, 4, 6, 6}, 9)}};
        const std::vector<double> before = evaluate(graph, inputs).at(graph.outputs[0]).toDoubles();
        const std::vector<double> after = evaluate(equal, inputs).at(graph.outputs[0]).toDoubles();
        double largest = 0;
        for (const double value : before)
            largest = std::max(largest, std::abs(value));
        for (size_t i = 0; i < before.size(); ++i)
            CHECK(std::abs(after[i] - before[i]) < 1e-5 * largest);
        for (int64_t channel = 0; channel < 10; ++channel) // one size in both layers
            CHECK(largestOf(equal, "wa", channel) == Approx(largestOf(equal, "wc", channel)).epsilon(0.02));
        CHECK(spread(graph, "wa", 10) > 2 * spread(equal, "wa", 10));
    }
}

TEST_CASE("channels stay as they are where equalizing them would not be exact") {
    const Graph clipped = network({Unary{UnaryKind::Clip, 0, 6}});
    CHECK(equalize(clipped) == clipped);

    GraphBuilder b;
    const ValueId x = b.input("x", {1, 4, 6, 6});
    const ValueId a = b.node("a", conv(0, 1, {}), {x, b.constant("wa", uneven({4, 4, 1, 1}, 1))});
    const ValueId c = b.node("c", conv(0, 1, {}), {a, b.constant("wc", uneven({4, 4, 1, 1}, 2))});
    const Graph readTwice = b.build({b.add("sum", a, c)});
    CHECK(equalize(readTwice) == readTwice);
}

TEST_CASE("a channel of zeros is left alone") {
    GraphBuilder b;
    std::vector<float> values = uneven({4, 4, 1, 1}, 1).toFloats();
    std::fill_n(values.begin() + 4, 4, 0.0F);
    const ValueId x = b.input("x", {1, 4, 6, 6});
    const ValueId a = b.node("a", conv(0, 1, {}), {x, b.constant("wa", Tensor::fromFloats({4, 4, 1, 1}, values))});
    const Graph equal = equalize(b.build({b.node("c", conv(0, 1, {}), {a, b.constant("wc", Shape{4, 4, 1, 1})})}));
    CHECK(largestOf(equal, "wa", 1) == 0);
    for (const Value& value : equal.values())
        if (value.constant)
            for (const float weight : value.constant->toFloats())
                CHECK(std::isfinite(weight));
}
