// SPDX-License-Identifier: GPL-3.0-or-later
// TensorFlow Lite operators that resize, look up, compare or repeat, and transposed convolutions.
#include "tests/core/formats/computed.h"
#include "tests/core/formats/model_maker.h"
#include "tests/core/formats/tflite_maker.h"

#include <cmath>
#include <cstring>

using namespace halftone;
using namespace halftone::test;

namespace {

constexpr int kDepthToSpace = 5, kMaxPool = 17, kResizeBilinear = 23, kSpaceToDepth = 26, kGather = 36, kPRelu = 54,
              kArgMax = 56, kLess = 58, kTransposeConv = 67, kSelect = 64, kTile = 69, kShape = 77, kLrn = 13,
              kResizeNearest = 97;

/// x of `shape` -> MAX_POOL_2D of one element, so that it stands channels first in the graph -> what `make` adds.
template <class Make> std::string behindPool(const std::vector<int>& shape, const Make& make) {
    TfliteMaker maker;
    maker.tensor("x", shape);
    const int pool = maker.tensor("pool", shape);
    maker.op(kMaxPool, {0}, {pool}, 5, tfl::CreatePool2D(maker.builder(), tfl::Padding::Valid, 1, 1, 1, 1));
    return maker.bytes({0}, {make(maker, pool)});
}

/// One row of pixels of one channel, resized to `size`.
std::vector<float> resized(int code, const std::vector<float>& row, int size, bool alignCorners, bool halfPixel) {
    const int width = static_cast<int>(row.size());
    const std::string bytes = behindPool({1, 1, width, 1}, [&](TfliteMaker& maker, int x) {
        const int to = maker.integers("to", {1, size}), y = maker.tensor("y", {1, 1, size, 1});
        if (code == kResizeBilinear)
            maker.op(code, {x, to}, {y}, 15, tfl::CreateResizeBilinear(maker.builder(), 0, 0, alignCorners, halfPixel));
        else
            maker.op(code, {x, to}, {y}, 74,
                     tfl::CreateResizeNearestNeighbor(maker.builder(), alignCorners, halfPixel));
        return y;
    });
    return compute(readBytes(bytes), Tensor::fromFloats({1, 1, width, 1}, row)).outputs[0].toFloats();
}

} // namespace

TEST_CASE("TFLite: pixels are resized by each rule for coordinates") {
    const std::vector<float> row{0, 10, 20, 30};
    CHECK(resized(kResizeBilinear, row, 8, false, false) == std::vector<float>{0, 5, 10, 15, 20, 25, 30, 30});
    CHECK(resized(kResizeBilinear, row, 8, false, true) == std::vector<float>{0, 2.5, 7.5, 12.5, 17.5, 22.5, 27.5, 30});
    CHECK(resized(kResizeBilinear, row, 7, true, false) == std::vector<float>{0, 5, 10, 15, 20, 25, 30});
    CHECK(resized(kResizeNearest, row, 8, false, false) == std::vector<float>{0, 0, 10, 10, 20, 20, 30, 30});
    CHECK(resized(kResizeNearest, row, 3, false, true) == std::vector<float>{0, 20, 30}); // 0.67, 2, 3.33
    CHECK(resized(kResizeNearest, row, 7, true, false) == std::vector<float>{0, 10, 10, 20, 20, 30, 30});
}

TEST_CASE("TFLite: a transposed convolution spreads its input, and the padding cuts the result") {
    // One channel in, two out, along the width: y[o] += x[i] * w at o = 2 i + k - before.
    const std::vector<float> x{1, 10, 100}, w{1, 2, 3, 4, 5, 6}; // kernel of 3 for each of two channels
    for (const bool same : {true, false}) {
        const int size = same ? 6 : 7;
        const std::string bytes = behindPool({1, 1, 3, 1}, [&](TfliteMaker& maker, int in) {
            const int shape = maker.integers("shape", {1, 1, size, 2}), weights = maker.floats("w", {2, 1, 3, 1}, w),
                      bias = maker.floats("b", {2}, {0.5F, 0.25F}), y = maker.tensor("y", {1, 1, size, 2});
            maker.op(kTransposeConv, {shape, weights, in, bias}, {y}, 49,
                     tfl::CreateTransposeConv(maker.builder(), same ? tfl::Padding::Same : tfl::Padding::Valid, 2, 1));
            return y;
        });
        std::vector<double> wanted;
        for (int o = 0; o < size; ++o)
            for (int c = 0; c < 2; ++c) {
                double sum = c == 0 ? 0.5 : 0.25;
                for (int i = 0; i < 3; ++i)
                    for (int k = 0; k < 3; ++k)
                        if (2 * i + k == o) // SAME cuts one position, behind
                            sum += x[static_cast<size_t>(i)] * w[static_cast<size_t>(c * 3 + k)];
                wanted.push_back(sum);
            }
        checkEqual(compute(readBytes(bytes), Tensor::fromFloats({1, 1, 3, 1}, x)).outputs[0], {1, 1, size, 2}, wanted);
    }
}

TEST_CASE("TFLite: MediaPipe's transposed convolution is read by its name") {
    const std::string bytes = behindPool({1, 1, 2, 1}, [&](TfliteMaker& maker, int in) {
        const int weights = maker.floats("w", {1, 1, 2, 1}, {1, 2}), bias = maker.floats("b", {1}, {0.5F}),
                  y = maker.tensor("y", {1, 1, 4, 1});
        const std::vector<int32_t> settings{1, 2, 1}; // SAME, 2 along the width
        std::vector<uint8_t> options(12);
        std::memcpy(options.data(), settings.data(), 12);
        maker.custom("Convolution2DTransposeBias", {in, weights, bias}, {y}, options);
        return y;
    });
    checkEqual(compute(readBytes(bytes), Tensor::fromFloats({1, 1, 2, 1}, std::vector<float>{3, 5})).outputs[0],
               {1, 1, 4, 1}, {3.5, 6.5, 5.5, 10.5});
}

TEST_CASE("TFLite: blocks of channels become pixels and back") {
    // 8 channels: block row, block column, channel.
    std::vector<float> x(8);
    for (size_t i = 0; i < 8; ++i)
        x[i] = static_cast<float>(i);
    const std::string apart = behindPool({1, 1, 1, 8}, [&](TfliteMaker& maker, int in) {
        const int y = maker.tensor("y", {1, 2, 2, 2});
        maker.op(kDepthToSpace, {in}, {y}, 94, tfl::CreateBlockSize(maker.builder(), 2));
        return y;
    });
    checkEqual(compute(readBytes(apart), Tensor::fromFloats({1, 1, 1, 8}, x)).outputs[0], {1, 2, 2, 2},
               {0, 1, 2, 3, 4, 5, 6, 7});
    const auto picture = numbers(2 * 4 * 3);
    const std::string both = behindPool({1, 2, 4, 3}, [&](TfliteMaker& maker, int in) {
        const int deep = maker.tensor("deep", {1, 1, 2, 12}), y = maker.tensor("y", {1, 2, 4, 3});
        maker.op(kSpaceToDepth, {in}, {deep}, 19, tfl::CreateBlockSize(maker.builder(), 2));
        maker.op(kDepthToSpace, {deep}, {y}, 94, tfl::CreateBlockSize(maker.builder(), 2));
        return y;
    });
    checkEqual(compute(readBytes(both), Tensor::fromFloats({1, 2, 4, 3}, picture)).outputs[0], {1, 2, 4, 3},
               {picture.begin(), picture.end()});
}

TEST_CASE("TFLite: slopes and comparisons broadcast along the last dimensions") {
    const std::string bytes = behindPool({1, 1, 2, 2}, [&](TfliteMaker& maker, int in) {
        const int slopes = maker.floats("slopes", {1, 1, 2}, {0.5F, 0.25F}), soft = maker.tensor("soft", {1, 1, 2, 2}),
                  limit = maker.floats("limit", {2}, {-1, 3}), less = maker.tensor("less", {1, 1, 2, 2}, 6),
                  y = maker.tensor("y", {1, 1, 2, 2});
        maker.op(kPRelu, {in, slopes}, {soft});
        maker.op(kLess, {soft, limit}, {less});
        maker.op(kSelect, {less, soft, in}, {y});
        return y;
    });
    // soft: -2, -1, 6, 4; below -1 and 3: yes, yes, no, no
    checkEqual(compute(readBytes(bytes), Tensor::fromFloats({1, 1, 2, 2}, std::vector<float>{-4, -4, 6, 4})).outputs[0],
               {1, 1, 2, 2}, {-2, -1, 6, 4});
}

TEST_CASE("TFLite: look-ups, repeats and positions name the file's dimensions") {
    const std::string bytes = behindPool({1, 2, 1, 3}, [&](TfliteMaker& maker, int in) {
        const int indices = maker.integers("i", {2, 0}), picked = maker.tensor("picked", {1, 2, 1, 2}),
                  repeats = maker.integers("r", {1, 1, 2, 1}), y = maker.tensor("y", {1, 2, 2, 2});
        maker.op(kGather, {in, indices}, {picked}, 23, tfl::CreateGather(maker.builder(), 3));
        maker.op(kTile, {picked, repeats}, {y});
        return y;
    });
    checkEqual(
        compute(readBytes(bytes), Tensor::fromFloats({1, 2, 1, 3}, std::vector<float>{1, 2, 3, 4, 5, 6})).outputs[0],
        {1, 2, 2, 2}, {3, 1, 3, 1, 6, 4, 6, 4});
    const std::string largest = behindPool({1, 2, 1, 3}, [&](TfliteMaker& maker, int in) {
        const int axis = maker.integers("axis", {3}), y = maker.tensor("y", {1, 2, 1}, kInt32);
        maker.op(kArgMax, {in, axis}, {y}, 40, tfl::CreateArgReduce(maker.builder(), kInt32));
        return y;
    });
    checkEqual(
        compute(readBytes(largest), Tensor::fromFloats({1, 2, 1, 3}, std::vector<float>{1, 7, 3, 4, 5, 6})).outputs[0],
        {1, 2, 1}, {1, 2});
}

TEST_CASE("TFLite: local response normalization does not divide by the number of channels") {
    const std::string bytes = behindPool({1, 1, 1, 3}, [&](TfliteMaker& maker, int in) {
        const int y = maker.tensor("y", {1, 1, 1, 3});
        maker.op(kLrn, {in}, {y}, 13, tfl::CreateLocalResponseNormalization(maker.builder(), 1, 2, 0.5F, 0.75F));
        return y;
    });
    const auto wanted = [](double x, double sum) { return x / std::pow(2 + 0.5 * sum, 0.75); };
    checkEqual(compute(readBytes(bytes), Tensor::fromFloats({1, 1, 1, 3}, std::vector<float>{1, 2, 3})).outputs[0],
               {1, 1, 1, 3}, {wanted(1, 5), wanted(2, 14), wanted(3, 13)});
}
