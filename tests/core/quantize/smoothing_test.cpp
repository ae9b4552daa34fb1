// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/graph/evaluate.h"
#include "core/quantize/quantize.h"
#include "core/quantize/smoothing.h"
#include "tests/support/catch.h"
#include "tests/support/channel_blocks.h"
#include "tests/support/graph_builder.h"
#include "tests/support/uneven_block.h"

#include <algorithm>
#include <cmath>

using namespace halftone;
using namespace halftone::test;

namespace {

std::map<ValueId, Tensor> inputOf(const Graph& graph, uint32_t seed = 9) {
    return {{graph.inputs[0], noise(kSequence, seed)}};
}

std::vector<double> resultOf(const Graph& graph) {
    return evaluate(graph, inputOf(graph)).at(graph.outputs[0]).toDoubles();
}

ValueId named(const Graph& graph, const std::string& name) {
    for (ValueId id = 0; id < static_cast<ValueId>(graph.values().size()); ++id)
        if (graph.value(id).name == name)
            return id;
    return kNoValue;
}

/// Has seen one batch.
ChannelObserver observed(const Graph& graph) {
    ChannelObserver observer(graph);
    for (const auto& [value, tensor] : evaluate(graph, inputOf(graph)))
        observer.observe(value, tensor.toFloats(), 1, kSequence[0]);
    return observer;
}

/// How much larger than the smallest channel the largest is.
float spread(const Graph& graph, const std::string& activation) {
    const Tensor tensor = evaluate(graph, inputOf(graph)).at(named(graph, activation));
    std::vector<float> reach(static_cast<size_t>(tensor.shape.back()));
    const std::vector<float> elements = tensor.toFloats();
    for (size_t i = 0; i < elements.size(); ++i)
        reach[i % reach.size()] = std::max(reach[i % reach.size()], std::abs(elements[i]));
    return std::ranges::max(reach) / std::ranges::min(reach);
}

} // namespace

TEST_CASE("a smoothed network computes the same with channels of one size") {
    const Graph graph = unevenBlock();
    const ChannelFactors factors = smoothingFactors(graph, observed(graph), 2);
    REQUIRE(factors.size() == 2);
    const Graph smoothed = smooth(graph, factors);
    const std::vector<double> before = resultOf(graph), after = resultOf(smoothed);
    double largest = 0;
    for (const double value : before)
        largest = std::max(largest, std::abs(value));
    for (size_t i = 0; i < before.size(); ++i)
        CHECK(std::abs(after[i] - before[i]) < 1e-5 * largest);
    CHECK(smoothed.nodes().size() == graph.nodes().size() + 1); // "up" divides its result itself

    CHECK(spread(smoothed, "scale_y_smooth") < spread(graph, "scale_y") / 3);
    CHECK(spread(smoothed, "up_y_smooth") < spread(graph, "up_y") / 3);
}

TEST_CASE("the same factors divide a network of another batch, and are found in it") {
    const Graph graph = unevenBlock();
    const ChannelFactors factors = smoothingFactors(graph, observed(graph), 2);
    const Graph smoothed = smooth(graph, factors);
    const ChannelFactors found = factorsOf(smoothed);
    REQUIRE(found.size() == factors.size());
    for (const auto& [name, values] : factors)
        for (size_t i = 0; i < values.size(); ++i)
            CHECK(found.at(name)[i] == Approx(values[i]));
    CHECK(nameBeforeSmoothing("up_y_smooth") == "up_y");
    CHECK(nameBeforeSmoothing("up_y") == "up_y");
    const Graph again = withGridsOf(smoothed, graph);
    REQUIRE(again.nodes().size() == smoothed.nodes().size());
    CHECK(again.value(named(again, "wd")) == smoothed.value(named(smoothed, "wd")));
    CHECK(again.value(named(again, "up_y_smooth")) == smoothed.value(named(smoothed, "up_y_smooth")));
    CHECK(factorsOf(graph).empty());
    CHECK(smooth(graph, {{"no such activation", {1, 2}}}) == graph);
}

TEST_CASE("channels in blocks are told apart as those in the order of the file") {
    const Graph graph = unevenBlock();
    const ValueId x = named(graph, "scale_y");
    const Tensor rows = evaluate(graph, inputOf(graph)).at(x);
    for (const int64_t block : {int64_t{2}, kSequence[1]}) {
        ChannelObserver plain(graph), other(graph);
        plain.observe(x, rows.toFloats(), 1, 1); // the first sample alone
        other.observe(x, inChannelBlocks(rows, static_cast<size_t>(block)), block, 1);
        CHECK(plain.channels().at(x).hi == other.channels().at(x).hi);
        CHECK(plain.channels().at(x).lo == other.channels().at(x).lo);
        CHECK(plain.channels().at(x).rows == kSequence[1]);
    }
}

TEST_CASE("all elements count where the first dimension is that of time") {
    GraphBuilder b; // [time, batch, width]
    const ValueId x = b.relu("relu", b.input("x", {1, kWidth, kWidth}));
    const ValueId turned = b.node("turn", Transpose{{1, 0, 2}}, {x});
    const ValueId y = b.node("softplus", Unary{UnaryKind::Softplus}, {turned});
    const Graph graph = b.build({b.node("fc", FullyConnected{}, {y, b.constant("w", Shape{8, kWidth})})});
    ChannelObserver observer(graph);
    observer.observe(y, noise({kWidth, 1, kWidth}, 3).toFloats(), 1, 1);
    CHECK(observer.channels().at(y).rows == kWidth);
}

TEST_CASE("even channels, pictures' vectors and shared weights are left as they are") {
    GraphBuilder even;
    const ValueId x = even.relu("relu", even.input("x", kSequence));
    const Graph plain =
        even.build({even.node("fc", FullyConnected{}, {x, even.constant("w", Shape{kHidden, kWidth})})});
    CHECK(smoothingFactors(plain, observed(plain), 2).empty());

    GraphBuilder vectors;
    const ValueId vector = vectors.node("scale", Binary{BinaryKind::Mul, {}},
                                        {vectors.input("x", {4, kWidth}), vectors.constant("g", outliers(kWidth))});
    CHECK_FALSE(ChannelObserver(vectors.build({vectors.node("fc", FullyConnected{},
                                                            {vector, vectors.constant("w", Shape{8, kWidth})})}))
                    .watchesAny());

    GraphBuilder shared;
    const ValueId w = shared.constant("w", Shape{kWidth, kWidth});
    const ValueId a = shared.node("a", FullyConnected{{Unary{UnaryKind::Gelu}}}, {shared.input("x", kSequence), w});
    CHECK_FALSE(ChannelObserver(shared.build({shared.node("b", FullyConnected{}, {a, w})})).watchesAny());
}
