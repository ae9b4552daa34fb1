// SPDX-License-Identifier: GPL-3.0-or-later
// The shape of a TensorFlow file: nodes, names, order, outputs, and what is no frozen network.
#include "core/formats/tensorflow/parse.h"
#include "core/formats/tensorflow/tensorflow_reader.h"
#include "core/graph/infer.h"
#include "tests/core/formats/graph_maker.h"
#include "tests/core/formats/model_maker.h"
#include "tests/support/catch.h"
#include "tests/support/data_dir.h"
#include "tests/support/read_model.h"

#include <algorithm>
#include <filesystem>

using namespace halftone;
using namespace halftone::test;
using namespace std::string_literals;

namespace {

/// A damaged file may be refused or still make sense; it must not do anything else.
void readAndInfer(const std::string& content) {
    try {
        const ReadModel file = readSource(openTensorFlow(std::as_bytes(std::span(content))));
        refuseUnsupported(file);
    } catch (const Error& error) {
        REQUIRE_FALSE(error.message().empty());
        INFO(error.message());
        REQUIRE(error.code() != ErrorCode::Internal);
    }
}

std::vector<std::string> namesOf(const Graph& graph, const std::vector<ValueId>& values) {
    std::vector<std::string> names;
    for (const ValueId id : values)
        names.push_back(graph.value(id).name);
    return names;
}

bool notes(const ReadModel& file, const std::string& code) {
    return std::ranges::any_of(file.diagnostics, [&](const Diagnostic& each) { return each.code == code; });
}

} // namespace

TEST_CASE("a graph is read in the order of execution, with Placeholders as inputs and unread results as outputs") {
    GraphMaker graph;
    graph.node("Relu", "y", {"sum"}); // before what it reads
    graph.node("Add", "sum", {"x", "x:0"});
    graph.placeholder("x", {-1, 4});
    graph.node("NoOp", "init", {"^y"});
    const ReadModel file = read(graph);
    CHECK(namesOf(file.graph, file.graph.inputs) == std::vector<std::string>{"x"});
    CHECK(namesOf(file.graph, file.graph.outputs) == std::vector<std::string>{"y"});
    CHECK(file.inputs.front().shape == std::vector<Size>{{{}, "batch"}, {4, "x.1"}});
    CHECK(file.layers.size() == 2);
    CHECK(file.operators == std::map<std::string, int>{{"Add", 1}, {"Relu", 1}});
    CHECK_FALSE(file.alreadyQuantized);
    CHECK_FALSE(notes(file, "several-outputs"));
}

TEST_CASE("unread results are known as outputs before the graph is bound, as far as attributes tell of them") {
    GraphMaker graph;
    graph.placeholder("x", {-1, -1, 4});
    set(graph.node("Relu", "plain", {"x"}), "T", graphdef::DT_HALF);
    graphdef::NodeDef& shaped = graph.node("Cast", "shaped", {"x"});
    set(shaped, "SrcT", graphdef::DT_FLOAT);
    set(shaped, "DstT", graphdef::DT_INT32);
    graphdef::TensorShapeProto& shape = *attribute(shaped, "_output_shapes").mutable_list()->add_shape();
    shape.add_dim()->set_size(-1);
    shape.add_dim()->set_size(4);
    set(graph.node("Greater", "greater", {"x", "x"}), "T", graphdef::DT_FLOAT);
    graphdef::NodeDef& apart = graph.node("Unpack", "apart", {"x"});
    set(apart, "T", graphdef::DT_FLOAT);
    set(apart, "num", int64_t{2});
    attribute(apart, "_output_shapes").mutable_list()->add_shape()->set_unknown_rank(true);
    const std::string bytes = graph.bytes();
    const auto source = openTensorFlow(std::as_bytes(std::span(bytes)), {});
    const std::vector<ModelOutput>& outputs = source->facts().outputs;
    REQUIRE(outputs.size() == 5);
    CHECK(outputs[0].name == "plain");
    CHECK(outputs[0].type == "f32");
    CHECK(outputs[0].shape.empty());
    CHECK(outputs[1].type == "s32");
    CHECK(outputs[1].shape == std::vector<Size>{{{}, ""}, {4, ""}});
    CHECK(outputs[2].type.empty());
    CHECK(outputs[3].name == "apart");
    CHECK(outputs[3].shape.empty());
    CHECK(outputs[4].name == "apart:1");
    CHECK(outputs[4].type == "f32");
}

TEST_CASE("binary and text hold the same graph") {
    const GraphMaker graph = smallGraph();
    const std::string text = tensorflow_format::writeGraph(graph.proto, true);
    const ReadModel fromText = readBytes("# a comment\n\n" + text), fromBinary = readBytes(graph.bytes());
    CHECK(fromText.graph == fromBinary.graph);
    CHECK(fromText.layers.size() == 3);
}

TEST_CASE("a text that is damaged is refused with the line") {
    CHECK_REFUSAL(refusalOfBytes("node {\n  name: \"x\"\n  op: Placeholder\n}\n"), "bad-input", "line 3");
    CHECK_REFUSAL(refusalOfBytes("node { name: \"x\" op: \"Relu\""), "bad-input", "text of a TensorFlow graph");
}

TEST_CASE("several unread results are all outputs, and a notice says so") {
    GraphMaker graph = smallGraph();
    graph.node("Sigmoid", "second", {"bias"});
    const ReadModel file = read(graph);
    CHECK(namesOf(file.graph, file.graph.outputs) == std::vector<std::string>{"y", "second"});
    CHECK(notes(file, "several-outputs"));
}

TEST_CASE("what the outputs do not need is left out") {
    GraphMaker graph = smallGraph();
    graph.node("VariableV2", "step");
    graph.node("Const", "unused"); // without a value
    graph.proto.mutable_node()->DeleteSubrange(graph.proto.node_size() - 1, 1);
    graph.node("Assert", "check", {"bias", "conv"});
    graph.node("ScalarSummary", "loss", {"y"});
    // The summary reads y, so that nothing is left; a result besides it is.
    CHECK_REFUSAL(refusalOf(graph), "unsupported", "variable");
}

TEST_CASE("pictures keep the layout of the file outside, and are channels first inside") {
    const ReadModel file = read(smallGraph());
    const Graph graph = infer(file.graph);
    CHECK(graph.value(graph.inputs.front()).shape == Shape{1, 8, 8, 3});
    CHECK(graph.value(graph.outputs.front()).shape == Shape{1, 8, 8, 4});
    CHECK(graph.value(graph.outputs.front()).name == "y");
    const auto turns = std::ranges::count_if(
        graph.nodes(), [](const Node& node) { return std::holds_alternative<Transpose>(node.op); });
    CHECK(turns == 2);
    for (const Node& node : graph.nodes())
        CHECK(node.origins.size() == 1);
    CHECK(nodeNamed(graph, "conv").origins == std::vector<std::string>{"conv"});
}

TEST_CASE("inputs of a node that name nothing are refused") {
    const auto refusalWithInput = [](const std::string& input) {
        GraphMaker graph = smallGraph();
        graph.find("y").set_input(0, input);
        return refusalOf(graph);
    };
    CHECK_REFUSAL(refusalWithInput("missing"), "bad-input", "\"missing\"");
    CHECK_REFUSAL(refusalWithInput("bias:7"), "bad-input", "result number 7");
    CHECK_REFUSAL(refusalWithInput("bias:-1"), "bad-input", "bias:-1");
    CHECK_REFUSAL(refusalWithInput("bias:99999999999999999999"), "bad-input", "names no result");
    CHECK_REFUSAL(refusalWithInput("bias:"), "bad-input", "names no result");
    CHECK_REFUSAL(refusalWithInput("bias:1x"), "bad-input", "names no result");
    CHECK_REFUSAL(refusalWithInput(""), "bad-input", "names no result");
    CHECK_REFUSAL(refusalWithInput("^"), "bad-input", "names no result");
    CHECK(refusalWithInput("bias:0") == "read");
    GraphMaker graph = smallGraph();
    graph.find("y").add_input("^conv");
    CHECK(refusalOf(graph) == "read");
    graph.find("y").add_input("b");
    CHECK_REFUSAL(refusalOf(graph), "bad-input", "behind control inputs");
}

TEST_CASE("names that are taken twice or missing are refused") {
    GraphMaker twice = smallGraph();
    twice.node("Relu", "conv", {"x"});
    CHECK_REFUSAL(refusalOf(twice), "bad-input", "Two layers have the name \"conv\"");
    GraphMaker nameless = smallGraph();
    nameless.node("Relu", "", {"x"});
    CHECK_REFUSAL(refusalOf(nameless), "bad-input", "has no name");
    GraphMaker without = smallGraph();
    without.node("", "z", {"x"});
    CHECK_REFUSAL(refusalOf(without), "bad-input", "\"z\" has no operator");
}

TEST_CASE("circles are refused, and loops of the network by what they are") {
    GraphMaker circle = smallGraph();
    circle.node("Add", "a", {"b1", "x"});
    circle.node("Relu", "b1", {"a"});
    circle.node("Relu", "c", {"a"});
    CHECK_REFUSAL(refusalOf(circle), "bad-input", "circle");
    GraphMaker loop = smallGraph();
    loop.node("Merge", "merge", {"x", "next"});
    loop.node("NextIteration", "next", {"merge"});
    loop.node("Relu", "end", {"merge"});
    CHECK_REFUSAL(refusalOf(loop), "unsupported", "loop");
}

TEST_CASE("graphs that are no frozen networks are refused with what to do") {
    const auto refusalWith = [](const std::string& op) {
        GraphMaker graph = smallGraph();
        graph.node(op, "layer", {"y"});
        return refusalOf(graph);
    };
    CHECK_REFUSAL(refusalWith("VariableV2"), "unsupported", "freeze_graph");
    CHECK_REFUSAL(refusalWith("ReadVariableOp"), "unsupported", "not frozen");
    CHECK_REFUSAL(refusalWith("IteratorGetNext"), "unsupported", "Placeholder");
    CHECK_REFUSAL(refusalWith("HashTableV2"), "unsupported", "table");
    CHECK_REFUSAL(refusalWith("WriteFile"), "unsupported", "never runs");
    CHECK_REFUSAL(refusalWith("ImmutableConst"), "unsupported", "never runs");
    CHECK_REFUSAL(refusalWith("PartitionedCall"), "unsupported", "function");
    CHECK_REFUSAL(refusalWith("ApplyGradientDescent"), "unsupported", "training");
    GraphMaker unknown = smallGraph();
    unknown.node("MadeUp", "layer", {"x"});
    unknown.proto.mutable_node(3)->set_input(0, "layer"); // of the convolution
    CHECK_REFUSAL(unsupportedIn(unknown), "unsupported", "MadeUp (layer layer)");
}

TEST_CASE("other files of TensorFlow's are refused by what they are") {
    CHECK_REFUSAL(refusalOfBytes("\x08\x01\x12\x08\x12\x06\x0a\x04\x0a\x02xy"s), "bad-input", "");
    graphdef::GraphDef inner = smallGraph().proto;
    const std::string graph = inner.SerializeAsString();
    const auto field = [](char tag, const std::string& payload) {
        std::string length;
        for (size_t left = payload.size();; left >>= 7) {
            length += static_cast<char>((left & 0x7F) | (left > 0x7F ? 0x80 : 0));
            if (left <= 0x7F)
                break;
        }
        return tag + length + payload;
    };
    const std::string metaGraph = field('\x0a', field('\x22', "serve")) + field('\x12', graph);
    CHECK_REFUSAL(refusalOfBytes(metaGraph), "unsupported", "MetaGraph");
    CHECK_REFUSAL(refusalOfBytes("\x08\x01"s + field('\x12', metaGraph)), "unsupported", "SavedModel");
    CHECK_REFUSAL(refusalOfBytes("anything\x57\xfb\x80\x8b\x24\x75\x47\xdb"), "unsupported", "checkpoint");
    CHECK_REFUSAL(refusalOfBytes("model_checkpoint_path: \"model.ckpt-8\"\n"), "unsupported", "checkpoint");
    CHECK_REFUSAL(refusalOfBytes("saved_model_schema_version: 1\n"), "unsupported", "SavedModel");
}

TEST_CASE("a graph without layers, or whose results depend on no input, has nothing to run") {
    GraphMaker empty;
    empty.placeholder("x", {1, 4});
    CHECK_REFUSAL(refusalOf(empty), "bad-input", "nothing to run");
    GraphMaker constant;
    constant.floats("c", {2}, {1, 2});
    constant.node("Relu", "y", {"c"});
    CHECK_REFUSAL(refusalOf(constant), "bad-input", "nothing to run");
}

TEST_CASE("inputs without a shape or of a type that cannot be fed are refused") {
    GraphMaker shapeless = smallGraph();
    shapeless.find("x").clear_attr();
    set(shapeless.find("x"), "dtype", graphdef::DT_FLOAT);
    CHECK_REFUSAL(refusalOf(shapeless), "unsupported", "--shape x=");
    const std::string bytes = shapeless.bytes();
    for (const std::string name : {"x", ""}) {
        const ReadModel file =
            readSource(openTensorFlow(std::as_bytes(std::span(bytes))), {{}, {{name, {1, 8, 8, 3}}}});
        CHECK(infer(file.graph).value(file.graph.outputs.front()).shape == Shape{1, 8, 8, 4});
    }
    GraphMaker text = smallGraph();
    set(text.find("x"), "dtype", graphdef::DT_STRING);
    CHECK_REFUSAL(refusalOf(text), "unsupported", "STRING");
}

TEST_CASE("a branch for training is not taken") {
    GraphMaker graph = smallGraph();
    graph.node("Placeholder", "is_training");
    set(graph.find("is_training"), "dtype", graphdef::DT_BOOL);
    graph.node("Switch", "switch", {"y", "is_training"});
    graph.node("MadeUpDropout", "dropout", {"switch:1"});
    graph.node("Identity", "keep", {"switch"});
    graph.node("Merge", "merge", {"keep", "dropout"});
    graph.node("Sigmoid", "z", {"merge"});
    const ReadModel file = read(graph);
    CHECK_NOTHROW(refuseUnsupported(file));
    CHECK(notes(file, "switched-off"));
    CHECK(namesOf(file.graph, file.graph.outputs) == std::vector<std::string>{"z"});
}

TEST_CASE("a graph cut anywhere or with a bit flipped is refused or read, never more") {
    GraphMaker graph = smallGraph();
    graph.integers("shape", {1, -1});
    graph.node("Reshape", "flat", {"y", "shape"});
    graph.number("min", -1);
    graph.number("max", 1);
    graph.node("FakeQuantWithMinMaxVars", "fq", {"flat", "min", "max"});
    std::string bytes = graph.bytes();
    for (size_t length = 0; length < bytes.size(); length += 3)
        readAndInfer(bytes.substr(0, length));
    for (size_t i = 0; i < bytes.size(); ++i) {
        const int bit = static_cast<int>(i * 5 % 8);
        bytes[i] = static_cast<char>(bytes[i] ^ (1 << bit));
        readAndInfer(bytes);
        bytes[i] = static_cast<char>(bytes[i] ^ (1 << bit));
    }
    std::string text = tensorflow_format::writeGraph(graph.proto, true);
    for (size_t i = 0; i < text.size(); i += 7) {
        std::string spoiled = text;
        spoiled[i] = static_cast<char>('!' + i % 90);
        readAndInfer(spoiled);
    }
}

TEST_CASE("odd and broken graphs of other projects are read or refused, never more") {
    HALFTONE_REQUIRE_DATA(dir);
    int files = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(dir + "/edge/tf")) {
        if (!entry.is_regular_file())
            continue;
        ++files;
        INFO(entry.path().string());
        try {
            const ReadModel file = readModel(entry.path().string());
            refuseUnsupported(file);
        } catch (const Error& error) {
            CHECK(error.code() != ErrorCode::Internal);
        }
    }
    CHECK(files >= 33);
}
