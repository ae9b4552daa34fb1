// SPDX-License-Identifier: GPL-3.0-or-later
// Normalizations and attention.
#include "core/formats/common/layers.h"
#include "core/formats/openvino/operators.h"

#include <cmath>
#include <fmt/format.h>
#include <unordered_map>

namespace halftone::openvino_format {

namespace {

std::vector<int64_t> axesOfMvn(LayerView& layer) {
    std::vector<int64_t> axes;
    const size_t rank = layer.rank(0);
    if (layer.inputCount() > 1) {
        for (const int64_t axis : layer.integerSetting(1, "dimensions"))
            axes.push_back(layer.axisOf(axis, rank));
    } else { // operator set 2
        const size_t first = layer.flag("across_channels", false) ? 1 : 2;
        for (size_t i = first; i < rank; ++i)
            axes.push_back(static_cast<int64_t>(i));
    }
    return axes;
}

/// (x - mean) / (sqrt(variance) + epsilon), or x - mean without an epsilon.
void readMvnInSteps(LayerView& layer, const std::vector<int64_t>& axes, std::optional<float> epsilon) {
    LayerWriter& writer = layer.writer();
    const ValueId x = layer.input(0), mean = writer.add(Reduce{ReduceKind::Mean, axes, true}, {x});
    const Binary subtract{BinaryKind::Sub, {}};
    if (!epsilon) {
        layer.result(subtract, {x, mean});
        return;
    }
    const ValueId centred = writer.add(subtract, {x, mean});
    const ValueId deviation = writer.addInRow(
        {Unary{UnaryKind::Square}, Reduce{ReduceKind::Mean, axes, true}, Unary{UnaryKind::Sqrt}}, centred);
    const ValueId small = writer.constant(layer.output() + "_eps", Tensor::fromFloats({}, std::span(&*epsilon, 1)));
    layer.result(Binary{BinaryKind::Div, {}}, {centred, writer.add(Binary{BinaryKind::Add, {}}, {deviation, small})});
}

void readMvn(LayerView& layer) {
    layer.requireInputs(1, 2);
    const std::vector<int64_t> axes = axesOfMvn(layer);
    if (axes.empty())
        layer.cannotRun("along no dimension");
    if (!layer.flag("normalize_variance", true)) {
        readMvnInSteps(layer, axes, {});
        return;
    }
    const std::string mode = layer.text("eps_mode", "inside_sqrt");
    const float epsilon = layer.real("eps");
    if (mode == "outside_sqrt" || mode == "OUTSIDE_SQRT")
        readMvnInSteps(layer, axes, epsilon);
    else if (mode == "inside_sqrt" || mode == "INSIDE_SQRT")
        layer.result(Normalize{axes, epsilon}, {layer.input(0)});
    else
        layer.fail("has an eps_mode that OpenVINO does not know");
}

/// x, scale, along the last dimension. OpenVINO makes it of five layers when it compiles a model.
void readRms(LayerView& layer) {
    layer.requireInputs(1, 2);
    const size_t rank = layer.rank(0);
    if (rank == 0)
        layer.fail("normalizes a tensor without dimensions");
    const float epsilon = layer.real("epsilon");
    const ValueId scale = layer.inputCount() > 1 ? layer.input(1) : kNoValue;
    layer.results({normalizeRms(layer.writer(), layer.input(0), {static_cast<int64_t>(rank) - 1}, epsilon, scale)});
}

/// x, scale and bias [C].
void readGroupNormalization(LayerView& layer) {
    layer.requireInputs(3, 3);
    const Shape shape = layer.known(layer.shape(0));
    const int64_t groups = layer.integer("num_groups");
    if (shape.size() < 3 || groups < 1 || shape[1] % groups != 0)
        layer.fail(fmt::format("has {} groups and {} dimensions", groups, shape.size()));
    const float epsilon = layer.real("epsilon");
    std::vector<int64_t> behind;
    for (size_t i = 2; i < shape.size(); ++i)
        behind.push_back(static_cast<int64_t>(i) - 1);
    const auto alongChannels = [&](size_t index) {
        return layer.writer().add(Squeeze{behind, true}, {layer.input(index)});
    };
    const ValueId y = normalizeGroups(layer.writer(), layer.input(0), groups, epsilon);
    const ValueId scaledY = layer.writer().add(Binary{BinaryKind::Mul, {}}, {y, alongChannels(1)});
    layer.result(Binary{BinaryKind::Add, {}}, {scaledY, alongChannels(2)});
}

/// Queries [..., L, E], keys [..., S, E], values [..., S, Ev], what is added to the scores (or, as bool, who is seen),
/// their scale, a sink. A causal layer has no use for its mask.
void readScaledDotProductAttention(LayerView& layer) {
    layer.requireInputs(3, 6);
    if (layer.inputCount() > 5)
        layer.cannotRun("with a sink");
    const Shape& queries = layer.known(layer.shape(0));
    for (size_t i = 0; i < 3; ++i)
        if (layer.rank(i) < 2 || layer.rank(i) != queries.size())
            layer.fail(fmt::format("has queries, keys and values of {}, {} and {} dimensions", queries.size(),
                                   layer.rank(1), layer.rank(2)));
    AttentionSettings settings;
    settings.causal = layer.flag("causal", false);
    settings.scale =
        layer.inputCount() > 4 ? layer.realSetting(4, "a scale") : 1 / std::sqrt(static_cast<float>(queries.back()));
    if (layer.inputCount() > 3 && !settings.causal) {
        const ValueId mask = layer.input(3);
        const bool marks = layer.writer().builder().type(mask) == ElementType::Bool;
        const Tensor* known = layer.constant(3);
        const bool isNone = known && !marks && known->elements() == 1 && known->toFloats().front() == 0;
        if (!isNone)
            (marks ? settings.allowed : settings.added) = mask;
    }
    layer.results({attention(layer.writer(), layer.input(0), layer.input(1), layer.input(2), settings).result});
}

} // namespace

OperatorReader normalizationReader(std::string_view type) {
    static const std::unordered_map<std::string_view, OperatorReader> readers = {
        {"GroupNormalization", readGroupNormalization},
        {"MVN", readMvn},
        {"RMS", readRms},
        {"ScaledDotProductAttention", readScaledDotProductAttention},
    };
    const auto found = readers.find(type);
    return found == readers.end() ? nullptr : found->second;
}

} // namespace halftone::openvino_format
