// SPDX-License-Identifier: GPL-3.0-or-later
// Operators on elements of any type, which oneDNN has no kernels for: comparisons, choices, conversions, and what picks
// elements by positions that are known when it runs.
#pragma once

#include "core/graph/op.h"
#include "core/graph/tensor.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace halftone::engine {

inline constexpr size_t kMostOperands = 3;

/// Operands that broadcast to a result, row by row.
struct RowSteps {
    std::vector<int64_t> sizes;                            // of the result's dimensions, at least one, the last fastest
    std::array<std::vector<int64_t>, kMostOperands> steps; // of each operand along them, in elements
    std::array<size_t, kMostOperands> bytes{};             // of an element of each operand
    size_t resultBytes = 0;                                // of an element of the result
};
/// `operands` have at most the result's dimensions. Dimensions that all operands step through alike are one.
RowSteps rowSteps(const TensorType& result, const std::vector<TensorType>& operands);

/// `count` elements of a result; operand i stands at at[i], and its elements are steps[i] apart.
using RowKernel = void (*)(int64_t count, const std::array<const std::byte*, kMostOperands>& at,
                           const std::array<int64_t, kMostOperands>& steps, std::byte* result);

/// Each is null where there is no such kernel. They compute what graph/evaluate does.
/// Comparisons, And, Or, Xor; of whole numbers Add, Sub, Mul, Min, Max and bits. Both operands have this type.
RowKernel binaryKernel(BinaryKind kind, ElementType type);
RowKernel notKernel();
RowKernel castKernel(ElementType from, ElementType to);
/// Condition, a, b.
RowKernel whereKernel(size_t elementBytes);
/// Codes, scale (f32), zero point (of the codes' type, may be absent): fp32.
RowKernel dequantizeKernel(ElementType codes, bool hasZeroPoint);

void runRows(const RowSteps& broadcast, RowKernel kernel, const std::array<const std::byte*, kMostOperands>& operands,
             std::byte* result);

/// dst[i] = src[positions[i]], elements of 1, 2, 4 or 8 bytes.
void pick(const std::vector<int32_t>& positions, size_t elementBytes, const std::byte* src, std::byte* dst);

/// Dimension `axis` of the data is replaced by what `indices` name: `outer` times so many rows of `rowBytes` out of
/// `size`. Negative indices count from the end. Throws Error{BadInput} for one that names nothing.
struct GatherRows {
    int64_t outer = 1, size = 1, count = 1;
    size_t rowBytes = 0;
    std::string layer; // for the error
};
template <class Index>
void gatherRows(const GatherRows& params, const std::byte* data, const Index* indices, std::byte* dst);
extern template void gatherRows(const GatherRows&, const std::byte*, const int32_t*, std::byte*);
extern template void gatherRows(const GatherRows&, const std::byte*, const int64_t*, std::byte*);

/// dst = data with `count` parts of `partBytes` replaced; the part of row i begins at the element that its `named`
/// indices name in the first dimensions of `shape`.
struct ScatterParts {
    Shape shape;
    size_t named = 1, elementBytes = 4;
    int64_t count = 0;
    size_t partBytes = 0;
    std::string layer; // for the error
};
void scatterParts(const ScatterParts& params, const std::byte* data, const int64_t* indices, const std::byte* updates,
                  std::byte* dst);

} // namespace halftone::engine
