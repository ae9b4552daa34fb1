// SPDX-License-Identifier: GPL-3.0-or-later
// What each operator makes of the types and shapes of its operands: the rules behind infer() and evaluate().
//
// The rules know operands, not nodes: they throw Error with the bare cause ("the kernel ..."), and resultsOf()
// adds which layer it was and what to do.
#pragma once

#include "core/base/error.h"
#include "core/graph/graph.h"

#include <optional>
#include <string>
#include <vector>

namespace halftone {

/// As node.inputs; an omitted operand is empty.
using Operands = std::vector<std::optional<TensorType>>;
/// As node.outputs.
using Results = std::vector<TensorType>;

/// The outputs of `node` for these operands. Throws Error{BadInput, Unsupported or Limit} naming the node.
Results resultsOf(const Node& node, const Operands& operands);
/// Throws `error`, whose message is a bare cause, with the layer and what to do added.
[[noreturn]] void rethrowNaming(const Node& node, const Error& error);

/// Multiply-accumulate operations; the operands fit the operator. 0 for what is not a product.
int64_t macsOf(const Op& op, const Operands& operands, const Results& results);

/// `axis` counted from the front. `rank` is the number of positions it may name: -rank ... rank-1.
size_t normalizedAxis(int64_t axis, size_t rank);
/// Sorted, from the front; throws on a repeated one.
std::vector<size_t> normalizedAxes(const std::vector<int64_t>& axes, size_t rank);
/// numpy broadcasting of two shapes.
Shape broadcastShape(const Shape& a, const Shape& b);
/// perm of a Transpose, made explicit.
std::vector<size_t> permutationOf(const Transpose& op, size_t rank);

/// What a Slice reads of each dimension: `count` elements from `start`, `step` apart.
struct SliceRange {
    int64_t start = 0, step = 1, count = 0;
};
std::vector<SliceRange> sliceRanges(const Slice& op, const Shape& x);

/// Throws Error{Limit} when a tensor of this shape cannot be meant.
void requireSensibleSize(const Shape& shape, const char* what);

/// The bare cause, for use inside the rules.
[[noreturn]] void refuse(const std::string& cause, ErrorCode code = ErrorCode::BadInput);

// One rule an operator. That of one with several results is called resultsOf() and gives Results.
TensorType resultOf(const Conv& op, const Operands& operands);
TensorType resultOf(const Pool& op, const Operands& operands);
TensorType resultOf(const FullyConnected& op, const Operands& operands);
TensorType resultOf(const MatMul& op, const Operands& operands);
TensorType resultOf(const Gemm& op, const Operands& operands);
TensorType resultOf(const BatchNorm& op, const Operands& operands);
TensorType resultOf(const Unary& op, const Operands& operands);
TensorType resultOf(const Binary& op, const Operands& operands);
TensorType resultOf(const Softmax& op, const Operands& operands);
TensorType resultOf(const Reduce& op, const Operands& operands);
TensorType resultOf(const Reshape& op, const Operands& operands);
TensorType resultOf(const Flatten& op, const Operands& operands);
TensorType resultOf(const Squeeze& op, const Operands& operands);
TensorType resultOf(const Transpose& op, const Operands& operands);
TensorType resultOf(const Concat& op, const Operands& operands);
TensorType resultOf(const Slice& op, const Operands& operands);
TensorType resultOf(const Pad& op, const Operands& operands);
TensorType resultOf(const ConvTranspose& op, const Operands& operands);
TensorType resultOf(const Normalize& op, const Operands& operands);
TensorType resultOf(const Lrn& op, const Operands& operands);
TensorType resultOf(const ArgReduce& op, const Operands& operands);
TensorType resultOf(const Gather& op, const Operands& operands);
TensorType resultOf(const Expand& op, const Operands& operands);
TensorType resultOf(const Tile& op, const Operands& operands);
TensorType resultOf(const Resize& op, const Operands& operands);
TensorType resultOf(const GridSample& op, const Operands& operands);
TensorType resultOf(const RoiAlign& op, const Operands& operands);
TensorType resultOf(const Det& op, const Operands& operands);
TensorType resultOf(const GatherElements& op, const Operands& operands);
TensorType resultOf(const GatherNd& op, const Operands& operands);
TensorType resultOf(const ScatterElements& op, const Operands& operands);
TensorType resultOf(const ScatterNd& op, const Operands& operands);
TensorType resultOf(const CumSum& op, const Operands& operands);
Results resultsOf(const TopValues& op, const Operands& operands);
Results resultsOf(const Recurrent& op, const Operands& operands);
TensorType resultOf(const Where& op, const Operands& operands);
TensorType resultOf(const ShapeOf& op, const Operands& operands);
TensorType resultOf(const QuantizeLinear& op, const Operands& operands);
TensorType resultOf(const DequantizeLinear& op, const Operands& operands);
TensorType resultOf(const Cast& op, const Operands& operands);
TensorType resultOf(const Identity& op, const Operands& operands);
[[noreturn]] TensorType resultOf(const Opaque& op, const Operands& operands);

/// The operand number `index`, which must be there.
const TensorType& required(const Operands& operands, size_t index, const char* what);
/// Null when the operand is absent or omitted.
const TensorType* operandOrNull(const Operands& operands, size_t index);
void requireFloat(const TensorType& x);
void requireRank(const TensorType& x, size_t least, size_t most, const char* what);
/// `x` must be [length] and of the type of `like`.
void requireVector(const TensorType& x, int64_t length, const TensorType& like, const char* what);
/// Refuses post-ops whose operand does not have type and shape of the result, or lies among the `own`
/// operands of the operator itself.
void checkPostOps(const PostOps& postOps, const Operands& operands, size_t own, const TensorType& result);

} // namespace halftone
