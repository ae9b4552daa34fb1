// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/lower/conv_desc.h"

#include "core/base/checked.h"
#include "core/base/text.h"
#include "core/engine/lower/kernel_choice.h"
#include "core/engine/machine/machine.h"

#include <fmt/format.h>
#include <optional>
#include <string_view>

namespace halftone::engine {

namespace {

using MatmulDesc = dnnl::matmul::primitive_desc;

/// All leading dimensions as one: [.., K] -> [M, K].
Shape asMatrix(const Shape& shape) {
    const int64_t columns = shape.back();
    int64_t rows = 1;
    for (size_t i = 0; i + 1 < shape.size(); ++i)
        rows = checkedMul(rows, shape[i], "matrix");
    return {rows, columns};
}

/// The weights are [N, K] in the file; matmul wants [K, N]: the same bytes with other strides.
Desc plainWeights(const Shape& weights, DataType type) {
    return Desc({weights[1], weights[0]}, type, dnnl::memory::dims{1, weights[1]});
}

MatmulDesc fullyConnectedDesc(const Graph& graph, const Node& node, const HeavyTypes& types,
                              const dnnl::primitive_attr& attr) {
    const Shape& weights = graph.value(node.inputs[1]).shape;
    const Shape srcShape = asMatrix(graph.value(node.inputs[0]).shape);
    const Desc srcDesc = rowMajor(srcShape, types.src);
    const Desc weightsDesc = anyLayout({weights[1], weights[0]}, types.weights);
    const Desc dstDesc = rowMajor({srcShape[0], weights[0]}, types.dst);
    if (!hasBias(node))
        return MatmulDesc(cpuEngine(), srcDesc, weightsDesc, dstDesc, attr, true);
    return MatmulDesc(cpuEngine(), srcDesc, weightsDesc, rowMajor({1, weights[0]}, DataType::f32), dstDesc, attr, true);
}

constexpr int kPerColumn = 1 << 1;

/// What a product of two activations reads and writes in int8; nothing in floats.
struct ProductGrids {
    std::optional<QuantParams> left, right, dst;

    /// The second operand as signed codes, the only ones that oneDNN 3.2 takes there: the same numbers.
    static ProductGrids of(const Graph& graph, const Node& node, const std::optional<QuantParams>& dst) {
        ProductGrids grids{graph.value(node.inputs[0]).quant, graph.value(node.inputs[1]).quant, dst};
        if (grids.right->storage == ElementType::U8) {
            grids.right->storage = ElementType::S8;
            grids.right->zeroPoints.front() -= 128;
        }
        return grids;
    }
};

/// Both operands get the result's rank.
MatmulDesc matMulDesc(const Graph& graph, const Node& node, const HeavyTypes& types, const ProductGrids& grids = {}) {
    const Shape& out = graph.value(node.output()).shape;
    const auto widened = [&](ValueId operand, DataType type) {
        Shape shape = graph.value(operand).shape;
        shape.insert(shape.begin(), out.size() - shape.size(), 1);
        return rowMajor(shape, type);
    };
    dnnl::primitive_attr attr = userScratchpad();
    for (const auto& [arg, grid] :
         {std::pair{DNNL_ARG_SRC, grids.left}, {DNNL_ARG_WEIGHTS, grids.right}, {DNNL_ARG_DST, grids.dst}}) {
        if (!grid)
            continue;
        attr.set_scales_mask(arg, 0);
        if (grid->zeroPoint() != 0)
            attr.set_zero_points_mask(arg, 0);
    }
    return MatmulDesc(cpuEngine(), widened(node.inputs[0], types.src), widened(node.inputs[1], types.weights),
                      rowMajor(out, types.dst), attr, true);
}

bool hasVectorOperand(const Graph& graph, const Node& node) {
    return graph.value(node.inputs[0]).shape.size() < 2 || graph.value(node.inputs[1]).shape.size() < 2;
}

} // namespace

std::string whyNotInt8FullyConnected(const Graph& graph, const Node& node, const FullyConnected& op) {
    const Value& src = graph.value(node.inputs[0]);
    const auto dst = storableGrid(graph.value(node.output()));
    const HeavyAttr heavy = heavyAttr(graph, node, op.postOps, src.quant, true, dst, kPerColumn, 2);
    return whyNotKernel(fullyConnectedDesc(graph, node, HeavyTypes::ofCodes(*src.quant, dst), heavy.attr), "int8");
}

std::string whyNotFloatFullyConnected(const Graph& graph, const Node& node, const FullyConnected& op, DataType type) {
    const HeavyAttr heavy = heavyAttr(graph, node, op.postOps, std::nullopt, false, std::nullopt, kPerColumn, 2);
    return whyNotKernel(fullyConnectedDesc(graph, node, {type, type, type}, heavy.attr), precisionName(type));
}

std::string whyNotInt8MatMul(const Graph& graph, const Node& node) {
    if (hasVectorOperand(graph, node))
        return "A matrix product with a vector operand is not supported.";
    if (!machineInfo().int8DotProduct)
        return "Without VNNI two products are added in 16 bits, which those of activations can exceed.";
    if (graph.value(node.inputs[1]).quant->atRunTime)
        return "Its second operand has a range that is found at every inference.";
    const auto dst = storableGrid(graph.value(node.output()));
    return whyNotKernel(matMulDesc(graph, node, HeavyTypes::ofCodes(*graph.value(node.inputs[0]).quant, dst),
                                   ProductGrids::of(graph, node, dst)),
                        "int8");
}

std::string whyNotFloatMatMul(const Graph& graph, const Node& node, DataType type) {
    if (hasVectorOperand(graph, node))
        return "A matrix product with a vector operand is not supported.";
    return whyNotKernel(matMulDesc(graph, node, {type, type, type}), precisionName(type));
}

namespace {

/// A way to compute a fully connected layer: the descriptors as the primitive sees its operands.
struct FullyConnectedKernel {
    KernelCandidate candidate;
    Desc src, plainWeights, weights, bias, dst, scratchpad;
    std::string_view letters; // of the weights' dimensions
    ValueId residual = kNoValue;
    std::vector<ChannelOperand> channelOperands;
};

template <class PrimitiveDesc>
FullyConnectedKernel kernelOf(const PrimitiveDesc& desc, dnnl::primitive primitive, const Desc& plainWeights,
                              std::string_view letters, const HeavyAttr& heavy) {
    FullyConnectedKernel kernel{{desc.impl_info_str(), std::move(primitive), heavy.gridArgs},
                                desc.src_desc(),
                                plainWeights,
                                desc.weights_desc(),
                                desc.bias_desc(),
                                desc.dst_desc(),
                                desc.scratchpad_desc(),
                                letters,
                                heavy.residual,
                                heavy.channelOperands};
    for (const auto& [arg, operand] : {std::pair{DNNL_ARG_SRC, kernel.src},
                                       {DNNL_ARG_WEIGHTS, kernel.weights},
                                       {DNNL_ARG_BIAS, kernel.bias},
                                       {DNNL_ARG_DST, kernel.dst},
                                       {DNNL_ARG_SCRATCHPAD, kernel.scratchpad}})
        if (operand.get_size() > 0)
            kernel.candidate.args.emplace_back(arg, operand);
    return kernel;
}

/// The rows of the matrix as pixels of one picture: a 1x1 convolution. Its int8 kernels are generated where those of
/// matrix products are not (CPUs without VNNI). Signed sources are left out: there convolutions halve their weights.
std::optional<FullyConnectedKernel> asConvolution(const Graph& graph, const Node& node, const PostOps& postOps,
                                                  const std::optional<QuantParams>& src, const HeavyTypes& types,
                                                  const std::optional<QuantParams>& dst) {
    if (src && src->storage == ElementType::S8)
        return std::nullopt;
    const Shape rows = asMatrix(graph.value(node.inputs[0]).shape);
    const Shape& weights = graph.value(node.inputs[1]).shape;
    const Shape weightsShape{weights[0], weights[1], 1, 1};
    const HeavyAttr heavy = heavyAttr(graph, node, postOps, src, types.int8(), dst, 1 << 0, weightsShape.size());
    const dnnl::memory::dims ones{1, 1}, zeros{0, 0};
    const dnnl::convolution_forward::primitive_desc desc(
        cpuEngine(), dnnl::prop_kind::forward_inference, dnnl::algorithm::convolution_direct,
        channelsLast({1, rows[1], 1, rows[0]}, types.src), anyLayout(weightsShape, types.weights),
        hasBias(node) ? rowMajor({weights[0]}, DataType::f32) : Desc(),
        channelsLast({1, weights[0], 1, rows[0]}, types.dst), ones, zeros, zeros, zeros, heavy.attr, true);
    if (!desc || !isGenerated(desc.impl_info_str()) || writesBehindResult(desc))
        return std::nullopt;
    return kernelOf(desc, dnnl::convolution_forward(desc),
                    rowMajor(weightsShape, types.int8() ? DataType::s8 : DataType::f32),
                    weightsLetters(weightsShape.size(), false), heavy);
}

} // namespace

void lowerFullyConnected(Builder& builder, const FullyConnected& op) {
    const Graph& graph = builder.graph();
    const Node& node = builder.node();
    const bool int8 = builder.int8(builder.currentNode());
    const ValueId output = node.output();
    const auto dstGrid = int8 ? storedGrid(builder, output) : std::nullopt;
    const auto srcGrid = int8 ? graph.value(node.inputs[0]).quant : std::nullopt;
    if (int8 && lowerAsRow(builder, op.postOps, rowMajor(builder.shape(node.inputs[0]), DataType::u8)))
        return;
    const HeavyAttr heavy = heavyAttr(graph, node, op.postOps, srcGrid, int8, dstGrid, kPerColumn, 2);
    HeavyTypes types = HeavyTypes::of(builder);
    const MatmulDesc desc = describeHeavy(
        types, [&](const HeavyTypes& tried) { return fullyConnectedDesc(graph, node, tried, heavy.attr); });
    if (!desc)
        refuse(builder, "oneDNN has no kernel for this fully connected layer");
    const Shape& weightsShape = builder.shape(node.inputs[1]);
    FullyConnectedKernel kernel = kernelOf(
        desc, dnnl::matmul(desc), plainWeights(weightsShape, int8 ? DataType::s8 : DataType::f32), "io", heavy);
    std::string choice;
    if (builder.timesKernels())
        if (auto other = asConvolution(graph, node, op.postOps, srcGrid, types, dstGrid)) {
            const KernelChoice chosen =
                chooseKernel(fmt::format("rows {} by {} {} to {}{}", shapeText(asMatrix(builder.shape(node.inputs[0]))),
                                         shapeText(weightsShape), typeName(kernel.src.get_data_type()),
                                         typeName(kernel.dst.get_data_type()), heavy.text),
                             {kernel.candidate, other->candidate});
            choice = chosen.reason;
            if (chosen.index == 1)
                kernel = std::move(*other);
        }
    const DataType srcType = kernel.src.get_data_type();
    Form src = builder.require(node.inputs[0], rowMajor(builder.shape(node.inputs[0]), srcType), srcGrid,
                               fmt::format("{} computes in {}: it reads {} in the order of the file.",
                                           displayText(node.name), builder.precision(), typeName(srcType)));
    src.desc = kernel.src;
    const Form weights = weightsForm(builder, node.inputs[1], int8, kernel.plainWeights, kernel.weights, kernel.letters,
                                     kernel.candidate.kernel);
    const Desc outputDesc = rowMajor(builder.shape(output), types.dst);
    const Destination dst = destination(builder, outputDesc, dstGrid, kernel.residual, src, kernel.candidate.kernel);
    addHeavyStep(builder,
                 {kernel.candidate.primitive, kernel.candidate.kernel, kernel.scratchpad, kernel.bias, src, weights,
                  dst, kernel.dst, kernel.residual, choice, kernel.channelOperands},
                 int8, dstGrid);
}

void lowerMatMul(Builder& builder) {
    const Node& node = builder.node();
    const ValueId output = node.output();
    if (hasVectorOperand(builder.graph(), node))
        return lowerReference(builder, "oneDNN multiplies no vectors.");
    HeavyTypes types = HeavyTypes::of(builder);
    const ProductGrids grids =
        types.int8() ? ProductGrids::of(builder.graph(), node, storedGrid(builder, output)) : ProductGrids{};
    const MatmulDesc desc =
        describeHeavy(types, [&](const HeavyTypes& tried) { return matMulDesc(builder.graph(), node, tried, grids); });
    if (!desc)
        return lowerReference(builder, "oneDNN has no kernel for this matrix product.");
    const std::string need = fmt::format("{} multiplies matrices in {}.", displayText(node.name), builder.precision());
    const auto required = [&](ValueId input, DataType type, const std::optional<QuantParams>& grid) {
        return builder.require(input, rowMajor(builder.shape(input), type), grid, need);
    };
    Form left = required(node.inputs[0], types.src, grids.left);
    Form right = required(node.inputs[1], types.weights, grids.right);
    const Form dst = builder.define(output, desc.dst_desc(), grids.dst);
    StepInfo info = builder.describe(desc.impl_info_str(), builder.precision(), node.inputs, {left, right}, dst);
    left.desc = desc.src_desc();
    right.desc = desc.weights_desc();
    std::vector<Arg> args{{DNNL_ARG_SRC, left}, {DNNL_ARG_WEIGHTS, right}, {DNNL_ARG_DST, dst}};
    addGridArgs(builder, args, left, grids.right, grids.dst);
    builder.addPrimitive(std::move(info), dnnl::matmul(desc), desc.scratchpad_desc(), args, output);
}

} // namespace halftone::engine
