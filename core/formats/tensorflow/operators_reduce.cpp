// SPDX-License-Identifier: GPL-3.0-or-later
// Operators that compute from many values: reductions, products of matrices, normalizations.
#include "core/formats/tensorflow/operators.h"

#include <fmt/format.h>

namespace halftone::tensorflow_format {

namespace {

using Results = std::vector<Operand>;

Results readLrn(LayerView& layer) {
    layer.requireInputs(1, 1);
    const int64_t radius = layer.integer("depth_radius", 5);
    if (radius < 0 || radius > 1'000'000)
        layer.fail(fmt::format("has the impossible depth_radius {}", radius));
    const Lrn lrn = localResponses(radius, layer.real("bias", 1), layer.real("alpha", 1), layer.real("beta", 0.5F));
    return {layer.result(lrn, {layer.channelsFirst(layer.input(0))})};
}

template <bool largest> Results readArg(LayerView& layer) {
    layer.requireInputs(2, 2);
    const Operand x = layer.input(0);
    const int64_t axis = layer.axisOf(x, layer.integerSettingAt(1, "a dimension"));
    const Step position = argReduced(layer.writer(), x, largest, axis);
    if (layer.type("output_type", graphdef::DT_INT64) == graphdef::DT_INT64)
        return {layer.result(position)};
    return {layer.result(Cast{ElementType::S32}, {layer.writer().addBefore(position)})};
}

template <bool log> Results readSoftmax(LayerView& layer) {
    layer.requireInputs(1, 1);
    const Operand x = layer.input(0);
    return {layer.result(Softmax{x.isChannelsFirst() ? 1 : -1, false, log}, {x})};
}

std::vector<Operand> vectors(LayerView& layer, std::initializer_list<size_t> operands) {
    std::vector<Operand> result;
    for (const size_t index : operands)
        result.push_back(layer.input(index));
    return result;
}

Results normalize(LayerView& layer, float epsilon, bool channelsLast, const std::vector<Operand>& parameters) {
    const Operand given = layer.pointwiseInput(0);
    const bool turn = channelsLast && layer.rank(given) != 2U;
    std::vector<Operand> inputs{turn ? layer.channelsFirst(given) : layer.asInFile(given)};
    inputs.insert(inputs.end(), parameters.begin(), parameters.end());
    return {layer.result(BatchNorm{epsilon, {}}, inputs)};
}

Results readFusedBatchNorm(LayerView& layer) {
    layer.requireInputs(5, 5);
    if (layer.flag("is_training", true))
        layer.cannotRun("in training mode (is_training); export the graph for inference");
    return normalize(layer, layer.real("epsilon", 1e-4F), layer.channelsLast(), vectors(layer, {1, 2, 3, 4}));
}

/// Before FusedBatchNorm: t, mean, variance, beta, gamma.
Results readOldBatchNorm(LayerView& layer) {
    layer.requireInputs(5, 5);
    std::vector<Operand> parameters = vectors(layer, {4, 3, 1, 2});
    if (!layer.flag("scale_after_normalization", true)) {
        const Shape shape = layer.shapeOf(parameters[0]);
        if (shape.size() != 1)
            layer.fail("has parameters that are no lists");
        parameters[0] = layer.constant(Tensor::fromFloats(shape, std::vector<float>(static_cast<size_t>(shape[0]), 1)));
    }
    return normalize(layer, layer.real("variance_epsilon", 1e-3F), true, parameters);
}

Results readMatMul(LayerView& layer) {
    layer.requireInputs(2, 2);
    Gemm gemm;
    gemm.transA = layer.flag("transpose_a", false);
    gemm.transB = layer.flag("transpose_b", false);
    return {layer.result(gemm, {layer.asInFile(0), layer.asInFile(1)})};
}

Results readBatchMatMul(LayerView& layer) {
    layer.requireInputs(2, 2);
    std::vector<Operand> operands{layer.asInFile(0), layer.asInFile(1)};
    const bool adjoint[] = {layer.flag("adj_x", false), layer.flag("adj_y", false)};
    for (size_t i = 0; i < 2; ++i) {
        if (!adjoint[i])
            continue;
        const size_t rank = layer.rankOf(operands[i]);
        if (rank < 2)
            layer.fail("multiplies tensors of fewer than 2 dimensions");
        operands[i] = withSwappedEnds(layer.writer(), operands[i], rank);
    }
    return {layer.result(MatMul{}, operands)};
}

template <ReduceKind kind> Results readReduce(LayerView& layer) {
    layer.requireInputs(2, 2);
    const bool keep = layer.flag(layer.has("keepdims") ? "keepdims" : "keep_dims", false);
    const Operand x = layer.input(0);
    std::vector<int64_t> axes = layer.integerSetting(1, "axes");
    for (int64_t& axis : axes)
        axis = layer.axisOf(x, axis);
    return {layer.result(reduced(layer.writer(), x, kind, axes, keep))};
}

const OperatorReaders kReduceReaders = {
    {"ArgMax", readArg<true>},
    {"ArgMin", readArg<false>},
    {"BatchMatMul", readBatchMatMul},
    {"BatchMatMulV2", readBatchMatMul},
    {"BatchNormWithGlobalNormalization", readOldBatchNorm},
    {"FusedBatchNorm", readFusedBatchNorm},
    {"FusedBatchNormV2", readFusedBatchNorm},
    {"FusedBatchNormV3", readFusedBatchNorm},
    {"LRN", readLrn},
    {"LogSoftmax", readSoftmax<true>},
    {"MatMul", readMatMul},
    {"Max", readReduce<ReduceKind::Max>},
    {"Mean", readReduce<ReduceKind::Mean>},
    {"Min", readReduce<ReduceKind::Min>},
    {"Prod", readReduce<ReduceKind::Prod>},
    {"Softmax", readSoftmax<false>},
    {"Sum", readReduce<ReduceKind::Sum>},
};

} // namespace

OperatorReader reduceReader(std::string_view op) {
    return readerOf(kReduceReaders, op);
}

} // namespace halftone::tensorflow_format
