// SPDX-License-Identifier: GPL-3.0-or-later
// The plain-loop kernels behind evaluate(), one a kind of operator. They trust shapes and types: these were
// checked by the shape rules, whose result they are given.
#pragma once

#include "core/graph/element.h"
#include "core/graph/offsets.h"
#include "core/graph/shape_rules.h"

#include <array>

namespace halftone {

using Inputs = std::vector<std::optional<Tensor>>;

// One an operator. One with several results is given Results and gives a list.
Tensor evaluateOp(const Conv& op, const Inputs& inputs, const TensorType& result);
Tensor evaluateOp(const FullyConnected& op, const Inputs& inputs, const TensorType& result);
Tensor evaluateOp(const MatMul& op, const Inputs& inputs, const TensorType& result);
Tensor evaluateOp(const Gemm& op, const Inputs& inputs, const TensorType& result);
Tensor evaluateOp(const Pool& op, const Inputs& inputs, const TensorType& result);
Tensor evaluateOp(const BatchNorm& op, const Inputs& inputs, const TensorType& result);
Tensor evaluateOp(const Unary& op, const Inputs& inputs, const TensorType& result);
Tensor evaluateOp(const Binary& op, const Inputs& inputs, const TensorType& result);
Tensor evaluateOp(const Softmax& op, const Inputs& inputs, const TensorType& result);
Tensor evaluateOp(const Reduce& op, const Inputs& inputs, const TensorType& result);
Tensor evaluateOp(const Reshape& op, const Inputs& inputs, const TensorType& result);
Tensor evaluateOp(const Flatten& op, const Inputs& inputs, const TensorType& result);
Tensor evaluateOp(const Squeeze& op, const Inputs& inputs, const TensorType& result);
Tensor evaluateOp(const Transpose& op, const Inputs& inputs, const TensorType& result);
Tensor evaluateOp(const Concat& op, const Inputs& inputs, const TensorType& result);
Tensor evaluateOp(const Slice& op, const Inputs& inputs, const TensorType& result);
Tensor evaluateOp(const Pad& op, const Inputs& inputs, const TensorType& result);
Tensor evaluateOp(const ConvTranspose& op, const Inputs& inputs, const TensorType& result);
Tensor evaluateOp(const Normalize& op, const Inputs& inputs, const TensorType& result);
Tensor evaluateOp(const Lrn& op, const Inputs& inputs, const TensorType& result);
Tensor evaluateOp(const ArgReduce& op, const Inputs& inputs, const TensorType& result);
Tensor evaluateOp(const Gather& op, const Inputs& inputs, const TensorType& result);
Tensor evaluateOp(const Expand& op, const Inputs& inputs, const TensorType& result);
Tensor evaluateOp(const Tile& op, const Inputs& inputs, const TensorType& result);
Tensor evaluateOp(const Resize& op, const Inputs& inputs, const TensorType& result);
Tensor evaluateOp(const GridSample& op, const Inputs& inputs, const TensorType& result);
Tensor evaluateOp(const RoiAlign& op, const Inputs& inputs, const TensorType& result);
Tensor evaluateOp(const Det& op, const Inputs& inputs, const TensorType& result);
Tensor evaluateOp(const GatherElements& op, const Inputs& inputs, const TensorType& result);
Tensor evaluateOp(const GatherNd& op, const Inputs& inputs, const TensorType& result);
Tensor evaluateOp(const ScatterElements& op, const Inputs& inputs, const TensorType& result);
Tensor evaluateOp(const ScatterNd& op, const Inputs& inputs, const TensorType& result);
Tensor evaluateOp(const CumSum& op, const Inputs& inputs, const TensorType& result);
std::vector<Tensor> evaluateOp(const TopValues& op, const Inputs& inputs, const Results& results);
std::vector<Tensor> evaluateOp(const Recurrent& op, const Inputs& inputs, const Results& results);
Tensor evaluateOp(const Where& op, const Inputs& inputs, const TensorType& result);
Tensor evaluateOp(const ShapeOf& op, const Inputs& inputs, const TensorType& result);
Tensor evaluateOp(const QuantizeLinear& op, const Inputs& inputs, const TensorType& result);
Tensor evaluateOp(const DequantizeLinear& op, const Inputs& inputs, const TensorType& result);
Tensor evaluateOp(const Cast& op, const Inputs& inputs, const TensorType& result);
Tensor evaluateOp(const Identity& op, const Inputs& inputs, const TensorType& result);
Tensor evaluateOp(const Opaque& op, const Inputs& inputs, const TensorType& result);

/// The bias (input `index`) as doubles, zeros when there is none.
std::vector<double> biasOf(const Inputs& inputs, size_t index, int64_t length);
double applyUnary(const Unary& op, double x);
void applyPostOps(const PostOps& postOps, const Inputs& inputs, std::vector<double>& values);
/// Elements of `x` where `tables` point to, and `fill` (one element) where they point outside.
Tensor select(const Tensor& x, const OffsetTables& tables, Shape shape, std::span<const std::byte> fill = {});
/// `x` with its elements repeated to this shape, to which it broadcasts.
Tensor expanded(const Tensor& x, const Shape& shape);

/// The spatial part of an operator that slides a window, brought to three dimensions by leading ones.
struct SlidingWindow {
    std::array<int64_t, 3> in, out, kernel, stride, dilation, padBegin, padEnd;
    int64_t inSize() const { return in[0] * in[1] * in[2]; }
    int64_t outSize() const { return out[0] * out[1] * out[2]; }
    int64_t kernelSize() const { return kernel[0] * kernel[1] * kernel[2]; }
};
SlidingWindow slidingWindow(const Shape& x, const Shape& y, std::span<const int64_t> kernel,
                            std::span<const int64_t> strides, std::span<const int64_t> dilations,
                            std::span<const int64_t> pads);

} // namespace halftone
