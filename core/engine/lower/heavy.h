// SPDX-License-Identifier: GPL-3.0-or-later
// Convolutions, transposed ones too, and fully connected layers share all that concerns precision: grids, weights, bias
// and post-ops.
#pragma once

#include "core/engine/lower/lower.h"
#include "core/graph/op_traits.h"

namespace halftone::engine {

/// What a layer reads, multiplies with and writes.
struct HeavyTypes {
    DataType src, weights, dst;
    bool int8() const { return weights == DataType::s8; }
    /// Codes of `src` times s8; the result is stored on `dst` or, without it, in fp32.
    static HeavyTypes ofCodes(const QuantParams& src, const std::optional<QuantParams>& dst);
    /// Those of the builder's current node.
    static HeavyTypes of(const Builder& builder);
};

/// The primitive for these types; not every kernel of a float type converts its result, so `types.dst` gives way.
template <class Describe> auto describeHeavy(HeavyTypes& types, const Describe& describe) {
    auto desc = describe(types);
    if (!types.int8() && types.dst != types.src && !whyNotKernel(desc, "").empty()) {
        types.dst = types.src;
        desc = describe(types);
    }
    return desc;
}

/// One number for each channel, of a PRelu or a product behind the layer.
struct ChannelOperand {
    int arg = 0;
    ValueId constant = kNoValue;
    Desc desc;
};

/// What a primitive descriptor needs to know beside shapes.
struct HeavyAttr {
    dnnl::primitive_attr attr;
    bool hasSum = false;
    ValueId residual = kNoValue;
    /// What the primitive expects beside its operands: scales, zero points, numbers of channels.
    std::vector<std::pair<int, Desc>> gridArgs;
    std::vector<ChannelOperand> channelOperands;
    std::string text; // what distinguishes these attributes from others for the speed of a kernel
};

/// Scales, zero points and post-ops. `weightsMask` is oneDNN's mask of the output channels in the weights, `rank` the
/// number of dimensions in which the primitive sees the result, where that is another than the network's. Grids are
/// absent where it computes in floats. Throws Error{Unsupported} for an activation that cannot be fused.
HeavyAttr heavyAttr(const Graph& graph, const Node& node, const PostOps& postOps, const std::optional<QuantParams>& src,
                    bool int8, const std::optional<QuantParams>& dst, int weightsMask, std::optional<size_t> rank = {});

/// `plain` describes the weights as the file has them, `letters` names their dimensions.
Form weightsForm(Builder& builder, ValueId weights, bool int8, const Desc& plain, const Desc& packed,
                 std::string_view letters, const std::string& kernel);

/// Memory for the result: the residual's own where a sum writes into it, a copy of that where `src` or a later layer
/// reads it.
struct Destination {
    Form form;
    std::optional<Form> residual;
};
Destination destination(Builder& builder, const Desc& desc, const std::optional<QuantParams>& grid, ValueId residual,
                        const Form& src, const std::string& kernel);

/// A primitive that oneDNN described, and the memory of its operands.
struct HeavyStep {
    dnnl::primitive primitive;
    std::string kernel;
    Desc scratchpad, bias;
    Form src, weights;
    Destination dst;
    Desc dstSeen; // the result as the primitive sees it: other dimensions over the same bytes
    ValueId residual = kNoValue;
    std::string choice;                          // why this kernel, where several were timed
    std::vector<ChannelOperand> channelOperands; // as HeavyAttr has them
};

/// Arguments for the scales and zero points that heavyAttr() set; `weights` has its scales in the primitive's order.
void addGridArgs(Builder& builder, std::vector<Arg>& args, const Form& src, const std::optional<QuantParams>& weights,
                 const std::optional<QuantParams>& dst);

/// Adds the step of the current node with the arguments that all heavy layers share: operands, bias, residual, scales
/// and zero points. `dstGrid` is that of the result, absent where that is no code.
void addHeavyStep(Builder& builder, const HeavyStep& step, bool int8, const std::optional<QuantParams>& dstGrid);

/// The current node, of a single sample and position, as one row of codes times its weights by our own kernel
/// (`row_product.h`). `src` is its source as the network has it. False, and nothing done, where it does not suit.
bool lowerAsRow(Builder& builder, const PostOps& postOps, const Desc& src);

/// The current node in int8 by our own kernel for depthwise convolutions (`depthwise.h`). False, and nothing done,
/// where it does not suit.
bool lowerAsDepthwise(Builder& builder, const Conv& op);

} // namespace halftone::engine
