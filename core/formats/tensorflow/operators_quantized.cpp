// SPDX-License-Identifier: GPL-3.0-or-later
// Operators that round to codes. A rounded constant is the numbers that its codes mean; a rounded activation lies on
// the grid that they form, which is all that is kept of the operator.
#include "core/formats/tensorflow/fake_quant.h"
#include "core/formats/tensorflow/legacy_codes.h"
#include "core/formats/tensorflow/operators.h"

#include "core/base/text.h"
#include "core/graph/element.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <unordered_set>

namespace halftone::tensorflow_format {

namespace {

using Results = std::vector<Operand>;

struct Rounding {
    std::vector<NudgedRange> ranges; // one, or one for each index of the last dimension
    int bits = 8;
    bool narrow = false;
};

Rounding roundingOf(LayerView& layer, const std::vector<float>& mins, const std::vector<float>& maxs) {
    Rounding rounding;
    const int64_t bits = layer.integer("num_bits", 8);
    if (bits < 2 || bits > 16)
        layer.fail(fmt::format("rounds to {} bits, and TensorFlow knows 2 to 16", bits));
    rounding.bits = static_cast<int>(bits);
    rounding.narrow = layer.flag("narrow_range", false);
    if (mins.size() != maxs.size() || mins.empty())
        layer.fail(fmt::format("has {} lower and {} upper ends of its range", mins.size(), maxs.size()));
    for (size_t i = 0; i < mins.size(); ++i) {
        const bool isZero = mins[i] == 0 && maxs[i] == 0;
        if (!std::isfinite(mins[i]) || !std::isfinite(maxs[i]) || !(mins[i] < maxs[i] || isZero))
            layer.fail(fmt::format("has the range {} to {}, which is none", mins[i], maxs[i]));
        rounding.ranges.push_back(nudgedRange(mins[i], maxs[i], rounding.bits, rounding.narrow));
        if (!isZero && !(std::isfinite(rounding.ranges.back().scale) && rounding.ranges.back().scale > 0))
            layer.fail(fmt::format("has the range {} to {}, which cannot be divided into steps", mins[i], maxs[i]));
    }
    return rounding;
}

QuantParams together(const Rounding& rounding, int axis, QuantParams (*gridOf)(const NudgedRange&, int)) {
    QuantParams grid = gridOf(rounding.ranges.front(), rounding.bits);
    for (size_t i = 1; i < rounding.ranges.size(); ++i) {
        const QuantParams next = gridOf(rounding.ranges[i], rounding.bits);
        grid.scales.push_back(next.scale());
        grid.zeroPoints.push_back(next.zeroPoint());
    }
    if (rounding.ranges.size() > 1)
        grid.axis = axis;
    return grid;
}

Results roundedConstant(LayerView& layer, const Rounding& rounding) {
    const Tensor& tensor = *layer.writer().known(layer.rawInput(0));
    if (!isFloatType(tensor.type))
        layer.fail("rounds a tensor that holds no floating-point numbers");
    std::vector<float> values = tensor.toFloats();
    for (size_t i = 0; i < values.size(); ++i)
        values[i] = rounding.ranges[i % rounding.ranges.size()].rounded(values[i]);
    std::optional<QuantParams> grid;
    if (rounding.bits <= 8)
        grid = together(rounding, static_cast<int>(tensor.shape.size()) - 1, signedGrid);
    return {layer.constantResult(Tensor::fromFloats(tensor.shape, values), grid)};
}

/// A grid of 8 bits has more codes than a narrow range and one of fewer bits, so their ends are held by a clip.
Results roundedActivation(LayerView& layer, const Rounding& rounding) {
    if (rounding.bits > 8)
        layer.cannotRun(fmt::format("of an activation to {} bits", rounding.bits));
    Operand x = layer.asFeatureMap(layer.pointwiseInput(0));
    if (rounding.ranges.size() > 1 && (rounding.narrow || rounding.bits < 8))
        layer.cannotRun("for each channel of an activation to fewer than 256 codes");
    const NudgedRange& range = rounding.ranges.front();
    if (rounding.ranges.size() == 1 && (range.scale == 0 || rounding.narrow || rounding.bits < 8))
        x = layer.step(Unary{UnaryKind::Clip, range.lowest, range.highest}, {x});
    const int64_t axis = rounding.ranges.size() > 1 ? layer.axisOf(x, -1) : 0;
    const auto unsignedOf = [](const NudgedRange& each, int) { return unsignedGrid(each); };
    const QuantParams grid = together(rounding, static_cast<int>(axis), unsignedOf);
    return {layer.result(Identity{}, {x}, grid)};
}

Results rounded(LayerView& layer, const Rounding& rounding) {
    return layer.isConstant(layer.rawInput(0)) ? roundedConstant(layer, rounding) : roundedActivation(layer, rounding);
}

Results readFakeQuantArgs(LayerView& layer) {
    layer.requireInputs(1, 1);
    return rounded(layer, roundingOf(layer, {layer.real("min", -6)}, {layer.real("max", 6)}));
}

Results readFakeQuantVars(LayerView& layer) {
    layer.requireInputs(3, 3);
    return rounded(layer, roundingOf(layer, {layer.realSetting(1, "a range")}, {layer.realSetting(2, "a range")}));
}

Results readFakeQuantPerChannel(LayerView& layer) {
    layer.requireInputs(3, 3);
    const std::vector<float> mins = layer.setting(1, "a range").toFloats(),
                             maxs = layer.setting(2, "a range").toFloats();
    const std::optional<Shape> shape = layer.shape(layer.rawInput(0));
    if (shape && (shape->empty() || shape->back() != static_cast<int64_t>(mins.size())))
        layer.fail(fmt::format("has {} ranges for a tensor of shape {}", mins.size(), shapeText(*shape)));
    return rounded(layer, roundingOf(layer, mins, maxs));
}

LegacyCodes legacyCodes(LayerView& layer) {
    LegacyCodes codes;
    codes.min = layer.realSetting(1, "a range");
    codes.max = layer.realSetting(2, "a range");
    const graphdef::DataType type = layer.type("T", graphdef::DT_QUINT8);
    if (type != graphdef::DT_QUINT8 && type != graphdef::DT_QINT8)
        layer.cannotRun(fmt::format("of type {}", dataTypeName(type)));
    codes.isSigned = type == graphdef::DT_QINT8;
    const std::string mode = layer.text("mode", "MIN_COMBINED");
    if (mode == "MIN_FIRST")
        codes.mode = LegacyCodes::Mode::MinFirst;
    else if (mode == "SCALED")
        codes.mode = LegacyCodes::Mode::Scaled;
    else if (mode != "MIN_COMBINED")
        layer.fail(fmt::format("has the mode \"{}\", which TensorFlow does not know", displayText(mode, 32)));
    codes.narrow = layer.flag("narrow_range", false);
    if (layer.integer("axis", -1) != -1)
        layer.cannotRun("with a range for each channel");
    if (!std::isfinite(codes.min) || !std::isfinite(codes.max) || !(codes.min < codes.max))
        layer.fail(fmt::format("has the range {} to {}, which is none", codes.min, codes.max));
    return codes;
}

QuantParams gridOf(LayerView& layer, const LegacyCodes& codes) {
    const std::optional<QuantParams> grid = codes.grid();
    if (!grid)
        layer.cannotRun(fmt::format("with the range {} to {}, in which no code means 0", codes.min, codes.max));
    return *grid;
}

/// A range that is narrower is widened, as TensorFlow does it to a range that holds 0.
void widen(LayerView& layer, LegacyCodes& codes) {
    codes.min = std::min(codes.min, 0.0F);
    codes.max = std::max(codes.max, 0.0F);
    const float least = std::max({std::abs(codes.min), std::abs(codes.max), 1.0F}) *
                        std::max(layer.real("ensure_minimum_range", 0.01F), 0.0F);
    codes.max = std::max(codes.max, codes.min + least);
}

/// The result stays real numbers; Dequantize finds them on the grid.
Results readQuantizeV2(LayerView& layer) {
    layer.requireInputs(3, 3);
    LegacyCodes codes = legacyCodes(layer);
    widen(layer, codes);
    const Operand min = layer.constant(Tensor::fromFloats({}, std::vector<float>{codes.min}));
    const Operand max = layer.constant(Tensor::fromFloats({}, std::vector<float>{codes.max}));
    if (layer.isConstant(layer.rawInput(0)))
        layer.cannotRun("of a constant");
    const Operand x = layer.asFeatureMap(layer.pointwiseInput(0));
    Operand result = layer.result(Identity{}, {x}, gridOf(layer, codes));
    result.areCodes = true;
    return {result, min, max};
}

Results readDequantize(LayerView& layer) {
    layer.requireInputs(3, 3);
    const LegacyCodes codes = legacyCodes(layer);
    if (layer.type("dtype", graphdef::DT_FLOAT) != graphdef::DT_FLOAT)
        layer.cannotRun("to another type than float");
    const Operand& x = layer.rawInput(0);
    if (!layer.isConstant(x)) {
        if (!x.areCodes)
            layer.cannotRun("of codes that are computed");
        return {layer.result(Identity{}, {x}, gridOf(layer, codes))};
    }
    const Tensor& tensor = *layer.writer().known(x);
    if (tensor.type != (codes.isSigned ? ElementType::S8 : ElementType::U8))
        layer.fail("has codes of another type than it says");
    std::vector<float> values;
    for (const int64_t code : tensor.toInt64s())
        values.push_back(codes.meaning(static_cast<int>(code)));
    layer.network().compressedWeights += tensor.elements();
    return {layer.constantResult(Tensor::fromFloats(tensor.shape, values))};
}

const OperatorReaders kQuantizedReaders = {
    {"Dequantize", readDequantize},
    {"FakeQuantWithMinMaxArgs", readFakeQuantArgs},
    {"FakeQuantWithMinMaxVars", readFakeQuantVars},
    {"FakeQuantWithMinMaxVarsPerChannel", readFakeQuantPerChannel},
    {"QuantizeV2", readQuantizeV2},
};

} // namespace

OperatorReader quantizedReader(std::string_view op) {
    return readerOf(kQuantizedReaders, op);
}

bool roundsToCodes(std::string_view op) {
    return op.starts_with("FakeQuantWithMinMax") || op == "QuantizeV2" || op.starts_with("QuantizeAndDequantize") ||
           op.starts_with("Quantized") || op.starts_with("Requantize");
}

} // namespace halftone::tensorflow_format
