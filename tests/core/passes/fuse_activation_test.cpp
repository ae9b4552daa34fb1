// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/core/passes/pass_test.h"

using namespace halftone;
using namespace halftone::test;

TEST_CASE("Activations go into the layer before them") {
    const auto unary = GENERATE(values<Unary>({{UnaryKind::Relu},
                                               {UnaryKind::LeakyRelu, 0.1F},
                                               {UnaryKind::Clip, 0, 6},
                                               {UnaryKind::Sigmoid},
                                               {UnaryKind::Tanh},
                                               {UnaryKind::Elu, 1},
                                               {UnaryKind::HardSigmoid, 0.2F, 0.5F},
                                               {UnaryKind::HardSwish, 0.2F, 0.5F},
                                               {UnaryKind::Swish, 1}}));
    GraphBuilder b;
    const ValueId x = b.input("x", {1, 2, 4, 4}), flat = b.input("flat", {2, 3});
    const std::vector<ValueId> layers{
        b.conv("Conv", x, 2, 4), b.node("Fc", FullyConnected{}, {flat, b.constant("w", Shape{4, 3})}),
        b.add("Add", x, x), b.node("Mul", Binary{BinaryKind::Mul}, {x, b.number("c", 2)})};
    std::vector<ValueId> outputs;
    for (size_t i = 0; i < layers.size(); ++i)
        outputs.push_back(b.node("Act" + std::to_string(i), unary, {layers[i]}));
    const Graph after = checkedPass(fuseActivation, b.build(outputs));
    REQUIRE(after.nodes().size() == 4);
    const PostOps expected{unary};
    CHECK((std::get<Conv>(after.nodes()[0].op).postOps == expected));
    CHECK((std::get<FullyConnected>(after.nodes()[1].op).postOps == expected));
    CHECK((std::get<Binary>(after.nodes()[2].op).postOps == expected));
    CHECK((std::get<Binary>(after.nodes()[3].op).postOps == expected));
    CHECK(after.nodes()[0].origins == std::vector<std::string>{"Conv", "Act0"});
}

TEST_CASE("The fused layer keeps its own name and makes the value of the activation") {
    GraphBuilder b;
    const ValueId conv = b.conv("Conv", b.input("x", {1, 2, 4, 4}), 2, 4);
    CHECK(dump(checkedPass(fuseActivation, b.build({b.relu("Relu", conv)}))) ==
          "Conv = Conv[s1,1 p1,1,1,1 d1,1 g1 +Relu](x:1x2x4x4, Conv_w:4x2x3x3*, Conv_b:4*) -> relu_y:1x4x4x4 "
          "{Conv Relu}\n");
}

TEST_CASE("Several activations are applied in their order") {
    GraphBuilder b;
    const ValueId conv = b.conv("Conv", b.input("x", {1, 2, 4, 4}), 2, 4);
    const ValueId tanh = b.node("Tanh", Unary{UnaryKind::Tanh}, {b.node("Elu", Unary{UnaryKind::Elu, 1}, {conv})});
    const Graph after = checkedPass(fuseActivation, b.build({tanh}));
    REQUIRE(after.nodes().size() == 1);
    CHECK((std::get<Conv>(after.nodes()[0].op).postOps == PostOps{Unary{UnaryKind::Elu, 1}, Unary{UnaryKind::Tanh}}));
}

TEST_CASE("A chain of activations without end does not make a node without end") {
    GraphBuilder b;
    ValueId last = b.conv("Conv", b.input("x", {1, 2, 4, 4}), 2, 4);
    for (int i = 0; i < 40; ++i)
        last = b.node("Tanh" + std::to_string(i), Unary{UnaryKind::Tanh}, {last});
    const Graph after = checkedPass(fuseActivation, b.build({last}));
    CHECK(after.nodes().size() == 33);
}

TEST_CASE("Activations stay behind other operators, shared values and outputs of the network") {
    GraphBuilder b;
    const ValueId x = b.input("x", {1, 2, 4, 4});
    const ValueId shared = b.conv("Shared", x, 2, 2), output = b.conv("Output", x, 2, 2);
    checkUntouched(fuseActivation,
                   b.build({b.relu("A", x), b.relu("B", shared), b.relu("C", shared), b.relu("D", output), output,
                            b.relu("E", b.node("Sub", Binary{BinaryKind::Sub}, {x, b.number("c", 1)})),
                            b.relu("F", b.node("Pool", Pool{PoolKind::Max, true}, {x})),
                            b.node("G", Unary{UnaryKind::Exp}, {b.conv("Conv", x, 2, 2)})}));
}

TEST_CASE("A result on an 8-bit grid keeps its activation apart") {
    GraphBuilder b;
    const ValueId conv = b.conv("Conv", b.input("x", {1, 2, 4, 4}), 2, 4);
    Graph graph = b.build({b.relu("Relu", conv)});
    graph.value(conv).quant = QuantParams{ElementType::S8, {0.1F}, {0}, {}};
    checkUntouched(fuseActivation, graph);
}

TEST_CASE("An activation goes into a BatchNorm with constant parameters, not into one with computed ones") {
    GraphBuilder b;
    const ValueId x = b.input("x", {1, 2, 4, 4});
    const Graph before = b.build({b.relu("Relu", b.batchNorm("Norm", x, 2)), x});
    CHECK(dump(before) == "Norm = BatchNorm[epsilon=0.001](x:1x2x4x4, Norm_scale:2*, Norm_bias:2*, Norm_mean:2*, "
                          "Norm_variance:2*) -> norm_y:1x2x4x4 {Norm}\n"
                          "Relu = Relu(norm_y:1x2x4x4) -> relu_y:1x2x4x4 {Relu}\n");
    CHECK(dump(checkedPass(fuseActivation, before)) ==
          "Norm = BatchNorm[epsilon=0.001 +Relu](x:1x2x4x4, Norm_scale:2*, Norm_bias:2*, Norm_mean:2*, "
          "Norm_variance:2*) -> relu_y:1x2x4x4 {Norm Relu}\n");
    GraphBuilder computed;
    const ValueId y = computed.input("y", {1, 2, 4, 4}), scale = computed.input("scale", {2});
    const ValueId one = computed.constant("one", Tensor::fromFloats({2}, std::vector<float>{1, 1}));
    checkUntouched(
        fuseActivation,
        computed.build({computed.relu("Relu", computed.node("Norm", BatchNorm{}, {y, scale, one, one, one}))}));
}
