// Convolution and fully connected layer share all that concerns precision: grids, weights, bias and post-ops.
#pragma once

#include "core/engine/lower.h"

namespace halftone::engine {

/// What a primitive descriptor needs to know beside shapes.
struct HeavyAttr {
    dnnl::primitive_attr attr;
    bool hasSum = false;
    ValueId residual = kNoValue;
};

/// Scales, zero points and post-ops. `weightsMask` is oneDNN's mask of the output channels in the weights. Grids are
/// absent in fp32. Throws Error{Unsupported} for an activation that cannot be fused.
HeavyAttr heavyAttr(const Graph& graph, const Node& node, const PostOps& postOps,
                    const std::optional<QuantParams>& src, bool int8, const std::optional<QuantParams>& dst,
                    int weightsMask);

/// Arguments for the scales and zero points set by heavyAttr, and the packed weights and bias.
void addGridArgs(Builder& builder, std::vector<Arg>& args, const std::optional<QuantParams>& src,
                 const std::optional<QuantParams>& weights, const std::optional<QuantParams>& dst);
/// `plain` describes the weights as the file has them.
Form weightsForm(Builder& builder, ValueId weights, bool int8, Desc plain, const Desc& packed,
                 const std::string& kernel);

/// Memory for the result: the residual's own where a sum writes into it, a copy of that where `src` or a later layer
/// reads it.
struct Destination {
    Form form;
    std::optional<Form> residual;
};
Destination destination(Builder& builder, const Desc& desc, const std::optional<QuantParams>& grid,
                        ValueId residual, const Form& src, const std::string& kernel);

} // namespace halftone::engine
