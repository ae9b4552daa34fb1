// Operators that move or rename elements. Later operator sets pass as inputs what earlier ones had as
// attributes.
#include "core/formats/onnx/operators.h"

#include <algorithm>
#include <fmt/format.h>
#include <numeric>
#include <set>

namespace halftone::onnx_format {

namespace {

/// `axes` as an attribute before `sinceOpset`, as the input number 1 from then on; nothing when omitted.
std::optional<std::vector<int64_t>> readAxes(LayerView& layer, int64_t sinceOpset) {
    if (layer.opset() < sinceOpset) {
        layer.requireInputs(1, 1);
        return layer.integers("axes");
    }
    layer.requireInputs(1, 2);
    if (!layer.hasInput(1))
        return std::nullopt;
    return layer.integerSetting(1, "axes");
}

std::vector<int64_t> firstNumbers(size_t count) {
    std::vector<int64_t> numbers(count);
    std::iota(numbers.begin(), numbers.end(), 0);
    return numbers;
}

} // namespace

Layer readReshape(LayerView& layer) {
    layer.requireInputs(2, 2);
    Reshape reshape;
    reshape.target = layer.integerSetting(1, "a shape");
    reshape.allowZero = layer.flag("allowzero", false);
    if (std::count(reshape.target.begin(), reshape.target.end(), -1) > 1)
        layer.fail("leaves more than one dimension open");
    if (std::any_of(reshape.target.begin(), reshape.target.end(), [](int64_t dim) { return dim < -1; }))
        layer.fail("has a negative dimension in its shape");
    return {reshape, {layer.input(0)}};
}

Layer readFlatten(LayerView& layer) {
    layer.requireInputs(1, 1);
    return {Flatten{layer.integer("axis", 1)}, {layer.input(0)}};
}

Layer readSqueeze(LayerView& layer) {
    const auto axes = readAxes(layer, 13);
    return {Squeeze{axes.value_or(std::vector<int64_t>{}), false}, {layer.input(0)}};
}

Layer readUnsqueeze(LayerView& layer) {
    const auto axes = readAxes(layer, 13);
    if (!axes)
        layer.fail("lacks its axes");
    return {Squeeze{*axes, true}, {layer.input(0)}};
}

Layer readTranspose(LayerView& layer) {
    layer.requireInputs(1, 1);
    return {Transpose{layer.integers("perm").value_or(std::vector<int64_t>{})}, {layer.input(0)}};
}

Layer readConcat(LayerView& layer) {
    const size_t count = std::max<size_t>(1, layer.inputCount());
    layer.requireInputs(count, count);
    return {Concat{layer.integer("axis")}, layer.allInputs()};
}

Layer readSlice(LayerView& layer) {
    Slice slice;
    if (layer.opset() < 10) {
        layer.requireInputs(1, 1);
        const auto starts = layer.integers("starts"), ends = layer.integers("ends");
        if (!starts || !ends)
            layer.fail("lacks its starts or ends");
        slice.starts = *starts;
        slice.ends = *ends;
        slice.axes = layer.integers("axes").value_or(firstNumbers(starts->size()));
    } else {
        layer.requireInputs(3, 5);
        slice.starts = layer.integerSetting(1, "starts");
        slice.ends = layer.integerSetting(2, "ends");
        slice.axes = layer.hasInput(3) ? layer.integerSetting(3, "axes") : firstNumbers(slice.starts.size());
        if (layer.hasInput(4))
            slice.steps = layer.integerSetting(4, "steps");
    }
    if (slice.steps.empty())
        slice.steps.assign(slice.starts.size(), 1);
    if (slice.ends.size() != slice.starts.size() || slice.axes.size() != slice.starts.size() ||
        slice.steps.size() != slice.starts.size())
        layer.fail("has starts, ends, axes and steps of different lengths");
    if (std::count(slice.steps.begin(), slice.steps.end(), 0) > 0)
        layer.fail("has a step of 0");
    return {slice, {layer.input(0)}};
}

Layer readPad(LayerView& layer) {
    Pad pad;
    const std::string mode = layer.text("mode", "constant");
    if (mode == "constant")
        pad.mode = PadMode::Constant;
    else if (mode == "reflect")
        pad.mode = PadMode::Reflect;
    else if (mode == "edge")
        pad.mode = PadMode::Edge;
    else if (mode == "wrap")
        layer.cannotRun("with mode wrap");
    else
        layer.fail("has a mode that ONNX does not know");
    if (layer.opset() < 11) {
        layer.requireInputs(1, 1);
        const auto pads = layer.integers("pads");
        if (!pads)
            layer.fail("lacks the attribute pads");
        pad.pads = *pads;
        pad.value = layer.real("value", 0);
    } else {
        layer.requireInputs(2, layer.opset() < 18 ? 3 : 4);
        pad.pads = layer.integerSetting(1, "pads");
        if (layer.hasInput(2))
            pad.value = layer.realSetting(2, "a padding value");
    }
    if (pad.pads.size() % 2 != 0)
        layer.fail("has an odd number of pads");
    if (layer.hasInput(3)) {
        const std::vector<int64_t> axes = layer.integerSetting(3, "axes");
        const Shape* input = layer.shape(0);
        if (!input)
            layer.cannotRun("with axes and an input of unknown shape");
        if (pad.pads.size() != 2 * axes.size())
            layer.fail("has pads and axes of different lengths");
        const auto rank = static_cast<int64_t>(input->size());
        std::vector<int64_t> all(2 * input->size(), 0);
        std::set<int64_t> seen;
        for (size_t i = 0; i < axes.size(); ++i) {
            const int64_t axis = axes[i] < 0 ? axes[i] + rank : axes[i];
            if (axis < 0 || axis >= rank || !seen.insert(axis).second)
                layer.fail(fmt::format("pads the axis {}, which is impossible or listed twice", axes[i]));
            all[static_cast<size_t>(axis)] = pad.pads[i];
            all[static_cast<size_t>(axis + rank)] = pad.pads[axes.size() + i];
        }
        pad.pads = all;
    }
    return {pad, {layer.input(0)}};
}

} // namespace halftone::onnx_format
