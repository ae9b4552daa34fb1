// SPDX-License-Identifier: GPL-3.0-or-later
// TensorFlow Lite operators against loops over channels-last arrays.
#include "tests/core/formats/computed.h"
#include "tests/core/formats/model_maker.h"
#include "tests/core/formats/tflite_maker.h"
#include "tests/support/catch.h"
#include "tests/support/read_model.h"

#include <cmath>
#include <functional>

using namespace halftone;
using namespace halftone::test;

namespace {

constexpr int kAveragePool = 1, kConcat = 2, kConv = 3, kDepthwise = 4, kDequantize = 6, kFullyConnected = 9,
              kMaxPool = 17, kMul = 18, kRelu = 19, kReshape = 22, kSoftmax = 25, kPad = 34, kTranspose = 39,
              kMean = 40, kSqueeze = 43, kStridedSlice = 45, kSplit = 49, kReduceMax = 82, kPack = 83, kUnpack = 88,
              kAdd = 0, kL2Norm = 11, kBatchToSpace = 37, kSpaceToBatch = 38, kFakeQuant = 80, kQuantize = 114,
              kHardSwish = 117, kSlice = 65;

size_t product(const std::vector<int>& shape) {
    size_t count = 1;
    for (const int dim : shape)
        count *= static_cast<size_t>(dim);
    return count;
}

Shape wide(const std::vector<int>& shape) {
    return {shape.begin(), shape.end()};
}

Computed run(const std::string& bytes, const Tensor& x) {
    return compute(readBytes(bytes), x);
}

/// Element [n,h,w,c] of a channels-last array.
struct Nhwc {
    const std::vector<float>& values;
    std::vector<int> shape;
    double at(int n, int h, int w, int c) const {
        return values[((static_cast<size_t>(n) * shape[1] + h) * shape[2] + w) * shape[3] + c];
    }
    bool has(int h, int w) const { return h >= 0 && w >= 0 && h < shape[1] && w < shape[2]; }
};

/// One layer over an input x of `shape`: `make` adds it, reading tensor 0 and returning its outputs.
std::string oneLayer(const std::vector<int>& shape, const std::function<std::vector<int>(TfliteMaker&)>& make) {
    TfliteMaker maker;
    maker.tensor("x", shape);
    const std::vector<int> outputs = make(maker);
    return maker.bytes({0}, outputs);
}

} // namespace

TEST_CASE("TFLite: a convolution with padding SAME, a stride and relu6 computes what loops compute") {
    const std::vector<int> in{2, 6, 5, 3}, kernel{4, 3, 2, 3}, out{2, 3, 3, 4};
    const auto x = numbers(product(in)), w = numbers(product(kernel), 2), b = numbers(4, 3);
    TfliteMaker maker;
    maker.tensor("x", {1, 6, 5, 3});
    const int weights = maker.floats("w", kernel, w), bias = maker.floats("b", {4}, b);
    const int y = maker.tensor("y", {1, 3, 3, 4});
    maker.op(kConv, {0, weights, bias}, {y}, 1,
             tfl::CreateConv2D(maker.builder(), tfl::Padding::Same, 2, 2, tfl::Activation::Relu6));
    const Nhwc source{x, in};
    std::vector<double> wanted;
    for (int n = 0; n < 2; ++n)
        for (int oh = 0; oh < 3; ++oh)
            for (int ow = 0; ow < 3; ++ow)
                for (int oc = 0; oc < 4; ++oc) {
                    double sum = b[static_cast<size_t>(oc)];
                    for (int kh = 0; kh < 3; ++kh)
                        for (int kw = 0; kw < 2; ++kw)
                            for (int ic = 0; ic < 3; ++ic) {
                                // 6 high: 0 before and 1 behind; 5 wide: total max(0, 2*2+2-5) = 1, behind
                                const int h = oh * 2 + kh, v = ow * 2 + kw;
                                if (source.has(h, v))
                                    sum += source.at(n, h, v, ic) * Nhwc{w, kernel}.at(oc, kh, kw, ic);
                            }
                    wanted.push_back(std::min(std::max(sum, 0.0), 6.0));
                }
    checkEqual(run(maker.bytes({0}, {y}), Tensor::fromFloats(wide(in), x)).outputs[0], wide(out), wanted);
}

TEST_CASE("TFLite: a depthwise convolution makes several channels of each") {
    const std::vector<int> in{1, 4, 4, 3}, kernel{1, 3, 3, 6}, out{1, 4, 4, 6};
    const auto x = numbers(product(in)), w = numbers(product(kernel), 2);
    const std::string bytes = oneLayer(in, [&](TfliteMaker& maker) {
        const int weights = maker.floats("w", kernel, w), y = maker.tensor("y", out);
        maker.op(kDepthwise, {0, weights, kNoTensor}, {y}, 2,
                 tfl::CreateDepthwiseConv2D(maker.builder(), tfl::Padding::Same, 1, 1, 2, tfl::Activation::None, 2, 2));
        return std::vector<int>{y};
    });
    std::vector<double> wanted;
    for (int oh = 0; oh < 4; ++oh)
        for (int ow = 0; ow < 4; ++ow)
            for (int oc = 0; oc < 6; ++oc) {
                double sum = 0;
                for (int kh = 0; kh < 3; ++kh)
                    for (int kw = 0; kw < 3; ++kw) {
                        const int h = oh - 2 + 2 * kh, v = ow - 2 + 2 * kw;
                        if (Nhwc{x, in}.has(h, v))
                            sum += Nhwc{x, in}.at(0, h, v, oc / 2) * Nhwc{w, kernel}.at(0, kh, kw, oc);
                    }
                wanted.push_back(sum);
            }
    checkEqual(run(bytes, Tensor::fromFloats(wide(in), x)).outputs[0], wide(out), wanted);
}

namespace {

/// x [1,5,5,2] -> SPACE_TO_BATCH_ND by 2 -> convolution 3x3 -> BATCH_TO_SPACE_ND, with these crops.
std::string spreadConvolution(const std::vector<float>& w, const std::vector<int>& crops,
                              const std::vector<int>& blockBehind = {2, 2}, tfl::Padding padding = tfl::Padding::Valid,
                              bool end = true) {
    return oneLayer({1, 5, 5, 2}, [&](TfliteMaker& maker) {
        const int block = maker.integers("block", {2, 2}), behind = maker.integers("behind", blockBehind);
        const int paddings = maker.constant("paddings", {2, 2}, kInt32, std::vector<int>{2, 3, 2, 3}),
                  cut = maker.constant("crops", {2, 2}, kInt32, crops);
        const int apart = maker.tensor("apart", {4, 5, 5, 2}), convolved = maker.tensor("convolved", {4, 3, 3, 3}),
                  y = maker.tensor("y", {1, 5, 5, 3});
        const int weights = maker.floats("w", {3, 3, 3, 2}, w), bias = maker.floats("b", {3}, {1, 2, 3});
        maker.op(kSpaceToBatch, {0, block, paddings}, {apart});
        maker.op(kConv, {apart, weights, bias}, {convolved}, 1,
                 tfl::CreateConv2D(maker.builder(), padding, 1, 1, tfl::Activation::None));
        if (!end)
            return std::vector<int>{convolved};
        maker.op(kBatchToSpace, {convolved, behind, cut}, {y});
        return std::vector<int>{y};
    });
}

} // namespace

TEST_CASE("TFLite: a convolution between SPACE_TO_BATCH_ND and BATCH_TO_SPACE_ND is one with holes") {
    const std::vector<int> in{1, 5, 5, 2}, kernel{3, 3, 3, 2};
    const auto x = numbers(product(in)), w = numbers(product(kernel), 2);
    for (const int extra : {0, 1}) { // cut off one more row than the padding asks for
        std::vector<double> wanted;
        for (int oh = 0; oh < 5 - extra; ++oh)
            for (int ow = 0; ow < 5; ++ow)
                for (int oc = 0; oc < 3; ++oc) {
                    double sum = oc + 1;
                    for (int kh = 0; kh < 3; ++kh)
                        for (int kw = 0; kw < 3; ++kw)
                            for (int ic = 0; ic < 2; ++ic) {
                                const int h = oh - 2 + 2 * kh, v = ow - 2 + 2 * kw;
                                if (Nhwc{x, in}.has(h, v))
                                    sum += Nhwc{x, in}.at(0, h, v, ic) * Nhwc{w, kernel}.at(oc, kh, kw, ic);
                            }
                    wanted.push_back(sum);
                }
        const std::string bytes = spreadConvolution(w, {0, 1 + extra, 0, 1});
        checkEqual(run(bytes, Tensor::fromFloats(wide(in), x)).outputs[0], {1, 5 - extra, 5, 3}, wanted);
        const ReadModel file = readBytes(bytes);
        CHECK(std::ranges::none_of(file.graph.nodes(),
                                   [](const Node& node) { return std::holds_alternative<Slice>(node.op); }));
    }
}

TEST_CASE("TFLite: other layers between SPACE_TO_BATCH_ND and BATCH_TO_SPACE_ND are refused") {
    const auto w = numbers(54, 2);
    CHECK(refusalOfBytes(spreadConvolution(w, {0, 1, 0, 1}, {1, 2})).find("another block") != std::string::npos);
    CHECK(refusalOfBytes(spreadConvolution(w, {0, 1, 0, 1}, {2, 2}, tfl::Padding::Same)).find("padding") !=
          std::string::npos);
    CHECK(refusalOfBytes(spreadConvolution(w, {}, {2, 2}, tfl::Padding::Valid, false)).find("lies between") !=
          std::string::npos);
    const std::string between = oneLayer({1, 4, 4, 2}, [](TfliteMaker& maker) {
        const int block = maker.integers("block", {2, 2}),
                  paddings = maker.constant("paddings", {2, 2}, kInt32, std::vector<int>{0, 0, 0, 0});
        const int apart = maker.tensor("apart", {4, 2, 2, 2}), y = maker.tensor("y", {4, 2, 2, 2});
        maker.op(kSpaceToBatch, {0, block, paddings}, {apart});
        maker.op(kRelu, {apart}, {y});
        return std::vector<int>{y};
    });
    CHECK(refusalOfBytes(between).find("between SPACE_TO_BATCH_ND") != std::string::npos);
}

TEST_CASE("TFLite: FAKE_QUANT puts its result on the grid of its range") {
    const auto model = [](float min, float max, int bits, bool narrow) {
        return oneLayer({1, 4}, [&](TfliteMaker& maker) {
            const int y = maker.tensor("y", {1, 4});
            maker.op(kFakeQuant, {0}, {y}, 58, tfl::CreateFakeQuant(maker.builder(), min, max, bits, narrow));
            return std::vector<int>{y};
        });
    };
    const ReadModel file = readBytes(model(-1, 1.55F, 8, false));
    CHECK(file.alreadyQuantized);
    const auto grid = file.graph.value(file.graph.outputs.at(0)).quant;
    REQUIRE(grid);
    CHECK(grid->scale() == Approx(0.01F));
    CHECK(grid->zeroPoint() == 100);
    const Tensor x = Tensor::fromFloats({1, 4}, std::vector<float>{-3, 2, 0.5F, 99});
    checkEqual(run(model(0, 15, 4, false), x).outputs[0], {1, 4}, {0, 2, 0.5, 15}); // the grid itself is not evaluated
    CHECK(refusalOfBytes(model(1, 0, 8, false)).find("no grid") != std::string::npos);
}

TEST_CASE("TFLite: pools do not count padding, and one over everything is a global pool") {
    const std::vector<int> in{1, 3, 3, 2};
    const auto x = numbers(product(in));
    for (const bool average : {true, false}) {
        const std::string bytes = oneLayer(in, [&](TfliteMaker& maker) {
            const int y = maker.tensor("y", {1, 2, 2, 2});
            maker.op(average ? kAveragePool : kMaxPool, {0}, {y}, 5,
                     tfl::CreatePool2D(maker.builder(), tfl::Padding::Same, 2, 2, 2, 2));
            return std::vector<int>{y};
        });
        std::vector<double> wanted;
        for (int oh = 0; oh < 2; ++oh)
            for (int ow = 0; ow < 2; ++ow)
                for (int c = 0; c < 2; ++c) {
                    double sum = 0, largest = -10;
                    int count = 0;
                    for (int h = 2 * oh; h < std::min(2 * oh + 2, 3); ++h)
                        for (int w = 2 * ow; w < std::min(2 * ow + 2, 3); ++w) {
                            sum += Nhwc{x, in}.at(0, h, w, c);
                            largest = std::max(largest, Nhwc{x, in}.at(0, h, w, c));
                            ++count;
                        }
                    wanted.push_back(average ? sum / count : largest);
                }
        checkEqual(run(bytes, Tensor::fromFloats(wide(in), x)).outputs[0], {1, 2, 2, 2}, wanted);
    }
    const std::string bytes = oneLayer(in, [&](TfliteMaker& maker) {
        const int y = maker.tensor("y", {1, 1, 1, 2});
        maker.op(kAveragePool, {0}, {y}, 5, tfl::CreatePool2D(maker.builder(), tfl::Padding::Valid, 1, 1, 3, 3));
        return std::vector<int>{y};
    });
    CHECK(std::get<Pool>(nodeNamed(readBytes(bytes).graph, "y").op).global);
}

TEST_CASE("TFLite: a fully connected layer reads a feature map in the order height, width, channel") {
    const std::vector<int> in{2, 2, 3, 2};
    const auto x = numbers(product(in)), w = numbers(4 * 12, 2), b = numbers(4, 3);
    TfliteMaker maker;
    maker.tensor("x", {1, 2, 3, 2});
    const int relu = maker.tensor("r", {1, 2, 3, 2}), weights = maker.floats("w", {4, 12}, w),
              bias = maker.floats("b", {4}, b), y = maker.tensor("y", {1, 4});
    // A pool first, so that the feature map stands channels first in the graph.
    maker.op(kMaxPool, {0}, {relu}, 5, tfl::CreatePool2D(maker.builder(), tfl::Padding::Valid, 1, 1, 1, 1));
    maker.op(kFullyConnected, {relu, weights, bias}, {y}, 8, tfl::CreateFullyConnected(maker.builder()));
    std::vector<double> wanted;
    for (size_t n = 0; n < 2; ++n)
        for (size_t o = 0; o < 4; ++o) {
            double sum = b[o];
            for (size_t k = 0; k < 12; ++k)
                sum += x[n * 12 + k] * w[o * 12 + k];
            wanted.push_back(sum);
        }
    checkEqual(run(maker.bytes({0}, {y}), Tensor::fromFloats(wide(in), x)).outputs[0], {2, 4}, wanted);
}

TEST_CASE("TFLite: reductions, squeezes and softmax name the file's dimensions") {
    const std::vector<int> in{1, 2, 3, 4};
    const auto x = numbers(product(in));
    const Nhwc source{x, in};
    TfliteMaker maker;
    maker.tensor("x", in);
    const int pooled = maker.tensor("p", in), axis12 = maker.integers("a12", {1, 2}),
              axis3 = maker.integers("a3", {-1}), axis1 = maker.integers("a1", {1});
    maker.op(kMaxPool, {0}, {pooled}, 5, tfl::CreatePool2D(maker.builder(), tfl::Padding::Valid, 1, 1, 1, 1));
    const int mean = maker.tensor("mean", {1, 4}), kept = maker.tensor("kept", {1, 1, 1, 4}),
              squeezed = maker.tensor("squeezed", {1, 4}), largest = maker.tensor("largest", {1, 2, 3}),
              rows = maker.tensor("rows", {1, 3, 4}), soft = maker.tensor("soft", in);
    maker.op(kMean, {pooled, axis12}, {mean}, 27, tfl::CreateReducer(maker.builder(), false));
    maker.op(kMean, {pooled, axis12}, {kept}, 27, tfl::CreateReducer(maker.builder(), true));
    const std::vector<int> dims{1, 2};
    maker.op(kSqueeze, {kept}, {squeezed}, 30, tfl::CreateSqueezeDirect(maker.builder(), &dims));
    maker.op(kReduceMax, {pooled, axis3}, {largest}, 27, tfl::CreateReducer(maker.builder(), false));
    maker.op(kMean, {pooled, axis1}, {rows}, 27, tfl::CreateReducer(maker.builder(), false));
    maker.op(kSoftmax, {pooled}, {soft}, 9, tfl::CreateSoftmax(maker.builder(), 2));
    const Computed outputs =
        run(maker.bytes({0}, {mean, squeezed, largest, rows, soft}), Tensor::fromFloats(wide(in), x));
    std::vector<double> means(4, 0), maxima, rowMeans, softmax;
    for (int h = 0; h < 2; ++h)
        for (int w = 0; w < 3; ++w) {
            double top = -10, sum = 0;
            for (int c = 0; c < 4; ++c) {
                means[static_cast<size_t>(c)] += source.at(0, h, w, c) / 6;
                top = std::max(top, source.at(0, h, w, c));
                sum += std::exp(2 * source.at(0, h, w, c));
            }
            for (int c = 0; c < 4; ++c)
                softmax.push_back(std::exp(2 * source.at(0, h, w, c)) / sum);
            maxima.push_back(top);
        }
    for (int w = 0; w < 3; ++w)
        for (int c = 0; c < 4; ++c)
            rowMeans.push_back((source.at(0, 0, w, c) + source.at(0, 1, w, c)) / 2);
    checkEqual(outputs.outputs[0], {1, 4}, means);
    checkEqual(outputs.outputs[1], {1, 4}, means);
    checkEqual(outputs.outputs[2], {1, 2, 3}, maxima);
    checkEqual(outputs.outputs[3], {1, 3, 4}, rowMeans);
    checkEqual(outputs.outputs[4], wide(in), softmax);
}

TEST_CASE("TFLite: what moves, cuts and joins elements does so in the file's order") {
    const std::vector<int> in{1, 3, 2, 4};
    const auto x = numbers(product(in));
    const Nhwc source{x, in};
    TfliteMaker maker;
    maker.tensor("x", in);
    const int p = maker.tensor("p", in);
    maker.op(kMaxPool, {0}, {p}, 5, tfl::CreatePool2D(maker.builder(), tfl::Padding::Valid, 1, 1, 1, 1));

    const int pads = maker.constant<int>("pads", {4, 2}, kInt32, {0, 0, 0, 0, 0, 0, 1, 2}),
              padded = maker.tensor("pad", {1, 3, 2, 7});
    maker.op(kPad, {p, pads}, {padded});
    const int joined = maker.tensor("joined", {1, 3, 2, 8});
    maker.op(kConcat, {p, p}, {joined}, 10, tfl::CreateConcatenation(maker.builder(), -1));
    const int shape = maker.integers("shape", {1, 24}), flat = maker.tensor("flat", {1, 24});
    maker.op(kReshape, {p, shape}, {flat});
    const int order = maker.integers("order", {0, 3, 2, 1}), turned = maker.tensor("turned", {1, 4, 2, 3});
    maker.op(kTranspose, {p, order}, {turned});
    const int begin = maker.integers("begin", {0, -1, 0, 3}), end = maker.integers("end", {0, 0, 0, 0}),
              step = maker.integers("step", {1, 1, 1, -2}), sliced = maker.tensor("sliced", {1, 2, 2});
    maker.op(kStridedSlice, {p, begin, end, step}, {sliced}, 32,
             tfl::CreateStridedSlice(maker.builder(), 1, 1 | 4 | 8, 0, 0, 2));
    const int axis = maker.integers("axis", {3}), left = maker.tensor("left", {1, 3, 2, 2}),
              right = maker.tensor("right", {1, 3, 2, 2});
    maker.op(kSplit, {axis, p}, {left, right}, 35, tfl::CreateSplit(maker.builder(), 2));
    const int from = maker.integers("from", {0, 1, 0, 1}), size = maker.integers("size", {-1, 2, -1, 3}),
              part = maker.tensor("part", {1, 2, 2, 3});
    maker.op(kSlice, {p, from, size}, {part});
    const int u0 = maker.tensor("u0", {1, 3, 4}), u1 = maker.tensor("u1", {1, 3, 4}),
              packed = maker.tensor("packed", {1, 3, 4, 2});
    maker.op(kUnpack, {p}, {u0, u1}, 64, tfl::CreateUnpack(maker.builder(), 2, 2));
    maker.op(kPack, {u1, u0}, {packed}, 59, tfl::CreatePack(maker.builder(), 2, -1));

    const Computed outputs = run(maker.bytes({0}, {padded, joined, flat, turned, sliced, right, part, packed}),
                                 Tensor::fromFloats(wide(in), x));
    std::vector<double> pad, twice, transposed, last, second, cut, pair;
    for (int h = 0; h < 3; ++h)
        for (int w = 0; w < 2; ++w) {
            for (int c = -1; c < 6; ++c)
                pad.push_back(c < 0 || c > 3 ? 0 : source.at(0, h, w, c));
            for (int c = 0; c < 8; ++c)
                twice.push_back(source.at(0, h, w, c % 4));
            second.push_back(source.at(0, h, w, 2));
            second.push_back(source.at(0, h, w, 3));
            for (int c = 1; c < 4 && h > 0; ++c)
                cut.push_back(source.at(0, h, w, c));
        }
    for (int c = 0; c < 4; ++c)
        for (int w = 0; w < 2; ++w)
            for (int h = 0; h < 3; ++h)
                transposed.push_back(source.at(0, h, w, c));
    for (int w = 0; w < 2; ++w)
        for (const int c : {3, 1})
            last.push_back(source.at(0, 2, w, c));
    for (int h = 0; h < 3; ++h)
        for (int c = 0; c < 4; ++c)
            for (const int w : {1, 0})
                pair.push_back(source.at(0, h, w, c));
    checkEqual(outputs.outputs[0], {1, 3, 2, 7}, pad);
    checkEqual(outputs.outputs[1], {1, 3, 2, 8}, twice);
    checkEqual(outputs.outputs[2], {1, 24}, {x.begin(), x.end()});
    checkEqual(outputs.outputs[3], {1, 4, 2, 3}, transposed);
    checkEqual(outputs.outputs[4], {1, 2, 2}, last);
    checkEqual(outputs.outputs[5], {1, 3, 2, 2}, second);
    checkEqual(outputs.outputs[6], {1, 2, 2, 3}, cut);
    checkEqual(outputs.outputs[7], {1, 3, 4, 2}, pair);
}

TEST_CASE("TFLite: a strided slice passes over dimensions and adds new ones") {
    const std::vector<int> in{1, 3, 2, 4};
    const auto x = numbers(product(in));
    TfliteMaker maker;
    maker.tensor("x", in);
    const int p = maker.tensor("p", in), y = maker.tensor("y", {1, 3, 2, 2, 1});
    maker.op(kMaxPool, {0}, {p}, 5, tfl::CreatePool2D(maker.builder(), tfl::Padding::Valid, 1, 1, 1, 1));
    const int begin = maker.integers("begin", {0, 1, 0}), end = maker.integers("end", {0, 3, 0}),
              step = maker.integers("step", {1, 1, 1});
    maker.op(kStridedSlice, {p, begin, end, step}, {y}, 32, // x[..., 1:3, None]
             tfl::CreateStridedSlice(maker.builder(), 0, 0, 1, 4, 0));
    std::vector<double> wanted;
    for (size_t i = 0; i < x.size(); ++i)
        if (i % 4 == 1 || i % 4 == 2)
            wanted.push_back(x[i]);
    checkEqual(run(maker.bytes({0}, {y}), Tensor::fromFloats(wide(in), x)).outputs[0], {1, 3, 2, 2, 1}, wanted);
}

TEST_CASE("TFLite: element by element, with broadcasting along the file's last dimensions") {
    const std::vector<int> in{1, 2, 2, 3};
    const auto x = numbers(product(in)), perChannel = numbers(3, 2), perColumn = numbers(6, 3);
    TfliteMaker maker;
    maker.tensor("x", in);
    const int c = maker.floats("c", {3}, perChannel), w = maker.floats("w", {2, 3}, perColumn),
              p = maker.tensor("p", in), s = maker.tensor("s", in), m = maker.tensor("m", in),
              h = maker.tensor("h", in), n = maker.tensor("n", in);
    maker.op(kMaxPool, {0}, {p}, 5, tfl::CreatePool2D(maker.builder(), tfl::Padding::Valid, 1, 1, 1, 1));
    maker.op(kAdd, {p, c}, {s}, 11, tfl::CreateActivated(maker.builder(), tfl::Activation::Relu));
    maker.op(kMul, {w, s}, {m}, 21, tfl::CreateActivated(maker.builder()));
    maker.op(kHardSwish, {m}, {h});
    maker.op(kL2Norm, {h}, {n}, 12, tfl::CreateActivated(maker.builder()));
    std::vector<double> wanted;
    for (size_t position = 0; position < 4; ++position) {
        double length = 0;
        for (size_t channel = 0; channel < 3; ++channel) {
            const double sum = std::max(x[position * 3 + channel] + perChannel[channel], 0.0F);
            const double product = sum * perColumn[position % 2 * 3 + channel];
            wanted.push_back(product * std::clamp(product / 6 + 0.5, 0.0, 1.0));
            length += wanted.back() * wanted.back();
        }
        for (size_t channel = 0; channel < 3; ++channel)
            wanted[position * 3 + channel] /= std::sqrt(std::max(length, 1e-6));
    }
    checkEqual(run(maker.bytes({0}, {n}), Tensor::fromFloats(wide(in), x)).outputs[0], wide(in), wanted);
}

TEST_CASE("TFLite: codes are read as the real numbers that they mean, on grids") {
    TfliteMaker maker;
    const Quantized input{{0.5F}, {-1}}, perChannel{{0.25F, 0.125F}, {0, 0}, 0}, bias{{0.125F, 0.0625F}, {0, 0}, 0},
        output{{0.75F}, {3}};
    maker.tensor("x", {1, 2, 2, 2}, kInt8, input);
    const int w = maker.constant<int8_t>("w", {2, 1, 1, 2}, kInt8, {4, -8, 127, -127}, perChannel),
              b = maker.constant<int32_t>("b", {2}, kInt32, {8, -16}, bias),
              y = maker.tensor("y", {1, 2, 2, 2}, kInt8, output);
    maker.op(kConv, {0, w, b}, {y}, 1, tfl::CreateConv2D(maker.builder(), tfl::Padding::Valid, 1, 1));
    const ReadModel file = readBytes(maker.bytes({0}, {y}));
    CHECK(file.alreadyQuantized);
    CHECK(file.format == "TensorFlow Lite 3");
    CHECK(file.operators == std::map<std::string, int>{{"CONV_2D", 1}});
    const Graph& graph = file.graph;
    const Value& x = graph.value(graph.inputs.at(0));
    CHECK(x.type == ElementType::F32);
    CHECK(x.quant == QuantParams{ElementType::S8, {0.5F}, {-1}, std::nullopt});
    const Node& conv = nodeNamed(graph, "y");
    const Value& weights = graph.value(conv.inputs[1]);
    CHECK(weights.shape == Shape{2, 2, 1, 1});
    CHECK(weights.constant->toFloats() == std::vector<float>{1, -2, 15.875, -15.875});
    CHECK(weights.quant == QuantParams{ElementType::S8, {0.25F, 0.125F}, {0, 0}, 0});
    CHECK(graph.value(conv.inputs[2]).constant->toFloats() == std::vector<float>{1, -1});
    CHECK(graph.value(conv.outputs[0]).quant == QuantParams{ElementType::S8, {0.75F}, {3}, std::nullopt});
    REQUIRE(file.diagnostics.size() == 2);
    CHECK(file.diagnostics[0].code == "quantized-input");
    CHECK(file.diagnostics[0].message.find("(code +1) * 0.5, -63.5 to 64") != std::string::npos);
    CHECK(file.diagnostics[1].code == "quantized-output");
}

TEST_CASE("TFLite: weights of a depthwise convolution keep their scales along the channels") {
    const std::string bytes = oneLayer({1, 2, 2, 2}, [&](TfliteMaker& maker) {
        const Quantized perChannel{{2, 3}, {0, 0}, 3};
        const int w = maker.constant<int8_t>("w", {1, 2, 1, 2}, kInt8, {1, 2, 3, 4}, perChannel),
                  y = maker.tensor("y", {1, 1, 2, 2});
        maker.op(kDepthwise, {0, w}, {y}, 2, tfl::CreateDepthwiseConv2D(maker.builder(), tfl::Padding::Valid, 1, 1, 1));
        return std::vector<int>{y};
    });
    const Graph graph = readBytes(bytes).graph;
    const Value& weights = graph.value(nodeNamed(graph, "y").inputs[1]);
    CHECK(weights.shape == Shape{2, 1, 2, 1});
    CHECK(weights.constant->toFloats() == std::vector<float>{2, 6, 6, 12});
    CHECK(weights.quant->axis == 0);
    CHECK(weights.quant->scales == std::vector<float>{2, 3});
}

TEST_CASE("TFLite: u8 weights have a zero point, and weights of 16 bits stand behind DEQUANTIZE") {
    TfliteMaker maker;
    maker.tensor("x", {1, 2});
    const int w8 = maker.constant<uint8_t>("w8", {1, 2}, kUint8, {130, 126}, Quantized{{0.5F}, {128}}),
              w16 = maker.constant<uint16_t>("w16", {1, 1}, kFloat16, {0x4200}), // 3.0
        w = maker.tensor("w", {1, 1}), a = maker.tensor("a", {1, 1}), y = maker.tensor("y", {1, 1});
    maker.op(kFullyConnected, {0, w8}, {a}, 8, tfl::CreateFullyConnected(maker.builder()));
    maker.op(kDequantize, {w16}, {w});
    maker.op(kFullyConnected, {a, w}, {y}, 8, tfl::CreateFullyConnected(maker.builder()));
    const Computed outputs = run(maker.bytes({0}, {y}), Tensor::fromFloats({1, 2}, std::vector<float>{5, 3}));
    checkEqual(outputs.outputs[0], {1, 1}, {6});
    CHECK(outputs.graph.value(nodeNamed(outputs.graph, "a").inputs[1]).quant->zeroPoint() == 128);
}

TEST_CASE("TFLite: QUANTIZE changes the grid and nothing else") {
    TfliteMaker maker;
    maker.tensor("x", {1, 4}, kUint8, Quantized{{0.5F}, {128}});
    const int q = maker.tensor("q", {1, 4}, kInt8, Quantized{{0.25F}, {-1}}), y = maker.tensor("y", {1, 4});
    maker.op(kQuantize, {0}, {q});
    maker.op(kDequantize, {q}, {y});
    const Graph graph = readBytes(maker.bytes({0}, {y})).graph;
    CHECK(std::holds_alternative<Identity>(nodeNamed(graph, "q").op));
    CHECK(graph.value(nodeNamed(graph, "q").outputs[0]).quant->scale() == 0.25F);
    CHECK_FALSE(graph.value(graph.outputs[0]).quant);
}

TEST_CASE("TFLite: unknown, custom and half-known operators are named") {
    const auto refusal = [](const std::function<void(TfliteMaker&, int)>& make) {
        TfliteMaker maker;
        maker.tensor("x", {1, 4});
        const int y = maker.tensor("y", {1, 4});
        make(maker, y);
        const ReadModel file = readBytes(maker.bytes({0}, {y}));
        try {
            refuseUnsupported(file);
        } catch (const Error& error) {
            return std::string(name(error.code())) + ": " + error.message();
        }
        return std::string("read");
    };
    CHECK_REFUSAL(refusal([](TfliteMaker& maker, int y) { maker.op(10, {0}, {y}); }), "unsupported",
                  "HASHTABLE_LOOKUP (layer y)");
    CHECK_REFUSAL(refusal([](TfliteMaker& maker, int y) { maker.op(4000, {0}, {y}); }), "unsupported", "number 4000");
    CHECK_REFUSAL(refusal([](TfliteMaker& maker, int y) { maker.custom("Sinh\n", {0}, {y}); }), "unsupported", "Sinh");
    CHECK_REFUSAL(refusal([](TfliteMaker& maker, int y) {
                      maker.op(kAdd, {0, 0}, {y}, 11, tfl::CreateActivated(maker.builder(), tfl::Activation::SignBit));
                  }),
                  "unsupported", "ADD with the activation SIGN_BIT");
}
