// SPDX-License-Identifier: GPL-3.0-or-later
// OpenVINO operators against loops and formulas.
#include "tests/core/formats/computed.h"
#include "tests/core/formats/ir_maker.h"
#include "tests/support/catch.h"
#include "tests/support/read_model.h"

#include <cmath>
#include <functional>

using namespace halftone;
using namespace halftone::test;

namespace {

Tensor floats(const Shape& shape, const std::vector<float>& values) {
    return Tensor::fromFloats(shape, values);
}

std::vector<Tensor> run(const IrMaker& maker, const Tensor& x) {
    return compute(readIr(maker), x).outputs;
}

/// One layer over an input x, with constants behind it.
std::vector<float> layerOn(const std::string& type, const std::string& data, const std::vector<float>& x,
                           const std::function<std::vector<int>(IrMaker&)>& constants = {}) {
    IrMaker maker;
    std::vector<int> inputs{maker.parameter("x", std::to_string(x.size()))};
    for (const int constant : constants ? constants(maker) : std::vector<int>{})
        inputs.push_back(constant);
    maker.result(maker.layer("y", type, data, inputs));
    return run(maker, floats({static_cast<int64_t>(x.size())}, x))[0].toFloats();
}

} // namespace

TEST_CASE("OpenVINO: auto_pad counts, and the pads in the file do not") {
    for (const std::string mode : {"same_upper", "same_lower", "valid", "explicit"}) {
        INFO(mode);
        IrMaker maker;
        const int x = maker.parameter("x", "1,1,4,4");
        const int w = maker.floats("w", "1,1,3,3", std::vector<float>(9, 1));
        maker.result(maker.layer("y", "Convolution",
                                 "strides=\"2, 2\" dilations=\"1,1\" pads_begin=\"0,0\" pads_end=\"1,1\" auto_pad=\"" +
                                     mode + "\"",
                                 {x, w}));
        const auto conv = std::get<Conv>(nodeNamed(readIr(maker).graph, "y").op);
        CHECK(conv.pads == (mode == "same_upper"   ? Pads{0, 0, 1, 1}
                            : mode == "same_lower" ? Pads{1, 1, 0, 0}
                            : mode == "valid"      ? Pads{0, 0, 0, 0}
                                                   : Pads{0, 0, 1, 1}));
        CHECK(conv.strides == std::vector<int64_t>{2, 2});
    }
}

TEST_CASE("OpenVINO: groups stand in a dimension of their own") {
    IrMaker maker;
    const auto weights = numbers(2 * 3 * 2, 2), x = numbers(2 * 4 * 2);
    const int in = maker.parameter("x", "?,4,1,2"), w = maker.floats("w", "2,3,2,1,1", weights),
              bias = maker.floats("b", "1,6,1,1", {1, 2, 3, 4, 5, 6});
    const int conv = maker.layer("c", "GroupConvolution",
                                 "strides=\"1,1\" dilations=\"1.0,1.0\" pads_begin=\"0,0\" pads_end=\"0,0\"", {in, w});
    maker.result(maker.layer("y", "Add", "auto_broadcast=\"numpy\"", {conv, bias}));
    std::vector<double> wanted;
    for (size_t n = 0; n < 2; ++n)
        for (size_t o = 0; o < 6; ++o)
            for (size_t p = 0; p < 2; ++p) {
                double sum = static_cast<double>(o) + 1;
                for (size_t i = 0; i < 2; ++i)
                    sum += weights[o * 2 + i] * x[(n * 4 + o / 3 * 2 + i) * 2 + p];
                wanted.push_back(sum);
            }
    checkEqual(run(maker, floats({2, 4, 1, 2}, x))[0], {2, 6, 1, 2}, wanted);
}

TEST_CASE("OpenVINO: ports are told by their order, not by their ids") {
    IrMaker maker;
    const int x = maker.parameter("x", "1,4"), axis = maker.integers("axis", {1});
    const int split = maker.layer("s", "Split", "num_splits=\"2\"", {x, axis}, 2);
    maker.result(split, 1);
    maker.result(split, 0);
    const auto outputs = run(maker, floats({1, 4}, {1, 2, 3, 4}));
    checkEqual(outputs[0], {1, 2}, {3, 4});
    checkEqual(outputs[1], {1, 2}, {1, 2});
}

TEST_CASE("OpenVINO: matrix products with either side transposed") {
    const auto a = numbers(6), b = numbers(12, 2);
    for (const bool transA : {false, true})
        for (const bool transB : {false, true}) {
            IrMaker maker;
            const int x = maker.parameter("x", transA ? "3,2" : "2,3");
            const int w = maker.floats("w", transB ? "4,3" : "3,4", b);
            maker.result(maker.layer("y", "MatMul",
                                     std::string("transpose_a=\"") + (transA ? "true" : "false") + "\" transpose_b=\"" +
                                         (transB ? "true" : "false") + "\"",
                                     {x, w}));
            std::vector<double> wanted;
            for (size_t i = 0; i < 2; ++i)
                for (size_t j = 0; j < 4; ++j) {
                    double sum = 0;
                    for (size_t k = 0; k < 3; ++k)
                        sum +=
                            static_cast<double>(a[transA ? k * 2 + i : i * 3 + k]) * b[transB ? j * 3 + k : k * 4 + j];
                    wanted.push_back(sum);
                }
            checkEqual(run(maker, floats(transA ? Shape{3, 2} : Shape{2, 3}, a))[0], {2, 4}, wanted);
        }
}

TEST_CASE("OpenVINO: products of whole numbers are whole numbers") {
    IrMaker maker;
    const int x = maker.parameter("x", "1,2"), whole = maker.layer("i", "Convert", "destination_type=\"i32\"", {x}),
              w = maker.constant<int32_t>("w", "i32", "2,2", {3, -4, 200, 100}),
              y = maker.layer("y", "MatMul", "transpose_b=\"true\"", {whole, w});
    maker.result(y);
    const Tensor result = run(maker, floats({1, 2}, {7, 5}))[0];
    CHECK(result.type == ElementType::S32);
    checkEqual(result, {1, 2}, {1, 1900});
}

TEST_CASE("OpenVINO: pools round up where asked, and count padding where asked") {
    for (const std::string exclude : {"true", "false"}) {
        IrMaker maker;
        const int x = maker.parameter("x", "1,1,1,4");
        maker.result(maker.layer("y", "AvgPool",
                                 "kernel=\"1,3\" strides=\"1,3\" pads_begin=\"0,1\" pads_end=\"0,1\" exclude-pad=\"" +
                                     exclude + "\" rounding_type=\"floor\"",
                                 {x}));
        checkEqual(run(maker, floats({1, 1, 1, 4}, {1, 2, 3, 4}))[0], {1, 1, 1, 2},
                   exclude == "true" ? std::vector<double>{1.5, 3.5} : std::vector<double>{1, 7.0 / 3});
    }
    IrMaker maker;
    const int x = maker.parameter("x", "1,1,1,4");
    maker.result(maker.layer(
        "y", "MaxPool", "kernel=\"1,3\" strides=\"1,2\" pads_begin=\"0,0\" pads_end=\"0,0\" rounding_type=\"ceil\"",
        {x}, 2, "opset8"));
    checkEqual(run(maker, floats({1, 1, 1, 4}, {1, 5, 3, 4}))[0], {1, 1, 1, 2}, {5, 4});
}

TEST_CASE("OpenVINO: activations by their formulas") {
    const std::vector<float> x{-4, -1, -0.25F, 0, 0.5F, 2, 7};
    const auto check = [&](const std::vector<float>& actual, const std::function<double(double)>& formula) {
        for (size_t i = 0; i < x.size(); ++i)
            CHECK(actual.at(i) == Approx(formula(x[i])).margin(1e-5));
    };
    check(layerOn("Clamp", "min=\"-0.5\" max=\"6\"", x), [](double v) { return std::clamp(v, -0.5, 6.0); });
    check(layerOn("ReLU", "", x), [](double v) { return std::max(v, 0.0); });
    check(layerOn("Elu", "alpha=\"0.5\"", x), [](double v) { return v < 0 ? 0.5 * (std::exp(v) - 1) : v; });
    check(layerOn("HSwish", "", x), [](double v) { return v * std::clamp(v + 3, 0.0, 6.0) / 6; });
    check(layerOn("HSigmoid", "", x), [](double v) { return std::clamp(v + 3, 0.0, 6.0) / 6; });
    check(layerOn("Swish", "", x), [](double v) { return v / (1 + std::exp(-v)); });
    check(layerOn("Swish", "", x, [](IrMaker& maker) { return std::vector<int>{maker.floats("beta", "", {2})}; }),
          [](double v) { return v / (1 + std::exp(-2 * v)); });
    check(layerOn("PReLU", "", x, [](IrMaker& maker) { return std::vector<int>{maker.floats("slope", "1", {0.25F})}; }),
          [](double v) { return v < 0 ? 0.25 * v : v; });
}

TEST_CASE("OpenVINO: slopes of a PReLU belong to the channels") {
    IrMaker maker;
    const int x = maker.parameter("x", "1,2,1,2"), slopes = maker.floats("slopes", "2", {0.5F, 0.25F});
    maker.result(maker.layer("y", "PReLU", "", {x, slopes}));
    checkEqual(run(maker, floats({1, 2, 1, 2}, {-4, 4, -8, 8}))[0], {1, 2, 1, 2}, {-2, 4, -2, 8});
}

TEST_CASE("OpenVINO: strided slices take a 1 in a mask as the natural end") {
    IrMaker maker;
    const int x = maker.parameter("x", "1,3,4"), begin = maker.integers("begin", {7, 1, -1}),
              end = maker.integers("end", {7, 2, 0}), step = maker.integers("step", {1, 1, -2});
    maker.result(
        maker.layer("y", "StridedSlice",
                    "begin_mask=\"1, 0, 0\" end_mask=\"1, 0, 1\" new_axis_mask=\"\" shrink_axis_mask=\"0,1,0\" "
                    "ellipsis_mask=\"0\"",
                    {x, begin, end, step}));
    checkEqual(run(maker, floats({1, 3, 4}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}))[0], {1, 2}, {7, 5});
}

TEST_CASE("OpenVINO: shapes with zeros copy, without them they keep the batch open") {
    IrMaker maker;
    const int x = maker.parameter("x", "-1,2,3"), copied = maker.integers("s", {0, -1}),
              shuffled = maker.layer("c", "ShuffleChannels", "axis=\"1\" group=\"2\"", {x});
    maker.result(maker.layer("y", "Reshape", "special_zero=\"true\"", {shuffled, copied}));
    CHECK(run(maker, floats({5, 2, 3}, numbers(30)))[0].shape == Shape{5, 6});
}

TEST_CASE("OpenVINO: 8-bit weights behind Convert, Subtract and Multiply are real numbers on their grid") {
    IrMaker maker;
    const int x = maker.parameter("x", "1,2,1,1"),
              codes = maker.constant<int8_t>("w", "i8", "3,2,1,1", {1, -2, 3, 4, -127, 127});
    const int real = maker.layer("real", "Convert", "destination_type=\"f32\"", {codes});
    const int zero = maker.constant<int8_t>("z", "i8", "3,1,1,1", {0, 1, 0}),
              zeroReal = maker.layer("zreal", "Convert", "destination_type=\"f32\"", {zero}),
              moved = maker.layer("moved", "Subtract", "", {real, zeroReal});
    const int scale = maker.constant<uint16_t>("s", "f16", "3,1,1,1", {0x3800, 0x4000, 0x3400}), // 0.5, 2, 0.25
        scaleReal = maker.layer("sreal", "Convert", "destination_type=\"f32\"", {scale}),
              weights = maker.layer("weights", "Multiply", "", {moved, scaleReal});
    maker.result(maker.layer("y", "Convolution",
                             "strides=\"1,1\" dilations=\"1,1\" pads_begin=\"0,0\" pads_end=\"0,0\"", {x, weights}));
    const ReadModel file = readIr(maker);
    CHECK(file.alreadyQuantized);
    const Value& w = file.graph.value(nodeNamed(file.graph, "y").inputs[1]);
    CHECK(w.constant->toFloats() == std::vector<float>{0.5F, -1, 4, 6, -31.75F, 31.75F});
    CHECK(w.quant == QuantParams{ElementType::S8, {0.5F, 2, 0.25F}, {0, 1, 0}, 0});
}

TEST_CASE("OpenVINO: scales of grouped weights follow them into one dimension") {
    const auto gridOf = [](const std::string& scaleShape, const std::vector<float>& scales) {
        IrMaker maker;
        const int x = maker.parameter("x", "1,2,1,1"),
                  codes = maker.constant<int8_t>("w", "i8", "2,2,1,1,1", {1, 2, 3, 4});
        const int real = maker.layer("real", "Convert", "destination_type=\"f32\"", {codes}),
                  scale = maker.floats("s", scaleShape, scales),
                  weights = maker.layer("weights", "Multiply", "", {real, scale});
        maker.result(maker.layer("y", "GroupConvolution",
                                 "strides=\"1,1\" dilations=\"1,1\" pads_begin=\"0,0\" pads_end=\"0,0\"",
                                 {x, weights}));
        const Graph graph = readIr(maker).graph;
        return graph.value(nodeNamed(graph, "y").inputs[1]).quant.value();
    };
    CHECK(gridOf("2,2,1,1,1", {1, 2, 3, 4}).scales == std::vector<float>{1, 2, 3, 4});
    CHECK(gridOf("2,1,1,1,1", {1, 2}).scales == std::vector<float>{1, 1, 2, 2});
    CHECK(gridOf("", {0.5F}) == QuantParams{ElementType::S8, {0.5F}, {0}, std::nullopt});
}

namespace {

/// x -> FakeQuantize -> y.
IrMaker fakeQuantize(int levels, float il, float ih, float ol, float oh) {
    IrMaker maker;
    const int x = maker.parameter("x", "1,4");
    std::vector<int> inputs{x};
    int number = 0;
    for (const float limit : {il, ih, ol, oh})
        inputs.push_back(maker.floats("limit" + std::to_string(number++), "", {limit}));
    maker.result(maker.layer("y", "FakeQuantize", "levels=\"" + std::to_string(levels) + "\"", inputs));
    return maker;
}

std::optional<QuantParams> gridBehind(const IrMaker& maker) {
    const Graph graph = readIr(maker).graph;
    return graph.value(graph.outputs.at(0)).quant;
}

} // namespace

TEST_CASE("OpenVINO: FakeQuantize on an activation puts it on a grid") {
    CHECK(gridBehind(fakeQuantize(256, 0, 51, 0, 51)) == QuantParams{ElementType::U8, {0.2F}, {0}, std::nullopt});
    CHECK(gridBehind(fakeQuantize(256, -1.28F, 1.27F, -1.28F, 1.27F))->storage == ElementType::S8);
    CHECK(gridBehind(fakeQuantize(256, -1.28F, 1.27F, -1.28F, 1.27F))->zeroPoint() == 0);
    CHECK(gridBehind(fakeQuantize(255, -1.27F, 1.27F, -1.27F, 1.27F))->storage == ElementType::S8);
    const auto shifted = gridBehind(fakeQuantize(256, -1, 1.55F, -1, 1.55F));
    CHECK(shifted->storage == ElementType::U8);
    CHECK(shifted->zeroPoint() == 100);
    CHECK(shifted->scale() == Approx(0.01F));
    const IrMaker cut = fakeQuantize(16, 0, 15, 0, 15);
    CHECK(gridBehind(cut) == QuantParams{ElementType::U8, {1}, {0}, std::nullopt});
    CHECK(run(cut, floats({1, 4}, {-3, 2, 15, 99}))[0].toFloats() == std::vector<float>{0, 2, 15, 15});
}

TEST_CASE("OpenVINO: FakeQuantize that is no 8-bit grid says so") {
    const ReadModel file = readIr(fakeQuantize(65536, -1, 1, -1, 1));
    REQUIRE(file.diagnostics.size() == 1);
    CHECK(file.diagnostics[0].code == "no-8-bit-grid");
    CHECK(file.diagnostics[0].message.find("65536 levels") != std::string::npos);
    CHECK(readIr(fakeQuantize(256, 0.5F, 3, 0.5F, 3)).diagnostics.size() == 1); // zero is not among them
    CHECK_REFUSAL(refusalOfIr(fakeQuantize(4, 1, 2, 1, 2)), "unsupported", "4 levels");
    CHECK_REFUSAL(refusalOfIr(fakeQuantize(256, 1, 1, 0, 1)), "unsupported", "empty range");
    CHECK_REFUSAL(refusalOfIr(fakeQuantize(1, 0, 1, 0, 1)), "bad-input", "1 levels");
}

TEST_CASE("OpenVINO: FakeQuantize may move the range while it rounds") {
    const IrMaker maker = fakeQuantize(256, 0, 255, -10, 245);
    CHECK(gridBehind(maker) == QuantParams{ElementType::U8, {1}, {10}, std::nullopt});
    CHECK(run(maker, floats({1, 4}, {0, 10, 20, 255}))[0].toFloats() == std::vector<float>{-10, 0, 10, 245});
}

namespace {

/// x [1,3,1,2] -> FakeQuantize with limits for each channel -> y.
IrMaker channelFakeQuantize(int levels, const std::vector<float>& il, const std::vector<float>& ih,
                            const std::vector<float>& ol, const std::vector<float>& oh) {
    IrMaker maker;
    const int x = maker.parameter("x", "1,3,1,2");
    std::vector<int> inputs{x};
    int number = 0;
    for (const auto& limit : {il, ih, ol, oh})
        inputs.push_back(
            maker.floats("limit" + std::to_string(number++), limit.size() == 1 ? "1,1,1,1" : "1,3,1,1", limit));
    maker.result(maker.layer("y", "FakeQuantize", "levels=\"" + std::to_string(levels) + "\"", inputs));
    return maker;
}

} // namespace

TEST_CASE("OpenVINO: FakeQuantize with limits for each channel is a grid for each channel") {
    const IrMaker unsignedOnes = channelFakeQuantize(256, {0}, {51, 25.5F, 255}, {0}, {51, 25.5F, 255});
    CHECK(gridBehind(unsignedOnes) == QuantParams{ElementType::U8, {0.2F, 0.1F, 1}, {0, 0, 0}, 1});
    const ReadModel file = readIr(unsignedOnes);
    CHECK(file.alreadyQuantized);
    CHECK(file.diagnostics.empty());
    const auto signedOnes = gridBehind(channelFakeQuantize(256, {-1.28F, -128, -12.8F}, {1.27F, 127, 12.7F},
                                                           {-1.28F, -128, -12.8F}, {1.27F, 127, 12.7F}));
    REQUIRE(signedOnes);
    CHECK(signedOnes->storage == ElementType::S8);
    CHECK(signedOnes->zeroPoints == std::vector<int32_t>{0, 0, 0});
    // One of them asymmetric: all are unsigned.
    const auto mixed = gridBehind(
        channelFakeQuantize(256, {-1.28F, -1, 0}, {1.27F, 1.55F, 255}, {-1.28F, -1, 0}, {1.27F, 1.55F, 255}));
    REQUIRE(mixed);
    CHECK(mixed->storage == ElementType::U8);
    CHECK(mixed->zeroPoints == std::vector<int32_t>{128, 100, 0});
}

TEST_CASE("OpenVINO: channels that are cut to fewer codes, to zero or moved compute what the file says") {
    const Tensor x = floats({1, 3, 1, 2}, {-3, 99, 0.4F, 7, 2, 300});
    const IrMaker cut = channelFakeQuantize(16, {0}, {15, 30, 15}, {0}, {15, 30, 15});
    CHECK(run(cut, x)[0].toFloats() == std::vector<float>{0, 15, 0.4F, 7, 2, 15});
    const IrMaker zeros = channelFakeQuantize(256, {0}, {255, 0, 255}, {0}, {255, 0, 255});
    CHECK(run(zeros, x)[0].toFloats() == std::vector<float>{0, 99, 0, 0, 2, 255});
    const IrMaker moved = channelFakeQuantize(256, {0}, {255, 510, 255}, {-10, 0, 0}, {245, 255, 255});
    CHECK(gridBehind(moved) == QuantParams{ElementType::U8, {1, 1, 1}, {10, 0, 0}, 1});
    CHECK(run(moved, x)[0].toFloats() == std::vector<float>{-13, 89, 0.2F, 3.5F, 2, 300}); // the grid cuts
    CHECK_REFUSAL(refusalOfIr(channelFakeQuantize(256, {0, 1, 0}, {1}, {0}, {1})), "unsupported", "empty range");
}

TEST_CASE("OpenVINO: the first Interpolate scales as OpenVINO's own translation to version 4 does") {
    const auto resized = [](const std::string& data, const std::string& shape, const std::vector<int64_t>& sizes,
                            const Tensor& x) {
        IrMaker maker;
        const int in = maker.parameter("x", shape), to = maker.integers("to", sizes);
        maker.result(maker.layer("y", "Interpolate", data, {in, to}));
        return run(maker, x)[0].toFloats();
    };
    const Tensor row = floats({1, 1, 1, 2}, {0, 6});
    CHECK(resized("axes=\"2,3\" mode=\"linear\"", "1,1,1,2", {1, 4}, row) == std::vector<float>{0, 2, 4, 6});
    CHECK(resized("axes=\"2,3\" mode=\"linear\" align_corners=\"0\"", "1,1,1,2", {1, 4}, row) ==
          std::vector<float>{0, 3, 6, 6});
    CHECK(resized("axes=\"3\" mode=\"linear\" align_corners=\"false\"", "1,1,1,2", {4}, row) ==
          std::vector<float>{0, 1.5F, 4.5F, 6}); // not a picture: centres of pixels
    CHECK(resized("axes=\"2,3\" mode=\"nearest\" align_corners=\"0\"", "1,1,1,2", {1, 4}, row) ==
          std::vector<float>{0, 0, 6, 6});
    CHECK(resized("axes=\"2,3\" mode=\"nearest\" align_corners=\"0\"", "1,1,1,5", {1, 2},
                  floats({1, 1, 1, 5}, {0, 1, 2, 3, 4})) == std::vector<float>{0, 3}); // 2.5 upwards
    IrMaker area;
    const int x = area.parameter("x", "1,1,1,2"), to = area.integers("to", {1, 4});
    area.result(area.layer("y", "Interpolate", "axes=\"2,3\" mode=\"area\"", {x, to}));
    CHECK_REFUSAL(refusalOfIr(area), "unsupported", "mode area");
}

TEST_CASE("OpenVINO: the last Interpolate takes sizes or scales as one operand") {
    const std::string common = "mode=\"linear\" coordinate_transformation_mode=\"asymmetric\" shape_calculation_mode=";
    const Tensor row = floats({1, 1, 1, 2}, {0, 6});
    IrMaker bySizes;
    const int x = bySizes.parameter("x", "1,1,1,2"), sizes = bySizes.integers("sizes", {4}),
              axes = bySizes.integers("axes", {3});
    bySizes.result(bySizes.layer("y", "Interpolate", common + "\"sizes\"", {x, sizes, axes}, 1, "opset11"));
    CHECK(run(bySizes, row)[0].toFloats() == std::vector<float>{0, 3, 6, 6});
    IrMaker byScales;
    const int z = byScales.parameter("x", "1,1,1,2"), scales = byScales.floats("scales", "4", {1, 1, 1, 2});
    byScales.result(byScales.layer("y", "Interpolate", common + "\"scales\"", {z, scales}, 1, "opset11"));
    CHECK(run(byScales, row)[0].toFloats() == std::vector<float>{0, 3, 6, 6});
}

TEST_CASE("OpenVINO: TopK gives the largest or smallest values and their positions") {
    const auto maker = [](const std::string& mode, int64_t count) {
        IrMaker maker;
        const int x = maker.parameter("x", "2,3"), k = maker.integers("k", {count});
        const int top = maker.layer("y", "TopK", "axis=\"-1\" mode=\"" + mode + "\" sort=\"none\"", {x, k}, 2);
        maker.result(top);
        maker.result(top, 1);
        return maker;
    };
    const Tensor x = floats({2, 3}, {1, 5, 3, -2, -7, -4});
    checkEqual(run(maker("max", 1), x)[0], {2, 1}, {5, -2});
    checkEqual(run(maker("max", 1), x)[1], {2, 1}, {1, 0});
    checkEqual(run(maker("min", 1), x)[0], {2, 1}, {1, -7});
    checkEqual(run(maker("max", 2), x)[0], {2, 2}, {5, 3, -2, -4});
    CHECK_REFUSAL(refusalOfIr(maker("most", 2)), "bad-input", "mode");
}

TEST_CASE("OpenVINO: FakeQuantize on weights rounds steps from the lower limit, halves to even, and keeps the grid of "
          "each channel") {
    IrMaker maker;
    const int x = maker.parameter("x", "1,1,1,1"),
              w = maker.floats("w", "2,1,1,4", {0.5F, 1.5F, -300, 300, 0.25F, -0.75F, 1, 63.5F});
    const auto limits = [&](const std::string& name, float sign) {
        return maker.floats(name, "2,1,1,1", {sign * 127, sign * 63.5F});
    };
    const int il = limits("il", -1), ih = limits("ih", 1), ol = limits("ol", -1), oh = limits("oh", 1);
    const int fq = maker.layer("fq", "FakeQuantize", "levels=\"255\"", {w, il, ih, ol, oh});
    maker.result(maker.layer("y", "Convolution",
                             "strides=\"1,1\" dilations=\"1,1\" pads_begin=\"0,0\" pads_end=\"0,3\"", {x, fq}));
    const Graph graph = readIr(maker).graph;
    const Value& weights = graph.value(nodeNamed(graph, "y").inputs[1]);
    CHECK(weights.constant->toFloats() == std::vector<float>{1, 1, -127, 127, 0.5F, -0.5F, 1, 63.5F});
    CHECK(weights.quant == QuantParams{ElementType::S8, {1, 0.5F}, {0, 0}, 0});
}
