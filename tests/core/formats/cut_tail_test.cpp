// Unsupported layers at the end of a network are cut off, those in its middle are not.
#include "core/formats/cut_tail.h"
#include "core/graph/infer.h"
#include "core/graph/validate.h"
#include "tests/core/formats/model_maker.h"
#include "tests/support/catch.h"
#include "tests/support/data_dir.h"

using namespace halftone;
using namespace halftone::test;

namespace {

std::vector<std::string> outputNames(const ModelFile& file) {
    std::vector<std::string> names;
    for (const ValueId id : file.graph.outputs)
        names.push_back(file.graph.value(id).name);
    return names;
}

std::vector<std::string> layerNames(const ModelFile& file) {
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

} // namespace

TEST_CASE("what an unsupported tail reads becomes the output, and what only fed it goes") {
    const ModelFile file = read(withTail());
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
    validate(infer(bindBatch(file.graph, 2)), "cutting");
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
    const ModelFile file = readModel(dir + "/ir/face-detection-adas-0001/FP16-INT8/face-detection-adas-0001.xml");
    CHECK_NOTHROW(refuseUnsupported(file));
    CHECK(file.graph.outputs.size() == 2); // places and scores of the boxes
    for (const Node& node : file.graph.nodes())
        CHECK_FALSE(std::holds_alternative<ShapeOf>(node.op));
    const Graph graph = infer(bindBatch(file.graph, 1));
    validate(graph, "cutting");
    REQUIRE(file.diagnostics.size() == 1);
    CHECK(file.diagnostics.back().code == "cut-tail");
    CHECK(file.diagnostics.back().message.find("PriorBox (7 layers") != std::string::npos);
    CHECK(file.diagnostics.back().message.find("DetectionOutput") != std::string::npos);
}
