// SPDX-License-Identifier: GPL-3.0-or-later
// Shapes of operators that slide a window over the spatial dimensions.
#include "core/base/checked.h"
#include "core/base/text.h"
#include "core/graph/shape_rules.h"

#include <fmt/format.h>

namespace halftone {

namespace {

struct Window {
    int64_t size, kernel, stride, dilation, padBegin, padEnd;
};

void checkLength(const char* what, size_t length, size_t wanted) {
    if (length != wanted)
        refuse(fmt::format("it has {} {} where its input needs {}", length, what, wanted));
}

/// Positions of the window along one dimension.
int64_t positions(const Window& w, bool ceilMode) {
    if (w.kernel < 1)
        refuse(fmt::format("its kernel size is {}; it must be at least 1", w.kernel));
    if (w.stride < 1)
        refuse(fmt::format("its stride is {}; it must be at least 1", w.stride));
    if (w.dilation < 1)
        refuse(fmt::format("its dilation is {}; it must be at least 1", w.dilation));
    if (w.padBegin < 0 || w.padEnd < 0)
        refuse(fmt::format("its padding is {} and {}; it must not be negative", w.padBegin, w.padEnd));
    const int64_t padded = checkedAdd(checkedAdd(w.size, w.padBegin, "the padded input"), w.padEnd, "the padded input");
    const int64_t extent = checkedAdd(checkedMul(w.kernel - 1, w.dilation, "the kernel"), 1, "the kernel");
    if (extent > padded)
        refuse(fmt::format("its kernel spans {} elements and its padded input has only {}", extent, padded));
    const int64_t room = padded - extent;
    const int64_t lastStart = room / w.stride * w.stride;
    int64_t count = room / w.stride + 1;
    // In ceil mode a window may hang over the end, but must not start in the padding there (ONNX, PyTorch).
    const int64_t firstPadding = w.size + w.padBegin;
    if (ceilMode && lastStart < room && w.stride < firstPadding - lastStart)
        ++count;
    else if (ceilMode && lastStart == room && lastStart >= firstPadding)
        --count;
    return count;
}

/// What every convolution must fulfil, whichever way round; the number of its spatial dimensions.
template <class Convolution> size_t checkWindow(const Convolution& op, const TensorType& x, const TensorType& weights) {
    requireFloat(x);
    requireRank(x, 3, 5, "input");
    requireRank(weights, x.shape.size(), x.shape.size(), "weights");
    if (weights.type != x.type)
        refuse(fmt::format("its weights have the type {}, its input {}", name(weights.type), name(x.type)));
    const size_t spatial = x.shape.size() - 2;
    checkLength("strides", op.strides.size(), spatial);
    checkLength("dilations", op.dilations.size(), spatial);
    checkLength("pads", op.pads.size(), 2 * spatial);
    return spatial;
}

} // namespace

TensorType resultOf(const Conv& op, const Operands& operands) {
    const TensorType& x = required(operands, 0, "input");
    const TensorType& weights = required(operands, 1, "weights");
    const size_t spatial = checkWindow(op, x, weights);

    const int64_t channels = x.shape[1];
    const int64_t filters = weights.shape[0];
    if (op.groups < 1 || channels % op.groups != 0 || filters % op.groups != 0)
        refuse(
            fmt::format("{} groups do not divide its {} input and {} output channels", op.groups, channels, filters));
    if (weights.shape[1] != channels / op.groups)
        refuse(fmt::format("its weights are for {} channels a group and its input has {}", weights.shape[1],
                           channels / op.groups));
    if (const TensorType* bias = operandOrNull(operands, 2))
        requireVector(*bias, filters, x, "bias");

    TensorType result{x.type, {x.shape[0], filters}};
    for (size_t i = 0; i < spatial; ++i)
        result.shape.push_back(positions(
            {x.shape[2 + i], weights.shape[2 + i], op.strides[i], op.dilations[i], op.pads[i], op.pads[spatial + i]},
            false));
    checkPostOps(op.postOps, operands, 3, result);
    return result;
}

TensorType resultOf(const ConvTranspose& op, const Operands& operands) {
    const TensorType& x = required(operands, 0, "input");
    const TensorType& weights = required(operands, 1, "weights");
    const size_t spatial = checkWindow(op, x, weights);
    checkLength("output paddings", op.outputPadding.size(), spatial);
    if (op.groups < 1 || x.shape[1] % op.groups != 0)
        refuse(fmt::format("{} groups do not divide its {} input channels", op.groups, x.shape[1]));
    if (weights.shape[0] != x.shape[1])
        refuse(fmt::format("its weights are for {} channels and its input has {}", weights.shape[0], x.shape[1]));
    const int64_t filters = checkedMul(weights.shape[1], op.groups, "its output channels");
    if (const TensorType* bias = operandOrNull(operands, 2))
        requireVector(*bias, filters, x, "bias");

    TensorType result{x.type, {x.shape[0], filters}};
    for (size_t i = 0; i < spatial; ++i) {
        const int64_t kernel = weights.shape[2 + i], before = op.pads[i], after = op.pads[spatial + i];
        if (kernel < 1 || op.strides[i] < 1 || op.dilations[i] < 1 || before < 0 || after < 0 ||
            op.outputPadding[i] < 0 || x.shape[2 + i] < 1)
            refuse(fmt::format("its kernel size {}, stride {}, dilation {}, padding {} and {} or output padding {} is "
                               "impossible",
                               kernel, op.strides[i], op.dilations[i], before, after, op.outputPadding[i]));
        const int64_t extent = checkedAdd(checkedMul(kernel - 1, op.dilations[i], "its kernel"), 1, "its kernel");
        const int64_t whole =
            checkedAdd(checkedAdd(checkedMul(x.shape[2 + i] - 1, op.strides[i], "its output"), extent, "its output"),
                       op.outputPadding[i], "its output");
        if (before >= whole || after >= whole - before)
            refuse(fmt::format("its padding of {} and {} leaves nothing of {} positions", before, after, whole));
        result.shape.push_back(whole - before - after);
    }
    checkPostOps(op.postOps, operands, 3, result);
    return result;
}

TensorType resultOf(const Pool& op, const Operands& operands) {
    const TensorType& x = required(operands, 0, "input");
    const bool codes = x.type == ElementType::U8 || x.type == ElementType::S8;
    if (op.kind != PoolKind::Max || !codes)
        requireFloat(x);
    requireRank(x, 3, 5, "input");
    const size_t spatial = x.shape.size() - 2;
    TensorType result{x.type, {x.shape[0], x.shape[1]}};
    if (op.global) {
        for (size_t i = 0; i < spatial; ++i)
            if (x.shape[2 + i] < 1)
                refuse(fmt::format("its input of shape {} is empty", shapeText(x.shape)));
        result.shape.resize(x.shape.size(), 1);
        return result;
    }
    checkLength("kernel sizes", op.kernel.size(), spatial);
    checkLength("strides", op.strides.size(), spatial);
    checkLength("dilations", op.dilations.size(), spatial);
    checkLength("pads", op.pads.size(), 2 * spatial);
    for (size_t i = 0; i < spatial; ++i)
        result.shape.push_back(
            positions({x.shape[2 + i], op.kernel[i], op.strides[i], op.dilations[i], op.pads[i], op.pads[spatial + i]},
                      op.ceilMode));
    return result;
}

} // namespace halftone
