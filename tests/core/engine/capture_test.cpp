// SPDX-License-Identifier: GPL-3.0-or-later
// What a plan shows of its activations: the values of the graph in logical order, whatever type and layout they had.
#include "core/engine/machine/machine.h"
#include "tests/core/engine/engine_test.h"

#include <algorithm>
#include <cmath>

using namespace halftone;
using namespace halftone::test;

namespace {

/// Channels-last kernels, codes, a residual that is overwritten in place, views and a mean.
Graph network() {
    GraphBuilder b;
    const PostOps relu{Unary{UnaryKind::Relu}};
    const ValueId x = b.input("x", {2, 3, 12, 12});
    const ValueId a =
        b.node("a", conv2d(1, 1, 1, relu), {x, b.constant("wa", Shape{16, 3, 3, 3}), b.constant("ba", Shape{16})});
    const ValueId pool = b.node("pool", Pool{PoolKind::Max, false, {2, 2}, {2, 2}, {1, 1}, {0, 0, 0, 0}}, {a});
    const ValueId c = b.node("c", conv2d(1, 1, 1, {AddInput{3}}),
                             {pool, b.constant("wc", Shape{16, 16, 3, 3}), b.constant("bc", Shape{16}), pool});
    const ValueId half = b.node("half", Slice{{4}, {12}, {1}, {1}}, {c});
    const ValueId d = b.node("d", conv2d(1, 0), {half, b.constant("wd", Shape{24, 8, 1, 1})});
    const ValueId mean = b.node("mean", Pool{PoolKind::AverageExcludePad, true}, {d});
    const ValueId flat = b.node("flat", Flatten{}, {mean});
    return b.build({b.node("y", FullyConnected{}, {flat, b.constant("wy", Shape{10, 24})})});
}

std::map<ValueId, Tensor> captured(const Graph& graph, Precision precision, const std::map<ValueId, Tensor>& inputs) {
    Plan plan = compiled(graph, precision);
    outputsOf(plan, graph, inputs);
    std::map<ValueId, Tensor> values;
    std::vector<ValueId> order;
    plan.runCaptured([&](ValueId value, std::span<const float> elements) {
        values.emplace(value, Tensor::fromFloats(graph.value(value).shape, elements));
        order.push_back(value);
    });
    std::vector<ValueId> wanted = graph.inputs;
    for (const Node& node : graph.nodes())
        wanted.push_back(node.outputs.front());
    CHECK(order == wanted);
    CHECK(std::ranges::equal(values.at(graph.outputs.front()).floats(), plan.output(0)));
    return values;
}

/// On its grid, one scale a channel of dimension 0 or one for all.
Tensor snapped(const Tensor& tensor, const QuantParams& grid) {
    std::vector<float> values = tensor.toFloats();
    const size_t perScale = values.size() / grid.scales.size();
    for (size_t i = 0; i < values.size(); ++i) {
        const float scale = grid.scales[i / perScale];
        const int32_t zeroPoint = grid.zeroPoints[i / perScale];
        values[i] = dequantize(quantize(values[i], scale, zeroPoint, grid.storage), scale, zeroPoint);
    }
    return Tensor::fromFloats(tensor.shape, values);
}

} // namespace

TEST_CASE("an fp32 plan shows every value of the graph in logical order") {
    useThreads(1);
    const Graph graph = network();
    const auto inputs = inputsFor(graph);
    const auto expected = evaluate(graph, inputs);
    for (const auto& [value, tensor] : captured(graph, Precision::Fp32, inputs)) {
        const std::vector<double> got = tensor.toDoubles(), wanted = expected.at(value).toDoubles();
        INFO(graph.value(value).name);
        REQUIRE(got.size() == wanted.size());
        for (size_t i = 0; i < got.size(); ++i)
            CHECK(got[i] == Approx(wanted[i]).margin(1e-4));
    }
}

TEST_CASE("quantized plans show the values that their codes stand for") {
    useThreads(1);
    for (const bool asymmetric : {false, true}) {
        const Graph graph = quantized(network(), gridOptions(7, asymmetric));
        const auto inputs = inputsFor(graph);
        for (const Precision precision : {Precision::Int8, Precision::Int8Simulated}) {
            const auto values = captured(graph, precision, inputs);
            CHECK(values.at(graph.inputs.front()) == inputs.at(graph.inputs.front()));
            for (const Node& node : graph.nodes()) {
                std::vector<std::optional<Tensor>> operands;
                for (size_t i = 0; i < node.inputs.size(); ++i) {
                    const Value& value = graph.value(node.inputs[i]);
                    const Tensor& tensor = value.constant ? *value.constant : values.at(node.inputs[i]);
                    operands.emplace_back(value.quant && i != 2 ? snapped(tensor, *value.quant) : tensor);
                }
                const Value& result = graph.value(node.outputs.front());
                const std::vector<double> exact = evaluate(graph, node, operands).front().toDoubles();
                const std::vector<double> got = values.at(node.outputs.front()).toDoubles();
                const bool codes =
                    snapped(values.at(node.outputs.front()), *result.quant) == values.at(node.outputs.front());
                INFO(name(precision) << " " << result.name);
                CHECK(codes == (node.name != "y"));
                double largest = 0;
                for (const double value : exact)
                    largest = std::max(largest, std::abs(value));
                const double lowest =
                    dequantize(lowestCode(result.quant->storage), result.quant->scale(), result.quant->zeroPoint());
                const double highest =
                    dequantize(highestCode(result.quant->storage), result.quant->scale(), result.quant->zeroPoint());
                // Without VNNI the library halves the weights of convolutions that read signed codes.
                const double rounding = asymmetric ? 1e-4 : 0.1;
                for (size_t i = 0; i < exact.size(); ++i) {
                    const double wanted = codes ? std::clamp(exact[i], lowest, highest) : exact[i];
                    const double step = codes ? double(result.quant->scale()) : 0;
                    CHECK(std::abs(got[i] - wanted) <= 0.51 * step + rounding * largest);
                }
            }
        }
    }
}
