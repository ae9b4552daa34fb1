// SPDX-License-Identifier: GPL-3.0-or-later
// Plain-loop evaluation of operators with double accumulation: the oracle that engine kernels are checked
// against, and what folds constants. Slow on purpose; clear before all.
#pragma once

#include "core/graph/graph.h"

#include <map>

namespace halftone {

/// The outputs of one node. `inputs` follow node.inputs (an omitted one is an empty optional). Post-ops
/// included. Throws as inferNode() does when the inputs do not fit, Error{Unsupported} for Opaque, and
/// Error{Limit} for what is too much for plain loops (a result of 2^28 elements, 2^36 multiplications).
std::vector<Tensor> evaluate(const Graph& graph, const Node& node, const std::vector<std::optional<Tensor>>& inputs);

/// All values of the graph for these inputs (by ValueId); graph must be inferred. Quantization is ignored.
std::map<ValueId, Tensor> evaluate(const Graph& graph, const std::map<ValueId, Tensor>& inputs);

} // namespace halftone
