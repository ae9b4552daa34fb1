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

/// The operands from `first` on, so many of them.
Results concat(LayerView& layer, size_t first, size_t axisIndex) {
    if (layer.inputCount() < 2)
        layer.fail("has fewer than 2 inputs");
    std::vector<Oriented> operands;
    for (size_t i = first; i + 1 < first + layer.inputCount(); ++i)
        operands.push_back(layer.input(i));
    const int64_t axis = layer.axisOf(operands.front(), layer.integerSettingAt(axisIndex, "an axis"));
    return {layer.result(joined(layer.writer(), operands, axis))};
}

Results readConcatV2(LayerView& layer) {
    return concat(layer, 0, layer.inputCount() - 1);
}

Results readConcat(LayerView& layer) {
    return concat(layer, 1, 0);
}

Results readPack(LayerView& layer) {
    if (layer.inputCount() == 0)
        layer.fail("has no input");
    const int64_t axis = layer.integer("axis", 0);
    const std::vector<Operand> operands = layer.allInputs();
    const auto rank = static_cast<int64_t>(layer.rankOf(operands.front())) + 1;
    return {layer.result(stacked(layer.writer(), {operands.begin(), operands.end()}, axis < 0 ? axis + rank : axis))};
}

Results parts(LayerView& layer, const Oriented& x, int64_t axis, const std::vector<int64_t>& sizes) {
    Results results;
    for (const Step& part : split(x, axis, sizes))
        results.push_back(layer.result(part));
    return results;
}

int64_t sizeAt(const LayerView& layer, const Oriented& x, int64_t axis) {
    return layer.shapeOf(x)[static_cast<size_t>(axis)];
}

constexpr int64_t kMostParts = 4096;

Results readSplit(LayerView& layer) {
    layer.requireInputs(2, 2);
    const int64_t count = layer.integer("num_split", 0);
    const Operand x = layer.input(1);
    const int64_t axis = layer.axisOf(x, layer.integerSettingAt(0, "an axis")), size = sizeAt(layer, x, axis);
    if (count < 1 || count > kMostParts || size % count != 0)
        layer.fail(fmt::format("splits {} elements into {} parts", size, count));
    return parts(layer, x, axis, std::vector<int64_t>(static_cast<size_t>(count), size / count));
}

Results readSplitV(LayerView& layer) {
    layer.requireInputs(3, 3);
    std::vector<int64_t> sizes = layer.integerSetting(1, "sizes");
    const Operand x = layer.input(0);
    const int64_t axis = layer.axisOf(x, layer.integerSettingAt(2, "an axis")), size = sizeAt(layer, x, axis);
    int64_t known = 0;
    for (const int64_t part : sizes)
        known = checkedAdd(known, std::max<int64_t>(part, 0), "a split");
    if (std::ranges::count(sizes, -1) == 1)
        *std::ranges::find(sizes, -1) = size - known;
    if (std::accumulate(sizes.begin(), sizes.end(), int64_t{0}) != size ||
        std::ranges::any_of(sizes, [](int64_t part) { return part < 0; }))
        layer.fail(fmt::format("has sizes that do not add up to {}", size));
    return parts(layer, x, axis, sizes);
}

Results readUnpack(LayerView& layer) {
    layer.requireInputs(1, 1);
    const Operand x = layer.input(0);
    const int64_t axis = layer.axisOf(x, layer.integer("axis", 0)), size = sizeAt(layer, x, axis);
    if (size > kMostParts)
        layer.cannotRun(fmt::format("into {} parts", size));
    Results results;
    for (int64_t i = 0; i < size; ++i)
        results.push_back(layer.result(unstacked(layer.writer(), x, axis, i)));
    return results;
}

Results readSlice(LayerView& layer) {
    layer.requireInputs(3, 3);
    const std::vector<int64_t> begins = layer.integerSetting(1, "begins");
    std::vector<int64_t> sizes = layer.integerSetting(2, "sizes");
    const Operand x = layer.input(0);
    const std::optional<size_t> rank = layer.rank(x);
    if (begins.size() != sizes.size() || (rank && *rank != begins.size()))
        layer.fail("has begins and sizes that do not fit its input");
    const std::optional<Shape> shape = layer.shape(x);
    for (size_t i = 0; i < begins.size(); ++i) {
        if (begins[i] < 0 || sizes[i] < -1)
            layer.fail("begins before its input");
        if (begins[i] == 0 && shape && sizes[i] == (*shape)[i])
            sizes[i] = -1;
    }
    return {layer.result(sliced(x, begins, sizes))};
}

Results readStridedSlice(LayerView& layer) {
    layer.requireInputs(3, 4);
    StridedCut cut{layer.integerSetting(1, "begins"), layer.integerSetting(2, "ends")};
    cut.steps =
        layer.inputCount() > 3 ? layer.integerSetting(3, "strides") : std::vector<int64_t>(cut.begins.size(), 1);
    if (cut.ends.size() != cut.begins.size() || cut.steps.size() != cut.begins.size())
        layer.fail("has begins, ends and strides of different lengths");
    cut.beginMask = layer.integer("begin_mask", 0);
    cut.endMask = layer.integer("end_mask", 0);
    cut.ellipsisMask = layer.integer("ellipsis_mask", 0);
    cut.newMask = layer.integer("new_axis_mask", 0);
    cut.shrinkMask = layer.integer("shrink_axis_mask", 0);
    const Operand x = layer.input(0);
    const size_t rank = layer.rankOf(x);
    if (cut.dimensions() > rank || cut.ellipses() > 1)
        layer.fail(fmt::format("cuts {} dimensions of a tensor of {}", cut.dimensions(), rank));
    if (std::ranges::count(cut.steps, 0) > 0)
        layer.fail("has a stride of 0");
    return {layer.result(stridedSlice(layer.writer(), x, rank, cut))};
}

Results readGather(LayerView& layer) {
    layer.requireInputs(2, 3);
    if (layer.integer("batch_dims", 0) != 0)
        layer.cannotRun("with batch_dims");
    const int64_t axis = layer.inputCount() > 2 ? layer.integerSettingAt(2, "an axis") : 0;
    return {layer.result(Gather{axis}, {layer.asInFile(0), layer.asInFile(1)})};
}

const OperatorReaders kPartsReaders = {
    {"Concat", readConcat},   {"ConcatV2", readConcatV2}, {"Gather", readGather},
    {"GatherV2", readGather}, {"Pack", readPack},         {"Slice", readSlice},
    {"Split", readSplit},     {"SplitV", readSplitV},     {"StridedSlice", readStridedSlice},
    {"Unpack", readUnpack},
};

} // namespace

OperatorReader partsReader(std::string_view op) {
    return readerOf(kPartsReaders, op);
}

} // namespace halftone::tensorflow_format
