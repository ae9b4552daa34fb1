#include "core/graph/op.h"

namespace halftone {

namespace {

const char* nameOf(UnaryKind kind) {
    switch (kind) {
    case UnaryKind::Relu: return "Relu";
    case UnaryKind::LeakyRelu: return "LeakyRelu";
    case UnaryKind::Clip: return "Clip";
    case UnaryKind::Sigmoid: return "Sigmoid";
    case UnaryKind::Tanh: return "Tanh";
    case UnaryKind::Elu: return "Elu";
    case UnaryKind::HardSigmoid: return "HardSigmoid";
    case UnaryKind::HardSwish: return "HardSwish";
    case UnaryKind::Swish: return "Swish";
    case UnaryKind::Gelu: return "Gelu";
    case UnaryKind::GeluTanh: return "GeluTanh";
    case UnaryKind::Softplus: return "Softplus";
    case UnaryKind::Mish: return "Mish";
    case UnaryKind::Exp: return "Exp";
    case UnaryKind::Log: return "Log";
    case UnaryKind::Sqrt: return "Sqrt";
    case UnaryKind::Abs: return "Abs";
    case UnaryKind::Neg: return "Neg";
    case UnaryKind::Reciprocal: return "Reciprocal";
    case UnaryKind::Square: return "Square";
    case UnaryKind::Erf: return "Erf";
    case UnaryKind::Floor: return "Floor";
    case UnaryKind::Ceil: return "Ceil";
    case UnaryKind::Rsqrt: return "Rsqrt";
    case UnaryKind::Round: return "Round";
    case UnaryKind::Sign: return "Sign";
    case UnaryKind::Selu: return "Selu";
    case UnaryKind::Celu: return "Celu";
    case UnaryKind::Softsign: return "Softsign";
    case UnaryKind::ThresholdedRelu: return "ThresholdedRelu";
    case UnaryKind::Sin: return "Sin";
    case UnaryKind::Cos: return "Cos";
    case UnaryKind::Not: return "Not";
    }
    return "Unary";
}

const char* nameOf(BinaryKind kind) {
    switch (kind) {
    case BinaryKind::Add: return "Add";
    case BinaryKind::Sub: return "Sub";
    case BinaryKind::Mul: return "Mul";
    case BinaryKind::Div: return "Div";
    case BinaryKind::Min: return "Min";
    case BinaryKind::Max: return "Max";
    case BinaryKind::Pow: return "Pow";
    case BinaryKind::PRelu: return "PRelu";
    case BinaryKind::FloorDiv: return "FloorDiv";
    case BinaryKind::FloorMod: return "FloorMod";
    case BinaryKind::Equal: return "Equal";
    case BinaryKind::Less: return "Less";
    case BinaryKind::LessOrEqual: return "LessOrEqual";
    case BinaryKind::Greater: return "Greater";
    case BinaryKind::GreaterOrEqual: return "GreaterOrEqual";
    case BinaryKind::And: return "And";
    case BinaryKind::Or: return "Or";
    case BinaryKind::Xor: return "Xor";
    }
    return "Binary";
}

const char* nameOf(ReduceKind kind) {
    switch (kind) {
    case ReduceKind::Mean: return "ReduceMean";
    case ReduceKind::Sum: return "ReduceSum";
    case ReduceKind::Max: return "ReduceMax";
    case ReduceKind::Min: return "ReduceMin";
    case ReduceKind::Prod: return "ReduceProd";
    case ReduceKind::L1: return "ReduceL1";
    case ReduceKind::L2: return "ReduceL2";
    case ReduceKind::SumSquare: return "ReduceSumSquare";
    case ReduceKind::LogSum: return "ReduceLogSum";
    case ReduceKind::LogSumExp: return "ReduceLogSumExp";
    }
    return "Reduce";
}

struct NameOfOp {
    std::string operator()(const Conv&) const { return "Conv"; }
    std::string operator()(const ConvTranspose&) const { return "ConvTranspose"; }
    std::string operator()(const FullyConnected&) const { return "FullyConnected"; }
    std::string operator()(const MatMul&) const { return "MatMul"; }
    std::string operator()(const Gemm&) const { return "Gemm"; }
    std::string operator()(const Pool& op) const {
        const char* kind = op.kind == PoolKind::Max ? "MaxPool" : "AveragePool";
        return op.global ? std::string("Global") + kind : kind;
    }
    std::string operator()(const BatchNorm&) const { return "BatchNorm"; }
    std::string operator()(const Normalize&) const { return "Normalize"; }
    std::string operator()(const Lrn&) const { return "LRN"; }
    std::string operator()(const Unary& op) const { return nameOf(op.kind); }
    std::string operator()(const Binary& op) const { return nameOf(op.kind); }
    std::string operator()(const Softmax& op) const { return op.log ? "LogSoftmax" : "Softmax"; }
    std::string operator()(const Reduce& op) const { return nameOf(op.kind); }
    std::string operator()(const ArgReduce& op) const { return op.largest ? "ArgMax" : "ArgMin"; }
    std::string operator()(const Reshape&) const { return "Reshape"; }
    std::string operator()(const Flatten&) const { return "Flatten"; }
    std::string operator()(const Squeeze& op) const { return op.insert ? "Unsqueeze" : "Squeeze"; }
    std::string operator()(const Transpose&) const { return "Transpose"; }
    std::string operator()(const Concat&) const { return "Concat"; }
    std::string operator()(const Slice&) const { return "Slice"; }
    std::string operator()(const Pad&) const { return "Pad"; }
    std::string operator()(const Gather&) const { return "Gather"; }
    std::string operator()(const Expand&) const { return "Expand"; }
    std::string operator()(const Tile&) const { return "Tile"; }
    std::string operator()(const Resize&) const { return "Resize"; }
    std::string operator()(const Where&) const { return "Where"; }
    std::string operator()(const ShapeOf&) const { return "Shape"; }
    std::string operator()(const QuantizeLinear&) const { return "QuantizeLinear"; }
    std::string operator()(const DequantizeLinear&) const { return "DequantizeLinear"; }
    std::string operator()(const Cast&) const { return "Cast"; }
    std::string operator()(const Identity&) const { return "Identity"; }
    std::string operator()(const Opaque&) const { return "Opaque"; }
};

} // namespace

std::string opName(const Op& op) {
    return std::visit(NameOfOp{}, op);
}

bool isComparison(BinaryKind kind) {
    switch (kind) {
    case BinaryKind::Equal:
    case BinaryKind::Less:
    case BinaryKind::LessOrEqual:
    case BinaryKind::Greater:
    case BinaryKind::GreaterOrEqual: return true;
    default: return isLogical(kind);
    }
}

bool isLogical(BinaryKind kind) {
    return kind == BinaryKind::And || kind == BinaryKind::Or || kind == BinaryKind::Xor;
}

bool isGlobalAverage(const Op& op) {
    const auto* pool = std::get_if<Pool>(&op);
    return pool && pool->global && pool->kind != PoolKind::Max;
}

namespace {

bool repeatsElements(const Op& op) {
    const auto* resize = std::get_if<Resize>(&op);
    return resize && resize->mode == ResizeMode::Nearest && resize->coordinates != ResizeCoordinates::TfCropAndResize;
}

} // namespace

bool keepsGrid(const Op& op) {
    return (std::holds_alternative<Pool>(op) && !isGlobalAverage(op)) || std::holds_alternative<Concat>(op) ||
           std::holds_alternative<Reshape>(op) || std::holds_alternative<Flatten>(op) ||
           std::holds_alternative<Squeeze>(op) || std::holds_alternative<Transpose>(op) ||
           std::holds_alternative<Slice>(op) || std::holds_alternative<Pad>(op) ||
           std::holds_alternative<Identity>(op) || std::holds_alternative<Tile>(op) ||
           std::holds_alternative<Gather>(op) || repeatsElements(op);
}

bool onlyMoves(const Op& op) {
    if (const auto* pool = std::get_if<Pool>(&op))
        return pool->kind == PoolKind::Max;
    if (const auto* pad = std::get_if<Pad>(&op))
        return pad->value == 0;
    return keepsGrid(op);
}

} // namespace halftone
