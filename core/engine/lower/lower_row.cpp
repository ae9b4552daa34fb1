// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/lower/heavy.h"

#include "core/base/checked.h"
#include "core/base/text.h"
#include "core/engine/kernels/row_product.h"

#include <fmt/format.h>

namespace halftone::engine {

namespace {

constexpr const char* kRowKernel = "halftone:row-product";
constexpr int64_t kStep = 16;                     // inputs that the kernel takes at a time
constexpr int64_t kMostInputs = int64_t{1} << 15; // sums stay below 2^31

bool suits(const Builder& builder, int64_t inputs, int64_t outputs) {
    const Graph& graph = builder.graph();
    const Node& node = builder.node();
    return hasRowProduct() && graph.value(node.inputs[0]).quant->storage == ElementType::U8 &&
           !graph.value(node.inputs[0]).quant->atRunTime && inputs % kStep == 0 && inputs <= kMostInputs &&
           elementCount(builder.shape(node.inputs[0])) == inputs &&
           elementCount(builder.shape(node.output())) == outputs &&
           elementCount(builder.shape(node.inputs[1])) == inputs * outputs;
}

RowProduct parameters(const Builder& builder, const PostOps& postOps, int64_t inputs, int64_t outputs) {
    const Graph& graph = builder.graph();
    const Node& node = builder.node();
    const QuantParams &src = *graph.value(node.inputs[0]).quant, &weights = *graph.value(node.inputs[1]).quant;
    RowProduct product;
    product.inputs = inputs;
    product.outputs = outputs;
    product.srcZeroPoint = src.zeroPoint();
    for (size_t i = 0; i < static_cast<size_t>(outputs); ++i)
        product.scales.push_back(src.scale() * weights.scales[weights.axis ? i : 0]);
    product.bias.resize(static_cast<size_t>(outputs));
    if (hasBias(node))
        product.bias = graph.value(node.inputs[2]).constant->toFloats();
    product.dst = storedGrid(builder, node.output());
    product.postOps = keptPostOps(postOps, product.dst);
    return product;
}

} // namespace

bool lowerAsRow(Builder& builder, const PostOps& postOps, const Desc& srcDesc) {
    const Graph& graph = builder.graph();
    const Node& node = builder.node();
    const Shape& weightsShape = builder.shape(node.inputs[1]);
    const int64_t outputs = weightsShape[0], inputs = weightsShape[1];
    const auto hasChannels = [](const PostOp& postOp) {
        return std::holds_alternative<PReluInput>(postOp) || std::holds_alternative<MulInput>(postOp);
    };
    if (!suits(builder, inputs, outputs) || std::ranges::any_of(postOps, hasChannels) ||
        (hasBias(node) && !graph.isConstant(node.inputs[2])))
        return false;
    RowProduct product = parameters(builder, postOps, inputs, outputs);
    ValueId residual = kNoValue;
    for (const PostOp& postOp : product.postOps)
        if (const auto* add = std::get_if<AddInput>(&postOp))
            residual = node.inputs[static_cast<size_t>(add->input)];

    const Form src = builder.require(node.inputs[0], srcDesc, graph.value(node.inputs[0]).quant,
                                     fmt::format("{} computes in int8.", displayText(node.name)));
    const Shape matrix{outputs, inputs, 1, 1};
    const Form weights = weightsForm(builder, node.inputs[1], true, rowMajor(matrix, DataType::s8),
                                     Desc(matrix, DataType::s8, dnnl::memory::format_tag::OIhw2i8o4i),
                                     weightsLetters(matrix.size(), false), kRowKernel);
    const Shape& outputShape = builder.shape(node.output());
    const DataType dstType = product.dst ? dataType(product.dst->storage) : DataType::f32;
    const Desc dstDesc =
        std::holds_alternative<Conv>(node.op) ? channelsLast(outputShape, dstType) : rowMajor(outputShape, dstType);
    const Destination dst = destination(builder, dstDesc, product.dst, residual, src, kRowKernel);
    if (dst.residual)
        product.added = dst.residual->quant;

    std::vector<ValueId> sources{node.inputs[0], node.inputs[1]};
    std::vector<Form> forms{src, weights};
    if (hasBias(node)) {
        sources.push_back(node.inputs[2]);
        forms.push_back(builder.constant(rowMajor({outputs}, DataType::f32), product.bias.data()));
    }
    if (dst.residual) {
        sources.push_back(residual);
        forms.push_back(*dst.residual);
    }
    builder.addKernel(
        builder.describe(kRowKernel, "int8", sources, forms, dst.form), {src, weights, dst.form},
        [product = std::move(product)](const std::vector<std::byte*>& at) {
            RowProduct bound = product;
            bound.weightSums = rowWeightSums(bound.inputs, bound.outputs, at[1]);
            return [bound = std::move(bound), at] { rowProduct(bound, at[0], at[1], at[2]); };
        },
        node.output(), dst.form);
    return true;
}

} // namespace halftone::engine
