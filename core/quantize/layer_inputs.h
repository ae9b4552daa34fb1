// SPDX-License-Identifier: GPL-3.0-or-later
// What the layers with weights multiply while calibration samples run: the patches of their input that each output sums
// up. Corrections of biases and weights are made from it.
#pragma once

#include "core/graph/evaluate_rules.h"
#include "core/graph/graph.h"
#include "core/quantize/sample_share.h"

#include <map>
#include <span>
#include <vector>

namespace halftone {

/// Sums over patches of a layer's input. A patch holds what one output of a group multiplies with its weights, in their
/// order: the channels of the group times the taps of the kernel, zeros where the window covers padding. Of a sequence
/// it is a row.
struct LayerInput {
    int64_t groups = 1;
    int64_t size = 0;  // values of a patch
    int64_t taps = 1;  // of the kernel
    int64_t count = 0; // patches seen of each group
    /// Of the values [taps][channels], and of their products: [size][size] in that order where there is one group, row
    /// >= column; [taps][taps][channels] where every channel is a group; empty where not collected.
    std::vector<double> sums, products;

    bool hasProducts() const { return !products.empty(); }
    /// Over the patches of a group; `i` and `j` count its values in the order of the weights.
    double mean(int64_t group, int64_t i) const;
    double covariance(int64_t group, int64_t i, int64_t j) const;
};

/// Memory does not grow with the number of samples. Feed it from Plan::runObserved of the fp32 network.
class LayerInputs {
public:
    /// Products are collected of layers whose patches have at most `largestProducts` values and that have one group or
    /// are depthwise. `graph` is inferred; its batch is the first dimension of its first input. The more samples are to
    /// come, the fewer patches of each are taken (sample_share.h).
    LayerInputs(const Graph& graph, int64_t largestProducts, int64_t samples = kFullyCountedSamples);

    /// The patches at some positions of each of the first `samples` samples; they differ from sample to sample and are
    /// the same for the same samples. The activation has channels in blocks of `channelBlock`, as Activation says.
    void observe(ValueId value, std::span<const float> elements, int64_t channelBlock, int64_t samples);

    /// After the last tensor of a batch: sums up what was observed, all layers side by side; what is too little to be
    /// worth it waits.
    void endBatch();
    /// After the last batch: sums up the rest.
    void finish();

    /// Of a node of the graph; null for one without constant weights, and where NaN or infinity was among what it read.
    const LayerInput* of(NodeId node) const;

private:
    struct Layer {
        LayerInput input;
        SlidingWindow window;       // over one sample
        int64_t channels = 0;       // of one sample; of a sequence: values of a row
        int64_t rowsOfChannel = 0;  // of a sequence: for each index of dimension 1; 0: it is none
        int64_t samples = 0;        // seen
        std::vector<float> patches; // not summed up yet: [samples][patches][taps][channels]
    };
    void collect(Layer& layer, std::span<const float> sample, int64_t channelBlock) const;
    size_t valuesAtOnce(const Layer& layer) const; // of patches
    void sumUp(bool all);
    void sumUp(Layer& layer, bool all) const;
    static void sumUp(LayerInput& input, std::span<const float> patches);

    int64_t m_batch = 1, m_patches; // of each sample
    std::map<NodeId, Layer> m_layers;
    std::map<ValueId, std::vector<NodeId>> m_readers;
};

} // namespace halftone
