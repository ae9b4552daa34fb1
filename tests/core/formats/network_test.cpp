// SPDX-License-Identifier: GPL-3.0-or-later
// How layers hang together: names, order, cycles, values that are missing or made twice, unsupported
// operators.
#include "core/graph/infer.h"
#include "tests/core/formats/model_maker.h"
#include "tests/support/catch.h"
#include "tests/support/read_model.h"

#include <algorithm>

using namespace halftone;
using namespace halftone::test;

namespace {

std::vector<std::string> layerNames(const ReadModel& file) {
    std::vector<std::string> names;
    for (const FileLayer& layer : file.layers)
        names.push_back(layer.name);
    return names;
}

ModelMaker relus(const std::vector<std::pair<std::string, std::string>>& fromTo) {
    ModelMaker model;
    model.input("x", {1, 4});
    for (const auto& [from, to] : fromTo)
        model.node("Relu", {from}, {to}, "r_" + to);
    model.output("y");
    return model;
}

} // namespace

TEST_CASE("a small model becomes a graph with the file's names") {
    const ReadModel file = read(smallModel());
    CHECK(file.format == "ONNX opset 13");
    CHECK(file.sizeBytes == static_cast<int64_t>(smallModel().bytes().size()));
    CHECK(file.sha256.size() == 64);
    CHECK_FALSE(file.alreadyQuantized);
    CHECK(layerNames(file) == std::vector<std::string>{"conv1", "relu1"});
    CHECK(file.operators == std::map<std::string, int>{{"Conv", 1}, {"Relu", 1}});
    const Graph& graph = file.graph;
    CHECK(graph.value(graph.inputs.at(0)).shape == Shape{1, 3, 8, 8});
    CHECK(graph.value(graph.outputs.at(0)).name == "y");
    CHECK(nodeNamed(graph, "conv1").origins == std::vector<std::string>{"conv1"});
    const Graph inferred = file.at(5);
    CHECK(inferred.value(inferred.outputs[0]).shape == Shape{5, 4, 8, 8});
}

TEST_CASE("cycles are refused and name their layers") {
    CHECK_REFUSAL(refusalOf(relus({{"b", "a"}, {"a", "b"}, {"x", "y"}})), "bad-input", "cycle");
    CHECK_REFUSAL(refusalOf(relus({{"b", "a"}, {"a", "b"}, {"x", "y"}})), "bad-input", "\"r_a\"");
    CHECK_REFUSAL(refusalOf(relus({{"y", "y"}})), "bad-input", "\"r_y\"");
}

TEST_CASE("layers out of order are sorted, but listed as in the file") {
    const ReadModel file = read(relus({{"b", "y"}, {"a", "b"}, {"x", "a"}}));
    CHECK(layerNames(file) == std::vector<std::string>{"r_y", "r_b", "r_a"});
    CHECK(file.graph.node(0).name == "r_a");
    CHECK(file.graph.node(2).name == "r_y");
}

TEST_CASE("values that nobody makes or that are made twice are refused") {
    CHECK_REFUSAL(refusalOf(relus({{"missing", "y"}})), "bad-input", "\"missing\", which layer \"r_y\" needs");
    CHECK_REFUSAL(refusalOf(relus({{"x", "y"}, {"x", "y"}})), "bad-input", "\"y\" is made twice");
    CHECK_REFUSAL(refusalOf(relus({{"x", "x"}, {"x", "y"}})), "bad-input", "by an input of the network");
    CHECK_REFUSAL(refusalOf(relus({{"x", "a"}})), "bad-input", "\"y\", which the list of outputs needs");
    CHECK_REFUSAL(refusalOf(relus({{"x", ""}, {"x", "y"}})), "bad-input", "has no output");
    CHECK_REFUSAL(refusalOf(relus({{"", "y"}})), "bad-input", "has 0 inputs and needs 1");
    ModelMaker twice = relus({{"x", "y"}});
    twice.output("y");
    CHECK_REFUSAL(refusalOf(twice), "bad-input", "listed twice");
}

TEST_CASE("layers without a name, or with one that is taken, get one of their own") {
    ModelMaker model;
    model.input("x", {1, 4});
    model.node("Relu", {"x"}, {"a"});
    model.node("Relu", {"a"}, {"b"}, "Relu_0");
    model.node("Relu", {"b"}, {"y"}, "Relu_0");
    model.output("y");
    CHECK(layerNames(read(model)) == std::vector<std::string>{"Relu_0_3", "Relu_0", "Relu_0_2"});
}

TEST_CASE("inputs of unknown rank, of other kinds and of odd size are refused or warned of") {
    ModelMaker noShape = relus({{"x", "y"}});
    noShape.graph().mutable_input(0)->mutable_type()->mutable_tensor_type()->clear_shape();
    CHECK_REFUSAL(refusalOf(noShape), "unsupported", "input \"x\" has no shape");
    ModelMaker sequence = relus({{"x", "y"}});
    sequence.graph().mutable_input(0)->mutable_type()->mutable_sequence_type();
    CHECK_REFUSAL(refusalOf(sequence), "unsupported", "not a tensor");
    ModelMaker text = relus({{"x", "y"}});
    text.graph().mutable_input(0)->mutable_type()->mutable_tensor_type()->set_elem_type(onnx::TensorProto::STRING);
    CHECK_REFUSAL(refusalOf(text), "unsupported", "STRING");

    const auto withDim = [](int64_t size) {
        ModelMaker model = relus({{"x", "y"}});
        model.graph()
            .mutable_input(0)
            ->mutable_type()
            ->mutable_tensor_type()
            ->mutable_shape()
            ->mutable_dim(0)
            ->set_dim_value(size);
        return model;
    };
    for (const int64_t size : {-1, 0}) {
        const ReadModel file = read(withDim(size));
        CHECK(file.inputs[0].shape[0] == Size{{}, "batch"});
        CHECK(file.diagnostics.at(0).code == "odd-input-shape");
    }
    CHECK_REFUSAL(refusalOf(withDim(-2)), "bad-input", "negative dimension -2");
}

TEST_CASE("a chain of 100000 layers is read") {
    ModelMaker model;
    model.input("v0", {1, 4});
    for (int i = 0; i < 100'000; ++i)
        model.node("Identity", {"v" + std::to_string(i)}, {"v" + std::to_string(i + 1)});
    model.output("v100000");
    CHECK(read(model).graph.nodes().size() == 100'000);
}

TEST_CASE("one value read by 100000 layers and one layer that reads 100000 values are read") {
    ModelMaker model;
    model.input("x", {1, 4});
    std::vector<std::string> all;
    for (int i = 0; i < 100'000; ++i) {
        all.push_back("v" + std::to_string(i));
        model.node("Relu", {"x"}, {all.back()});
    }
    set(model.node("Concat", all, {"y"}, "concat"), "axis", int64_t{1});
    model.output("y");
    const Graph graph = infer(read(model).graph);
    CHECK(graph.value(graph.outputs[0]).shape == Shape{1, 400'000});
}

TEST_CASE("unsupported operators are all named with their first layer and count") {
    ModelMaker model;
    model.input("x", {1, 3, 8, 8});
    model.node("ImageDecoder", {"x"}, {"a"}, "up_1");
    model.node("ImageDecoder", {"a"}, {"b"}, "up_2");
    model.node("PyOp", {"b"}, {"c"}, "py").set_domain("ai.onnx.contrib");
    onnx::NodeProto& context = model.node("EPContext", {"c"}, {"d", "e"}, "blob");
    context.set_domain("com.microsoft");
    set(context, "ep_cache_context",
        "\x7f"
        "ELF");
    model.node("Relu", {"d"}, {"y"}, "relu");
    model.output("y");
    CHECK(unsupportedIn(model) ==
          "unsupported: net.onnx uses operators that Halftone cannot run: ImageDecoder (2 layers, first up_1), "
          "ai.onnx.contrib.PyOp (layer py), com.microsoft.EPContext (layer blob). Export the model without "
          "them or cut "
          "the graph before them.");
    CHECK(read(model).operators.at("com.microsoft.EPContext") == 1);
    CHECK(unsupportedIn(smallModel()) == "read");
}

TEST_CASE("a quantized model is recognised, and its float original asked for where it cannot be run") {
    ModelMaker model = smallModel();
    model.weight("s", {});
    model.node("QuantizeLinear", {"y", "s"}, {"q"}, "q");
    CHECK(read(model).alreadyQuantized);
    CHECK(unsupportedIn(model) == "read");
    for (const char* op : {"QAttention", "QEmbedLayerNormalization"}) {
        ModelMaker other = smallModel();
        other.node(op, std::vector<std::string>(9, "x"), {"q"}).set_domain("com.microsoft");
        other.graph().mutable_node(0)->set_input(0, "q"); // at the end it would be cut off
        CHECK(read(other).alreadyQuantized);
        CHECK_REFUSAL(unsupportedIn(other), "unsupported", "open the float model");
    }
}

TEST_CASE("functions that call themselves and bodies that run nobody knows how often are named, never entered") {
    ModelMaker model = smallModel();
    onnx::FunctionProto& function = *model.proto.add_functions();
    function.set_name("Selfish");
    function.set_domain("mine");
    onnx::NodeProto& call = *function.add_node(); // calls itself
    call.set_op_type("Selfish");
    call.set_domain("mine");
    model.node("Selfish", {"x"}, {"z"}, "call").set_domain("mine");
    model.graph().mutable_node(0)->set_input(0, "z");
    CHECK_REFUSAL(unsupportedIn(model), "unsupported", "the model's own function mine.Selfish (layer call)");

    ModelMaker loop = smallModel();
    loop.graph().mutable_node(0)->set_input(0, "z");
    onnx::AttributeProto& body = *loop.node("Loop", {"x"}, {"z"}, "loop").add_attribute();
    body.set_name("body");
    body.set_type(onnx::AttributeProto::GRAPH);
    body.mutable_g()->add_node()->add_input("x");
    CHECK_REFUSAL(unsupportedIn(loop), "unsupported", "Loop with a number of rounds computed at run time (layer loop)");
}

TEST_CASE("wrong numbers of operands are refused with the layer") {
    const auto conv = [](const std::vector<std::string>& inputs) {
        ModelMaker model = smallModel();
        onnx::NodeProto& node = *model.graph().mutable_node(0);
        node.clear_input();
        for (const std::string& input : inputs)
            node.add_input(input);
        return model;
    };
    CHECK_REFUSAL(refusalOf(conv({})), "bad-input", "Layer \"conv1\" (Conv) has 0 inputs and needs 2 to 3");
    CHECK_REFUSAL(refusalOf(conv({"x", "w", "b", "b"})), "bad-input", "has 4 inputs");
    CHECK_REFUSAL(refusalOf(conv({"x", "", "b"})), "bad-input", "lacks its input number 2");
    CHECK(refusalOf(conv({"x", "w", "", ""})) == "read");
    OneLayer unknown("RegexFullMatch", 20, {1, 1, 4});
    unknown.node.clear_input();
    CHECK_REFUSAL(unsupportedIn(unknown.model), "unsupported", "RegexFullMatch");
}

TEST_CASE("attributes of the wrong type, missing, twice or from nowhere are refused") {
    OneLayer wrongType("Concat", 13, {1, 4});
    set(wrongType.node, "axis", std::vector<int64_t>{1});
    CHECK_REFUSAL(refusalOf(wrongType.model), "bad-input", "attribute axis that is not a whole number");
    OneLayer missing("Concat", 13, {1, 4});
    CHECK_REFUSAL(refusalOf(missing.model), "bad-input", "lacks the attribute axis");
    OneLayer twice("Concat", 13, {1, 4});
    set(twice.node, "axis", int64_t{1});
    set(twice.node, "axis", int64_t{0});
    CHECK_REFUSAL(refusalOf(twice.model), "bad-input", "the attribute axis twice");
    OneLayer reference("Concat", 13, {1, 4});
    set(reference.node, "axis", int64_t{1});
    reference.node.mutable_attribute(0)->set_ref_attr_name("outer");
    CHECK_REFUSAL(refusalOf(reference.model), "bad-input", "function");
    OneLayer unknown("Relu", 13, {1, 4});
    set(unknown.node, "slope", 0.5F);
    CHECK(read(unknown.model).diagnostics.at(0).code == "unknown-attribute");
}
