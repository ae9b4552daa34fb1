// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/passes/canonicalize.h"
#include "core/passes/linear_layer.h"

namespace halftone {

namespace {

/// alpha * matrix, transposed if asked.
Tensor scaledMatrix(const Tensor& matrix, bool transpose, float alpha) {
    const std::vector<float> from = matrix.toFloats();
    const auto rows = static_cast<size_t>(matrix.shape[0]), columns = static_cast<size_t>(matrix.shape[1]);
    std::vector<float> to(from.size());
    for (size_t row = 0; row < rows; ++row)
        for (size_t column = 0; column < columns; ++column)
            to[transpose ? column * rows + row : row * columns + column] = alpha * from[row * columns + column];
    const Shape shape = transpose ? Shape{matrix.shape[1], matrix.shape[0]} : matrix.shape;
    return Tensor::fromFloats(shape, to);
}

bool isWeightMatrix(const Graph& graph, ValueId id) {
    if (!graph.isConstant(id))
        return false;
    const Value& value = graph.value(id);
    return value.type == ElementType::F32 && value.shape.size() == 2;
}

/// The grid of weights that were on `grid` before scaledMatrix().
std::optional<QuantParams> scaledGrid(std::optional<QuantParams> grid, bool transpose, float alpha) {
    if (!grid)
        return grid;
    for (float& scale : grid->scales)
        scale *= alpha;
    if (grid->axis && transpose)
        grid->axis = 1 - *grid->axis;
    return grid;
}

/// Makes `id` a FullyConnected whose weights are alpha * those it has, transposed if asked.
void setWeights(Rewriter& rewriter, NodeId id, bool transpose, float alpha) {
    const Value weights = rewriter.graph().value(rewriter.graph().node(id).inputs[1]);
    rewriter.edit().node(id).op = FullyConnected{};
    rewriter.setConstant(id, 1, scaledMatrix(*weights.constant, transpose, alpha), weights.name);
    rewriter.edit().value(rewriter.graph().node(id).inputs[1]).quant = scaledGrid(weights.quant, transpose, alpha);
}

} // namespace

void canonicalizeMatrixProduct(Rewriter& rewriter, NodeId id) {
    const Graph& graph = rewriter.graph();
    const Node node = graph.node(id);
    const auto* gemm = std::get_if<Gemm>(&node.op);
    if (!(gemm || std::holds_alternative<MatMul>(node.op)) || !isWeightMatrix(graph, node.inputs[1]))
        return;
    const Value& weights = graph.value(node.inputs[1]);
    if (!gemm) {
        setWeights(rewriter, id, true, 1);
        return;
    }

    std::optional<std::vector<double>> bias;
    const ValueId c = node.inputs.size() > 2 ? node.inputs[2] : kNoValue;
    if (c != kNoValue) {
        if (graph.isConstant(c) && !graph.value(c).quant)
            bias = perChannel(*graph.value(c).constant, graph.value(node.output()).shape, 1);
        if (!bias)
            return;
    }
    if (gemm->transA || (weights.quant && !(gemm->alpha > 0)))
        return;
    setWeights(rewriter, id, !gemm->transB, gemm->alpha);
    if (bias) {
        std::vector<float> scaled;
        for (const double value : *bias)
            scaled.push_back(static_cast<float>(gemm->beta * value));
        const Shape shape{static_cast<int64_t>(scaled.size())};
        const std::string biasName = graph.value(c).name;
        rewriter.setConstant(id, 2, Tensor::fromFloats(shape, scaled), biasName);
    }
}

} // namespace halftone
