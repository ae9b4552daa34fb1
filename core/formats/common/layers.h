// SPDX-License-Identifier: GPL-3.0-or-later
// Layers that several formats have and that become a few operators of the graph. Operators that read only each other
// are given as a list (LayerWriter::addInRow); of other layers a function adds the steps and gives their result.
#pragma once

#include "core/formats/common/layer_writer.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace halftone {

/// Of x [N,C,H,W]: blocks of `block` x `block` channels become pixels. The channels of a block are C / block^2 apart
/// (ONNX's DCR, TensorFlow's), or beside each other (`together`, ONNX's CRD).
std::vector<Op> depthToSpace(const Shape& x, int64_t block, bool together = false);
/// The other way round.
std::vector<Op> spaceToDepth(const Shape& x, int64_t block);

/// Parts of these sizes along a dimension, one after the other.
std::vector<Op> split(int64_t axis, const std::vector<int64_t>& sizes);

/// (x - mean) / sqrt(variance + epsilon) * scale + bias. `scale` and `bias` may be kNoValue; they broadcast to x.
ValueId normalize(LayerWriter& writer, ValueId x, const std::vector<int64_t>& axes, float epsilon, ValueId scale,
                  ValueId bias);

/// x / sqrt(mean of x^2 + epsilon) * scale, the mean taken over these dimensions. `scale` may be kNoValue.
ValueId normalizeRms(LayerWriter& writer, ValueId x, const std::vector<int64_t>& axes, float epsilon, ValueId scale);

/// (x - mean) / sqrt(variance + epsilon) of x [N, C, ...], both taken over all elements of a group of channels.
ValueId normalizeGroups(LayerWriter& writer, ValueId x, int64_t groups, float epsilon);

/// The order of `rank` >= 2 dimensions with the last two exchanged.
std::vector<int64_t> swappedEnds(size_t rank);

/// x with so many elements more before and behind it in each dimension: those inside of its edges mirrored, the
/// outermost ones included. Neither is more than the dimension has.
ValueId mirroredWithEdges(LayerWriter& writer, ValueId x, const std::vector<int64_t>& before,
                          const std::vector<int64_t>& behind);

/// x * factor, for any shape.
ValueId scaled(LayerWriter& writer, ValueId x, float factor);

/// What attention is besides its three operands.
struct AttentionSettings {
    float scale = 1;
    float softcap = 0;          // scores are softcap * tanh(scores / softcap), unless 0
    ValueId added = kNoValue;   // to the scores; broadcasts to [N, heads, queries, keys]
    ValueId allowed = kNoValue; // bool, the same: other scores are minus infinity
    bool causal = false;        // a query sees the keys up to its own position
    int64_t past = 0;           // keys in front of those of the first query's position
};
struct AttentionSteps {
    ValueId result, scores, weights; // [N, heads, queries, channels], [N, heads, queries, keys] scaled, after softmax
};
/// softmax(q * k^T * scale + mask) * v of q [N, heads, queries, channels], k [N, heads, keys, channels] and v [N,
/// heads, keys, channels of the result], whose shapes are known. The leading dimensions may be any others that
/// broadcast.
AttentionSteps attention(LayerWriter& writer, ValueId q, ValueId k, ValueId v, const AttentionSettings& settings);

/// Positions turned into angles: pairs (a, b) of the first 2C channels of x [N, positions, heads, channels] become (a *
/// cos - b * sin, b * cos + a * sin). `cosine` and `sine` broadcast to [N, positions, heads, C]. Pairs lie C channels
/// apart, or side by side (`interleaved`). Later channels stay.
ValueId rotate(LayerWriter& writer, ValueId x, ValueId cosine, ValueId sine, bool interleaved);

/// start, start + step ... below `end` (above it for a negative step). Nothing where that is no list that somebody
/// meant: an endless one, or one of more than `most` numbers.
std::optional<Tensor> numbersBetween(double start, double end, double step, ElementType type,
                                     int64_t most = int64_t{1} << 28);

/// All operands combined, from the first to the last.
ValueId combine(LayerWriter& writer, BinaryKind kind, const std::vector<ValueId>& operands);

} // namespace halftone
