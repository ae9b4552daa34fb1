// SPDX-License-Identifier: GPL-3.0-or-later
// Normalizations.
#include "core/formats/common/layers.h"
#include "core/formats/onnx/operators.h"

#include <algorithm>
#include <fmt/format.h>
#include <limits>
#include <numeric>

namespace halftone::onnx_format {

namespace {

std::vector<int64_t> axesFrom(size_t first, size_t rank) {
    std::vector<int64_t> axes(rank - std::min(first, rank));
    std::iota(axes.begin(), axes.end(), static_cast<int64_t>(first));
    return axes;
}

/// A vector of one number a channel, so that it broadcasts to a tensor of this rank.
ValueId alongChannels(LayerView& layer, size_t index, size_t rank) {
    const std::vector<int64_t> behind = axesFrom(1, rank - 1);
    return behind.empty() ? layer.input(index) : layer.step(Squeeze{behind, true}, {layer.input(index)});
}

} // namespace

Layer readBatchNormalization(LayerView& layer) {
    layer.requireInputs(5, 5);
    layer.ignore("momentum");
    if (layer.opset() < 9 && !layer.flag("spatial", true))
        layer.cannotRun("with statistics for every element (spatial=0)");
    const bool training = layer.opset() >= 14 ? layer.flag("training_mode", false)
                          : layer.opset() < 7 ? !layer.flag("is_test", false)
                                              : layer.outputCount() > 1;
    if (training)
        layer.cannotRun("in training mode");
    return {BatchNorm{layer.real("epsilon", 1e-5F)}, layer.allInputs()};
}

Layer readInstanceNormalization(LayerView& layer) {
    layer.requireInputs(3, 3);
    const size_t rank = layer.knownShape(0).size();
    if (rank < 3)
        layer.fail(fmt::format("normalizes a tensor of {} dimensions", rank));
    const float epsilon = layer.real("epsilon", 1e-5F);
    return {.results = {normalize(layer.writer(), layer.input(0), axesFrom(2, rank), epsilon,
                                  alongChannels(layer, 1, rank), alongChannels(layer, 2, rank))}};
}

Layer readLayerNormalization(LayerView& layer) {
    layer.requireInputs(2, 3);
    layer.ignore("stash_type");
    const auto rank = static_cast<int64_t>(layer.knownShape(0).size());
    int64_t axis = layer.integer("axis", -1);
    axis += axis < 0 ? rank : 0;
    if (axis < 0 || axis >= rank)
        layer.fail(fmt::format("has an axis outside the {} dimensions of its input", rank));
    const std::vector<int64_t> axes = axesFrom(static_cast<size_t>(axis), static_cast<size_t>(rank));
    const float epsilon = layer.real("epsilon", 1e-5F);
    const ValueId x = layer.input(0);
    Layer result{.results = {normalize(layer.writer(), x, axes, epsilon, layer.input(1), layer.optionalInput(2))}};
    if (layer.outputCount() < 2)
        return result;
    const ValueId mean = layer.step(Reduce{ReduceKind::Mean, axes, true}, {x});
    result.results.push_back(mean);
    if (layer.outputCount() < 3)
        return result;
    const ValueId centred = layer.step(Binary{BinaryKind::Sub, {}}, {x, mean});
    const ValueId square = layer.step(Unary{UnaryKind::Square}, {centred});
    const ValueId variance = layer.step(Reduce{ReduceKind::Mean, axes, true}, {square});
    const ValueId small = layer.operand(Tensor::fromFloats({}, std::span(&epsilon, 1)));
    const ValueId sum = layer.step(Binary{BinaryKind::Add, {}}, {variance, small});
    result.results.push_back(layer.step(Unary{UnaryKind::Rsqrt}, {sum}));
    return result;
}

Layer readGroupNormalization(LayerView& layer) {
    layer.requireInputs(3, 3);
    layer.ignore("stash_type");
    const Shape shape = layer.knownShape(0);
    const int64_t groups = layer.integer("num_groups");
    if (shape.size() < 3 || groups < 1 || shape[1] % groups != 0)
        layer.fail(fmt::format("has {} groups and {} dimensions", groups, shape.size()));
    const float epsilon = layer.real("epsilon", 1e-5F);
    if (layer.opset() < 21) { // scale and bias of whole groups
        std::vector<int64_t> back = shape;
        back.front() = 0;
        const ValueId grouped = layer.step(Reshape{{0, groups, -1}}, {layer.input(0)});
        const ValueId y =
            normalize(layer.writer(), grouped, {2}, epsilon, alongChannels(layer, 1, 3), alongChannels(layer, 2, 3));
        return {.results = {layer.step(Reshape{back}, {y})}};
    }
    ValueId y = normalizeGroups(layer.writer(), layer.input(0), groups, epsilon);
    y = layer.step(Binary{BinaryKind::Mul, {}}, {y, alongChannels(layer, 1, shape.size())});
    return {.results = {layer.step(Binary{BinaryKind::Add, {}}, {y, alongChannels(layer, 2, shape.size())})}};
}

/// Divides by the deviation + 1e-9, which is that of a variance + 1e-18 but for nearly constant values.
Layer readMeanVarianceNormalization(LayerView& layer) {
    layer.requireInputs(1, 1);
    const auto axes = layer.integers("axes").value_or(std::vector<int64_t>{0, 2, 3});
    return {Normalize{axes, 1e-18F}, {layer.input(0)}};
}

/// Divides by the norm; what is 0 throughout stays so.
Layer readLpNormalization(LayerView& layer) {
    layer.requireInputs(1, 1);
    const int64_t axis = layer.integer("axis", -1), p = layer.integer("p", 2);
    if (p != 1 && p != 2)
        layer.fail(fmt::format("has the norm {}; ONNX knows 1 and 2", p));
    const ValueId x = layer.input(0);
    const ValueId norm = layer.step(Reduce{p == 1 ? ReduceKind::L1 : ReduceKind::L2, {axis}, true}, {x});
    const ValueId smallest = layer.number(std::numeric_limits<float>::min(), layer.type(0));
    return {Binary{BinaryKind::Div, {}}, {x, layer.binary(BinaryKind::Max, norm, smallest)}};
}

Layer readLrn(LayerView& layer) {
    layer.requireInputs(1, 1);
    Lrn lrn;
    lrn.size = layer.integer("size");
    lrn.alpha = layer.real("alpha", 1e-4F);
    lrn.beta = layer.real("beta", 0.75F);
    lrn.bias = layer.real("bias", 1);
    if (lrn.size < 1)
        layer.fail(fmt::format("normalizes over {} channels", lrn.size));
    return {lrn, {layer.input(0)}};
}

} // namespace halftone::onnx_format
