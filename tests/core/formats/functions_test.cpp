// SPDX-License-Identifier: GPL-3.0-or-later
// The functions that a model brings along.
#include "tests/core/formats/computed.h"
#include "tests/core/formats/model_maker.h"

using namespace halftone;
using namespace halftone::test;

namespace {

onnx::NodeProto& layer(onnx::FunctionProto& function, const std::string& op, const std::vector<std::string>& inputs,
                       const std::string& output) {
    onnx::NodeProto& node = *function.add_node();
    node.set_op_type(op);
    node.set_name(op + "_inside");
    for (const std::string& input : inputs)
        node.add_input(input);
    node.add_output(output);
    return node;
}

onnx::FunctionProto& function(ModelMaker& model, const std::string& name, const std::vector<std::string>& inputs,
                              const std::string& output) {
    onnx::FunctionProto& made = *model.proto.add_functions();
    made.set_domain("mine");
    made.set_name(name);
    for (const std::string& input : inputs)
        made.add_input(input);
    made.add_output(output);
    onnx::OperatorSetIdProto& import = *made.add_opset_import();
    import.set_version(13);
    return made;
}

/// Leaky(a, b) = leaky relu of a + b, with the slope that the call gives. x [-1,2] is called with twice.
ModelMaker withFunction() {
    ModelMaker model(13);
    model.input("x", {-1, 2});
    onnx::FunctionProto& leaky = function(model, "Leaky", {"a", "b"}, "y");
    leaky.add_attribute("slope");
    layer(leaky, "Add", {"a", "b"}, "sum");
    onnx::AttributeProto& slope = *layer(leaky, "LeakyRelu", {"sum"}, "y").add_attribute();
    slope.set_name("alpha");
    slope.set_type(onnx::AttributeProto::FLOAT);
    slope.set_ref_attr_name("slope");
    model.floats("one", {1}, {1});
    const auto call = [&](const std::string& name, const std::vector<std::string>& inputs, const std::string& output) {
        onnx::NodeProto& node = model.node("Leaky", inputs, {output}, name);
        node.set_domain("mine");
        return &node;
    };
    set(*call("first", {"x", "one"}, "a"), "slope", 0.5F);
    call("second", {"a", "x"}, "b"); // with the slope that ONNX gives
    model.output("b");
    return model;
}

} // namespace

TEST_CASE("a function of the model is the layers of its calls") {
    const ReadModel file = read(withFunction());
    // -3 + 1 -> -1, -1 - 3 -> -0.04; 2 + 1 -> 3, 3 + 2 -> 5
    checkEqual(compute(file, Tensor::fromFloats({1, 2}, std::vector<float>{-3, 2})).outputs[0], {1, 2}, {-0.04, 5});
    std::vector<std::string> names;
    for (const FileLayer& each : file.layers)
        names.push_back(each.name);
    CHECK(names == std::vector<std::string>{"first/Add_inside", "first/LeakyRelu_inside", "second/Add_inside",
                                            "second/LeakyRelu_inside"});
}

TEST_CASE("functions call functions, and give on what they are given") {
    ModelMaker model = withFunction();
    onnx::FunctionProto& outer = function(model, "Outer", {"p", "q"}, "r");
    layer(outer, "Leaky", {"p", "q"}, "r").set_domain("mine");
    onnx::FunctionProto& same = function(model, "Same", {"p"}, "p");
    same.set_doc_string("no layer at all");
    model.node("Outer", {"b", "x"}, {"c"}, "outer").set_domain("mine");
    model.node("Same", {"c"}, {"d"}, "same").set_domain("mine");
    model.graph().mutable_output(0)->set_name("d");
    const ReadModel file = read(model);
    checkEqual(compute(file, Tensor::fromFloats({1, 2}, std::vector<float>{0, 2})).outputs[0], {1, 2}, {1, 7});
    CHECK(file.operators.at("Add") == 3);
}

TEST_CASE("functions within functions do not grow without end") {
    ModelMaker model = withFunction();
    std::string inner = "Leaky";
    for (int i = 0; i < 40; ++i) { // each calls the one before twice
        const std::string name = "Level" + std::to_string(i);
        onnx::FunctionProto& level = function(model, name, {"a", "b"}, "y");
        layer(level, inner, {"a", "b"}, "half").set_domain("mine");
        layer(level, inner, {"half", "b"}, "y").set_domain("mine");
        inner = name;
    }
    model.node(inner, {"b", "x"}, {"c"}, "many").set_domain("mine");
    model.weight("w", {2, 2});
    model.node("MatMul", {"c", "w"}, {"d"}, "product");
    model.graph().mutable_output(0)->set_name("d");
    CHECK_REFUSAL(unsupportedIn(model), "unsupported", "the model's own function mine.");
}

TEST_CASE("a function of another operator set is named") {
    ModelMaker model = withFunction();
    model.proto.mutable_functions(0)->mutable_opset_import(0)->set_version(6);
    model.weight("w", {2, 2});
    model.node("MatMul", {"b", "w"}, {"c"}, "product");
    model.graph().mutable_output(0)->set_name("c");
    CHECK_REFUSAL(unsupportedIn(model), "unsupported", "the model's own function mine.Leaky (2 layers, first first)");
}
