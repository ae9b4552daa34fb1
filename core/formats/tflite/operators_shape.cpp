// SPDX-License-Identifier: GPL-3.0-or-later
// Operators that move, cut or join elements.
#include "core/formats/tflite/operators.h"

#include <algorithm>
#include <fmt/format.h>
#include <limits>
#include <numeric>

namespace halftone::tflite_format {

namespace {

constexpr uint8_t kConcatenation = 10, kReshape = 17, kSqueeze = 30, kStridedSlice = 32, kSplit = 35, kPack = 59,
                  kUnpack = 64, kMirrorPad = 77;
constexpr size_t kMaxParts = 65536;

ValueId inFile(LayerView& layer, size_t index) {
    return layer.nhwc().asInFile(layer.input(index));
}

/// Something that is done along dimensions without moving one: it can follow either order.
struct Source {
    ValueId value;
    AxisOrder order;
    size_t rank;

    int64_t axis(int64_t inFile) const { return rank == 4 ? axisIn(order, inFile) : inFile; }
};

Source source(LayerView& layer) {
    const AxisOrder order = layer.order(0);
    return {layer.nhwc().in(order, layer.input(0)), order, layer.rank(0)};
}

/// Parts [begin, begin + size) along one dimension, one for each output.
void readParts(LayerView& layer, size_t operand, int64_t axis, const std::vector<int64_t>& sizes) {
    if (sizes.size() != layer.outputCount() || sizes.size() > kMaxParts)
        layer.fail(fmt::format("makes {} parts and has {} outputs", sizes.size(), layer.outputCount()));
    const std::string& name = layer.input(operand);
    const AxisOrder order = layer.nhwc().order(name);
    const ValueId x = layer.nhwc().in(order, name);
    const int64_t dimension = layer.rank(operand) == 4 ? axisIn(order, axis) : axis;
    int64_t begin = 0;
    for (size_t i = 0; i < sizes.size(); ++i) {
        layer.nhwc().add(Slice{{begin}, {begin + sizes[i]}, {dimension}, {1}}, {x}, layer.output(i), order,
                         layer.grid(i));
        begin += sizes[i];
    }
}

int64_t knownDimension(LayerView& layer, size_t operand, int64_t axis) {
    const auto shape = layer.shape(operand);
    if (!shape)
        layer.cannotRun("of an input of unknown shape");
    return (*shape)[static_cast<size_t>(axis)];
}

} // namespace

void readReshape(LayerView& layer) {
    layer.requireInputs(1, 2);
    std::vector<int64_t> target;
    const auto* options = layer.optionsOrNull<schema::Reshape>(kReshape);
    if (layer.has(1))
        target = layer.integers(1, "a shape");
    else if (options && options->new_shape())
        target.assign(options->new_shape()->begin(), options->new_shape()->end());
    else
        layer.fail("lacks its shape");
    if (std::count(target.begin(), target.end(), -1) > 1 ||
        std::any_of(target.begin(), target.end(), [](int64_t dim) { return dim < -1; }))
        layer.fail("leaves more than one dimension open, or has a negative one");
    layer.result(Reshape{std::move(target), false}, {inFile(layer, 0)}, AxisOrder::AsInFile);
}

void readSqueeze(LayerView& layer) {
    layer.requireInputs(1, 1);
    const auto* options = layer.optionsOrNull<schema::Squeeze>(kSqueeze);
    std::vector<bool> removed(layer.rank(0), false);
    Squeeze squeeze;
    if (options && options->dims())
        for (const int64_t dim : *options->dims())
            removed[static_cast<size_t>(layer.axis(0, dim))] = true;
    const bool all = std::count(removed.begin(), removed.end(), true) == 0;
    // What remains of a channels-first tensor is in the file's order once no channel stands before a position.
    const bool follows = removed.size() == 4 && !all && (removed[3] || (removed[1] && removed[2]));
    const AxisOrder order = follows ? layer.order(0) : AxisOrder::AsInFile;
    for (size_t i = 0; i < removed.size(); ++i)
        if (removed[i])
            squeeze.axes.push_back(axisIn(follows ? order : AxisOrder::AsInFile, static_cast<int64_t>(i)));
    std::sort(squeeze.axes.begin(), squeeze.axes.end());
    layer.result(squeeze, {layer.nhwc().in(order, layer.input(0))}, AxisOrder::AsInFile);
}

void readExpandDims(LayerView& layer) {
    layer.requireInputs(2, 2);
    const std::vector<int64_t> axes = layer.integers(1, "a dimension");
    if (axes.size() != 1)
        layer.fail("inserts more than one dimension");
    layer.result(Squeeze{axes, true}, {inFile(layer, 0)}, AxisOrder::AsInFile);
}

void readTranspose(LayerView& layer) {
    layer.requireInputs(2, 2);
    const Source x = source(layer);
    std::vector<int64_t> perm = layer.integers(1, "an order");
    if (perm.size() != x.rank)
        layer.fail(fmt::format("puts {} of {} dimensions in order", perm.size(), x.rank));
    for (int64_t& axis : perm)
        axis = x.axis(layer.axis(0, axis));
    layer.result(Transpose{perm}, {x.value}, AxisOrder::AsInFile);
}

void readConcatenation(LayerView& layer) {
    const auto& options = layer.options<schema::Concatenation>(kConcatenation);
    const std::vector<std::string> names = layer.allInputs();
    if (names.empty())
        layer.fail("joins nothing");
    const size_t rank = layer.rank(0);
    const int64_t axis = layer.axis(0, options.axis());
    AxisOrder order = AxisOrder::AsInFile;
    for (size_t i = 0; i < names.size(); ++i)
        if (rank == 4 && layer.order(i) == AxisOrder::ChannelsFirst && !layer.isConstant(i))
            order = AxisOrder::ChannelsFirst;
    std::vector<ValueId> inputs;
    for (const std::string& name : names)
        inputs.push_back(layer.nhwc().in(order, name));
    layer.result(Concat{rank == 4 ? axisIn(order, axis) : axis}, inputs, order, options.activation());
}

namespace {

/// `values`: begin and end for each dimension in turn, as the format has them.
std::vector<int64_t> padsOf(LayerView& layer, const Source& x) {
    const std::vector<int64_t> values = layer.integers(1, "pads");
    if (values.size() != 2 * x.rank)
        layer.fail(fmt::format("has {} pads for {} dimensions", values.size(), x.rank));
    if (std::any_of(values.begin(), values.end(), [](int64_t pad) { return pad < 0; }))
        layer.fail("has a negative pad");
    std::vector<int64_t> pads(values.size());
    for (size_t i = 0; i < x.rank; ++i) {
        const auto axis = static_cast<size_t>(x.axis(static_cast<int64_t>(i)));
        pads[axis] = values[2 * i];
        pads[x.rank + axis] = values[2 * i + 1];
    }
    return pads;
}

} // namespace

void readPad(LayerView& layer) {
    layer.requireInputs(2, 3);
    const Source x = source(layer);
    Pad pad;
    pad.pads = padsOf(layer, x);
    if (layer.has(2)) {
        const std::vector<float> value = layer.setting(2, "a padding value").toFloats();
        if (value.size() != 1)
            layer.fail("has more than one padding value");
        pad.value = value.front();
    }
    layer.result(pad, {x.value}, x.order);
}

void readMirrorPad(LayerView& layer) {
    layer.requireInputs(2, 2);
    if (layer.options<schema::MirrorPad>(kMirrorPad).mode() != 0)
        layer.cannotRun("with mode SYMMETRIC");
    const Source x = source(layer);
    Pad pad;
    pad.mode = PadMode::Reflect;
    pad.pads = padsOf(layer, x);
    layer.result(pad, {x.value}, x.order);
}

void readSlice(LayerView& layer) {
    layer.requireInputs(3, 3);
    const Source x = source(layer);
    const std::vector<int64_t> begins = layer.integers(1, "begins"), sizes = layer.integers(2, "sizes");
    if (begins.size() != x.rank || sizes.size() != x.rank)
        layer.fail(fmt::format("has {} begins and {} sizes for {} dimensions", begins.size(), sizes.size(), x.rank));
    Slice slice;
    for (size_t i = 0; i < x.rank; ++i) {
        if (begins[i] < 0 || sizes[i] < -1)
            layer.fail("has a negative begin or size");
        if (begins[i] == 0 && sizes[i] == -1)
            continue; // all of it, whatever the batch is
        slice.axes.push_back(x.axis(static_cast<int64_t>(i)));
        slice.starts.push_back(begins[i]);
        slice.ends.push_back(sizes[i] < 0 ? std::numeric_limits<int32_t>::max() : begins[i] + sizes[i]);
        slice.steps.push_back(1);
    }
    layer.result(slice, {x.value}, x.order);
}

void readStridedSlice(LayerView& layer) {
    layer.requireInputs(4, 4);
    const auto& options = layer.options<schema::StridedSlice>(kStridedSlice);
    if (options.ellipsis_mask() != 0 || options.new_axis_mask() != 0)
        layer.cannotRun("with an ellipsis or new dimensions");
    if (options.offset())
        layer.cannotRun("with ends that count from the begins");
    Source x = source(layer);
    if (options.shrink_axis_mask() != 0)
        x = {inFile(layer, 0), AxisOrder::AsInFile, x.rank};
    const std::vector<int64_t> begins = layer.integers(1, "begins"), ends = layer.integers(2, "ends"),
                               steps = layer.integers(3, "steps");
    if (begins.size() != ends.size() || begins.size() != steps.size() || begins.size() > std::min<size_t>(x.rank, 31))
        layer.fail(fmt::format("has {} begins, {} ends and {} steps for {} dimensions", begins.size(), ends.size(),
                               steps.size(), x.rank));
    constexpr int64_t far = std::numeric_limits<int32_t>::max();
    Slice slice;
    std::vector<int64_t> dropped;
    for (size_t i = 0; i < begins.size(); ++i) {
        const auto in = [&](int32_t mask) { return (static_cast<uint32_t>(mask) >> i & 1) != 0; };
        if (steps[i] == 0)
            layer.fail("has a step of 0");
        const bool drop = in(options.shrink_axis_mask());
        int64_t begin = in(options.begin_mask()) ? (steps[i] > 0 ? 0 : far) : begins[i];
        int64_t end = in(options.end_mask()) ? (steps[i] > 0 ? far : -far) : ends[i];
        if (drop) { // one position; -1 is the last one
            begin = begins[i];
            end = begin == -1 ? far : begin + 1;
            dropped.push_back(static_cast<int64_t>(i));
        }
        if (begin == 0 && end == far && steps[i] == 1)
            continue;
        slice.axes.push_back(x.axis(static_cast<int64_t>(i)));
        slice.starts.push_back(begin);
        slice.ends.push_back(end);
        slice.steps.push_back(drop ? 1 : steps[i]);
    }
    if (dropped.empty()) {
        layer.result(slice, {x.value}, x.order);
        return;
    }
    const ValueId part = layer.nhwc().add(slice, {x.value});
    layer.result(Squeeze{dropped, false}, {part}, AxisOrder::AsInFile);
}

void readSplit(LayerView& layer) {
    layer.requireInputs(2, 2);
    const std::vector<int64_t> axes = layer.integers(0, "a dimension");
    const int64_t count = layer.options<schema::Split>(kSplit).num_splits();
    if (axes.size() != 1 || count < 1)
        layer.fail("does not say how it splits");
    const int64_t axis = layer.axis(1, axes.front());
    const int64_t size = knownDimension(layer, 1, axis);
    if (size % count != 0)
        layer.fail(fmt::format("splits {} elements into {} equal parts", size, count));
    readParts(layer, 1, axis, std::vector<int64_t>(static_cast<size_t>(count), size / count));
}

void readSplitV(LayerView& layer) {
    layer.requireInputs(3, 3);
    std::vector<int64_t> sizes = layer.integers(1, "sizes");
    const std::vector<int64_t> axes = layer.integers(2, "a dimension");
    if (axes.size() != 1 || std::count(sizes.begin(), sizes.end(), -1) > 1)
        layer.fail("does not say how it splits");
    const int64_t axis = layer.axis(0, axes.front());
    const int64_t known =
        std::accumulate(sizes.begin(), sizes.end(), int64_t{0}) + std::count(sizes.begin(), sizes.end(), -1);
    std::replace(sizes.begin(), sizes.end(), int64_t{-1}, knownDimension(layer, 0, axis) - known);
    if (std::any_of(sizes.begin(), sizes.end(), [](int64_t size) { return size < 0; }))
        layer.fail("splits off a part of negative size");
    readParts(layer, 0, axis, sizes);
}

void readPack(LayerView& layer) {
    const auto& options = layer.options<schema::Pack>(kPack);
    if (layer.inputCount() == 0)
        layer.fail("joins nothing");
    const auto rank = static_cast<int64_t>(layer.rank(0)) + 1;
    const int64_t axis = options.axis() < 0 ? options.axis() + rank : options.axis();
    if (axis < 0 || axis >= rank)
        layer.fail(fmt::format("joins along dimension {} of {}", options.axis(), rank));
    std::vector<ValueId> inputs;
    for (size_t i = 0; i < layer.inputCount(); ++i)
        inputs.push_back(layer.nhwc().addBefore(Squeeze{{axis}, true}, {inFile(layer, i)}));
    layer.result(Concat{axis}, inputs, AxisOrder::AsInFile);
}

void readUnpack(LayerView& layer) {
    layer.requireInputs(1, 1);
    const auto& options = layer.options<schema::Unpack>(kUnpack);
    const int64_t axis = layer.axis(0, options.axis());
    if (options.num() != static_cast<int64_t>(layer.outputCount()) || options.num() != knownDimension(layer, 0, axis))
        layer.fail(fmt::format("takes {} parts apart and has {} outputs", options.num(), layer.outputCount()));
    const ValueId x = inFile(layer, 0);
    for (int64_t i = 0; i < options.num(); ++i) {
        const ValueId part = layer.nhwc().add(Slice{{i}, {i + 1}, {axis}, {1}}, {x});
        layer.nhwc().add(Squeeze{{axis}, false}, {part}, layer.output(static_cast<size_t>(i)), AxisOrder::AsInFile,
                         layer.grid(static_cast<size_t>(i)));
    }
}

} // namespace halftone::tflite_format
