#include "core/quantize/layer_inputs.h"

#include <algorithm>

namespace halftone {

namespace {

constexpr int64_t kPatchesPerSample = 8;

/// Positions of the window in a sample: all where there are few, else some of an even spread that goes on from sample
/// to sample (multiples of the golden ratio).
std::vector<int64_t> chosenOutputs(int64_t outputs, int64_t sample) {
    std::vector<int64_t> chosen;
    for (int64_t i = 0; i < std::min(outputs, kPatchesPerSample); ++i) {
        const auto number = static_cast<uint64_t>(sample * kPatchesPerSample + i + 1);
        const uint64_t fraction = number * 0x9E3779B97F4A7C15U >> 32; // of 2^32
        chosen.push_back(
            outputs <= kPatchesPerSample ? i : static_cast<int64_t>(fraction * static_cast<uint64_t>(outputs) >> 32));
    }
    return chosen;
}

/// Where in the input each tap of the window lies, output by output; -1 in the padding.
std::vector<int64_t> tapPositions(const SlidingWindow& w, const std::vector<int64_t>& outputs) {
    std::vector<int64_t> positions;
    for (const int64_t output : outputs)
        for (int64_t tap = 0; tap < w.kernelSize(); ++tap) {
            const std::array<int64_t, 3> at{output / (w.out[1] * w.out[2]), output / w.out[2] % w.out[1],
                                            output % w.out[2]};
            const std::array<int64_t, 3> k{tap / (w.kernel[1] * w.kernel[2]), tap / w.kernel[2] % w.kernel[1],
                                           tap % w.kernel[2]};
            int64_t position = 0;
            bool inside = true;
            for (size_t dim = 0; dim < 3; ++dim) {
                const int64_t in = at[dim] * w.stride[dim] - w.padBegin[dim] + k[dim] * w.dilation[dim];
                inside = inside && in >= 0 && in < w.in[dim];
                position = position * w.in[dim] + in;
            }
            positions.push_back(inside ? position : -1);
        }
    return positions;
}

/// Adds the products of every patch's values to the lower triangle of `moments`.
void addProducts(std::span<const float> patches, size_t size, double* moments) {
    for (size_t i = 0; i < size; ++i)
        for (size_t first = 0; first < patches.size(); first += size) {
            const float* patch = patches.data() + first;
            const double value = static_cast<double>(patch[i]);
            if (value == 0) // as many are behind a ReLU
                continue;
            double* row = moments + i * size;
            for (size_t j = 0; j <= i; ++j)
                row[j] += value * static_cast<double>(patch[j]);
        }
}

/// A row of a matrix is a sample whose channels are the values, all at one position.
SlidingWindow singlePosition() {
    return {{1, 1, 1}, {1, 1, 1}, {1, 1, 1}, {1, 1, 1}, {1, 1, 1}, {0, 0, 0}, {0, 0, 0}};
}

} // namespace

LayerInputs::LayerInputs(const Graph& graph, int64_t largestMoments)
    : m_batch(graph.inputs.empty() ? 1 : graph.value(graph.inputs.front()).shape.at(0)) {
    for (NodeId id = 0; id < static_cast<NodeId>(graph.nodes().size()); ++id) {
        const Node& node = graph.node(id);
        const auto* conv = std::get_if<Conv>(&node.op);
        if ((!conv && !std::holds_alternative<FullyConnected>(node.op)) || !graph.isConstant(node.inputs[1]))
            continue;
        const Shape& x = graph.value(node.inputs[0]).shape;
        const Shape& weights = graph.value(node.inputs[1]).shape;
        if (x.empty() || x[0] != m_batch)
            continue;
        Layer layer;
        if (conv) {
            layer.window = slidingWindow(x, graph.value(node.outputs.front()).shape, std::span(weights).subspan(2),
                                         conv->strides, conv->dilations, conv->pads);
            layer.channels = x[1];
            layer.input.groups = conv->groups;
        } else if (x.size() == 2) {
            layer.window = singlePosition();
            layer.channels = x[1];
        } else {
            continue; // rows of higher tensors would need another order
        }
        layer.input.size = weights[1] * layer.window.kernelSize();
        const auto values = static_cast<size_t>(layer.input.groups * layer.input.size);
        layer.input.sums.resize(values);
        if (layer.input.size <= largestMoments)
            layer.input.moments.resize(values * static_cast<size_t>(layer.input.size));
        m_layers.emplace(id, std::move(layer));
        m_readers[node.inputs[0]].push_back(id);
    }
}

const LayerInput* LayerInputs::of(NodeId node) const {
    const auto layer = m_layers.find(node);
    return layer == m_layers.end() ? nullptr : &layer->second.input;
}

void LayerInputs::observe(ValueId value, std::span<const float> elements, int64_t channelBlock, int64_t samples) {
    const auto readers = m_readers.find(value);
    if (readers == m_readers.end())
        return;
    const size_t each = elements.size() / static_cast<size_t>(m_batch);
    for (const NodeId node : readers->second)
        for (int64_t sample = 0; sample < std::min(samples, m_batch); ++sample)
            collect(m_layers.at(node), elements.subspan(static_cast<size_t>(sample) * each, each), channelBlock);
}

void LayerInputs::collect(Layer& layer, std::span<const float> sample, int64_t channelBlock) {
    const std::vector<int64_t> positions =
        tapPositions(layer.window, chosenOutputs(layer.window.outSize(), layer.samples++));
    LayerInput& input = layer.input;
    const auto taps = static_cast<size_t>(layer.window.kernelSize()), size = static_cast<size_t>(input.size);
    const size_t patches = positions.size() / taps;
    const int64_t channels = layer.channels / input.groups;
    m_patches.resize(patches * size);
    for (int64_t group = 0; group < input.groups; ++group) {
        for (int64_t c = 0; c < channels; ++c) {
            const int64_t channel = group * channels + c, block = channel / channelBlock * channelBlock;
            const float* source = sample.data() + block * layer.window.inSize() + channel - block;
            float* target = m_patches.data() + static_cast<size_t>(c) * taps;
            for (size_t i = 0; i < positions.size(); ++i)
                target[i / taps * size + i % taps] = positions[i] < 0 ? 0 : source[positions[i] * channelBlock];
        }
        double* sums = input.sums.data() + static_cast<size_t>(group) * size;
        for (size_t first = 0; first < m_patches.size(); first += size)
            for (size_t i = 0; i < size; ++i)
                sums[i] += static_cast<double>(m_patches[first + i]);
        if (!input.moments.empty())
            addProducts(m_patches, size, input.moments.data() + static_cast<size_t>(group) * size * size);
    }
    input.count += static_cast<int64_t>(patches);
}

} // namespace halftone
