// SPDX-License-Identifier: GPL-3.0-or-later
// Operators that compute each element of the result from the elements at its place.
#include "core/graph/evaluate_rules.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <numbers>

namespace halftone {

namespace {

double sigmoid(double x) {
    return 1 / (1 + std::exp(-x));
}

/// log(1 + exp(x)) without overflow.
double softplus(double x) {
    return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x)));
}

double hardSigmoid(const Unary& op, double x) {
    return std::min(std::max(static_cast<double>(op.alpha) * x + op.beta, 0.0), 1.0);
}

double shrunk(const Unary& op, double x) {
    return x > op.alpha ? x - op.beta : x < -op.alpha ? x + op.beta : 0;
}

double applyBinary(BinaryKind kind, double a, double b) {
    switch (kind) {
    case BinaryKind::Add: return a + b;
    case BinaryKind::Sub: return a - b;
    case BinaryKind::Mul: return a * b;
    case BinaryKind::Div: return a / b;
    case BinaryKind::Min: return std::isnan(a) || a < b ? a : b;
    case BinaryKind::Max: return std::isnan(a) || a > b ? a : b;
    case BinaryKind::Pow: return std::pow(a, b);
    case BinaryKind::PRelu: return a < 0 ? b * a : a;
    case BinaryKind::FloorDiv: return std::floor(a / b);
    case BinaryKind::FloorMod: return a - b * std::floor(a / b);
    case BinaryKind::TruncMod: return std::fmod(a, b);
    default: return 0; // comparisons are compared(), bits are whole numbers
    }
}

template <class T> bool compared(BinaryKind kind, T a, T b) {
    switch (kind) {
    case BinaryKind::Equal: return a == b;
    case BinaryKind::Less: return a < b;
    case BinaryKind::LessOrEqual: return a <= b;
    case BinaryKind::Greater: return a > b;
    case BinaryKind::GreaterOrEqual: return a >= b;
    case BinaryKind::And: return a && b;
    case BinaryKind::Or: return a || b;
    case BinaryKind::Xor: return (a && !b) || (!a && b);
    default: return false;
    }
}

/// Whole numbers wrap around. The arithmetic is done on 64 bits without sign, where wrapping is defined.
template <class T> T wrap(uint64_t x) {
    return static_cast<T>(x);
}

template <class T> T power(T base, T exponent) {
    if constexpr (std::is_signed_v<T>)
        if (exponent < 0) {
            if (base == 0)
                refuse("it raises 0 to a negative power");
            const T odd = static_cast<T>(exponent % 2 == 0 ? 1 : base);
            return base == 1 || base == -1 ? odd : T{0};
        }
    uint64_t result = 1;
    for (uint64_t square = static_cast<uint64_t>(base), left = static_cast<uint64_t>(exponent); left > 0;
         left /= 2, square *= square)
        if (left % 2 == 1)
            result *= square;
    return wrap<T>(result);
}

template <class T> T divided(T a, T b) {
    if (b == 0)
        refuse("it divides a whole number by 0");
    if (std::is_signed_v<T> && b == static_cast<T>(-1))
        return wrap<T>(0 - static_cast<uint64_t>(a));
    return static_cast<T>(a / b);
}

template <class T> T floorDivided(T a, T b) {
    const T towardsZero = divided(a, b);
    const bool exact = wrap<T>(static_cast<uint64_t>(towardsZero) * static_cast<uint64_t>(b)) == a;
    return !exact && (a < T{0}) != (b < T{0}) ? static_cast<T>(towardsZero - 1) : towardsZero;
}

template <class T> T truncMod(T a, T b) {
    return wrap<T>(static_cast<uint64_t>(a) - static_cast<uint64_t>(b) * static_cast<uint64_t>(divided(a, b)));
}

template <class T> T shifted(T a, T places, bool left) {
    if (static_cast<uint64_t>(places) >= 8 * sizeof(T))
        return static_cast<T>(!left && a < T{0} ? -1 : 0);
    return left ? wrap<T>(static_cast<uint64_t>(a) << places) : static_cast<T>(a >> places);
}

template <class T> T applyInteger(BinaryKind kind, T a, T b) {
    const auto x = static_cast<uint64_t>(a);
    const auto y = static_cast<uint64_t>(b);
    switch (kind) {
    case BinaryKind::Add: return wrap<T>(x + y);
    case BinaryKind::Sub: return wrap<T>(x - y);
    case BinaryKind::Mul: return wrap<T>(x * y);
    case BinaryKind::Div: return divided(a, b);
    case BinaryKind::Min: return std::min(a, b);
    case BinaryKind::Max: return std::max(a, b);
    case BinaryKind::Pow: return power(a, b);
    case BinaryKind::PRelu: return a < T{0} ? wrap<T>(x * y) : a;
    case BinaryKind::FloorDiv: return floorDivided(a, b);
    case BinaryKind::FloorMod: return wrap<T>(x - y * static_cast<uint64_t>(floorDivided(a, b)));
    case BinaryKind::TruncMod: return truncMod(a, b);
    case BinaryKind::BitwiseAnd: return wrap<T>(x & y);
    case BinaryKind::BitwiseOr: return wrap<T>(x | y);
    case BinaryKind::BitwiseXor: return wrap<T>(x ^ y);
    case BinaryKind::ShiftLeft: return shifted(a, b, true);
    case BinaryKind::ShiftRight: return shifted(a, b, false);
    default: return T{0};
    }
}

template <class T> T applyInteger(const Unary& op, T x) {
    switch (op.kind) {
    case UnaryKind::Relu: return std::max(x, T{0});
    case UnaryKind::Clip: return std::min(std::max(x, convertElement<T>(op.alpha)), convertElement<T>(op.beta));
    case UnaryKind::Abs: return x < T{0} ? wrap<T>(0 - static_cast<uint64_t>(x)) : x;
    case UnaryKind::Neg: return wrap<T>(0 - static_cast<uint64_t>(x));
    case UnaryKind::Square: return wrap<T>(static_cast<uint64_t>(x) * static_cast<uint64_t>(x));
    case UnaryKind::Sign: return static_cast<T>(x > T{0} ? 1 : x < T{0} ? -1 : 0);
    case UnaryKind::BitwiseNot: return wrap<T>(~static_cast<uint64_t>(x));
    default: return x; // Floor, Ceil and Round; the shape rules refuse the others
    }
}

/// The type that the second operand is used in: a power of whole numbers by whole numbers stays one.
ElementType powerType(const Binary& op, const Tensor& a, const Tensor& b) {
    return op.kind == BinaryKind::Pow && !isFloatType(b.type) ? a.type : b.type;
}

} // namespace

double applyUnary(const Unary& op, double x) {
    const double alpha = op.alpha;
    switch (op.kind) {
    case UnaryKind::Relu: return std::max(x, 0.0);
    case UnaryKind::LeakyRelu: return x < 0 ? alpha * x : x;
    case UnaryKind::Clip: return std::min(std::max(x, alpha), static_cast<double>(op.beta));
    case UnaryKind::Sigmoid: return sigmoid(x);
    case UnaryKind::Tanh: return std::tanh(x);
    case UnaryKind::Elu: return x < 0 ? alpha * std::expm1(x) : x;
    case UnaryKind::HardSigmoid: return hardSigmoid(op, x);
    case UnaryKind::HardSwish: return x * hardSigmoid(op, x);
    case UnaryKind::Swish: return x * sigmoid(alpha * x);
    case UnaryKind::Gelu: return x * (1 + std::erf(x / std::numbers::sqrt2)) / 2;
    case UnaryKind::GeluTanh:
        return x * (1 + std::tanh(std::sqrt(2 / std::numbers::pi) * (x + 0.044715 * x * x * x))) / 2;
    case UnaryKind::Softplus: return softplus(x);
    case UnaryKind::Mish: return x * std::tanh(softplus(x));
    case UnaryKind::Exp: return std::exp(x);
    case UnaryKind::Log: return std::log(x);
    case UnaryKind::Sqrt: return std::sqrt(x);
    case UnaryKind::Abs: return std::abs(x);
    case UnaryKind::Neg: return -x;
    case UnaryKind::Reciprocal: return 1 / x;
    case UnaryKind::Square: return x * x;
    case UnaryKind::Erf: return std::erf(x);
    case UnaryKind::Floor: return std::floor(x);
    case UnaryKind::Ceil: return std::ceil(x);
    case UnaryKind::Rsqrt: return 1 / std::sqrt(x);
    case UnaryKind::Round: return std::nearbyint(x);
    case UnaryKind::Sign: return x > 0 ? 1 : x < 0 ? -1 : x;
    case UnaryKind::Selu: return op.beta * (x < 0 ? alpha * std::expm1(x) : x);
    case UnaryKind::Celu: return x < 0 ? alpha * std::expm1(x / alpha) : x;
    case UnaryKind::Softsign: return x / (1 + std::abs(x));
    case UnaryKind::ThresholdedRelu: return x > alpha ? x : 0;
    case UnaryKind::Sin: return std::sin(x);
    case UnaryKind::Cos: return std::cos(x);
    case UnaryKind::Tan: return std::tan(x);
    case UnaryKind::Sinh: return std::sinh(x);
    case UnaryKind::Cosh: return std::cosh(x);
    case UnaryKind::Asin: return std::asin(x);
    case UnaryKind::Acos: return std::acos(x);
    case UnaryKind::Atan: return std::atan(x);
    case UnaryKind::Asinh: return std::asinh(x);
    case UnaryKind::Acosh: return std::acosh(x);
    case UnaryKind::Atanh: return std::atanh(x);
    case UnaryKind::Shrink: return shrunk(op, x);
    case UnaryKind::Not: return x == 0;
    case UnaryKind::BitwiseNot: break; // of whole numbers
    }
    return x;
}

Tensor evaluateOp(const Unary& op, const Inputs& inputs, const TensorType& result) {
    if (isFloatType(result.type)) {
        std::vector<double> values = inputs[0]->toDoubles();
        for (double& value : values)
            value = applyUnary(op, value);
        return tensorFromDoubles(result.type, result.shape, values);
    }
    return visitType(result.type, [&]<class T>(std::type_identity<T>) -> Tensor {
        if constexpr (std::is_integral_v<T>) {
            const std::span<const T> x = elementsAs<T>(*inputs[0]);
            return makeTensor<T>(result.type, result.shape, [&](size_t i) { return applyInteger(op, x[i]); });
        } else {
            const std::span<const Bool8> x = elementsAs<Bool8>(*inputs[0]); // the shape rules leave only Not
            return makeTensor<Bool8>(result.type, result.shape, [&](size_t i) { return convertElement<Bool8>(!x[i]); });
        }
    });
}

Tensor evaluateOp(const Binary& op, const Inputs& inputs, const TensorType& result) {
    const Tensor a = expanded(*inputs[0], result.shape);
    const Tensor b = expanded(castTensor(*inputs[1], powerType(op, *inputs[0], *inputs[1])), result.shape);
    if (isComparison(op.kind))
        return visitType(a.type, [&]<class T>(std::type_identity<T>) {
            const std::span<const T> first = elementsAs<T>(a), second = elementsAs<T>(b);
            return makeTensor<Bool8>(result.type, result.shape, [&](size_t i) {
                return convertElement<Bool8>(compared(op.kind, arithmetic(first[i]), arithmetic(second[i])));
            });
        });
    if (op.kind == BinaryKind::Pow && isFloatType(b.type) && !isFloatType(a.type)) {
        std::vector<double> y = a.toDoubles();
        const std::vector<double> powers = b.toDoubles();
        for (size_t i = 0; i < y.size(); ++i)
            y[i] = std::pow(y[i], powers[i]);
        return tensorFromDoubles(result.type, result.shape, y);
    }
    if (isFloatType(result.type) || !op.postOps.empty()) {
        std::vector<double> y = a.toDoubles();
        const std::vector<double> second = b.toDoubles();
        for (size_t i = 0; i < y.size(); ++i)
            y[i] = applyBinary(op.kind, y[i], second[i]);
        applyPostOps(op.postOps, inputs, y);
        return tensorFromDoubles(result.type, result.shape, y);
    }
    return visitType(result.type, [&]<class T>(std::type_identity<T>) -> Tensor {
        if constexpr (std::is_integral_v<T>) {
            const std::span<const T> first = elementsAs<T>(a), second = elementsAs<T>(b);
            return makeTensor<T>(result.type, result.shape,
                                 [&](size_t i) { return applyInteger(op.kind, first[i], second[i]); });
        } else
            refuse("it computes on bool values", ErrorCode::Unsupported);
    });
}

Tensor evaluateOp(const Where&, const Inputs& inputs, const TensorType& result) {
    const Tensor condition = expanded(*inputs[0], result.shape);
    const Tensor a = expanded(*inputs[1], result.shape), b = expanded(*inputs[2], result.shape);
    return visitType(result.type, [&]<class T>(std::type_identity<T>) {
        const std::span<const Bool8> first = elementsAs<Bool8>(condition);
        const std::span<const T> whereTrue = elementsAs<T>(a), whereFalse = elementsAs<T>(b);
        return makeTensor<T>(result.type, result.shape,
                             [&](size_t i) { return first[i] ? whereTrue[i] : whereFalse[i]; });
    });
}

Tensor evaluateOp(const BatchNorm& op, const Inputs& inputs, const TensorType& result) {
    const std::vector<double> scale = inputs[1]->toDoubles(), bias = inputs[2]->toDoubles(),
                              mean = inputs[3]->toDoubles(), variance = inputs[4]->toDoubles();
    std::vector<double> values = inputs[0]->toDoubles();
    const auto inner = static_cast<size_t>(elementCount(std::span(result.shape).subspan(2)));
    for (size_t i = 0; i < values.size(); ++i) {
        const size_t c = i / inner % scale.size();
        values[i] = (values[i] - mean[c]) / std::sqrt(variance[c] + op.epsilon) * scale[c] + bias[c];
    }
    applyPostOps(op.postOps, inputs, values);
    return tensorFromDoubles(result.type, result.shape, values);
}

Tensor evaluateOp(const Cast& op, const Inputs& inputs, const TensorType&) {
    return castTensor(*inputs[0], op.to);
}

} // namespace halftone
