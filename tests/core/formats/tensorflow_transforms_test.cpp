// SPDX-License-Identifier: GPL-3.0-or-later
// TensorFlow's graph_transforms: grammar, what each one changes, and that a graph computes the same afterwards.
#include "core/base/error.h"
#include "core/base/file.h"
#include "core/formats/tensorflow/outline.h"
#include "core/formats/tensorflow/transforms/graph_editor.h"
#include "core/formats/tensorflow/transforms/transform_graph.h"
#include "core/formats/tensorflow/transforms/transforms.h"
#include "core/graph/evaluate.h"
#include "core/graph/infer.h"
#include "tests/core/formats/graph_maker.h"
#include "tests/core/formats/model_maker.h"
#include "tests/support/catch.h"
#include "tests/support/data_dir.h"
#include "tests/support/read_model.h"

#include <algorithm>
#include <cmath>
#include <set>

using namespace halftone;
using namespace halftone::tensorflow_format;
using namespace halftone::test;

namespace {

using Names = std::vector<std::string>;

/// Runs a list of transforms; returns the notes that they leave.
std::string transform(GraphMaker& graph, const std::string& list, const Names& inputs = {"x"},
                      const Names& outputs = {"y"}) {
    std::string notes;
    for (const TransformCall& call : parseTransforms(list))
        transformFor(call).run(graph.proto, {inputs, outputs, call, &notes});
    return notes;
}

template <class F> std::string refusalIn(F&& f) {
    try {
        f();
        return "done";
    } catch (const Error& error) {
        return std::string(name(error.code())) + ": " + error.message();
    }
}

std::set<std::string> namesOf(const GraphMaker& graph) {
    std::set<std::string> names;
    for (const graphdef::NodeDef& node : graph.proto.node())
        names.insert(node.name());
    return names;
}

std::map<std::string, Tensor> picture() {
    return {{"x", Tensor::fromFloats({1, 8, 8, 3}, noiseOf(192, 9))}};
}

void checkSame(const Tensor& a, const Tensor& b, float tolerance) {
    REQUIRE(a.shape == b.shape);
    const std::vector<float> left = a.toFloats(), right = b.toFloats();
    float largest = 0, difference = 0;
    for (size_t i = 0; i < left.size(); ++i) {
        largest = std::max(largest, std::abs(left[i]));
        difference = std::max(difference, std::abs(left[i] - right[i]));
    }
    CHECK(largest > 0);
    CHECK(difference <= tolerance * largest);
}

/// The small graph with a normalization behind its convolution.
GraphMaker normalizedGraph(const std::string& op = "FusedBatchNorm") {
    GraphMaker graph = smallGraph();
    graph.floats("gamma", {4}, {1, 2, 0.5F, -1});
    graph.floats("beta", {4}, {0, 1, -1, 2});
    graph.floats("mean", {4}, {0.1F, 0.2F, -0.3F, 0});
    graph.floats("variance", {4}, {1, 0.5F, 2, 4});
    const bool old = op == "BatchNormWithGlobalNormalization";
    graphdef::NodeDef& bn = graph.node(op, "bn",
                                       old ? Names{"conv", "mean", "variance", "beta", "gamma"}
                                           : Names{"conv", "gamma", "beta", "mean", "variance"});
    set(bn, old ? "variance_epsilon" : "epsilon", 0.01F);
    if (old)
        set(bn, "scale_after_normalization", true);
    else
        set(bn, "is_training", false);
    graph.find("bias").set_input(0, "bn");
    return graph;
}

} // namespace

TEST_CASE("the list of transforms follows TensorFlow's grammar") {
    const auto calls =
        parseTransforms("strip_unused_nodes(type=float, shape=\"1,224,224,3\") \\\n  remove_nodes( op = Identity,"
                        "op=CheckNumerics )\nround_weights()quantize_weights(minimum_size=-1.5/a_b)");
    REQUIRE(calls.size() == 4);
    CHECK(calls[0].name == "strip_unused_nodes");
    CHECK(calls[0].one("shape") == "1,224,224,3");
    CHECK(calls[1].all("op") == Names{"Identity", "CheckNumerics"});
    CHECK(calls[2].parameters.empty());
    CHECK(calls[3].one("minimum_size") == "-1.5/a_b");
    CHECK_FALSE(calls[3].one("other"));
    const auto refusal = [](const char* text) { return refusalIn([&] { parseTransforms(text); }); };
    CHECK_REFUSAL(refusal(""), "usage", "empty");
    CHECK_REFUSAL(refusal("a(b=c"), "usage", "',' or ')'");
    CHECK_REFUSAL(refusal("a(b)"), "usage", "'='");
    CHECK_REFUSAL(refusal("a(b=\"c)"), "usage", "a second");
    CHECK_REFUSAL(refusal("a, b"), "usage", "character 2");
    CHECK_REFUSAL(refusal("a(=b)"), "usage", "name of a parameter");
    CHECK_REFUSAL(refusalIn([&] { calls[1].one("op"); }), "usage", "once only");
    CHECK_REFUSAL(refusalIn([&] { calls[3].integer("minimum_size", 0); }), "usage", "minimum_size");
    CHECK_REFUSAL(refusalIn([&] { calls[3].flag("minimum_size", false); }), "usage", "true or false");
}

TEST_CASE("unknown transforms and parameters are refused with those that there are") {
    GraphMaker graph = smallGraph();
    CHECK_REFUSAL(refusalIn([&] { transform(graph, "made_up"); }), "usage", "fold_constants, fold_old_batch_norms");
    CHECK_REFUSAL(refusalIn([&] { transform(graph, "round_weights(steps=3)"); }), "usage",
                  "num_steps and ignore_errors");
    CHECK_REFUSAL(refusalIn([&] { transform(graph, "remove_nodes"); }), "usage", "op");
}

TEST_CASE("strip_unused_nodes keeps what lies between inputs and outputs") {
    GraphMaker graph = smallGraph();
    graph.node("Sigmoid", "other", {"conv"});
    graph.node("NoOp", "group", {"^other"});
    GraphMaker middle = graph;
    transform(graph, "strip_unused_nodes");
    CHECK(namesOf(graph) == std::set<std::string>{"x", "w", "conv", "b", "bias", "y"});
    CHECK(attributeOf(graph.find("x"), "shape")->shape().dim_size() == 4); // a Placeholder stays what it is

    GraphMaker again = middle;
    transform(middle, "strip_unused_nodes(type=float, shape=\"1,8,8,4\")", {"conv"});
    CHECK(namesOf(middle) == std::set<std::string>{"conv", "b", "bias", "y"});
    CHECK(middle.find("conv").op() == "Placeholder");
    CHECK(middle.find("conv").input_size() == 0);
    CHECK(attributeOf(middle.find("conv"), "shape")->shape().dim(3).size() == 4);

    transform(again,
              "strip_unused_nodes(name=conv, type_for_name=half, shape_for_name=\"2\", name=b, type_for_name=int32, "
              "shape_for_name=\"\")",
              {"conv", "b"});
    CHECK(attributeOf(again.find("conv"), "dtype")->type() == graphdef::DT_HALF);
    CHECK(attributeOf(again.find("b"), "dtype")->type() == graphdef::DT_INT32);
    CHECK(attributeOf(again.find("b"), "shape")->shape().dim_size() == 0);

    CHECK_REFUSAL(refusalIn([&] { transform(graph, "strip_unused_nodes", {"x"}, {"z"}); }), "usage", "\"z\"");
    CHECK_REFUSAL(refusalIn([&] { transform(graph, "strip_unused_nodes", {"z"}); }), "usage", "\"z\"");
    CHECK_REFUSAL(refusalIn([&] { transform(graph, "strip_unused_nodes(type=flaot)"); }), "usage", "flaot");
    CHECK_REFUSAL(refusalIn([&] { transform(graph, "strip_unused_nodes(name=x, type_for_name=a, type_for_name=b)"); }),
                  "usage", "as many");
}

TEST_CASE("remove_nodes lets readers read what the removed nodes read") {
    GraphMaker graph = smallGraph();
    graph.integer("axis", 3);
    set(graph.node("Split", "split", {"axis", "bias"}), "num_split", int64_t{2});
    graph.node("Identity", "one", {"split:1"});
    graph.node("Identity", "two", {"one"});
    graph.node("CheckNumerics", "checked", {"two", "^one"});
    graph.node("Dropout", "wide", {"checked", "b"});
    graph.node("Identity", "out", {"wide"});
    graph.node("Relu", "z", {"out", "^two"});
    transform(graph, "remove_nodes(op=Identity, op=CheckNumerics, op=Dropout)", {"x"}, {"out"});
    CHECK(namesOf(graph).contains("out"));  // an output
    CHECK(namesOf(graph).contains("wide")); // two inputs
    CHECK_FALSE(namesOf(graph).contains("checked"));
    CHECK(graph.find("wide").input(0) == "split:1");
    CHECK(graph.find("z").input(1) == "^split");
    transform(graph, "remove_nodes(op=Dropout, max_inputs=2)", {"x"}, {"out"});
    CHECK(graph.find("out").input(0) == "split:1");
}

TEST_CASE("fold_constants computes what no input reaches, and takes the rest of it away") {
    GraphMaker graph = smallGraph();
    graph.floats("half", {}, {0.5F});
    graph.node("Identity", "w/read", {"w"});
    graph.node("Mul", "scaled", {"w/read", "half"});
    graph.find("conv").set_input(1, "scaled");
    set(graph.find("conv"), "_output_shapes", int64_t{1});
    const Tensor before = outputOf(graph, picture());
    GraphMaker excluded = graph, small = graph;
    transform(graph, "fold_constants");
    CHECK(namesOf(graph) == std::set<std::string>{"x", "scaled", "conv", "b", "bias", "y"});
    CHECK(graph.find("scaled").op() == "Const");
    CHECK_FALSE(attributeOf(graph.find("conv"), "_output_shapes"));
    CHECK(constantOf(graph.find("scaled")).toFloats().front() == 0.5F * noiseOf(1, 1).front());
    checkSame(before, outputOf(graph, picture()), 0);

    transform(excluded, "fold_constants(exclude_op=Mul, clear_output_shapes=false)");
    CHECK(excluded.find("scaled").op() == "Mul");
    CHECK(excluded.find("w/read").op() == "Const");
    CHECK(attributeOf(excluded.find("conv"), "_output_shapes"));
    transform(small, "fold_constants(max_constant_size_in_bytes=431)");
    CHECK(small.find("scaled").op() == "Mul");
    transform(small, "fold_constants(max_constant_size_in_bytes=432)");
    CHECK(small.find("scaled").op() == "Const");
}

TEST_CASE("fold_constants leaves what it cannot compute exactly, and makes inputs of defaults") {
    GraphMaker graph = smallGraph();
    graph.node("MadeUp", "unknown", {"b"});
    set(graph.node("Cast", "half", {"b"}), "DstT", graphdef::DT_HALF);
    graph.node("Pack", "all", {"unknown", "half"});
    graph.node("PlaceholderWithDefault", "keep", {"b"});
    graph.node("Add", "sum", {"bias", "keep"});
    graph.find("y").set_input(0, "sum");
    transform(graph, "fold_constants", {"x", "keep"}, {"y", "all"});
    CHECK(graph.find("unknown").op() == "MadeUp");
    CHECK(graph.find("half").op() == "Cast");
    CHECK(graph.find("keep").op() == "Placeholder");
    CHECK(graph.find("keep").input_size() == 0);
    CHECK_REFUSAL(refusalIn([&] { transform(graph, "fold_constants", {"conv"}); }), "usage",
                  "strip_unused_nodes first");
}

TEST_CASE("fold_batch_norms multiplies weights by a constant behind them") {
    for (const std::string op : {"Conv2D", "DepthwiseConv2dNative", "MatMul"}) {
        INFO(op);
        GraphMaker graph;
        const bool matrix = op == "MatMul";
        graph.placeholder("x", matrix ? std::vector<int64_t>{1, 3} : std::vector<int64_t>{1, 8, 8, 3});
        const int64_t channels = op == "DepthwiseConv2dNative" ? 6 : 4;
        graph.noise("w", matrix ? std::vector<int64_t>{3, 4}
                                : std::vector<int64_t>{3, 3, 3, op == "DepthwiseConv2dNative" ? 2 : 4});
        graphdef::NodeDef& layer = graph.node(op, "layer", {"x", "w"});
        if (!matrix) {
            set(layer, "strides", std::vector<int64_t>{1, 1, 1, 1});
            set(layer, "padding", "SAME");
        }
        graph.noise("v", {channels}, 5);
        graph.node("Mul", "scaled", {"layer", "v"});
        graph.node("Sigmoid", "y", {"scaled"});
        const std::map<std::string, Tensor> inputs{
            {"x", matrix ? Tensor::fromFloats({1, 3}, noiseOf(3, 9)) : picture().at("x")}};
        const Tensor before = outputOf(graph, inputs);
        GraphMaker shared = graph, wrong = graph;
        transform(graph, "fold_batch_norms");
        CHECK(namesOf(graph) == std::set<std::string>{"x", "w", "scaled", "y"});
        CHECK(graph.find("scaled").op() == op);
        checkSame(before, outputOf(graph, inputs), 1e-6F);

        shared.node("Sigmoid", "other", {"w"});
        transform(shared, "fold_batch_norms");
        CHECK(shared.find("scaled").op() == "Mul");
        wrong.find("v") = constantNode("v", Tensor::fromFloats({3}, noiseOf(3, 1)), graphdef::DT_FLOAT);
        CHECK_REFUSAL(refusalIn([&] { transform(wrong, "fold_batch_norms"); }), "bad-input", "3 factors");
    }
}

TEST_CASE("fold_old_batch_norms turns a normalization into weights and a BiasAdd of its name") {
    for (const std::string op : {"FusedBatchNorm", "BatchNormWithGlobalNormalization"}) {
        INFO(op);
        GraphMaker graph = normalizedGraph(op);
        const Tensor before = outputOf(graph, picture());
        transform(graph, "fold_old_batch_norms");
        CHECK(graph.find("bn").op() == "BiasAdd");
        CHECK(graph.find("bn").input(1) == "conv_bn_offset");
        CHECK(graph.find("conv_bn_offset").op() == "Const");
        checkSame(before, outputOf(graph, picture()), 1e-5F);
    }
    GraphMaker newer = normalizedGraph("FusedBatchNormV3"), training = normalizedGraph();
    transform(newer, "fold_old_batch_norms");
    CHECK(newer.find("bn").op() == "FusedBatchNormV3"); // as TensorFlow's tool
    set(training.find("bn"), "is_training", true);
    transform(training, "fold_old_batch_norms");
    CHECK(training.find("bn").op() == "FusedBatchNorm");
}

TEST_CASE("fold_old_batch_norms sees through BatchToSpaceND and a concatenation") {
    GraphMaker spread = normalizedGraph();
    spread.integers("block", {2, 2});
    spread.integers("paddings", {2, 2, 2, 2});
    spread.integers("crops", {0, 0, 0, 0});
    spread.node("SpaceToBatchND", "s2b", {"x", "block", "paddings"});
    spread.find("conv").set_input(0, "s2b");
    set(spread.find("conv"), "padding", "VALID");
    spread.node("BatchToSpaceND", "b2s", {"conv", "block", "crops"});
    spread.find("bn").set_input(0, "b2s");
    const Tensor before = outputOf(spread, picture());
    transform(spread, "fold_old_batch_norms");
    CHECK(spread.find("bn").op() == "BiasAdd");
    checkSame(before, outputOf(spread, picture()), 1e-5F);

    GraphMaker joined = normalizedGraph();
    joined.noise("w2", {1, 1, 3, 2}, 6);
    joined.find("w") = constantNode("w", Tensor::fromFloats({3, 3, 3, 2}, noiseOf(54, 1)), graphdef::DT_FLOAT);
    graphdef::NodeDef& second = joined.node("Conv2D", "conv2", {"x", "w2"});
    set(second, "strides", std::vector<int64_t>{1, 1, 1, 1});
    set(second, "padding", "SAME");
    joined.integer("axis", 3);
    joined.node("ConcatV2", "both", {"conv", "conv2", "axis"});
    joined.find("bn").set_input(0, "both");
    const Tensor beforeJoined = outputOf(joined, picture());
    transform(joined, "fold_old_batch_norms");
    CHECK(joined.find("bn").op() == "BiasAdd");
    checkSame(beforeJoined, outputOf(joined, picture()), 1e-5F);
}

TEST_CASE("quantize_weights stores large constants as codes that mean nearly the same") {
    GraphMaker graph = smallGraph();
    const Tensor before = outputOf(graph, picture());
    GraphMaker few = graph;
    transform(few, "quantize_weights");
    CHECK(few.find("w").op() == "Const"); // 108 elements, fewer than 1024
    transform(graph, "quantize_weights(minimum_size=108)");
    CHECK(graph.find("w").op() == "Dequantize");
    CHECK(graph.find("b").op() == "Const");
    const graphdef::TensorProto& codes = attributeOf(graph.find("w_quantized_const"), "value")->tensor();
    CHECK(codes.dtype() == graphdef::DT_QUINT8);
    CHECK(codes.tensor_content().size() == 108);
    CHECK(attributeOf(graph.find("w"), "mode")->s() == "MIN_FIRST");
    checkSame(before, outputOf(graph, picture()), 0.02F);
    // Running fold_constants afterwards undoes the compression, not the rounding.
    transform(graph, "fold_constants");
    CHECK(graph.find("w").op() == "Const");
    const std::vector<float> given = noiseOf(108, 1), rounded = constantOf(graph.find("w")).toFloats();
    const float min = *std::ranges::min_element(given), max = *std::ranges::max_element(given);
    for (size_t i = 0; i < given.size(); ++i)
        CHECK(std::abs(given[i] - rounded[i]) <= 0.51F * (max - min) / 255);
}

TEST_CASE("quantize_weights gives constants without a range one") {
    for (const float value : {0.0F, 3.0F, -2.0F}) {
        GraphMaker graph = smallGraph();
        graph.find("w") =
            constantNode("w", Tensor::fromFloats({3, 3, 3, 4}, std::vector<float>(108, value)), graphdef::DT_FLOAT);
        transform(graph, "quantize_weights(minimum_size=1) fold_constants");
        for (const float rounded : constantOf(graph.find("w")).toFloats())
            CHECK_THAT(rounded, WithinAbs(value, 0.02));
    }
    GraphMaker graph = smallGraph();
    graph.find("w") = constantNode("w", Tensor::fromFloats({2}, std::vector<float>{1, NAN}), graphdef::DT_FLOAT);
    CHECK_REFUSAL(refusalIn([&] { transform(graph, "quantize_weights(minimum_size=1)"); }), "bad-input", "no numbers");
}

TEST_CASE("round_weights puts values into the middles of equal parts of their range") {
    GraphMaker graph = smallGraph();
    std::vector<float> ramp;
    for (int i = 0; i <= 16; ++i)
        ramp.push_back(static_cast<float>(i) - 4);
    graph.find("w") = constantNode("w", Tensor::fromFloats({17}, ramp), graphdef::DT_FLOAT);
    transform(graph, "round_weights(num_steps=4)");
    std::vector<float> wanted;
    for (const float value : ramp)
        wanted.push_back(-4 + 4 * (std::floor((value + 4) / 4) + 0.5F));
    CHECK(constantOf(graph.find("w")).toFloats() == wanted);
    CHECK(wanted.back() == 14); // above the largest value, as TensorFlow does it
    CHECK(constantOf(graph.find("b")).toFloats() == std::vector<float>{0.5F, -0.25F, 0, 1}); // fewer than 16
    CHECK_REFUSAL(refusalIn([&] { transform(graph, "round_weights(num_steps=0)"); }), "usage", "at least 1");
}

TEST_CASE("merge_duplicate_nodes joins nodes that compute the same, and their readers in turn") {
    GraphMaker graph = smallGraph();
    const auto branch = [&](const std::string& suffix) {
        graph.floats("c" + suffix, {4}, {1, 2, 3, 4});
        graph.node("Add", "add" + suffix, {"bias", "c" + suffix});
        graph.node("Relu", "relu" + suffix, {"add" + suffix});
    };
    branch("1");
    branch("2");
    graph.node("RandomUniform", "r1", {"b"});
    graph.node("RandomUniform", "r2", {"b"});
    graph.node("Sub", "z", {"relu1", "relu2"});
    transform(graph, "merge_duplicate_nodes", {"x"}, {"y", "z"});
    CHECK(graph.find("z").input(0) == "relu1");
    CHECK(graph.find("z").input(1) == "relu1");
    CHECK_FALSE(namesOf(graph).contains("c2"));
    CHECK(namesOf(graph).contains("r2"));
}

TEST_CASE("sort_by_execution_order puts nodes behind what they read") {
    GraphMaker graph = smallGraph();
    std::ranges::reverse(*graph.proto.mutable_node());
    const Tensor before = outputOf(graph, picture());
    transform(graph, "sort_by_execution_order");
    std::set<std::string> seen;
    for (const graphdef::NodeDef& node : graph.proto.node()) {
        for (const std::string& input : node.input())
            CHECK(seen.contains(input));
        seen.insert(node.name());
    }
    CHECK(seen.size() == 6);
    checkSame(before, outputOf(graph, picture()), 0);
}

TEST_CASE("obfuscate_names shortens all names but those of inputs and outputs") {
    GraphMaker graph = smallGraph();
    for (int i = 0; i < 200; ++i)
        graph.number("constant_with_a_long_name_" + std::to_string(i), 1);
    graph.number("A", 2); // the first short name, taken by an output
    const Tensor before = outputOf(graph, picture());
    transform(graph, "obfuscate_names", {"x"}, {"y", "A"});
    CHECK(namesOf(graph).size() == 207);
    CHECK(namesOf(graph).contains("x"));
    CHECK_FALSE(namesOf(graph).contains("conv"));
    for (const std::string& name : namesOf(graph))
        CHECK(name.size() <= 2);
    checkSame(before, outputOf(graph, picture()), 0);
}

TEST_CASE("small changes of attributes, devices and control dependencies") {
    GraphMaker graph = smallGraph();
    graph.find("conv").set_device("/gpu:0");
    graph.find("y").add_input("^conv");
    transform(graph, "set_device(device=\"/cpu:0\", if_default=true)");
    CHECK(graph.find("y").device() == "/cpu:0");
    CHECK(graph.find("conv").device() == "/gpu:0");
    transform(graph, "remove_device remove_control_dependencies");
    CHECK(graph.find("conv").device().empty());
    CHECK(graph.find("y").input_size() == 1);
    transform(graph,
              "rename_attribute(old_attribute_name=padding, new_attribute_name=pad, op_name=Conv2D) "
              "remove_attribute(attribute_name=strides, op_name=\"*\") rename_op(old_op_name=Relu, new_op_name=Relu6)");
    CHECK(attributeOf(graph.find("conv"), "pad"));
    CHECK_FALSE(attributeOf(graph.find("conv"), "strides"));
    CHECK(graph.find("y").op() == "Relu6");
    transform(graph, "add_default_attributes");
    CHECK(attributeOf(graph.find("conv"), "data_format")->s() == "NHWC");
    CHECK(attributeOf(graph.find("conv"), "dilations")->list().i_size() == 4);
}

TEST_CASE("quantize_nodes says where real int8 is, and changes nothing") {
    GraphMaker graph = smallGraph();
    const std::string before = graph.bytes();
    CHECK_THAT(transform(graph, "quantize_nodes(fallback_min=0, fallback_max=6)"), Contains("halftone-cli profile"));
    CHECK(graph.bytes() == before);
}

TEST_CASE("a file is transformed as a whole, or stays away") {
    const TemporaryFolder folder;
    GraphMaker graph = normalizedGraph();
    graph.find("w") = constantNode("w", Tensor::fromFloats({3, 3, 3, 4}, noiseOf(108, 1)), graphdef::DT_FLOAT);
    const std::string in = folder.write("in.pb", graph.bytes()), out = folder.path("out.pb"),
                      text = folder.path("out.pbtxt");
    TransformRequest request{in, out, {"x"}, {"y"}, "fold_old_batch_norms quantize_weights(minimum_size=100)", false};
    Job job;
    const TransformReport report = transformGraph(request, job);
    CHECK(report.before.bytes == static_cast<int64_t>(graph.bytes().size()));
    REQUIRE(report.steps.size() == 2);
    CHECK(report.steps[1].name == "quantize_weights");
    CHECK(report.steps[1].after.nodes == report.before.nodes + 1 + 3); // the offset; codes and their range
    CHECK(report.steps[1].after.bytes == static_cast<int64_t>(readTextFile(out, 1 << 20).size()));
    CHECK(report.steps[1].after.compressedBytes < report.steps[0].after.compressedBytes);
    CHECK(report.steps[0].after.compressedBytes > 100);

    request.outPath = text;
    request.asText = true;
    transformGraph(request, job);
    CHECK(readModel(text).graph == readModel(out).graph);

    request.outPath = folder.path("none.pb");
    request.transforms = "round_weights strip_unused_nodes";
    request.outputs = {"nowhere"};
    CHECK_REFUSAL(refusalIn([&] { transformGraph(request, job); }), "usage",
                  "strip_unused_nodes: The graph has no node");
    CHECK_REFUSAL(refusalOfFile(request.outPath), "io", "No such file");
    request.transforms = "strip_unused_nodes(ignore_errors=true) remove_device";
    const TransformReport ignored = transformGraph(request, job);
    CHECK_THAT(ignored.steps[0].ignoredError, Contains("nowhere"));
    CHECK(ignored.steps[0].after.bytes == ignored.before.bytes);
    CHECK(refusalOfFile(request.outPath) == "read");
}

TEST_CASE("a library of functions is copied unchanged") {
    const TemporaryFolder folder;
    GraphMaker graph = smallGraph();
    // function { signature { name: "f" } node_def { name: "body" } }, of which only the name is known here
    graph.proto.mutable_library()->ParseFromString("\x0a\x0d\x0a\x03\x0a\x01"
                                                   "f\x1a\x06\x0a\x04"
                                                   "body");
    const std::string library = graph.proto.library().SerializeAsString();
    REQUIRE(library.find("body") != std::string::npos);
    TransformRequest request{
        folder.write("in.pb", graph.bytes()), folder.path("out.pb"), {"x"}, {"y"}, "remove_device", false};
    Job job;
    transformGraph(request, job);
    CHECK(readTextFile(request.outPath, 1 << 20).find(library) != std::string::npos);
    request.asText = true;
    CHECK_REFUSAL(refusalIn([&] { transformGraph(request, job); }), "unsupported", "library of functions");
}

TEST_CASE("real graphs compute nearly the same after all transforms") {
    HALFTONE_REQUIRE_DATA(dir);
    const TemporaryFolder folder;
    const std::string in = dir + "/tf/mlperftiny_resnet8_fp32.pb";
    TransformRequest request{
        in,
        folder.path("out.pb"),
        {"input"},
        {"output"},
        "add_default_attributes strip_unused_nodes(type=float, shape=\"1,32,32,3\") remove_nodes(op=Identity, "
        "op=CheckNumerics) fold_constants(ignore_errors=true) fold_batch_norms fold_old_batch_norms quantize_weights "
        "strip_unused_nodes merge_duplicate_nodes obfuscate_names sort_by_execution_order",
        false};
    Job job;
    const TransformReport report = transformGraph(request, job);
    CHECK(report.steps.back().after.bytes < report.before.bytes / 3);
    std::vector<float> values = noiseOf(32 * 32 * 3, 3);
    for (float& value : values)
        value = 127 * value + 127;
    const auto outputFor = [&](const std::string& path) {
        const Graph graph = readModel(path).graph;
        const auto outputs = evaluate(graph, {{graph.inputs.front(), Tensor::fromFloats({1, 32, 32, 3}, values)}});
        return outputs.at(graph.outputs.front());
    };
    checkSame(outputFor(in), outputFor(request.outPath), 0.1F);
}
