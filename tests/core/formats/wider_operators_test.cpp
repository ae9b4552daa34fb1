// SPDX-License-Identifier: GPL-3.0-or-later
// Layers that become several operators, settings that are computed from shapes, and the shapes of inputs.
#include "core/graph/infer.h"
#include "tests/core/formats/model_maker.h"
#include "tests/support/catch.h"
#include "tests/support/read_model.h"

#include <algorithm>

using namespace halftone;
using namespace halftone::test;

namespace {

const Shape& outputShape(const Graph& graph, size_t index = 0) {
    return graph.value(graph.outputs[index]).shape;
}

/// x [N,6,4,4], whose shape goes through `arithmetic` into "setting", the second input of "layer".
ModelMaker withShapeArithmetic(const std::string& op, const auto& arithmetic) {
    ModelMaker model;
    model.input("x", {-1, 6, 4, 4});
    model.node("Shape", {"x"}, {"shape"}, "shape");
    arithmetic(model);
    model.node(op, {"x", "setting"}, {"y"}, "layer");
    model.output("y");
    return model;
}

/// The batch, as a list of one number, joined with `rest`.
void batchAnd(ModelMaker& model, const std::vector<int64_t>& rest) {
    model.integers("zero", {0});
    model.integers("rest", rest);
    set(model.node("Gather", {"shape", "zero"}, {"batch"}), "axis", int64_t{0});
    set(model.node("Concat", {"batch", "rest"}, {"setting"}), "axis", int64_t{0});
}

std::string sizesRefusal(const ModelMaker& model, const GivenSizes& given) {
    const TemporaryFolder folder;
    try {
        readModel(folder.write("net.onnx", model.bytes()), {}, given);
    } catch (const Error& error) {
        return error.message();
    }
    return "read";
}

} // namespace

TEST_CASE("a shape that is computed with the batch is right for every batch") {
    const ModelMaker kept = withShapeArithmetic("Reshape", [](ModelMaker& model) { batchAnd(model, {2, 3, 16}); });
    CHECK(opOf(kept) == Op(Reshape{{1, 2, 3, 16}, false}));
    for (const int64_t batch : {1, 2, 5})
        CHECK(outputShape(read(kept).at(batch)) == Shape{batch, 2, 3, 16});

    const ModelMaker doubled = withShapeArithmetic("Reshape", [](ModelMaker& model) {
        model.integers("first", {0});
        model.integers("end", {1});
        model.integers("factor", {2});
        model.integers("columns", {48});
        model.node("Slice", {"shape", "first", "end"}, {"batch"});
        model.node("Mul", {"batch", "factor"}, {"rows"});
        set(model.node("Concat", {"rows", "columns"}, {"setting"}), "axis", int64_t{0});
    });
    CHECK(outputShape(read(doubled).at(3)) == Shape{6, 48});

    const ModelMaker twice = withShapeArithmetic("Reshape", [](ModelMaker& model) {
        model.integers("first", {0});
        model.integers("end", {1});
        model.integers("columns", {-1});
        model.integers("factor", {3});
        model.node("Slice", {"shape", "first", "end"}, {"batch"});
        model.node("Mul", {"batch", "factor"}, {"rows"});
        set(model.node("Concat", {"rows", "columns"}, {"setting"}), "axis", int64_t{0});
    });
    CHECK(outputShape(read(twice).at(2)) == Shape{6, 32});
}

TEST_CASE("other settings are computed with the batch, too") {
    const ModelMaker expanded = withShapeArithmetic("Expand", [](ModelMaker& model) { batchAnd(model, {6, 4, 4}); });
    CHECK(outputShape(read(expanded).at(3)) == Shape{3, 6, 4, 4});
    const ModelMaker tiled = withShapeArithmetic("Tile", [](ModelMaker& model) { batchAnd(model, {1, 1, 1}); });
    CHECK(outputShape(read(tiled).at(3)) == Shape{9, 6, 4, 4});

    ModelMaker resized;
    resized.input("x", {-1, 6, 4, 4});
    resized.node("Shape", {"x"}, {"shape"}, "shape");
    batchAnd(resized, {6, 8, 9});
    resized.node("Resize", {"x", "", "", "setting"}, {"y"}, "layer");
    resized.output("y");
    CHECK(std::get<Resize>(opOf(resized)).sizes == std::vector<int64_t>{1, 6, 8, 9});
    CHECK(outputShape(read(resized).at(3)) == Shape{3, 6, 8, 9});
}

TEST_CASE("shapes are computed with where the batch does not matter") {
    const ModelMaker model = withShapeArithmetic("Reshape", [](ModelMaker& made) {
        made.integers("last", {-1});
        made.integers("one", {1});
        made.node("Gather", {"shape", "last"}, {"width"});
        made.node("Div", {"width", "one"}, {"same"});
        set(made.node("Concat", {"last", "same"}, {"setting"}), "axis", int64_t{0});
    });
    CHECK(opOf(model) == Op(Reshape{{24, 4}, false}));
}

TEST_CASE("the parts of a split are slices with the names of the file") {
    OneLayer layer("Split", 13, {1, 7}, {"sizes"});
    layer.model.integers("sizes", {2, 5});
    set(layer.node, "axis", int64_t{1});
    layer.node.add_output("rest");
    layer.model.output("rest");
    const Graph graph = infer(read(layer.model).graph);
    CHECK(outputShape(graph, 0) == Shape{1, 2});
    CHECK(outputShape(graph, 1) == Shape{1, 5});
    CHECK(graph.value(graph.outputs[1]).name == "rest");
    for (const Node& node : graph.nodes())
        CHECK(node.origins == std::vector<std::string>{"layer"});

    OneLayer uneven("Split", 18, {7}, {});
    set(uneven.node, "num_outputs", int64_t{2});
    uneven.node.add_output("rest");
    uneven.model.output("rest");
    const Graph parts = infer(read(uneven.model).graph);
    CHECK(outputShape(parts, 0) == Shape{4});
    CHECK(outputShape(parts, 1) == Shape{3});

    OneLayer wrong("Split", 13, {1, 7}, {"sizes"});
    wrong.model.integers("sizes", {2, 9});
    set(wrong.node, "axis", int64_t{1});
    wrong.node.add_output("rest");
    CHECK_REFUSAL(refusalOf(wrong.model), "bad-input", "parts");
}

TEST_CASE("an output that is the input of its layer keeps its name") {
    OneLayer layer("Split", 13, {1, 7});
    const Graph whole = infer(read(layer.model).graph);
    CHECK(whole.value(whole.outputs[0]).name == "y");
    OneLayer sum("Sum", 13, {4});
    const Graph same = infer(read(sum.model).graph);
    CHECK(same.value(same.outputs[0]).name == "y");
    CHECK(same.nodes().size() == 1);
}

TEST_CASE("names that a layer makes up do not collide with those of the file") {
    OneLayer layer("Sum", 13, {4}, {"x", "x"});
    layer.model.node("Relu", {"y"}, {"layer#Add"}, "layer_2");
    layer.model.node("Relu", {"layer#Add"}, {"z"}, "layer#2");
    layer.model.output("z");
    const Graph graph = read(layer.model).graph;
    std::vector<std::string> names;
    for (const Node& node : graph.nodes())
        names.push_back(node.name);
    for (const Value& value : graph.values())
        names.push_back(value.name + " (value)");
    std::ranges::sort(names);
    CHECK(std::ranges::adjacent_find(names) == names.end());
}

TEST_CASE("Upsample and the first Resize repeat elements, as later versions are told to") {
    OneLayer upsample("Upsample", 9, {1, 2, 3, 3}, {"scales"});
    upsample.model.floats("scales", {4}, {1, 1, 2, 2});
    OneLayer resize("Resize", 10, {1, 2, 3, 3}, {"scales"});
    resize.model.floats("scales", {4}, {1, 1, 2, 2});
    Resize wanted{ResizeMode::Nearest, ResizeCoordinates::Asymmetric, ResizeRounding::Floor};
    wanted.scales = {1, 1, 2, 2};
    CHECK(opOf(upsample.model) == Op(wanted));
    CHECK(opOf(resize.model) == Op(wanted));
}

TEST_CASE("Resize keeps the ratio of the sides and resizes the axes that it names") {
    OneLayer layer("Resize", 19, {1, 2, 10, 20}, {"", "", "sizes"});
    layer.model.integers("sizes", {20, 20});
    set(layer.node, "axes", std::vector<int64_t>{2, -1});
    set(layer.node, "keep_aspect_ratio_policy", "not_larger");
    CHECK(std::get<Resize>(opOf(layer.model)).sizes == std::vector<int64_t>{1, 2, 10, 20});
    *layer.node.mutable_attribute(1)->mutable_s() = "not_smaller";
    CHECK(std::get<Resize>(opOf(layer.model)).sizes == std::vector<int64_t>{1, 2, 20, 40});
    OneLayer none("Resize", 13, {1, 1, 4, 4});
    CHECK_REFUSAL(refusalOf(none.model), "bad-input", "either scales or sizes");
}

TEST_CASE("a transposed convolution is padded to the size that the file asks for") {
    const auto read = [](const char* autoPad, const std::vector<int64_t>& outputShape) {
        OneLayer layer("ConvTranspose", 11, {1, 2, 5, 5}, {"w"});
        layer.model.weight("w", {2, 3, 3, 3});
        set(layer.node, "strides", std::vector<int64_t>{2, 2});
        if (*autoPad)
            set(layer.node, "auto_pad", autoPad);
        if (!outputShape.empty())
            set(layer.node, "output_shape", outputShape);
        return std::get<ConvTranspose>(opOf(layer.model));
    };
    CHECK(read("SAME_UPPER", {}).pads == Pads{0, 0, 1, 1});
    CHECK(read("SAME_LOWER", {}).pads == Pads{1, 1, 0, 0});
    CHECK(read("", {10, 8}).pads == Pads{0, 1, 1, 2});
    const ConvTranspose larger = read("", {13, 11});
    CHECK(larger.pads == Pads{0, 0, 0, 0});
    CHECK(larger.outputPadding == std::vector<int64_t>{2, 0});
}

TEST_CASE("shapes that the user gives replace open ones") {
    ModelMaker model;
    model.input("image", {-1, 3, -1, -1});
    model.node("GlobalAveragePool", {"image"}, {"y"}, "pool");
    model.output("y");
    const TemporaryFolder folder;
    const std::string path = folder.write("net.onnx", model.bytes());
    CHECK_THAT(sizesRefusal(model, {}), Contains("\"image.2\"") && Contains("\"image.3\"") &&
                                            Contains("--size image.2=N --size image.3=N") && EndsWith("."));
    for (const GivenSizes& given : {GivenSizes{{}, {{"", {2, 3, 32, 48}}}}, GivenSizes{{}, {{"image", {2, 3, 32, 48}}}},
                                    GivenSizes{{{"image.2", 32}, {"image.3", 48}}, {}}}) {
        const ReadModel file = readModel(path, {}, given);
        CHECK(file.graph.value(file.graph.inputs.front()).shape == Shape{1, 3, 32, 48});
        CHECK(outputShape(file.graph) == Shape{1, 3, 1, 1});
    }
    CHECK_THAT(sizesRefusal(model, {{}, {{"picture", {1, 3, 4, 4}}}}), Contains("\"picture\"") && Contains("image"));
    CHECK_THAT(sizesRefusal(model, {{}, {{"image", {3, 4, 4}}}}), Contains("has 4 dimensions"));
    model.input("mask", {-1, 1, 8, 8});
    CHECK_THAT(sizesRefusal(model, {{}, {{"", {1, 3, 4, 4}}}}), Contains("--shape NAME=1,3,4,4"));
}

TEST_CASE("old operator sets place the second operand along an axis") {
    OneLayer layer("Add", 6, {2, 3, 4}, {"b"});
    layer.model.floats("b", {3}, {1, 2, 3});
    set(layer.node, "broadcast", int64_t{1});
    set(layer.node, "axis", int64_t{1});
    CHECK(outputShape(infer(read(layer.model).graph)) == Shape{2, 3, 4});
    OneLayer prelu("PRelu", 6, {1, 3, 4, 4}, {"slope"});
    prelu.model.floats("slope", {3}, {1, 2, 3});
    CHECK(outputShape(infer(read(prelu.model).graph)) == Shape{1, 3, 4, 4});
}
