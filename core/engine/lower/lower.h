// SPDX-License-Identifier: GPL-3.0-or-later
// Lowering: one function a family of operators, each adding the steps of the builder's current node.
// All throw Error{Unsupported} naming the layer when it cannot run at all.
#pragma once

#include "core/engine/lower/builder.h"

namespace halftone::engine {

/// Dimensions of space that kernels know.
inline constexpr size_t kMostSpatial = 3;
/// Pictures, which kernels read as they are.
inline constexpr int64_t kFewChannels = 8;

void lowerConv(Builder& builder, const Conv& op);
void lowerFullyConnected(Builder& builder, const FullyConnected& op);
void lowerMatMul(Builder& builder);
void lowerPool(Builder& builder, const Pool& op);
void lowerBatchNorm(Builder& builder, const BatchNorm& op);
void lowerUnary(Builder& builder, const Unary& op);
void lowerBinary(Builder& builder, const Binary& op);
void lowerSoftmax(Builder& builder, const Softmax& op);
void lowerReduce(Builder& builder, const Reduce& op);
void lowerReshape(Builder& builder);
void lowerTranspose(Builder& builder, const Transpose& op);
void lowerConcat(Builder& builder, const Concat& op);
void lowerSlice(Builder& builder, const Slice& op);
void lowerPad(Builder& builder, const Pad& op);
void lowerConvTranspose(Builder& builder, const ConvTranspose& op);
void lowerNormalize(Builder& builder, const Normalize& op);
void lowerLrn(Builder& builder, const Lrn& op);
void lowerGather(Builder& builder, const Gather& op);
void lowerExpand(Builder& builder);
void lowerTile(Builder& builder);
void lowerResize(Builder& builder, const Resize& op);
/// No dimension is too long for a list of its positions.
bool canBeListed(const Shape& shape);
/// Of them, those that pick values one by one.
void lowerMirroredPad(Builder& builder, const Pad& op);
void lowerCopiedSlice(Builder& builder, const Slice& op);
void lowerNearestResize(Builder& builder, const Resize& op);

/// The current node by graph/evaluate, at every inference: allocates, and takes tensors of any element type. `why` is a
/// sentence that says what a fast kernel lacks; may be empty.
void lowerReference(Builder& builder, const std::string& why = "");
/// The current node on elements of any type by loops of our own (any_elements.h), or else by lowerReference().
void lowerAny(Builder& builder, const std::string& why = "");
/// Between halves and fp32 by a loop of its own.
void lowerCast(Builder& builder);
/// By our own kernel (recurrent.h) where all weights are constants.
void lowerRecurrent(Builder& builder, const Recurrent& op);
/// A tensor of the node is not fp32, or has no elements: only lowerAny() can do it.
bool isOfOtherTypes(const Graph& graph, const Node& node);

/// Error{Unsupported} for the current node: "<layer> (<op>): <what>."
[[noreturn]] void refuse(const Builder& builder, const std::string& what);

/// The grid that a layer may store a tensor on: none of those at run time.
inline std::optional<QuantParams> storableGrid(const Value& value) {
    return value.quant && !value.quant->atRunTime ? value.quant : std::nullopt;
}

/// The grid that the node's output is stored on, absent for floats.
std::optional<QuantParams> storedGrid(const Builder& builder, ValueId value);
/// Codes of `grid`; without one the float type of the current node.
DataType storedType(const Builder& builder, const std::optional<QuantParams>& grid);

/// oneDNN's name of an activation, if it has one.
struct Eltwise {
    dnnl::algorithm algorithm;
    float alpha, beta;
};
std::optional<Eltwise> eltwise(const Unary& op);

/// The post-ops without the last ones that rounding to codes on `dst` does anyway: a relu where code 0 is the value 0,
/// a clip between the lowest and the highest code. All of them where `dst` is absent.
PostOps keptPostOps(PostOps postOps, const std::optional<QuantParams>& dst);

/// Appends activations. Throws Error{Unsupported} for one that is no post-op.
void appendActivations(dnnl::post_ops& ops, const PostOps& postOps);

/// Why a layer whose tensors lie on grids cannot compute on codes, as a sentence; "" when there is a kernel for it that
/// is not the library's reference loop. One for each kind of operator whose kernels decide that.
std::string whyNotInt8Conv(const Graph& graph, const Node& node, const Conv& op);
std::string whyNotInt8ConvTranspose(const Graph& graph, const Node& node, const ConvTranspose& op);
std::string whyNotInt8FullyConnected(const Graph& graph, const Node& node, const FullyConnected& op);
std::string whyNotInt8MatMul(const Graph& graph, const Node& node);
std::string whyNotInt8BatchNorm(const Graph& graph, const Node& node);
/// A Gather of constant positions along one dimension, and a Resize that interpolates between pixels: what codes can
/// do.
bool picksAlongOneDimension(const Graph& graph, const Node& gather);
bool interpolatesSpace(const Graph& graph, const Node& resize);

/// The same for bf16 and fp16.
std::string whyNotFloatConv(const Graph& graph, const Node& node, const Conv& op, DataType type);
std::string whyNotFloatFullyConnected(const Graph& graph, const Node& node, const FullyConnected& op, DataType type);
std::string whyNotFloatMatMul(const Graph& graph, const Node& node, DataType type);
std::string whyNotFloatPool(const Graph& graph, const Node& node, const Pool& op, DataType type);
std::string whyNotFloatUnary(const Graph& graph, const Node& node, const Unary& op, DataType type);
std::string whyNotFloatBinary(const Graph& graph, const Node& node, const Binary& op, DataType type);
std::string whyNotFloatBatchNorm(const Graph& graph, const Node& node, DataType type);
std::string whyNotFloatConcat(const Graph& graph, const Node& node, const Concat& op, DataType type);

} // namespace halftone::engine
