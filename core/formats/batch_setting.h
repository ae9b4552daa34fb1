// SPDX-License-Identifier: GPL-3.0-or-later
// Settings of layers that exporters compute from shapes, and that may depend on the batch size: the operator must then
// say it in another way, so that the network can be bound to any batch.
#pragma once

#include "core/formats/graph_builder.h"

#include <optional>
#include <string>
#include <vector>

namespace halftone {

/// The setting in `name`, which must be a constant of whole numbers, as it is for every batch size. Numbers that depend
/// on the batch are replaced; nothing where that cannot be said. `x` is the input of the layer.

/// Reshape: 0 where the number is the input's dimension at this place, -1 for one other.
std::optional<std::vector<int64_t>> reshapeTarget(const GraphBuilder& builder, const std::string& name, ValueId x);
/// Expand: 1 where the number is the input's own dimension.
std::optional<std::vector<int64_t>> expandTarget(const GraphBuilder& builder, const std::string& name, ValueId x);
/// Resize: 0 where the number is the input's own dimension.
std::optional<std::vector<int64_t>> resizeSizes(const GraphBuilder& builder, const std::string& name, ValueId x);

} // namespace halftone
