// SPDX-License-Identifier: GPL-3.0-or-later
// Operators that join tensors and cut them into parts.
#include "core/formats/tensorflow/operators.h"

#include "core/base/checked.h"

#include <algorithm>
#include <fmt/format.h>
#include <numeric>

namespace halftone::tensorflow_format {

namespace {

using Results = std::vector<Operand>;

Results concat(LayerView& layer, std::vector<Operand> operands, int64_t axis) {
    if (operands.empty())
        layer.fail("joins nothing");
    operands = aligned(layer, std::move(operands));
    const Operand& first = *std::ranges::find_if(operands, [](const Operand& each) { return !each.dead; });
    return {layer.emit(Concat{static_cast<int64_t>(layer.axisOf(first, axis))}, operands)};
}

Results readConcatV2(LayerView& layer) {
    if (layer.inputCount() < 2)
        layer.fail("has fewer than 2 inputs");
    std::vector<Operand> operands;
    for (size_t i = 0; i + 1 < layer.inputCount(); ++i)
        operands.push_back(layer.input(i));
    return concat(layer, std::move(operands), layer.integerSettingAt(layer.inputCount() - 1, "an axis"));
}

Results readConcat(LayerView& layer) {
    if (layer.inputCount() < 2)
        layer.fail("has fewer than 2 inputs");
    std::vector<Operand> operands;
    for (size_t i = 1; i < layer.inputCount(); ++i)
        operands.push_back(layer.input(i));
    return concat(layer, std::move(operands), layer.integerSettingAt(0, "an axis"));
}

Results readPack(LayerView& layer) {
    if (layer.inputCount() == 0)
        layer.fail("has no input");
    const int64_t axis = layer.integer("axis", 0);
    std::vector<Operand> operands;
    for (size_t i = 0; i < layer.inputCount(); ++i)
        operands.push_back(layer.emit(Squeeze{{axis}, true}, {layer.inFileLayout(i)}, "expand"));
    const auto rank = layer.network().rank(operands.front());
    if (!rank)
        layer.cannotRun("of tensors of unknown shape");
    return {layer.emit(Concat{axis < 0 ? axis + static_cast<int64_t>(*rank) : axis}, operands)};
}

/// Elements [begin, end) of one dimension of the file.
Operand cut(LayerView& layer, const Operand& x, size_t dimension, int64_t begin, int64_t end, const std::string& role) {
    return layer.emit(Slice{{begin}, {end}, {static_cast<int64_t>(dimension)}, {1}}, {x}, role);
}

Results parts(LayerView& layer, const Operand& x, size_t dimension, const std::vector<int64_t>& sizes) {
    Results results;
    int64_t begin = 0;
    for (size_t i = 0; i < sizes.size(); ++i) {
        const int64_t end = checkedAdd(begin, sizes[i], "a split");
        results.push_back(cut(layer, x, dimension, begin, end, i == 0 ? "" : fmt::format("{}", i)));
        begin = end;
    }
    return results;
}

int64_t sizeAt(LayerView& layer, const Operand& x, int64_t axis) {
    const Shape shape = layer.shapeOf(x);
    return shape[layer.axisOf(plain(x), axis)];
}

constexpr int64_t kMostParts = 4096;

Results readSplit(LayerView& layer) {
    layer.requireInputs(2, 2);
    const int64_t axis = layer.integerSettingAt(0, "an axis"), count = layer.integer("num_split", 0);
    const Operand x = layer.input(1);
    const size_t dimension = layer.axisOf(x, axis);
    const int64_t size = sizeAt(layer, x, axis);
    if (count < 1 || count > kMostParts || size % count != 0)
        layer.fail(fmt::format("splits {} elements into {} parts", size, count));
    return parts(layer, x, dimension, std::vector<int64_t>(static_cast<size_t>(count), size / count));
}

Results readSplitV(LayerView& layer) {
    layer.requireInputs(3, 3);
    std::vector<int64_t> sizes = layer.integerSetting(1, "sizes");
    const int64_t axis = layer.integerSettingAt(2, "an axis");
    const Operand x = layer.input(0);
    const size_t dimension = layer.axisOf(x, axis);
    const int64_t size = sizeAt(layer, x, axis);
    int64_t known = 0;
    for (const int64_t part : sizes)
        known = checkedAdd(known, std::max<int64_t>(part, 0), "a split");
    if (std::ranges::count(sizes, -1) == 1)
        *std::ranges::find(sizes, -1) = size - known;
    if (std::accumulate(sizes.begin(), sizes.end(), int64_t{0}) != size ||
        std::ranges::any_of(sizes, [](int64_t part) { return part < 0; }))
        layer.fail(fmt::format("has sizes that do not add up to {}", size));
    return parts(layer, x, dimension, sizes);
}

Results readUnpack(LayerView& layer) {
    layer.requireInputs(1, 1);
    const Operand x = layer.inFileLayout(0);
    const int64_t axis = layer.integer("axis", 0);
    const size_t dimension = layer.axisOf(x, axis);
    const int64_t size = sizeAt(layer, x, axis);
    if (size > kMostParts)
        layer.cannotRun(fmt::format("into {} parts", size));
    Results results;
    for (int64_t i = 0; i < size; ++i) {
        const Operand part = cut(layer, x, dimension, i, i + 1, "cut");
        results.push_back(
            layer.emit(Squeeze{{static_cast<int64_t>(dimension)}, false}, {part}, i == 0 ? "" : fmt::format("{}", i)));
    }
    return results;
}

Results readSlice(LayerView& layer) {
    layer.requireInputs(3, 3);
    const std::vector<int64_t> begins = layer.integerSetting(1, "begins"), sizes = layer.integerSetting(2, "sizes");
    const Operand x = layer.input(0);
    const std::optional<size_t> rank = layer.network().rank(x);
    if (begins.size() != sizes.size() || (rank && *rank != begins.size()))
        layer.fail("has begins and sizes that do not fit its input");
    const std::optional<Shape> shape = layer.network().shape(x);
    Slice slice;
    for (size_t i = 0; i < begins.size(); ++i) {
        if (begins[i] < 0 || sizes[i] < -1)
            layer.fail("begins before its input");
        const bool isWhole = begins[i] == 0 && (sizes[i] == -1 || (shape && sizes[i] == (*shape)[i]));
        if (isWhole)
            continue;
        slice.starts.push_back(begins[i]);
        slice.ends.push_back(sizes[i] == -1 ? INT64_MAX : checkedAdd(begins[i], sizes[i], "a slice"));
        slice.axes.push_back(static_cast<int64_t>(x.channelsFirst ? channelsFirstAxis(i) : i));
        slice.steps.push_back(1);
    }
    if (slice.axes.empty())
        return {layer.emit(Identity{}, {x})};
    return {layer.emit(slice, {x})};
}

bool bit(int64_t mask, size_t index) {
    return index < 63 && (mask >> index & 1) != 0;
}

/// https://www.tensorflow.org/api_docs/python/tf/strided_slice: what Python's x[a:b:c, ..., None, d] becomes.
Results readStridedSlice(LayerView& layer) {
    layer.requireInputs(3, 4);
    const std::vector<int64_t> begins = layer.integerSetting(1, "begins"), ends = layer.integerSetting(2, "ends");
    std::vector<int64_t> strides =
        layer.inputCount() > 3 ? layer.integerSetting(3, "strides") : std::vector<int64_t>(begins.size(), 1);
    if (ends.size() != begins.size() || strides.size() != begins.size())
        layer.fail("has begins, ends and strides of different lengths");
    const int64_t beginMask = layer.integer("begin_mask", 0), endMask = layer.integer("end_mask", 0),
                  ellipsisMask = layer.integer("ellipsis_mask", 0), newMask = layer.integer("new_axis_mask", 0),
                  shrinkMask = layer.integer("shrink_axis_mask", 0);
    const bool changesRank = newMask != 0 || shrinkMask != 0;
    const Operand x = changesRank ? layer.inFileLayout(0) : layer.input(0);
    const size_t rank = layer.shapeOf(x).size();
    size_t used = 0, ellipses = 0;
    for (size_t i = 0; i < begins.size(); ++i) {
        ellipses += bit(ellipsisMask, i);
        used += !bit(ellipsisMask, i) && !bit(newMask, i);
    }
    if (used > rank || ellipses > 1)
        layer.fail(fmt::format("cuts {} dimensions of a tensor of {}", used, rank));
    Slice slice;
    std::vector<int64_t> removed, inserted;
    size_t dimension = 0;
    int64_t resultDimension = 0;
    for (size_t i = 0; i < begins.size(); ++i) {
        if (bit(ellipsisMask, i)) {
            dimension += rank - used;
            resultDimension += static_cast<int64_t>(rank - used);
            continue;
        }
        if (bit(newMask, i)) {
            inserted.push_back(resultDimension++);
            continue;
        }
        const bool shrinks = bit(shrinkMask, i);
        if (strides[i] == 0)
            layer.fail("has a stride of 0");
        int64_t begin = begins[i], end = ends[i], step = strides[i];
        if (shrinks) {
            end = begin == -1 ? INT64_MAX : begin + 1;
            step = 1;
            removed.push_back(static_cast<int64_t>(dimension));
        } else {
            if (bit(beginMask, i))
                begin = step > 0 ? 0 : INT64_MAX;
            if (bit(endMask, i))
                end = step > 0 ? INT64_MAX : INT64_MIN;
            ++resultDimension;
        }
        if (begin != 0 || end != INT64_MAX || step != 1) {
            slice.starts.push_back(begin);
            slice.ends.push_back(end);
            slice.axes.push_back(static_cast<int64_t>(x.channelsFirst ? channelsFirstAxis(dimension) : dimension));
            slice.steps.push_back(step);
        }
        ++dimension;
    }
    Operand result = x;
    if (!slice.axes.empty())
        result = layer.emit(slice, {result}, changesRank ? "cut" : "");
    if (!removed.empty())
        result = layer.emit(Squeeze{removed, false}, {result}, inserted.empty() ? "" : "squeeze");
    if (!inserted.empty())
        result = layer.emit(Squeeze{inserted, true}, {result});
    if (slice.axes.empty() && !changesRank)
        result = layer.emit(Identity{}, {x});
    return {result};
}

Results readGather(LayerView& layer) {
    layer.requireInputs(2, 3);
    if (layer.integer("batch_dims", 0) != 0)
        layer.cannotRun("with batch_dims");
    const Operand x = layer.inFileLayout(0);
    const int64_t axis = layer.inputCount() > 2 ? layer.integerSettingAt(2, "an axis") : 0;
    return {layer.emit(Gather{axis}, {x, layer.inFileLayout(1)})};
}

const OperatorReaders kReaders = {
    {"Concat", readConcat},   {"ConcatV2", readConcatV2}, {"Gather", readGather},
    {"GatherV2", readGather}, {"Pack", readPack},         {"Slice", readSlice},
    {"Split", readSplit},     {"SplitV", readSplitV},     {"StridedSlice", readStridedSlice},
    {"Unpack", readUnpack},
};

} // namespace

OperatorReader partsReader(std::string_view op) {
    return readerOf(kReaders, op);
}

} // namespace halftone::tensorflow_format
