// SPDX-License-Identifier: GPL-3.0-or-later
// Loop, Scan and lists of tensors: where it is known how often a body runs, its runs are layers of the network.
#include "tests/core/formats/computed.h"
#include "tests/core/formats/model_maker.h"

using namespace halftone;
using namespace halftone::test;

namespace {

void inputsOf(onnx::GraphProto& body, const std::vector<std::string>& names) {
    for (const std::string& name : names)
        body.add_input()->set_name(name);
}

/// sum -> sum + x + the round as a number, and twice that; `going` as it comes.
onnx::GraphProto adding() {
    ModelMaker body;
    body.floats("two", {1}, {2});
    set(body.node("Cast", {"round"}, {"number"}, "number"), "to", int64_t{1});
    body.node("Add", {"sum", "x"}, {"more"}, "more");
    body.node("Add", {"more", "number"}, {"next"}, "next");
    body.node("Mul", {"next", "two"}, {"twice"}, "twice");
    for (const char* output : {"going", "next", "twice"})
        body.output(output);
    inputsOf(body.graph(), {"round", "going", "sum"});
    return body.graph();
}

/// x [-1,2] -> the sum of all rounds (y) and twice the sums on the way (z).
ModelMaker withLoop(const onnx::GraphProto& body, int64_t rounds, bool condition = false) {
    ModelMaker model(13);
    model.input("x", {-1, 2});
    model.integers("rounds", {rounds});
    model.floats("zero", {1}, {0});
    onnx::TensorProto& going = model.integers("going_at_first", {});
    going.set_data_type(onnx::TensorProto::BOOL);
    going.clear_dims();
    going.add_int32_data(1);
    model.node("Mul", {"x", "zero"}, {"start"}, "start");
    onnx::NodeProto& loop =
        model.node("Loop", {"rounds", condition ? "going_at_first" : "", "start"}, {"y", "z"}, "loop");
    set(loop, "body", body);
    model.output("y");
    model.output("z");
    return model;
}

Tensor pair(float a, float b) {
    return Tensor::fromFloats({1, 2}, std::vector<float>{a, b});
}

} // namespace

TEST_CASE("a Loop of a known number of rounds is the layers of all of them") {
    const ReadModel file = read(withLoop(adding(), 3));
    const Computed computed = compute(file, pair(1, -2));
    checkEqual(computed.outputs[0], {1, 2}, {6, -3}); // rounds 0, 1 and 2 add 3
    checkEqual(computed.outputs[1], {3, 1, 2}, {2, -4, 6, -6, 12, -6});
    std::vector<std::string> names;
    for (const FileLayer& layer : file.layers)
        names.push_back(layer.name);
    for (const char* name : {"loop", "loop/0/more", "loop/2/twice"})
        CHECK(std::count(names.begin(), names.end(), name) == 1);
    CHECK(file.operators.at("Loop") == 1);
}

TEST_CASE("a Loop whose condition follows from constants ends by it") {
    onnx::GraphProto body = adding();
    ModelMaker limit;
    limit.integers("last", {4});
    limit.node("Less", {"round", "last"}, {"flag"}, "flag");
    *body.mutable_initializer()->Add() = limit.graph().initializer(0);
    *body.mutable_node()->Add() = limit.graph().node(0);
    body.mutable_output(0)->set_name("flag");
    const ReadModel file = read(withLoop(body, std::numeric_limits<int64_t>::max(), true));
    checkEqual(compute(file, pair(1, 0)).outputs[0], {1, 2}, {15, 10}); // rounds 0 to 4
}

TEST_CASE("what a Loop asks for that is not known or too much is said") {
    const auto asFirst = [](ModelMaker model) { // else it would be cut off
        model.weight("w", {2, 2});
        model.node("MatMul", {"y", "w"}, {"last"}, "product");
        model.graph().mutable_output(0)->set_name("last");
        return model;
    };
    CHECK_REFUSAL(unsupportedIn(asFirst(withLoop(adding(), 1001))), "unsupported",
                  "Loop of 1001 rounds, more than the 1000 that are unrolled");
    CHECK_REFUSAL(unsupportedIn(asFirst(withLoop(adding(), std::numeric_limits<int64_t>::max()))), "unsupported",
                  "Loop that never ends");
    CHECK_REFUSAL(unsupportedIn(asFirst(withLoop(adding(), 0))), "unsupported", "Loop of no rounds");
    onnx::GraphProto wide = adding();
    for (int i = 0; i < 60; ++i) {
        onnx::NodeProto& node = *wide.add_node();
        node.set_op_type("Neg");
        node.add_input("sum");
        node.add_output("unused" + std::to_string(i));
    }
    CHECK_REFUSAL(unsupportedIn(asFirst(withLoop(wide, 1000))), "unsupported",
                  "Loop of more than the 50000 layers that are unrolled in a network");
    onnx::GraphProto asking = adding();
    onnx::NodeProto& greater = *asking.add_node();
    greater.set_op_type("IsNaN");
    greater.add_input("next");
    greater.add_output("flag");
    asking.mutable_output(0)->set_name("flag");
    CHECK_REFUSAL(unsupportedIn(asFirst(withLoop(asking, 3))), "unsupported",
                  "Loop with a condition computed at run time");
}

TEST_CASE("damaged bodies are refused") {
    ModelMaker without = withLoop(adding(), 3);
    without.graph().mutable_node(1)->clear_attribute();
    CHECK_REFUSAL(refusalOf(without), "bad-input", "lacks the graph that it runs");
    onnx::GraphProto fewer = adding();
    fewer.mutable_input()->RemoveLast();
    fewer.mutable_node(1)->set_input(0, "x");
    CHECK_REFUSAL(refusalOf(withLoop(fewer, 3)), "bad-input", "a graph of 2 inputs and 3 outputs");
    onnx::GraphProto twice = adding();
    *twice.add_node() = twice.node(3);
    CHECK_REFUSAL(refusalOf(withLoop(twice, 3)), "bad-input", "In the graph inside of layer \"loop\"");
    onnx::GraphProto spoiled = adding();
    spoiled.mutable_node(3)->set_op_type("Transpose");
    CHECK_REFUSAL(refusalOf(withLoop(spoiled, 3)), "bad-input", "Layer \"loop/0/twice\" (Transpose)");
    ModelMaker more = withLoop(adding(), 3);
    more.graph().mutable_node(1)->add_output("nothing");
    CHECK_REFUSAL(refusalOf(more), "bad-input", "has 3 outputs and makes 2");
}

TEST_CASE("a Loop within a Loop, and an If in a body, are layers too") {
    ModelMaker body;
    body.integers("two", {2});
    set(body.node("Loop", {"two", "", "sum"}, {"inner", "all"}, "inside"), "body", adding());
    body.floats("half", {1}, {0.5F});
    ModelMaker then, otherwise;
    then.node("Mul", {"inner", "half"}, {"halved"}, "halve");
    then.output("halved");
    otherwise.node("Neg", {"inner"}, {"turned"}, "turn");
    otherwise.output("turned");
    body.integers("zero_round", {0});
    body.node("Equal", {"round", "zero_round"}, {"first"}, "first");
    onnx::NodeProto& choice = body.node("If", {"first"}, {"next"}, "choice");
    set(choice, "then_branch", then.graph());
    set(choice, "else_branch", otherwise.graph());
    for (const char* output : {"going", "next", "next"})
        body.output(output);
    inputsOf(body.graph(), {"round", "going", "sum"});
    const ReadModel file = read(withLoop(body.graph(), 2));
    // Round 0: (0 + 1 + 0 + 1 + 1) / 2; round 1: -(1.5 + 1 + 0 + 1 + 1)
    checkEqual(compute(file, pair(1, 0)).outputs[0], {1, 2}, {-4.5, -1.5});
}

TEST_CASE("a Scan goes through parts, from the end where it says so") {
    ModelMaker body;
    body.node("Add", {"state", "part"}, {"next"}, "add");
    body.output("next");
    body.output("next");
    inputsOf(body.graph(), {"state", "part"});
    ModelMaker model(11);
    model.input("x", {-1, 2});
    model.floats("start", {}, {10});
    onnx::NodeProto& scan = model.node("Scan", {"start", "x"}, {"y", "z"}, "scan");
    set(scan, "body", body.graph());
    set(scan, "num_scan_inputs", int64_t{1});
    set(scan, "scan_input_axes", std::vector<int64_t>{1});
    set(scan, "scan_input_directions", std::vector<int64_t>{1});
    model.output("y");
    model.output("z");
    const Computed computed = compute(read(model), pair(1, 5));
    checkEqual(computed.outputs[0], {1}, {16});
    checkEqual(computed.outputs[1], {2, 1}, {15, 16});
}

TEST_CASE("lists of tensors are known while the file is read") {
    ModelMaker model(13);
    model.input("x", {-1, 2});
    set(model.node("SplitToSequence", {"x"}, {"parts"}, "split"), "axis", int64_t{1});
    model.integers("first", {0});
    model.node("SequenceAt", {"parts", "first"}, {"a"}, "at");
    model.node("Neg", {"a"}, {"b"}, "neg");
    model.node("SequenceInsert", {"parts", "b"}, {"longer"}, "insert");
    set(model.node("ConcatFromSequence", {"longer"}, {"y"}, "join"), "axis", int64_t{1});
    model.output("y");
    model.output("parts");
    const Computed computed = compute(read(model), pair(1, 5));
    REQUIRE(computed.outputs.size() == 3); // an output for each element of a list
    checkEqual(computed.outputs[0], {1, 3}, {1, 5, -1});
    checkEqual(computed.outputs[2], {1, 1}, {5});
    ModelMaker wrong = model;
    wrong.integers("third", {2});
    wrong.graph().mutable_node(1)->set_input(1, "third");
    CHECK_REFUSAL(refusalOf(wrong), "bad-input", "reads an element from behind its list");
    ModelMaker used = model;
    used.graph().mutable_node(2)->set_input(0, "parts");
    CHECK_REFUSAL(unsupportedIn(used), "unsupported", "Neg of a list of tensors");
}
