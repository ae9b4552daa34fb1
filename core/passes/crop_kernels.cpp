// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/passes/passes.h"
#include "core/passes/rewriter.h"

#include <algorithm>
#include <cstring>
#include <optional>

namespace halftone {

namespace {

/// A convolution along one spatial dimension.
struct Dimension {
    int64_t size, taps, stride, dilation, padBegin, padEnd;

    int64_t positions() const { return (size + padBegin + padEnd - dilation * (taps - 1) - 1) / stride + 1; }

    /// The tap meets a value of the source at some position: at the first one that is not before the source, or never.
    bool meetsSource(int64_t tap) const {
        const int64_t before = std::max<int64_t>(0, padBegin - tap * dilation);
        const int64_t position = (before + stride - 1) / stride;
        return position < positions() && position * stride - padBegin + tap * dilation < size;
    }
};

struct Crop {
    int64_t firstTap;
    Dimension rest;
};

/// The taps from the first to the last one that meets the source, nothing where these are all of them.
std::optional<Crop> cropped(const Dimension& whole) {
    int64_t first = 0, last = whole.taps - 1;
    while (first < last && !whole.meetsSource(first))
        ++first;
    while (last > first && !whole.meetsSource(last))
        --last;
    Dimension rest = whole;
    rest.taps = last - first + 1;
    rest.padBegin -= first * whole.dilation;
    const int64_t reach = (whole.positions() - 1) * rest.stride + rest.dilation * (rest.taps - 1) + 1;
    rest.padEnd = std::max<int64_t>(0, reach - rest.size - rest.padBegin);
    if (rest.taps == whole.taps || !whole.meetsSource(first) || rest.padBegin < 0 ||
        rest.positions() != whole.positions())
        return std::nullopt;
    return Crop{first, rest};
}

/// Every so many elements from `first` on, along one dimension.
Tensor part(const Tensor& tensor, size_t dimension, int64_t first, int64_t count) {
    size_t outer = 1, inner = sizeOf(tensor.type);
    for (size_t i = 0; i < tensor.shape.size(); ++i)
        (i < dimension ? outer : inner) *= i == dimension ? 1 : static_cast<size_t>(tensor.shape[i]);
    const size_t from = static_cast<size_t>(tensor.shape[dimension]) * inner, to = static_cast<size_t>(count) * inner;
    std::vector<std::byte> bytes(outer * to);
    for (size_t i = 0; i < outer; ++i)
        std::memcpy(bytes.data() + i * to, tensor.bytes.data() + i * from + static_cast<size_t>(first) * inner, to);
    Shape shape = tensor.shape;
    shape[dimension] = count;
    return Tensor::fromBytes(tensor.type, std::move(shape), std::move(bytes));
}

} // namespace

Graph cropKernels(Graph graph) {
    Rewriter rewriter(std::move(graph));
    for (NodeId id = 0; id < rewriter.nodeCount(); ++id) {
        const Node node = rewriter.graph().node(id);
        const auto* op = std::get_if<Conv>(&node.op);
        if (!op || !rewriter.graph().isConstant(node.inputs[1]))
            continue;
        const Shape src = rewriter.graph().value(node.inputs[0]).shape;
        const Tensor weights = *rewriter.graph().value(node.inputs[1]).constant;
        Tensor rest = weights;
        Conv conv = *op;
        for (size_t i = 0, spatial = conv.strides.size(); i < spatial; ++i) {
            const Dimension whole{src[i + 2],        rest.shape[i + 2], conv.strides[i],
                                  conv.dilations[i], conv.pads[i],      conv.pads[i + spatial]};
            const std::optional<Crop> crop = cropped(whole);
            if (!crop)
                continue;
            rest = part(rest, i + 2, crop->firstTap, crop->rest.taps);
            conv.pads[i] = crop->rest.padBegin;
            conv.pads[i + spatial] = crop->rest.padEnd;
        }
        if (rest.shape == weights.shape)
            continue;
        const auto grid = rewriter.graph().value(node.inputs[1]).quant;
        const std::string& name = rewriter.graph().value(node.inputs[1]).name;
        rewriter.setConstant(id, 1, std::move(rest), rewriter.graph().uniqueValueName(name + "_inside"));
        rewriter.edit().value(rewriter.graph().node(id).inputs[1]).quant = grid;
        rewriter.edit().node(id).op = conv;
    }
    return std::move(rewriter).finish();
}

} // namespace halftone
