// SPDX-License-Identifier: GPL-3.0-or-later
// Convolution and pooling: operators that slide a window.
#include "core/base/checked.h"
#include "core/formats/common/padding.h"
#include "core/formats/onnx/operators.h"

#include <algorithm>
#include <fmt/format.h>

namespace halftone::onnx_format {

namespace {

constexpr size_t kMaxSpatialRank = 3;

void requireSpatialRank(const LayerView& layer, size_t rank) {
    if (rank == 0)
        layer.fail("has a window without dimensions");
    if (rank > kMaxSpatialRank)
        layer.cannotRun(fmt::format("with {} spatial dimensions", rank));
}

struct Window {
    std::vector<int64_t> kernel, strides, dilations;
    Pads pads;
};

Pads samePads(const LayerView& layer, const Window& window, bool extraAtEnd) {
    const size_t rank = window.kernel.size();
    const Shape* input = layer.shape(0);
    if (input && input->size() != rank + 2)
        layer.fail(fmt::format("slides a window of {} dimensions over an input of {}", rank, input->size()));
    Pads pads(2 * rank);
    for (size_t i = 0; i < rank; ++i) {
        // With stride 1 the padding does not depend on the input.
        if (!input && window.strides[i] != 1)
            layer.cannotRun("with auto_pad SAME and an input of unknown size");
        const int64_t size = input ? (*input)[i + 2] : 1;
        const EdgePads edges = samePadding(size, window.kernel[i], window.strides[i], window.dilations[i], extraAtEnd);
        pads[i] = edges.begin;
        pads[rank + i] = edges.end;
    }
    return pads;
}

Window readWindow(LayerView& layer, std::vector<int64_t> kernel) {
    const size_t rank = kernel.size();
    Window window;
    window.kernel = std::move(kernel);
    window.strides = layer.sizes("strides", rank, 1, 1);
    window.dilations = layer.sizes("dilations", rank, 1, 1);
    const std::string autoPad = layer.text("auto_pad", "NOTSET");
    const Pads explicitPads = layer.sizes("pads", 2 * rank, 0, 0);
    if (autoPad == "NOTSET" || autoPad.empty())
        window.pads = explicitPads;
    else if (autoPad == "VALID")
        window.pads.assign(2 * rank, 0);
    else if (autoPad == "SAME_UPPER" || autoPad == "SAME_LOWER")
        window.pads = samePads(layer, window, autoPad == "SAME_UPPER");
    else
        layer.fail("has an auto_pad that ONNX does not know");
    return window;
}

/// Kernel of a convolution, from its weights where their shape is known.
std::vector<int64_t> convKernel(LayerView& layer, size_t operand) {
    const auto attribute = layer.integers("kernel_shape");
    const Shape* weights = layer.shape(operand);
    if (!weights && !attribute)
        layer.cannotRun("with weights of unknown shape");
    if (weights && weights->size() < 3)
        layer.fail(fmt::format("has weights of {} dimensions and needs at least 3", weights->size()));
    const std::vector<int64_t> kernel =
        weights ? std::vector<int64_t>(weights->begin() + 2, weights->end()) : *attribute;
    if (attribute && *attribute != kernel)
        layer.fail("has a kernel_shape unlike the shape of its weights");
    requireSpatialRank(layer, kernel.size());
    if (std::any_of(kernel.begin(), kernel.end(), [](int64_t size) { return size < 1; }))
        layer.fail("has an empty kernel");
    return kernel;
}

Pool readPool(LayerView& layer, PoolKind kind) {
    const auto kernel = layer.integers("kernel_shape");
    if (!kernel)
        layer.fail("lacks the attribute kernel_shape");
    requireSpatialRank(layer, kernel->size());
    const Window window = readWindow(layer, layer.sizes("kernel_shape", kernel->size(), 1, 1));
    Pool pool;
    pool.kind = kind;
    pool.kernel = window.kernel;
    pool.strides = window.strides;
    pool.dilations = window.dilations;
    pool.pads = window.pads;
    pool.ceilMode = layer.flag("ceil_mode", false);
    return pool;
}

Layer readGlobalPool(LayerView& layer, PoolKind kind) {
    layer.requireInputs(1, 1);
    Pool pool;
    pool.kind = kind;
    pool.global = true;
    return {pool, {layer.input(0)}};
}

} // namespace

Layer readConvWithWeights(LayerView& layer, size_t operand) {
    const Window window = readWindow(layer, convKernel(layer, operand));
    Conv conv;
    conv.strides = window.strides;
    conv.dilations = window.dilations;
    conv.pads = window.pads;
    conv.groups = layer.integer("group", 1);
    if (conv.groups < 1)
        layer.fail(fmt::format("has the impossible number of groups {}", conv.groups));
    if (const Shape* weights = layer.shape(operand); weights && (*weights)[0] % conv.groups != 0)
        layer.fail(fmt::format("has {} output channels, which {} groups do not divide", (*weights)[0], conv.groups));
    return {conv, {}};
}

Layer readConv(LayerView& layer) {
    layer.requireInputs(2, 3);
    Layer conv = readConvWithWeights(layer, 1);
    conv.inputs = layer.allInputs();
    return conv;
}

namespace {

/// Padding so that the result has this many positions, or is `strides` times the input: what is too much is cut off at
/// the begin or at the end, and what is missing is added at the end.
void padToSize(const LayerView& layer, ConvTranspose& op, const std::vector<int64_t>& kernel, const Shape& input,
               const std::optional<std::vector<int64_t>>& sizes, bool moreAtEnd) {
    const size_t rank = kernel.size();
    if (input.size() != rank + 2 || (sizes && sizes->size() != rank))
        layer.fail("has an output size or an input that do not fit its kernel");
    constexpr int64_t kLargest = int64_t{1} << 40; // of a tensor
    for (size_t i = 0; i < rank; ++i) {
        const int64_t spread = checkedMul(input[i + 2], op.strides[i], "its output");
        const int64_t wanted = sizes ? (*sizes)[i] : spread;
        if (wanted < 1 || wanted > kLargest || spread > kLargest)
            layer.fail(fmt::format("has the impossible output size {}", wanted));
        const int64_t whole = spread - op.strides[i] + (kernel[i] - 1) * op.dilations[i] + 1 + op.outputPadding[i];
        const int64_t total = whole - wanted;
        const int64_t cut = std::max<int64_t>(total, 0);
        op.pads[i] = moreAtEnd ? cut / 2 : cut - cut / 2;
        op.pads[rank + i] = cut - op.pads[i];
        op.outputPadding[i] += std::max<int64_t>(-total, 0);
    }
}

} // namespace

Layer readConvTranspose(LayerView& layer) {
    layer.requireInputs(2, 3);
    const std::vector<int64_t> kernel = convKernel(layer, 1);
    const size_t rank = kernel.size();
    ConvTranspose op;
    op.strides = layer.sizes("strides", rank, 1, 1);
    op.dilations = layer.sizes("dilations", rank, 1, 1);
    op.pads = layer.sizes("pads", 2 * rank, 0, 0);
    op.outputPadding = layer.sizes("output_padding", rank, 0, 0);
    op.groups = layer.integer("group", 1);
    if (op.groups < 1)
        layer.fail(fmt::format("has the impossible number of groups {}", op.groups));
    const std::string autoPad = layer.text("auto_pad", "NOTSET");
    std::optional<std::vector<int64_t>> sizes = layer.integers("output_shape");
    if (sizes && sizes->size() == rank + 2)
        sizes->erase(sizes->begin(), sizes->begin() + 2);
    const bool same = autoPad == "SAME_UPPER" || autoPad == "SAME_LOWER";
    if (!same && autoPad != "NOTSET" && autoPad != "VALID" && !autoPad.empty())
        layer.fail("has an auto_pad that ONNX does not know");
    if (autoPad == "VALID")
        op.pads.assign(2 * rank, 0);
    if (same || sizes) {
        if (!layer.shape(0))
            layer.cannotRun("with padding for an input of unknown size");
        padToSize(layer, op, kernel, *layer.shape(0), sizes, autoPad != "SAME_LOWER");
    }
    return {op, layer.allInputs()};
}

Layer readMaxPool(LayerView& layer) {
    layer.requireInputs(1, 1);
    layer.ignore("storage_order"); // orders the indices, which are refused
    const Pool pool = readPool(layer, PoolKind::Max);
    return {pool, {layer.input(0)}};
}

Pool averagePool(LayerView& layer) {
    const bool includePad = layer.flag("count_include_pad", false);
    return readPool(layer, includePad ? PoolKind::AverageIncludePad : PoolKind::AverageExcludePad);
}

Layer readAveragePool(LayerView& layer) {
    layer.requireInputs(1, 1);
    return {averagePool(layer), {layer.input(0)}};
}

/// (sum of |x|^p)^(1/p) over each window, by the mean of as many elements.
Layer readLpPool(LayerView& layer) {
    layer.requireInputs(1, 1);
    const Pool pool = readPool(layer, PoolKind::AverageIncludePad);
    const float p = layer.opset() < 2 ? layer.real("p", 2) : static_cast<float>(layer.integer("p", 2));
    if (!(p >= 1))
        layer.fail(fmt::format("has the norm {}", p));
    if (pool.ceilMode)
        layer.cannotRun("with ceil_mode");
    const ElementType type = layer.type(0);
    const auto power = [&](ValueId x, float exponent) {
        return exponent == 1 ? x : layer.binary(BinaryKind::Pow, x, layer.number(exponent, type));
    };
    const ValueId mean = layer.step(pool, {power(layer.step(Unary{UnaryKind::Abs}, {layer.input(0)}), p)});
    const auto count = static_cast<double>(elementCount(pool.kernel, "its kernel"));
    return {.results = {power(layer.binary(BinaryKind::Mul, mean, layer.number(count, type)), 1 / p)}};
}

Layer readGlobalLpPool(LayerView& layer) {
    layer.requireInputs(1, 1);
    const int64_t p = layer.opset() < 2 ? static_cast<int64_t>(layer.real("p", 2)) : layer.integer("p", 2);
    const auto rank = static_cast<int64_t>(layer.knownShape(0).size());
    if (p != 1 && p != 2)
        layer.cannotRun(fmt::format("with p = {}", p));
    if (rank < 3)
        layer.fail(fmt::format("pools a tensor of {} dimensions", rank));
    std::vector<int64_t> spatial;
    for (int64_t axis = 2; axis < rank; ++axis)
        spatial.push_back(axis);
    return {Reduce{p == 1 ? ReduceKind::L1 : ReduceKind::L2, spatial, true}, {layer.input(0)}};
}

Layer readGlobalAveragePool(LayerView& layer) {
    return readGlobalPool(layer, PoolKind::AverageExcludePad);
}

Layer readGlobalMaxPool(LayerView& layer) {
    return readGlobalPool(layer, PoolKind::Max);
}

} // namespace halftone::onnx_format
