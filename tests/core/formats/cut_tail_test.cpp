// SPDX-License-Identifier: GPL-3.0-or-later
// Unsupported layers at the end of a network are cut off, those in its middle are not.
#include "core/formats/cut_tail.h"
#include "core/graph/infer.h"
#include "core/graph/validate.h"
#include "tests/core/formats/model_maker.h"
#include "tests/support/catch.h"
#include "tests/support/data_dir.h"
#include "tests/support/read_model.h"

using namespace halftone;
using namespace halftone::test;

namespace {

std::vector<std::string> outputNames(const ReadModel& file) {
    std::vector<std::string> names;
    for (const ValueId id : file.graph.outputs)
        names.push_back(file.graph.value(id).name);
    return names;
}

std::vector<std::string> layerNames(const ReadModel& file) {
    std::vector<std::string> names;
    for (const FileLayer& layer : file.layers)
        names.push_back(layer.name);
    return names;
}

/// smallModel() with an unknown layer behind it whose result something follows.
ModelMaker withTail() {
    ModelMaker model = smallModel();
    model.graph().clear_output();
    model.node("Shape", {"y"}, {"size"}, "size");
    model.floats("ones", {1}, {1});
    model.node("FindBoxes", {"y", "size", "ones"}, {"boxes"}, "find");
    model.node("Relu", {"boxes"}, {"z"}, "after");
    model.output("z");
    return model;
}

/// A graph of one layer for the inside of another.
onnx::GraphProto inner(const std::string& op, const std::vector<std::string>& inputs, const std::string& output) {
    ModelMaker made;
    made.node(op, inputs, {output}, "inner_" + output);
    made.output(output);
    return made.graph();
}

/// smallModel() with a mean of its result, whose largest value decides what becomes of it.
ModelMaker withCondition() {
    ModelMaker model = smallModel();
    model.graph().clear_output();
    model.node("GlobalAveragePool", {"y"}, {"mean"}, "pool");
    model.floats("half", {1}, {0.5F});
    model.node("Greater", {"mean", "half"}, {"sure"}, "compare");
    return model;
}

} // namespace

TEST_CASE("what the graphs inside a layer read from around them is an output, a condition is not") {
    ModelMaker model = withCondition();
    onnx::NodeProto& choice = model.node("Choose", {"sure"}, {"z"}, "choice");
    onnx::GraphProto nested = inner("Identity", {"mean"}, "same"); // two graphs deep
    onnx::NodeProto& second = *nested.add_node();
    second.set_op_type("Choose");
    second.add_input("sure");
    second.add_output("unused");
    set(second, "then_branch", inner("Relu", {"y"}, "deep"));
    set(second, "else_branch", inner("Neg", {"same"}, "deeper")); // of the graph around it, not of the network
    set(choice, "then_branch", nested);
    set(choice, "else_branch", inner("Add", {"mean", "half"}, "more")); // a weight is no output
    model.output("z");
    const ReadModel file = read(model);
    CHECK_NOTHROW(refuseUnsupported(file));
    CHECK(outputNames(file) == std::vector<std::string>{"mean", "y"});
    CHECK(layerNames(file) == std::vector<std::string>{"conv1", "relu1", "pool"});
    validate(file.at(2), "cutting");
}

TEST_CASE("a condition is the output where a tail reads nothing else") {
    ModelMaker model = withCondition();
    onnx::NodeProto& choice = model.node("Choose", {"sure"}, {"z"}, "choice");
    set(choice, "then_branch", inner("Identity", {"half"}, "this"));
    set(choice, "else_branch", inner("Neg", {"half"}, "that"));
    model.output("z");
    CHECK(outputNames(read(model)) == std::vector<std::string>{"sure"});
}

TEST_CASE("what the body of a Loop reads from around it is an output beside what it is given") {
    ModelMaker model = withCondition();
    model.integers("times", {3});
    onnx::GraphProto body = inner("Add", {"state", "y"}, "next");
    for (const char* name : {"round", "going", "state"})
        body.add_input()->set_name(name);
    body.clear_output();
    for (const char* name : {"going", "next"}) // what it takes can be what it gives
        body.add_output()->set_name(name);
    onnx::NodeProto& loop = model.node("Loop", {"times", "sure", "mean"}, {"z"}, "loop");
    set(loop, "body", body);
    model.output("z");
    const ReadModel file = read(model);
    CHECK_NOTHROW(refuseUnsupported(file));
    CHECK(outputNames(file) == std::vector<std::string>{"mean", "y"});
}

TEST_CASE("a convolution behind what only a branch reads counts as behind it") {
    ModelMaker model = withCondition();
    model.node("FindBoxes", {"y"}, {"boxes"}, "find");
    onnx::NodeProto& choice = model.node("Choose", {"sure"}, {"chosen"}, "choice");
    set(choice, "then_branch", inner("Identity", {"boxes"}, "this"));
    set(choice, "else_branch", inner("Neg", {"boxes"}, "that"));
    model.weight("w2", {4, 4, 1, 1});
    model.node("Conv", {"chosen", "w2"}, {"z"}, "conv2");
    model.output("z");
    CHECK_REFUSAL(unsupportedIn(model), "unsupported", "FindBoxes (layer find), Choose (layer choice)");
}

TEST_CASE("a layer is read after those that only a graph inside it reads, wherever the file has it") {
    ModelMaker model = withCondition();
    onnx::NodeProto& choice = model.node("Choose", {"sure"}, {"z"}, "choice");
    set(choice, "then_branch", inner("Identity", {"late"}, "this"));
    set(choice, "else_branch", inner("Neg", {"mean"}, "that"));
    model.node("Neg", {"y"}, {"late"}, "afterwards");
    model.output("z");
    CHECK(outputNames(read(model)) == std::vector<std::string>{"late", "mean"});
}

TEST_CASE("a value that a branch reads and nobody makes is named") {
    ModelMaker model = withCondition();
    onnx::NodeProto& choice = model.node("Choose", {"sure"}, {"z"}, "choice");
    set(choice, "then_branch", inner("Identity", {"nowhere"}, "this"));
    set(choice, "else_branch", inner("Identity", {"mean"}, "that"));
    model.output("z");
    CHECK_REFUSAL(refusalOf(model), "bad-input",
                  "The value \"nowhere\", which layer \"choice\" needs, is made by no layer");
}

TEST_CASE("a wake word whose If reads the probability from around it is read whole") {
    HALFTONE_REQUIRE_DATA(dir);
    const ReadModel file = readModel(dir + "/today/hey_jarvis_v0.1.onnx");
    CHECK_NOTHROW(refuseUnsupported(file));
    CHECK(outputNames(file) == std::vector<std::string>{"53"});
    CHECK(file.graph.value(file.graph.outputs.front()).shape == Shape{1, 1});
    validate(file.graph, "reading");
}

TEST_CASE("what an unsupported tail reads becomes the output, and what only fed it goes") {
    const ReadModel file = read(withTail());
    CHECK_NOTHROW(refuseUnsupported(file));
    CHECK(outputNames(file) == std::vector<std::string>{"y"});
    CHECK(layerNames(file) == std::vector<std::string>{"conv1", "relu1"});
    CHECK(file.graph.nodes().size() == 2);
    REQUIRE(file.diagnostics.size() == 1);
    CHECK(file.diagnostics[0].code == "cut-tail");
    CHECK(file.diagnostics[0].where == "find");
    CHECK(file.diagnostics[0].message.find("FindBoxes (layer find)") != std::string::npos);
    CHECK(file.diagnostics[0].message.find("3 of its layers are left out, and its outputs are now \"y\"") !=
          std::string::npos);
    validate(file.at(2), "cutting");
}

TEST_CASE("outputs before a tail stay, each once") {
    ModelMaker model = withTail();
    model.graph().add_output()->set_name("y");
    CHECK(outputNames(read(model)) == std::vector<std::string>{"y"});
    ModelMaker two = withTail();
    two.node("Neg", {"y"}, {"minus"}, "neg");
    two.output("minus");
    CHECK(outputNames(read(two)) == std::vector<std::string>{"minus", "y"});
}

TEST_CASE("an unsupported layer that a convolution follows is refused by name") {
    ModelMaker model = smallModel();
    model.graph().clear_output();
    model.node("FindBoxes", {"y"}, {"boxes"}, "find");
    model.weight("w2", {4, 4, 1, 1});
    model.node("Conv", {"boxes", "w2"}, {"z"}, "conv2");
    model.output("z");
    CHECK_REFUSAL(unsupportedIn(model), "unsupported", "FindBoxes (layer find)");
    CHECK(read(model).diagnostics.empty());
}

TEST_CASE("a network of nothing but unsupported layers is refused by name") {
    const OneLayer model("FindBoxes", 13, {1, 4});
    CHECK_REFUSAL(unsupportedIn(model.model), "unsupported", "FindBoxes");
}

TEST_CASE("a detection network is cut before its boxes are chosen") {
    HALFTONE_REQUIRE_DATA(dir);
    const ReadModel file = readModel(dir + "/ir/face-detection-adas-0001/FP16-INT8/face-detection-adas-0001.xml");
    CHECK_NOTHROW(refuseUnsupported(file));
    CHECK(file.graph.outputs.size() == 2); // places and scores of the boxes
    for (const Node& node : file.graph.nodes())
        CHECK_FALSE(std::holds_alternative<ShapeOf>(node.op));
    const Graph graph = file.graph;
    validate(graph, "cutting");
    REQUIRE(file.diagnostics.size() == 1);
    CHECK(file.diagnostics.back().code == "cut-tail");
    CHECK(file.diagnostics.back().message.find("PriorBox (7 layers") != std::string::npos);
    CHECK(file.diagnostics.back().message.find("DetectionOutput") != std::string::npos);
}
