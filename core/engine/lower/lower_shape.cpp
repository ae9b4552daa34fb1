// SPDX-License-Identifier: GPL-3.0-or-later
// Operators that only move values: most of them become another view of the same memory.
#include "core/engine/lower/lower.h"

#include "core/base/checked.h"
#include "core/base/text.h"
#include "core/engine/kernels/kernels_data.h"
#include "core/graph/shape_rules.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fmt/format.h>
#include <limits>
#include <numeric>

namespace halftone::engine {

namespace {

std::optional<QuantParams> inputGrid(Builder& builder) {
    return builder.int8(builder.currentNode()) ? builder.graph().value(builder.node().inputs[0]).quant : std::nullopt;
}

/// The input in its own layout when that has no blocks, else channels-last: something that can be viewed.
Form plainForm(Builder& builder, const std::string& need) {
    const ValueId input = builder.node().inputs[0];
    const auto grid = inputGrid(builder);
    Form natural = builder.form(input);
    if (natural.quant == grid && !isBlocked(natural.desc))
        return natural;
    return builder.require(input, channelsLast(builder.shape(input), storedType(builder, grid)), grid, need);
}

/// A view of `form` starting at `offsets` with other dimensions and strides.
Form view(const Form& form, const dnnl::memory::dims& dims, const dnnl::memory::dims& strides,
          const std::vector<int64_t>& offsets) {
    Form result = form;
    result.desc = Desc(dims, form.desc.get_data_type(), strides);
    // Strides of dimensions of size 1 are any numbers, which oneDNN's binary primitives misread: they compute nothing.
    if (!dims.empty() && isRowMajor(result.desc))
        result.desc = rowMajor(dims, form.desc.get_data_type());
    const auto oldStrides = form.desc.get_strides();
    for (size_t i = 0; i < offsets.size(); ++i)
        result.offsetBytes +=
            static_cast<size_t>(offsets[i] * oldStrides[i]) * dnnl::memory::data_type_size(form.desc.get_data_type());
    return result;
}

/// oneDNN takes no strides with which the last step along one dimension ends behind the next element of another one:
/// every second of an odd number.
bool isView(const dnnl::memory::dims& dims, DataType type, const dnnl::memory::dims& strides) {
    return static_cast<bool>(Desc(dims, type, strides, true));
}

using Order = Desc (*)(const Shape&, DataType);

/// An empty descriptor when oneDNN has no implementation.
dnnl::concat::primitive_desc concatDesc(const Graph& graph, const Node& node, const Concat& op, DataType type,
                                        Order order) {
    const Shape& out = graph.value(node.output()).shape;
    const auto rank = static_cast<int64_t>(out.size());
    std::vector<Desc> srcs;
    for (const ValueId input : node.inputs)
        srcs.push_back(order(graph.value(input).shape, type));
    dnnl::primitive_attr attr = userScratchpad();
    try { // the C++ class has no way to ask for an empty one
        return {cpuEngine(), order(out, type), static_cast<int>((op.axis + rank) % rank), srcs, attr};
    } catch (const dnnl::error& error) {
        if (error.status != dnnl_unimplemented)
            throw;
        return {};
    }
}

} // namespace

void lowerReshape(Builder& builder) {
    const Node& node = builder.node();
    const ValueId input = node.inputs[0], output = node.output();
    const auto grid = inputGrid(builder);
    Form form = builder.form(input);
    if (form.quant != grid || !isRowMajor(form.desc))
        form = builder.require(input, rowMajor(builder.shape(input), storedType(builder, grid)), grid,
                               fmt::format("{} counts the values in the order of the file.", displayText(node.name)));
    form.desc = rowMajor(builder.shape(output), form.desc.get_data_type());
    builder.alias(output, form);
}

void lowerTranspose(Builder& builder, const Transpose& op) {
    const Node& node = builder.node();
    const std::string need = fmt::format("{} permutes dimensions.", displayText(node.name));
    const auto grid = inputGrid(builder);
    const Form natural = builder.form(node.inputs[0]);
    // Its own layout, because the turned one is what readers want.
    const Form form =
        isBlocked(natural.desc) || !isDense(natural.desc)
            ? plainForm(builder, need)
            : builder.require(node.inputs[0],
                              Desc(natural.desc.get_dims(), storedType(builder, grid), natural.desc.get_strides()),
                              grid, need);
    const auto dims = form.desc.get_dims(), strides = form.desc.get_strides();
    dnnl::memory::dims newDims, newStrides;
    for (size_t i = 0; i < dims.size(); ++i) {
        const size_t from = op.perm.empty() ? dims.size() - 1 - i : static_cast<size_t>(op.perm[i]);
        newDims.push_back(dims[from]);
        newStrides.push_back(strides[from]);
    }
    builder.alias(node.output(), view(form, newDims, newStrides, {}));
}

void lowerSlice(Builder& builder, const Slice& op) {
    if (std::ranges::any_of(op.steps, [](int64_t step) { return step < 0; }))
        return lowerCopiedSlice(builder, op);
    const Node& node = builder.node();
    const Form form = plainForm(builder, fmt::format("{} takes a part.", displayText(node.name)));
    auto strides = form.desc.get_strides();
    std::vector<int64_t> offsets;
    for (const SliceRange& range : sliceRanges(op, builder.shape(node.inputs[0]))) {
        strides[offsets.size()] *= range.count > 1 ? range.step : 1;
        offsets.push_back(range.start);
    }
    const Shape& out = builder.shape(node.output());
    if (!isView(out, form.desc.get_data_type(), strides))
        return lowerCopiedSlice(builder, op);
    builder.alias(node.output(), view(form, out, strides, offsets));
}

void lowerPad(Builder& builder, const Pad& op) {
    const Node& node = builder.node();
    const ValueId input = node.inputs[0], output = node.output();
    if (op.mode != PadMode::Constant)
        return lowerMirroredPad(builder, op);
    const auto grid = inputGrid(builder);
    const std::string need = fmt::format("{} copies it into the padded tensor.", displayText(node.name));
    Form src = plainForm(builder, need);
    const Shape &in = builder.shape(input), &out = builder.shape(output);
    // A negative pad crops: the source starts later, and what is copied is what both have.
    const size_t rank = in.size();
    std::vector<int64_t> srcOffsets(rank), dstOffsets(rank);
    dnnl::memory::dims common(rank);
    for (size_t i = 0; i < rank; ++i) {
        const int64_t begin = op.pads[i], end = op.pads[i + rank];
        srcOffsets[i] = std::max<int64_t>(-begin, 0);
        dstOffsets[i] = std::max<int64_t>(begin, 0);
        common[i] = in[i] + std::min<int64_t>(begin, 0) + std::min<int64_t>(end, 0);
    }
    src = view(src, common, src.desc.get_strides(), srcOffsets);
    const Form dst = builder.define(output, channelsLast(out, storedType(builder, grid)), grid);
    const Form inner = view(dst, common, dst.desc.get_strides(), dstOffsets);

    StepInfo info = builder.describe("", builder.precision(), {input}, {src}, dst);
    const dnnl::reorder::primitive_desc desc(cpuEngine(), src.desc, cpuEngine(), inner.desc);
    info.kernel = fmt::format("halftone:fill+{}", desc.impl_info_str());
    const dnnl::memory from(src.desc, cpuEngine(), DNNL_MEMORY_NONE), to(inner.desc, cpuEngine(), DNNL_MEMORY_NONE);
    const size_t bytes = dst.desc.get_size();
    const int32_t code = grid ? quantize(op.value, grid->scale(), grid->zeroPoint(), grid->storage) : 0;
    builder.addKernel(
        std::move(info), {src, dst, inner},
        [=, value = op.value, isCode = grid.has_value(),
         primitive = dnnl::reorder(desc)](const std::vector<std::byte*>& pointers) {
            from.set_data_handle(pointers[0]);
            to.set_data_handle(pointers[2]);
            const std::vector<dnnl_exec_arg_t> args{{DNNL_ARG_FROM, from.get()}, {DNNL_ARG_TO, to.get()}};
            const dnnl::stream stream(cpuEngine());
            return [=, keepAlive = std::pair{from, to}] { // args hold plain handles
                if (isCode || value == 0)
                    std::memset(pointers[1], code, bytes);
                else
                    std::fill_n(reinterpret_cast<float*>(pointers[1]), bytes / sizeof(float), value);
                dnnl_primitive_execute(primitive.get(), stream.get(), static_cast<int>(args.size()), args.data());
            };
        },
        output, dst);
}

std::string whyNotFloatConcat(const Graph& graph, const Node& node, const Concat& op, DataType type) {
    return whyNotKernel(concatDesc(graph, node, op, type, channelsLast), precisionName(type));
}

namespace {

/// Tensors that all lie in the file's order, as lists of boxes do, are joined in it; codes and what convolutions made
/// channels-last.
Order orderOfJoined(Builder& builder, DataType type) {
    bool planes = false;
    for (const ValueId input : builder.node().inputs) {
        const Desc desc = builder.form(input).desc;
        if (desc.get_data_type() != type || type != DataType::f32 || !isRowMajor(desc))
            return channelsLast;
        planes = planes || !sameLayout(desc, channelsLast(builder.shape(input), type));
    }
    return planes ? rowMajor : channelsLast;
}

/// Channels-last, beside each other at each position: oneDNN's kernel takes twice as long, for codes five times.
void lowerJoinedChannels(Builder& builder) {
    const Node& node = builder.node();
    const ValueId output = node.output();
    const auto grid = builder.int8(builder.currentNode()) ? storedGrid(builder, output) : std::nullopt;
    const DataType type = storedType(builder, grid);
    const Shape& out = builder.shape(output);
    std::vector<Form> forms;
    std::vector<int64_t> lengths;
    for (const ValueId input : node.inputs) {
        const Desc desc = channelsLast(builder.shape(input), type);
        forms.push_back(
            builder.require(input, desc, grid, fmt::format("{} joins tensors channels-last.", displayText(node.name))));
        lengths.push_back(builder.shape(input)[1] * static_cast<int64_t>(dnnl::memory::data_type_size(type)));
    }
    const Form dst = builder.define(output, channelsLast(out, type), grid);
    const StepInfo info = builder.describe("halftone:join", builder.precision(), node.inputs, forms, dst);
    forms.push_back(dst);
    builder.addKernel(
        info, forms,
        [lengths, positions = elementCount(out) / out[1]](std::vector<std::byte*> at) {
            std::byte* to = at.back();
            at.pop_back();
            return [lengths, positions, at, to] { joinChannels(positions, lengths, at, to); };
        },
        output, dst);
}

} // namespace

void lowerConcat(Builder& builder, const Concat& op) {
    const Node& node = builder.node();
    const ValueId output = node.output();
    const bool int8 = builder.int8(builder.currentNode());
    const auto grid = int8 ? storedGrid(builder, output) : std::nullopt;
    const DataType type = storedType(builder, grid);
    const Order order = orderOfJoined(builder, type);
    const auto rank = static_cast<int64_t>(builder.shape(output).size());
    if (order == channelsLast && rank >= 2 && (op.axis == 1 || op.axis + rank == 1))
        return lowerJoinedChannels(builder);
    const std::string need = fmt::format("{} joins tensors of one layout and one grid.", displayText(node.name));
    std::vector<Form> forms;
    std::vector<Arg> args;
    for (const ValueId input : node.inputs) {
        forms.push_back(builder.require(input, order(builder.shape(input), type), grid, need));
        args.push_back({DNNL_ARG_MULTIPLE_SRC + static_cast<int>(args.size()), forms.back()});
    }
    const dnnl::concat::primitive_desc desc = concatDesc(builder.graph(), node, op, type, order);
    if (!desc)
        refuse(builder, "oneDNN has no kernel for this concatenation");
    const Form dst = builder.define(output, desc.dst_desc(), grid);
    args.push_back({DNNL_ARG_DST, dst});
    builder.addPrimitive(builder.describe(desc.impl_info_str(), builder.precision(), node.inputs, forms, dst),
                         dnnl::concat(desc), desc.scratchpad_desc(), args, output);
}

} // namespace halftone::engine
