// SPDX-License-Identifier: GPL-3.0-or-later
// SmoothQuant (Xiao et al., 2023): a few channels of a transformer's activations are a hundred times as large as the
// others, which one grid for all leaves hardly any codes. Each channel is divided by a factor of its own, and the
// weights that multiply it take the factor up: the products are the same.
//
//   x -> FullyConnected w     =>     x / f -> FullyConnected w * f
//
// Where fully connected layers alone read the result of another one, the division is the last thing that this one does;
// elsewhere it is a layer of its own between x and them, and others read x as before.
#pragma once

#include "core/graph/graph.h"

#include <map>
#include <span>
#include <string>
#include <vector>

namespace halftone {

/// Of each channel (index of the last dimension) of an activation.
struct ChannelExtents {
    std::vector<float> lo, hi; // with 0
    std::vector<double> squares;
    int64_t rows = 0;
};

/// Watches the activations that smooth() can divide: of three dimensions and more, computed and not only moved, read by
/// fully connected layers with constant weights of their own. Feed it from Plan::runObserved of the fp32 network.
class ChannelObserver {
public:
    explicit ChannelObserver(const Graph& graph);

    bool watchesAny() const { return !m_channels.empty(); }
    /// The first `samples` samples count. The order of the elements is Activation's.
    void observe(ValueId value, std::span<const float> elements, int64_t channelBlock, int64_t samples);
    const std::map<ValueId, ChannelExtents>& channels() const { return m_channels; }

private:
    const Graph& m_graph;
    std::map<ValueId, ChannelExtents> m_channels;
};

/// By name of an activation: what each of its channels is divided by.
using ChannelFactors = std::map<std::string, std::vector<float>>;

/// For every watched activation the factors max|x|^a / max|w|^(1 - a) with the a that leaves the least error in its
/// products, as rounding errors that are spread evenly over a step give it; none where that is not at least `worthDb`
/// decibels less than without.
ChannelFactors smoothingFactors(const Graph& graph, const ChannelObserver& observer, double worthDb);

/// `graph` with these activations divided. Names that it does not have are left out.
Graph smooth(Graph graph, const ChannelFactors& factors);

/// The factors that smooth() has put into a network.
ChannelFactors factorsOf(const Graph& smoothed);

/// Divided activations have names of their own, "x_smooth": this is "x". Other names stay as they are.
std::string nameBeforeSmoothing(const std::string& activation);

} // namespace halftone
