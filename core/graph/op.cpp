// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/graph/op.h"

namespace halftone {

Op::Op() = default;
Op::Op(const Op& other) = default;
Op::Op(Op&& other) noexcept = default;
Op& Op::operator=(const Op& other) = default;
Op& Op::operator=(Op&& other) noexcept = default;
Op::~Op() = default;

bool operator==(const Op& a, const Op& b) {
    return static_cast<const OpVariant&>(a) == static_cast<const OpVariant&>(b);
}

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
    case UnaryKind::Tan: return "Tan";
    case UnaryKind::Sinh: return "Sinh";
    case UnaryKind::Cosh: return "Cosh";
    case UnaryKind::Asin: return "Asin";
    case UnaryKind::Acos: return "Acos";
    case UnaryKind::Atan: return "Atan";
    case UnaryKind::Asinh: return "Asinh";
    case UnaryKind::Acosh: return "Acosh";
    case UnaryKind::Atanh: return "Atanh";
    case UnaryKind::Shrink: return "Shrink";
    case UnaryKind::Not: return "Not";
    case UnaryKind::BitwiseNot: return "BitwiseNot";
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
    case BinaryKind::TruncMod: return "TruncMod";
    case BinaryKind::Equal: return "Equal";
    case BinaryKind::Less: return "Less";
    case BinaryKind::LessOrEqual: return "LessOrEqual";
    case BinaryKind::Greater: return "Greater";
    case BinaryKind::GreaterOrEqual: return "GreaterOrEqual";
    case BinaryKind::And: return "And";
    case BinaryKind::Or: return "Or";
    case BinaryKind::Xor: return "Xor";
    case BinaryKind::BitwiseAnd: return "BitwiseAnd";
    case BinaryKind::BitwiseOr: return "BitwiseOr";
    case BinaryKind::BitwiseXor: return "BitwiseXor";
    case BinaryKind::ShiftLeft: return "ShiftLeft";
    case BinaryKind::ShiftRight: return "ShiftRight";
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

const char* nameOf(RecurrentKind kind) {
    switch (kind) {
    case RecurrentKind::Rnn: return "RNN";
    case RecurrentKind::Gru: return "GRU";
    case RecurrentKind::Lstm: return "LSTM";
    }
    return "Recurrent";
}

int64_t gatesOf(RecurrentKind kind) {
    return kind == RecurrentKind::Lstm ? 4 : kind == RecurrentKind::Gru ? 3 : 1;
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

bool isBitwise(BinaryKind kind) {
    switch (kind) {
    case BinaryKind::BitwiseAnd:
    case BinaryKind::BitwiseOr:
    case BinaryKind::BitwiseXor:
    case BinaryKind::ShiftLeft:
    case BinaryKind::ShiftRight: return true;
    default: return false;
    }
}

bool isGlobalAverage(const Op& op) {
    const auto* pool = std::get_if<Pool>(&op);
    return pool && pool->global && pool->kind != PoolKind::Max;
}

} // namespace halftone
