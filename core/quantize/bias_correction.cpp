// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quantize/bias_correction.h"

#include "core/graph/op_traits.h"
#include "core/quantize/rounded_weights.h"

namespace halftone {

namespace {

/// Of each output channel.
std::vector<float> correctedBias(const Graph& quantized, const Node& node, const Tensor& exact,
                                 const LayerInput& input) {
    const Value& weights = quantized.value(node.inputs[1]);
    std::vector<float> exactStore, bias(static_cast<size_t>(weights.shape[0]), 0.0F);
    const std::span<const float> before = exact.floats(exactStore);
    const std::vector<float> after = roundedWeights(*weights.constant, *weights.quant);
    if (hasBias(node))
        bias = quantized.value(node.inputs[2]).constant->toFloats();
    const auto size = static_cast<size_t>(input.size);
    const size_t channelsOfGroup = bias.size() / static_cast<size_t>(input.groups);
    std::vector<double> means;
    for (int64_t group = 0; group < input.groups; ++group)
        for (int64_t i = 0; i < input.size; ++i)
            means.push_back(input.mean(group, i));
#pragma omp parallel for
    for (size_t channel = 0; channel < bias.size(); ++channel) {
        const double* mean = means.data() + channel / channelsOfGroup * size;
        double shift = 0;
        for (size_t i = 0; i < size; ++i) {
            const size_t at = channel * size + i;
            shift += (static_cast<double>(before[at]) - static_cast<double>(after[at])) * mean[i];
        }
        bias[channel] = static_cast<float>(static_cast<double>(bias[channel]) + shift);
    }
    return bias;
}

} // namespace

Graph correctBiases(Graph quantized, const Graph& fp32, const LayerInputs& inputs,
                    const std::function<void(double)>& progress) {
    const auto consumers = quantized.consumers();
    const auto nodes = static_cast<NodeId>(quantized.nodes().size());
    for (NodeId id = 0; id < nodes; ++id) {
        if (progress)
            progress(static_cast<double>(id) / nodes);
        const Node node = quantized.node(id);
        const LayerInput* input = inputs.of(id);
        const bool constantBias = !hasBias(node) || quantized.isConstant(node.inputs[2]);
        if (!input || input->count == 0 || !quantized.value(node.inputs[1]).quant || !constantBias)
            continue;
        const std::vector<float> values =
            correctedBias(quantized, node, *fp32.value(fp32.node(id).inputs[1]).constant, *input);
        const Tensor bias = Tensor::fromFloats({static_cast<int64_t>(values.size())}, values);
        const ValueId old = hasBias(node) ? node.inputs[2] : kNoValue;
        if (old != kNoValue && consumers[static_cast<size_t>(old)].size() == 1) {
            quantized.value(old).constant = bias;
            quantized.value(old).type = bias.type;
            continue;
        }
        const ValueId added = quantized.addConstant(node.name + "_bias", bias);
        std::vector<ValueId>& nodeInputs = quantized.node(id).inputs;
        if (nodeInputs.size() < 3)
            nodeInputs.push_back(added);
        else
            nodeInputs[2] = added;
    }
    return quantized;
}

} // namespace halftone
