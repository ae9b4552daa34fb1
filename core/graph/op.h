// SPDX-License-Identifier: GPL-3.0-or-later
// One small struct per operator. They hold what the operator does, not its operands: those are the node's
// inputs, in the order given with each operator. All of them compare with ==.
#pragma once

#include "core/graph/tensor.h"

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace halftone {

enum class UnaryKind {
    Relu,      // max(x, 0)
    LeakyRelu, // x < 0 ? alpha * x : x
    Clip,      // min(max(x, alpha), beta)
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
    Rsqrt,           // 1 / sqrt(x)
    Round,           // to the nearest whole number, halves to the even one
    Sign,            // -1, 0 or 1
    Selu,            // beta * (x < 0 ? alpha * (exp(x) - 1) : x)
    Celu,            // x < 0 ? alpha * (exp(x / alpha) - 1) : x
    Softsign,        // x / (1 + |x|)
    ThresholdedRelu, // x > alpha ? x : 0
    Sin,
    Cos,
    Tan,
    Sinh,
    Cosh,
    Asin,
    Acos,
    Atan,
    Asinh,
    Acosh,
    Atanh,
    Shrink,     // x > alpha ? x - beta : x < -alpha ? x + beta : 0
    Not,        // of bool
    BitwiseNot, // of whole numbers
};

/// inputs: x.
struct Unary {
    UnaryKind kind = UnaryKind::Relu;
    float alpha = 0, beta = 0;
    bool operator==(const Unary&) const = default;
};

enum class BinaryKind {
    Add,
    Sub,
    Mul,
    Div, // of whole numbers towards zero
    Min,
    Max,
    Pow,      // the result has the type of a
    PRelu,    // a < 0 ? b * a : a
    FloorDiv, // floor(a / b)
    FloorMod, // a - b * floor(a / b)
    TruncMod, // what a division towards zero leaves: it has the sign of a
    // The result is bool:
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    And, // of bool, as the next two
    Or,
    Xor,
    BitwiseAnd, // of whole numbers, as all that follow
    BitwiseOr,
    BitwiseXor,
    ShiftLeft, // by b places; 0 where that is more than the type has
    ShiftRight,
};

/// Whether the result is bool, whatever the operands are.
bool isComparison(BinaryKind kind);
/// Whether the operands are bool.
bool isLogical(BinaryKind kind);
/// Whether the operands are whole numbers, seen as bits.
bool isBitwise(BinaryKind kind);

/// Something applied to a result before it is stored. Filled by the fusion passes only.
struct AddInput { // adds the node's input number `input`, same shape as the result
    int input = 0;
    bool operator==(const AddInput&) const = default;
};
struct PReluInput { // x < 0 ? slope * x : x; the slopes, one for each channel, are the node's input number `input`
    int input = 0;
    bool operator==(const PReluInput&) const = default;
};
struct MulInput { // of a fully connected layer: times the node's input number `input`, one number for each channel
    int input = 0;
    bool operator==(const MulInput&) const = default;
};
using PostOp = std::variant<Unary, AddInput, PReluInput, MulInput>;
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

/// The gradient of a convolution. inputs: x [N,C,spatial...], weights [C, M/groups, kernel...], bias [M] (optional, may
/// be absent or kNoValue), then operands of post-ops. Every element of x adds its multiple of the kernel to the result,
/// `strides` apart; then `pads` are cut off, and `outputPadding` more positions are kept at the end. 1 to 3 spatial
/// dimensions.
struct ConvTranspose {
    std::vector<int64_t> strides, dilations; // one per spatial dimension
    Pads pads;                               // explicit; readers resolve auto_pad and output_shape
    std::vector<int64_t> outputPadding;      // one per spatial dimension
    int64_t groups = 1;
    PostOps postOps;
    bool operator==(const ConvTranspose&) const = default;
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
    bool global = false;                             // the kernel is the whole spatial extent; the rest is empty
    std::vector<int64_t> kernel, strides, dilations; // one per spatial dimension
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

/// inputs: x. (x - mean) / sqrt(variance + epsilon), both taken over these dimensions (of the whole population).
/// Instance, layer and group normalization are this one and a Mul and an Add.
struct Normalize {
    std::vector<int64_t> axes;
    float epsilon = 1e-5F;
    bool operator==(const Normalize&) const = default;
};

/// Local response normalization. inputs: x [N,C,...]. y = x / (bias + alpha / size * s)^beta, where s is the sum of the
/// squares of `size` channels: (size - 1) / 2 before this one, rounded down, and the rest from it on.
struct Lrn {
    int64_t size = 1;
    float alpha = 1e-4F, beta = 0.75F, bias = 1;
    bool operator==(const Lrn&) const = default;
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

enum class ReduceKind { Mean, Sum, Max, Min, Prod, L1, L2, SumSquare, LogSum, LogSumExp };

/// inputs: x. No axes: all dimensions.
struct Reduce {
    ReduceKind kind = ReduceKind::Mean;
    std::vector<int64_t> axes;
    bool keepDims = true;
    bool operator==(const Reduce&) const = default;
};

/// inputs: x. The positions (s64) of the largest or smallest values along one dimension: of the first one, or the last.
struct ArgReduce {
    bool largest = true;
    int64_t axis = 0;
    bool keepDims = true;
    bool selectLast = false;
    bool operator==(const ArgReduce&) const = default;
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

enum class PadMode { Constant, Reflect, Edge, Wrap };

/// inputs: x. `pads`: begin for every dimension, then end for every dimension; negative values crop.
struct Pad {
    std::vector<int64_t> pads;
    float value = 0;
    PadMode mode = PadMode::Constant;
    bool operator==(const Pad&) const = default;
};

/// inputs: data, indices (whole numbers; negative ones count from the end). Dimension `axis` of the data is replaced by
/// those of the indices.
struct Gather {
    int64_t axis = 0;
    bool operator==(const Gather&) const = default;
};

/// inputs: x, repeated to what numpy broadcasting of its shape with `target` gives: 1 keeps a dimension.
struct Expand {
    std::vector<int64_t> target;
    bool operator==(const Expand&) const = default;
};

/// inputs: x, `repeats` times along each dimension.
struct Tile {
    std::vector<int64_t> repeats;
    bool operator==(const Tile&) const = default;
};

enum class ResizeMode { Nearest, Linear, Cubic };
/// Where position o of the result lies in the input, by ONNX's names.
enum class ResizeCoordinates {
    HalfPixel,
    HalfPixelSymmetric,
    PytorchHalfPixel,
    AlignCorners,
    Asymmetric,
    TfHalfPixelForNn,
    TfCropAndResize,
};
/// How ResizeMode::Nearest rounds that position.
enum class ResizeRounding { PreferFloor, PreferCeil, Floor, Ceil };

/// inputs: x. One of `scales` and `sizes` is given, for every dimension. graph/resize.h has the formulas.
struct Resize {
    ResizeMode mode = ResizeMode::Nearest;
    ResizeCoordinates coordinates = ResizeCoordinates::HalfPixel;
    ResizeRounding rounding = ResizeRounding::PreferFloor;
    std::vector<float> scales;  // the result has floor(size * scale) elements
    std::vector<int64_t> sizes; // 0 keeps a dimension as it is
    float cubicA = -0.75F;
    bool excludeOutside = false; // Cubic leaves out what lies outside instead of repeating the edge
    std::vector<float> roi;      // TfCropAndResize: begin for every dimension, then end, as parts of the input
    float extrapolation = 0;     // TfCropAndResize: the value of what lies outside
    bool operator==(const Resize&) const = default;
};

enum class GridPadding { Zeros, Border, Reflection };

/// inputs: x [N,C,spatial...], grid [N, positions..., spatial dimensions]: where in x each position of the result lies,
/// the last dimension of x first, from -1 to 1. These are the centres of the first and last element (`alignCorners`) or
/// their outer edges. What lies outside is 0, the nearest element, or mirrored at those limits. 1 to 3 spatial
/// dimensions.
struct GridSample {
    ResizeMode mode = ResizeMode::Linear;
    GridPadding padding = GridPadding::Zeros;
    bool alignCorners = false;
    bool operator==(const GridSample&) const = default;
};

/// inputs: x [N,C,H,W], regions [R,4] (x1, y1, x2, y2, to be multiplied by `scale`), the sample of x that each region
/// lies in [R] (whole numbers). Every region in height x width parts, each the mean (or the largest) of `samples` x
/// `samples` interpolated values; 0: as many as the part has elements. `halfPixel` moves regions by half an element;
/// without it none is smaller than one element.
struct RoiAlign {
    int64_t height = 1, width = 1, samples = 0;
    float scale = 1;
    bool halfPixel = true;
    bool largest = false;
    bool operator==(const RoiAlign&) const = default;
};

/// inputs: x [..., N, N]. The determinant of each matrix.
struct Det {
    bool operator==(const Det&) const = default;
};

/// inputs: x, indices (whole numbers, as many dimensions as x). Element [i, j, k] is x[i, indices[i, j, k], k] for
/// axis 1.
struct GatherElements {
    int64_t axis = 0;
    bool operator==(const GatherElements&) const = default;
};

/// inputs: x, indices [..., positions]. The last dimension of the indices is a position in x, behind `batchDims`
/// leading dimensions that both share.
struct GatherNd {
    int64_t batchDims = 0;
    bool operator==(const GatherNd&) const = default;
};

enum class ScatterMode { Replace, Add, Mul, Min, Max };

/// inputs: x, indices, updates (as many dimensions as x, the indices' shape). x with element [i, indices[i, j, k], k]
/// (for axis 1) combined with updates[i, j, k].
struct ScatterElements {
    int64_t axis = 0;
    ScatterMode mode = ScatterMode::Replace;
    bool operator==(const ScatterElements&) const = default;
};

/// inputs: x, indices [..., positions], updates. x with what each position of the indices names combined with its part
/// of the updates.
struct ScatterNd {
    ScatterMode mode = ScatterMode::Replace;
    bool operator==(const ScatterNd&) const = default;
};

/// inputs: x. The sum of all elements up to this one along a dimension: without itself (`exclusive`), or from the end
/// towards the front (`reverse`).
struct CumSum {
    int64_t axis = 0;
    bool exclusive = false, reverse = false;
    bool operator==(const CumSum&) const = default;
};

/// inputs: x. results: the `count` largest or smallest values along a dimension, the best one first, and where they
/// stand (s64); of equal ones the first.
struct TopValues {
    int64_t axis = -1, count = 1;
    bool largest = true;
    bool operator==(const TopValues&) const = default;
};

enum class RecurrentKind { Rnn, Gru, Lstm };

/// ONNX's RNN, GRU and LSTM. inputs: x [T, N, I], weights [D, G*H, I], recurrent weights [D, G*H, H], bias [D, 2*G*H]
/// (those of both weights, one behind the other), first state [D, N, H], first cell [D, N, H] (LSTM), peepholes [D,
/// 3*H] (LSTM: of i, o, f); all behind the weights are optional. results: states [T, D, N, H], the last state [D, N,
/// H], and the last cell of an LSTM. D directions, G gates: RNN one, GRU z, r, h, LSTM i, o, f, c.
struct Recurrent {
    RecurrentKind kind = RecurrentKind::Lstm;
    bool backward = false;          // the first direction begins with the last element
    bool bothDirections = false;    // the second one does
    bool linearBeforeReset = false; // GRU: r is applied behind the recurrent product
    float clip = 0;                 // what goes into an activation is cut to +-clip; 0: not
    std::vector<Unary> activations; // for each direction RNN one, GRU f and g, LSTM f, g and h
    bool operator==(const Recurrent&) const = default;
};
int64_t gatesOf(RecurrentKind kind);

/// inputs: condition (bool), a, b, all three with numpy broadcasting.
struct Where {
    bool operator==(const Where&) const = default;
};

/// inputs: x. Its dimensions from `start` to `end` (s64); negative ones count from the end, both are clamped.
struct ShapeOf {
    int64_t start = 0;
    int64_t end = std::numeric_limits<int64_t>::max();
    bool operator==(const ShapeOf&) const = default;
};

/// inputs: x, scale, zero point (of type `to`; may be absent). Codes round(x / scale) + zero point, saturated: for
/// networks that give codes away, or whose scales are computed. Elsewhere a tensor of codes is one of real numbers on a
/// grid (Value::quant). Scale and zero point are single numbers, or one for each index of `axis`.
struct QuantizeLinear {
    ElementType to = ElementType::U8;
    int64_t axis = 1;
    bool operator==(const QuantizeLinear&) const = default;
};

/// inputs: codes, scale, zero point (of the codes' type; may be absent). (code - zero point) * scale, of the scale's
/// type.
struct DequantizeLinear {
    int64_t axis = 1;
    bool operator==(const DequantizeLinear&) const = default;
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

using OpVariant =
    std::variant<Conv, ConvTranspose, FullyConnected, MatMul, Gemm, Pool, BatchNorm, Normalize, Lrn, Unary, Binary,
                 Softmax, Reduce, ArgReduce, Reshape, Flatten, Squeeze, Transpose, Concat, Slice, Pad, Gather, Expand,
                 Tile, Resize, GridSample, RoiAlign, Det, GatherElements, GatherNd, ScatterElements, ScatterNd, CumSum,
                 TopValues, Recurrent, Where, ShapeOf, QuantizeLinear, DequantizeLinear, Cast, Identity, Opaque>;

template <class T, class Variant> inline constexpr bool isAlternativeOf = false;
template <class T, class... Kinds>
inline constexpr bool isAlternativeOf<T, std::variant<Kinds...>> = (std::is_same_v<T, Kinds> || ...);

/// Any of them, to be visited like the variant that it is. Copying and destroying it differ for each kind of operator,
/// which is much code: it stands in op.cpp alone.
class Op : public OpVariant {
public:
    Op();
    template <class Kind>
    requires isAlternativeOf<std::remove_cvref_t<Kind>, OpVariant> Op(Kind&& kind)
        : OpVariant(std::forward<Kind>(kind)) {}
    Op(const Op& other);
    Op(Op&& other) noexcept;
    Op& operator=(const Op& other);
    Op& operator=(Op&& other) noexcept;
    ~Op();
    friend bool operator==(const Op& a, const Op& b);
};

/// "Conv", "Relu", "Add", "AveragePool": the name of what `op` computes, post-ops not included.
std::string opName(const Op& op);
const char* nameOf(UnaryKind kind);
const char* nameOf(BinaryKind kind);
const char* nameOf(ReduceKind kind);
const char* nameOf(RecurrentKind kind);

/// An average over the whole spatial extent.
bool isGlobalAverage(const Op& op);

} // namespace halftone
