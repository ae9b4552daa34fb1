// SPDX-License-Identifier: GPL-3.0-or-later
// How a convolution is put to oneDNN: its shapes, the layouts of its operands, and which kernel is asked for where
// oneDNN's own order of preference is not the fastest.
#pragma once

#include "core/engine/lower/heavy.h"

namespace halftone::engine {

using ConvDesc = dnnl::convolution_forward::primitive_desc;

struct ConvShape {
    Shape weights; // [G,] O, I, spatial
    dnnl::memory::dims strides, dilations, padBegin, padEnd;
};
ConvShape convShape(const Graph& graph, const Node& node, const Conv& op);

/// All samples are given to the kernel as one row of positions, {1, C, 1, N * positions}: the same bytes channels-last,
/// and where a sample has few positions the weights are read once for all of them (batch 16 over single positions:
/// fp32 3.5 times as fast, int8 1.4 times). For 1x1 convolutions that look at every position.
bool takesOneRow(const Graph& graph, const Node& node, const Conv& op);

/// oneDNN 3.2's 1x1 kernel for AMX writes up to 8 KB behind a result of 27, 33, 36 ... 48 positions, which it takes for
/// three whole tiles.
bool writesBehindResult(const ConvDesc& desc);

/// oneDNN's first kernel for these layouts that keeps to its result; an empty descriptor when it has none.
ConvDesc describe(const Graph& graph, const Node& node, const Conv& op, const Desc& src, DataType weightsType,
                  const Desc& dst, const dnnl::primitive_attr& attr);

/// int8 kernels are fast on channels-last only. Those of floats choose for themselves, but where the chosen kernel can
/// write channels-last as well as blocks it does, because that is what most kernels behind it read; with `blocked`, see
/// prefersBlocks(), it keeps its blocks.
ConvDesc convDesc(const Graph& graph, const Node& node, const Conv& op, const HeavyTypes& types,
                  const dnnl::primitive_attr& attr, bool blocked = false);

/// Whether the convolutions of this network are faster on blocks of channels: in fp32 with AVX2, where hardly any of
/// its multiplications belong to kernels larger than 1x1 but many layers are depthwise, and tensors do not stay in the
/// caches. There kernels for blocks read memory in order (MobileNetV2 at batch 16: 0.82 of the time).
bool prefersBlocks(const Graph& graph);

} // namespace halftone::engine
