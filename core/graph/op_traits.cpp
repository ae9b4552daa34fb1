// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/graph/op_traits.h"

#include <algorithm>
#include <fmt/format.h>

namespace halftone {

namespace {

constexpr WeightOperand kRows[] = {{1, 0}};    // [output channels, ...]
constexpr WeightOperand kColumns[] = {{1, 1}}; // [input channels, output channels, ...]

/// A layer that multiplies by weights, with a bias or none.
OpTraits withWeights(const char* name, std::span<const WeightOperand> weights) {
    return {.name = name,
            .operands = {2, 3},
            .gridEnd = 2,
            .int8 = Int8Form::Candidate,
            .bf16 = true,
            .heavy = true,
            .weights = weights,
            .bias = 2};
}

/// One entry an operator. What is not named is as OpTraits has it: one operand that may lie on a grid, one result,
/// computed in fp32.
struct TraitsOf {
    OpTraits operator()(const Conv&) const { return withWeights("Conv", kRows); }
    /// The output channels of several groups lie along two dimensions of the weights, and scales along one.
    OpTraits operator()(const ConvTranspose& op) const {
        OpTraits traits = withWeights("ConvTranspose", kColumns);
        traits.bf16 = false;
        if (op.groups > 1) {
            traits.int8 = Int8Form::None;
            traits.notInt8 = "has groups, whose weights are not quantized";
            traits.weights = {};
        }
        return traits;
    }
    OpTraits operator()(const FullyConnected&) const { return withWeights("FullyConnected", kRows); }
    OpTraits operator()(const MatMul&) const {
        return {.name = "MatMul",
                .operands = {2, 2},
                .gridEnd = 2,
                .int8 = Int8Form::Candidate,
                .bf16 = true,
                .heavy = true};
    }
    OpTraits operator()(const Gemm&) const { return {.name = "Gemm", .operands = {2, 3}, .gridEnd = 2, .heavy = true}; }
    OpTraits operator()(const Pool& op) const {
        const bool max = op.kind == PoolKind::Max;
        return {.name =
                    max ? (op.global ? "GlobalMaxPool" : "MaxPool") : (op.global ? "GlobalAveragePool" : "AveragePool"),
                .int8 = max         ? Int8Form::Moves
                        : op.global ? Int8Form::Follows
                                    : Int8Form::KeepsGrid,
                .bf16 = true};
    }
    OpTraits operator()(const BatchNorm&) const {
        return {.name = "BatchNorm", .operands = {5, 5}, .int8 = Int8Form::Follows, .bf16 = true};
    }
    OpTraits operator()(const Normalize&) const { return {.name = "Normalize"}; }
    OpTraits operator()(const Lrn&) const { return {.name = "LRN"}; }
    OpTraits operator()(const Unary& op) const {
        return {.name = nameOf(op.kind), .int8 = Int8Form::Follows, .bf16 = true};
    }
    OpTraits operator()(const Binary& op) const {
        const bool onCodes = op.kind == BinaryKind::Add || op.kind == BinaryKind::Mul || op.kind == BinaryKind::PRelu;
        return {.name = nameOf(op.kind),
                .operands = {2, 2},
                .gridEnd = op.kind == BinaryKind::PRelu ? size_t{1} : size_t{2}, // slopes are used as they are
                .int8 = onCodes ? Int8Form::Follows : Int8Form::None,
                .notInt8 = "has no int8 kernel",
                .bf16 = true};
    }
    OpTraits operator()(const Softmax& op) const { return {.name = op.log ? "LogSoftmax" : "Softmax"}; }
    OpTraits operator()(const Reduce& op) const { return {.name = nameOf(op.kind)}; }
    OpTraits operator()(const ArgReduce& op) const { return {.name = op.largest ? "ArgMax" : "ArgMin"}; }
    OpTraits operator()(const Reshape&) const {
        return {.name = "Reshape", .int8 = Int8Form::Moves, .bf16 = true, .keepsOrder = true};
    }
    OpTraits operator()(const Flatten&) const {
        return {.name = "Flatten", .int8 = Int8Form::Moves, .bf16 = true, .keepsOrder = true};
    }
    OpTraits operator()(const Squeeze& op) const {
        return {.name = op.insert ? "Unsqueeze" : "Squeeze", .int8 = Int8Form::Moves, .bf16 = true, .keepsOrder = true};
    }
    OpTraits operator()(const Transpose&) const {
        return {.name = "Transpose", .int8 = Int8Form::Moves, .bf16 = true, .settingsOfDimensions = true};
    }
    OpTraits operator()(const Concat&) const {
        return {.name = "Concat",
                .operands = {1, Arity::kAny},
                .gridEnd = Arity::kAny,
                .int8 = Int8Form::Moves,
                .bf16 = true};
    }
    OpTraits operator()(const Slice&) const {
        return {.name = "Slice", .int8 = Int8Form::Moves, .bf16 = true, .settingsOfDimensions = true};
    }
    OpTraits operator()(const Pad& op) const {
        return {.name = "Pad",
                .int8 = op.value == 0 ? Int8Form::Moves : Int8Form::KeepsGrid,
                .bf16 = op.value == 0,
                .settingsOfDimensions = true};
    }
    OpTraits operator()(const Gather&) const { return {.name = "Gather", .operands = {2, 2}, .int8 = Int8Form::Moves}; }
    OpTraits operator()(const Expand&) const { return {.name = "Expand", .settingsOfDimensions = true}; }
    OpTraits operator()(const Tile&) const {
        return {.name = "Tile", .int8 = Int8Form::Moves, .settingsOfDimensions = true};
    }
    OpTraits operator()(const Resize& op) const {
        const bool fillsIn = op.coordinates == ResizeCoordinates::TfCropAndResize;
        return {.name = "Resize",
                .int8 = fillsIn                          ? Int8Form::None
                        : op.mode == ResizeMode::Nearest ? Int8Form::Moves
                                                         : Int8Form::Follows};
    }
    OpTraits operator()(const GridSample&) const { return {.name = "GridSample", .operands = {2, 2}}; }
    OpTraits operator()(const RoiAlign&) const { return {.name = "RoiAlign", .operands = {3, 3}}; }
    OpTraits operator()(const Det&) const { return {.name = "Det"}; }
    OpTraits operator()(const Where&) const {
        return {.name = "Where", .operands = {3, 3}, .gridBegin = 1, .gridEnd = 3};
    }
    OpTraits operator()(const ShapeOf&) const { return {.name = "Shape", .gridEnd = 0}; }
    OpTraits operator()(const QuantizeLinear&) const { return {.name = "QuantizeLinear", .operands = {2, 3}}; }
    OpTraits operator()(const DequantizeLinear&) const {
        return {.name = "DequantizeLinear", .operands = {2, 3}, .gridEnd = 0};
    }
    OpTraits operator()(const Cast&) const { return {.name = "Cast"}; }
    OpTraits operator()(const Identity&) const {
        return {.name = "Identity", .int8 = Int8Form::Moves, .bf16 = true, .keepsOrder = true};
    }
    OpTraits operator()(const GatherElements&) const { return {.name = "GatherElements", .operands = {2, 2}}; }
    OpTraits operator()(const GatherNd&) const { return {.name = "GatherND", .operands = {2, 2}}; }
    OpTraits operator()(const ScatterElements&) const { return {.name = "ScatterElements", .operands = {3, 3}}; }
    OpTraits operator()(const ScatterNd&) const { return {.name = "ScatterND", .operands = {3, 3}}; }
    OpTraits operator()(const CumSum&) const { return {.name = "CumSum"}; }
    OpTraits operator()(const TopValues&) const { return {.name = "TopK", .results = {2, 2}}; }
    OpTraits operator()(const Recurrent& op) const {
        const bool cells = op.kind == RecurrentKind::Lstm;
        const size_t results = cells ? 3 : 2;
        return {.name = nameOf(op.kind),
                .operands = {3, cells ? 7UL : 5UL},
                .results = {results, results},
                .notInt8 = "has no int8 kernel",
                .heavy = true};
    }
    OpTraits operator()(const Opaque&) const {
        return {.name = "Opaque", .operands = {0, Arity::kAny}, .results = {0, Arity::kAny}, .gridEnd = 0};
    }
};

} // namespace

OpTraits traitsOf(const Op& op) {
    return std::visit(TraitsOf{}, op);
}

std::string opName(const Op& op) {
    return traitsOf(op).name;
}

Arity arityOf(const Op& op) {
    Arity arity = traitsOf(op).operands;
    if (const PostOps* postOps = postOpsOf(op))
        for (const PostOp& postOp : *postOps)
            arity.most += !std::holds_alternative<Unary>(postOp);
    return arity;
}

bool keepsGrid(const Op& op) {
    const Int8Form form = traitsOf(op).int8;
    return form == Int8Form::Moves || form == Int8Form::KeepsGrid;
}

bool onlyMoves(const Op& op) {
    return traitsOf(op).int8 == Int8Form::Moves;
}

bool isHeavy(const Op& op) {
    return traitsOf(op).heavy;
}

bool isInt8Candidate(const Op& op) {
    return traitsOf(op).int8 == Int8Form::Candidate;
}

std::span<const WeightOperand> weightOperands(const Op& op) {
    return traitsOf(op).weights;
}

std::vector<size_t> parameterOperands(const Op& op) {
    const OpTraits traits = traitsOf(op);
    std::vector<size_t> operands;
    for (const WeightOperand& weights : traits.weights)
        operands.push_back(weights.input);
    if (!operands.empty() && traits.bias)
        operands.push_back(*traits.bias);
    return operands;
}

bool hasBias(const Node& node) {
    const std::optional<size_t> bias = traitsOf(node.op).bias;
    return bias && *bias < node.inputs.size() && node.inputs[*bias] != kNoValue;
}

bool mayLieOnGrid(const Op& op, size_t operand) {
    const OpTraits traits = traitsOf(op);
    if (operand < traits.operands.most)
        return operand >= traits.gridBegin && operand < traits.gridEnd;
    const PostOps* postOps = postOpsOf(op);
    return postOps && std::ranges::any_of(*postOps, [&](const PostOp& postOp) {
               const auto* add = std::get_if<AddInput>(&postOp);
               return add && add->input == static_cast<int>(operand);
           });
}

std::vector<ValueId> operandsOnGrids(const Node& node) {
    std::vector<ValueId> operands;
    for (size_t i = 0; i < node.inputs.size(); ++i)
        if (node.inputs[i] != kNoValue && mayLieOnGrid(node.op, i))
            operands.push_back(node.inputs[i]);
    return operands;
}

std::string whyNeverInt8(const Op& op) {
    const OpTraits traits = traitsOf(op);
    return traits.int8 == Int8Form::None ? fmt::format("{} {}.", traits.name, traits.notInt8) : "";
}

std::string whyNeverBf16(const Op& op) {
    const OpTraits traits = traitsOf(op);
    return traits.bf16 ? "" : fmt::format("{} computes in fp32.", traits.name);
}

const PostOps* postOpsOf(const Op& op) {
    return std::visit(
        [](const auto& each) -> const PostOps* {
            if constexpr (requires { each.postOps; })
                return &each.postOps;
            else
                return nullptr;
        },
        op);
}

PostOps* postOpsOf(Op& op) {
    return const_cast<PostOps*>(postOpsOf(std::as_const(op)));
}

} // namespace halftone
