// SPDX-License-Identifier: GPL-3.0-or-later
// Convolutions, transposed ones too, and fully connected layers with constant weights: what the passes fold into them.
#pragma once

#include "core/passes/rewriter.h"

#include <optional>
#include <span>

namespace halftone {

/// The dimension of the channels of a picture.
inline constexpr size_t kChannel = 1;

/// Whether `node` is a Conv, ConvTranspose or FullyConnected without post-ops whose result may still be shifted:
/// neither it nor the bias, an f32 constant, lies on an 8-bit grid. The weights may.
bool takesBias(const Graph& graph, NodeId node);

/// The same for what may also be scaled: the weights are an f32 constant that lies on no grid.
bool isFoldableLinear(const Graph& graph, NodeId node);

/// The dimension of the node's output along which its bias lies: 1 for convolutions, the last one for FullyConnected.
size_t channelDimension(const Graph& graph, NodeId node);

/// The values of a constant that, broadcast to `shape`, differs along dimension `channel` only:
/// shape[channel] numbers. Nothing when it differs elsewhere or would enlarge the shape.
std::optional<std::vector<double>> perChannel(const Tensor& constant, const Shape& shape, size_t channel);

/// Makes the layer compute y * scale + shift, with one scale and shift for each output channel. An empty
/// `scale` leaves the weights as they are.
void scaleAndShift(Rewriter& rewriter, NodeId node, std::span<const double> scale, std::span<const double> shift);

} // namespace halftone
