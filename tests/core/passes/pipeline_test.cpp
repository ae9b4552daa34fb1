// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/error.h"
#include "core/graph/infer.h"
#include "core/graph/validate.h"
#include "tests/core/passes/pass_test.h"
#include "tests/support/data_dir.h"
#include "tests/support/read_model.h"

#include <map>
#include <set>

using namespace halftone;
using namespace halftone::test;

namespace {

using Counts = std::map<std::string, int>;

Counts operatorCounts(const Graph& graph) {
    Counts counts;
    for (const Node& node : graph.nodes())
        ++counts[opName(node.op)];
    return counts;
}

Graph standard(Graph graph) {
    return runPasses(std::move(graph), standardPasses());
}

struct RealModel {
    const char* name;
    Counts after;
    bool evaluated; // small enough for plain loops
};

const std::vector<RealModel> realModels{
    {"resnet34_imagenet_f16w",
     {{"AveragePool", 3},
      {"Conv", 33},
      {"FullyConnected", 1},
      {"GlobalAveragePool", 1},
      {"MaxPool", 1},
      {"Pad", 3},
      {"Reshape", 1}},
     false},
    {"resnet20_cifar10",
     {{"GlobalAveragePool", 1}, {"Conv", 19}, {"FullyConnected", 1}, {"Pad", 2}, {"Reshape", 1}, {"Slice", 2}},
     true},
    {"resnet20_cifar10jpeg",
     {{"GlobalAveragePool", 1}, {"Conv", 19}, {"FullyConnected", 1}, {"Pad", 2}, {"Reshape", 1}, {"Slice", 2}},
     true},
    {"resnet56_cifar10",
     {{"GlobalAveragePool", 1}, {"Conv", 55}, {"FullyConnected", 1}, {"Pad", 2}, {"Reshape", 1}, {"Slice", 2}},
     false},
    {"mobilenet_v1_0.25_128_fp32", {{"GlobalAveragePool", 1}, {"Conv", 28}, {"Reshape", 1}, {"Softmax", 1}}, true},
    {"mobilenet_v2_1.0_224_fp32", {{"GlobalAveragePool", 1}, {"Conv", 53}, {"Reshape", 1}, {"Softmax", 1}}, false},
    {"mlperftiny_resnet8_fp32",
     {{"GlobalAveragePool", 1}, {"Conv", 9}, {"FullyConnected", 1}, {"Reshape", 1}, {"Softmax", 1}},
     true},
    // Its activations follow pools.
    {"open-closed-eye", {{"Conv", 4}, {"MaxPool", 3}, {"Relu", 2}, {"Softmax", 1}}, true},
};

} // namespace

TEST_CASE("A residual block becomes two nodes") {
    GraphBuilder b;
    const ValueId x = b.input("x", {1, 2, 6, 6});
    const ValueId padded = b.node("Pad", Pad{{0, 0, 1, 1, 0, 0, 1, 1}}, {x});
    const ValueId first =
        b.node("ConvA", Conv{{1, 1}, {1, 1}, {0, 0, 0, 0}, 1, {}}, {padded, b.constant("wa", Shape{2, 2, 3, 3})});
    const ValueId bounded = b.node("Relu6", Unary{UnaryKind::Clip, 0, 6}, {b.batchNorm("NormA", first, 2)});
    const ValueId second = b.batchNorm("NormB", b.conv("ConvB", b.node("Drop", Identity{}, {bounded}), 2, 2), 2);
    const ValueId low = b.node("Max", Binary{BinaryKind::Max}, {b.add("Add", x, second), b.number("zero", 0)});
    CHECK(dump(checkedPass(standard, b.build({low}))) ==
          "ConvA = Conv[s1,1 p1,1,1,1 d1,1 g1 +Clip(0,6)](x:1x2x6x6, wa:2x2x3x3*, ConvA_bias:2*) -> "
          "relu6_y:1x2x6x6 {ConvA Pad NormA Relu6}\n"
          "ConvB = Conv[s1,1 p1,1,1,1 d1,1 g1 +Add(#3) +Relu](relu6_y:1x2x6x6, ConvB_w:2x2x3x3*, ConvB_b:2*, "
          "x:1x2x6x6) -> max_y:1x2x6x6 {ConvB NormB Add Max}\n");
}

TEST_CASE("The pipeline tells each pass and its time") {
    GraphBuilder b;
    const Graph graph = b.build({b.relu("Relu", b.input("x", {2}))});
    std::vector<std::string> names;
    runPasses(graph, standardPasses(), [&](std::string_view name, int64_t durationNs, const Graph& after) {
        names.emplace_back(name);
        CHECK(durationNs >= 0);
        CHECK(after.nodes().size() == 1);
    });
    CHECK(names == std::vector<std::string>{"fold-constants", "widen-halves", "move-grids", "saturate-grids",
                                            "remove-identities", "canonicalize", "merge-scale-shift", "fold-bias",
                                            "fold-batch-norm", "fold-pad", "fuse-activation", "join-channel-grids",
                                            "fuse-residual-add", "crop-kernels", "move-strides"});
}

TEST_CASE("A pass that breaks the graph is named") {
    GraphBuilder b;
    const Graph graph = b.build({b.relu("Relu", b.input("x", {2}))});
    const Pass breaks{"break-it", [](Graph g) {
                          g.value(g.outputs[0]).shape = {3};
                          return g;
                      }};
    try {
        runPasses(graph, std::span(&breaks, 1));
        FAIL("accepted");
    } catch (const Error& error) {
        CHECK(error.code() == ErrorCode::Internal);
        CHECK_THAT(error.message(), Contains("break-it"));
    }
}

TEST_CASE("Real models are fused to what the engine runs") {
    HALFTONE_REQUIRE_DATA(data);
    for (const RealModel& model : realModels) {
        INFO(model.name);
        const ReadModel file = readModel(data + "/onnx/" + model.name + ".onnx");
        REQUIRE_NOTHROW(refuseUnsupported(file));
        const Graph before = file.graph;
        const Graph after = standard(before);
        CHECK(operatorCounts(after) == model.after);
        CHECK((standard(after) == after));

        // Each layer of the file is computed once, unless it was folded away.
        std::set<std::string> layers;
        for (const FileLayer& layer : file.layers)
            layers.insert(layer.name);
        for (const Node& node : after.nodes()) {
            REQUIRE_FALSE(node.origins.empty());
            CHECK(node.name == node.origins.front());
            for (const std::string& origin : node.origins)
                CHECK(layers.erase(origin) == 1);
        }
        for (const FileLayer& layer : file.layers)
            if (layers.count(layer.name))
                CHECK(
                    (layer.op == "Cast" || layer.op == "Constant" || layer.op == "Dropout" || layer.op == "Identity"));

        if (model.evaluated)
            CHECK(outputDifference(before, after) < 1e-5);
    }
}
