// The weights of layers that may run in int8: which layers have such, and how their scales lie along them.
#pragma once

#include "core/graph/graph.h"

#include <cstddef>
#include <span>

namespace halftone {

/// Convolutions and fully connected layers, which are in int8 or not by themselves. Transposed convolutions with groups
/// are not among them: their output channels lie along two dimensions of the weights, and scales along one.
bool hasWeights(const Node& node);

/// The dimension of the weights of such a node along which its output channels lie, and their scales.
int outputDimension(const Node& node);

/// The weights of such a node as [output channels, input channels of a group, kernel...], whatever its operator.
Tensor outputsFirst(const Node& node, const Tensor& weights);

/// The codes of weights of this shape on their grid, in the same order; `codes` takes as many bytes.
void weightCodes(std::span<const float> weights, const Shape& shape, const QuantParams& grid, std::byte* codes);

} // namespace halftone
