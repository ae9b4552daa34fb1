// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/core/engine/engine_test.h"

#include "core/engine/machine/machine.h"
#include "core/graph/dump.h"
#include "core/graph/element.h"
#include "core/graph/op_traits.h"
#include "tests/support/allocations.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <set>

namespace halftone::test {

namespace {

void fill(Plan& plan, const Graph& graph, const std::map<ValueId, Tensor>& inputs) {
    REQUIRE(plan.inputCount() == graph.inputs.size());
    for (size_t i = 0; i < graph.inputs.size(); ++i) {
        CHECK(plan.inputShape(i) == graph.value(graph.inputs[i]).shape);
        plan.setInput(i, inputs.at(graph.inputs[i]));
    }
}

Tensor tensor64(const Shape& shape, const std::vector<double>& values) {
    std::vector<std::byte> bytes(values.size() * sizeof(double));
    std::memcpy(bytes.data(), values.data(), bytes.size());
    return Tensor::fromBytes(ElementType::F64, shape, std::move(bytes));
}

/// The values of a grid's codes, without going through float arithmetic.
double exactly(int32_t code, const QuantParams& grid, size_t channel = 0) {
    return static_cast<double>(grid.scales[channel]) * (code - grid.zeroPoints[channel]);
}

int32_t codeOf(double x, const QuantParams& grid) {
    const double code = std::nearbyint(x / static_cast<double>(grid.scale())) + grid.zeroPoint();
    return static_cast<int32_t>(std::clamp<double>(code, lowestCode(grid.storage), highestCode(grid.storage)));
}

/// Values by their codes on the grid.
std::vector<double> snapped(const std::vector<double>& values, const QuantParams& grid) {
    std::vector<double> result;
    for (const double value : values)
        result.push_back(exactly(codeOf(value, grid), grid));
    return result;
}

/// Without VNNI oneDNN halves the weights of convolutions over signed codes, so that sums of two products fit
/// 16 bits.
std::vector<double> snappedWeights(const Value& weights, bool halved) {
    const std::vector<double> values = weights.constant->toDoubles();
    const QuantParams& grid = *weights.quant;
    size_t perChannel = values.size();
    for (size_t i = 0; grid.axis && i <= static_cast<size_t>(*grid.axis); ++i)
        perChannel /= static_cast<size_t>(weights.shape[i]);
    std::vector<double> result;
    for (size_t i = 0; i < values.size(); ++i) {
        const size_t channel = i / perChannel % grid.scales.size();
        double code = std::nearbyint(values[i] / static_cast<double>(grid.scales[channel]));
        if (halved)
            code = 2 * std::nearbyint(code / 2);
        result.push_back(exactly(static_cast<int32_t>(code), grid, channel));
    }
    return result;
}

bool isCodes(const std::string& type) {
    return type == "u8" || type == "s8";
}

/// Follows an int8 plan in double.
class Int8Reference {
public:
    Int8Reference(const Graph& graph, const Plan& plan) : m_graph(graph) {
        for (const StepInfo& step : plan.steps())
            if (step.kind == StepInfo::Kind::Compute)
                m_steps.emplace(step.name, &step);
    }

    void set(ValueId value, std::vector<double> values) { m_values[value] = std::move(values); }
    const std::vector<double>& get(ValueId value) const { return m_values.at(value); }
    bool stored(ValueId value) const { return m_stored.contains(value); }

    void compute(const Node& node) {
        const auto found = m_steps.find(node.name);
        const StepInfo* step = found == m_steps.end() ? nullptr : found->second; // none: a view
        const bool int8 = step && step->precision == "int8";
        const ValueId output = node.outputs.front();
        const bool codes = step ? isCodes(step->outputs.front().type) : m_stored.contains(node.inputs.front());
        std::vector<std::optional<Tensor>> operands;
        for (size_t i = 0; i < node.inputs.size(); ++i)
            operands.push_back(operand(node, i, int8, codes));
        const Tensor result = evaluate(m_graph, node, operands).front();
        std::vector<double> values = result.toDoubles();
        if (codes) {
            m_stored.insert(output);
            values = snapped(values, *m_graph.value(output).quant);
        }
        m_values[output] = std::move(values);
    }

private:
    std::optional<Tensor> operand(const Node& node, size_t index, bool int8, bool codes) const {
        const ValueId id = node.inputs[index];
        if (id == kNoValue)
            return std::nullopt;
        const Value& value = m_graph.value(id);
        if (value.constant && int8 && !weightOperands(node.op).empty() && index == 1) {
            const bool own = m_steps.at(node.name)->kernel.starts_with("halftone:"); // these have exact sums
            const bool halved = !own && !std::holds_alternative<FullyConnected>(node.op) &&
                                !machineInfo().int8DotProduct &&
                                m_graph.value(node.inputs[0]).quant->storage == ElementType::S8;
            return tensor64(value.shape, snappedWeights(value, halved));
        }
        if (value.constant && value.type == ElementType::S64) // says what is moved
            return value.constant;
        if (value.constant)
            return tensor64(value.shape, value.constant->toDoubles());
        // An operand that is added inside a layer is on its grid only when the result is stored as codes.
        const bool onGrid = int8 && value.quant && (index < traitsOf(node.op).operands.most || codes);
        return tensor64(value.shape, onGrid ? snapped(m_values.at(id), *value.quant) : m_values.at(id));
    }

    const Graph& m_graph;
    std::map<std::string, const StepInfo*> m_steps;
    std::map<ValueId, std::vector<double>> m_values;
    std::set<ValueId> m_stored;
};

} // namespace

std::map<ValueId, Tensor> inputsFor(const Graph& graph, uint32_t seed) {
    std::map<ValueId, Tensor> inputs;
    for (const ValueId input : graph.inputs) {
        const Value& value = graph.value(input);
        const Tensor floats = noise(value.shape, seed + static_cast<uint32_t>(input));
        std::vector<double> values = floats.toDoubles();
        for (double& x : values) // whole numbers from -3 to 3; from 0 where they have no sign
            x = value.type == ElementType::Bool ? x > 0 : std::trunc(x * 4);
        inputs.emplace(input,
                       value.type == ElementType::F32 ? floats : tensorFromDoubles(value.type, value.shape, values));
    }
    return inputs;
}

Plan compiled(const Graph& graph, Precision precision) {
    return compile(graph, {precision}, Job());
}

std::vector<std::vector<float>> outputsOf(Plan& plan, const Graph& graph, const std::map<ValueId, Tensor>& inputs) {
    fill(plan, graph, inputs);
    plan.run();
    const Allocations allocations = allocationsIn([&] { plan.run(); });
    INFO(allocations.first);
    const bool byPlainLoops = std::ranges::any_of(plan.steps(), isReference);
    CHECK((allocations.count == 0 || byPlainLoops));
    REQUIRE(plan.outputCount() == graph.outputs.size());
    std::vector<std::vector<float>> outputs;
    for (size_t i = 0; i < plan.outputCount(); ++i) {
        CHECK(plan.outputShape(i) == graph.value(graph.outputs[i]).shape);
        outputs.emplace_back(plan.output(i).begin(), plan.output(i).end());
    }
    return outputs;
}

void checkSteps(const Plan& plan, const Graph& graph, Precision precision) {
    std::map<std::string, const Node*> nodes;
    for (const Node& node : graph.nodes())
        nodes.emplace(node.name, &node);
    for (const StepInfo& step : plan.steps()) {
        INFO(step.name << " " << step.kernel);
        CHECK(!step.name.empty());
        CHECK(!step.op.empty());
        CHECK(!step.kernel.empty());
        CHECK(step.bytes > 0);
        REQUIRE(!step.outputs.empty());
        REQUIRE(!step.inputs.empty());
        for (const PortInfo& port : step.inputs) {
            CHECK(!port.value.empty());
            CHECK(!port.type.empty());
            CHECK(!port.layout.empty());
        }
        if (step.kind == StepInfo::Kind::Compute) {
            REQUIRE(nodes.contains(step.name));
            const Node& node = *nodes.at(step.name);
            CHECK(step.origins == node.origins);
            CHECK(step.outputs.size() == node.outputs.size());
            CHECK((step.macs > 0) == isHeavy(node.op));
            CHECK((step.precision == "fp32" || (precision == Precision::Int8 && step.precision == "int8")));
            if (step.kernel != "halftone:reference")
                CHECK(step.why.empty() == (precision == Precision::Fp32 || step.precision == "int8"));
        } else {
            CHECK(!step.why.empty());
            CHECK(step.origins.empty());
            CHECK(step.precision.empty());
            CHECK(step.macs == 0);
            CHECK((nodes.contains(step.producer) || step.producer.empty()));
            CHECK((nodes.contains(step.consumer) || step.consumer.empty()));
            const PortInfo &from = step.inputs.front(), &to = step.outputs.front();
            CHECK(from.value == to.value);
            CHECK((from.layout == to.layout) ==
                  (step.kind == StepInfo::Kind::ConvertType || step.kind == StepInfo::Kind::Copy));
        }
    }
    for (const OneTimeConversion& once : plan.oneTimeConversions()) {
        CHECK(!once.why.empty());
        CHECK(nodes.contains(once.consumer));
        CHECK(once.bytes > 0);
        CHECK((once.fromType == once.toType) == (once.kind == StepInfo::Kind::ConvertLayout));
    }
}

Plan checkFp32(const Graph& graph, double tolerance) {
    INFO(dump(graph));
    Plan plan = compiled(graph);
    const auto inputs = inputsFor(graph);
    const auto expected = evaluate(graph, inputs);
    const auto actual = outputsOf(plan, graph, inputs);
    for (size_t i = 0; i < actual.size(); ++i) {
        const std::vector<double> wanted = expected.at(graph.outputs[i]).toDoubles();
        REQUIRE(actual[i].size() == wanted.size());
        double largest = 1e-30, difference = 0;
        for (size_t j = 0; j < wanted.size(); ++j) {
            REQUIRE(std::isfinite(wanted[j]));
            largest = std::max(largest, std::abs(wanted[j]));
            const double distance = std::abs(wanted[j] - static_cast<double>(actual[i][j]));
            difference = std::max(difference, std::isnan(distance) ? 1e30 : distance);
        }
        INFO("output " << i << ", kernel " << (plan.steps().empty() ? "" : plan.steps().back().kernel));
        CHECK(difference / largest < tolerance);
    }
    CHECK(outputsOf(plan, graph, inputsFor(graph, 99)).size() == actual.size()); // leaves other values in the arena
    CHECK((outputsOf(plan, graph, inputs) == actual));
    plan.run(); // the inputs are still there
    for (size_t i = 0; i < actual.size(); ++i)
        CHECK(std::equal(actual[i].begin(), actual[i].end(), plan.output(i).begin()));
    checkSteps(plan, graph, Precision::Fp32);
    return plan;
}

Plan checkFp32(Op op, const std::vector<Shape>& shapes, bool allInputs) {
    GraphBuilder builder;
    std::vector<ValueId> operands{builder.input("in0", shapes[0])};
    for (size_t i = 1; i < shapes.size(); ++i) {
        const std::string name = "in" + std::to_string(i);
        operands.push_back(allInputs ? builder.input(name, shapes[i]) : builder.constant(name, shapes[i]));
    }
    return checkFp32(builder.build({builder.node("layer", std::move(op), operands)}));
}

const StepInfo& stepOf(const Plan& plan, const std::string& node) {
    const auto& steps = plan.steps();
    const auto found = std::find_if(steps.begin(), steps.end(), [&](const StepInfo& step) {
        return step.kind == StepInfo::Kind::Compute && step.name == node;
    });
    INFO("looking for the step " << node);
    REQUIRE(found != steps.end());
    return *found;
}

std::vector<StepInfo> conversions(const Plan& plan) {
    std::vector<StepInfo> result;
    for (const StepInfo& step : plan.steps())
        if (step.kind != StepInfo::Kind::Compute)
            result.push_back(step);
    return result;
}

int count(const Plan& plan, StepInfo::Kind kind) {
    return static_cast<int>(std::count_if(plan.steps().begin(), plan.steps().end(),
                                          [&](const StepInfo& step) { return step.kind == kind; }));
}

bool isReference(const StepInfo& step) {
    return step.kernel.starts_with("ref") || step.kernel == "halftone:reference";
}

Graph quantized(const Graph& graph, QuantizeOptions options, int samples) {
    Plan plan = compiled(graph);
    Calibration calibration(graph);
    for (int sample = 0; sample < samples; ++sample) {
        fill(plan, graph, inputsFor(graph, 11 + 7 * static_cast<uint32_t>(sample)));
        plan.runObserved([&](ValueId value, std::span<const float> values) { calibration.observe(value, values); });
        calibration.endBatch();
    }
    return quantize(graph, calibration, options);
}

Plan checkInt8(const Graph& graph, Int8Check* result, uint32_t seed) {
    INFO(dump(graph));
    Plan plan = compiled(graph, Precision::Int8);
    checkSteps(plan, graph, Precision::Int8);
    const auto inputs = inputsFor(graph, seed);
    const auto actual = outputsOf(plan, graph, inputs);
    Int8Reference reference(graph, plan);
    for (const auto& [id, tensor] : inputs)
        reference.set(id, tensor.toDoubles());
    Int8Check check;
    for (const Node& node : graph.nodes()) {
        reference.compute(node);
        const ValueId id = node.outputs.front();
        const auto output = std::find(graph.outputs.begin(), graph.outputs.end(), id);
        if (output == graph.outputs.end())
            continue;
        const auto& got = actual[static_cast<size_t>(output - graph.outputs.begin())];
        const std::vector<double> wanted = reference.get(id);
        const bool codes = reference.stored(id);
        const double step = codes ? static_cast<double>(graph.value(id).quant->scale()) : 0;
        double largest = 1e-30, difference = 0;
        for (size_t i = 0; i < got.size(); ++i) {
            largest = std::max(largest, std::abs(wanted[i]));
            const double distance = std::abs(wanted[i] - static_cast<double>(got[i]));
            difference = std::max(difference, std::isnan(distance) ? 1e30 : distance);
            check.different += codes && distance > step / 2;
        }
        check.codes += codes ? static_cast<int64_t>(got.size()) : 0;
        const auto& steps = plan.steps();
        const auto own =
            std::find_if(steps.begin(), steps.end(), [&](const StepInfo& s) { return s.name == node.name; });
        INFO("node " << node.name << (own == steps.end() ? "" : ", kernel " + own->kernel));
        CHECK(difference < (codes ? 1.01 * step : 1e-4 * largest));
        reference.set(id, codes ? snapped(std::vector<double>(got.begin(), got.end()), *graph.value(id).quant)
                                : std::vector<double>(got.begin(), got.end()));
    }
    INFO(check.different << " of " << check.codes << " codes differ");
    CHECK(check.different <= check.codes / 20 + 1); // halves are rounded either way: few, and by one code
    CHECK((outputsOf(plan, graph, inputs) == actual));
    if (result)
        *result = check;
    return plan;
}

Conv conv2d(int64_t stride, int64_t pad, int64_t groups, PostOps postOps) {
    return Conv{{stride, stride}, {1, 1}, {pad, pad, pad, pad}, groups, std::move(postOps)};
}

} // namespace halftone::test
