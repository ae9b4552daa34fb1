// SPDX-License-Identifier: GPL-3.0-or-later
// TensorFlow Lite operators that find, mark, replace, sort or add up elements.
#include "tests/core/formats/computed.h"
#include "tests/core/formats/model_maker.h"
#include "tests/core/formats/tflite_maker.h"

using namespace halftone;
using namespace halftone::test;

namespace {

constexpr int kEmbeddingLookup = 7, kGather = 36, kTopK = 48, kOneHot = 85, kReduceAny = 91, kZerosLike = 93,
              kFill = 94, kRange = 96, kReverse = 105, kGatherNd = 107, kWhere = 109, kRank = 110, kScatterNd = 122,
              kMirrorPad = 100, kCumSum = 128, kAdd = 0, kGreater = 61, kCast = 53;

/// x of `shape` and what `make` adds to it, which returns the outputs.
template <class Make> Computed layer(const std::vector<int>& shape, const std::vector<float>& x, const Make& make) {
    TfliteMaker maker;
    const int in = maker.tensor("x", shape);
    const std::vector<int> outputs = make(maker, in);
    return compute(readBytes(maker.bytes({0}, outputs)), Tensor::fromFloats({shape.begin(), shape.end()}, x));
}

} // namespace

TEST_CASE("TFLite: sums up to each element, in both directions") {
    for (const bool reverse : {false, true}) {
        const auto result = layer({2, 3}, {1, 2, 3, 4, 5, 6}, [&](TfliteMaker& maker, int x) {
            const int axis = maker.constant("axis", {}, kInt32, std::vector<int>{1}), y = maker.tensor("y", {2, 3});
            maker.op(kCumSum, {x, axis}, {y}, 102, tfl::CreateCumSum(maker.builder(), reverse, reverse));
            return std::vector<int>{y};
        });
        checkEqual(result.outputs[0], {2, 3},
                   reverse ? std::vector<double>{5, 3, 0, 11, 6, 0} : std::vector<double>{1, 3, 6, 4, 9, 15});
    }
}

TEST_CASE("TFLite: elements are found and placed by positions") {
    const std::vector<float> x{0, 1, 2, 3, 4, 5};
    const auto found = layer({2, 3}, x, [](TfliteMaker& maker, int in) {
        const int indices = maker.constant("i", {2, 2}, kInt32, std::vector<int>{1, 2, 0, 1}),
                  y = maker.tensor("y", {2});
        maker.op(kGatherNd, {in, indices}, {y});
        return std::vector<int>{y};
    });
    checkEqual(found.outputs[0], {2}, {5, 1});
    const auto placed = layer({3}, {1, 2, 4}, [](TfliteMaker& maker, int in) {
        const int indices = maker.constant("i", {3, 1}, kInt32, std::vector<int>{3, 1, 3}),
                  shape = maker.integers("shape", {5}), y = maker.tensor("y", {5});
        maker.op(kScatterNd, {indices, in, shape}, {y});
        return std::vector<int>{y};
    });
    checkEqual(placed.outputs[0], {5}, {0, 2, 0, 5, 0});
    const auto rows = layer({2, 3}, x, [](TfliteMaker& maker, int in) {
        const int indices = maker.integers("i", {1, 1, 0}), y = maker.tensor("y", {3, 3});
        maker.op(kEmbeddingLookup, {indices, in}, {y});
        return std::vector<int>{y};
    });
    checkEqual(rows.outputs[0], {3, 3}, {3, 4, 5, 3, 4, 5, 0, 1, 2});
}

TEST_CASE("TFLite: GATHER looks up for each element of a batch") {
    for (const int axis : {1, 2}) {
        const std::vector<int> shape = axis == 1 ? std::vector<int>{2, 3} : std::vector<int>{2, 2, 3};
        const auto x = numbers(axis == 1 ? 6 : 12);
        const auto result = layer(shape, x, [&](TfliteMaker& maker, int in) {
            const int indices = maker.constant("i", {2, 2}, kInt32, std::vector<int>{2, 0, 1, 1}),
                      y = maker.tensor("y", axis == 1 ? std::vector<int>{2, 2} : std::vector<int>{2, 2, 2});
            maker.op(kGather, {in, indices}, {y}, 23, tfl::CreateGather(maker.builder(), axis, 1));
            return std::vector<int>{y};
        });
        if (axis == 1)
            checkEqual(result.outputs[0], {2, 2}, {x[2], x[0], x[4], x[4]});
        else
            checkEqual(result.outputs[0], {2, 2, 2}, {x[2], x[0], x[5], x[3], x[7], x[7], x[10], x[10]});
    }
}

TEST_CASE("TFLite: the largest values and where they stand, positions as marks") {
    const auto top = layer({2, 3}, {1, 5, 3, -2, -7, -4}, [](TfliteMaker& maker, int x) {
        const int k = maker.constant("k", {}, kInt32, std::vector<int>{2}), values = maker.tensor("v", {2, 2}),
                  places = maker.tensor("p", {2, 2}, kInt32);
        maker.op(kTopK, {x, k}, {values, places});
        return std::vector<int>{values, places};
    });
    checkEqual(top.outputs[0], {2, 2}, {5, 3, -2, -4});
    checkEqual(top.outputs[1], {2, 2}, {1, 2, 0, 2});
    CHECK(top.outputs[1].type == ElementType::S32);
    const auto marks = layer({2}, {2, -1}, [](TfliteMaker& maker, int x) {
        const int whole = maker.tensor("whole", {2}, kInt32),
                  depth = maker.constant("d", {}, kInt32, std::vector<int>{3}), on = maker.floats("on", {}, {4}),
                  off = maker.floats("off", {}, {0.5F}), y = maker.tensor("y", {2, 3});
        maker.op(kCast, {x}, {whole});
        maker.op(kOneHot, {whole, depth, on, off}, {y}, 61, tfl::CreateOneHot(maker.builder(), -1));
        return std::vector<int>{y};
    });
    checkEqual(marks.outputs[0], {2, 3}, {0.5, 0.5, 4, 0.5, 0.5, 0.5});
}

TEST_CASE("TFLite: tensors that follow from constants and shapes alone") {
    const auto result = layer({2, 2}, {1, 2, 3, 4}, [](TfliteMaker& maker, int x) {
        const int start = maker.constant("start", {}, kInt32, std::vector<int>{1}),
                  end = maker.constant("end", {}, kInt32, std::vector<int>{6}),
                  step = maker.constant("step", {}, kInt32, std::vector<int>{2}),
                  range = maker.tensor("range", {3}, kInt32);
        maker.op(kRange, {start, end, step}, {range});
        const int marks = maker.constant("marks", {2, 2}, kBool, std::vector<uint8_t>{0, 1, 1, 0}),
                  places = maker.tensor("places", {2, 2});
        maker.op(kWhere, {marks}, {places});
        const int rank = maker.tensor("rank", {}, kInt32), zeros = maker.tensor("zeros", {2, 2});
        maker.op(kRank, {x}, {rank});
        maker.op(kZerosLike, {x}, {zeros});
        const int shape = maker.integers("shape", {2, 2}), seven = maker.floats("seven", {}, {7}),
                  filled = maker.tensor("filled", {2, 2}), y = maker.tensor("y", {2, 2});
        maker.op(kFill, {shape, seven}, {filled});
        const int both = maker.tensor("both", {2, 2});
        maker.op(kAdd, {zeros, filled}, {both});
        maker.op(kAdd, {x, both}, {y});
        return std::vector<int>{y, range, places, rank};
    });
    checkEqual(result.outputs[0], {2, 2}, {8, 9, 10, 11});
    checkEqual(result.outputs[1], {3}, {1, 3, 5});
    checkEqual(result.outputs[2], {2, 2}, {0, 1, 1, 0});
    checkEqual(result.outputs[3], {}, {2});
}

TEST_CASE("TFLite: elements in reversed order, and whether any is true") {
    const auto result = layer({2, 3}, {0, 1, 2, 3, 4, 5}, [](TfliteMaker& maker, int x) {
        const int axis = maker.integers("axis", {1}), y = maker.tensor("y", {2, 3});
        maker.op(kReverse, {x, axis}, {y});
        const int limit = maker.floats("limit", {}, {2.5F}), above = maker.tensor("above", {2, 3}, kBool),
                  any = maker.tensor("any", {2}, kBool);
        maker.op(kGreater, {x, limit}, {above});
        maker.op(kReduceAny, {above, axis}, {any}, 27, tfl::CreateReducer(maker.builder(), false));
        return std::vector<int>{y, any};
    });
    checkEqual(result.outputs[0], {2, 3}, {2, 1, 0, 5, 4, 3});
    checkEqual(result.outputs[1], {2}, {0, 1});
    CHECK(result.outputs[1].type == ElementType::Bool);
}

TEST_CASE("TFLite: a symmetric MIRROR_PAD mirrors the edges, too") {
    const auto result = layer({1, 2, 3, 1}, {1, 2, 3, 4, 5, 6}, [](TfliteMaker& maker, int x) {
        const int pads = maker.constant("pads", {4, 2}, kInt32, std::vector<int>{0, 0, 0, 1, 2, 0, 0, 0}),
                  y = maker.tensor("y", {1, 3, 5, 1});
        maker.op(kMirrorPad, {x, pads}, {y}, 77, tfl::CreateMirrorPad(maker.builder(), 1));
        return std::vector<int>{y};
    });
    checkEqual(result.outputs[0], {1, 3, 5, 1}, {2, 1, 1, 2, 3, 5, 4, 4, 5, 6, 5, 4, 4, 5, 6});
}
