// SPDX-License-Identifier: GPL-3.0-or-later
// 8-bit weights on their way to real numbers, and FakeQuantize, which rounds to a grid. Both become grids: a weight is
// the real numbers that its codes mean, and an activation behind FakeQuantize lies on its grid.
#include "core/formats/openvino/broadcast.h"
#include "core/formats/openvino/operators.h"
#include "core/graph/element.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>
#include <limits>

namespace halftone::openvino_format {

namespace {

/// How far a zero point may be from a whole number; OpenVINO's own tools stay below.
constexpr double kZeroPointTolerance = 0.02;

bool isEightBit(ElementType type) {
    return type == ElementType::U8 || type == ElementType::S8;
}

/// The scales of a weight of this shape, and where they belong.
struct Scales {
    ElementType storage = ElementType::S8;
    std::vector<float> scales;
    std::vector<int32_t> zeroPoints;
    std::vector<size_t> axes; // along which they lie, in turn
};

/// A weight and its grid become the layer's result. Scales for groups and channels of a group wait for the layer that
/// joins these.
void weightResult(LayerView& layer, Tensor tensor, const std::optional<Scales>& scales) {
    std::optional<QuantParams> grid;
    if (scales) {
        layer.network().quantized = true;
        grid = QuantParams{scales->storage, scales->scales, scales->zeroPoints, std::nullopt};
        if (scales->axes.size() == 1)
            grid->axis = static_cast<int>(scales->axes.front());
        if (scales->axes == std::vector<size_t>{0, 1}) {
            grid->axis = 0;
            layer.network().groupedGrids.emplace(layer.output(), *grid);
        }
        if (scales->axes.size() > 1)
            grid.reset();
    }
    layer.constantResult(std::move(tensor), grid);
}

/// (integers - zero points) * scales, and their grid where it is one.
void dequantizedResult(LayerView& layer, const Codes& codes, const Tensor& scale) {
    const Shape& shape = codes.integers.shape;
    const Tensor none = Tensor::fromFloats({}, std::vector<float>{0});
    const auto scales = Spread::over(shape, scale);
    const auto points = Spread::over(shape, codes.zeroPoints.value_or(none));
    const std::vector<float> integers = codes.integers.toFloats();
    std::vector<float> values(integers.size());
    forEachElement(shape, {&*scales, &*points}, [&](size_t i, const std::vector<size_t>& at) {
        values[i] = (integers[i] - points->at(at[1])) * scales->at(at[0]);
    });
    std::optional<Scales> result = Scales{codes.integers.type, scales->values(), {}, scales->axes()};
    if (points->size() != 1 && points->axes() != scales->axes())
        result.reset();
    for (size_t i = 0; result && i < scales->size(); ++i) {
        const float point = points->at(points->size() == 1 ? 0 : i), scale = scales->at(i);
        if (std::abs(point - std::nearbyint(point)) > kZeroPointTolerance || point < lowestCode(codes.integers.type) ||
            point > highestCode(codes.integers.type) || !std::isfinite(scale) || scale <= 0)
            result.reset();
        else
            result->zeroPoints.push_back(static_cast<int32_t>(std::nearbyint(point)));
    }
    weightResult(layer, Tensor::fromFloats(shape, values), result);
}

const Codes* codesOf(LayerView& layer, size_t index) {
    const auto found = layer.network().codes.find(layer.inputName(index));
    return found == layer.network().codes.end() ? nullptr : &found->second;
}

/// Both operands of a layer on weights: the codes, and a constant that fits over them.
struct OnCodes {
    const Codes* codes = nullptr;
    const Tensor* other = nullptr;
};

OnCodes onCodes(LayerView& layer, size_t codesIndex) {
    const Codes* codes = codesOf(layer, codesIndex);
    const Tensor* other = layer.constant(1 - codesIndex);
    if (!codes || !other || !isFloatType(other->type) || !Spread::over(codes->integers.shape, *other))
        return {};
    return {codes, other};
}

void plain(LayerView& layer, BinaryKind kind) {
    const std::string mode = layer.text("auto_broadcast", "numpy");
    if (mode != "numpy" && mode != "none")
        layer.cannotRun("with broadcasting like " + mode);
    layer.result(Binary{kind, {}}, layer.allInputs());
}

} // namespace

void readConvert(LayerView& layer) {
    layer.requireInputs(1, 1);
    const std::string to = layer.text("destination_type");
    const std::optional<ElementType> type = elementTypeOf(to);
    if (!type)
        layer.cannotRun("to " + to);
    const Network& network = layer.network();
    const bool toFloat = isFloatType(*type);
    if (layer.isWeight(0) && toFloat) { // which weights of any width become here
        const Tensor& tensor = *layer.constant(0);
        if (const Codes* codes = codesOf(layer, 0))
            layer.network().codes.emplace(layer.output(), *codes);
        else if (isEightBit(tensor.type))
            layer.network().codes.emplace(layer.output(), Codes{tensor, std::nullopt});
        if (const auto merged = network.groupedGrids.find(layer.inputName(0)); merged != network.groupedGrids.end())
            layer.network().groupedGrids.emplace(layer.output(), QuantParams(merged->second));
        layer.constantResult(castTensor(tensor, ElementType::F32), layer.grid(0));
        return;
    }
    layer.result(Cast{toFloat ? ElementType::F32 : *type}, {layer.input(0)});
}

void readSubtract(LayerView& layer) {
    layer.requireInputs(2, 2);
    const OnCodes on = onCodes(layer, 0);
    if (!on.codes || on.codes->zeroPoints) {
        plain(layer, BinaryKind::Sub);
        return;
    }
    const Codes codes{on.codes->integers, *on.other};
    const std::vector<float> integers = codes.integers.toFloats();
    const auto points = Spread::over(codes.integers.shape, *codes.zeroPoints);
    std::vector<float> values(integers.size());
    forEachElement(codes.integers.shape, {&*points},
                   [&](size_t i, const std::vector<size_t>& at) { values[i] = integers[i] - points->at(at[0]); });
    layer.constantResult(Tensor::fromFloats(codes.integers.shape, values));
    layer.network().codes.emplace(layer.output(), codes);
}

void readMultiply(LayerView& layer) {
    layer.requireInputs(2, 2);
    for (const size_t index : {size_t{0}, size_t{1}})
        if (const OnCodes on = onCodes(layer, index); on.codes) {
            dequantizedResult(layer, *on.codes, *on.other);
            return;
        }
    plain(layer, BinaryKind::Mul);
}

namespace {

/// Input and output limits.
struct Limits {
    double il, ih, ol, oh;

    /// OpenVINO's definition; its rounding is to even under the default environment.
    double rounded(double x, double steps) const {
        if (x <= std::min(il, ih))
            return ol;
        if (x > std::max(il, ih))
            return oh;
        return std::nearbyint((x - il) / (ih - il) * steps) / steps * (oh - ol) + ol;
    }
};

int64_t levelsOf(LayerView& layer) {
    const int64_t levels = layer.integer("levels");
    if (levels < 2 || levels > std::numeric_limits<uint32_t>::max())
        layer.fail(fmt::format("has {} levels", levels));
    return levels;
}

/// Scale and zero point of numbers ol, ol + step, ..., oh, `levels` of them; nothing where zero is none of them, or not
/// in reach of the codes.
struct Line {
    float scale;
    int32_t zeroPoint;
};
std::optional<Line> lineOf(const Limits& limits, int64_t levels, int32_t firstCode, ElementType storage) {
    const double step = (limits.oh - limits.ol) / static_cast<double>(levels - 1);
    if (limits.ol == 0 && limits.oh == 0) // nothing but zeros
        return Line{1, 0};
    const double point = firstCode - limits.ol / step;
    if (!(step > 0) || !std::isfinite(static_cast<float>(step)) || static_cast<float>(step) == 0 ||
        std::abs(point - std::nearbyint(point)) > kZeroPointTolerance || point < lowestCode(storage) ||
        point > highestCode(storage))
        return std::nullopt;
    return Line{static_cast<float>(step), static_cast<int32_t>(std::nearbyint(point))};
}

/// The first of `levels` signed codes: all 256, or as many on both sides of zero.
int32_t firstSigned(int64_t levels) {
    return -static_cast<int32_t>(levels / 2);
}

void fakeQuantizeWeights(LayerView& layer, int64_t levels, const std::array<Tensor, 4>& limits) {
    const Tensor& weights = *layer.constant(0);
    std::array<std::optional<Spread>, 4> spreads;
    for (size_t i = 0; i < 4; ++i)
        if (!(spreads[i] = Spread::over(weights.shape, limits[i])))
            layer.cannotRun("that enlarges a constant");
    const auto at = [&](const std::vector<size_t>& positions) {
        return Limits{spreads[0]->at(positions[0]), spreads[1]->at(positions[1]), spreads[2]->at(positions[2]),
                      spreads[3]->at(positions[3])};
    };
    const std::vector<float> before = weights.toFloats();
    std::vector<float> after(before.size());
    const auto steps = static_cast<double>(levels - 1);
    forEachElement(weights.shape, {&*spreads[0], &*spreads[1], &*spreads[2], &*spreads[3]},
                   [&](size_t i, const std::vector<size_t>& positions) {
                       after[i] = static_cast<float>(at(positions).rounded(before[i], steps));
                   });
    std::optional<Scales> scales;
    if (levels <= 256 && spreads[2]->axes() == spreads[3]->axes()) {
        scales = Scales{ElementType::S8, {}, {}, spreads[2]->axes()};
        for (size_t i = 0; scales && i < spreads[2]->size(); ++i) {
            const auto line =
                lineOf({0, 0, spreads[2]->at(i), spreads[3]->at(i)}, levels, firstSigned(levels), ElementType::S8);
            if (!line)
                scales.reset();
            else {
                scales->scales.push_back(line->scale);
                scales->zeroPoints.push_back(line->zeroPoint);
            }
        }
    }
    if (!scales)
        layer.warn("no-8-bit-grid", "rounds weights to something that is no grid of 8 bits; they are read as rounded, "
                                    "and the layer that takes them runs in fp32");
    weightResult(layer, Tensor::fromFloats(weights.shape, after), scales);
    layer.network().quantized = true;
}

/// One number for all channels, or nothing.
std::optional<double> single(const Tensor& tensor) {
    const std::vector<float> values = tensor.toFloats();
    if (values.empty() || std::any_of(values.begin(), values.end(), [&](float value) { return value != values[0]; }))
        return std::nullopt;
    return values.front();
}

/// The limits of every channel, or one for all.
struct ChannelLimits {
    std::optional<size_t> axis; // from the end; absent where there is one for all
    std::vector<Limits> each;

    bool holdsZeros() const {
        return std::ranges::any_of(each, [](const Limits& limits) { return limits.ol == limits.oh; });
    }
    bool movesRange() const {
        return std::ranges::any_of(
            each, [](const Limits& limits) { return limits.il != limits.ol || limits.ih != limits.oh; });
    }
};

/// Nothing where they differ along several dimensions.
std::optional<ChannelLimits> channelLimits(const std::array<Tensor, 4>& tensors) {
    ChannelLimits result;
    size_t channels = 1;
    std::array<std::vector<float>, 4> values;
    for (size_t i = 0; i < 4; ++i) {
        values[i] = tensors[i].toFloats();
        if (single(tensors[i])) {
            values[i].resize(1);
            continue;
        }
        const Shape& shape = tensors[i].shape;
        const auto wide = std::ranges::find_if(shape, [](int64_t size) { return size != 1; });
        const auto axis = static_cast<size_t>(shape.end() - wide);
        if (static_cast<size_t>(*wide) != values[i].size() ||
            (result.axis && (axis != *result.axis || values[i].size() != channels)))
            return std::nullopt;
        result.axis = axis;
        channels = values[i].size();
    }
    for (size_t c = 0; c < channels; ++c) {
        const auto at = [&](size_t i) { return static_cast<double>(values[i][values[i].size() > 1 ? c : 0]); };
        result.each.push_back({at(0), at(1), at(2), at(3)});
    }
    return result;
}

/// x * (oh - ol) / (ih - il) + offset: what is rounded between the input limits, between the output limits.
ValueId movedRange(LayerView& layer, const ChannelLimits& limits, ValueId x) {
    std::vector<float> factors, offsets;
    for (const Limits& each : limits.each) {
        const double factor = each.ih > each.il ? (each.oh - each.ol) / (each.ih - each.il) : 1;
        factors.push_back(static_cast<float>(factor));
        offsets.push_back(static_cast<float>(each.ol - each.il * factor));
    }
    Shape shape(limits.axis.value_or(0), 1);
    if (limits.axis)
        shape.front() = static_cast<int64_t>(factors.size());
    const auto constant = [&](const char* what, const std::vector<float>& values) {
        return layer.writer().constant(layer.output() + what, Tensor::fromFloats(shape, values));
    };
    x = layer.writer().add(Binary{BinaryKind::Mul, {}}, {x, constant("_factor", factors)});
    if (std::ranges::all_of(offsets, [](float offset) { return offset == 0; }))
        return x;
    return layer.writer().add(Binary{BinaryKind::Add, {}}, {x, constant("_offset", offsets)});
}

/// Signed codes without a zero point, or unsigned ones; of all channels alike. `axis`: the dimension of the channels.
std::optional<QuantParams> activationGrid(const ChannelLimits& limits, int64_t levels, std::optional<size_t> axis) {
    const auto gridOf = [&](ElementType storage, int32_t firstCode) -> std::optional<QuantParams> {
        QuantParams grid{storage, {}, {}, std::nullopt};
        if (axis)
            grid.axis = static_cast<int>(*axis);
        for (const Limits& each : limits.each) {
            const auto line = lineOf(each, levels, firstCode, storage);
            if (!line || (storage == ElementType::S8 && (line->zeroPoint != 0 || each.ol > 0)))
                return std::nullopt;
            grid.scales.push_back(line->scale);
            grid.zeroPoints.push_back(line->zeroPoint);
        }
        return grid;
    };
    const bool negative = std::ranges::any_of(limits.each, [](const Limits& each) { return each.ol < 0; });
    if (levels > 256)
        return std::nullopt;
    if (auto grid = negative ? gridOf(ElementType::S8, firstSigned(levels)) : std::nullopt)
        return grid;
    return gridOf(ElementType::U8, 0);
}

} // namespace

void readFakeQuantize(LayerView& layer) {
    layer.requireInputs(5, 5);
    const int64_t levels = levelsOf(layer);
    const std::array<Tensor, 4> tensors{layer.setting(1, "limits"), layer.setting(2, "limits"),
                                        layer.setting(3, "limits"), layer.setting(4, "limits")};
    for (const Tensor& tensor : tensors)
        for (const float limit : tensor.toFloats())
            if (!std::isfinite(limit))
                layer.fail("has a limit that is no number");
    if (layer.isWeight(0)) {
        fakeQuantizeWeights(layer, levels, tensors);
        return;
    }
    layer.network().quantized = true;
    const std::optional<ChannelLimits> limits = channelLimits(tensors);
    if (!limits)
        layer.cannotRun("with limits along several dimensions");
    for (const Limits& each : limits->each)
        if (!(each.il < each.ih && each.ol < each.oh) &&
            (each.il != each.ih || each.ol != 0 || each.oh != 0 || each.il != 0))
            layer.cannotRun("with an empty range");
    std::optional<size_t> axis;
    if (limits->axis) {
        const size_t rank = layer.rank(0);
        if (*limits->axis > rank)
            layer.cannotRun("with limits of more dimensions than its input");
        axis = rank - *limits->axis;
    }
    const std::optional<QuantParams> grid = activationGrid(*limits, levels, axis);
    if (!grid && levels < 256)
        layer.cannotRun(fmt::format("with {} levels of which none is zero", levels));
    if (!grid)
        layer.warn("no-8-bit-grid",
                   fmt::format("rounds to {} levels, which are no grid of 8 bits; its result is cut to "
                               "its limits, but not rounded",
                               levels));
    ValueId x = layer.input(0);
    if (limits->movesRange())
        x = movedRange(layer, *limits, x);
    if (grid && levels >= 255 && !limits->holdsZeros()) { // the codes end where the limits are
        layer.result(Identity{}, {x}, grid);
        return;
    }
    if (axis) {
        x = layer.writer().add(Binary{BinaryKind::Max, {}}, {x, layer.input(3)});
        x = layer.writer().add(Binary{BinaryKind::Min, {}}, {x, layer.input(4)});
    } else {
        const Limits& all = limits->each.front();
        x = layer.writer().add(Unary{UnaryKind::Clip, static_cast<float>(all.ol), static_cast<float>(all.oh)}, {x});
    }
    layer.result(Identity{}, {x}, grid);
}

} // namespace halftone::openvino_format
