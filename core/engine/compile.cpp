// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/compile.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/engine/choose/float_choice.h"
#include "core/engine/choose/int8_choice.h"
#include "core/engine/lower/builder.h"
#include "core/engine/lower/conv_desc.h"
#include "core/engine/lower/lower.h"
#include "core/engine/plan/limits.h"
#include "core/engine/plan/scalars.h"

#include <fmt/format.h>

namespace halftone {

namespace engine {

void refuse(const Builder& builder, const std::string& what) {
    const Node& node = builder.node();
    const std::string shown = displayText(node.name);
    throw Error(ErrorCode::Unsupported,
                fmt::format("The layer {} ({}) cannot be run: {}.", shown, opName(node.op), what), shown);
}

std::optional<QuantParams> storedGrid(const Builder& builder, ValueId value) {
    return builder.storedAsCodes(value) ? builder.graph().value(value).quant : std::nullopt;
}

DataType storedType(const Builder& builder, const std::optional<QuantParams>& grid) {
    return grid ? dataType(grid->storage) : builder.floatType();
}

namespace {

struct Lower {
    Builder& builder;

    void operator()(const Conv& op) const { lowerConv(builder, op); }
    void operator()(const ConvTranspose& op) const { lowerConvTranspose(builder, op); }
    void operator()(const FullyConnected& op) const { lowerFullyConnected(builder, op); }
    void operator()(const MatMul&) const { lowerMatMul(builder); }
    void operator()(const Pool& op) const { lowerPool(builder, op); }
    void operator()(const BatchNorm& op) const { lowerBatchNorm(builder, op); }
    void operator()(const Unary& op) const { lowerUnary(builder, op); }
    void operator()(const Binary& op) const { lowerBinary(builder, op); }
    void operator()(const Softmax& op) const { lowerSoftmax(builder, op); }
    void operator()(const Reduce& op) const { lowerReduce(builder, op); }
    void operator()(const Reshape&) const { lowerReshape(builder); }
    void operator()(const Flatten&) const { lowerReshape(builder); }
    void operator()(const Squeeze&) const { lowerReshape(builder); }
    void operator()(const Identity&) const { lowerReshape(builder); }
    void operator()(const Transpose& op) const { lowerTranspose(builder, op); }
    void operator()(const Concat& op) const { lowerConcat(builder, op); }
    void operator()(const Slice& op) const { lowerSlice(builder, op); }
    void operator()(const Pad& op) const { lowerPad(builder, op); }
    void operator()(const Gemm&) const { lowerReference(builder, "Its second matrix is computed at run time."); }
    void operator()(const Normalize& op) const { lowerNormalize(builder, op); }
    void operator()(const Lrn& op) const { lowerLrn(builder, op); }
    void operator()(const ArgReduce&) const { lowerReference(builder); }
    void operator()(const Gather& op) const { lowerGather(builder, op); }
    void operator()(const Expand&) const { lowerExpand(builder); }
    void operator()(const Tile&) const { lowerTile(builder); }
    void operator()(const Resize& op) const { lowerResize(builder, op); }
    void operator()(const GridSample&) const { lowerReference(builder); }
    void operator()(const RoiAlign&) const { lowerReference(builder); }
    void operator()(const Det&) const { lowerReference(builder); }
    void operator()(const GatherElements&) const { lowerReference(builder); }
    void operator()(const GatherNd&) const { lowerReference(builder); }
    void operator()(const ScatterElements&) const { lowerReference(builder); }
    void operator()(const ScatterNd&) const { lowerAny(builder); }
    void operator()(const CumSum&) const { lowerReference(builder); }
    void operator()(const TopValues&) const { lowerReference(builder); }
    void operator()(const Recurrent& op) const { lowerRecurrent(builder, op); }
    void operator()(const Where&) const { lowerAny(builder); }
    void operator()(const ShapeOf&) const { lowerReference(builder); }
    void operator()(const QuantizeLinear&) const { lowerReference(builder); }
    void operator()(const DequantizeLinear&) const { lowerReference(builder); }
    void operator()(const Cast&) const { lowerCast(builder); }
    void operator()(const Opaque& op) const { refuse(builder, op.reason); }
};

PrecisionChoice choose(const Graph& graph, Precision precision, Precision others) {
    switch (precision) {
    case Precision::Fp32: return PrecisionChoice::fp32(graph);
    case Precision::Int8:
        return others == Precision::Fp32
                   ? chooseInt8(graph)
                   : withOthersIn(chooseInt8(graph), graph, others == Precision::Bf16 ? DataType::bf16 : DataType::f16);
    case Precision::Bf16: return chooseFloat(graph, DataType::bf16);
    case Precision::F16: return chooseFloat(graph, DataType::f16);
    case Precision::Int8Simulated: return simulateInt8(graph);
    }
    return PrecisionChoice::fp32(graph);
}

/// Of the smallest form in which a plan of this precision keeps a tensor.
int64_t elementBytes(Precision precision) {
    switch (precision) {
    case Precision::Fp32:
    case Precision::Int8Simulated: return 4;
    case Precision::Bf16:
    case Precision::F16: return 2;
    case Precision::Int8: return 1;
    }
    return 1;
}

} // namespace

} // namespace engine

Plan compile(const Graph& network, const CompileOptions& options, const Job& job,
             const std::function<void(double done)>& progress) try {
    using namespace engine;
    const Graph graph = withDimensions(network);
    refuseExtremes(graph, elementBytes(options.precision));
    const bool timeKernels = options.timeKernels && options.precision == Precision::Int8;
    Builder builder(graph, choose(graph, options.precision, options.others), timeKernels, prefersBlocks(graph));
    const auto round = [&](const std::vector<ValueId>& values) {
        for (const ValueId value : values)
            if (builder.rounded(value))
                builder.roundToGrid(value);
    };
    builder.addInputs();
    round(graph.inputs);
    const auto nodes = static_cast<NodeId>(graph.nodes().size());
    for (NodeId node = 0; node < nodes; ++node) {
        job.checkCancelled();
        builder.beginNode(node);
        if (const Op& op = graph.node(node).op; isOfOtherTypes(graph, graph.node(node)) &&
                                                !std::holds_alternative<Opaque>(op) &&
                                                !std::holds_alternative<Cast>(op))
            lowerAny(builder);
        else
            std::visit(Lower{builder}, op);
        round(graph.node(node).outputs);
        builder.captureResults();
        if (progress)
            progress((node + 1.0) / nodes);
    }
    builder.addOutputs();
    std::unique_ptr<Plan::Impl> plan = builder.finish();
    for (auto* terminals : {&plan->inputs, &plan->outputs})
        for (Terminal& terminal : *terminals)
            terminal.shape = network.value(terminal.value).shape; // a scalar stays one
    return Plan(std::move(plan));
} catch (const dnnl::error& error) {
    throw Error(error.status == dnnl_out_of_memory ? ErrorCode::Limit : ErrorCode::Internal,
                fmt::format("oneDNN could not build the {} plan: {}.", name(options.precision), error.message));
} catch (const std::bad_alloc&) {
    throw Error(ErrorCode::Limit, "There is not enough memory for this network. Use a smaller batch.");
}

} // namespace halftone
