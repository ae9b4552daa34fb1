// One small struct per operator. They hold what the operator does, not its operands: those are the node's
// inputs, in the order given with each operator. All of them compare with ==.
#pragma once

#include "core/graph/tensor.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace halftone {

enum class UnaryKind {
    Relu,        // max(x, 0)
    LeakyRelu,   // x < 0 ? alpha * x : x
    Clip,        // min(max(x, alpha), beta)
    Sigmoid,
    Tanh,
    Elu,         // x < 0 ? alpha * (exp(x) - 1) : x
    HardSigmoid, // min(max(alpha * x + beta, 0), 1)
    HardSwish,   // x * min(max(alpha * x + beta, 0), 1)
    Swish,       // x * sigmoid(alpha * x)
    Gelu,        // x * (1 + erf(x / sqrt(2))) / 2
    GeluTanh,    // its approximation x * (1 + tanh(sqrt(2/pi) * (x + 0.044715 * x^3))) / 2
    Softplus,    // log(1 + exp(x))
    Mish,        // x * tanh(log(1 + exp(x)))
    Exp,
    Log,
    Sqrt,
    Abs,
    Neg,
    Reciprocal,
    Square,
    Erf,
    Floor,
    Ceil,
};

/// inputs: x.
struct Unary {
    UnaryKind kind = UnaryKind::Relu;
    float alpha = 0, beta = 0;
    bool operator==(const Unary&) const = default;
};

enum class BinaryKind { Add, Sub, Mul, Div, Min, Max, Pow };

/// Something applied to a result before it is stored. Filled by the fusion passes only.
struct AddInput { // adds the node's input number `input`, same shape as the result
    int input = 0;
    bool operator==(const AddInput&) const = default;
};
using PostOp = std::variant<Unary, AddInput>;
using PostOps = std::vector<PostOp>;

/// Padding of the spatial dimensions: begin for each, then end for each.
using Pads = std::vector<int64_t>;

/// inputs: x [N,C,spatial...], weights [M, C/groups, kernel...], bias [M] (optional, may be absent or kNoValue),
/// then operands of post-ops. 1 to 3 spatial dimensions.
struct Conv {
    std::vector<int64_t> strides, dilations; // one per spatial dimension
    Pads pads;                               // explicit; readers resolve auto_pad
    int64_t groups = 1;
    PostOps postOps;
    bool operator==(const Conv&) const = default;
};

/// y = x * W^T + bias. inputs: x [..., K], weights [N, K] constant, bias [N] (optional), then operands of
/// post-ops. Readers and passes bring Gemm and MatMul with constant weights into this form.
struct FullyConnected {
    PostOps postOps;
    bool operator==(const FullyConnected&) const = default;
};

/// ONNX MatMul with numpy broadcasting of the leading dimensions. inputs: a, b.
struct MatMul {
    bool operator==(const MatMul&) const = default;
};

/// ONNX Gemm as read. inputs: a, b, c (optional). The passes turn it into FullyConnected where b is constant.
struct Gemm {
    float alpha = 1, beta = 1;
    bool transA = false, transB = false;
    bool operator==(const Gemm&) const = default;
};

enum class PoolKind { Max, AverageIncludePad, AverageExcludePad };

/// inputs: x [N,C,spatial...].
struct Pool {
    PoolKind kind = PoolKind::Max;
    bool global = false;                              // the kernel is the whole spatial extent; the rest is empty
    std::vector<int64_t> kernel, strides, dilations;  // one per spatial dimension
    Pads pads;
    bool ceilMode = false;
    bool operator==(const Pool&) const = default;
};

/// inputs: x, scale, bias, mean, variance, each of the last four [C]. y = (x-mean)/sqrt(variance+epsilon)*scale+bias.
/// With constant parameters it may carry fused unary post-ops.
struct BatchNorm {
    float epsilon = 1e-5F;
    PostOps postOps;
    bool operator==(const BatchNorm&) const = default;
};

/// inputs: a, b with numpy broadcasting. An Add or Mul may carry fused unary post-ops.
struct Binary {
    BinaryKind kind = BinaryKind::Add;
    PostOps postOps;
    bool operator==(const Binary&) const = default;
};

/// inputs: x. `coerce2d` is the meaning before opset 13: x is seen as [prod(<axis), prod(>=axis)].
struct Softmax {
    int64_t axis = -1;
    bool coerce2d = false;
    bool log = false;
    bool operator==(const Softmax&) const = default;
};

enum class ReduceKind { Mean, Sum, Max, Min, Prod, L1, L2, SumSquare };

/// inputs: x. No axes: all dimensions.
struct Reduce {
    ReduceKind kind = ReduceKind::Mean;
    std::vector<int64_t> axes;
    bool keepDims = true;
    bool operator==(const Reduce&) const = default;
};

/// inputs: x. The target follows ONNX: -1 is inferred (once), 0 copies the input's dimension unless allowZero.
/// Flatten, Squeeze and Unsqueeze become Reshape when the shapes are inferred.
struct Reshape {
    std::vector<int64_t> target;
    bool allowZero = false;
    bool operator==(const Reshape&) const = default;
};

/// inputs: x. [d0*..*d(axis-1), d(axis)*..*dn].
struct Flatten {
    int64_t axis = 1;
    bool operator==(const Flatten&) const = default;
};

/// inputs: x. Removes (Squeeze) or inserts (Unsqueeze) dimensions of size 1. Squeeze without axes: all of size 1.
struct Squeeze {
    std::vector<int64_t> axes;
    bool insert = false;
    bool operator==(const Squeeze&) const = default;
};

/// inputs: x. Empty perm reverses the dimensions.
struct Transpose {
    std::vector<int64_t> perm;
    bool operator==(const Transpose&) const = default;
};

/// inputs: one or more.
struct Concat {
    int64_t axis = 0;
    bool operator==(const Concat&) const = default;
};

/// inputs: x. Start, end, axis and step as in ONNX Slice-10; ends beyond the dimension are clamped.
struct Slice {
    std::vector<int64_t> starts, ends, axes, steps;
    bool operator==(const Slice&) const = default;
};

enum class PadMode { Constant, Reflect, Edge };

/// inputs: x. `pads`: begin for every dimension, then end for every dimension; negative values crop.
struct Pad {
    std::vector<int64_t> pads;
    float value = 0;
    PadMode mode = PadMode::Constant;
    bool operator==(const Pad&) const = default;
};

/// inputs: x.
struct Cast {
    ElementType to = ElementType::F32;
    bool operator==(const Cast&) const = default;
};

/// inputs: x. Also Dropout at inference.
struct Identity {
    bool operator==(const Identity&) const = default;
};

/// An operator that was read but that Halftone does not know; it is refused by name before work starts.
struct Opaque {
    std::string reason; // what is not supported: "operator NonMaxSuppression", "Resize with mode cubic"
    bool operator==(const Opaque&) const = default;
};

using Op = std::variant<Conv, FullyConnected, MatMul, Gemm, Pool, BatchNorm, Unary, Binary, Softmax, Reduce, Reshape,
                        Flatten, Squeeze, Transpose, Concat, Slice, Pad, Cast, Identity, Opaque>;

/// "Conv", "Relu", "Add", "AveragePool": the name of what `op` computes, post-ops not included.
std::string opName(const Op& op);

/// An average over the whole spatial extent.
bool isGlobalAverage(const Op& op);

/// Operators whose result consists of values of their inputs, or of averages between neighbours: all their tensors can
/// lie on one 8-bit grid. A global average is none: its results use a small part of the input's range.
bool keepsGrid(const Op& op);

/// Of those, the ones whose result consists of values of their inputs.
bool onlyMoves(const Op& op);

} // namespace halftone
