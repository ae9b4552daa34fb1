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
    default: return sum;
    }
}

template <class T> std::vector<T> reduced(const Reduce& op, const Shape& shape, const std::vector<T>& x) {
    Shape kept = shape; // the shape of the result with its reduced dimensions as 1
    for (size_t i = 0; i < kept.size(); ++i)
        if (op.axes.empty())
            kept[i] = 1;
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

} // namespace

Tensor evaluateOp(const Reduce& op, const Inputs& inputs, const TensorType& result) {
    if (isFloatType(result.type))
        return tensorFromDoubles(result.type, result.shape,
                                 reduced(op, inputs[0]->shape, inputs[0]->toDoubles()));
    const std::vector<int64_t> values = reduced(op, inputs[0]->shape, inputs[0]->toInt64s());
    return castTensor(Tensor::fromInt64s(result.shape, values), result.type);
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
