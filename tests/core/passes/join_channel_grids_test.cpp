// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/core/passes/pass_test.h"

#include "core/graph/evaluate.h"

#include <cmath>
#include <functional>
#include <map>
#include <stdexcept>

using namespace halftone;
using namespace halftone::test;

namespace {

const QuantParams onChannels{ElementType::U8, {0.5F, 0.03F}, {0, 0}, 1};
const QuantParams joined{ElementType::U8, {0.5F}, {0}, std::nullopt};

Conv depthwise(int64_t channels, PostOps postOps = {}) {
    return {{1, 1}, {1, 1}, {1, 1, 1, 1}, channels, std::move(postOps)};
}

ValueId onGrid(GraphBuilder& b, ValueId value, QuantParams grid) {
    b.graph.value(value).quant = std::move(grid);
    return value;
}

/// A convolution of 2 to 2 channels on `grid`, and a depthwise one of 2 to 4 that reads it.
Graph convAndDepthwise(const QuantParams& grid, const Conv& maker) {
    GraphBuilder b;
    const ValueId x =
        b.node("maker", maker,
               {b.input("x", {1, 2, 5, 5}), b.constant("w", {2, 2 / maker.groups, 3, 3}), b.constant("bias", {2})});
    onGrid(b, x, grid);
    return b.build({b.node("reader", depthwise(2), {x, b.constant("v", {4, 1, 3, 3}), b.constant("c", {4})})});
}

Graph convAndDepthwise(const QuantParams& grid, PostOps postOps = {Unary{UnaryKind::Relu}}) {
    return convAndDepthwise(grid, depthwise(1, std::move(postOps)));
}

const QuantParams& gridOf(const Graph& graph, const std::string& name) {
    for (const Value& value : graph.values())
        if (value.name == name)
            return value.quant.value();
    throw std::runtime_error(name);
}

const Value& weightsOf(const Graph& graph, size_t node) {
    return graph.value(graph.nodes().at(node).inputs[1]);
}

std::vector<int> weightCodes(const Graph& graph, size_t node) {
    const Value& weights = weightsOf(graph, node);
    const std::vector<float> values = weights.constant->toFloats();
    const QuantParams& grid = weights.quant.value();
    std::vector<int> codes;
    for (size_t i = 0; i < values.size(); ++i) {
        const size_t row = i * grid.scales.size() / values.size();
        codes.push_back(quantize(values[i], grid.scales[row], grid.zeroPoints[row], grid.storage));
    }
    return codes;
}

} // namespace

TEST_CASE("Channels that only depthwise convolutions read are brought to one grid") {
    for (const Conv& maker :
         {depthwise(1, {Unary{UnaryKind::Relu}}), depthwise(2, {Unary{UnaryKind::LeakyRelu, 0.1F}}), depthwise(2)}) {
        const Graph after = checkedPass(joinChannelGrids, convAndDepthwise(onChannels, maker));
        CHECK(gridOf(after, "maker_y") == joined);
    }
}

TEST_CASE("The codes of activations and of weights stay those of the file") {
    Graph before = convAndDepthwise(onChannels);
    const auto put = [&](NodeId node, const QuantParams& grid) {
        before.value(before.node(node).inputs[1]).quant = grid;
    };
    put(0, {ElementType::S8, {0.011F}, {0}, std::nullopt});
    put(1, {ElementType::U8, {0.01F, 0.02F, 0.03F, 0.04F}, {120, 130, 128, 128}, 0});
    const Graph after = joinChannelGrids(before);
    CHECK(weightsOf(after, 0).quant->axis == 0);
    CHECK(weightCodes(after, 0) == weightCodes(before, 0));
    CHECK(weightCodes(after, 1) == weightCodes(before, 1));

    const auto values = [](const Graph& graph) {
        std::map<ValueId, Tensor> inputs{{graph.inputs[0], noise({1, 2, 5, 5}, 3)}};
        return evaluate(graph, inputs).at(graph.node(0).outputs.front()).toFloats();
    };
    const std::vector<float> x = values(before), y = values(after);
    for (size_t i = 0; i < x.size(); ++i)
        CHECK(std::abs(x[i] / onChannels.scales[i / 25] - y[i] / joined.scale()) < 1e-4);
}

TEST_CASE("Factors of channels go through pools and ReLUs to several readers, and depthwise layers follow each other") {
    GraphBuilder b;
    const ValueId x = b.conv("maker", b.input("x", {1, 2, 6, 6}), 2, 2);
    const ValueId relu = onGrid(b, b.relu("relu", x), onChannels);
    const ValueId pool =
        b.node("pool", Pool{PoolKind::Max, false, {2, 2}, {2, 2}, {1, 1}, {0, 0, 0, 0}, false}, {relu});
    const ValueId second = b.node("second", depthwise(2), {pool, b.constant("v", {2, 1, 3, 3})});
    onGrid(b, second, {ElementType::S8, {0.1F, 0.7F}, {0, 0}, 1});
    const ValueId norm = b.batchNorm("norm", b.node("third", depthwise(2), {second, b.constant("u", {2, 1, 3, 3})}), 2);
    onGrid(b, norm, onChannels);
    const ValueId fourth = b.node("fourth", depthwise(2), {norm, b.constant("s", {2, 1, 3, 3})});
    const ValueId other = b.node("other", depthwise(2), {relu, b.constant("t", {2, 1, 3, 3})});
    const Graph after = checkedPass(joinChannelGrids, b.build({fourth, other}));
    CHECK(gridOf(after, "relu_y") == joined);
    CHECK(gridOf(after, "norm_y") == joined);
    CHECK(gridOf(after, "second_y") == QuantParams{ElementType::S8, {0.7F}, {0}, std::nullopt});
}

TEST_CASE("A clip that ends where no code is any more moves to the end of the grid") {
    const Graph after = checkedPass(joinChannelGrids, convAndDepthwise(onChannels, {Unary{UnaryKind::Clip, 0, 500}}));
    CHECK(gridOf(after, "maker_y") == joined);
    CHECK(std::get<Conv>(after.node(0).op).postOps == PostOps{Unary{UnaryKind::Clip, 0, 127.5F}});
    // The code of 6 is not the last one of the first channel.
    checkUntouched(joinChannelGrids, convAndDepthwise(onChannels, {Unary{UnaryKind::Clip, 0, 6}}));
}

TEST_CASE("Channels keep grids of their own where a factor cannot be made or not be undone") {
    checkUntouched(joinChannelGrids, convAndDepthwise({ElementType::U8, {0.5F, 0.03F}, {0, 1}, 1}));
    checkUntouched(joinChannelGrids, convAndDepthwise(onChannels, {Unary{UnaryKind::Sigmoid}}));

    const auto readBy = [](const std::function<std::vector<ValueId>(GraphBuilder&, ValueId)>& readers) {
        GraphBuilder b;
        const ValueId x = onGrid(b, b.conv("maker", b.input("x", {1, 2, 5, 5}), 2, 2), onChannels);
        std::vector<ValueId> outputs = readers(b, x);
        outputs.push_back(b.node("depthwise", depthwise(2), {x, b.constant("v", {2, 1, 3, 3})}));
        checkUntouched(joinChannelGrids, b.build(outputs));
    };
    readBy([](GraphBuilder& b, ValueId x) { return std::vector{b.conv("dense", x, 2, 3)}; });
    readBy([](GraphBuilder&, ValueId x) { return std::vector{x}; });
    readBy([](GraphBuilder& b, ValueId x) { return std::vector{b.add("sum", x, x)}; });
    readBy([](GraphBuilder& b, ValueId x) { // on another grid
        const ValueId y = b.node("again", Identity{}, {x});
        return std::vector{b.node("other", depthwise(2), {onGrid(b, y, joined), b.constant("t", {2, 1, 3, 3})})};
    });

    GraphBuilder b; // nobody to make the factor
    const ValueId x = onGrid(b, b.input("x", {1, 2, 5, 5}), onChannels);
    checkUntouched(joinChannelGrids, b.build({b.node("depthwise", depthwise(2), {x, b.constant("v", {2, 1, 3, 3})})}));
}
