// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/core/passes/pass_test.h"

#include <limits>

using namespace halftone;
using namespace halftone::test;

namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();

} // namespace

TEST_CASE("Gemm with constant weights becomes FullyConnected") {
    const bool transB = GENERATE(false, true);
    const Shape biasShape = GENERATE(values<Shape>({{4}, {1, 4}, {1}, {}, {1, 1}}));
    GraphBuilder b;
    const ValueId x = b.input("x", {2, 3});
    const ValueId weights = b.constant("w", transB ? Shape{4, 3} : Shape{3, 4});
    const ValueId y = b.node("Gemm", Gemm{0.5F, 2, false, transB}, {x, weights, b.constant("c", biasShape)});
    CHECK(dump(checkedPass(canonicalize, b.build({y}))) ==
          "Gemm = FullyConnected(x:2x3, w:4x3*, c:4*) -> gemm_y:2x4 {Gemm}\n");
}

TEST_CASE("Gemm without bias becomes FullyConnected without bias") {
    GraphBuilder b;
    const ValueId x = b.input("x", {2, 3});
    const ValueId y = b.node("Gemm", Gemm{}, {x, b.constant("w", Shape{3, 4})});
    CHECK(dump(checkedPass(canonicalize, b.build({y}))) ==
          "Gemm = FullyConnected(x:2x3, w:4x3*) -> gemm_y:2x4 {Gemm}\n");
}

TEST_CASE("Gemm stays with weights or bias from the input, a transposed input, or a bias for each row") {
    GraphBuilder b;
    const ValueId x = b.input("x", {2, 3}), w = b.input("w", {3, 4}), c = b.input("c", {4});
    const ValueId constant = b.constant("cw", Shape{3, 4});
    checkUntouched(canonicalize,
                   b.build({b.node("RuntimeWeights", Gemm{}, {x, w}), b.node("RuntimeBias", Gemm{}, {x, constant, c}),
                            b.node("Transposed", Gemm{1, 1, true, false}, {b.input("xt", {3, 2}), constant}),
                            b.node("RowBias", Gemm{}, {x, constant, b.constant("rows", Shape{2, 1})})}));
}

TEST_CASE("MatMul with a constant matrix becomes FullyConnected") {
    const Shape shape = GENERATE(values<Shape>({{3}, {2, 3}, {2, 5, 3}}));
    GraphBuilder b;
    const ValueId y = b.node("MatMul", MatMul{}, {b.input("x", shape), b.constant("w", Shape{3, 4})});
    const Graph after = checkedPass(canonicalize, b.build({y}));
    CHECK(std::holds_alternative<FullyConnected>(after.nodes()[0].op));
    CHECK(after.value(after.nodes()[0].inputs[1]).shape == Shape{4, 3});
}

TEST_CASE("Weights that two products share are transposed for each") {
    GraphBuilder b;
    const ValueId w = b.constant("w", Shape{3, 3});
    const ValueId first = b.node("First", MatMul{}, {b.input("x", {2, 3}), w});
    const Graph after = checkedPass(canonicalize, b.build({b.node("Second", MatMul{}, {first, w})}));
    for (const Node& node : after.nodes())
        CHECK(std::holds_alternative<FullyConnected>(node.op));
}

TEST_CASE("MatMul of two inputs, with a constant first or with a stack of matrices stays") {
    GraphBuilder b;
    const ValueId x = b.input("x", {3, 3});
    const ValueId square = b.constant("w", Shape{3, 3});
    checkUntouched(canonicalize, b.build({b.node("Both", MatMul{}, {x, x}), b.node("First", MatMul{}, {square, x}),
                                          b.node("Stack", MatMul{}, {x, b.constant("stack", Shape{2, 3, 3})}),
                                          b.node("Vector", MatMul{}, {x, b.constant("vector", Shape{3})})}));
}

TEST_CASE("Flatten, Squeeze and Unsqueeze become a Reshape") {
    struct Case {
        Op op;
        Shape x;
        Reshape expected;
    };
    const auto c = GENERATE(values<Case>({
        {Flatten{1}, {2, 3, 4}, Reshape{{2, 12}}},
        {Flatten{0}, {2, 3, 4}, Reshape{{1, 24}}},
        {Flatten{2}, {2, 3, 4}, Reshape{{6, 4}}},
        {Flatten{-1}, {2, 3, 4}, Reshape{{6, 4}}},
        {Flatten{3}, {2, 3, 4}, Reshape{{24, 1}}},
        {Squeeze{{2, 3}}, {2, 3, 1, 1}, Reshape{{2, 3}}},
        {Squeeze{{-1}}, {2, 3, 1}, Reshape{{2, 3}}},
        {Squeeze{{1}}, {2, 1, 3}, Reshape{{2, 3}}},
        {Squeeze{{0}}, {1, 2, 3}, Reshape{{2, 3}}},
        {Squeeze{}, {2, 1, 3, 1}, Reshape{{2, 3}}},
        {Squeeze{{0}, true}, {2, 3}, Reshape{{1, 2, 3}}},
        {Squeeze{{1, -1}, true}, {2, 3}, Reshape{{2, 1, 3, 1}}},
    }));
    GraphBuilder b;
    const Graph after = checkedPass(canonicalize, b.build({b.node("Node", c.op, {b.input("x", c.x)})}));
    REQUIRE(after.nodes().size() == 1);
    CHECK((after.nodes()[0].op == Op(c.expected)));
}

TEST_CASE("The mean over all spatial dimensions becomes a global average pool") {
    const auto axes = GENERATE(values<std::vector<int64_t>>({{2, 3}, {-1, -2}}));
    GraphBuilder b;
    const ValueId x = b.input("x", {2, 3, 4, 5});
    const ValueId y = b.node("Mean", Reduce{ReduceKind::Mean, axes, true}, {x});
    CHECK(dump(checkedPass(canonicalize, b.build({y}))) ==
          "Mean = GlobalAveragePool(x:2x3x4x5) -> mean_y:2x3x1x1 {Mean}\n");
}

TEST_CASE("An average pool over the whole extent becomes a global one") {
    const auto pooled = [](PoolKind kind, std::vector<int64_t> kernel) {
        GraphBuilder b;
        const Pool pool{kind, false, std::move(kernel), {2, 2}, {1, 1}, {0, 0, 0, 0}};
        return b.build({b.node("Mean", pool, {b.input("x", {2, 3, 4, 5})})});
    };
    CHECK(dump(checkedPass(canonicalize, pooled(PoolKind::AverageExcludePad, {4, 5}))) ==
          "Mean = GlobalAveragePool(x:2x3x4x5) -> mean_y:2x3x1x1 {Mean}\n");
    checkUntouched(canonicalize, pooled(PoolKind::AverageExcludePad, {4, 4}));
    checkUntouched(canonicalize, pooled(PoolKind::Max, {4, 5}));
}

TEST_CASE("A mean that drops the dimensions becomes a pool and a Reshape") {
    GraphBuilder b;
    const ValueId y = b.node("Mean", Reduce{ReduceKind::Mean, {2, 3}, false}, {b.input("x", {2, 3, 4, 5})});
    CHECK(dump(checkedPass(canonicalize, b.build({b.relu("Relu", y)}))) ==
          "Mean = GlobalAveragePool(x:2x3x4x5) -> Mean_pooled:2x3x1x1 {Mean}\n"
          "Mean_reshape = Reshape[2,3](Mean_pooled:2x3x1x1) -> mean_y:2x3 {Mean}\n"
          "Relu = Relu(mean_y:2x3) -> relu_y:2x3 {Relu}\n");
}

TEST_CASE("Other reductions stay") {
    GraphBuilder b;
    const ValueId x = b.input("x", {2, 3, 4, 5});
    checkUntouched(canonicalize,
                   b.build({b.node("Channel", Reduce{ReduceKind::Mean, {1}, true}, {x}),
                            b.node("One", Reduce{ReduceKind::Mean, {2}, true}, {x}),
                            b.node("All", Reduce{ReduceKind::Mean, {}, true}, {x}),
                            b.node("Sum", Reduce{ReduceKind::Sum, {2, 3}, true}, {x}),
                            b.node("Flat", Reduce{ReduceKind::Mean, {1}, true}, {b.input("flat", {2, 3})})}));
}

TEST_CASE("Min and Max with numbers become one Clip") {
    GraphBuilder b;
    const ValueId x = b.input("x", {2, 3});
    const ValueId low = b.node("Max", Binary{BinaryKind::Max}, {b.number("low", -0.5F), x});
    const ValueId high = b.node("Min", Binary{BinaryKind::Min}, {low, b.number("high", 0.25F)});
    CHECK(dump(checkedPass(canonicalize, b.build({high}))) == "Max = Clip[-0.5,0.25](x:2x3) -> min_y:2x3 {Max Min}\n");
}

TEST_CASE("Bounds that follow each other are merged as they apply") {
    struct Case {
        Unary first, second, expected;
    };
    const auto clip = [](float lo, float hi) { return Unary{UnaryKind::Clip, lo, hi}; };
    const Unary relu{UnaryKind::Relu};
    const auto c = GENERATE_COPY(values<Case>({
        {relu, clip(-infinity, 0.5F), clip(0, 0.5F)},
        {relu, relu, relu},
        {clip(-1, 0.5F), relu, clip(0, 0.5F)},
        {clip(-0.75F, -0.5F), clip(0.25F, 0.5F), clip(0.25F, 0.25F)},
        {clip(0.5F, 0.75F), clip(-0.5F, 0.25F), clip(0.25F, 0.25F)},
        {clip(0, infinity), clip(-2, infinity), relu},
    }));
    GraphBuilder b;
    const ValueId first = b.node("First", c.first, {b.input("x", {2, 30})});
    const Graph after = checkedPass(canonicalize, b.build({b.node("Second", c.second, {first})}));
    REQUIRE(after.nodes().size() == 1);
    CHECK((after.nodes()[0].op == Op(c.expected)));
}

TEST_CASE("A Clip without upper bound becomes Relu") {
    GraphBuilder b;
    const float most = GENERATE(values<float>({infinity, std::numeric_limits<float>::max()}));
    const ValueId y = b.node("Clip", Unary{UnaryKind::Clip, 0, most}, {b.input("x", {2, 3})});
    CHECK(dump(checkedPass(canonicalize, b.build({y}))) == "Clip = Relu(x:2x3) -> clip_y:2x3 {Clip}\n");
}

TEST_CASE("Bounds stay apart when the value between them has another use or is an output") {
    GraphBuilder b;
    const ValueId first = b.relu("Relu", b.input("x", {2, 3}));
    const ValueId second = b.node("Clip", Unary{UnaryKind::Clip, 0, 0.5F}, {first});
    const bool output = GENERATE(false, true);
    checkUntouched(canonicalize, b.build({second, output ? first : b.add("Add", first, second)}));
}

TEST_CASE("Min and Max stay with an input, with several numbers, with NaN, or when they enlarge the shape") {
    GraphBuilder b;
    const ValueId x = b.input("x", {2, 3});
    const float one = 1;
    checkUntouched(canonicalize,
                   b.build({b.node("Input", Binary{BinaryKind::Min}, {x, b.input("bound", {1})}),
                            b.node("Several", Binary{BinaryKind::Max}, {x, b.constant("several", Shape{3})}),
                            b.node("Larger", Binary{BinaryKind::Max},
                                   {x, b.constant("larger", Tensor::fromFloats({1, 1, 1}, std::span(&one, 1)))})}));
    GraphBuilder nan;
    const ValueId y = nan.node("Min", Binary{BinaryKind::Min}, {nan.input("x", {2}), nan.number("nan", NAN)});
    CHECK(opName(canonicalize(nan.build({y})).nodes()[0].op) == "Min");
}

TEST_CASE("x * Sigmoid(x) becomes Swish, x * HardSigmoid(x) HardSwish") {
    const bool hard = GENERATE(false, true), gateFirst = GENERATE(false, true);
    GraphBuilder b;
    const ValueId x = b.input("x", {2, 3});
    const Unary unary = hard ? Unary{UnaryKind::HardSigmoid, 0.25F, 0.5F} : Unary{UnaryKind::Sigmoid};
    const ValueId gate = b.node("Gate", unary, {x});
    const ValueId y = b.node("Mul", Binary{BinaryKind::Mul}, gateFirst ? std::vector{gate, x} : std::vector{x, gate});
    CHECK(dump(checkedPass(canonicalize, b.build({y}))) ==
          (hard ? "Gate = HardSwish[0.25,0.5](x:2x3) -> mul_y:2x3 {Gate Mul}\n"
                : "Gate = Swish[1](x:2x3) -> mul_y:2x3 {Gate Mul}\n"));
}

TEST_CASE("A gate for another value, or with another use, stays") {
    GraphBuilder b;
    const ValueId x = b.input("x", {2, 3}), other = b.input("other", {2, 3});
    const ValueId gate = b.node("Gate", Unary{UnaryKind::Sigmoid}, {x});
    const ValueId shared = b.node("Shared", Unary{UnaryKind::Sigmoid}, {x});
    checkUntouched(canonicalize, b.build({b.node("Other", Binary{BinaryKind::Mul}, {gate, other}),
                                          b.node("Mul", Binary{BinaryKind::Mul}, {shared, x}), shared}));
}

TEST_CASE("Constants come second where the order does not matter") {
    GraphBuilder b;
    const ValueId x = b.input("x", {2, 3}), c = b.constant("c", Shape{3});
    CHECK(dump(checkedPass(canonicalize,
                           b.build({b.add("Add", c, x), b.node("Sub", Binary{BinaryKind::Sub}, {c, x})}))) ==
          "Add = Add(x:2x3, c:3*) -> add_y:2x3 {Add}\n"
          "Sub = Sub(c:3*, x:2x3) -> sub_y:2x3 {Sub}\n");
}

TEST_CASE("x * Tanh(Softplus(x)) becomes Mish") {
    GraphBuilder b;
    const ValueId x = b.input("x", {2, 3});
    const ValueId gate = b.node("Tanh", Unary{UnaryKind::Tanh}, {b.node("Softplus", Unary{UnaryKind::Softplus}, {x})});
    const Graph graph = b.build({b.node("Mul", Binary{BinaryKind::Mul}, {x, gate})});
    CHECK(dump(graph) == "Softplus = Softplus(x:2x3) -> softplus_y:2x3 {Softplus}\n"
                         "Tanh = Tanh(softplus_y:2x3) -> tanh_y:2x3 {Tanh}\n"
                         "Mul = Mul(x:2x3, tanh_y:2x3) -> mul_y:2x3 {Mul}\n");
    CHECK(dump(checkedPass(canonicalize, graph)) == "Softplus = Mish(x:2x3) -> mul_y:2x3 {Softplus Tanh Mul}\n");
}

TEST_CASE("The terms of Gelu with Erf become one, wherever they are halved") {
    enum class Halved { First, Last, Gate };
    const Halved halved = GENERATE(Halved::First, Halved::Last, Halved::Gate);
    const bool divided = GENERATE(false, true);
    GraphBuilder b;
    const ValueId x = b.input("x", {2, 3});
    const ValueId scaled = divided ? b.node("Scale", Binary{BinaryKind::Div}, {x, b.number("root", 1.41421356F)})
                                   : b.node("Scale", Binary{BinaryKind::Mul}, {b.number("root", 0.70710678F), x});
    const ValueId sum = b.add("Sum", b.node("Erf", Unary{UnaryKind::Erf}, {scaled}), b.number("one", 1));
    const Op mul = Binary{BinaryKind::Mul};
    const ValueId half = b.number("half", 0.5F);
    const ValueId y = halved == Halved::First  ? b.node("End", mul, {b.node("Half", mul, {x, half}), sum})
                      : halved == Halved::Last ? b.node("End", mul, {b.node("Half", mul, {x, sum}), half})
                                               : b.node("End", mul, {x, b.node("Half", mul, {half, sum})});
    const Graph graph = b.build({y});
    CHECK(graph.nodes().size() == 5);
    CHECK(dump(checkedPass(canonicalize, graph)) == "End = Gelu(x:2x3) -> end_y:2x3 {End Half Sum Erf Scale}\n");
}

TEST_CASE("The terms of Gelu with Tanh become one, however the cube is written") {
    enum class Cube { Pow, Products, Factored };
    const Cube cube = GENERATE(Cube::Pow, Cube::Products, Cube::Factored);
    GraphBuilder b;
    const ValueId x = b.input("x", {2, 3});
    const Op mul = Binary{BinaryKind::Mul};
    const ValueId little = b.number("little", 0.044715F), one = b.number("one", 1);
    ValueId inner = kNoValue;
    if (cube == Cube::Pow)
        inner =
            b.add("Inner", x,
                  b.node("Third", mul, {b.node("Pow", Binary{BinaryKind::Pow}, {x, b.number("three", 3)}), little}));
    else if (cube == Cube::Products)
        inner = b.add("Inner", x, b.node("Third", mul, {b.node("xx", mul, {x, x}), b.node("lx", mul, {little, x})}));
    else
        inner =
            b.node("Inner", mul, {x, b.add("Bracket", one, b.node("l xx", mul, {little, b.node("xx", mul, {x, x})}))});
    const ValueId tanh =
        b.node("Tanh", Unary{UnaryKind::Tanh}, {b.node("Scale", mul, {b.number("root", 0.7978845608F), inner})});
    const ValueId y = b.node("End", mul, {b.node("Half", mul, {b.number("half", 0.5F), x}), b.add("Sum", one, tanh)});
    const std::string found = dump(checkedPass(canonicalize, b.build({y})));
    CHECK_THAT(found, StartsWith("End = GeluTanh(x:2x3) -> end_y:2x3 {End Half Sum Tanh Scale Inner"));
    CHECK(std::ranges::count(found, '\n') == 1);
}

TEST_CASE("x * Sigmoid(1.702 * x) becomes Swish, and a sum before it stays the x of both") {
    GraphBuilder b;
    const ValueId x = b.add("Bias", b.input("x", {2, 3}), b.constant("b", Shape{3}));
    const ValueId gate = b.node("Sigmoid", Unary{UnaryKind::Sigmoid},
                                {b.node("Scale", Binary{BinaryKind::Mul}, {x, b.number("a", 1.702F)})});
    const Graph result = checkedPass(canonicalize, b.build({b.node("End", Binary{BinaryKind::Mul}, {gate, x})}));
    REQUIRE(result.nodes().size() == 2);
    CHECK(result.node(1).op == Op(Unary{UnaryKind::Swish, 1.702F}));
}

TEST_CASE("Softmax that is written out becomes one") {
    const bool less = GENERATE(false, true);
    const int64_t axis = GENERATE(1, -1);
    GraphBuilder b;
    const ValueId x = b.input("x", {2, 3, 4});
    const ValueId safe =
        less ? b.node("Sub", Binary{BinaryKind::Sub}, {x, b.node("Max", Reduce{ReduceKind::Max, {axis}, true}, {x})})
             : x;
    const ValueId e = b.node("Exp", Unary{UnaryKind::Exp}, {safe});
    const ValueId sum = b.node("Sum", Reduce{ReduceKind::Sum, {axis}, true}, {e});
    const Graph after = checkedPass(canonicalize, b.build({b.node("Div", Binary{BinaryKind::Div}, {e, sum})}));
    REQUIRE(after.nodes().size() == 1);
    CHECK((after.nodes()[0].op == Op(Softmax{axis == 1 ? 1 : 2, false, false})));
    CHECK(after.nodes()[0].origins.size() == (less ? 5 : 3));
}

TEST_CASE("Sums along another dimension, that somebody else reads or of something else, are no softmax") {
    GraphBuilder b;
    const ValueId x = b.input("x", {2, 3, 4});
    const auto ratio = [&](const std::string& name, ValueId e, ReduceKind kind, bool keepDims = true) {
        const ValueId sum = b.node(name + "Sum", Reduce{kind, {1}, keepDims}, {e});
        return b.node(name, Binary{BinaryKind::Div}, {e, sum});
    };
    const ValueId shared = b.node("Shared", Unary{UnaryKind::Exp}, {x});
    const ValueId squares = b.node("Square", Unary{UnaryKind::Square}, {x}),
                  e = b.node("Exp", Unary{UnaryKind::Exp}, {x});
    checkUntouched(canonicalize, b.build({ratio("a", shared, ReduceKind::Sum), shared,
                                          ratio("b", squares, ReduceKind::Sum), ratio("c", e, ReduceKind::L2)}));
}

TEST_CASE("A channel shuffle becomes a choice of channels, whatever batch and form") {
    const int64_t batch = GENERATE(1, 3);
    GraphBuilder b;
    const ValueId x = b.relu("Relu", b.input("x", {batch, 6, 3, 2}));
    const ValueId apart = b.node("Apart", Reshape{{0, 2, 3, 3, 2}}, {x});
    const ValueId turned = b.node("Turned", Transpose{{0, 2, 1, 3, 4}}, {apart});
    const ValueId shuffled = b.node("Shuffled", Reshape{{0, 6, 3, 2}}, {turned});
    const Graph whole = checkedPass(canonicalize, b.build({shuffled}));
    REQUIRE(whole.nodes().size() == 2);
    CHECK(whole.value(whole.nodes()[1].inputs[1]).constant->toInt64s() == std::vector<int64_t>{0, 3, 1, 4, 2, 5});
    CHECK(whole.nodes()[1].origins == std::vector<std::string>{"Shuffled", "Apart", "Turned"});

    const ValueId first = b.node("First", Slice{{0}, {3}, {1}, {1}}, {shuffled});
    const ValueId second = b.node("Second", Slice{{3}, {6}, {1}, {1}}, {shuffled});
    const Graph halves = checkedPass(canonicalize, b.build({first, second}));
    REQUIRE(halves.nodes().size() == 3);
    CHECK(halves.value(halves.nodes()[1].inputs[1]).constant->toInt64s() == std::vector<int64_t>{0, 3, 1});
    CHECK(halves.value(halves.nodes()[2].inputs[1]).constant->toInt64s() == std::vector<int64_t>{4, 2, 5});
}

TEST_CASE("Both halves of a shuffle that merges batch and channels are choices of channels") {
    GraphBuilder b;
    const ValueId x = b.relu("Relu", b.input("x", {2, 6, 3, 2}));
    const ValueId pairs = b.node("Pairs", Reshape{{6, 2, 6}}, {x});
    const ValueId turned = b.node("Turned", Transpose{{1, 0, 2}}, {pairs});
    const ValueId halves = b.node("Halves", Reshape{{2, -1, 3, 3, 2}}, {turned});
    const auto half = [&](const std::string& name, int64_t at) {
        return b.node(name, Gather{0},
                      {halves, b.constant(name + "At", Tensor::fromInt64s({}, std::vector<int64_t>{at}))});
    };
    const Graph after = checkedPass(canonicalize, b.build({half("Even", 0), half("Odd", 1)}));
    REQUIRE(after.nodes().size() == 3);
    CHECK(after.value(after.nodes()[1].inputs[1]).constant->toInt64s() == std::vector<int64_t>{0, 2, 4});
    CHECK(after.value(after.nodes()[2].inputs[1]).constant->toInt64s() == std::vector<int64_t>{1, 3, 5});
}

TEST_CASE("Moves of positions, and those between other grids, stay") {
    GraphBuilder b;
    const ValueId x = b.relu("Relu", b.input("x", {1, 4, 3, 3}));
    const ValueId apart = b.node("Apart", Reshape{{0, 2, 2, 3, 3}}, {x});
    const ValueId swapped = b.node("Swapped", Transpose{{0, 2, 1, 4, 3}}, {apart}); // rows and columns too
    checkUntouched(canonicalize, b.build({b.node("Together", Reshape{{0, 4, 3, 3}}, {swapped})}));

    GraphBuilder c;
    const ValueId split = c.node("Split", Reshape{{0, 2, 2, 3, 3}}, {c.relu("Relu", c.input("x", {1, 4, 3, 3}))});
    const ValueId turned = c.node("Turned", Transpose{{0, 2, 1, 3, 4}}, {split});
    Graph onGrid = c.build({c.relu("After", c.node("Shuffled", Reshape{{0, 4, 3, 3}}, {turned}))});
    onGrid.value(turned).quant = QuantParams{ElementType::U8, {0.1F}, {0}, {}};
    CHECK(canonicalize(onGrid).nodes().size() == onGrid.nodes().size());
}

TEST_CASE("Zeros that are joined to a tensor are padding") {
    GraphBuilder b;
    const ValueId x = b.input("x", {1, 2, 3, 3});
    const auto zeros = [&](const std::string& name, int64_t channels) {
        return b.constant(
            name, Tensor::fromFloats({1, channels, 3, 3}, std::vector<float>(static_cast<size_t>(channels * 9))));
    };
    const ValueId y = b.node("Join", Concat{1}, {zeros("a", 1), x, zeros("b", 2), zeros("c", 3)});
    const Graph after = checkedPass(canonicalize, b.build({y}));
    CHECK((after.nodes()[0].op == Op(Pad{{0, 1, 0, 0, 0, 5, 0, 0}})));
    GraphBuilder c;
    const ValueId z = c.input("x", {1, 2, 3, 3});
    checkUntouched(canonicalize, c.build({c.node("Ones", Concat{1}, {z, c.constant("ones", Shape{1, 2, 3, 3})}),
                                          c.node("Twice", Concat{-3}, {z, z})}));
}

TEST_CASE("HardSigmoid and HardSwish written out become one, wherever they are divided") {
    const std::string form = GENERATE("gate", "divided last", "divided first", "gate times x");
    const bool divides = GENERATE(false, true);
    GraphBuilder b;
    const Op mul = Binary{BinaryKind::Mul};
    const ValueId x = b.input("x", {2, 3, 4, 4});
    const auto sixth = [&](ValueId value) {
        return divides ? b.node("Sixth", Binary{BinaryKind::Div}, {value, b.number("six", 6)})
                       : b.node("Sixth", mul, {b.number("sixth", 1.0F / 6), value});
    };
    const ValueId first = form == "divided first" ? sixth(x) : x;
    const ValueId gate = b.node("Relu6", Unary{UnaryKind::Clip, 0, 6}, {b.add("Sum", b.number("three", 3), x)});
    ValueId y = form == "gate" || form == "gate times x" ? sixth(gate) : b.node("Mul", mul, {first, gate});
    if (form == "divided last")
        y = sixth(y);
    if (form == "gate times x")
        y = b.node("Mul", mul, {x, y});
    const Graph after = checkedPass(canonicalize, b.build({y}));
    REQUIRE(after.nodes().size() == 1);
    const auto op = std::get<Unary>(after.nodes()[0].op);
    CHECK(op.kind == (form == "gate" ? UnaryKind::HardSigmoid : UnaryKind::HardSwish));
    CHECK(op.alpha == Approx(1.0 / 6));
    CHECK(op.beta == Approx(0.5));
    CHECK(after.nodes()[0].origins.size() == (form == "gate" ? 3 : 4));
}

TEST_CASE("A HardSwish whose sixth was rounded scales before it") {
    GraphBuilder b;
    const ValueId x = b.conv("Conv", b.input("x", {1, 3, 4, 4}), 3, 3);
    const Op mul = Binary{BinaryKind::Mul};
    const ValueId sixth = b.node("Sixth", mul, {b.number("rounded", 0.16662598F), x});
    const ValueId gate = b.node("Relu6", Unary{UnaryKind::Clip, 0, 6}, {b.add("Sum", x, b.number("three", 3))});
    const Graph after = checkedPass(canonicalize, b.build({b.node("Mul", mul, {sixth, gate})}));
    REQUIRE(after.nodes().size() == 3);
    CHECK(opName(after.nodes()[1].op) == "Mul");
    CHECK(opName(after.nodes()[2].op) == "HardSwish");
    CHECK(checkedPass(foldBatchNorm, checkedPass(mergeScaleShift, after)).nodes().size() == 2);
}

TEST_CASE("Bounded sums that do not reach 1, or gate something else, stay") {
    GraphBuilder b;
    const Op mul = Binary{BinaryKind::Mul};
    const ValueId x = b.input("x", {2, 3}), other = b.input("other", {2, 3});
    const auto gate = [&](const std::string& name, float top) {
        return b.node(name + "Clip", Unary{UnaryKind::Clip, 0, top}, {b.add(name + "Sum", x, b.number(name, 3))});
    };
    checkUntouched(
        canonicalize,
        b.build({b.node("Fifth", mul, {gate("a", 6), b.number("fifth", 0.2F)}),
                 b.node("Product", mul, {b.node("Sixth", mul, {other, b.number("sixth", 1.0F / 6)}), gate("b", 6)})}));
}

TEST_CASE("Terms that are nearly Gelu or Mish stay") {
    const float one = GENERATE(1.0F, 1.5F), half = one == 1.0F ? 0.4F : 0.5F;
    GraphBuilder b;
    const ValueId x = b.input("x", {2, 3}), other = b.input("other", {2, 3});
    const ValueId scaled = b.node("Scale", Binary{BinaryKind::Div}, {x, b.number("root", 1.41421356F)});
    const ValueId sum = b.add("Sum", b.node("Erf", Unary{UnaryKind::Erf}, {scaled}), b.number("one", one));
    const Op mul = Binary{BinaryKind::Mul};
    const ValueId y = b.node("End", mul, {b.node("Product", mul, {x, sum}), b.number("half", half)});
    const ValueId gate = b.node("Tanh", Unary{UnaryKind::Tanh}, {b.node("Softplus", Unary{UnaryKind::Softplus}, {x})});
    checkUntouched(canonicalize, b.build({y, b.node("Mul", mul, {other, gate})}));
}
