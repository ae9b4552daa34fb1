// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/graph/evaluate_rules.h"

#include <cmath>
#include <utility>

namespace halftone {

namespace {

/// A matrix inside an array, by the distance between rows and between columns.
struct Matrix {
    const double* data;
    int64_t rowStride, columnStride;
    double at(int64_t row, int64_t column) const { return data[row * rowStride + column * columnStride]; }
};

void multiply(const Matrix& a, const Matrix& b, int64_t rows, int64_t depth, int64_t columns, double* y) {
    for (int64_t row = 0; row < rows; ++row)
        for (int64_t column = 0; column < columns; ++column) {
            double sum = 0;
            for (int64_t k = 0; k < depth; ++k)
                sum += a.at(row, k) * b.at(k, column);
            *y++ = sum;
        }
}

/// Offsets, in matrices, of the operand's matrix for each matrix of the result.
std::vector<int64_t> batchOffsets(const Shape& operand, const Shape& batch) {
    const auto dims = static_cast<ptrdiff_t>(operand.size() < 2 ? 0 : operand.size() - 2);
    std::vector<int64_t> offsets;
    forEachOffset(broadcastOffsets(Shape(operand.begin(), operand.begin() + dims), batch),
                  [&](int64_t offset) { offsets.push_back(offset); });
    return offsets;
}

} // namespace

Tensor evaluateOp(const FullyConnected& op, const Inputs& inputs, const TensorType& result) {
    const Shape& weightShape = inputs[1]->shape;
    const int64_t outputs = weightShape[0];
    const int64_t depth = weightShape[1];
    const std::vector<double> x = inputs[0]->toDoubles();
    const std::vector<double> weights = inputs[1]->toDoubles();
    const std::vector<double> bias = biasOf(inputs, 2, outputs);
    std::vector<double> y(static_cast<size_t>(elementCount(result.shape)));
    const int64_t rows = outputs > 0 ? static_cast<int64_t>(y.size()) / outputs : 0;
    multiply({x.data(), depth, 1}, {weights.data(), 1, depth}, rows, depth, outputs, y.data());
    for (size_t i = 0; i < y.size(); ++i)
        y[i] += bias[i % bias.size()];
    applyPostOps(op.postOps, inputs, y);
    return tensorFromDoubles(result.type, result.shape, y);
}

Tensor evaluateOp(const MatMul&, const Inputs& inputs, const TensorType& result) {
    const Shape& shapeA = inputs[0]->shape;
    const Shape& shapeB = inputs[1]->shape;
    const int64_t depth = shapeA.back();
    const int64_t rows = shapeA.size() == 1 ? 1 : shapeA[shapeA.size() - 2];
    const int64_t columns = shapeB.size() == 1 ? 1 : shapeB.back();
    const std::vector<double> a = inputs[0]->toDoubles();
    const std::vector<double> b = inputs[1]->toDoubles();
    const size_t matrixDims = (shapeA.size() == 1 ? 0 : 1) + (shapeB.size() == 1 ? 0 : 1);
    const Shape batch(result.shape.begin(), result.shape.end() - static_cast<ptrdiff_t>(matrixDims));

    std::vector<double> y(static_cast<size_t>(elementCount(result.shape)));
    const std::vector<int64_t> offsetsA = batchOffsets(shapeA, batch);
    const std::vector<int64_t> offsetsB = batchOffsets(shapeB, batch);
    for (size_t i = 0; i < offsetsA.size(); ++i)
        multiply({a.data() + offsetsA[i] * rows * depth, depth, 1},
                 {b.data() + offsetsB[i] * depth * columns, columns, 1}, rows, depth, columns,
                 y.data() + static_cast<int64_t>(i) * rows * columns);
    return tensorFromDoubles(result.type, result.shape, y);
}

namespace {

/// By elimination, the largest element of each column in front. `a` [size, size] is overwritten.
double determinant(std::span<double> a, size_t size) {
    double result = 1;
    for (size_t k = 0; k < size; ++k) {
        size_t pivot = k;
        for (size_t row = k + 1; row < size; ++row)
            if (std::abs(a[row * size + k]) > std::abs(a[pivot * size + k]))
                pivot = row;
        if (a[pivot * size + k] == 0)
            return 0;
        if (pivot != k) {
            for (size_t column = 0; column < size; ++column)
                std::swap(a[k * size + column], a[pivot * size + column]);
            result = -result;
        }
        result *= a[k * size + k];
        for (size_t row = k + 1; row < size; ++row) {
            const double factor = a[row * size + k] / a[k * size + k];
            for (size_t column = k; column < size; ++column)
                a[row * size + column] -= factor * a[k * size + column];
        }
    }
    return result;
}

} // namespace

Tensor evaluateOp(const Det&, const Inputs& inputs, const TensorType& result) {
    std::vector<double> x = inputs[0]->toDoubles(), y(static_cast<size_t>(elementCount(result.shape)));
    const auto size = static_cast<size_t>(inputs[0]->shape.back());
    for (size_t i = 0; i < y.size(); ++i)
        y[i] = determinant(std::span(x).subspan(i * size * size, size * size), size);
    return tensorFromDoubles(result.type, result.shape, y);
}

Tensor evaluateOp(const Gemm& op, const Inputs& inputs, const TensorType& result) {
    const std::vector<double> a = inputs[0]->toDoubles();
    const std::vector<double> b = inputs[1]->toDoubles();
    const int64_t widthA = inputs[0]->shape[1];
    const int64_t widthB = inputs[1]->shape[1];
    const int64_t depth = inputs[0]->shape[op.transA ? 0 : 1];
    std::vector<double> y(static_cast<size_t>(elementCount(result.shape)));
    multiply(op.transA ? Matrix{a.data(), 1, widthA} : Matrix{a.data(), widthA, 1},
             op.transB ? Matrix{b.data(), 1, widthB} : Matrix{b.data(), widthB, 1}, result.shape[0], depth,
             result.shape[1], y.data());
    for (double& value : y)
        value *= op.alpha;
    if (inputs.size() > 2 && inputs[2]) {
        const std::vector<double> c = inputs[2]->toDoubles();
        size_t i = 0;
        forEachOffset(broadcastOffsets(inputs[2]->shape, result.shape),
                      [&](int64_t offset) { y[i++] += op.beta * c[static_cast<size_t>(offset)]; });
    }
    return tensorFromDoubles(result.type, result.shape, y);
}

} // namespace halftone
