// SPDX-License-Identifier: GPL-3.0-or-later
// Operators that give elements another place: other dimensions, another order, padding, repetition.
#include "core/formats/tensorflow/operators.h"

#include "core/base/text.h"

#include <algorithm>
#include <fmt/format.h>

namespace halftone::tensorflow_format {

namespace {

using Results = std::vector<Operand>;

/// Whether NCHW and NHWC of this shape (of the file) are the same elements in the same order.
bool sameOrder(const Shape& shape) {
    return shape.size() == 4 && (shape[3] == 1 || (shape[1] == 1 && shape[2] == 1));
}

Results readReshape(LayerView& layer) {
    layer.requireInputs(2, 2);
    Reshape reshape{layer.integerSetting(1, "a shape"), false};
    std::vector<int64_t>& target = reshape.target;
    if (std::ranges::count(target, -1) > 1 || std::ranges::any_of(target, [](int64_t dim) { return dim < -1; }))
        layer.fail("has an impossible shape");
    Oriented x = layer.input(0);
    if (const std::optional<Shape> shape = layer.shape(x); !shape || !sameOrder(*shape))
        x = layer.writer().asInFile(x);
    reshape.allowZero = true; // 0 is an empty tensor
    return {layer.result(reshape, {plain(x)})};
}

Results readSqueeze(LayerView& layer) {
    layer.requireInputs(1, 1);
    const Operand x = layer.input(0);
    std::vector<int64_t> axes = layer.integers(layer.has("axis") ? "axis" : "squeeze_dims");
    if (axes.empty()) {
        const Shape shape = layer.shapeOf(x);
        for (size_t axis = 0; axis < shape.size(); ++axis)
            if (shape[axis] == 1 && (axis != 0 || layer.isConstant(x))) // the batch stays
                axes.push_back(static_cast<int64_t>(axis));
        if (axes.empty())
            return {layer.result(Identity{}, {x})};
    }
    for (int64_t& axis : axes)
        axis = layer.axisOf(x, axis);
    return {layer.result(squeezed(layer.writer(), x, axes))};
}

Results readExpandDims(LayerView& layer) {
    layer.requireInputs(2, 2);
    const int64_t axis = layer.integerSettingAt(1, "a dimension");
    return {layer.result(Squeeze{{axis}, true}, {layer.asInFile(0)})};
}

Results readTranspose(LayerView& layer) {
    layer.requireInputs(2, 2);
    const std::vector<int64_t> perm = layer.integerSetting(1, "an order of dimensions");
    const Operand x = layer.input(0);
    const auto isBeside = [](int64_t axis) { return axis < 0 || axis > 3; };
    if (x.isChannelsFirst() && (perm.size() != 4 || std::ranges::any_of(perm, isBeside)))
        layer.fail("has an order that does not fit 4 dimensions");
    return {layer.result(transposed(x, perm))};
}

Results pad(LayerView& layer, PadMode mode, float value) {
    const Operand x = layer.input(0);
    const std::vector<int64_t> paddings = layer.integerSetting(1, "paddings");
    const std::optional<size_t> rank = layer.rank(x);
    const size_t dimensions = paddings.size() / 2;
    if (paddings.size() % 2 != 0 || (rank && *rank != dimensions))
        layer.fail(fmt::format("has {} paddings for a tensor of {} dimensions", paddings.size(), rank.value_or(0)));
    if (std::ranges::any_of(paddings, [](int64_t padding) { return padding < 0; }))
        layer.fail("has a negative padding");
    return {layer.result(padded(x, paddings, mode, value))};
}

Results readPad(LayerView& layer) {
    layer.requireInputs(2, 2);
    return pad(layer, PadMode::Constant, 0);
}

Results readPadV2(LayerView& layer) {
    layer.requireInputs(3, 3);
    return pad(layer, PadMode::Constant, layer.realSetting(2, "a padding value"));
}

Results readMirrorPad(LayerView& layer) {
    layer.requireInputs(2, 2);
    const std::string mode = layer.text("mode", "");
    if (mode != "REFLECT")
        layer.cannotRun(fmt::format("with mode {}", displayText(mode, 32)));
    return pad(layer, PadMode::Reflect, 0);
}

Results readTile(LayerView& layer) {
    layer.requireInputs(2, 2);
    const std::vector<int64_t> given = layer.integerSetting(1, "multiples");
    const Operand x = layer.input(0);
    const std::optional<size_t> rank = layer.rank(x);
    if (rank && *rank != given.size())
        layer.fail(fmt::format("has {} multiples for a tensor of {} dimensions", given.size(), *rank));
    return {layer.result(tiled(x, given))};
}

Results readBroadcastTo(LayerView& layer) {
    layer.requireInputs(2, 2);
    return {layer.result(Expand{layer.integerSetting(1, "a shape")}, {layer.asInFile(0)})};
}

const OperatorReaders kShapeReaders = {
    {"BroadcastTo", readBroadcastTo},
    {"ExpandDims", readExpandDims},
    {"MirrorPad", readMirrorPad},
    {"Pad", readPad},
    {"PadV2", readPadV2},
    {"Reshape", readReshape},
    {"Squeeze", readSqueeze},
    {"Tile", readTile},
    {"Transpose", readTranspose},
};

} // namespace

OperatorReader shapeReader(std::string_view op) {
    return readerOf(kShapeReaders, op);
}

} // namespace halftone::tensorflow_format
