// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/graph/evaluate.h"

#include "core/base/text.h"
#include "core/graph/evaluate_rules.h"

#include <fmt/format.h>

namespace halftone {

namespace {

/// What takes more is never a constant that somebody meant, but gigabytes and minutes.
constexpr int64_t kMostElements = int64_t{1} << 28;
constexpr int64_t kMostSteps = int64_t{1} << 36;

void checkEffort(const Op& op, const Operands& operands, const Results& results) {
    for (const TensorType& result : results) {
        const int64_t elements = elementCount(result.shape);
        int64_t steps = macsOf(op, operands, results);
        if (const auto* pool = std::get_if<Pool>(&op); pool && !pool->global)
            steps = checkedMul(elements, elementCount(pool->kernel, "its kernel"), "the number of operations");
        if (elements > kMostElements || steps > kMostSteps)
            refuse(
                fmt::format("its result of shape {} is too large to be computed in advance", shapeText(result.shape)),
                ErrorCode::Limit);
    }
}

template <class AnyOp> std::vector<Tensor> evaluateAny(const AnyOp& op, const Inputs& inputs, const Results& results) {
    if constexpr (requires { evaluateOp(op, inputs, results.front()); })
        return {evaluateOp(op, inputs, results.front())};
    else
        return evaluateOp(op, inputs, results);
}

} // namespace

std::vector<Tensor> evaluate(const Graph& graph, const Node& node, const std::vector<std::optional<Tensor>>& inputs) {
    Operands operands;
    for (const std::optional<Tensor>& input : inputs)
        operands.push_back(input ? std::optional(TensorType{input->type, input->shape}) : std::nullopt);
    const Results results = resultsOf(node, operands);
    try {
        checkEffort(node.op, operands, results);
        return std::visit([&](const auto& op) { return evaluateAny(op, inputs, results); }, node.op);
    } catch (const Error& error) {
        rethrowNaming(node, error);
    }
}

std::map<ValueId, Tensor> evaluate(const Graph& graph, const std::map<ValueId, Tensor>& inputs) {
    std::map<ValueId, Tensor> values;
    for (size_t i = 0; i < graph.values().size(); ++i)
        if (const auto& constant = graph.values()[i].constant)
            values.emplace(static_cast<ValueId>(i), *constant);
    for (ValueId id : graph.inputs) {
        const Value& value = graph.value(id);
        const auto given = inputs.find(id);
        if (given == inputs.end() || given->second.type != value.type || given->second.shape != value.shape)
            throw Error(ErrorCode::Usage,
                        fmt::format("Input \"{}\" needs {} values of shape {}.", displayText(value.name),
                                    name(value.type), shapeText(value.shape)),
                        displayText(value.name));
        values.emplace(id, given->second);
    }
    for (const Node& node : graph.nodes()) {
        Inputs operands;
        for (ValueId id : node.inputs)
            operands.push_back(id == kNoValue ? std::nullopt : std::optional(values.at(id)));
        std::vector<Tensor> results = evaluate(graph, node, operands);
        for (size_t i = 0; i < results.size(); ++i)
            values.insert_or_assign(node.outputs.at(i), std::move(results[i]));
    }
    return values;
}

std::vector<double> biasOf(const Inputs& inputs, size_t index, int64_t length) {
    if (index < inputs.size() && inputs[index])
        return inputs[index]->toDoubles();
    return std::vector<double>(static_cast<size_t>(length), 0.0);
}

void applyPostOps(const PostOps& postOps, const Inputs& inputs, std::vector<double>& values) {
    for (const PostOp& postOp : postOps) {
        if (const auto* unary = std::get_if<Unary>(&postOp)) {
            for (double& value : values)
                value = applyUnary(*unary, value);
            continue;
        }
        if (const auto* prelu = std::get_if<PReluInput>(&postOp)) {
            const std::vector<double> slopes = inputs[static_cast<size_t>(prelu->input)]->toDoubles();
            const size_t samples = static_cast<size_t>(inputs[0]->shape[0]);
            const size_t positions = values.size() / (samples * slopes.size());
            for (size_t i = 0; i < values.size(); ++i)
                values[i] *= values[i] < 0 ? slopes[i / positions % slopes.size()] : 1;
            continue;
        }
        if (const auto* mul = std::get_if<MulInput>(&postOp)) {
            const std::vector<double> factors = inputs[static_cast<size_t>(mul->input)]->toDoubles();
            for (size_t i = 0; i < values.size(); ++i)
                values[i] *= factors[i % factors.size()];
            continue;
        }
        const std::vector<double> added = inputs[static_cast<size_t>(std::get<AddInput>(postOp).input)]->toDoubles();
        for (size_t i = 0; i < values.size(); ++i)
            values[i] += added[i];
    }
}

SlidingWindow slidingWindow(const Shape& x, const Shape& y, std::span<const int64_t> kernel,
                            std::span<const int64_t> strides, std::span<const int64_t> dilations,
                            std::span<const int64_t> pads) {
    SlidingWindow w{{1, 1, 1}, {1, 1, 1}, {1, 1, 1}, {1, 1, 1}, {1, 1, 1}, {0, 0, 0}, {0, 0, 0}};
    const size_t spatial = x.size() - 2;
    for (size_t i = 0; i < spatial; ++i) {
        const size_t to = 3 - spatial + i;
        w.in[to] = x[2 + i];
        w.out[to] = y[2 + i];
        w.kernel[to] = kernel[i];
        w.stride[to] = strides[i];
        w.dilation[to] = dilations[i];
        w.padBegin[to] = pads[i];
        w.padEnd[to] = pads[spatial + i];
    }
    return w;
}

Tensor evaluateOp(const Opaque&, const Inputs&, const TensorType&) {
    refuse("it cannot be computed", ErrorCode::Unsupported); // not reached: the shape rules refuse it
}

} // namespace halftone
