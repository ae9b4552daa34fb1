// SPDX-License-Identifier: GPL-3.0-or-later
// Operators that find elements by positions, add up along a dimension, or find the best ones.
#include "core/graph/evaluate_rules.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fmt/format.h>
#include <numeric>

namespace halftone {

namespace {

std::vector<int64_t> stridesOfShape(const Shape& shape) {
    std::vector<int64_t> strides(shape.size(), 1);
    for (size_t i = shape.size(); i-- > 1;)
        strides[i - 1] = strides[i] * shape[i];
    return strides;
}

int64_t inside(int64_t index, int64_t size) {
    if (index < -size || index >= size)
        refuse(fmt::format("its index {} is outside of {} elements", index, size));
    return index < 0 ? index + size : index;
}

/// For each index, in order, the element of x that it names along `along`.
std::vector<int64_t> elementsNamed(const Shape& x, const Tensor& indices, int64_t along) {
    const size_t axis = normalizedAxis(along, x.size());
    const std::vector<int64_t> strides = stridesOfShape(x), own = stridesOfShape(indices.shape);
    std::vector<int64_t> result;
    const std::vector<int64_t> values = indices.toInt64s();
    for (size_t i = 0; i < values.size(); ++i) {
        auto rest = static_cast<int64_t>(i);
        int64_t offset = inside(values[i], x[axis]) * strides[axis];
        for (size_t k = 0; k < x.size(); ++k) {
            offset += k == axis ? 0 : rest / own[k] * strides[k];
            rest %= own[k];
        }
        result.push_back(offset);
    }
    return result;
}

/// For each position, in order, the first element of x that it names, behind `shared` leading dimensions.
std::vector<int64_t> partsNamed(const Shape& x, const Tensor& indices, size_t shared) {
    const std::vector<int64_t> strides = stridesOfShape(x), values = indices.toInt64s();
    const auto length = static_cast<size_t>(indices.shape.back());
    const int64_t count = elementCount(std::span(indices.shape).first(indices.shape.size() - 1)),
                  batches = elementCount(std::span(x).first(shared)),
                  batchSize = elementCount(std::span(x).subspan(shared));
    std::vector<int64_t> result;
    for (int64_t i = 0; i < count; ++i) {
        int64_t offset = batches > 0 ? i / (count / batches) * batchSize : 0;
        for (size_t k = 0; k < length; ++k)
            offset += inside(values[static_cast<size_t>(i) * length + k], x[shared + k]) * strides[shared + k];
        result.push_back(offset);
    }
    return result;
}

/// `size` elements of x from each offset.
Tensor gathered(const Tensor& x, const std::vector<int64_t>& offsets, int64_t size, const Shape& shape) {
    const size_t element = sizeOf(x.type), part = static_cast<size_t>(size) * element;
    std::vector<std::byte> bytes(offsets.size() * part);
    for (size_t i = 0; i < offsets.size(); ++i)
        std::memcpy(bytes.data() + i * part, x.bytes.data() + static_cast<size_t>(offsets[i]) * element, part);
    return Tensor::fromBytes(x.type, shape, std::move(bytes));
}

double combined(ScatterMode mode, double had, double update) {
    switch (mode) {
    case ScatterMode::Replace: return update;
    case ScatterMode::Add: return had + update;
    case ScatterMode::Mul: return had * update;
    case ScatterMode::Min: return std::min(had, update);
    case ScatterMode::Max: return std::max(had, update);
    }
    return update;
}

Tensor scattered(ScatterMode mode, const Tensor& x, const std::vector<int64_t>& offsets, int64_t size,
                 const Tensor& updates) {
    if (mode == ScatterMode::Replace) {
        const size_t element = sizeOf(x.type), part = static_cast<size_t>(size) * element;
        std::vector<std::byte> bytes(x.bytes.data(), x.bytes.data() + x.bytes.size());
        for (size_t i = 0; i < offsets.size(); ++i)
            std::memcpy(bytes.data() + static_cast<size_t>(offsets[i]) * element, updates.bytes.data() + i * part,
                        part);
        return Tensor::fromBytes(x.type, x.shape, std::move(bytes));
    }
    std::vector<double> values = x.toDoubles();
    const std::vector<double> given = updates.toDoubles();
    for (size_t i = 0; i < given.size(); ++i) {
        const auto part = static_cast<int64_t>(i) / size;
        double& value =
            values[static_cast<size_t>(offsets[static_cast<size_t>(part)] + static_cast<int64_t>(i) % size)];
        value = combined(mode, value, given[i]);
    }
    return tensorFromDoubles(x.type, x.shape, values);
}

/// Lines along a dimension: the first element of each, and how far apart its elements are.
struct Lines {
    int64_t stride = 1, length = 1;
    std::vector<int64_t> starts;
};
Lines linesOf(const Shape& shape, size_t axis) {
    Lines lines{elementCount(std::span(shape).subspan(axis + 1)), shape[axis], {}};
    const int64_t outer = elementCount(std::span(shape).first(axis));
    for (int64_t i = 0; i < outer; ++i)
        for (int64_t k = 0; k < lines.stride; ++k)
            lines.starts.push_back(i * lines.stride * lines.length + k);
    return lines;
}

} // namespace

Tensor evaluateOp(const GatherElements& op, const Inputs& inputs, const TensorType& result) {
    return gathered(*inputs[0], elementsNamed(inputs[0]->shape, *inputs[1], op.axis), 1, result.shape);
}

Tensor evaluateOp(const GatherNd& op, const Inputs& inputs, const TensorType& result) {
    const auto shared = static_cast<size_t>(op.batchDims);
    const auto named = shared + static_cast<size_t>(inputs[1]->shape.back());
    return gathered(*inputs[0], partsNamed(inputs[0]->shape, *inputs[1], shared),
                    elementCount(std::span(inputs[0]->shape).subspan(named)), result.shape);
}

Tensor evaluateOp(const ScatterElements& op, const Inputs& inputs, const TensorType&) {
    return scattered(op.mode, *inputs[0], elementsNamed(inputs[0]->shape, *inputs[1], op.axis), 1, *inputs[2]);
}

Tensor evaluateOp(const ScatterNd& op, const Inputs& inputs, const TensorType&) {
    const auto named = static_cast<size_t>(inputs[1]->shape.back());
    return scattered(op.mode, *inputs[0], partsNamed(inputs[0]->shape, *inputs[1], 0),
                     elementCount(std::span(inputs[0]->shape).subspan(named)), *inputs[2]);
}

Tensor evaluateOp(const CumSum& op, const Inputs& inputs, const TensorType& result) {
    const Lines lines = linesOf(result.shape, normalizedAxis(op.axis, result.shape.size()));
    std::vector<double> values = inputs[0]->toDoubles();
    for (const int64_t start : lines.starts) {
        double sum = 0;
        for (int64_t i = 0; i < lines.length; ++i) {
            double& value = values[static_cast<size_t>(start + (op.reverse ? lines.length - 1 - i : i) * lines.stride)];
            const double before = sum;
            sum += value;
            value = op.exclusive ? before : sum;
        }
    }
    return tensorFromDoubles(result.type, result.shape, values);
}

std::vector<Tensor> evaluateOp(const TopValues& op, const Inputs& inputs, const Results& results) {
    const Tensor& x = *inputs[0];
    const size_t axis = normalizedAxis(op.axis, x.shape.size());
    const Lines lines = linesOf(x.shape, axis), chosen = linesOf(results[0].shape, axis);
    const std::vector<double> values = x.toDoubles();
    const auto count = static_cast<size_t>(elementCount(results[0].shape));
    std::vector<double> best(count);
    std::vector<int64_t> where(count), order(static_cast<size_t>(lines.length));
    for (size_t line = 0; line < lines.starts.size(); ++line) {
        const auto at = [&](int64_t i) { return values[static_cast<size_t>(lines.starts[line] + i * lines.stride)]; };
        std::iota(order.begin(), order.end(), 0);
        // What is no number stands behind all others.
        std::partial_sort(order.begin(), order.begin() + op.count, order.end(), [&](int64_t a, int64_t b) {
            const double left = op.largest ? at(a) : -at(a), right = op.largest ? at(b) : -at(b);
            if (std::isnan(left) || std::isnan(right))
                return std::isnan(left) == std::isnan(right) ? a < b : std::isnan(right);
            return left == right ? a < b : left > right;
        });
        for (int64_t i = 0; i < op.count; ++i) {
            const auto to = static_cast<size_t>(chosen.starts[line] + i * chosen.stride);
            best[to] = at(order[static_cast<size_t>(i)]);
            where[to] = order[static_cast<size_t>(i)];
        }
    }
    return {tensorFromDoubles(x.type, results[0].shape, best), Tensor::fromInt64s(results[1].shape, where)};
}

} // namespace halftone
