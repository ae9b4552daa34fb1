// SPDX-License-Identifier: GPL-3.0-or-later
// Operators whose result is made of elements of their input, in an order that no strides describe: each dimension has a
// table of where its positions are read.
#include "core/engine/kernels/kernels_data.h"
#include "core/engine/lower/lower.h"

#include "core/base/checked.h"
#include "core/base/text.h"
#include "core/graph/offsets.h"
#include "core/graph/resize.h"
#include "core/graph/shape_rules.h"

#include <algorithm>
#include <fmt/format.h>
#include <numeric>

namespace halftone::engine {

namespace {

/// Of a dimension whose positions are listed.
constexpr int64_t kLongest = int64_t{1} << 22;
constexpr const char* kTooLong = "One of its dimensions is too long.";

/// Of each dimension of the result: the position of the input that each of its positions reads, -1 for none.
using Positions = std::vector<std::vector<int64_t>>;

std::vector<int64_t> counted(int64_t count) {
    std::vector<int64_t> all(static_cast<size_t>(count));
    std::iota(all.begin(), all.end(), 0);
    return all;
}

void addSelection(Builder& builder, Selection selection, const Form& src, const Form& dst) {
    const Node& node = builder.node();
    const bool codes = dst.quant.has_value();
    selection.elementSize = codes ? 1 : sizeof(float);
    builder.addKernel(
        builder.describe("halftone:select", codes ? "int8" : "fp32", {node.inputs[0]}, {src}, dst), {src, dst},
        [selection](const std::vector<std::byte*>& pointers) {
            return [selection, pointers] { select(selection, pointers[0], pointers[1]); };
        },
        node.output(), dst);
}

/// The result has as many dimensions as the input, and keeps its layout.
void lowerPositions(Builder& builder, const Positions& positions, float outside = 0) {
    const Node& node = builder.node();
    const ValueId input = node.inputs[0], output = node.output();
    const auto grid = builder.int8(builder.currentNode()) ? builder.graph().value(input).quant : std::nullopt;
    const DataType type = grid ? dataType(grid->storage) : DataType::f32;
    Form src = builder.form(input);
    if (src.quant != grid || src.desc.get_data_type() != type || isBlocked(src.desc))
        src = builder.require(input, channelsLast(builder.shape(input), type), grid,
                              fmt::format("{} picks values one by one.", displayText(node.name)));
    const Shape& out = builder.shape(output);
    const bool rowMajorSource = isRowMajor(src.desc);
    const Form dst = builder.define(output, rowMajorSource ? rowMajor(out, type) : channelsLast(out, type), grid);

    std::vector<size_t> order(out.size());
    std::iota(order.begin(), order.end(), size_t{0});
    if (!rowMajorSource && out.size() > 2)
        std::rotate(order.begin() + 1, order.begin() + 2, order.end());
    const auto strides = src.desc.get_strides();
    Selection selection;
    for (const size_t dim : order) {
        std::vector<int64_t>& table = selection.tables.emplace_back();
        for (const int64_t position : positions[dim])
            table.push_back(position < 0 ? kOutside : position * strides[dim]);
    }
    selection.outside =
        grid ? static_cast<float>(quantize(outside, grid->scale(), grid->zeroPoint(), grid->storage)) : outside;
    addSelection(builder, std::move(selection), src, dst);
}

/// The input row-major in fp32, read by tables of offsets, one for each dimension of the result or for several of them.
void lowerOffsets(Builder& builder, OffsetTables tables) {
    const Node& node = builder.node();
    const ValueId input = node.inputs[0], output = node.output();
    const Form src = builder.require(input, rowMajor(builder.shape(input), DataType::f32), std::nullopt,
                                     fmt::format("{} picks values in the order of the file.", displayText(node.name)));
    const Form dst = builder.define(output, rowMajor(builder.shape(output), DataType::f32), std::nullopt);
    if (tables.empty())
        tables.push_back({0});
    addSelection(builder, {std::move(tables)}, src, dst);
}

void checkIndex(const Builder& builder, int64_t index, int64_t size, size_t axis) {
    if (index < -size || index >= size)
        refuse(builder, fmt::format("its index {} is outside the {} elements of dimension {}", index, size, axis));
}

} // namespace

bool canBeListed(const Shape& shape) {
    return std::ranges::all_of(shape, [](int64_t dim) { return dim <= kLongest; });
}

void lowerMirroredPad(Builder& builder, const Pad& op) {
    if (!canBeListed(builder.shape(builder.node().output())))
        return lowerReference(builder, kTooLong);
    const Shape& shape = builder.shape(builder.node().inputs[0]);
    Positions positions;
    for (size_t i = 0; i < shape.size(); ++i)
        positions.push_back(padPositions(op.mode, shape[i], op.pads[i], op.pads[shape.size() + i]));
    lowerPositions(builder, positions);
}

void lowerCopiedSlice(Builder& builder, const Slice& op) {
    if (!canBeListed(builder.shape(builder.node().output())))
        return lowerReference(builder, kTooLong);
    Positions positions;
    for (const SliceRange& range : sliceRanges(op, builder.shape(builder.node().inputs[0]))) {
        positions.emplace_back();
        for (int64_t i = 0; i < range.count; ++i)
            positions.back().push_back(range.start + i * range.step);
    }
    lowerPositions(builder, positions);
}

void lowerTile(Builder& builder) {
    if (!canBeListed(builder.shape(builder.node().output())))
        return lowerReference(builder, kTooLong);
    const Shape& in = builder.shape(builder.node().inputs[0]);
    const Shape& out = builder.shape(builder.node().output());
    Positions positions;
    for (size_t i = 0; i < in.size(); ++i) {
        positions.push_back(counted(out[i]));
        for (int64_t& position : positions.back())
            position %= in[i];
    }
    lowerPositions(builder, positions);
}

void lowerExpand(Builder& builder) {
    if (!canBeListed(builder.shape(builder.node().output())))
        return lowerReference(builder, kTooLong);
    const Shape& in = builder.shape(builder.node().inputs[0]);
    lowerOffsets(builder, broadcastOffsets(in, builder.shape(builder.node().output())));
}

/// Its result has the dimensions of its input, one of them with other positions.
bool picksAlongOneDimension(const Graph& graph, const Node& gather) {
    return graph.isConstant(gather.inputs[1]) && graph.value(gather.inputs[1]).shape.size() == 1 &&
           graph.value(gather.inputs[0]).shape.size() == graph.value(gather.output()).shape.size() &&
           canBeListed(graph.value(gather.inputs[0]).shape) && canBeListed(graph.value(gather.output()).shape);
}

void lowerGather(Builder& builder, const Gather& op) {
    const Node& node = builder.node();
    if (!builder.graph().isConstant(node.inputs[1]))
        return lowerReference(builder, "Its indices are computed at run time.");
    const Shape& shape = builder.shape(node.inputs[0]);
    if (!canBeListed(shape) || !canBeListed(builder.shape(node.output())))
        return lowerReference(builder, kTooLong);
    const size_t axis = normalizedAxis(op.axis, shape.size());
    if (picksAlongOneDimension(builder.graph(), node)) {
        Positions positions;
        for (const int64_t size : shape)
            positions.push_back(counted(size));
        positions[axis].clear();
        for (const int64_t index : builder.graph().value(node.inputs[1]).constant->toInt64s()) {
            checkIndex(builder, index, shape[axis], axis);
            positions[axis].push_back(index < 0 ? index + shape[axis] : index);
        }
        return lowerPositions(builder, positions);
    }
    const std::vector<int64_t> strides = stridesOf(shape);
    OffsetTables tables;
    for (size_t i = 0; i < shape.size(); ++i)
        tables.push_back(evenOffsets(shape[i], strides[i]));
    tables[axis].clear();
    for (const int64_t index : builder.graph().value(node.inputs[1]).constant->toInt64s()) {
        checkIndex(builder, index, shape[axis], axis);
        tables[axis].push_back((index < 0 ? index + shape[axis] : index) * strides[axis]);
    }
    lowerOffsets(builder, std::move(tables));
}

void lowerNearestResize(Builder& builder, const Resize& op) {
    if (!canBeListed(builder.shape(builder.node().output())))
        return lowerReference(builder, kTooLong);
    const Shape& in = builder.shape(builder.node().inputs[0]);
    const Shape& out = builder.shape(builder.node().output());
    Positions positions;
    for (size_t i = 0; i < in.size(); ++i) {
        positions.emplace_back();
        for (const std::vector<ResizeTap>& taps : resizeTaps(op, i, in[i], out[i]))
            positions.back().push_back(taps.empty() ? -1 : taps.front().index);
    }
    lowerPositions(builder, positions, op.extrapolation);
}

} // namespace halftone::engine
