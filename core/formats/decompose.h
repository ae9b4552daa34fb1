// SPDX-License-Identifier: GPL-3.0-or-later
// Layers that several formats have and that become a few operators of the graph. Each function adds the steps of one
// layer (GraphBuilder::addStep) and gives their result.
#pragma once

#include "core/formats/graph_builder.h"

#include <string>
#include <vector>

namespace halftone {

/// x [N,C,H,W], whose shape is known: blocks of `block` x `block` channels become pixels. The channels of a block are C
/// / block^2 apart (ONNX's DCR, TensorFlow's), or beside each other (`together`, ONNX's CRD).
ValueId depthToSpace(GraphBuilder& builder, const std::string& layer, ValueId x, int64_t block, bool together = false);
/// The other way round.
ValueId spaceToDepth(GraphBuilder& builder, const std::string& layer, ValueId x, int64_t block);

/// Parts of these sizes along a dimension, one after the other.
std::vector<ValueId> split(GraphBuilder& builder, const std::string& layer, ValueId x, int64_t axis,
                           const std::vector<int64_t>& sizes);

/// (x - mean) / sqrt(variance + epsilon) * scale + bias. `scale` and `bias` may be kNoValue; they broadcast to x.
ValueId normalize(GraphBuilder& builder, const std::string& layer, ValueId x, const std::vector<int64_t>& axes,
                  float epsilon, ValueId scale, ValueId bias);

/// All operands combined, from the first to the last.
ValueId combine(GraphBuilder& builder, const std::string& layer, BinaryKind kind, const std::vector<ValueId>& operands);

} // namespace halftone
