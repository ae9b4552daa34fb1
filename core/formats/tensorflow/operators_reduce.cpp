// SPDX-License-Identifier: GPL-3.0-or-later
// Operators that compute from many values: reductions, products of matrices, normalizations.
#include "core/formats/tensorflow/operators.h"

#include <algorithm>
#include <fmt/format.h>

namespace halftone::tensorflow_format {

namespace {

using Results = std::vector<Operand>;

/// depth_radius on both sides; alpha is not divided by their number.
Results readLrn(LayerView& layer) {
    layer.requireInputs(1, 1);
    const int64_t radius = layer.integer("depth_radius", 5);
    if (radius < 0 || radius > 1'000'000)
        layer.fail(fmt::format("has the impossible depth_radius {}", radius));
    Lrn lrn;
    lrn.size = 2 * radius + 1;
    lrn.bias = layer.real("bias", 1);
    lrn.alpha = layer.real("alpha", 1) * static_cast<float>(lrn.size);
    lrn.beta = layer.real("beta", 0.5F);
    return {layer.emit(lrn, {layer.asChannelsFirst(layer.input(0))})};
}

template <bool largest> Results readArg(LayerView& layer) {
    layer.requireInputs(2, 2);
    const int64_t axis = layer.integerSettingAt(1, "a dimension");
    Operand x = layer.input(0);
    size_t dimension = layer.axisOf(x, axis);
    if (x.channelsFirst && dimension != 1) { // what is left would be in another order
        x = layer.network().asInFile(x, layer.name());
        dimension = layer.axisOf(x, axis);
    }
    const bool wide = layer.type("output_type", graphdef::DT_INT64) == graphdef::DT_INT64;
    ArgReduce arg;
    arg.largest = largest;
    arg.axis = static_cast<int64_t>(dimension);
    arg.keepDims = false;
    Operand result = layer.emit(arg, {x}, wide ? "" : "arg");
    result.channelsFirst = false;
    return {wide ? result : layer.emit(Cast{ElementType::S32}, {result})};
}

template <bool log> Results readSoftmax(LayerView& layer) {
    layer.requireInputs(1, 1);
    const Operand x = layer.input(0);
    return {layer.emit(Softmax{x.channelsFirst ? 1 : -1, false, log}, {x})};
}

std::vector<Operand> vectors(LayerView& layer, std::initializer_list<size_t> operands) {
    std::vector<Operand> result;
    for (const size_t index : operands)
        result.push_back(layer.input(index));
    return result;
}

Results normalize(LayerView& layer, float epsilon, bool channelsLast, const std::vector<Operand>& parameters) {
    const Operand given = layer.pointwiseInput(0);
    const bool turn = channelsLast && layer.network().rank(given) != 2U;
    std::vector<Operand> inputs{turn ? layer.asChannelsFirst(given) : layer.network().asInFile(given, layer.name())};
    inputs.insert(inputs.end(), parameters.begin(), parameters.end());
    return {layer.emit(BatchNorm{epsilon, {}}, inputs)};
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
    return {layer.emit(gemm, {layer.inFileLayout(0), layer.inFileLayout(1)})};
}

Results readBatchMatMul(LayerView& layer) {
    layer.requireInputs(2, 2);
    std::vector<Operand> operands{layer.inFileLayout(0), layer.inFileLayout(1)};
    const bool adjoint[] = {layer.flag("adj_x", false), layer.flag("adj_y", false)};
    for (size_t i = 0; i < 2; ++i) {
        if (!adjoint[i])
            continue;
        std::vector<int64_t> perm(layer.shapeOf(operands[i]).size());
        if (perm.size() < 2)
            layer.fail("multiplies tensors of fewer than 2 dimensions");
        for (size_t axis = 0; axis < perm.size(); ++axis)
            perm[axis] = static_cast<int64_t>(axis);
        std::swap(perm[perm.size() - 1], perm[perm.size() - 2]);
        operands[i] = layer.network().permuted(layer.name(), operands[i], perm);
    }
    return {layer.emit(MatMul{}, operands)};
}

template <ReduceKind kind> Results readReduce(LayerView& layer) {
    layer.requireInputs(2, 2);
    const bool keep = layer.flag(layer.has("keepdims") ? "keepdims" : "keep_dims", false);
    Operand x = layer.input(0);
    const std::vector<int64_t> axes = layer.integerSetting(1, "axes");
    if (axes.empty())
        return {layer.emit(Identity{}, {x})};
    const auto mapped = [&] {
        std::vector<int64_t> result;
        for (const int64_t axis : axes)
            result.push_back(static_cast<int64_t>(layer.axisOf(x, axis)));
        std::ranges::sort(result);
        return result;
    };
    std::vector<int64_t> of = mapped();
    // Without the dimensions, what is left must be in the order of the file: N and C are, the rest is not.
    if (x.channelsFirst && !keep && of != std::vector<int64_t>{2, 3} && of != std::vector<int64_t>{1, 2, 3}) {
        x = layer.network().asInFile(x, layer.name());
        of = mapped();
    }
    Operand result = layer.emit(Reduce{kind, of, keep}, {x});
    result.channelsFirst = x.channelsFirst && keep;
    return {result};
}

const OperatorReaders kReaders = {
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
    return readerOf(kReaders, op);
}

} // namespace halftone::tensorflow_format
