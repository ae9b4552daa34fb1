// SPDX-License-Identifier: GPL-3.0-or-later
// Operators that move elements without computing on them; they work on bytes and so for every element type.
#include "core/graph/evaluate_rules.h"
#include "core/graph/infer.h"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>

namespace halftone {

namespace {

/// The same bytes under another shape.
Tensor reshaped(const Tensor& x, const Shape& shape) {
    return {x.type, shape, x.bytes};
}

} // namespace

std::vector<int64_t> padPositions(PadMode mode, int64_t size, int64_t begin, int64_t end) {
    const int64_t cropped = std::max<int64_t>(-begin, 0);
    const int64_t kept = size + std::min<int64_t>(begin, 0) + std::min<int64_t>(end, 0);
    const int64_t before = std::max<int64_t>(begin, 0);
    std::vector<int64_t> positions(static_cast<size_t>(before + kept + std::max<int64_t>(end, 0)));
    for (size_t i = 0; i < positions.size(); ++i) {
        int64_t at = static_cast<int64_t>(i) - before;
        if (mode == PadMode::Edge)
            at = std::clamp<int64_t>(at, 0, kept - 1);
        else if (mode == PadMode::Reflect)
            at = at < 0 ? -at : at >= kept ? 2 * (kept - 1) - at : at;
        else if (mode == PadMode::Wrap && kept > 0)
            at = (at % kept + kept) % kept;
        positions[i] = at >= 0 && at < kept ? cropped + at : -1;
    }
    return positions;
}

Tensor select(const Tensor& x, const OffsetTables& tables, Shape shape, std::span<const std::byte> fill) {
    return visitType(x.type, [&]<class T>(std::type_identity<T>) {
        const std::span<const T> from = elementsAs<T>(x);
        T outside{};
        if (!fill.empty())
            std::memcpy(&outside, fill.data(), sizeof(T));
        std::vector<std::byte> bytes(static_cast<size_t>(elementCount(shape)) * sizeof(T));
        T* to = reinterpret_cast<T*>(bytes.data());
        forEachOffset(tables,
                      [&](int64_t offset) { *to++ = offset < 0 ? outside : from[static_cast<size_t>(offset)]; });
        return Tensor::fromBytes(x.type, std::move(shape), std::move(bytes));
    });
}

Tensor expanded(const Tensor& x, const Shape& shape) {
    return x.shape == shape ? x : select(x, broadcastOffsets(x.shape, shape), shape);
}

Tensor evaluateOp(const Expand&, const Inputs& inputs, const TensorType& result) {
    return expanded(*inputs[0], result.shape);
}

Tensor evaluateOp(const Tile&, const Inputs& inputs, const TensorType& result) {
    const Shape& shape = inputs[0]->shape;
    const std::vector<int64_t> strides = stridesOf(shape);
    OffsetTables tables;
    for (size_t i = 0; i < shape.size(); ++i) {
        std::vector<int64_t>& table = tables.emplace_back();
        for (int64_t k = 0; k < result.shape[i]; ++k)
            table.push_back(k % shape[i] * strides[i]);
    }
    return select(*inputs[0], tables, result.shape);
}

Tensor evaluateOp(const Gather& op, const Inputs& inputs, const TensorType& result) {
    const Shape& shape = inputs[0]->shape;
    const size_t axis = normalizedAxis(op.axis, shape.size());
    const std::vector<int64_t> strides = stridesOf(shape);
    OffsetTables tables;
    for (size_t i = 0; i < shape.size(); ++i)
        tables.push_back(i == axis ? std::vector<int64_t>{} : evenOffsets(shape[i], strides[i]));
    for (int64_t index : inputs[1]->toInt64s()) {
        if (index < -shape[axis] || index >= shape[axis])
            refuse(fmt::format("its index {} is outside the {} elements of dimension {}", index, shape[axis], axis));
        tables[axis].push_back((index < 0 ? index + shape[axis] : index) * strides[axis]);
    }
    return select(*inputs[0], tables, result.shape);
}

Tensor evaluateOp(const ShapeOf& op, const Inputs& inputs, const TensorType&) {
    return shapeTensor(op, inputs[0]->shape);
}

Tensor evaluateOp(const Reshape&, const Inputs& inputs, const TensorType& result) {
    return reshaped(*inputs[0], result.shape);
}

Tensor evaluateOp(const Flatten&, const Inputs& inputs, const TensorType& result) {
    return reshaped(*inputs[0], result.shape);
}

Tensor evaluateOp(const Squeeze&, const Inputs& inputs, const TensorType& result) {
    return reshaped(*inputs[0], result.shape);
}

Tensor evaluateOp(const Identity&, const Inputs& inputs, const TensorType&) {
    return *inputs[0];
}

Tensor evaluateOp(const Transpose& op, const Inputs& inputs, const TensorType& result) {
    const Shape& shape = inputs[0]->shape;
    const std::vector<int64_t> strides = stridesOf(shape);
    OffsetTables tables;
    for (size_t axis : permutationOf(op, shape.size()))
        tables.push_back(evenOffsets(shape[axis], strides[axis]));
    return select(*inputs[0], tables, result.shape);
}

Tensor evaluateOp(const Slice& op, const Inputs& inputs, const TensorType& result) {
    const std::vector<SliceRange> ranges = sliceRanges(op, inputs[0]->shape);
    const std::vector<int64_t> strides = stridesOf(inputs[0]->shape);
    OffsetTables tables;
    for (size_t i = 0; i < ranges.size(); ++i) {
        std::vector<int64_t>& table = tables.emplace_back();
        for (int64_t k = 0; k < ranges[i].count; ++k)
            table.push_back((ranges[i].start + k * ranges[i].step) * strides[i]);
    }
    return select(*inputs[0], tables, result.shape);
}

Tensor evaluateOp(const Pad& op, const Inputs& inputs, const TensorType& result) {
    const Shape& shape = inputs[0]->shape;
    const std::vector<int64_t> strides = stridesOf(shape);
    OffsetTables tables;
    for (size_t i = 0; i < shape.size(); ++i) {
        std::vector<int64_t>& table =
            tables.emplace_back(padPositions(op.mode, shape[i], op.pads[i], op.pads[shape.size() + i]));
        for (int64_t& at : table)
            at = at < 0 ? kOutside : at * strides[i];
    }
    const double value = op.value;
    const Tensor fill = tensorFromDoubles(result.type, {}, std::span(&value, 1));
    return select(*inputs[0], tables, result.shape, {fill.bytes.begin(), fill.bytes.end()});
}

Tensor evaluateOp(const Concat& op, const Inputs& inputs, const TensorType& result) {
    const size_t axis = normalizedAxis(op.axis, result.shape.size());
    const std::span<const int64_t> shape(result.shape);
    const int64_t rows = elementCount(shape.first(axis));
    const size_t inner = static_cast<size_t>(elementCount(shape.subspan(axis + 1))) * sizeOf(result.type);
    std::vector<std::byte> bytes;
    bytes.reserve(static_cast<size_t>(elementCount(shape)) * sizeOf(result.type));
    for (int64_t row = 0; row < rows; ++row)
        for (const std::optional<Tensor>& input : inputs) {
            const size_t length = static_cast<size_t>(input->shape[axis]) * inner;
            const auto from = input->bytes.begin() + static_cast<ptrdiff_t>(static_cast<size_t>(row) * length);
            bytes.insert(bytes.end(), from, from + static_cast<ptrdiff_t>(length));
        }
    return Tensor::fromBytes(result.type, result.shape, std::move(bytes));
}

} // namespace halftone
