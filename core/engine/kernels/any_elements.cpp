// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/kernels/any_elements.h"

#include "core/base/checked.h"
#include "core/base/error.h"
#include "core/graph/element.h"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>
#include <ranges>
#include <type_traits>

namespace halftone::engine {

namespace {

constexpr int64_t kBlock = 4096;           // elements that a thread takes at a time
constexpr int64_t kWorthThreads = 1 << 15; // elements

using Pointers = std::array<const std::byte*, kMostOperands>;
using Steps = std::array<int64_t, kMostOperands>;

template <class T> const T* as(const std::byte* at) {
    return reinterpret_cast<const T*>(at);
}

/// Loops of their own for the usual steps, so that the compiler uses vectors.
template <class A, class B, class Y, class F>
void combineRow(int64_t count, const A* a, int64_t stepA, const B* b, int64_t stepB, Y* y, const F& f) {
    if (stepA == 1 && stepB == 1)
        for (int64_t i = 0; i < count; ++i)
            y[i] = f(a[i], b[i]);
    else if (stepA == 1 && stepB == 0)
        for (int64_t i = 0; i < count; ++i)
            y[i] = f(a[i], *b);
    else
        for (int64_t i = 0; i < count; ++i)
            y[i] = f(a[i * stepA], b[i * stepB]);
}

template <class T, class Y, class F>
void binaryRow(int64_t count, const Pointers& at, const Steps& steps, std::byte* y) {
    combineRow(count, as<T>(at[0]), steps[0], as<T>(at[1]), steps[1], reinterpret_cast<Y*>(y),
               [](T a, T b) { return F()(a, b); });
}

Bool8 boolOf(bool value) {
    return {static_cast<uint8_t>(value)};
}

struct IsEqual {
    template <class T> Bool8 operator()(T a, T b) const { return boolOf(arithmetic(a) == arithmetic(b)); }
};
struct IsLess {
    template <class T> Bool8 operator()(T a, T b) const { return boolOf(arithmetic(a) < arithmetic(b)); }
};
struct IsLessOrEqual {
    template <class T> Bool8 operator()(T a, T b) const { return boolOf(arithmetic(a) <= arithmetic(b)); }
};
struct IsGreater {
    template <class T> Bool8 operator()(T a, T b) const { return boolOf(arithmetic(a) > arithmetic(b)); }
};
struct IsGreaterOrEqual {
    template <class T> Bool8 operator()(T a, T b) const { return boolOf(arithmetic(a) >= arithmetic(b)); }
};
struct BothTrue {
    Bool8 operator()(Bool8 a, Bool8 b) const { return boolOf(a && b); }
};
struct OneTrue {
    Bool8 operator()(Bool8 a, Bool8 b) const { return boolOf(a || b); }
};
struct Differ {
    Bool8 operator()(Bool8 a, Bool8 b) const { return boolOf(static_cast<bool>(a) != static_cast<bool>(b)); }
};
/// Whole numbers wrap.
struct Sum {
    template <class T> T operator()(T a, T b) const {
        using U = std::make_unsigned_t<T>;
        return static_cast<T>(static_cast<U>(a) + static_cast<U>(b));
    }
};
struct Difference {
    template <class T> T operator()(T a, T b) const {
        using U = std::make_unsigned_t<T>;
        return static_cast<T>(static_cast<U>(a) - static_cast<U>(b));
    }
};
struct Product {
    template <class T> T operator()(T a, T b) const {
        using U = std::make_unsigned_t<T>;
        return static_cast<T>(static_cast<U>(a) * static_cast<U>(b));
    }
};
struct CommonBits {
    template <class T> T operator()(T a, T b) const { return static_cast<T>(a & b); }
};
struct AllBits {
    template <class T> T operator()(T a, T b) const { return static_cast<T>(a | b); }
};
struct DifferingBits {
    template <class T> T operator()(T a, T b) const { return static_cast<T>(a ^ b); }
};
struct Smaller {
    template <class T> T operator()(T a, T b) const { return std::min(a, b); }
};
struct Larger {
    template <class T> T operator()(T a, T b) const { return std::max(a, b); }
};

template <class T> RowKernel comparison(BinaryKind kind) {
    switch (kind) {
    case BinaryKind::Equal: return binaryRow<T, Bool8, IsEqual>;
    case BinaryKind::Less: return binaryRow<T, Bool8, IsLess>;
    case BinaryKind::LessOrEqual: return binaryRow<T, Bool8, IsLessOrEqual>;
    case BinaryKind::Greater: return binaryRow<T, Bool8, IsGreater>;
    case BinaryKind::GreaterOrEqual: return binaryRow<T, Bool8, IsGreaterOrEqual>;
    default: return nullptr;
    }
}

template <class T> RowKernel wholeNumbers(BinaryKind kind) {
    switch (kind) {
    case BinaryKind::Add: return binaryRow<T, T, Sum>;
    case BinaryKind::Sub: return binaryRow<T, T, Difference>;
    case BinaryKind::Mul: return binaryRow<T, T, Product>;
    case BinaryKind::Min: return binaryRow<T, T, Smaller>;
    case BinaryKind::Max: return binaryRow<T, T, Larger>;
    case BinaryKind::BitwiseAnd: return binaryRow<T, T, CommonBits>;
    case BinaryKind::BitwiseOr: return binaryRow<T, T, AllBits>;
    case BinaryKind::BitwiseXor: return binaryRow<T, T, DifferingBits>;
    default: return comparison<T>(kind);
    }
}

RowKernel logical(BinaryKind kind) {
    switch (kind) {
    case BinaryKind::And: return binaryRow<Bool8, Bool8, BothTrue>;
    case BinaryKind::Or: return binaryRow<Bool8, Bool8, OneTrue>;
    case BinaryKind::Xor: return binaryRow<Bool8, Bool8, Differ>;
    case BinaryKind::Equal: return binaryRow<Bool8, Bool8, IsEqual>;
    default: return nullptr;
    }
}

template <class From, class To> void castRow(int64_t count, const Pointers& at, const Steps& steps, std::byte* y) {
    const From* x = as<From>(at[0]);
    To* result = reinterpret_cast<To*>(y);
    for (int64_t i = 0; i < count; ++i)
        result[i] = convertElement<To>(arithmetic(x[i * steps[0]]));
}

template <class From> RowKernel castFrom(ElementType to) {
    switch (to) {
    case ElementType::F32: return castRow<From, float>;
    case ElementType::S32: return castRow<From, int32_t>;
    case ElementType::S64: return castRow<From, int64_t>;
    case ElementType::U8: return castRow<From, uint8_t>;
    case ElementType::S8: return castRow<From, int8_t>;
    case ElementType::Bool: return castRow<From, Bool8>;
    default: return nullptr;
    }
}

/// Elements of one size are alike to what only moves them.
template <class T> void whereRow(int64_t count, const Pointers& at, const Steps& steps, std::byte* y) {
    const Bool8* condition = as<Bool8>(at[0]);
    const T *a = as<T>(at[1]), *b = as<T>(at[2]);
    T* result = reinterpret_cast<T*>(y);
    for (int64_t i = 0; i < count; ++i)
        result[i] = condition[i * steps[0]] ? a[i * steps[1]] : b[i * steps[2]];
}

template <class T, bool point> void dequantizeRow(int64_t count, const Pointers& at, const Steps& steps, std::byte* y) {
    const T *codes = as<T>(at[0]), *points = as<T>(at[2]);
    const float* scales = as<float>(at[1]);
    float* result = reinterpret_cast<float*>(y);
    for (int64_t i = 0; i < count; ++i) {
        const auto code = static_cast<int64_t>(codes[i * steps[0]]);
        const int64_t steps64 = point ? code - static_cast<int64_t>(points[i * steps[2]]) : code;
        result[i] = static_cast<float>(static_cast<double>(steps64) * static_cast<double>(scales[i * steps[1]]));
    }
}

template <class T> RowKernel dequantize(bool hasZeroPoint) {
    return hasZeroPoint ? dequantizeRow<T, true> : dequantizeRow<T, false>;
}

template <class T> void pickElements(const std::vector<int32_t>& positions, const T* src, T* dst) {
    const auto count = static_cast<int64_t>(positions.size());
#pragma omp parallel for if (count > kWorthThreads)
    for (int64_t i = 0; i < count; ++i)
        dst[i] = src[positions[static_cast<size_t>(i)]];
}

int64_t positionOf(int64_t index, int64_t size, const std::string& layer) {
    if (index < -size || index >= size)
        throw Error(
            ErrorCode::BadInput,
            fmt::format("{}: its index {} is outside the {} elements that it picks from. Check the input of the "
                        "network.",
                        layer, index, size),
            layer);
    return index < 0 ? index + size : index;
}

} // namespace

RowSteps rowSteps(const TensorType& result, const std::vector<TensorType>& operands) {
    RowSteps broadcast;
    broadcast.resultBytes = sizeOf(result.type);
    const size_t rank = result.shape.size();
    std::array<std::vector<int64_t>, kMostOperands> steps;
    for (size_t operand = 0; operand < operands.size(); ++operand) {
        broadcast.bytes[operand] = sizeOf(operands[operand].type);
        Shape shape = operands[operand].shape;
        shape.insert(shape.begin(), rank - shape.size(), 1);
        steps[operand].resize(rank);
        int64_t step = 1;
        for (size_t dim = rank; dim-- > 0; step *= shape[dim])
            steps[operand][dim] = shape[dim] == 1 ? 0 : step;
    }
    // A dimension joins the one before it where no operand notices the border.
    for (size_t dim = 0; dim < rank; ++dim) {
        if (result.shape[dim] == 1)
            continue;
        const bool joins = !broadcast.sizes.empty() &&
                           std::ranges::all_of(std::views::iota(size_t{0}, operands.size()), [&](size_t i) {
                               return broadcast.steps[i].back() == steps[i][dim] * result.shape[dim];
                           });
        if (joins)
            broadcast.sizes.back() *= result.shape[dim];
        else
            broadcast.sizes.push_back(result.shape[dim]);
        for (size_t i = 0; i < operands.size(); ++i) {
            if (joins)
                broadcast.steps[i].back() = steps[i][dim];
            else
                broadcast.steps[i].push_back(steps[i][dim]);
        }
    }
    if (broadcast.sizes.empty()) {
        broadcast.sizes = {1};
        for (std::vector<int64_t>& step : broadcast.steps)
            step = {0};
    }
    for (size_t i = operands.size(); i < kMostOperands; ++i)
        broadcast.steps[i].assign(broadcast.sizes.size(), 0);
    return broadcast;
}

RowKernel binaryKernel(BinaryKind kind, ElementType type) {
    switch (type) {
    case ElementType::F32: return comparison<float>(kind);
    case ElementType::S32: return wholeNumbers<int32_t>(kind);
    case ElementType::S64: return wholeNumbers<int64_t>(kind);
    case ElementType::Bool: return logical(kind);
    default: return nullptr;
    }
}

RowKernel notKernel() {
    return [](int64_t count, const Pointers& at, const Steps& steps, std::byte* y) {
        for (int64_t i = 0; i < count; ++i)
            reinterpret_cast<Bool8*>(y)[i] = boolOf(!as<Bool8>(at[0])[i * steps[0]]);
    };
}

RowKernel castKernel(ElementType from, ElementType to) {
    switch (from) {
    case ElementType::F32: return castFrom<float>(to);
    case ElementType::S32: return castFrom<int32_t>(to);
    case ElementType::S64: return castFrom<int64_t>(to);
    case ElementType::U8: return castFrom<uint8_t>(to);
    case ElementType::S8: return castFrom<int8_t>(to);
    case ElementType::Bool: return castFrom<Bool8>(to);
    default: return nullptr;
    }
}

RowKernel whereKernel(size_t elementBytes) {
    switch (elementBytes) {
    case 1: return whereRow<uint8_t>;
    case 2: return whereRow<uint16_t>;
    case 4: return whereRow<uint32_t>;
    case 8: return whereRow<uint64_t>;
    default: return nullptr;
    }
}

RowKernel dequantizeKernel(ElementType codes, bool hasZeroPoint) {
    switch (codes) {
    case ElementType::U8: return dequantize<uint8_t>(hasZeroPoint);
    case ElementType::S8: return dequantize<int8_t>(hasZeroPoint);
    case ElementType::S32: return dequantize<int32_t>(hasZeroPoint);
    default: return nullptr;
    }
}

void runRows(const RowSteps& broadcast, RowKernel kernel, const Pointers& operands, std::byte* result) {
    const int64_t inner = broadcast.sizes.back(), blocks = (inner + kBlock - 1) / kBlock;
    int64_t rows = 1;
    for (size_t i = 0; i + 1 < broadcast.sizes.size(); ++i)
        rows *= broadcast.sizes[i];
    Steps steps{};
    for (size_t i = 0; i < kMostOperands; ++i)
        steps[i] = broadcast.steps[i].back();
#pragma omp parallel for collapse(2) if (rows * inner > kWorthThreads)
    for (int64_t row = 0; row < rows; ++row)
        for (int64_t block = 0; block < blocks; ++block) {
            const int64_t begin = block * kBlock;
            Pointers at = operands;
            for (size_t i = 0; i < kMostOperands; ++i) {
                int64_t rest = row, offset = begin * steps[i];
                for (size_t dim = broadcast.sizes.size() - 1; dim-- > 0; rest /= broadcast.sizes[dim])
                    offset += rest % broadcast.sizes[dim] * broadcast.steps[i][dim];
                if (at[i])
                    at[i] += offset * static_cast<int64_t>(broadcast.bytes[i]);
            }
            kernel(std::min(kBlock, inner - begin), at, steps,
                   result + (row * inner + begin) * static_cast<int64_t>(broadcast.resultBytes));
        }
}

void pick(const std::vector<int32_t>& positions, size_t elementBytes, const std::byte* src, std::byte* dst) {
    switch (elementBytes) {
    case 1: return pickElements(positions, as<uint8_t>(src), reinterpret_cast<uint8_t*>(dst));
    case 2: return pickElements(positions, as<uint16_t>(src), reinterpret_cast<uint16_t*>(dst));
    case 4: return pickElements(positions, as<uint32_t>(src), reinterpret_cast<uint32_t*>(dst));
    default: return pickElements(positions, as<uint64_t>(src), reinterpret_cast<uint64_t*>(dst));
    }
}

template <class Index>
void gatherRows(const GatherRows& params, const std::byte* data, const Index* indices, std::byte* dst) {
    for (int64_t i = 0; i < params.count; ++i)
        positionOf(indices[i], params.size, params.layer);
    const int64_t rows = params.outer * params.count;
#pragma omp parallel for if (rows * static_cast <int64_t>(params.rowBytes) > 4 * kWorthThreads)
    for (int64_t row = 0; row < rows; ++row) {
        const int64_t outer = row / params.count, index = indices[row % params.count];
        const int64_t from = outer * params.size + (index < 0 ? index + params.size : index);
        std::memcpy(dst + static_cast<size_t>(row) * params.rowBytes,
                    data + static_cast<size_t>(from) * params.rowBytes, params.rowBytes);
    }
}
template void gatherRows(const GatherRows&, const std::byte*, const int32_t*, std::byte*);
template void gatherRows(const GatherRows&, const std::byte*, const int64_t*, std::byte*);

void scatterParts(const ScatterParts& params, const std::byte* data, const int64_t* indices, const std::byte* updates,
                  std::byte* dst) {
    std::memcpy(dst, data, static_cast<size_t>(elementCount(params.shape)) * params.elementBytes);
    for (int64_t row = 0; row < params.count; ++row) {
        int64_t at = 0;
        for (size_t dim = 0; dim < params.shape.size(); ++dim) {
            at *= params.shape[dim];
            if (dim < params.named)
                at +=
                    positionOf(indices[static_cast<size_t>(row) * params.named + dim], params.shape[dim], params.layer);
        }
        std::memcpy(dst + static_cast<size_t>(at) * params.elementBytes,
                    updates + static_cast<size_t>(row) * params.partBytes, params.partBytes);
    }
}

} // namespace halftone::engine
