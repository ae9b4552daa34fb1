// SPDX-License-Identifier: GPL-3.0-or-later
// Tensors without elements: each operator behind a Slice that keeps nothing of a dimension. The shapes are refused in
// words, or the network runs, after the passes and without them.
#include "core/base/error.h"
#include "core/engine/machine/machine.h"
#include "core/graph/dump.h"
#include "core/graph/infer.h"
#include "core/passes/passes.h"
#include "tests/core/engine/engine_test.h"

using namespace halftone;
using namespace halftone::test;

namespace {

struct Layer {
    Op op;
    std::vector<Shape> others = {}; // constants
};

std::vector<Layer> layers() {
    std::vector<Layer> all{
        {Conv{{1, 1}, {1, 1}, {1, 1, 1, 1}, 1, {}}, {{3, 2, 3, 3}, {3}}},
        {Conv{{1, 1}, {1, 1}, {1, 1, 1, 1}, 1, {}}, {{3, 0, 3, 3}, {3}}},
        {ConvTranspose{{1, 1}, {1, 1}, {1, 1, 1, 1}, {0, 0}, 1, {}}, {{2, 3, 3, 3}, {3}}},
        {FullyConnected{}, {{5, 8}, {5}}},
        {FullyConnected{}, {{5, 0}, {5}}},
        {MatMul{}, {{8, 3}}},
        {MatMul{}, {{0, 3}}},
        {Pool{PoolKind::Max, false, {2, 2}, {1, 1}, {1, 1}, {0, 0, 0, 0}}},
        {Pool{PoolKind::AverageIncludePad, false, {3, 3}, {1, 1}, {1, 1}, {1, 1, 1, 1}}},
        {Pool{PoolKind::AverageExcludePad, true}},
        {BatchNorm{}, {{2}, {2}, {2}, {2}}},
        {BatchNorm{}, {{0}, {0}, {0}, {0}}},
        {Normalize{{2, 3}}},
        {Lrn{3}},
        {Softmax{-1}},
        {Softmax{1, true}},
        {Reshape{{0, 0, -1}}},
        {Reshape{{-1, 4, 8}}},
        {Reshape{{0, 4}, true}},
        {Flatten{1}},
        {Flatten{2}},
        {Squeeze{{0}}},
        {Squeeze{{1}, true}},
        {Transpose{}},
        {Transpose{{0, 2, 3, 1}}},
        {Concat{1}, {{1, 2, 4, 8}}},
        {Concat{3}, {{1, 2, 4, 3}}},
        {Slice{{1}, {100}, {3}, {2}}},
        {Slice{{-1}, {-100}, {2}, {-1}}},
        {Pad{{0, 1, 1, 1, 0, 1, 1, 1}, 2}},
        {Pad{{0, 0, 0, 1, 0, 0, 0, 1}, 0, PadMode::Edge}},
        {Pad{{0, 0, 1, 0, 0, 0, 1, 0}, 0, PadMode::Reflect}},
        {Expand{{2, 1, 1, 1}}},
        {Tile{{1, 2, 1, 2}}},
        {Tile{{1, 0, 1, 1}}},
        {Resize{ResizeMode::Linear, {}, {}, {1, 1, 2, 2}}},
        {Resize{ResizeMode::Nearest, {}, {}, {1, 1, 2, 2}}},
        {ShapeOf{}},
        {Cast{ElementType::S64}},
        {QuantizeLinear{}, {{}}},
        {Identity{}},
    };
    for (int kind = 0; kind < static_cast<int>(UnaryKind::Not); ++kind)
        all.push_back({Unary{static_cast<UnaryKind>(kind), 0.5F, 1}});
    for (int kind = 0; kind <= static_cast<int>(BinaryKind::GreaterOrEqual); ++kind)
        for (const Shape& other : {Shape{}, Shape{8}, Shape{2, 1, 1}})
            all.push_back({Binary{static_cast<BinaryKind>(kind)}, {other}});
    for (int kind = 0; kind <= static_cast<int>(ReduceKind::LogSumExp); ++kind)
        for (const std::vector<int64_t>& axes : {std::vector<int64_t>{}, {1}, {2, 3}})
            all.push_back({Reduce{static_cast<ReduceKind>(kind), axes}});
    for (const int64_t axis : {1, 3})
        all.push_back({ArgReduce{true, axis}});
    return all;
}

/// x [2,2,4,8], of which nothing is kept along `axis` -> layer -> twice in a row what follows; and x joined to it.
Graph networkOf(const Layer& layer, int64_t axis) {
    GraphBuilder b;
    const ValueId x = b.input("x", {1, 2, 4, 8});
    const ValueId empty = b.node("empty", Slice{{0}, {0}, {axis}, {}}, {x});
    std::vector<ValueId> operands{empty};
    for (const Shape& other : layer.others)
        operands.push_back(b.constant("c" + std::to_string(operands.size()), other));
    const ValueId y = b.node("layer", layer.op, operands);
    const ValueId same = b.node("same", Transpose{}, {y});
    return b.build({y, b.node("again", Transpose{}, {same}), b.relu("relu", x)});
}

void checkRuns(const Graph& graph, const Graph& exactly) {
    Plan plan = compiled(graph);
    const auto inputs = inputsFor(exactly);
    for (size_t i = 0; i < graph.inputs.size(); ++i)
        plan.setInput(i, inputs.at(exactly.inputs[i]));
    plan.run();
    const auto exact = evaluate(exactly, inputs);
    for (size_t i = 0; i < graph.outputs.size(); ++i) {
        const Tensor found = plan.outputTensor(i), &wanted = exact.at(exactly.outputs[i]);
        REQUIRE(found.shape == wanted.shape);
        const std::vector<double> a = found.toDoubles(), b = wanted.toDoubles();
        for (size_t k = 0; k < a.size(); ++k)
            CHECK_THAT(a[k], WithinAbs(b[k], 1e-5));
    }
}

} // namespace

TEST_CASE("networks with tensors without elements run, whatever the operator") {
    useThreads(1);
    int ran = 0;
    for (const Layer& layer : layers())
        for (const int64_t axis : {0, 1, 2, 3}) {
            INFO(opName(layer.op) << " behind nothing along dimension " << axis);
            Graph graph;
            try {
                graph = networkOf(layer, axis);
            } catch (const Error& error) {
                CHECK((error.code() == ErrorCode::BadInput || error.code() == ErrorCode::Unsupported));
                CHECK(error.message().find("layer") != std::string::npos);
                continue;
            }
            INFO(dump(graph));
            checkRuns(graph, graph);
            const Graph optimized = runPasses(graph, standardPasses());
            checkRuns(optimized, graph);
            Plan int8 = compiled(quantized(optimized), Precision::Int8);
            int8.run();
            ++ran;
        }
    CHECK(ran > 300);
}
