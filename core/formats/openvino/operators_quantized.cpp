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

std::optional<QuantParams> gridOf(LayerView& layer, size_t index) {
    const QuantParams* grid = layer.network().builder.grid(layer.inputName(index));
    return grid ? std::optional(*grid) : std::nullopt;
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
        layer.constantResult(castTensor(tensor, ElementType::F32), gridOf(layer, 0));
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

ValueId scalar(LayerView& layer, const char* what, double value) {
    return layer.writer().constant(layer.output() + what,
                                   Tensor::fromFloats({}, std::vector<float>{static_cast<float>(value)}));
}

/// Signed codes without a zero point, or unsigned ones.
std::optional<QuantParams> activationGrid(const Limits& limits, int64_t levels) {
    if (levels > 256)
        return std::nullopt;
    if (const auto line = lineOf(limits, levels, firstSigned(levels), ElementType::S8);
        line && line->zeroPoint == 0 && limits.ol < 0)
        return QuantParams{ElementType::S8, {line->scale}, {0}, std::nullopt};
    if (const auto line = lineOf(limits, levels, 0, ElementType::U8))
        return QuantParams{ElementType::U8, {line->scale}, {line->zeroPoint}, std::nullopt};
    return std::nullopt;
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
    const auto il = single(tensors[0]), ih = single(tensors[1]), ol = single(tensors[2]), oh = single(tensors[3]);
    layer.network().quantized = true;
    if (!il || !ih || !ol || !oh) {
        layer.warn("no-8-bit-grid",
                   "rounds each channel to a grid of its own, which no 8-bit layer reads; its result is "
                   "cut to its limits, but not rounded");
        const ValueId low = layer.writer().add(Binary{BinaryKind::Max, {}}, {layer.input(0), layer.input(1)});
        layer.result(Binary{BinaryKind::Min, {}}, {low, layer.input(2)});
        return;
    }
    const Limits limits{*il, *ih, *ol, *oh};
    if (!(limits.il < limits.ih) || !(limits.ol < limits.oh))
        layer.cannotRun("with an empty range");
    const std::optional<QuantParams> grid = activationGrid(limits, levels);
    if (!grid && levels < 256)
        layer.cannotRun(fmt::format("with {} levels of which none is zero", levels));
    if (!grid)
        layer.warn(
            "no-8-bit-grid",
            fmt::format("rounds to {} levels from {:.6g} to {:.6g}, which is no grid of 8 bits; its result is cut "
                        "to these limits, but not rounded",
                        levels, limits.ol, limits.oh));
    ValueId x = layer.input(0);
    if (limits.il != limits.ol || limits.ih != limits.oh) { // it also moves the range
        const double factor = (limits.oh - limits.ol) / (limits.ih - limits.il);
        const double offset = limits.ol - limits.il * factor;
        x = layer.writer().add(Binary{BinaryKind::Mul, {}}, {x, scalar(layer, "_factor", factor)});
        if (offset != 0)
            x = layer.writer().add(Binary{BinaryKind::Add, {}}, {x, scalar(layer, "_offset", offset)});
    }
    const Unary cut{UnaryKind::Clip, static_cast<float>(limits.ol), static_cast<float>(limits.oh)};
    if (!grid) {
        layer.result(cut, {x});
        return;
    }
    if (levels < 255) // 8-bit codes reach further
        x = layer.writer().add(cut, {x});
    layer.result(Identity{}, {x}, grid);
}

} // namespace halftone::openvino_format
