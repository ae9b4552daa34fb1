// SPDX-License-Identifier: GPL-3.0-or-later
// Operators that move or rename elements. Later operator sets pass as inputs what earlier ones had as
// attributes.
#include "core/base/checked.h"
#include "core/formats/common/layers.h"
#include "core/formats/onnx/operators.h"
#include "core/graph/element.h"

#include <algorithm>
#include <fmt/format.h>
#include <numeric>
#include <set>

namespace halftone::onnx_format {

namespace {

/// `axes` as an attribute before `sinceOpset`, as the input number 1 from then on; nothing when omitted.
std::optional<std::vector<int64_t>> readAxes(LayerView& layer, int64_t sinceOpset) {
    if (layer.opset() < sinceOpset) {
        layer.requireInputs(1, 1);
        return layer.integers("axes");
    }
    layer.requireInputs(1, 2);
    if (!layer.hasInput(1))
        return std::nullopt;
    return layer.integerSetting(1, "axes");
}

constexpr int64_t kMostElements = int64_t{1} << 28; // no constant that somebody meant has more

std::vector<int64_t> firstNumbers(size_t count) {
    std::vector<int64_t> numbers(count);
    std::iota(numbers.begin(), numbers.end(), 0);
    return numbers;
}

} // namespace

Layer readReshape(LayerView& layer) {
    layer.requireInputs(layer.opset() < 5 ? 1 : 2, 2);
    Reshape reshape;
    if (layer.opset() < 5)
        reshape.target = layer.integers("shape").value_or(std::vector<int64_t>{});
    else
        reshape.target = layer.integerSetting(1, "a shape");
    reshape.allowZero = layer.flag("allowzero", false);
    if (std::count(reshape.target.begin(), reshape.target.end(), -1) > 1)
        layer.fail("leaves more than one dimension open");
    if (std::any_of(reshape.target.begin(), reshape.target.end(), [](int64_t dim) { return dim < -1; }))
        layer.fail("has a negative dimension in its shape");
    return {reshape, {layer.input(0)}};
}

Layer readFlatten(LayerView& layer) {
    layer.requireInputs(1, 1);
    return {Flatten{layer.integer("axis", 1)}, {layer.input(0)}};
}

Layer readSqueeze(LayerView& layer) {
    const auto axes = readAxes(layer, 13);
    return {Squeeze{axes.value_or(std::vector<int64_t>{}), false}, {layer.input(0)}};
}

Layer readUnsqueeze(LayerView& layer) {
    const auto axes = readAxes(layer, 13);
    if (!axes)
        layer.fail("lacks its axes");
    return {Squeeze{*axes, true}, {layer.input(0)}};
}

Layer readTranspose(LayerView& layer) {
    layer.requireInputs(1, 1);
    return {Transpose{layer.integers("perm").value_or(std::vector<int64_t>{})}, {layer.input(0)}};
}

Layer readConcat(LayerView& layer) {
    const size_t count = std::max<size_t>(1, layer.inputCount());
    layer.requireInputs(count, count);
    const int64_t axis = layer.opset() < 4 ? layer.integer("axis", 1) : layer.integer("axis");
    return {Concat{axis}, layer.allInputs()};
}

Layer readSlice(LayerView& layer) {
    Slice slice;
    if (layer.opset() < 10) {
        layer.requireInputs(1, 1);
        const auto starts = layer.integers("starts"), ends = layer.integers("ends");
        if (!starts || !ends)
            layer.fail("lacks its starts or ends");
        slice.starts = *starts;
        slice.ends = *ends;
        slice.axes = layer.integers("axes").value_or(firstNumbers(starts->size()));
    } else {
        layer.requireInputs(3, 5);
        slice.starts = layer.integerSetting(1, "starts");
        slice.ends = layer.integerSetting(2, "ends");
        slice.axes = layer.hasInput(3) ? layer.integerSetting(3, "axes") : firstNumbers(slice.starts.size());
        if (layer.hasInput(4))
            slice.steps = layer.integerSetting(4, "steps");
    }
    if (slice.steps.empty())
        slice.steps.assign(slice.starts.size(), 1);
    if (slice.ends.size() != slice.starts.size() || slice.axes.size() != slice.starts.size() ||
        slice.steps.size() != slice.starts.size())
        layer.fail("has starts, ends, axes and steps of different lengths");
    if (std::count(slice.steps.begin(), slice.steps.end(), 0) > 0)
        layer.fail("has a step of 0");
    return {slice, {layer.input(0)}};
}

Layer readPad(LayerView& layer) {
    Pad pad;
    const std::string mode = layer.text("mode", "constant");
    if (mode == "constant")
        pad.mode = PadMode::Constant;
    else if (mode == "reflect")
        pad.mode = PadMode::Reflect;
    else if (mode == "edge")
        pad.mode = PadMode::Edge;
    else if (mode == "wrap")
        pad.mode = PadMode::Wrap;
    else
        layer.fail("has a mode that ONNX does not know");
    if (layer.opset() < 11) {
        layer.requireInputs(1, 1);
        const auto pads = layer.integers(layer.opset() < 2 ? "paddings" : "pads");
        if (!pads)
            layer.fail("lacks the attribute pads");
        pad.pads = *pads;
        pad.value = layer.real("value", 0);
    } else {
        layer.requireInputs(2, layer.opset() < 18 ? 3 : 4);
        pad.pads = layer.integerSetting(1, "pads");
        if (layer.hasInput(2))
            pad.value = layer.realSetting(2, "a padding value");
    }
    if (pad.pads.size() % 2 != 0)
        layer.fail("has an odd number of pads");
    if (layer.hasInput(3)) {
        const std::vector<int64_t> axes = layer.integerSetting(3, "axes");
        const Shape* input = layer.shape(0);
        if (!input)
            layer.cannotRun("with axes and an input of unknown shape");
        if (pad.pads.size() != 2 * axes.size())
            layer.fail("has pads and axes of different lengths");
        const auto rank = static_cast<int64_t>(input->size());
        std::vector<int64_t> all(2 * input->size(), 0);
        std::set<int64_t> seen;
        for (size_t i = 0; i < axes.size(); ++i) {
            const int64_t axis = axes[i] < 0 ? axes[i] + rank : axes[i];
            if (axis < 0 || axis >= rank || !seen.insert(axis).second)
                layer.fail(fmt::format("pads the axis {}, which is impossible or listed twice", axes[i]));
            all[static_cast<size_t>(axis)] = pad.pads[i];
            all[static_cast<size_t>(axis + rank)] = pad.pads[axes.size() + i];
        }
        pad.pads = all;
    }
    return {pad, {layer.input(0)}};
}

namespace {

/// The size of dimension `axis`, counted from the front, of the first operand.
int64_t sizeAlong(LayerView& layer, int64_t axis) {
    const Shape& shape = layer.knownShape(0);
    return shape[static_cast<size_t>(layer.axisOf(axis, shape.size()))];
}

/// Block size of a tensor that the operator needs with 4 dimensions of known size.
int64_t blockOf(LayerView& layer) {
    layer.requireInputs(1, 1);
    const int64_t block = layer.integer("blocksize");
    const Shape& shape = layer.knownShape(0);
    if (shape.size() != 4 || block < 1 || block > 1 << 15)
        layer.fail(fmt::format("has the block size {} for a tensor of {} dimensions", block, shape.size()));
    return block;
}

} // namespace

Layer readSplit(LayerView& layer) {
    const int64_t axis = layer.integer("axis", 0);
    const int64_t size = sizeAlong(layer, axis);
    std::optional<std::vector<int64_t>> sizes;
    if (layer.opset() < 13) {
        layer.requireInputs(1, layer.opset() < 2 ? 2 : 1);
        sizes = layer.integers("split");
    } else {
        layer.requireInputs(1, 2);
    }
    if (layer.hasInput(1))
        sizes = layer.integerSetting(1, "the sizes of its parts");
    if (!sizes) {
        const int64_t count = layer.integer("num_outputs", static_cast<int64_t>(layer.outputCount()));
        if (count < 1 || count != static_cast<int64_t>(layer.outputCount()))
            layer.fail(fmt::format("has {} outputs and makes {}", layer.outputCount(), count));
        const int64_t each = (size + count - 1) / count; // the last one takes what is left
        sizes.emplace(static_cast<size_t>(count), each);
        sizes->back() = size - each * (count - 1);
    }
    int64_t left = size;
    for (const int64_t part : *sizes) {
        if (part < 0 || part > left)
            layer.fail(fmt::format("has parts that do not fit a dimension of {}", size));
        left -= part;
    }
    if (left != 0 || sizes->size() != layer.outputCount())
        layer.fail(fmt::format("has {} parts for {} outputs, which leave {} elements of {}", sizes->size(),
                               layer.outputCount(), left, size));
    std::vector<ValueId> parts;
    for (Op& part : split(axis, *sizes))
        parts.push_back(layer.step(std::move(part), {layer.input(0)}));
    return {.results = std::move(parts)};
}

Layer readDepthToSpace(LayerView& layer) {
    const int64_t block = blockOf(layer);
    const std::string mode = layer.text("mode", "DCR");
    if (mode != "DCR" && mode != "CRD")
        layer.fail("has a mode that ONNX does not know");
    if ((*layer.shape(0))[1] % (block * block) != 0)
        layer.fail("has a block size that does not divide its channels");
    return {.results = {layer.writer().addInRow(depthToSpace(*layer.shape(0), block, mode == "CRD"), layer.input(0))}};
}

Layer readSpaceToDepth(LayerView& layer) {
    const int64_t block = blockOf(layer);
    if ((*layer.shape(0))[2] % block != 0 || (*layer.shape(0))[3] % block != 0)
        layer.fail("has a block size that does not divide its height and width");
    return {.results = {layer.writer().addInRow(spaceToDepth(*layer.shape(0), block), layer.input(0))}};
}

Layer readExpand(LayerView& layer) {
    layer.requireInputs(2, 2);
    return {Expand{layer.integerSetting(1, "a shape")}, {layer.input(0)}};
}

Layer readTile(LayerView& layer) {
    if (layer.opset() >= 6) {
        layer.requireInputs(2, 2);
        return {Tile{layer.integerSetting(1, "repeats")}, {layer.input(0)}};
    }
    layer.requireInputs(3, 3);
    const std::vector<int64_t> tiles = layer.integerSetting(1, "repeats"), axis = layer.integerSetting(2, "an axis");
    const Shape& shape = layer.knownShape(0);
    if (tiles.size() != 1 || axis.size() != 1 || axis[0] < 0 || axis[0] >= static_cast<int64_t>(shape.size()))
        layer.fail("has repeats or an axis that do not fit its input");
    Tile tile{std::vector<int64_t>(shape.size(), 1)};
    tile.repeats[static_cast<size_t>(axis[0])] = tiles[0];
    return {tile, {layer.input(0)}};
}

Layer readGather(LayerView& layer) {
    layer.requireInputs(2, 2);
    return {Gather{layer.integer("axis", 0)}, layer.allInputs()};
}

Layer readShape(LayerView& layer) {
    layer.requireInputs(1, 1);
    ShapeOf shape;
    shape.start = layer.integer("start", 0);
    shape.end = layer.integer("end", shape.end);
    return {shape, {layer.input(0)}};
}

Layer readSize(LayerView& layer) {
    layer.requireInputs(1, 1);
    const ValueId shape = layer.step(ShapeOf{}, {layer.input(0)});
    return {Reduce{ReduceKind::Prod, {0}, false}, {shape}};
}

Layer readRange(LayerView& layer) {
    layer.requireInputs(3, 3);
    const double start = layer.setting(0, "a start").toDoubles().at(0),
                 end = layer.setting(1, "an end").toDoubles().at(0),
                 step = layer.setting(2, "a step").toDoubles().at(0);
    std::optional<Tensor> numbers = numbersBetween(start, end, step, layer.setting(0, "a start").type);
    if (!numbers)
        layer.fail("makes an impossible list of numbers");
    return {Identity{}, {}, {}, false, std::move(numbers)};
}

Layer readConstantOfShape(LayerView& layer) {
    layer.requireInputs(1, 1);
    const std::vector<int64_t> shape = layer.integerSetting(0, "a shape");
    if (elementCount(shape, "its shape") > kMostElements)
        layer.cannotRun("of more than 2^28 elements");
    Tensor value = Tensor::fromFloats({1}, std::vector<float>{0});
    if (std::optional<Tensor> given = layer.tensor("value"))
        value = std::move(*given);
    if (value.elements() != 1)
        layer.fail("has a value that is not a single number");
    const size_t size = sizeOf(value.type);
    std::vector<std::byte> bytes(static_cast<size_t>(elementCount(shape)) * size);
    for (size_t i = 0; i < bytes.size(); ++i)
        bytes[i] = value.bytes.data()[i % size];
    return {Identity{}, {}, {}, false, Tensor::fromBytes(value.type, shape, std::move(bytes))};
}

} // namespace halftone::onnx_format
