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
            to[transpose ? column * rows + row : row * columns + column] =
                alpha * from[row * columns + column];
    const Shape shape = transpose ? Shape{matrix.shape[1], matrix.shape[0]} : matrix.shape;
    return Tensor::fromFloats(shape, to);
}

bool isWeightMatrix(const Graph& graph, ValueId id) {
    if (!graph.isConstant(id))
        return false;
    const Value& value = graph.value(id);
    return value.type == ElementType::F32 && value.shape.size() == 2 && !value.quant;
}

} // namespace

void canonicalizeMatrixProduct(Rewriter& rewriter, NodeId id) {
    const Graph& graph = rewriter.graph();
    const Node node = graph.node(id);
    const auto* gemm = std::get_if<Gemm>(&node.op);
    if (!(gemm || std::holds_alternative<MatMul>(node.op)) || !isWeightMatrix(graph, node.inputs[1]))
        return;
    const Value& weights = graph.value(node.inputs[1]);
    const std::string weightsName = weights.name;
    if (!gemm) {
        Tensor matrix = scaledMatrix(*weights.constant, true, 1);
        rewriter.edit().node(id).op = FullyConnected{};
        rewriter.setConstant(id, 1, std::move(matrix), weightsName);
        return;
    }

    std::optional<std::vector<double>> bias;
    const ValueId c = node.inputs.size() > 2 ? node.inputs[2] : kNoValue;
    if (c != kNoValue) {
        if (graph.isConstant(c) && !graph.value(c).quant)
            bias = perChannel(*graph.value(c).constant, graph.value(node.outputs.front()).shape, 1);
        if (!bias)
            return;
    }
    if (gemm->transA)
        return;
    Tensor matrix = scaledMatrix(*weights.constant, !gemm->transB, gemm->alpha);
    rewriter.edit().node(id).op = FullyConnected{};
    rewriter.setConstant(id, 1, std::move(matrix), weightsName);
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
