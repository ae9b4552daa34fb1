// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/lower/conv_desc.h"

#include "core/base/checked.h"
#include "core/engine/lower/lower.h"
#include "core/engine/machine/bandwidth.h"
#include "core/graph/infer.h"

#include <algorithm>
#include <omp.h>
#include <string_view>

namespace halftone::engine {

namespace {

/// Of a sample: fewer do not keep a kernel busy for as long as it reads its weights.
constexpr int64_t kFewPositions = 16;

const Shape& shapeOfOutput(const Graph& graph, const Node& node) {
    return graph.value(node.output()).shape;
}

int64_t positionsOf(const Shape& shape) {
    return elementCount(Shape(shape.begin() + 2, shape.end()));
}

bool isSingle(const Shape& weights) {
    return std::all_of(weights.begin() + 2, weights.end(), [](int64_t size) { return size == 1; });
}

Shape asOneRow(const Shape& shape) {
    Shape row(shape.size(), 1);
    row[1] = shape[1];
    row.back() = checkedMul(shape[0], positionsOf(shape), "row");
    return row;
}

bool isDepthwise(const Graph& graph, const Node& node, const Conv& op) {
    return op.groups > 1 && op.groups == graph.value(node.inputs[0]).shape[1];
}

/// Kernels by way of small matrix products, which oneDNN 3 prefers with AVX2 though its older ones, generated for the
/// whole layer, take 3 to 8 % less time for 1x1 convolutions and half of it for depthwise ones (measured on Zen 3, also
/// with one thread). Where there are few positions the small products are the faster ones, unless a single thread reads
/// all weights.
bool isSlowChoice(const Graph& graph, const Node& node, const ConvDesc& desc) {
    const std::string_view kernel = desc.impl_info_str();
    return kernel == "brdgmm_dw:avx2" ||
           (kernel == "brgconv_1x1:avx2" &&
            (positionsOf(shapeOfOutput(graph, node)) >= kFewPositions || omp_get_max_threads() == 1));
}

/// The next generated kernel for the same instruction set, `desc` itself when there is none.
ConvDesc nextGenerated(const ConvDesc& desc) {
    ConvDesc next = desc;
    while (next.next_impl()) {
        const std::string_view kernel = next.impl_info_str();
        if (kernel.starts_with("jit") && kernel.ends_with(":avx2"))
            return next;
    }
    return desc;
}

ConvDesc floatDesc(const Graph& graph, const Node& node, const Conv& op, const HeavyTypes& types,
                   const dnnl::primitive_attr& attr, bool blocked) {
    const Shape &in = graph.value(node.inputs[0]).shape, &out = shapeOfOutput(graph, node);
    const Desc anySrc = anyLayout(in, types.src);
    ConvDesc chosen = describe(graph, node, op, anySrc, types.weights, anyLayout(out, types.dst), attr);
    if (!chosen)
        return chosen;
    if (blocked && std::string_view(chosen.impl_info_str()).ends_with(":avx2"))
        return std::string_view(chosen.impl_info_str()).starts_with("br") ? nextGenerated(chosen) : chosen;
    if (isSlowChoice(graph, node, chosen) && in[1] >= kFewChannels) {
        const ConvDesc last =
            describe(graph, node, op, channelsLast(in, types.src), types.weights, channelsLast(out, types.dst), attr);
        return last ? nextGenerated(last) : chosen;
    }
    if (!isBlocked(chosen.dst_desc()))
        return chosen;
    ConvDesc last = describe(graph, node, op, anySrc, types.weights, channelsLast(out, types.dst), attr);
    const bool sameKernel = last && std::string_view(last.impl_info_str()) == chosen.impl_info_str();
    return sameKernel ? last : chosen;
}

} // namespace

ConvShape convShape(const Graph& graph, const Node& node, const Conv& op) {
    ConvShape shape;
    shape.weights = graph.value(node.inputs[1]).shape;
    if (op.groups > 1) {
        shape.weights[0] /= op.groups;
        shape.weights.insert(shape.weights.begin(), op.groups);
    }
    shape.strides = op.strides;
    const size_t spatial = op.strides.size();
    for (size_t i = 0; i < spatial; ++i) {
        shape.dilations.push_back(op.dilations[i] - 1);
        shape.padBegin.push_back(op.pads[i]);
        shape.padEnd.push_back(op.pads[i + spatial]);
    }
    return shape;
}

bool takesOneRow(const Graph& graph, const Node& node, const Conv& op) {
    const Shape& in = graph.value(node.inputs[0]).shape;
    const auto all = [](const std::vector<int64_t>& values, int64_t wanted) {
        return std::ranges::all_of(values, [&](int64_t value) { return value == wanted; });
    };
    return in[0] > 1 && op.groups == 1 && positionsOf(in) < kFewPositions &&
           isSingle(graph.value(node.inputs[1]).shape) && all(op.strides, 1) && all(op.pads, 0);
}

bool writesBehindResult(const ConvDesc& desc) {
    if (desc.impl_info_str() != std::string_view("jit_1x1:avx512_core_amx"))
        return false;
    constexpr int64_t tile = 16, tiles = 3;
    const auto dims = desc.dst_desc().get_dims();
    const int64_t positions = positionsOf(dims);
    return positions > (tiles - 1) * tile / 2 && positions <= tiles * tile && positions % tiles == 0;
}

ConvDesc describe(const Graph& graph, const Node& node, const Conv& op, const Desc& src, DataType weightsType,
                  const Desc& dst, const dnnl::primitive_attr& attr) {
    const ConvShape shape = convShape(graph, node, op);
    const Desc weights = anyLayout(shape.weights, weightsType);
    const Desc bias = hasBias(node) ? rowMajor({shapeOfOutput(graph, node)[1]}, DataType::f32) : Desc();
    ConvDesc desc(cpuEngine(), dnnl::prop_kind::forward_inference, dnnl::algorithm::convolution_direct, src, weights,
                  bias, dst, shape.strides, shape.dilations, shape.padBegin, shape.padEnd, attr, true);
    while (desc && writesBehindResult(desc))
        if (!desc.next_impl())
            return {};
    return desc;
}

ConvDesc convDesc(const Graph& graph, const Node& node, const Conv& op, const HeavyTypes& types,
                  const dnnl::primitive_attr& attr, bool blocked) {
    const bool row = takesOneRow(graph, node, op);
    if (!types.int8() && !row)
        return floatDesc(graph, node, op, types, attr, blocked);
    const auto seen = [&](const Shape& shape, DataType type) {
        return channelsLast(row ? asOneRow(shape) : shape, type);
    };
    return describe(graph, node, op, seen(graph.value(node.inputs[0]).shape, types.src), types.weights,
                    seen(shapeOfOutput(graph, node), types.dst), attr);
}

bool prefersBlocks(const Graph& graph) {
    int64_t all = 0, large = 0, largestBytes = 0;
    bool depthwise = false;
    for (const Node& node : graph.nodes()) {
        const auto* conv = std::get_if<Conv>(&node.op);
        if (!conv || !graph.isConstant(node.inputs[1]))
            continue;
        const int64_t count = macs(graph, node);
        all += count;
        if (isDepthwise(graph, node, *conv))
            depthwise = true;
        else if (!isSingle(graph.value(node.inputs[1]).shape))
            large += count;
        const int64_t bytes = checkedMul(elementCount(shapeOfOutput(graph, node)), int64_t{sizeof(float)}, "tensor");
        largestBytes = std::max(largestBytes, bytes);
    }
    if (!depthwise || large > all / 4)
        return false;
    const std::vector<MemoryLevel> levels = memoryLevels(omp_get_max_threads());
    return levels.size() > 1 && largestBytes > levels[levels.size() - 2].capacityBytes;
}

} // namespace halftone::engine
