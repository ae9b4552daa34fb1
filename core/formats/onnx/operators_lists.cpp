// SPDX-License-Identifier: GPL-3.0-or-later
// Lists of tensors (ONNX's sequences) and tensors that may be missing (its optionals). Neither exists in the graph:
// what a list holds is known while the file is read.
#include "core/formats/common/layers.h"
#include "core/formats/onnx/operators.h"

#include <algorithm>
#include <fmt/format.h>

namespace halftone::onnx_format {

namespace {

std::vector<ValueId> listAt(LayerView& layer, size_t index) {
    const std::vector<ValueId>* list = layer.list(index);
    if (!list)
        layer.cannotRun("of a list that is made at run time");
    return *list;
}

/// A place in a list of `size` elements, or behind it; negative ones count from the end.
size_t placeSetting(LayerView& layer, size_t index, size_t size) {
    const std::vector<int64_t> given = layer.integerSetting(index, "a position");
    const auto length = static_cast<int64_t>(size);
    if (given.size() != 1 || given.front() < -length || given.front() > length)
        layer.fail(fmt::format("has a position outside of its list of {}", size));
    return static_cast<size_t>(given.front() < 0 ? given.front() + length : given.front());
}

Layer constant(Tensor tensor) {
    return {Identity{}, {}, {}, false, std::move(tensor)};
}

constexpr size_t kMostTensors = 1 << 16; // of a list

} // namespace

Layer readSequenceEmpty(LayerView& layer) {
    layer.requireInputs(0, 0);
    layer.ignore("dtype");
    return {.list = std::vector<ValueId>{}};
}

Layer readSequenceConstruct(LayerView& layer) {
    const size_t count = std::max<size_t>(1, layer.inputCount());
    layer.requireInputs(count, count);
    return {.list = layer.allInputs()};
}

Layer readSequenceInsert(LayerView& layer) {
    layer.requireInputs(2, 3);
    std::vector<ValueId> list = listAt(layer, 0);
    const size_t place = layer.hasInput(2) ? placeSetting(layer, 2, list.size()) : list.size();
    if (list.size() >= kMostTensors)
        layer.cannotRun(fmt::format("of more than {} tensors", kMostTensors));
    list.insert(list.begin() + static_cast<ptrdiff_t>(place), layer.input(1));
    return {.list = std::move(list)};
}

Layer readSequenceErase(LayerView& layer) {
    layer.requireInputs(1, 2);
    std::vector<ValueId> list = listAt(layer, 0);
    if (list.empty())
        layer.fail("takes an element out of an empty list");
    const size_t place = layer.hasInput(1) ? placeSetting(layer, 1, list.size()) : list.size() - 1;
    if (place == list.size())
        layer.fail("takes an element from behind its list");
    list.erase(list.begin() + static_cast<ptrdiff_t>(place));
    return {.list = std::move(list)};
}

Layer readSequenceAt(LayerView& layer) {
    layer.requireInputs(2, 2);
    const std::vector<ValueId> list = listAt(layer, 0);
    const size_t place = placeSetting(layer, 1, list.size());
    if (place == list.size())
        layer.fail("reads an element from behind its list");
    return {Identity{}, {list[place]}};
}

Layer readSequenceLength(LayerView& layer) {
    layer.requireInputs(1, 1);
    return constant(Tensor::fromInt64s({}, std::vector<int64_t>{static_cast<int64_t>(listAt(layer, 0).size())}));
}

Layer readSplitToSequence(LayerView& layer) {
    layer.requireInputs(1, 2);
    const Shape shape = layer.knownShape(0);
    const int64_t axis = layer.axisOf(layer.integer("axis", 0), shape.size()), size = shape[static_cast<size_t>(axis)];
    const bool single = !layer.hasInput(1), keepDims = layer.flag("keepdims", true);
    std::vector<int64_t> sizes{1};
    bool chunks = true; // all of one size, the last one of what is left
    if (!single) {
        sizes = layer.integerSetting(1, "the sizes of its parts");
        chunks = layer.setting(1, "the sizes of its parts").shape.empty();
    }
    if (chunks) {
        const int64_t each = sizes.front();
        if (each < 1 || size / each > static_cast<int64_t>(kMostTensors))
            layer.fail(fmt::format("has parts of {} in a dimension of {}", each, size));
        sizes.assign(static_cast<size_t>((size + each - 1) / each), each);
        if (size % each != 0)
            sizes.back() = size % each;
    }
    int64_t left = size;
    for (const int64_t part : sizes) {
        if (part < 0 || part > left)
            layer.fail(fmt::format("has parts that do not fit a dimension of {}", size));
        left -= part;
    }
    if (left != 0)
        layer.fail(fmt::format("has parts that leave {} elements of {}", left, size));
    std::vector<ValueId> parts;
    for (Op& part : split(axis, sizes)) {
        parts.push_back(layer.step(std::move(part), {layer.input(0)}));
        if (single && !keepDims)
            parts.back() = layer.step(Squeeze{{axis}}, {parts.back()});
    }
    return {.list = std::move(parts)};
}

Layer readConcatFromSequence(LayerView& layer) {
    layer.requireInputs(1, 1);
    std::vector<ValueId> list = listAt(layer, 0);
    const int64_t axis = layer.integer("axis");
    if (list.empty())
        layer.fail("joins an empty list");
    if (layer.flag("new_axis", false))
        for (ValueId& each : list)
            each = layer.step(Squeeze{{axis}, true}, {each});
    return {Concat{axis}, std::move(list)};
}

Layer passedOn(LayerView& layer, size_t index) {
    if (layer.isMissing(index))
        return {.missing = true};
    if (const std::vector<ValueId>* list = layer.list(index))
        return {.list = *list};
    return {Identity{}, {layer.input(index)}};
}

/// Something that is there is itself.
Layer readOptional(LayerView& layer) {
    layer.requireInputs(0, 1);
    layer.ignore("type");
    return layer.hasInput(0) ? passedOn(layer, 0) : Layer{.missing = true};
}

Layer readOptionalHasElement(LayerView& layer) {
    layer.requireInputs(0, 1);
    return constant(Tensor::fromBytes(ElementType::Bool, {}, std::vector<std::byte>{std::byte{layer.hasInput(0)}}));
}

Layer readOptionalGetElement(LayerView& layer) {
    layer.requireInputs(1, 1);
    return passedOn(layer, 0);
}

} // namespace halftone::onnx_format
