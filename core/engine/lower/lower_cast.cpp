// SPDX-License-Identifier: GPL-3.0-or-later
// Halves that a network is given or gives away; inside it they are fp32 (passes).
#include "core/engine/lower/lower.h"

#include "core/base/text.h"
#include "core/base/vectors.h"
#include "core/graph/element.h"

#include <algorithm>
#include <fmt/format.h>

namespace halftone::engine {

namespace {

constexpr const char* kCastKernel = "halftone:cast";

constexpr int64_t kBlock = 4096; // elements of one thread at a time

HALFTONE_VECTORS void convertBlock(int64_t count, const Float16* src, float* dst) {
    for (int64_t i = 0; i < count; ++i)
        dst[i] = src[i];
}
HALFTONE_VECTORS void convertBlock(int64_t count, const BFloat16* src, float* dst) {
    for (int64_t i = 0; i < count; ++i)
        dst[i] = src[i];
}
template <class To> void convertBlock(int64_t count, const float* src, To* dst) {
    for (int64_t i = 0; i < count; ++i)
        dst[i] = To(src[i]);
}

template <class From, class To> void convert(int64_t count, const std::byte* from, std::byte* to) {
    const From* src = reinterpret_cast<const From*>(from);
    To* dst = reinterpret_cast<To*>(to);
#pragma omp parallel for
    for (int64_t begin = 0; begin < count; begin += kBlock)
        convertBlock(std::min(kBlock, count - begin), src + begin, dst + begin);
}

using Convert = void (*)(int64_t, const std::byte*, std::byte*);

Convert conversion(ElementType from, ElementType to) {
    if (from == ElementType::F16 && to == ElementType::F32)
        return convert<Float16, float>;
    if (from == ElementType::BF16 && to == ElementType::F32)
        return convert<BFloat16, float>;
    if (from == ElementType::F32 && to == ElementType::F16)
        return convert<float, Float16>;
    if (from == ElementType::F32 && to == ElementType::BF16)
        return convert<float, BFloat16>;
    return nullptr;
}

} // namespace

void lowerCast(Builder& builder) {
    const Graph& graph = builder.graph();
    const Node& node = builder.node();
    const Value &x = graph.value(node.inputs[0]), &y = graph.value(node.output());
    const Convert convert = conversion(x.type, y.type);
    if (!convert || elementCount(x.shape) == 0) {
        lowerAny(builder);
        return;
    }
    const std::string need = fmt::format("{} converts fp32 in the order of the file.", displayText(node.name));
    const Form source = x.type == ElementType::F32
                            ? builder.require(node.inputs[0], rowMajor(x.shape, DataType::f32), std::nullopt, need)
                            : builder.form(node.inputs[0]);
    const Form result = builder.define(node.output(), plainDesc(y), std::nullopt);
    builder.addKernel(
        builder.describe(kCastKernel, "fp32", {node.inputs[0]}, {source}, result), {source, result},
        [convert, count = elementCount(x.shape)](const std::vector<std::byte*>& at) {
            return [convert, count, at] { convert(count, at[0], at[1]); };
        },
        y.type == ElementType::F32 ? node.output() : kNoValue, result);
}

} // namespace halftone::engine
