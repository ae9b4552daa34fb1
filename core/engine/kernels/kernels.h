// SPDX-License-Identifier: GPL-3.0-or-later
// The few kernels that oneDNN lacks. Plain pointers, no allocation, parallel over the OpenMP team.
#pragma once

#include "core/graph/graph.h"

#include <array>
#include <cstddef>
#include <functional>
#include <optional>

namespace halftone::engine {

/// Mean over all positions of a channels-last tensor of codes; oneDNN's int8 pooling would keep the input's grid, and
/// the mean of a wide range on that grid loses most of its bits just before the classifier.
struct GlobalAverage {
    int64_t batch, channels, positions;
    QuantParams src;
    std::optional<QuantParams> dst; // absent: fp32
};
void globalAverage(const GlobalAverage& params, const std::byte* src, std::byte* dst);

/// dst[i] = the value of the code of src[i] on this grid, 8-bit rounding done in fp32. With several scales, `run`
/// elements of one channel stand beside each other, then those of the next one, and so on in turn. A value that is no
/// number stays none.
void fakeQuantize(const QuantParams& grid, int64_t run, int64_t count, const float* src, float* dst);

/// Any function of one 8-bit code: 256 results, one for each code.
using CodeTable = std::array<uint8_t, 256>;
CodeTable codeTable(const Unary& op, const QuantParams& src, const QuantParams& dst);
void lookUp(const CodeTable& table, int64_t count, const std::byte* src, std::byte* dst);

/// Element-wise operation on codes of any grids, then activations, rounded once at the end; oneDNN's takes no zero
/// points.
struct CombineCodes {
    BinaryKind kind;
    std::vector<Unary> activations;
    QuantParams left, right, dst;
};
/// `right` holds one value for each channel, of each sample or of all, and is repeated over `positions`; channels last.
struct RepeatedCodes {
    int64_t batch = 1, positions = 1, channels = 1;
    bool sampleBySample = true;
    std::vector<float> constants = {}; // of each channel, in place of the codes
};
void combineRepeated(const CombineCodes& params, const RepeatedCodes& repeated, const std::byte* left,
                     const std::byte* right, std::byte* dst);
void combineCodes(const CombineCodes& params, int64_t count, const std::byte* left, const std::byte* right,
                  std::byte* dst);

/// The product or sum of each value with that of its channel (`right`), channels last.
void combineWithChannels(BinaryKind kind, const RepeatedCodes& repeated, const float* left, const float* right,
                         float* dst);

/// values[i] = op(values[i]), on the calling thread.
void activate(const Unary& op, int64_t count, float* values);

/// (code - zeroPoint) * scale of codes that are U8 or S8.
void codesToFloats(ElementType storage, int32_t zeroPoint, float scale, int64_t count, const std::byte* codes,
                   float* values);

/// dst[i] = op(src[i]).
void mapFloats(const Unary& op, int64_t count, const float* src, float* dst);

/// Element-wise operation with numpy broadcasting, then activations; strides are in elements, 0 where an operand is
/// repeated.
struct Broadcast {
    BinaryKind kind;
    std::vector<Unary> activations;
    Shape dims;
    std::vector<int64_t> leftStrides, rightStrides;
};
void broadcast(const Broadcast& params, const float* left, const float* right, float* dst);

/// One element of each operator, in fp32: what the kernels above apply.
float applyUnary(const Unary& op, float x);
float applyBinary(BinaryKind kind, float a, float b);

} // namespace halftone::engine
