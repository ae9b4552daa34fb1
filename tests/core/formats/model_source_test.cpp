// SPDX-License-Identifier: GPL-3.0-or-later
// Files that are opened once and bound to sizes: symbols, numbers in their place, and a batch other than the file's
// own.
#include "core/graph/evaluate.h"
#include "core/graph/infer.h"
#include "core/graph/validate.h"
#include "core/passes/passes.h"
#include "tests/core/formats/model_maker.h"
#include "tests/support/catch.h"
#include "tests/support/data_dir.h"
#include "tests/support/golden.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fmt/format.h>

using namespace halftone;
using namespace halftone::test;

namespace {

namespace fs = std::filesystem;

void nameDimension(ModelMaker& model, int input, int dimension, const std::string& symbol) {
    model.graph()
        .mutable_input(input)
        ->mutable_type()
        ->mutable_tensor_type()
        ->mutable_shape()
        ->mutable_dim(dimension)
        ->set_dim_param(symbol);
}

std::unique_ptr<ModelSource> opened(const ModelMaker& model) {
    const TemporaryFolder folder;
    return openModel(folder.write("net.onnx", model.bytes()));
}

std::string refusalOfBinding(const ModelMaker& model, const Sizes& sizes) {
    try {
        opened(model)->bind(sizes);
    } catch (const Error& error) {
        return fmt::format("{}: {}", name(error.code()), error.message());
    }
    return "bound";
}

Shape outputShape(const Graph& graph) {
    return graph.value(graph.outputs.front()).shape;
}

/// x [batch, sequence, 8] in heads of 4, a table of positions, a mask and a list of numbers, all by arithmetic on the
/// shape of x.
ModelMaker transformerLike() {
    ModelMaker model;
    model.input("x", {-1, -1, 8});
    nameDimension(model, 0, 0, "batch");
    nameDimension(model, 0, 1, "sequence");
    model.node("Shape", {"x"}, {"shape"});
    for (const auto& [value, index] : {std::pair{"b", 0}, {"s", 1}}) {
        model.integers(std::string("at_") + value, {index});
        model.node("Gather", {"shape", std::string("at_") + value}, {value});
    }
    model.integers("heads", {2, 4});
    set(model.node("Concat", {"b", "s", "heads"}, {"split"}), "axis", int64_t{0});
    model.node("Reshape", {"x", "split"}, {"apart"}, "apart");
    set(model.node("Transpose", {"apart"}, {"heads_first"}), "perm", std::vector<int64_t>{0, 2, 1, 3});
    set(model.node("Transpose", {"apart"}, {"turned"}), "perm", std::vector<int64_t>{0, 2, 3, 1});
    model.node("MatMul", {"heads_first", "turned"}, {"scores"}); // [b, 2, s, s]
    set(model.node("Concat", {"s", "s"}, {"square"}), "axis", int64_t{0});
    model.node("ConstantOfShape", {"square"}, {"mask"});
    model.node("Add", {"scores", "mask"}, {"masked"});
    set(model.node("Softmax", {"masked"}, {"weights"}), "axis", int64_t{-1});
    model.node("MatMul", {"weights", "heads_first"}, {"mixed"});
    set(model.node("Transpose", {"mixed"}, {"back"}), "perm", std::vector<int64_t>{0, 2, 1, 3});
    model.integers("width", {8});
    set(model.node("Concat", {"b", "s", "width"}, {"joined"}), "axis", int64_t{0});
    model.node("Reshape", {"back", "joined"}, {"together"}, "together");
    model.integers("none", {0}).clear_dims(); // a scalar
    model.integers("axes", {0});
    model.node("Squeeze", {"s", "axes"}, {"length"});
    model.integers("one", {1});
    model.node("Squeeze", {"one", "axes"}, {"step"});
    model.node("Range", {"none", "length", "step"}, {"numbers"}, "numbers");
    set(model.node("Cast", {"numbers"}, {"positions"}), "to", int64_t{onnx::TensorProto::FLOAT});
    model.integers("last", {1});
    model.node("Unsqueeze", {"positions", "last"}, {"column"}); // [s, 1]
    model.node("Expand", {"column", "joined"}, {"repeated"}, "repeated");
    model.node("Add", {"together", "repeated"}, {"y"});
    model.output("y");
    return model;
}

/// Sample `row` of all inputs, of a batch of them.
Tensor rowOf(const Tensor& all, int64_t row) {
    Shape shape = all.shape;
    shape.front() = 1;
    const size_t bytes = all.bytes.size() / static_cast<size_t>(all.shape.front());
    const std::byte* begin = all.bytes.data() + static_cast<size_t>(row) * bytes;
    return Tensor::fromBytes(all.type, shape, std::vector<std::byte>(begin, begin + bytes));
}

/// Every sample of `many` is what the network for one sample computes.
void checkSamples(const Graph& one, const Graph& many, int64_t batch) {
    std::map<ValueId, Tensor> inputs;
    for (const ValueId id : many.inputs) {
        const Value& value = many.value(id);
        REQUIRE(value.type == ElementType::F32);
        inputs.emplace(id, Tensor::fromFloats(value.shape, goldenInput(value.shape)));
    }
    const auto results = evaluate(many, inputs);
    for (const int64_t row : {int64_t{0}, batch - 1}) {
        std::map<ValueId, Tensor> single;
        for (size_t i = 0; i < one.inputs.size(); ++i)
            single.emplace(one.inputs[i], rowOf(inputs.at(many.inputs[i]), row));
        const auto wanted = evaluate(one, single);
        for (size_t i = 0; i < one.outputs.size(); ++i) {
            const Tensor& all = results.at(many.outputs[i]);
            const std::vector<float> expected = wanted.at(one.outputs[i]).toFloats(), whole = all.toFloats();
            REQUIRE(whole.size() == expected.size() * static_cast<size_t>(batch));
            float largest = 0;
            for (const float value : expected)
                largest = std::max(largest, std::abs(value));
            const size_t first = static_cast<size_t>(row) * expected.size();
            float difference = 0;
            for (size_t k = 0; k < expected.size(); ++k)
                difference = std::max(difference, std::abs(whole[first + k] - expected[k]));
            CHECK(difference <= 1e-5F * std::max(largest, 1e-3F));
        }
    }
}

} // namespace

TEST_CASE("dimensions have the names of the file, or those of input and place") {
    ModelMaker model;
    model.input("ids", {-1, -1});
    model.input("mask", {-1, -1, 3});
    nameDimension(model, 0, 0, "batch_size");
    nameDimension(model, 0, 1, "sequence");
    nameDimension(model, 1, 0, "batch_size");
    model.node("Relu", {"ids"}, {"y"});
    model.node("Relu", {"mask"}, {"z"});
    model.output("y");
    model.output("z");
    const auto source = opened(model);
    const ModelFacts& facts = source->facts();
    CHECK(facts.batch == "batch_size");
    CHECK(facts.freeBatch());
    CHECK(facts.inputs[0].shape == std::vector<Size>{{{}, "batch_size"}, {{}, "sequence"}});
    CHECK(facts.inputs[1].shape == std::vector<Size>{{{}, "batch_size"}, {{}, "mask.1"}, {3, "mask.2"}});
    const Graph graph = source->bind({{"batch_size", 2}, {"sequence", 7}, {"mask.1", 5}, {"mask.2", 4}}).graph;
    CHECK(graph.value(graph.inputs[0]).shape == Shape{2, 7});
    CHECK(graph.value(graph.inputs[1]).shape == Shape{2, 5, 4});
    CHECK(sizesOf(facts, {{{"sequence", 7}}, {{"mask", {9, 5, 3}}}}, 2) ==
          Sizes{{"batch_size", 2}, {"sequence", 7}, {"mask.1", 5}, {"mask.2", 3}});
}

TEST_CASE("outputs are known as the file declares them, before any size is") {
    ModelMaker model;
    model.input("x", {-1, -1, 4});
    nameDimension(model, 0, 0, "batch");
    nameDimension(model, 0, 1, "sequence");
    for (const char* output : {"named", "nameless", "shapeless", "untyped", "text", "list"})
        model.node("Relu", {"x"}, {output});
    const auto declare = [&](const char* output, int type, const std::vector<std::string>& dims) {
        onnx::ValueInfoProto& info = *model.graph().add_output();
        info.set_name(output);
        info.mutable_type()->mutable_tensor_type()->set_elem_type(type);
        for (const std::string& dim : dims)
            info.mutable_type()->mutable_tensor_type()->mutable_shape()->add_dim()->set_dim_param(dim);
        return &info;
    };
    declare("named", onnx::TensorProto::FLOAT, {"batch", "sequence"})
        ->mutable_type()
        ->mutable_tensor_type()
        ->mutable_shape()
        ->add_dim()
        ->set_dim_value(4);
    declare("nameless", onnx::TensorProto::INT64, {"?", ""});
    declare("shapeless", onnx::TensorProto::FLOAT16, {});
    model.graph().add_output()->set_name("untyped");
    declare("text", onnx::TensorProto::STRING, {});
    onnx::ValueInfoProto& list = *model.graph().add_output();
    list.set_name("list");
    list.mutable_type()->mutable_sequence_type();
    const auto source = opened(model);
    const std::vector<ModelOutput>& outputs = source->facts().outputs;
    REQUIRE(outputs.size() == 6);
    CHECK(outputs[0].name == "named");
    CHECK(outputs[0].type == "f32");
    CHECK(outputs[0].shape == std::vector<Size>{{{}, "batch"}, {{}, "sequence"}, {4, ""}});
    CHECK(outputs[1].type == "s64");
    CHECK(outputs[1].shape == std::vector<Size>(2));
    CHECK(outputs[2].type == "f16");
    CHECK(outputs[2].shape.empty());
    CHECK(outputs[3].type.empty());
    CHECK(outputs[4].type == "STRING");
    CHECK(outputs[5].name == "list");
    CHECK(outputs[5].type.empty());
}

TEST_CASE("open sizes are asked for by name, and unknown ones refused") {
    const ModelMaker model = transformerLike();
    CHECK_REFUSAL(refusalOfBinding(model, {{"batch", 1}}), "bad-input", "\"sequence\" (dimension 1 of \"x\")");
    CHECK_REFUSAL(refusalOfBinding(model, {{"batch", 1}}), "bad-input", "--size sequence=N");
    CHECK_REFUSAL(refusalOfBinding(model, {{"batch", 1}, {"sequence", 4}, {"length", 4}}), "usage",
                  "no size \"length\"; its sizes are batch, sequence");
    const auto source = opened(model);
    CHECK_THROWS_WITH(sizesOf(source->facts(), {{{"sequence", 7}}, {{"x", {1, 8, 8}}}}, 1),
                      Contains("\"sequence\" is given as 7 and as 8"));
}

TEST_CASE("arithmetic on batch and sequence gives constants for every size") {
    const auto source = opened(transformerLike());
    for (const int64_t sequence : {4, 6}) {
        const BoundModel one = source->bind({{"batch", 1}, {"sequence", sequence}});
        REQUIRE_NOTHROW(refuseUnsupported(one));
        for (const int64_t batch : {3, 5}) {
            const BoundModel many = source->bind({{"batch", batch}, {"sequence", sequence}});
            REQUIRE_NOTHROW(validate(many.graph, "reading"));
            CHECK(outputShape(many.graph) == Shape{batch, sequence, 8});
            checkSamples(one.graph, many.graph, batch);
            checkSamples(one.graph, runPasses(many.graph, standardPasses()), batch);
        }
    }
}

TEST_CASE("constants are shared by all graphs of a file") {
    const auto source = opened(smallModel());
    const Graph one = source->bind({{"N", 1}}).graph, two = source->bind({{"N", 2}}).graph;
    const auto weights = [](const Graph& graph) { return graph.value(nodeNamed(graph, "conv1").inputs[1]).constant; };
    CHECK(weights(one)->bytes.data() == weights(two)->bytes.data());
    CHECK(source->facts().parameters == 4 * 3 * 9 + 4);
}

TEST_CASE("a file made for one batch is bound to another where a Reshape names its batch first") {
    const auto reshaped = [](const std::vector<int64_t>& shape, const std::vector<int64_t>& target) {
        OneLayer layer("Reshape", 13, shape, {"target"});
        layer.model.integers("target", target);
        return layer.model;
    };
    const auto bound = [&](const std::vector<int64_t>& shape, const std::vector<int64_t>& target) {
        return outputShape(opened(reshaped(shape, target))->bind({{"batch", 4}}).graph);
    };
    CHECK(bound({1, 3, 4}, {1, 12}) == Shape{4, 12});
    CHECK(bound({1, 3, 4}, {1, -1}) == Shape{4, 12});
    CHECK(bound({1, 3, 4}, {-1, 12}) == Shape{4, 12});
    CHECK(bound({2, 3, 4}, {2, 12}) == Shape{4, 12});
    CHECK(bound({2, 3, 4}, {6, -1}) == Shape{6, 8}); // names no batch
    const std::string refusal = refusalOfBinding(reshaped({1, 3, 4}, {3, 4}), {{"batch", 4}});
    CHECK_REFUSAL(refusal, "unsupported", "made for batch 1 and cannot be bound to batch 4");
    CHECK_REFUSAL(refusal, "unsupported", "\"layer\"");
}

TEST_CASE("the first dimension of a state is not the batch") {
    ModelMaker model;
    model.input("x", {1, 3});
    model.input("state", {2, 1, 5});
    model.node("Relu", {"x"}, {"y"});
    model.node("Relu", {"state"}, {"z"});
    model.output("y");
    model.output("z");
    const auto source = opened(model);
    CHECK(source->facts().batch == "batch");
    CHECK(source->facts().inputs[1].shape.front() == Size{2, "state.0"});
    const Graph graph = source->bind({{"batch", 4}}).graph;
    CHECK(graph.value(graph.inputs[0]).shape == Shape{4, 3});
    CHECK(graph.value(graph.inputs[1]).shape == Shape{2, 1, 5});
}

TEST_CASE("samples of real files do not depend on the batch that they are in") {
    HALFTONE_REQUIRE_DATA(dir);
    int files = 0;
    for (const char* folder : {"onnx", "tf", "tflite", "today"})
        for (const auto& entry : fs::directory_iterator(dir + "/" + folder)) {
            const std::string extension = entry.path().extension().string();
            if (extension != ".onnx" && extension != ".pb" && extension != ".tflite")
                continue;
            INFO(entry.path().filename().string());
            const auto source = openModel(entry.path().string());
            const ModelFacts& facts = source->facts();
            const bool pictures = std::ranges::all_of(
                facts.inputs, [](const ModelInput& input) { return input.type == ElementType::F32; });
            if (!facts.freeBatch() || !pictures || fs::file_size(entry.path()) > 8'000'000)
                continue;
            GivenSizes given;
            for (const ModelInput& input : facts.inputs)
                for (const Size& size : input.shape)
                    if (!size.number && size.symbol != facts.batch)
                        given.sizes[size.symbol] = input.shape.size() == 2 ? 1280 : 64; // sound, or a picture
            const BoundModel one = source->bind(sizesOf(facts, given, 1));
            // The first dimension of a recurrent network may be its sequence.
            if (std::ranges::any_of(one.graph.nodes(), [](const Node& node) {
                    return std::holds_alternative<Opaque>(node.op) || std::holds_alternative<Recurrent>(node.op);
                }))
                continue;
            int64_t work = 0; // in double precision it takes long
            for (const Node& node : one.graph.nodes())
                work += macs(one.graph, node);
            if (work > 20'000'000)
                continue;
            for (const int64_t batch : {3, 5}) {
                const BoundModel many = source->bind(sizesOf(facts, given, batch));
                REQUIRE_NOTHROW(validate(many.graph, "reading"));
                checkSamples(one.graph, many.graph, batch);
            }
            ++files;
        }
    CHECK(files >= 5);
}
