// SPDX-License-Identifier: GPL-3.0-or-later
// Attention and what stands around it: ONNX's own operators (23 and later) and those that ONNX Runtime's optimizer
// writes in com.microsoft.
#include "core/formats/common/layers.h"
#include "core/formats/onnx/operators.h"
#include "core/graph/element.h"

#include <cmath>
#include <fmt/format.h>

namespace halftone::onnx_format {

namespace {

const Shape& knownShape(LayerView& layer, ValueId value) {
    return layer.known(layer.builder().shape(value));
}

/// x [N, positions, heads * channels] as [N, heads, positions, channels]; with 4 dimensions it is that already.
ValueId byHeads(LayerView& layer, ValueId x, int64_t heads) {
    const Shape shape = knownShape(layer, x);
    if (shape.size() == 4)
        return x;
    if (shape.size() != 3 || heads < 1 || shape[2] % heads != 0)
        layer.fail(fmt::format("has {} heads for a tensor of {} dimensions", heads, shape.size()));
    const ValueId apart = layer.step(Reshape{{shape[0], shape[1], heads, shape[2] / heads}}, {x});
    return layer.step(Transpose{{0, 2, 1, 3}}, {apart});
}

/// The other way round.
ValueId joinedHeads(LayerView& layer, ValueId x) {
    const Shape shape = knownShape(layer, x);
    const ValueId moved = layer.step(Transpose{{0, 2, 1, 3}}, {x});
    return layer.step(Reshape{{shape[0], shape[2], shape[1] * shape[3]}}, {moved});
}

/// Keys or values of few heads, each of them for several heads of the queries.
ValueId repeatedHeads(LayerView& layer, ValueId x, int64_t heads) {
    const Shape shape = knownShape(layer, x);
    if (shape[1] == heads)
        return x;
    if (heads % shape[1] != 0)
        layer.fail(fmt::format("has {} heads of queries for {} of keys", heads, shape[1]));
    const int64_t times = heads / shape[1];
    const ValueId apart = layer.step(Reshape{{shape[0], shape[1], 1, shape[2], shape[3]}}, {x});
    const ValueId many = layer.step(Expand{{shape[0], shape[1], times, shape[2], shape[3]}}, {apart});
    return layer.step(Reshape{{shape[0], heads, shape[2], shape[3]}}, {many});
}

/// Of the scores: 1 / sqrt(channels of a head) where the file does not say another one.
float scaleOf(LayerView& layer, ValueId q) {
    const float given = layer.real("scale", 0);
    return given != 0 ? given : 1 / std::sqrt(static_cast<float>(knownShape(layer, q)[3]));
}

ValueId added(LayerView& layer, ValueId x, ValueId bias) {
    return bias == kNoValue ? x : layer.step(Binary{BinaryKind::Add, {}}, {x, bias});
}

ValueId part(LayerView& layer, ValueId x, int64_t begin, int64_t end, int64_t axis) {
    return layer.step(Slice{{begin}, {end}, {axis}, {1}}, {x});
}

/// com.microsoft: 1 where a key counts [N, keys]; others get `filter` added.
ValueId keyMask(LayerView& layer, size_t operand) {
    const float filter = layer.real("mask_filter_value", -10000);
    const ValueId mask = layer.input(operand);
    const Shape shape = knownShape(layer, mask);
    if (shape.size() != 2)
        layer.cannotRun(fmt::format("with a mask of {} dimensions", shape.size()));
    const ValueId number = layer.step(Cast{ElementType::F32}, {mask});
    const float one = 1;
    const ValueId all = layer.operand(Tensor::fromFloats({}, std::span(&one, 1)));
    const ValueId missing = layer.step(Binary{BinaryKind::Sub, {}}, {all, number});
    const ValueId large = scaled(layer.writer(), missing, filter);
    return layer.step(Squeeze{{1, 2}, true}, {large});
}

/// com.microsoft: `mask` and `bias` are operands that may be omitted.
AttentionSettings microsoftSettings(LayerView& layer, ValueId q, size_t mask, size_t bias) {
    AttentionSettings settings;
    settings.scale = scaleOf(layer, q);
    settings.causal = layer.flag("unidirectional", false);
    if (layer.hasInput(mask))
        settings.added = keyMask(layer, mask);
    if (layer.hasInput(bias))
        settings.added =
            settings.added == kNoValue ? layer.input(bias) : added(layer, settings.added, layer.input(bias));
    return settings;
}

/// x [N, positions, heads * channels] or [N, heads, positions, channels], its heads turned; `angles` gives [N,
/// positions, 1, pairs] of the table with this operand number.
Layer rotated(LayerView& layer, int64_t heads, size_t cosine, size_t sine, const auto& angles) {
    const ValueId given = layer.input(0);
    const bool joined = knownShape(layer, given).size() == 3;
    const ValueId x = layer.step(Transpose{{0, 2, 1, 3}}, {byHeads(layer, given, heads)});
    const ValueId y = rotate(layer.writer(), x, angles(cosine), angles(sine), layer.flag("interleaved", false));
    const ValueId turned = layer.step(Transpose{{0, 2, 1, 3}}, {y});
    return {.results = {joined ? joinedHeads(layer, turned) : turned}};
}

} // namespace

Layer readRmsNormalization(LayerView& layer) {
    layer.requireInputs(2, 2);
    layer.ignore("stash_type");
    const ValueId x = layer.input(0);
    const auto rank = static_cast<int64_t>(knownShape(layer, x).size());
    const int64_t given = layer.integer("axis", -1), first = given < 0 ? given + rank : given;
    if (first < 0 || first >= rank)
        layer.fail(fmt::format("has an axis outside the {} dimensions of its input", rank));
    std::vector<int64_t> axes;
    for (int64_t axis = first; axis < rank; ++axis)
        axes.push_back(axis);
    const float epsilon = layer.real("epsilon", 1e-5F);
    return {.results = {normalizeRms(layer.writer(), x, axes, epsilon, layer.input(1))}};
}

Layer readAttention(LayerView& layer) {
    layer.requireInputs(3, 6);
    layer.ignore("softmax_precision");
    const ValueId given = layer.input(0);
    const bool joined = knownShape(layer, given).size() == 3;
    const int64_t queryHeads = layer.integer("q_num_heads", 0), keyHeads = layer.integer("kv_num_heads", 0);
    const ValueId q = byHeads(layer, given, queryHeads);
    ValueId k = byHeads(layer, layer.input(1), keyHeads), v = byHeads(layer, layer.input(2), keyHeads);
    AttentionSettings settings;
    if (layer.hasInput(4)) {
        settings.past = knownShape(layer, layer.input(4))[2];
        k = layer.step(Concat{2}, {layer.input(4), k});
        v = layer.step(Concat{2}, {layer.input(5), v});
    }
    settings.scale = scaleOf(layer, q);
    settings.softcap = layer.real("softcap", 0);
    settings.causal = layer.flag("is_causal", false);
    if (layer.hasInput(3))
        (layer.type(3) == ElementType::Bool ? settings.allowed : settings.added) = layer.input(3);
    const int64_t heads = knownShape(layer, q)[1];
    const AttentionSteps steps =
        attention(layer.writer(), q, repeatedHeads(layer, k, heads), repeatedHeads(layer, v, heads), settings);
    const int64_t mode = layer.integer("qk_matmul_output_mode", 0);
    if (layer.outputCount() > 3 && mode != 0 && mode != 3)
        layer.cannotRun(fmt::format("with qk_matmul_output_mode {}", mode));
    return {.results = {joined ? joinedHeads(layer, steps.result) : steps.result, k, v,
                        mode == 3 ? steps.weights : steps.scores}};
}

Layer readRotaryEmbedding(LayerView& layer) {
    layer.requireInputs(3, 4);
    layer.ignore("rotary_embedding_dim"); // the tables have half as many columns
    return rotated(layer, layer.integer("num_heads", 0), 1, 2, [&](size_t table) {
        ValueId rows = layer.input(table);
        if (layer.hasInput(3))
            rows = layer.step(Gather{0}, {rows, layer.input(3)});
        return layer.step(Squeeze{{2}, true}, {rows});
    });
}

/// com.microsoft: positions before the tables.
Layer readMicrosoftRotaryEmbedding(LayerView& layer) {
    layer.requireInputs(4, 4);
    if (layer.flag("is_packed_batching", false))
        layer.cannotRun("with packed batches");
    if (layer.real("scale", 1) != 1)
        layer.cannotRun("with a scale");
    layer.ignore("max_position");
    layer.ignore("rotary_embedding_dim");
    const Shape shape = knownShape(layer, layer.input(0));
    if (knownShape(layer, layer.input(1)).size() != 2)
        layer.cannotRun("with one position for all");
    const int64_t channels = 2 * knownShape(layer, layer.input(2)).back(), given = layer.integer("num_heads", 0);
    const int64_t heads = given != 0 ? given : shape.size() == 3 ? shape[2] / channels : 1;
    return rotated(layer, heads, 2, 3, [&](size_t table) {
        return layer.step(Squeeze{{2}, true}, {layer.step(Gather{0}, {layer.input(table), layer.input(1)})});
    });
}

/// com.microsoft: one product makes queries, keys and values.
Layer readMicrosoftAttention(LayerView& layer) {
    layer.requireInputs(2, 7);
    if (layer.flag("do_rotary", false))
        layer.cannotRun("with rotary positions");
    layer.ignore("past_present_share_buffer"); // of earlier keys
    for (const size_t operand : {4, 6})
        if (layer.hasInput(operand))
            layer.cannotRun("with earlier keys");
    return microsoftAttention(layer, layer.input(0), layer.input(1), layer.optionalInput(2), 3, 5);
}

Layer microsoftAttention(LayerView& layer, ValueId x, ValueId weights, ValueId bias, size_t mask, size_t scoreBias) {
    const Shape shape = knownShape(layer, weights);
    if (shape.size() != 2)
        layer.fail(fmt::format("has weights of {} dimensions", shape.size()));
    const int64_t width = shape[1], heads = layer.integer("num_heads");
    const std::vector<int64_t> sizes = layer.integers("qkv_hidden_sizes").value_or(std::vector<int64_t>(3, width / 3));
    if (sizes.size() != 3 || sizes[0] + sizes[1] + sizes[2] != width)
        layer.fail("has sizes of queries, keys and values unlike its weights");
    const ValueId all = added(layer, layer.step(MatMul{}, {x, weights}), bias);
    const ValueId q = byHeads(layer, part(layer, all, 0, sizes[0], 2), heads),
                  k = byHeads(layer, part(layer, all, sizes[0], sizes[0] + sizes[1], 2), heads),
                  v = byHeads(layer, part(layer, all, sizes[0] + sizes[1], width, 2), heads);
    const AttentionSteps steps = attention(layer.writer(), q, k, v, microsoftSettings(layer, q, mask, scoreBias));
    return {.results = {joinedHeads(layer, steps.result)}};
}

/// com.microsoft: queries, keys and values are made already.
Layer readMultiHeadAttention(LayerView& layer) {
    layer.requireInputs(1, 8);
    const int64_t heads = layer.integer("num_heads");
    if (!layer.hasInput(1) || !layer.hasInput(2))
        layer.cannotRun("with queries, keys and values in one tensor");
    ValueId given[3] = {layer.input(0), layer.input(1), layer.input(2)};
    if (layer.hasInput(3)) {
        int64_t begin = 0;
        for (ValueId& operand : given) {
            const Shape shape = knownShape(layer, operand);
            if (shape.size() != 3)
                layer.cannotRun("with a bias for tensors of 4 dimensions");
            operand = added(layer, operand, part(layer, layer.input(3), begin, begin + shape[2], 0));
            begin += shape[2];
        }
    }
    const ValueId q = byHeads(layer, given[0], heads);
    ValueId k = byHeads(layer, given[1], heads), v = byHeads(layer, given[2], heads);
    AttentionSettings settings = microsoftSettings(layer, q, 4, 5);
    if (layer.hasInput(6)) {
        settings.past = knownShape(layer, layer.input(6))[2];
        k = layer.step(Concat{2}, {layer.input(6), k});
        v = layer.step(Concat{2}, {layer.input(7), v});
    }
    const AttentionSteps steps = attention(layer.writer(), q, k, v, settings);
    return {.results = {joinedHeads(layer, steps.result), k, v}};
}

} // namespace halftone::onnx_format
