// SPDX-License-Identifier: GPL-3.0-or-later
// If: its branches are layers of the network.
#include "tests/core/formats/computed.h"
#include "tests/core/formats/model_maker.h"

using namespace halftone;
using namespace halftone::test;

namespace {

/// op(x * factor) as value `result`.
onnx::GraphProto branch(const std::string& op, const std::string& x, float factor,
                        const std::string& result = "result") {
    ModelMaker made;
    made.floats("factor_of_" + result, {1}, {factor});
    made.node("Mul", {x, "factor_of_" + result}, {"scaled_" + result}, "scale");
    made.node(op, {"scaled_" + result}, {result}, "last");
    made.output(result);
    return made.graph();
}

/// x [-1,2] -> sum of x above 3 ? relu(2 * x) : -(3 * x).
ModelMaker withIf(bool known) {
    ModelMaker model(13);
    model.input("x", {-1, 2});
    if (known)
        model.floats("sum", {}, {5});
    else
        set(model.node("ReduceSum", {"x"}, {"sum"}), "keepdims", int64_t{0});
    model.floats("three", {}, {3});
    model.node("Greater", {"sum", "three"}, {"large"});
    onnx::NodeProto& choice = model.node("If", {"large"}, {"y"}, "choice");
    set(choice, "then_branch", branch("Relu", "x", 2));
    set(choice, "else_branch", branch("Neg", "x", 3));
    model.output("y");
    return model;
}

std::vector<float> resultOf(const ModelMaker& model, const std::vector<float>& x) {
    return compute(read(model), Tensor::fromFloats({1, 2}, x)).outputs.front().toFloats();
}

} // namespace

TEST_CASE("both branches of an If are computed where its condition is") {
    CHECK(resultOf(withIf(false), {5, -1}) == std::vector<float>{10, 0});
    CHECK(resultOf(withIf(false), {1, -1}) == std::vector<float>{-3, 3});
    const ReadModel file = read(withIf(false));
    CHECK(file.operators.at("If") == 1);
    CHECK(file.layers.back().name == "choice/else/last");
}

TEST_CASE("a branch that is not taken for certain is not read") {
    ModelMaker model = withIf(true);
    onnx::NodeProto& choice = *model.graph().mutable_node(1);
    REQUIRE(choice.op_type() == "If");
    for (onnx::AttributeProto& attribute : *choice.mutable_attribute())
        if (attribute.name() == "else_branch")
            attribute.mutable_g()->mutable_node(1)->set_op_type("NobodyKnowsIt");
    CHECK(resultOf(model, {5, -1}) == std::vector<float>{10, 0});
    CHECK_NOTHROW(refuseUnsupported(read(model)));
}

TEST_CASE("an If within a branch is read too, with what it takes from all around it") {
    ModelMaker model = withIf(false);
    onnx::GraphProto outer = branch("Relu", "x", 2);
    onnx::NodeProto& inner = *outer.add_node();
    inner.set_op_type("If");
    inner.add_input("large");
    inner.add_output("chosen");
    set(inner, "then_branch", branch("Neg", "result", 10, "deep")); // of the branch around it
    set(inner, "else_branch", branch("Neg", "x", 1, "deeper"));
    outer.mutable_output(0)->set_name("chosen");
    for (onnx::AttributeProto& attribute : *model.graph().mutable_node(2)->mutable_attribute())
        if (attribute.name() == "then_branch")
            *attribute.mutable_g() = outer;
    CHECK(resultOf(model, {5, -1}) == std::vector<float>{-100, 0});
    CHECK(resultOf(model, {1, -1}) == std::vector<float>{-3, 3});
}

TEST_CASE("an If whose branches disagree at run time is named") {
    ModelMaker model = withIf(false);
    for (onnx::AttributeProto& attribute : *model.graph().mutable_node(2)->mutable_attribute())
        if (attribute.name() == "else_branch")
            set(*attribute.mutable_g()->mutable_node(1), "keepdims", int64_t{0}),
                attribute.mutable_g()->mutable_node(1)->set_op_type("ReduceMax");
    model.weight("w", {4, 2});
    model.graph().mutable_output(0)->set_name("z");
    model.node("MatMul", {"y", "w2"}, {"z"}, "behind");
    model.weight("w2", {2, 4});
    CHECK_REFUSAL(unsupportedIn(model), "unsupported", "If whose branches give results of different shapes");
}

TEST_CASE("a branch that these sizes contradict is left out, and told") {
    ModelMaker model = withIf(false);
    for (onnx::AttributeProto& attribute : *model.graph().mutable_node(2)->mutable_attribute())
        if (attribute.name() == "else_branch") {
            onnx::NodeProto& last = *attribute.mutable_g()->mutable_node(1);
            last.set_op_type("MatMul");
            last.add_input("three_rows");
        }
    model.weight("three_rows", {3, 2});
    const ReadModel file = read(model);
    CHECK(compute(file, Tensor::fromFloats({1, 2}, std::vector<float>{5, -1})).outputs.front().toFloats() ==
          std::vector<float>{10, 0});
    REQUIRE(file.diagnostics.size() == 1);
    CHECK(file.diagnostics.front().code == "branch-left-out");
    CHECK_THAT(file.diagnostics.front().message, Contains("else branch of \"choice\"") && !Contains("damaged"));
}
