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
    Operand x = layer.input(0);
    const std::optional<Shape> shape = layer.network().shape(x);
    if (x.channelsFirst && !(shape && sameOrder(*shape)))
        x = layer.network().asInFile(x, layer.name());
    reshape.allowZero = true; // 0 is an empty tensor
    return {plain(layer.emit(reshape, {x}))};
}

Results readSqueeze(LayerView& layer) {
    layer.requireInputs(1, 1);
    Operand x = layer.input(0);
    std::vector<int64_t> axes = layer.integers(layer.has("axis") ? "axis" : "squeeze_dims");
    if (axes.empty()) {
        const Shape shape = layer.shapeOf(x);
        for (size_t axis = 0; axis < shape.size(); ++axis)
            if (shape[axis] == 1 && !(axis == 0 && !x.constant)) // the batch stays
                axes.push_back(static_cast<int64_t>(axis));
        if (axes.empty())
            return {layer.emit(Identity{}, {x})};
    }
    std::vector<size_t> file;
    for (const int64_t axis : axes)
        file.push_back(layer.axisOf(plain(x), axis));
    std::ranges::sort(file);
    // What is left of NCHW is in the order of the file where channels or both of height and width go.
    const bool keepsOrder =
        std::ranges::count(file, 3U) > 0 || (std::ranges::count(file, 1U) > 0 && std::ranges::count(file, 2U) > 0);
    if (x.channelsFirst && !keepsOrder)
        x = layer.network().asInFile(x, layer.name());
    std::vector<int64_t> mapped;
    for (const size_t axis : file)
        mapped.push_back(static_cast<int64_t>(x.channelsFirst ? channelsFirstAxis(axis) : axis));
    std::ranges::sort(mapped);
    return {plain(layer.emit(Squeeze{mapped, false}, {x}))};
}

Results readExpandDims(LayerView& layer) {
    layer.requireInputs(2, 2);
    const int64_t axis = layer.integerSettingAt(1, "a dimension");
    return {layer.emit(Squeeze{{axis}, true}, {layer.inFileLayout(0)})};
}

Results readTranspose(LayerView& layer) {
    layer.requireInputs(2, 2);
    std::vector<int64_t> perm = layer.integerSetting(1, "an order of dimensions");
    const Operand x = layer.input(0);
    if (x.channelsFirst) {
        if (perm.size() != 4 || std::ranges::any_of(perm, [](int64_t axis) { return axis < 0 || axis > 3; }))
            layer.fail("has an order that does not fit 4 dimensions");
        for (int64_t& axis : perm)
            axis = static_cast<int64_t>(channelsFirstAxis(static_cast<size_t>(axis)));
    }
    return {plain(layer.emit(Transpose{perm}, {x}))};
}

Results pad(LayerView& layer, PadMode mode, float value) {
    const Operand x = layer.input(0);
    const std::vector<int64_t> paddings = layer.integerSetting(1, "paddings");
    const std::optional<size_t> rank = layer.network().rank(x);
    const size_t dimensions = paddings.size() / 2;
    if (paddings.size() % 2 != 0 || (rank && *rank != dimensions))
        layer.fail(fmt::format("has {} paddings for a tensor of {} dimensions", paddings.size(), rank.value_or(0)));
    Pad result;
    result.mode = mode;
    result.value = value;
    result.pads.resize(2 * dimensions);
    for (size_t i = 0; i < dimensions; ++i) {
        if (paddings[2 * i] < 0 || paddings[2 * i + 1] < 0)
            layer.fail("has a negative padding");
        const size_t axis = x.channelsFirst ? channelsFirstAxis(i) : i;
        result.pads[axis] = paddings[2 * i];
        result.pads[dimensions + axis] = paddings[2 * i + 1];
    }
    return {layer.emit(result, {x})};
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
    const std::optional<size_t> rank = layer.network().rank(x);
    if (rank && *rank != given.size())
        layer.fail(fmt::format("has {} multiples for a tensor of {} dimensions", given.size(), *rank));
    Tile tile{given};
    for (size_t axis = 0; x.channelsFirst && axis < given.size(); ++axis)
        tile.repeats[channelsFirstAxis(axis)] = given[axis];
    return {layer.emit(tile, {x})};
}

Results readBroadcastTo(LayerView& layer) {
    layer.requireInputs(2, 2);
    return {layer.emit(Expand{layer.integerSetting(1, "a shape")}, {layer.inFileLayout(0)})};
}

const OperatorReaders kReaders = {
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
    return readerOf(kReaders, op);
}

} // namespace halftone::tensorflow_format
