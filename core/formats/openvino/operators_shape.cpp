// SPDX-License-Identifier: GPL-3.0-or-later
// Operators that move, cut, join, repeat or count elements.
#include "core/base/text.h"
#include "core/formats/common/layers.h"
#include "core/formats/common/oriented.h"
#include "core/formats/openvino/operators.h"

#include <algorithm>
#include <fmt/format.h>
#include <limits>
#include <numeric>

namespace halftone::openvino_format {

namespace {

constexpr int64_t kFar = std::numeric_limits<int64_t>::max();

/// A weight in another shape. Scales of its first dimension stay where that one stays, or is split into two.
void reshapedWeight(LayerView& layer, const Shape& target) {
    const Tensor& tensor = *layer.constant(0);
    std::optional<QuantParams> grid = layer.grid(0);
    if (grid && grid->axis && (*grid->axis != 0 || target.empty() || target[0] != tensor.shape[0])) {
        if (*grid->axis == 0 && target.size() > 1 && target[0] * target[1] == tensor.shape[0])
            layer.network().groupedGrids.emplace(layer.output(), *grid);
        grid.reset();
    }
    layer.constantResult(Tensor::fromBytes(tensor.type, target, tensor.bytes), grid);
}

/// Parts along one dimension, one for each output.
void readParts(LayerView& layer, int64_t axis, const std::vector<int64_t>& sizes) {
    if (sizes.size() != layer.outputCount())
        layer.fail(fmt::format("makes {} parts and has {} outputs", sizes.size(), layer.outputCount()));
    std::vector<Op> parts = split(axis, sizes);
    for (size_t i = 0; i < parts.size(); ++i)
        layer.writer().addNamed(std::move(parts[i]), {layer.input(0)}, {layer.output(i)});
}

int64_t splitAxis(LayerView& layer) {
    const std::vector<int64_t> axes = layer.integerSetting(1, "a dimension");
    if (axes.size() != 1)
        layer.fail("splits along more than one dimension");
    return layer.axisOf(axes.front(), layer.rank(0));
}

/// The lists of 0 and 1 that say what a StridedSlice does with each number.
std::vector<bool> mask(LayerView& layer, const char* attribute, size_t count) {
    std::vector<bool> result(count, false);
    const std::vector<int64_t> values = layer.has(attribute) ? layer.integers(attribute) : std::vector<int64_t>{};
    for (size_t i = 0; i < std::min(count, values.size()); ++i)
        result[i] = values[i] != 0;
    return result;
}

} // namespace

void readTranspose(LayerView& layer) {
    layer.requireInputs(2, 2);
    const std::vector<int64_t> perm = layer.integerSetting(1, "an order");
    if (!layer.isWeight(0) || perm.empty()) {
        layer.result(Transpose{perm}, {layer.input(0)});
        return;
    }
    const Tensor& tensor = *layer.constant(0);
    std::vector<int64_t> sorted = perm, all(tensor.shape.size());
    std::sort(sorted.begin(), sorted.end());
    std::iota(all.begin(), all.end(), 0);
    if (sorted != all)
        layer.fail(fmt::format("has an order that is none of {} dimensions", all.size()));
    std::optional<QuantParams> grid = layer.grid(0);
    if (grid && grid->axis)
        grid->axis = static_cast<int>(std::find(perm.begin(), perm.end(), *grid->axis) - perm.begin());
    layer.constantResult(permuted(tensor, perm), grid);
}

void readReshape(LayerView& layer) {
    layer.requireInputs(2, 2);
    std::vector<int64_t> target = layer.integerSetting(1, "a shape");
    const bool copies = layer.flag("special_zero");
    if (std::count(target.begin(), target.end(), -1) > 1 ||
        std::any_of(target.begin(), target.end(), [](int64_t dim) { return dim < -1; }))
        layer.fail("leaves more than one dimension open, or has a negative one");
    const bool hasZero = std::count(target.begin(), target.end(), 0) > 0;
    if (layer.isWeight(0) && !hasZero && std::count(target.begin(), target.end(), -1) == 0) {
        reshapedWeight(layer, target);
        return;
    }
    layer.result(Reshape{std::move(target), !copies}, {layer.input(0)});
}

void readSqueeze(LayerView& layer) {
    layer.requireInputs(1, 2);
    layer.result(
        Squeeze{layer.inputCount() > 1 ? layer.integerSetting(1, "dimensions") : std::vector<int64_t>{}, false},
        {layer.input(0)});
}

void readUnsqueeze(LayerView& layer) {
    layer.requireInputs(2, 2);
    layer.result(Squeeze{layer.integerSetting(1, "dimensions"), true}, {layer.input(0)});
}

void readConcat(LayerView& layer) {
    if (layer.inputCount() == 0)
        layer.fail("joins nothing");
    layer.result(Concat{layer.integer("axis")}, layer.allInputs());
}

void readSplit(LayerView& layer) {
    layer.requireInputs(2, 2);
    const int64_t axis = splitAxis(layer), count = layer.integer("num_splits");
    const int64_t size = (*layer.shape(0))[static_cast<size_t>(axis)];
    if (count < 1 || size % count != 0)
        layer.fail(fmt::format("splits {} elements into {} equal parts", size, count));
    if (static_cast<size_t>(count) != layer.outputCount())
        layer.fail(fmt::format("makes {} parts and has {} outputs", count, layer.outputCount()));
    readParts(layer, axis, std::vector<int64_t>(static_cast<size_t>(count), size / count));
}

void readVariadicSplit(LayerView& layer) {
    layer.requireInputs(3, 3);
    const int64_t axis = splitAxis(layer);
    std::vector<int64_t> sizes = layer.integerSetting(2, "lengths");
    const auto open = std::count(sizes.begin(), sizes.end(), -1);
    const int64_t known = std::accumulate(sizes.begin(), sizes.end(), int64_t{0}) + open;
    std::replace(sizes.begin(), sizes.end(), int64_t{-1}, (*layer.shape(0))[static_cast<size_t>(axis)] - known);
    if (open > 1 || std::any_of(sizes.begin(), sizes.end(), [](int64_t size) { return size < 0; }))
        layer.fail("does not say how it splits");
    readParts(layer, axis, sizes);
}

void readStridedSlice(LayerView& layer) {
    layer.requireInputs(3, 4);
    const std::vector<int64_t> begins = layer.integerSetting(1, "begins"), ends = layer.integerSetting(2, "ends");
    const size_t count = begins.size();
    const std::vector<int64_t> steps =
        layer.inputCount() > 3 ? layer.integerSetting(3, "steps") : std::vector<int64_t>(count, 1);
    if (ends.size() != count || steps.size() != count)
        layer.fail(fmt::format("has {} begins, {} ends and {} steps", count, ends.size(), steps.size()));
    const std::vector<bool> freeBegin = mask(layer, "begin_mask", count), freeEnd = mask(layer, "end_mask", count),
                            drop = mask(layer, "shrink_axis_mask", count);
    for (const char* attribute : {"new_axis_mask", "ellipsis_mask"})
        for (const bool set : mask(layer, attribute, count))
            if (set)
                layer.cannotRun("with an ellipsis or new dimensions");
    Slice slice;
    std::vector<int64_t> dropped;
    for (size_t i = 0; i < count; ++i) {
        if (steps[i] == 0)
            layer.fail("has a step of 0");
        int64_t begin = freeBegin[i] ? (steps[i] > 0 ? 0 : kFar) : begins[i];
        int64_t end = freeEnd[i] ? (steps[i] > 0 ? kFar : -kFar) : ends[i];
        if (drop[i]) { // one position; -1 is the last one
            begin = begins[i];
            end = begin == -1 ? kFar : begin + 1;
            dropped.push_back(static_cast<int64_t>(i));
        }
        if (begin == 0 && end == kFar && steps[i] == 1)
            continue;
        slice.axes.push_back(static_cast<int64_t>(i));
        slice.starts.push_back(begin);
        slice.ends.push_back(end);
        slice.steps.push_back(drop[i] ? 1 : steps[i]);
    }
    if (dropped.empty()) {
        layer.result(slice, {layer.input(0)});
        return;
    }
    const ValueId part = layer.writer().add(slice, {layer.input(0)});
    layer.result(Squeeze{dropped, false}, {part});
}

void readSlice(LayerView& layer) {
    layer.requireInputs(4, 5);
    Slice slice;
    slice.starts = layer.integerSetting(1, "starts");
    slice.ends = layer.integerSetting(2, "ends");
    slice.steps = layer.integerSetting(3, "steps");
    if (layer.inputCount() > 4)
        slice.axes = layer.integerSetting(4, "dimensions");
    else
        for (size_t i = 0; i < slice.starts.size(); ++i)
            slice.axes.push_back(static_cast<int64_t>(i));
    if (slice.ends.size() != slice.starts.size() || slice.axes.size() != slice.starts.size() ||
        slice.steps.size() != slice.starts.size() || std::count(slice.steps.begin(), slice.steps.end(), 0) > 0)
        layer.fail("has starts, ends and steps of different lengths, or a step of 0");
    layer.result(slice, {layer.input(0)});
}

void readPad(LayerView& layer) {
    layer.requireInputs(3, 4);
    Pad pad;
    const std::string mode = layer.text("pad_mode", "constant");
    if (mode == "edge")
        pad.mode = PadMode::Edge;
    else if (mode == "reflect")
        pad.mode = PadMode::Reflect;
    else if (mode != "constant" && mode != "symmetric")
        layer.fail("has a mode that OpenVINO does not know");
    pad.pads = layer.integerSetting(1, "pads");
    const std::vector<int64_t> behind = layer.integerSetting(2, "pads");
    if (behind.size() != pad.pads.size())
        layer.fail("has different numbers of pads before and behind");
    if (mode == "symmetric") {
        layer.requireMirrored(layer.known(layer.shape(0)), pad.pads, behind);
        layer.results({mirroredWithEdges(layer.writer(), layer.input(0), pad.pads, behind)});
        return;
    }
    pad.pads.insert(pad.pads.end(), behind.begin(), behind.end());
    if (layer.inputCount() > 3)
        pad.value = layer.realSetting(3, "a padding value");
    layer.result(pad, {layer.input(0)});
}

void readShapeOf(LayerView& layer) {
    layer.requireInputs(1, 1);
    if (layer.text("output_type", "i64") == "i32")
        layer.result(Cast{ElementType::S32}, {layer.writer().add(ShapeOf{}, {layer.input(0)})});
    else
        layer.result(ShapeOf{}, {layer.input(0)});
}

void readRange(LayerView& layer) {
    layer.requireInputs(3, 3);
    const Tensor& first = layer.setting(0, "a start");
    const std::optional<ElementType> type =
        layer.has("output_type") ? elementTypeOf(layer.text("output_type")) : std::optional(first.type);
    if (!type)
        layer.cannotRun("of type " + layer.text("output_type"));
    std::optional<Tensor> numbers = numbersBetween(layer.realSetting(0, "a start"), layer.realSetting(1, "an end"),
                                                   layer.realSetting(2, "a step"), *type);
    if (!numbers)
        layer.fail("makes an impossible list of numbers");
    layer.constantResult(std::move(*numbers));
}

/// Missing repeats are 1, and missing dimensions of the input come in front.
void readTile(LayerView& layer) {
    layer.requireInputs(2, 2);
    std::vector<int64_t> repeats = layer.integerSetting(1, "repeats");
    const size_t rank = layer.rank(0);
    ValueId x = layer.input(0);
    if (repeats.size() > rank) {
        std::vector<int64_t> missing(repeats.size() - rank);
        std::iota(missing.begin(), missing.end(), 0);
        x = layer.writer().addBefore(Squeeze{missing, true}, {x});
    }
    repeats.insert(repeats.begin(), rank - std::min(rank, repeats.size()), 1);
    layer.result(Tile{repeats}, {x});
}

/// With mode explicit, dimension i of the input is dimension axes[i] of the result.
void readBroadcast(LayerView& layer) {
    layer.requireInputs(2, 3);
    const std::string mode = layer.text("mode", "numpy");
    const std::vector<int64_t> target = layer.integerSetting(1, "a shape");
    if (mode == "numpy" || mode == "bidirectional") {
        layer.result(Expand{target}, {layer.input(0)});
        return;
    }
    if (mode != "explicit")
        layer.cannotRun("with mode " + displayText(mode, 32));
    if (layer.inputCount() < 3)
        layer.fail("lacks the dimensions of its input");
    const std::vector<int64_t> axes = layer.integerSetting(2, "dimensions");
    const Shape& shape = layer.known(layer.shape(0));
    if (axes.size() != shape.size() || !std::is_sorted(axes.begin(), axes.end()))
        layer.fail(fmt::format("has {} dimensions for an input of {}", axes.size(), shape.size()));
    Shape full(target.size(), 1);
    for (size_t i = 0; i < axes.size(); ++i)
        full[static_cast<size_t>(layer.axisOf(axes[i], target.size()))] = shape[i];
    layer.result(Expand{target}, {layer.writer().addBefore(Reshape{full, true}, {layer.input(0)})});
}

} // namespace halftone::openvino_format
