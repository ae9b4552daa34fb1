// SPDX-License-Identifier: GPL-3.0-or-later
// Kernels without VNNI add two products in 16 bits. These tests give them the largest sums that weights limited to
// pairs can have. Which instruction set is tested is up to ONEDNN_MAX_CPU_ISA: the tests run once for each.
#include "core/base/checked.h"
#include "core/base/text.h"
#include "core/engine/compile.h"
#include "core/engine/machine/machine.h"
#include "core/graph/evaluate.h"
#include "core/graph/op_traits.h"
#include "tests/core/engine/engine_test.h"

#include <random>

using namespace halftone;
using namespace halftone::test;

namespace {

/// Codes at the limit: every pair of input channels adds up to 128 in magnitude or has extremes of opposite signs, and
/// whatever else could be taken for a pair would add up to 254.
Tensor extremeWeights(const Shape& shape, uint32_t seed) {
    constexpr std::pair<int, int> extremes[] = {{127, 1},   {1, 127},    {-127, -1}, {64, 64},
                                                {-64, -64}, {127, -127}, {-1, -127}};
    std::mt19937 random(seed);
    std::vector<float> values(static_cast<size_t>(elementCount(shape)));
    const auto inputs = static_cast<size_t>(shape[1]), row = values.size() / static_cast<size_t>(shape[0]);
    const size_t stride = row / inputs;
    for (size_t output = 0; output < static_cast<size_t>(shape[0]); ++output) {
        const bool mixed = output % 5 == 4;
        const auto same = extremes[output % 5]; // else sums of opposite signs could hide each other
        for (size_t input = 0; input < inputs; input += 2)
            for (size_t i = 0; i < stride; ++i) {
                const auto [a, b] = mixed ? extremes[random() % std::size(extremes)] : same;
                float* first = &values[output * row + input * stride + i];
                *first = static_cast<float>(a);
                if (input + 1 < inputs)
                    first[stride] = static_cast<float>(b);
            }
    }
    return Tensor::fromFloats(shape, values);
}

Tensor largestCodes(const Shape& shape, bool all) {
    std::mt19937 random(5);
    std::vector<float> values(static_cast<size_t>(elementCount(shape)), 255.0F);
    for (float& value : values)
        value = all || random() % 2 ? 255.0F : 0.0F;
    return Tensor::fromFloats(shape, values);
}

Shape exchanged(Shape shape) {
    std::swap(shape[0], shape[1]);
    return shape;
}

/// [outputs, inputs, kernel...] as a transposed convolution has its weights.
Tensor inputsFirst(const Tensor& weights) {
    const std::vector<float> from = weights.toFloats();
    std::vector<float> to(from.size());
    const auto outputs = static_cast<size_t>(weights.shape[0]), inputs = static_cast<size_t>(weights.shape[1]);
    const size_t taps = from.size() / (outputs * inputs);
    for (size_t i = 0; i < from.size(); ++i)
        to[(i / taps % inputs * outputs + i / taps / inputs) * taps + i % taps] = from[i];
    return Tensor::fromFloats(exchanged(weights.shape), to);
}

/// The layer reads codes that are the values themselves and gives out its sums, which fp32 holds exactly.
void checkExact(Op op, const Shape& src, const Shape& weights, bool flattened = false) {
    GraphBuilder b;
    const bool transposed = std::holds_alternative<ConvTranspose>(op);
    const Shape outputsInFront = transposed ? exchanged(weights) : weights;
    const Tensor extremes = extremeWeights(outputsInFront, 7);
    const Tensor codes = transposed ? inputsFirst(extremes) : extremes;
    ValueId x = b.input("x", src);
    const ValueId input = x;
    if (flattened)
        x = b.node("flat", Reshape{{0, -1}}, {x});
    const ValueId y = b.node("layer", std::move(op), {x, b.constant("w", codes)});
    Graph graph = b.build({y});
    for (const ValueId value : {input, x})
        graph.value(value).quant = QuantParams{ElementType::U8, {1}, {0}, std::nullopt};
    const auto outputs = static_cast<size_t>(outputsInFront[0]);
    const QuantParams grid{ElementType::S8, std::vector<float>(outputs, 1), std::vector<int32_t>(outputs, 0), 0};
    CHECK((limitedToPairs(extremes, grid) == grid));
    Value& w = graph.value(graph.nodes().back().inputs[1]);
    w.quant = grid;
    w.quant->axis = weightOperands(graph.nodes().back().op).front().outputDimension;
    for (const bool timed : {true, false}) {
        Plan plan = compile(graph, {.precision = Precision::Int8, .timeKernels = timed}, Job());
        const StepInfo& step = stepOf(plan, "layer");
        const auto* conv = std::get_if<Conv>(&graph.nodes().back().op);
        CHECK((step.precision == "int8" || (conv && conv->groups > 1))); // small groups have no int8 kernel
        for (const bool all : {true, false}) {
            const Tensor values = largestCodes(src, all);
            const std::vector<double> wanted = evaluate(graph, {{input, values}}).at(y).toDoubles();
            std::ranges::copy(values.floats(), plan.input(0).begin());
            plan.run();
            INFO(step.kernel << ", weights " << shapeText(weights) << ", source " << shapeText(src));
            int64_t wrong = 0;
            for (size_t i = 0; i < wanted.size(); ++i)
                wrong += wanted[i] != static_cast<double>(plan.output(0)[i]);
            CHECK(wrong == 0);
        }
    }
}

} // namespace

TEST_CASE("the largest sums that limited weights can have are exact in any convolution", "[pairs]") {
    useThreads(1);
    struct Example {
        int64_t channels, filters, kernel, stride = 1, pad = 0, groups = 1, size = 9;
    };
    for (const Example& e : {Example{3, 16, 3, 1, 1},
                             Example{3, 32, 3, 2, 1},
                             Example{3, 64, 7, 2, 3, 1, 21},
                             Example{1, 8, 5, 1, 2},
                             Example{4, 16, 3},
                             Example{5, 16, 3, 1, 1},
                             Example{8, 5, 3, 1, 1},
                             Example{16, 16, 3, 1, 1},
                             Example{17, 33, 3, 2, 1},
                             Example{32, 32, 3, 1, 1},
                             Example{24, 40, 5, 1, 2},
                             Example{64, 64, 1},
                             Example{64, 128, 1, 2},
                             Example{15, 64, 1},
                             Example{19, 13, 1},
                             Example{7, 10, 1},
                             Example{256, 32, 1},
                             Example{8, 8, 3, 1, 1, 4},
                             Example{32, 64, 3, 1, 1, 4},
                             Example{64, 64, 1, 1, 0, 2},
                             Example{6, 6, 3, 1, 1, 2},
                             Example{16, 16, 3, 1, 1, 16},
                             Example{12, 24, 3, 1, 1, 12}})
        checkExact(conv2d(e.stride, e.pad, e.groups), {2, e.channels, e.size, e.size},
                   {e.filters, e.channels / e.groups, e.kernel, e.kernel});
    checkExact(Conv{{1, 1}, {2, 2}, {2, 2, 2, 2}, 1, {}}, {1, 17, 9, 9}, {24, 17, 3, 3});
    checkExact(Conv{{1}, {1}, {1, 1}, 1, {}}, {1, 10, 33}, {24, 10, 3});
    checkExact(Conv{{1, 1, 1}, {1, 1, 1}, Pads(6, 1), 1, {}}, {1, 6, 5, 6, 7}, {16, 6, 3, 3, 3});
}

TEST_CASE("the largest sums that limited weights can have are exact in any transposed convolution", "[pairs]") {
    useThreads(1);
    struct Example {
        int64_t channels, filters, kernel, stride = 2, pad = 0, extra = 0;
    };
    for (const Example& e : {Example{16, 16, 2}, Example{32, 40, 4, 2, 1}, Example{17, 33, 3, 2, 1, 1},
                             Example{3, 5, 2}, Example{5, 8, 3, 1, 1}, Example{64, 7, 5, 3, 2, 1}, Example{24, 1, 2},
                             Example{15, 2, 4, 4}, Example{128, 64, 2}, Example{1, 8, 3}})
        checkExact(ConvTranspose{{e.stride, e.stride}, {1, 1}, Pads(4, e.pad), {e.extra, e.extra}, 1, {}},
                   {2, e.channels, 7, 9}, {e.channels, e.filters, e.kernel, e.kernel});
    checkExact(ConvTranspose{{1, 1}, {2, 2}, {2, 2, 2, 2}, {0, 0}, 1, {}}, {1, 17, 9, 9}, {17, 24, 3, 3});
    checkExact(ConvTranspose{{2}, {1}, {1, 1}, {0}, 1, {}}, {1, 10, 33}, {10, 24, 4});
    checkExact(ConvTranspose{{2, 2, 2}, {1, 1, 1}, Pads(6, 0), {0, 0, 0}, 1, {}}, {1, 6, 5, 6, 7}, {6, 16, 2, 2, 2});
}

TEST_CASE("the largest sums that limited weights can have are exact in any fully connected layer", "[pairs]") {
    useThreads(1);
    for (const int64_t rows : {1, 3, 16})
        for (const auto& [outputs, inputs] :
             {std::pair<int64_t, int64_t>{10, 64}, {10, 65}, {100, 512}, {7, 33}, {16, 15}})
            checkExact(FullyConnected{}, {rows, inputs}, {outputs, inputs});
    checkExact(FullyConnected{}, {1, 16, 4, 4}, {10, 256}, true);
    checkExact(FullyConnected{}, {2, 5, 3, 3}, {10, 45}, true);
}

TEST_CASE("an int8 layer whose weights share one scale computes the codes of the exact sum") {
    useThreads(1);
    QuantizeOptions options = gridOptions(7);
    options.weights = WeightScales::PerTensor;
    GraphBuilder b;
    const ValueId x = b.relu("relu", b.input("x", {2, 16, 9, 9}));
    const ValueId c = b.node("conv", conv2d(1, 1), {x, b.constant("w", Shape{32, 16, 3, 3})});
    const ValueId d = b.node("depthwise", conv2d(1, 1, 32), {c, b.constant("dw", Shape{32, 1, 3, 3})});
    const ValueId g = b.node("grouped", conv2d(1, 1, 2), {d, b.constant("gw", Shape{32, 16, 3, 3})});
    const ValueId p = b.node("pointwise", conv2d(2, 0), {g, b.constant("pw", Shape{8, 32, 1, 1})});
    const ValueId f =
        b.node("fc", FullyConnected{}, {b.node("flat", Reshape{{0, -1}}, {p}), b.constant("fw", Shape{10, 200})});
    const Graph graph = quantized(b.build({c, d, g, p, f}), options);
    for (const Node& node : graph.nodes())
        if (node.inputs.size() > 1)
            CHECK(graph.value(node.inputs[1]).quant->scales.size() == 1);
    const Plan plan = checkInt8(graph);
    for (const char* layer : {"conv", "depthwise", "grouped", "pointwise", "fc"})
        CHECK(stepOf(plan, layer).precision == "int8");
}
