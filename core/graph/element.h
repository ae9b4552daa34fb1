// SPDX-License-Identifier: GPL-3.0-or-later
// The C++ types behind ElementType, and conversion between them. Used by tensor conversion and evaluation.
#pragma once

#include "core/base/checked.h"
#include "core/base/error.h"
#include "core/graph/tensor.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <type_traits>
#include <utility>

namespace halftone {

/// `x` rounded to the nearest number with `mantissaBits` explicit bits, ties to even, no exponent below
/// `minExponent` (subnormals). The result is a float whenever the format is narrower than float.
inline double roundToBits(double x, int mantissaBits, int minExponent) {
    if (x == 0 || !std::isfinite(x))
        return x;
    const int exponent = std::max(std::ilogb(x), minExponent) - mantissaBits;
    return std::ldexp(std::nearbyint(std::ldexp(x, -exponent)), exponent);
}

/// IEEE binary16.
struct Float16 {
    uint16_t bits = 0;

    Float16() = default;
    explicit Float16(double x) {
        const uint16_t sign = std::signbit(x) ? 0x8000 : 0;
        const double magnitude = std::abs(roundToBits(x, 10, -14));
        if (std::isnan(x))
            bits = sign | 0x7E00;
        else if (magnitude > 65504)
            bits = sign | 0x7C00;
        else if (magnitude < 0x1p-14)
            bits = static_cast<uint16_t>(sign | static_cast<uint16_t>(magnitude * 0x1p24));
        else // rebase the exponent from 127 to 15 and drop the 13 mantissa bits that are zero now
            bits = static_cast<uint16_t>(
                sign | ((std::bit_cast<uint32_t>(static_cast<float>(magnitude)) - (112U << 23)) >> 13));
    }
    operator float() const {
        // Branch-free, so that loops over whole tensors vectorize. A subnormal gets an exponent of its own
        // first, whose value is then subtracted.
        const uint32_t exponent = bits & 0x7C00U;
        const uint32_t shifted = ((bits & 0x7FFFU) << 13) + (112U << 23);
        const uint32_t special = shifted + (112U << 23);
        const uint32_t subnormal =
            std::bit_cast<uint32_t>(std::bit_cast<float>(shifted + (1U << 23)) - std::bit_cast<float>(113U << 23));
        const uint32_t magnitude = exponent == 0x7C00U ? special : exponent == 0 ? subnormal : shifted;
        return std::bit_cast<float>(magnitude | (static_cast<uint32_t>(bits & 0x8000U) << 16));
    }
};

/// The upper half of a float.
struct BFloat16 {
    uint16_t bits = 0;

    BFloat16() = default;
    explicit BFloat16(double x) {
        const float rounded = static_cast<float>(roundToBits(x, 7, -126));
        bits = std::isnan(x) ? uint16_t{0x7FC0} : static_cast<uint16_t>(std::bit_cast<uint32_t>(rounded) >> 16);
    }
    operator float() const { return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16); }
};

/// A byte that is false when 0 and true otherwise; files hold other values than 0 and 1.
struct Bool8 {
    uint8_t byte = 0;
    operator bool() const { return byte != 0; }
};

template <class T>
inline constexpr bool isFloatElement =
    std::is_floating_point_v<T> || std::is_same_v<T, Float16> || std::is_same_v<T, BFloat16>;

/// The C++ value of an element, ready for arithmetic: float for the 16-bit floats, bool for Bool8.
template <class T> auto arithmetic(T x) {
    if constexpr (std::is_same_v<T, Float16> || std::is_same_v<T, BFloat16>)
        return static_cast<float>(x);
    else if constexpr (std::is_same_v<T, Bool8>)
        return static_cast<bool>(x);
    else
        return x;
}

/// ONNX Cast of an arithmetic value: floats are truncated towards zero, and saturate, where C++ has no answer
/// (NaN gives 0); integers wrap; everything but 0 is true.
template <class To, class From> To convertElement(From x) {
    if constexpr (std::is_same_v<To, Bool8>)
        return Bool8{static_cast<uint8_t>(x != From{} ? 1 : 0)};
    else if constexpr (std::is_same_v<To, Float16> || std::is_same_v<To, BFloat16>)
        return To(static_cast<double>(x));
    else if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
        // Both limits as powers of two: they are exact in From, unlike the largest integer itself.
        const From upper = std::ldexp(From{1}, std::numeric_limits<To>::digits);
        if (std::isnan(x))
            return To{0};
        if (x >= upper)
            return std::numeric_limits<To>::max();
        if (x <= static_cast<From>(std::numeric_limits<To>::lowest()))
            return std::numeric_limits<To>::lowest();
        return static_cast<To>(x);
    } else
        return static_cast<To>(x);
}

/// Calls f(std::type_identity<T>{}) with the C++ type of `type`.
template <class F> decltype(auto) visitType(ElementType type, F&& f) {
    switch (type) {
    case ElementType::F32: return f(std::type_identity<float>{});
    case ElementType::F16: return f(std::type_identity<Float16>{});
    case ElementType::BF16: return f(std::type_identity<BFloat16>{});
    case ElementType::F64: return f(std::type_identity<double>{});
    case ElementType::S8: return f(std::type_identity<int8_t>{});
    case ElementType::U8: return f(std::type_identity<uint8_t>{});
    case ElementType::S16: return f(std::type_identity<int16_t>{});
    case ElementType::U16: return f(std::type_identity<uint16_t>{});
    case ElementType::S32: return f(std::type_identity<int32_t>{});
    case ElementType::U32: return f(std::type_identity<uint32_t>{});
    case ElementType::S64: return f(std::type_identity<int64_t>{});
    case ElementType::U64: return f(std::type_identity<uint64_t>{});
    case ElementType::Bool: return f(std::type_identity<Bool8>{});
    }
    throw Error(ErrorCode::Internal, "An element type is out of range. Please report this.");
}

inline bool isFloatType(ElementType type) {
    return type == ElementType::F32 || type == ElementType::F16 || type == ElementType::BF16 ||
           type == ElementType::F64;
}

/// The elements of a constant as T, which must be the type of the tensor.
template <class T> std::span<const T> elementsAs(const Tensor& tensor) {
    return {reinterpret_cast<const T*>(tensor.bytes.data()), tensor.bytes.size() / sizeof(T)};
}

/// A tensor of the elements that f(i) returns, as T.
template <class T, class F> Tensor makeTensor(ElementType type, Shape shape, F&& f) {
    const auto count = static_cast<size_t>(elementCount(shape));
    std::vector<std::byte> bytes(count * sizeof(T));
    T* data = reinterpret_cast<T*>(bytes.data());
    for (size_t i = 0; i < count; ++i)
        data[i] = f(i);
    return Tensor::fromBytes(type, std::move(shape), std::move(bytes));
}

/// `tensor` with its elements converted by convertElement().
Tensor castTensor(const Tensor& tensor, ElementType to);
/// A tensor of `type` made from arithmetic results by convertElement().
Tensor tensorFromDoubles(ElementType type, Shape shape, std::span<const double> values);

} // namespace halftone
