// SPDX-License-Identifier: GPL-3.0-or-later
// Shapes and types of all values.
#pragma once

#include "core/graph/graph.h"

namespace halftone {

/// Fills type and shape of every value from the inputs. Throws Error{BadInput} naming node and cause when operands
/// do not fit, Error{Limit} when a shape product is absurd (more than 2^40 elements). Opaque nodes are left out.
Graph infer(Graph graph);

/// Type and shape of the outputs of one node, given its inputs. Used by infer() and tests.
std::vector<TensorType> inferNode(const Graph& graph, const Node& node);

/// What ShapeOf gives for a tensor of shape `x`.
Tensor shapeTensor(const ShapeOf& op, const Shape& x);

/// Multiply-accumulate operations of one execution (convolutions, matrix products, fully connected; 0 for the rest).
int64_t macs(const Graph& graph, const Node& node);

/// The same without those that multiply the zero padding of a convolution, which a kernel may leave out.
int64_t macsInside(const Graph& graph, const Node& node);

} // namespace halftone
