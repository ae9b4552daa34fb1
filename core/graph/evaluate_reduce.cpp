// SPDX-License-Identifier: GPL-3.0-or-later
// Operators that combine many elements of one tensor: Reduce and Softmax.
#include "core/graph/evaluate_rules.h"

#include <algorithm>
#include <cmath>

namespace halftone {

namespace {

template <class T> T start(ReduceKind kind, T first) {
    switch (kind) {
    case ReduceKind::Max:
    case ReduceKind::Min: return first;
    case ReduceKind::Prod: return T{1};
    default: return T{0};
    }
}

double combine(ReduceKind kind, double sum, double x) {
    switch (kind) {
    case ReduceKind::Mean:
    case ReduceKind::LogSum:
    case ReduceKind::LogSumExp: // of exponentials
    case ReduceKind::Sum: return sum + x;
    case ReduceKind::Max: return std::isnan(x) || x > sum ? x : sum;
    case ReduceKind::Min: return std::isnan(x) || x < sum ? x : sum;
    case ReduceKind::Prod: return sum * x;
    case ReduceKind::L1: return sum + std::abs(x);
    case ReduceKind::L2:
    case ReduceKind::SumSquare: return sum + x * x;
    }
    return sum;
}

/// Whole numbers wrap around, which is defined on unsigned ones.
int64_t combine(ReduceKind kind, int64_t sum, int64_t x) {
    const auto a = static_cast<uint64_t>(sum);
    const auto b = static_cast<uint64_t>(x);
    switch (kind) {
    case ReduceKind::Mean:
    case ReduceKind::LogSum:
    case ReduceKind::LogSumExp:
    case ReduceKind::Sum: return static_cast<int64_t>(a + b);
    case ReduceKind::Max: return std::max(sum, x);
    case ReduceKind::Min: return std::min(sum, x);
    case ReduceKind::Prod: return static_cast<int64_t>(a * b);
    case ReduceKind::L1: return static_cast<int64_t>(a + (x < 0 ? 0 - b : b));
    case ReduceKind::L2:
    case ReduceKind::SumSquare: return static_cast<int64_t>(a + b * b);
    }
    return sum;
}

template <class T> T finished(ReduceKind kind, T sum, int64_t count) {
    switch (kind) {
    case ReduceKind::Mean: return sum / static_cast<T>(count);
    case ReduceKind::L2: return static_cast<T>(std::sqrt(static_cast<double>(sum)));
    case ReduceKind::LogSum:
    case ReduceKind::LogSumExp: return static_cast<T>(std::log(static_cast<double>(sum)));
    default: return sum;
    }
}

template <class T> std::vector<T> reduced(const Reduce& op, const Shape& shape, const std::vector<T>& x) {
    Shape kept = shape; // the shape of the result with its reduced dimensions as 1
    if (op.axes.empty())
        kept.assign(kept.size(), 1);
    for (size_t axis : normalizedAxes(op.axes, shape.size()))
        kept[axis] = 1;
    const auto results = static_cast<size_t>(elementCount(kept));
    std::vector<T> y(results);
    std::vector<bool> started(results, false);
    size_t next = 0;
    forEachOffset(broadcastOffsets(kept, shape), [&](int64_t offset) {
        const auto to = static_cast<size_t>(offset);
        const T value = x[next++];
        if (!started[to])
            y[to] = start(op.kind, value);
        started[to] = true;
        y[to] = combine(op.kind, y[to], value);
    });
    const int64_t count = results > 0 ? static_cast<int64_t>(x.size() / results) : 0;
    for (T& value : y)
        value = finished(op.kind, value, count);
    return y;
}

/// log(sum(exp(x))) without overflow: every element less the largest of those that it is added to.
std::vector<double> logSumExp(const Reduce& op, const Shape& shape, std::vector<double> x) {
    Reduce largest = op;
    largest.kind = ReduceKind::Max;
    largest.keepDims = true;
    const TensorType kept = resultOf(largest, {TensorType{ElementType::F64, shape}});
    std::vector<double> most = reduced(largest, shape, x);
    for (double& value : most)
        value = std::isfinite(value) ? value : 0;
    size_t next = 0;
    forEachOffset(broadcastOffsets(kept.shape, shape), [&](int64_t offset) {
        x[next] = std::exp(x[next] - most[static_cast<size_t>(offset)]);
        ++next;
    });
    std::vector<double> y = reduced(op, shape, x);
    for (size_t i = 0; i < y.size(); ++i)
        y[i] += most[i];
    return y;
}

} // namespace

Tensor evaluateOp(const Reduce& op, const Inputs& inputs, const TensorType& result) {
    if (op.kind == ReduceKind::LogSumExp)
        return tensorFromDoubles(result.type, result.shape, logSumExp(op, inputs[0]->shape, inputs[0]->toDoubles()));
    if (isFloatType(result.type))
        return tensorFromDoubles(result.type, result.shape, reduced(op, inputs[0]->shape, inputs[0]->toDoubles()));
    const std::vector<int64_t> values = reduced(op, inputs[0]->shape, inputs[0]->toInt64s());
    return castTensor(Tensor::fromInt64s(result.shape, values), result.type);
}

Tensor evaluateOp(const ArgReduce& op, const Inputs& inputs, const TensorType& result) {
    const std::span<const int64_t> shape(inputs[0]->shape);
    const size_t axis = normalizedAxis(op.axis, shape.size());
    const auto inner = static_cast<size_t>(elementCount(shape.subspan(axis + 1)));
    const auto length = static_cast<size_t>(shape[axis]);
    std::vector<int64_t> positions(static_cast<size_t>(elementCount(result.shape)));
    visitType(inputs[0]->type, [&]<class T>(std::type_identity<T>) {
        const std::span<const T> x = elementsAs<T>(*inputs[0]);
        for (size_t row = 0; row < positions.size(); ++row) {
            const size_t first = row / inner * inner * length + row % inner;
            size_t best = 0;
            for (size_t i = 1; i < length; ++i) {
                const auto value = arithmetic(x[first + i * inner]), leader = arithmetic(x[first + best * inner]);
                if (op.largest ? value > leader || (op.selectLast && value == leader)
                               : value < leader || (op.selectLast && value == leader))
                    best = i;
            }
            positions[row] = static_cast<int64_t>(best);
        }
    });
    return Tensor::fromInt64s(result.shape, positions);
}

Tensor evaluateOp(const Normalize& op, const Inputs& inputs, const TensorType& result) {
    std::vector<double> values = inputs[0]->toDoubles();
    Shape kept = result.shape;
    for (size_t axis : normalizedAxes(op.axes, kept.size()))
        kept[axis] = 1;
    const auto rows = static_cast<size_t>(elementCount(kept));
    std::vector<double> mean(rows, 0), square(rows, 0);
    const auto each = [&](auto&& f) {
        size_t next = 0;
        forEachOffset(broadcastOffsets(kept, result.shape),
                      [&](int64_t offset) { f(values[next++], static_cast<size_t>(offset)); });
    };
    const double count = rows > 0 ? static_cast<double>(values.size() / rows) : 1;
    each([&](double x, size_t row) { mean[row] += x / count; });
    each([&](double x, size_t row) { square[row] += (x - mean[row]) * (x - mean[row]) / count; });
    each([&](double& x, size_t row) { x = (x - mean[row]) / std::sqrt(square[row] + op.epsilon); });
    return tensorFromDoubles(result.type, result.shape, values);
}

Tensor evaluateOp(const Lrn& op, const Inputs& inputs, const TensorType& result) {
    const std::vector<double> x = inputs[0]->toDoubles();
    const int64_t channels = result.shape[1];
    const int64_t inner = elementCount(std::span(result.shape).subspan(2));
    std::vector<double> y(x.size());
    for (size_t i = 0; i < x.size(); ++i) {
        const int64_t c = static_cast<int64_t>(i) / inner % channels;
        const int64_t first = std::max<int64_t>(0, c - (op.size - 1) / 2);
        const int64_t last = std::min(channels - 1, c + op.size / 2);
        double sum = 0;
        for (int64_t k = first; k <= last; ++k) {
            const double neighbour = x[static_cast<size_t>(static_cast<int64_t>(i) + (k - c) * inner)];
            sum += neighbour * neighbour;
        }
        y[i] = x[i] / std::pow(op.bias + op.alpha / static_cast<double>(op.size) * sum, static_cast<double>(op.beta));
    }
    return tensorFromDoubles(result.type, result.shape, y);
}

Tensor evaluateOp(const Softmax& op, const Inputs& inputs, const TensorType& result) {
    const std::span<const int64_t> shape(result.shape);
    const size_t axis = normalizedAxis(op.axis, shape.size());
    // One row is the elements of `length` that lie `inner` apart.
    const auto inner = static_cast<size_t>(op.coerce2d ? 1 : elementCount(shape.subspan(axis + 1)));
    const auto length = static_cast<size_t>(op.coerce2d ? elementCount(shape.subspan(axis)) : shape[axis]);
    std::vector<double> values = inputs[0]->toDoubles();
    const size_t rows = length > 0 ? values.size() / length : 0;
    for (size_t row = 0; row < rows; ++row) {
        double* x = values.data() + row / inner * inner * length + row % inner;
        double largest = x[0];
        for (size_t i = 1; i < length; ++i)
            largest = std::max(largest, x[i * inner]);
        double sum = 0;
        for (size_t i = 0; i < length; ++i)
            sum += std::exp(x[i * inner] - largest);
        for (size_t i = 0; i < length; ++i) {
            const double shifted = x[i * inner] - largest;
            x[i * inner] = op.log ? shifted - std::log(sum) : std::exp(shifted) / sum;
        }
    }
    return tensorFromDoubles(result.type, result.shape, values);
}

} // namespace halftone
