// SPDX-License-Identifier: GPL-3.0-or-later
// Layers at the end of a network, where a sample has few positions: one row times a matrix, and samples side by side.
#include "core/engine/kernels/row_product.h"
#include "core/engine/lower/conv_desc.h"
#include "core/engine/machine/machine.h"
#include "core/graph/infer.h"
#include "core/passes/passes.h"
#include "tests/core/engine/engine_test.h"
#include "tests/support/data_dir.h"
#include "tests/support/read_model.h"

#include <random>

using namespace halftone;
using namespace halftone::engine;
using namespace halftone::test;

namespace {

const char* const kRow = "halftone:row-product";

const std::vector<PostOps> kActivations{
    {}, {Unary{UnaryKind::Relu}}, {Unary{UnaryKind::Clip, -0.3F, 0.5F}}, {Unary{UnaryKind::HardSwish, 1.0F / 6, 0.5F}}};

struct Pair { // a 1x1 convolution over so many positions, and one that reads its result
    int64_t samples, size, inputs, outputs;
};

ValueId pointwise(GraphBuilder& b, const std::string& name, ValueId x, int64_t from, int64_t to, const PostOps& postOps,
                  bool bias) {
    std::vector<ValueId> inputs{x, b.constant(name + "_w", Shape{to, from, 1, 1})};
    if (bias)
        inputs.push_back(b.constant(name + "_b", Shape{to}));
    return b.node(name, conv2d(1, 0, 1, postOps), inputs);
}

Graph twoLayers(const Pair& p, const PostOps& postOps, bool bias, bool nonNegative) {
    GraphBuilder b;
    ValueId x = b.input("x", {p.samples, p.inputs, p.size, p.size});
    if (nonNegative)
        x = b.relu("first", x);
    const ValueId y = pointwise(b, "layer", x, p.inputs, p.outputs, postOps, bias);
    return b.build({y, pointwise(b, "reader", y, p.outputs, 8, {}, false)});
}

/// Adds the result of a layer to that of another; `coded`: a third one reads the sum.
Graph residual(const Pair& p, bool coded, bool relu) {
    GraphBuilder b;
    const ValueId x = b.input("x", {p.samples, p.inputs, p.size, p.size});
    const ValueId a = pointwise(b, "a", x, p.inputs, p.outputs, {}, false),
                  c = pointwise(b, "c", x, p.inputs, p.inputs, {}, true);
    PostOps postOps{AddInput{3}};
    if (relu)
        postOps.push_back(Unary{UnaryKind::Relu});
    const ValueId sum =
        b.node("layer", conv2d(1, 0, 1, postOps),
               {c, b.constant("ws", Shape{p.outputs, p.inputs, 1, 1}), b.constant("bs", Shape{p.outputs}), a});
    return coded ? b.build({sum, pointwise(b, "reader", sum, p.outputs, 8, {}, false)}) : b.build({sum});
}

bool wantsRow(const Pair& p) {
    return hasRowProduct() && p.samples * p.size == 1 && p.inputs % 16 == 0;
}

} // namespace

TEST_CASE("a layer of one sample and one position computes the codes of the exact sum") {
    useThreads(1);
    for (const Pair& p : {Pair{1, 1, 16, 8}, {1, 1, 64, 17}, {1, 1, 48, 100}, {1, 1, 20, 12}, {1, 1, 512, 70}})
        for (const PostOps& postOps : kActivations)
            for (const bool bias : {false, true})
                for (const bool nonNegative : {false, true}) {
                    INFO(p.inputs << " to " << p.outputs);
                    const Plan plan = checkInt8(quantized(twoLayers(p, postOps, bias, nonNegative), gridOptions(7)));
                    CHECK((stepOf(plan, "layer").kernel == kRow) == wantsRow(p));
                    CHECK(stepOf(plan, "layer").precision == "int8");
                    CHECK(stepOf(plan, "layer").outputs[0].type == "u8");
                    CHECK(stepOf(plan, "reader").outputs[0].type == "f32");
                }
}

TEST_CASE("a layer of one sample and one position adds a residual of any grid, or of floats") {
    useThreads(1);
    for (const bool asymmetric : {true, false})
        for (const bool coded : {true, false})
            for (const bool relu : {true, false}) {
                const Graph graph = residual({1, 1, 32, 40}, coded, relu);
                const Plan plan = checkInt8(quantized(graph, gridOptions(7, asymmetric)));
                CHECK(stepOf(plan, "layer").inputs.size() == 4);
                CHECK(stepOf(plan, "layer").precision == "int8");
                CHECK((stepOf(plan, "layer").kernel == kRow) ==
                      (hasRowProduct() && asymmetric)); // else its source is s8
            }
}

TEST_CASE("a fully connected layer of one sample computes the codes of the exact sum") {
    for (const int threads : {1, 2}) {
        useThreads(threads);
        GraphBuilder b;
        const ValueId x = b.input("x", {1, 16, 4, 4});
        const ValueId y = b.node(
            "layer", FullyConnected{{Unary{UnaryKind::Relu}}},
            {b.node("flat", Reshape{{0, -1}}, {x}), b.constant("w", Shape{190, 256}), b.constant("b", Shape{190})});
        const Plan plan =
            checkInt8(quantized(b.build({y, b.node("last", FullyConnected{}, {y, b.constant("v", Shape{7, 190})})})));
        CHECK((stepOf(plan, "layer").kernel == kRow) == hasRowProduct());
        CHECK(stepOf(plan, "last").kernel != kRow); // 190 inputs are no multiple of 16
    }
    useThreads(1);
}

TEST_CASE("the sums of packed weights are those of each output") {
    // [outputs / 8][inputs / 4][8][4]: the code tells where it belongs
    std::vector<std::byte> packed(16 * 16);
    for (size_t i = 0; i < packed.size(); ++i) {
        const size_t output = i / 128 * 8 + i / 4 % 8;
        packed[i] = static_cast<std::byte>(output < 11 ? static_cast<int8_t>(output) - 5 : 0);
    }
    const std::vector<int32_t> sums = rowWeightSums(16, 11, packed.data());
    for (int32_t output = 0; output < 11; ++output)
        CHECK(sums[static_cast<size_t>(output)] == 16 * (output - 5));
}

TEST_CASE("samples of few positions are one row to 1x1 convolutions, in both precisions") {
    for (const int threads : {1, 2}) {
        useThreads(threads);
        for (const Pair& p : {Pair{3, 1, 32, 24}, {16, 1, 64, 40}, {5, 2, 16, 17}, {4, 3, 24, 16}, {2, 4, 16, 16}}) {
            INFO(p.samples << " samples of " << p.size << " by " << p.size);
            for (const PostOps& postOps : kActivations) {
                const Graph graph = twoLayers(p, postOps, true, false);
                const Node& layer = graph.nodes().front();
                CHECK(takesOneRow(graph, layer, std::get<Conv>(layer.op)) == (p.size < 4));
                CHECK(!isReference(stepOf(checkFp32(graph), "layer")));
                CHECK(!isReference(stepOf(checkInt8(quantized(graph)), "layer")));
            }
            checkFp32(residual(p, true, true));
            checkInt8(quantized(residual(p, true, true)));
        }
    }
    useThreads(1);
}

TEST_CASE("only 1x1 convolutions that look at every position of several samples take them as one row") {
    const auto takes = [](const Shape& src, const Conv& op, int64_t kernel) {
        GraphBuilder b;
        const ValueId x = b.input("x", src);
        const Graph graph =
            b.build({b.node("c", op, {x, b.constant("w", Shape{8, src[1] / op.groups, kernel, kernel})})});
        return takesOneRow(graph, graph.nodes().front(), op);
    };
    CHECK(takes({2, 8, 3, 5}, conv2d(1, 0), 1));
    CHECK(!takes({1, 8, 3, 5}, conv2d(1, 0), 1));
    CHECK(!takes({2, 8, 4, 4}, conv2d(1, 0), 1));
    CHECK(!takes({2, 8, 3, 3}, conv2d(2, 0), 1));
    CHECK(!takes({2, 8, 3, 3}, conv2d(1, 1), 1));
    CHECK(!takes({2, 8, 3, 3}, conv2d(1, 1), 3));
    CHECK(!takes({2, 8, 3, 3}, conv2d(1, 0, 2), 1));
}

TEST_CASE("a normalization over a single position is one fast step on codes") {
    useThreads(1);
    for (const int64_t samples : {1, 3}) {
        GraphBuilder b;
        const ValueId a = pointwise(b, "a", b.input("x", {samples, 16, 1, 1}), 16, 24, {}, true);
        const ValueId y = b.batchNorm("n", a, 24);
        const Graph graph = b.build({pointwise(b, "c", y, 24, 8, {}, false), pointwise(b, "d", a, 24, 8, {}, false)});
        const Plan plan = checkInt8(quantized(graph));
        CHECK(stepOf(plan, "n").precision == "int8");
        CHECK(!isReference(stepOf(plan, "n")));
        CHECK(!isReference(stepOf(checkFp32(graph), "n")));
    }
}

TEST_CASE("with AVX2 the fp32 kernels of 1x1 and depthwise convolutions are generated for the whole layer") {
    if (machineInfo().isa != "AVX2")
        return;
    useThreads(1);
    GraphBuilder b;
    const ValueId x =
        b.node("pointwise", conv2d(1, 0), {b.input("x", {1, 16, 9, 9}), b.constant("w", Shape{32, 16, 1, 1})});
    const ValueId y = b.node("depthwise", conv2d(1, 1, 32), {x, b.constant("dw", Shape{32, 1, 3, 3})});
    const Graph graph = b.build({b.conv("dense", y, 32, 32)});
    const Plan plan = checkFp32(graph);
    CHECK(stepOf(plan, "pointwise").kernel == "jit_1x1:avx2");
    CHECK(stepOf(plan, "depthwise").kernel == "jit_dw:avx2");
    CHECK(stepOf(plan, "dense").outputs[0].layout == "nhwc");
    // On blocks of channels, as prefersBlocks() asks for with large tensors.
    for (NodeId id = 0; id < 2; ++id) {
        const ConvDesc desc = convDesc(graph, graph.node(id), std::get<Conv>(graph.node(id).op),
                                       {DataType::f32, DataType::f32, DataType::f32}, {}, true);
        CHECK(isBlocked(desc.dst_desc()));
        CHECK(std::string_view(desc.impl_info_str()).starts_with("jit"));
    }
}

TEST_CASE("blocks of channels suit depthwise networks whose tensors leave the caches") {
    const auto network = [](int64_t size, bool depthwise, bool dense) {
        GraphBuilder b;
        ValueId x = b.input("x", {1, 16, size, size});
        x = b.node("pointwise", conv2d(1, 0), {x, b.constant("w", Shape{32, 16, 1, 1})});
        if (depthwise)
            x = b.node("depthwise", conv2d(1, 1, 32), {x, b.constant("dw", Shape{32, 1, 3, 3})});
        return b.build({dense ? b.conv("dense", x, 32, 32) : x});
    };
    CHECK(!prefersBlocks(network(8, true, false)));
    CHECK(prefersBlocks(network(20000, true, false))); // 51 GB
    CHECK(!prefersBlocks(network(20000, false, false)));
    CHECK(!prefersBlocks(network(20000, true, true)));
}

TEST_CASE("a depthwise network computes the same for each sample of a large batch") {
    HALFTONE_REQUIRE_DATA(dir);
    useThreads(2);
    const ReadModel file = readModel(dir + "/onnx/mobilenet_v2_1.0_224_fp32.onnx");
    constexpr int64_t batch = 24;
    Plan many = compiled(runPasses(file.at(batch), standardPasses()));
    Plan one = compiled(runPasses(file.graph, standardPasses()));
    std::mt19937 random(3);
    std::uniform_real_distribution<float> spread(-1, 1);
    std::ranges::generate(many.input(0), [&] { return spread(random); });
    many.run();
    const size_t values = one.input(0).size(), scores = one.output(0).size();
    for (const size_t sample : {size_t{0}, size_t{11}, size_t{23}}) {
        std::copy_n(many.input(0).begin() + static_cast<std::ptrdiff_t>(sample * values), values, one.input(0).begin());
        one.run();
        for (size_t i = 0; i < scores; ++i)
            CHECK(std::abs(one.output(0)[i] - many.output(0)[sample * scores + i]) < 1e-5F);
    }
    useThreads(1);
}

TEST_CASE("1x1 convolutions keep to their result on every number of positions", "[pairs]") {
    useThreads(1);
    for (const int64_t positions : {27, 30, 33, 36, 48, 49}) {
        GraphBuilder b;
        const ValueId x = b.input("x", {1, 64, 3, positions / 3});
        const ValueId y = b.node("layer", conv2d(1, 0), {x, b.constant("w", Shape{64, 64, 1, 1})});
        const Plan plan = checkInt8(
            quantized(b.build({y, b.node("reader", conv2d(1, 0), {y, b.constant("v", Shape{8, 64, 1, 1})})})));
        if (positions != 30 && positions != 49)
            CHECK(stepOf(plan, "layer").kernel != "jit_1x1:avx512_core_amx");
    }
}
