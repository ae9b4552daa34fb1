// SPDX-License-Identifier: GPL-3.0-or-later
// Operators that move, cut or join elements.
#include "core/formats/common/layers.h"
#include "core/formats/tflite/operators.h"

#include <algorithm>
#include <fmt/format.h>
#include <numeric>

namespace halftone::tflite_format {

namespace {

constexpr uint8_t kConcatenation = 10, kReshape = 17, kSqueeze = 30, kStridedSlice = 32, kSplit = 35, kPack = 59,
                  kUnpack = 64, kMirrorPad = 77;
constexpr size_t kMaxParts = 65536;

/// Parts of these sizes along one dimension, one for each output.
void readParts(LayerView& layer, size_t operand, int64_t axis, const std::vector<int64_t>& sizes) {
    if (sizes.size() != layer.outputCount() || sizes.size() > kMaxParts)
        layer.fail(fmt::format("makes {} parts and has {} outputs", sizes.size(), layer.outputCount()));
    const std::vector<Step> parts = split(layer.input(operand), axis, sizes);
    for (size_t i = 0; i < parts.size(); ++i)
        layer.result(i, parts[i]);
}

int64_t knownDimension(LayerView& layer, size_t operand, int64_t axis) {
    return layer.knownShape(operand)[static_cast<size_t>(axis)];
}

} // namespace

void readReshape(LayerView& layer) {
    layer.requireInputs(1, 2);
    std::vector<int64_t> target;
    const auto* options = layer.optionsOrNull<schema::Reshape>(kReshape);
    if (layer.has(1))
        target = layer.integers(1, "a shape");
    else if (options && options->new_shape())
        target.assign(options->new_shape()->begin(), options->new_shape()->end());
    else
        layer.fail("lacks its shape");
    if (std::count(target.begin(), target.end(), -1) > 1 ||
        std::any_of(target.begin(), target.end(), [](int64_t dim) { return dim < -1; }))
        layer.fail("leaves more than one dimension open, or has a negative one");
    layer.result({Reshape{std::move(target), false}, {layer.asInFile(0)}});
}

void readSqueeze(LayerView& layer) {
    layer.requireInputs(1, 1);
    const auto* options = layer.optionsOrNull<schema::Squeeze>(kSqueeze);
    std::vector<int64_t> axes;
    for (int i = 0; options && options->dims() && i < static_cast<int>(options->dims()->size()); ++i)
        if (const int64_t axis = layer.axis(0, options->dims()->Get(static_cast<flatbuffers::uoffset_t>(i)));
            std::ranges::count(axes, axis) == 0)
            axes.push_back(axis);
    if (axes.empty()) // all of size 1
        layer.result({Squeeze{{}, false}, {layer.asInFile(0)}});
    else
        layer.result(squeezed(layer.writer(), layer.input(0), axes));
}

void readExpandDims(LayerView& layer) {
    layer.requireInputs(2, 2);
    const std::vector<int64_t> axes = layer.integers(1, "a dimension");
    if (axes.size() != 1)
        layer.fail("inserts more than one dimension");
    layer.result({Squeeze{axes, true}, {layer.asInFile(0)}});
}

void readTranspose(LayerView& layer) {
    layer.requireInputs(2, 2);
    std::vector<int64_t> perm = layer.integers(1, "an order");
    if (perm.size() != layer.rank(0))
        layer.fail(fmt::format("puts {} of {} dimensions in order", perm.size(), layer.rank(0)));
    for (int64_t& axis : perm)
        axis = layer.axis(0, axis);
    layer.result(transposed(layer.input(0), perm));
}

void readConcatenation(LayerView& layer) {
    const auto& options = layer.options<schema::Concatenation>(kConcatenation);
    const std::vector<Oriented> operands = layer.allInputs();
    if (operands.empty())
        layer.fail("joins nothing");
    layer.result(joined(layer.writer(), operands, layer.axis(0, options.axis())), options.activation());
}

namespace {

/// Begin and end for each dimension in turn.
std::vector<int64_t> padsOf(LayerView& layer) {
    std::vector<int64_t> pads = layer.integers(1, "pads");
    if (pads.size() != 2 * layer.rank(0))
        layer.fail(fmt::format("has {} pads for {} dimensions", pads.size(), layer.rank(0)));
    if (std::ranges::any_of(pads, [](int64_t pad) { return pad < 0; }))
        layer.fail("has a negative pad");
    return pads;
}

} // namespace

void readPad(LayerView& layer) {
    layer.requireInputs(2, 3);
    const std::vector<int64_t> pads = padsOf(layer);
    float filler = 0;
    if (layer.has(2)) {
        const std::vector<float> value = layer.setting(2, "a padding value").toFloats();
        if (value.size() != 1)
            layer.fail("has more than one padding value");
        filler = value.front();
    }
    layer.result(padded(layer.input(0), pads, PadMode::Constant, filler));
}

void readMirrorPad(LayerView& layer) {
    layer.requireInputs(2, 2);
    const std::vector<int64_t> pads = padsOf(layer);
    if (layer.options<schema::MirrorPad>(kMirrorPad).mode() != 0) {
        std::vector<int64_t> before, behind;
        for (size_t i = 0; i < pads.size(); i += 2) {
            before.push_back(pads[i]);
            behind.push_back(pads[i + 1]);
        }
        layer.requireMirrored(layer.knownShape(0), before, behind);
        layer.valueResult(mirroredWithEdges(layer.steps(), layer.value(0), before, behind));
        return;
    }
    layer.result(padded(layer.input(0), pads, PadMode::Reflect, 0));
}

void readSlice(LayerView& layer) {
    layer.requireInputs(3, 3);
    const std::vector<int64_t> begins = layer.integers(1, "begins"), sizes = layer.integers(2, "sizes");
    const size_t rank = layer.rank(0);
    if (begins.size() != rank || sizes.size() != rank)
        layer.fail(fmt::format("has {} begins and {} sizes for {} dimensions", begins.size(), sizes.size(), rank));
    for (size_t i = 0; i < rank; ++i)
        if (begins[i] < 0 || sizes[i] < -1)
            layer.fail("has a negative begin or size");
    layer.result(sliced(layer.input(0), begins, sizes));
}

void readStridedSlice(LayerView& layer) {
    layer.requireInputs(4, 4);
    const auto& options = layer.options<schema::StridedSlice>(kStridedSlice);
    if (options.offset())
        layer.cannotRun("with ends that count from the begins");
    const StridedCut cut{layer.integers(1, "begins"), layer.integers(2, "ends"), layer.integers(3, "steps"),
                         options.begin_mask(),        options.end_mask(),        options.ellipsis_mask(),
                         options.new_axis_mask(),     options.shrink_axis_mask()};
    const size_t rank = layer.rank(0);
    if (cut.begins.size() != cut.ends.size() || cut.begins.size() != cut.steps.size() || cut.begins.size() > 31 ||
        cut.dimensions() > rank || cut.ellipses() > 1)
        layer.fail(fmt::format("has {} begins, {} ends and {} steps for {} dimensions", cut.begins.size(),
                               cut.ends.size(), cut.steps.size(), rank));
    if (std::ranges::count(cut.steps, 0) > 0)
        layer.fail("has a step of 0");
    layer.result(stridedSlice(layer.writer(), layer.input(0), rank, cut));
}

void readSplit(LayerView& layer) {
    layer.requireInputs(2, 2);
    const std::vector<int64_t> axes = layer.integers(0, "a dimension");
    const int64_t count = layer.options<schema::Split>(kSplit).num_splits();
    if (axes.size() != 1 || count < 1)
        layer.fail("does not say how it splits");
    const int64_t axis = layer.axis(1, axes.front());
    const int64_t size = knownDimension(layer, 1, axis);
    if (size % count != 0)
        layer.fail(fmt::format("splits {} elements into {} equal parts", size, count));
    readParts(layer, 1, axis, std::vector<int64_t>(static_cast<size_t>(count), size / count));
}

void readSplitV(LayerView& layer) {
    layer.requireInputs(3, 3);
    std::vector<int64_t> sizes = layer.integers(1, "sizes");
    const std::vector<int64_t> axes = layer.integers(2, "a dimension");
    if (axes.size() != 1 || std::count(sizes.begin(), sizes.end(), -1) > 1)
        layer.fail("does not say how it splits");
    const int64_t axis = layer.axis(0, axes.front());
    const int64_t known =
        std::accumulate(sizes.begin(), sizes.end(), int64_t{0}) + std::count(sizes.begin(), sizes.end(), -1);
    std::replace(sizes.begin(), sizes.end(), int64_t{-1}, knownDimension(layer, 0, axis) - known);
    if (std::any_of(sizes.begin(), sizes.end(), [](int64_t size) { return size < 0; }))
        layer.fail("splits off a part of negative size");
    readParts(layer, 0, axis, sizes);
}

void readPack(LayerView& layer) {
    const auto& options = layer.options<schema::Pack>(kPack);
    if (layer.inputCount() == 0)
        layer.fail("joins nothing");
    const auto rank = static_cast<int64_t>(layer.rank(0)) + 1;
    const int64_t axis = options.axis() < 0 ? options.axis() + rank : options.axis();
    if (axis < 0 || axis >= rank)
        layer.fail(fmt::format("joins along dimension {} of {}", options.axis(), rank));
    layer.result(stacked(layer.writer(), layer.allInputs(), axis));
}

void readUnpack(LayerView& layer) {
    layer.requireInputs(1, 1);
    const auto& options = layer.options<schema::Unpack>(kUnpack);
    const int64_t axis = layer.axis(0, options.axis());
    if (options.num() != static_cast<int64_t>(layer.outputCount()) || options.num() != knownDimension(layer, 0, axis))
        layer.fail(fmt::format("takes {} parts apart and has {} outputs", options.num(), layer.outputCount()));
    const Oriented x = layer.input(0);
    for (int64_t i = 0; i < options.num(); ++i)
        layer.result(static_cast<size_t>(i), unstacked(layer.writer(), x, axis, i));
}

} // namespace halftone::tflite_format
