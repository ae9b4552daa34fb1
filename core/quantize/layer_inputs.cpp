// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quantize/layer_inputs.h"

#include "core/base/vectors.h"
#include "core/graph/op_traits.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace halftone {

namespace {

/// Products of so many patches are summed up in float, and these sums in double: the more at once, the faster.
constexpr size_t kPatchesAtOnce = 64;

/// Positions of the window in a sample: all where there are few, else some of an even spread that goes on from sample
/// to sample (multiples of the golden ratio).
std::vector<int64_t> chosenOutputs(int64_t outputs, int64_t patches, int64_t sample) {
    std::vector<int64_t> chosen;
    for (int64_t i = 0; i < std::min(outputs, patches); ++i) {
        const auto number = static_cast<uint64_t>(sample * patches + i + 1);
        const uint64_t fraction = number * 0x9E3779B97F4A7C15U >> 32; // of 2^32
        chosen.push_back(outputs <= patches ? i
                                            : static_cast<int64_t>(fraction * static_cast<uint64_t>(outputs) >> 32));
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

using Lanes __attribute__((vector_size(32))) = float; // a CPU with narrower ones takes several

constexpr size_t kPatchLanes = sizeof(Lanes) / sizeof(float), kRows = 4, kColumns = 2 * kPatchLanes;

/// Adds the patches.
HALFTONE_VECTORS void addPatches(const float* patches, size_t count, size_t size, double* total) {
    constexpr size_t kSome = 32;
    for (size_t first = 0; first < size; first += kSome) {
        const size_t some = std::min(kSome, size - first);
        float sums[kSome] = {};
        for (size_t patch = 0; patch < count; ++patch)
            for (size_t i = 0; i < some; ++i)
                sums[i] += patches[patch * size + first + i];
        for (size_t i = 0; i < some; ++i)
            total[first + i] += static_cast<double>(sums[i]);
    }
}

/// Adds x[i] * x[j] of every patch to products[i][j], for j <= i. Patches lie `stride` apart, a multiple of kColumns,
/// with zeros behind their values.
HALFTONE_FUSED_VECTORS void addProducts(const float* patches, size_t count, size_t size, size_t stride,
                                        double* products) {
    for (size_t i = 0; i < size; i += kRows)
        for (size_t j = 0; j < std::min(i + kRows, size); j += kColumns) {
            Lanes sums[kRows][2] = {};
            for (const float* patch = patches; patch != patches + count * stride; patch += stride) {
                Lanes right[2];
                std::memcpy(right, patch + j, sizeof right);
                for (size_t row = 0; row < kRows; ++row) {
                    sums[row][0] += right[0] * patch[i + row];
                    sums[row][1] += right[1] * patch[i + row];
                }
            }
            float values[kRows][kColumns];
            std::memcpy(values, sums, sizeof values);
            for (size_t row = 0; row < std::min(kRows, size - i); ++row)
                for (size_t column = 0; column < kColumns && j + column <= i + row; ++column)
                    products[(i + row) * size + j + column] += static_cast<double>(values[row][column]);
        }
}

/// The same for each channel by itself: products[i][j][channel] of the taps i and j.
HALFTONE_FUSED_VECTORS void addProductsOfChannels(const float* patches, size_t count, size_t taps, size_t channels,
                                                  double* products) {
    std::vector<float> sums(channels);
    const size_t size = taps * channels;
    for (size_t i = 0; i < taps; ++i)
        for (size_t j = 0; j <= i; ++j) {
            std::ranges::fill(sums, 0.0F);
            for (const float* patch = patches; patch != patches + count * size; patch += size) {
                const float *left = patch + i * channels, *right = patch + j * channels;
                for (size_t c = 0; c < channels; ++c)
                    sums[c] += left[c] * right[c];
            }
            double* target = products + (i * taps + j) * channels;
            for (size_t c = 0; c < channels; ++c)
                target[c] += static_cast<double>(sums[c]);
        }
}

/// The value that a chain of reshapes started from; its elements have the same order.
ValueId beforeReshapes(const Graph& graph, const std::vector<NodeId>& producers, ValueId value) {
    for (;;) {
        const NodeId producer = producers[static_cast<size_t>(value)];
        if (producer == kNoNode)
            return value;
        if (!traitsOf(graph.node(producer).op).keepsOrder)
            return value;
        value = graph.node(producer).inputs[0];
    }
}

/// The rows of a sequence, each of which is a patch: positions of a window that covers one at a time.
SlidingWindow oneByOne(int64_t rows) {
    return {{1, 1, rows}, {1, 1, rows}, {1, 1, 1}, {1, 1, 1}, {1, 1, 1}, {0, 0, 0}, {0, 0, 0}};
}

/// A fully connected layer over rows as a window that covers all positions of what was flattened.
SlidingWindow wholeExtent(int64_t positions) {
    return {{1, 1, positions}, {1, 1, 1}, {1, 1, positions}, {1, 1, 1}, {1, 1, 1}, {0, 0, 0}, {0, 0, 0}};
}

} // namespace

double LayerInput::mean(int64_t group, int64_t i) const {
    const int64_t channels = groups * size / taps, channel = group * (size / taps) + i / taps;
    return count > 0 ? sums[static_cast<size_t>(i % taps * channels + channel)] / static_cast<double>(count) : 0;
}

double LayerInput::covariance(int64_t group, int64_t i, int64_t j) const {
    const auto inOrder = [&](int64_t value) { return value % taps * (size / taps) + value / taps; };
    const int64_t row = std::max(inOrder(i), inOrder(j)), column = std::min(inOrder(i), inOrder(j));
    const int64_t at = groups == 1 ? row * size + column : (row * taps + column) * groups + group;
    return products[static_cast<size_t>(at)] / static_cast<double>(count) - mean(group, i) * mean(group, j);
}

LayerInputs::LayerInputs(const Graph& graph, int64_t largestProducts, int64_t samples)
    : m_patches(patchesPerSample(samples)) {
    const Shape first = graph.inputs.empty() ? Shape{} : graph.value(graph.inputs.front()).shape;
    m_batch = first.empty() ? 1 : first[0];
    const auto producers = graph.producers();
    for (NodeId id = 0; id < static_cast<NodeId>(graph.nodes().size()); ++id) {
        const Node& node = graph.node(id);
        const auto* conv = std::get_if<Conv>(&node.op);
        if ((!conv && !std::holds_alternative<FullyConnected>(node.op)) || !graph.isConstant(node.inputs[1]))
            continue;
        const Shape& weights = graph.value(node.inputs[1]).shape;
        // A view is not observed; a layer that reads one is left out.
        const Shape& read = graph.value(node.inputs[0]).shape;
        const bool sequence = !conv && read.size() > 2;
        const ValueId source = conv || sequence ? node.inputs[0] : beforeReshapes(graph, producers, node.inputs[0]);
        const Shape& x = graph.value(source).shape;
        if (x.size() < 2 || x[0] != m_batch || (!conv && !sequence && read != Shape{m_batch, weights[1]}))
            continue;
        Layer layer;
        layer.channels = x[1];
        if (sequence) {
            const int64_t rows = elementCount(x) / std::max<int64_t>(m_batch * weights[1], 1);
            layer.rowsOfChannel = rows / std::max<int64_t>(x[1], 1);
            layer.channels = weights[1];
            layer.window = oneByOne(rows);
        } else if (conv) {
            layer.window = slidingWindow(x, graph.value(node.output()).shape, std::span(weights).subspan(2),
                                         conv->strides, conv->dilations, conv->pads);
            layer.input.groups = conv->groups;
        } else {
            layer.window = wholeExtent(weights[1] / std::max<int64_t>(x[1], 1));
        }
        LayerInput& input = layer.input;
        input.taps = layer.window.kernelSize();
        input.size = layer.channels / input.groups * input.taps;
        input.sums.resize(static_cast<size_t>(layer.channels * input.taps));
        if (input.size <= largestProducts && input.groups == 1)
            input.products.resize(static_cast<size_t>(input.size * input.size));
        else if (input.size <= largestProducts && input.groups == layer.channels)
            input.products.resize(static_cast<size_t>(input.taps * input.taps * layer.channels));
        m_layers.emplace(id, std::move(layer));
        m_readers[source].push_back(id);
    }
}

const LayerInput* LayerInputs::of(NodeId node) const {
    const auto layer = m_layers.find(node);
    const auto isFinite = [](double sum) { return std::isfinite(sum); };
    if (layer == m_layers.end() || !std::ranges::all_of(layer->second.input.sums, isFinite))
        return nullptr;
    return &layer->second.input;
}

void LayerInputs::observe(ValueId value, std::span<const float> elements, int64_t channelBlock, int64_t samples) {
    const auto readers = m_readers.find(value);
    if (readers == m_readers.end())
        return;
    const size_t each = elements.size() / static_cast<size_t>(m_batch);
    for (const NodeId node : readers->second) {
        Layer& layer = m_layers.at(node);
        for (int64_t sample = 0; sample < std::min(samples, m_batch); ++sample)
            collect(layer, elements.subspan(static_cast<size_t>(sample) * each, each), channelBlock);
    }
}

void LayerInputs::endBatch() {
    sumUp(false);
}

void LayerInputs::finish() {
    sumUp(true);
}

void LayerInputs::sumUp(bool all) {
    std::vector<Layer*> waiting;
    for (auto& [node, layer] : m_layers)
        if (layer.patches.size() >= valuesAtOnce(layer) || (all && !layer.patches.empty()))
            waiting.push_back(&layer);
#pragma omp parallel for schedule(dynamic)
    for (Layer* layer : waiting)
        sumUp(*layer, all);
}

void LayerInputs::collect(Layer& layer, std::span<const float> sample, int64_t channelBlock) const {
    const std::vector<int64_t> positions =
        tapPositions(layer.window, chosenOutputs(layer.window.outSize(), m_patches, layer.samples++));
    const auto channels = static_cast<size_t>(layer.channels), block = static_cast<size_t>(channelBlock);
    const auto plane = static_cast<size_t>(layer.window.inSize());
    const size_t before = layer.patches.size();
    layer.patches.resize(before + positions.size() * channels); // keeps its memory from batch to batch
    float* patches = layer.patches.data() + before;
    if (layer.rowsOfChannel > 0) {
        const auto rows = static_cast<size_t>(layer.rowsOfChannel);
        for (size_t i = 0; i < positions.size(); ++i) {
            const size_t channel = static_cast<size_t>(positions[i]) / rows;
            const float* row = sample.data() + channel / block * block * rows * channels + channel % block +
                               static_cast<size_t>(positions[i]) % rows * channels * block;
            for (size_t k = 0; k < channels; ++k)
                patches[i * channels + k] = row[k * block];
        }
        return;
    }
    for (size_t i = 0; i < positions.size(); ++i)
        if (positions[i] >= 0)
            for (size_t first = 0; first < channels; first += block)
                std::copy_n(sample.data() + first * plane + static_cast<size_t>(positions[i]) * block, block,
                            patches + i * channels + first);
}

size_t LayerInputs::valuesAtOnce(const Layer& layer) const {
    const auto patches =
        layer.input.hasProducts() ? kPatchesAtOnce : static_cast<size_t>(std::min(layer.window.outSize(), m_patches));
    return patches * static_cast<size_t>(layer.input.taps * layer.channels);
}

void LayerInputs::sumUp(Layer& layer, bool all) const {
    size_t done = 0;
    const auto waiting = [&] { return std::span(layer.patches).subspan(done); };
    for (const size_t atOnce = valuesAtOnce(layer); waiting().size() >= atOnce; done += atOnce)
        sumUp(layer.input, waiting().first(atOnce));
    if (all) {
        sumUp(layer.input, waiting());
        done = layer.patches.size();
    }
    layer.patches.erase(layer.patches.begin(), layer.patches.begin() + static_cast<ptrdiff_t>(done));
}

void LayerInputs::sumUp(LayerInput& input, std::span<const float> patches) {
    const size_t size = input.sums.size(), count = patches.size() / size, taps = static_cast<size_t>(input.taps);
    addPatches(patches.data(), count, size, input.sums.data());
    if (input.hasProducts() && input.groups == 1 && size % kColumns == 0) {
        addProducts(patches.data(), count, size, size, input.products.data());
    } else if (input.hasProducts() && input.groups == 1) {
        const size_t stride = (size / kColumns + 1) * kColumns;
        std::vector<float> apart(count * stride);
        for (size_t i = 0; i < count; ++i)
            std::ranges::copy(patches.subspan(i * size, size), apart.begin() + static_cast<ptrdiff_t>(i * stride));
        addProducts(apart.data(), count, size, stride, input.products.data());
    } else if (input.hasProducts()) {
        addProductsOfChannels(patches.data(), count, taps, size / taps, input.products.data());
    }
    input.count += static_cast<int64_t>(count);
}

} // namespace halftone
