// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/core/graph/nodes.h"

using namespace halftone;
using namespace halftone::test;

namespace {

constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
constexpr int64_t kLeast = std::numeric_limits<int64_t>::min();
using Dims = std::vector<int64_t>;

struct Good {
    Op op;
    std::vector<Shape> operands;
    Shape result;
};

struct Bad {
    Op op;
    std::vector<Shape> operands;
    std::string cause; // must be in the message
    ErrorCode code = ErrorCode::BadInput;
};

void check(const Good& c) {
    const Graph graph = graphOf(c.op, c.operands);
    INFO(opName(c.op) << " of " << Catch::Detail::stringify(c.operands));
    const Graph inferred = infer(graph);
    CHECK(inferred.value(inferred.outputs[0]).shape == c.result);
    CHECK(inferred.value(inferred.outputs[0]).type == ElementType::F32);
}

void check(const Bad& c) {
    const Graph graph = graphOf(c.op, c.operands);
    INFO(opName(c.op) << " of " << Catch::Detail::stringify(c.operands));
    const Failure failure = failureOf([&] { infer(graph); });
    INFO(failure.message);
    CHECK(failure.code == c.code);
    CHECK(failure.mentions("Layer \"layer\" (" + opName(c.op) + "): "));
    CHECK(failure.mentions(c.cause));
}

Conv conv2d(int64_t stride, int64_t pad, int64_t dilation = 1, int64_t groups = 1, PostOps postOps = {}) {
    return {{stride, stride}, {dilation, dilation}, {pad, pad, pad, pad}, groups, std::move(postOps)};
}

Pool maxPool(Dims kernel, Dims strides, Pads pads, bool ceilMode = false, Dims dilations = {}) {
    if (dilations.empty())
        dilations.assign(kernel.size(), 1);
    return {PoolKind::Max,        false,           std::move(kernel), std::move(strides),
            std::move(dilations), std::move(pads), ceilMode};
}

} // namespace

TEST_CASE("convolutions have the shapes of well-known layers") {
    check(Good{conv2d(2, 3), {{1, 3, 224, 224}, {64, 3, 7, 7}, {64}}, {1, 64, 112, 112}});
    check(Good{conv2d(1, 1), {{8, 64, 56, 56}, {64, 64, 3, 3}}, {8, 64, 56, 56}});
    check(Good{conv2d(2, 1, 1, 32), {{1, 32, 112, 112}, {32, 1, 3, 3}, {32}}, {1, 32, 56, 56}});
    check(Good{conv2d(1, 4, 4), {{1, 2, 9, 9}, {5, 2, 3, 3}}, {1, 5, 9, 9}});
    check(Good{Conv{{2}, {3}, {1, 0}, 1, {}}, {{1, 1, 10}, {4, 1, 3}}, {1, 4, 3}});
    check(Good{Conv{{1, 2, 3}, {1, 1, 1}, {0, 0, 0, 1, 1, 1}, 2, {}},
               {{2, 4, 3, 5, 8}, {6, 2, 2, 3, 3}, {6}},
               {2, 6, 3, 2, 3}});
    check(Good{conv2d(1, 0), {{0, 3, 4, 4}, {2, 3, 1, 1}}, {0, 2, 4, 4}});
    check(Good{conv2d(3, 0), {{1, 1, 3, 3}, {1, 1, 3, 3}}, {1, 1, 1, 1}});
}

TEST_CASE("convolutions that contradict themselves are refused") {
    const Shape x = {1, 4, 8, 8}, w = {6, 4, 3, 3};
    check(Bad{conv2d(0, 1), {x, w}, "its stride is 0"});
    check(Bad{conv2d(-1, 1), {x, w}, "its stride is -1"});
    check(Bad{conv2d(1, 1, 0), {x, w}, "its dilation is 0"});
    check(Bad{conv2d(1, -1), {x, w}, "its padding is -1"});
    check(Bad{conv2d(1, 1, 1, 0), {x, w}, "0 groups"});
    check(Bad{conv2d(1, 1, 1, 3), {x, w}, "3 groups do not divide its 4 input and 6 output channels"});
    check(Bad{conv2d(1, 1, 1, 4), {x, {6, 1, 3, 3}}, "4 groups do not divide"});
    check(Bad{conv2d(1, 1, 1, 2), {x, w}, "its weights are for 4 channels a group and its input has 2"});
    check(Bad{conv2d(1, 0), {x, {6, 4, 9, 9}}, "spans 9 elements and its padded input has only 8"});
    check(Bad{conv2d(1, 0, 4), {x, w}, "spans 9 elements"});
    check(Bad{conv2d(1, 0), {x, {6, 4, 0, 3}}, "its kernel size is 0"});
    check(Bad{conv2d(1, 1), {x, w, {5}}, "its bias has the shape 5 instead of 6"});
    check(Bad{conv2d(1, 1), {x, w, {1, 6}}, "its bias has the shape 1x6"});
    check(Bad{conv2d(1, 1), {x, {6, 36}}, "its weights has the shape 6x36"});
    check(Bad{conv2d(1, 1), {{4, 8}, w}, "its input has the shape 4x8"});
    check(Bad{conv2d(1, 1), {{1, 2, 3, 4, 5, 6}, w}, "its input has the shape"});
    check(Bad{conv2d(1, 1), {x}, "it has 1 inputs and takes 2 to 3"});
    check(Bad{conv2d(1, 1), {}, "it has 0 inputs"});
    check(Bad{conv2d(1, 1), {x, w, {6}, {6}}, "it has 4 inputs"});
    check(Bad{Conv{{1}, {1, 1}, {0, 0, 0, 0}, 1, {}}, {x, w}, "it has 1 strides where its input needs 2"});
    check(Bad{Conv{{1, 1}, {}, {0, 0, 0, 0}, 1, {}}, {x, w}, "it has 0 dilations"});
    check(Bad{Conv{{1, 1}, {1, 1}, {0, 0}, 1, {}}, {x, w}, "it has 2 pads where its input needs 4"});
    check(Bad{conv2d(1, kMost), {x, w}, "overflows"});
    check(Bad{conv2d(1, 0, kMost), {x, w}, "overflows"});
    check(Bad{conv2d(1, int64_t{1} << 31), {x, w}, "more than 2^40 elements", ErrorCode::Limit});
}

TEST_CASE("a fused addition must fit the result") {
    const Shape x = {1, 4, 8, 8}, w = {6, 4, 3, 3}, y = {1, 6, 8, 8};
    check(Good{conv2d(1, 1, 1, 1, {AddInput{3}, Unary{}}), {x, w, {6}, y}, y});
    check(Bad{conv2d(1, 1, 1, 1, {AddInput{3}}), {x, w, {6}, {1, 6, 1, 1}}, "adds f32 1x6x1x1 to f32 1x6x8x8"});
    check(Bad{conv2d(1, 1, 1, 1, {AddInput{2}}), {x, w, {6}, y}, "input 2, which is an operand of the layer itself"});
    check(Bad{conv2d(1, 1, 1, 1, {AddInput{-1}}), {x, w, {6}, y}, "input -1"});
    check(Bad{conv2d(1, 1, 1, 1, {AddInput{4}}), {x, w, {6}, y}, "input 4) is missing"});
}

TEST_CASE("pooling has the shapes of well-known layers") {
    check(Good{maxPool({3, 3}, {2, 2}, {1, 1, 1, 1}), {{1, 64, 112, 112}}, {1, 64, 56, 56}});
    check(Good{maxPool({3, 3}, {2, 2}, {0, 0, 0, 0}, true), {{1, 64, 112, 112}}, {1, 64, 56, 56}}); // SqueezeNet
    check(Good{maxPool({3, 3}, {2, 2}, {0, 0, 0, 0}), {{1, 64, 112, 112}}, {1, 64, 55, 55}});
    check(Good{maxPool({2}, {2}, {0, 0}, true), {{1, 1, 5}}, {1, 1, 3}});
    check(Good{maxPool({2}, {1}, {0, 0}, false, {3}), {{1, 1, 5}}, {1, 1, 2}});
    check(Good{Pool{PoolKind::AverageExcludePad, true, {}, {}, {}, {}, false}, {{2, 512, 7, 5}}, {2, 512, 1, 1}});
}

TEST_CASE("in ceil mode a window that would start in the padding at the end is dropped") {
    check(Good{maxPool({1}, {2}, {0, 1}, true), {{1, 1, 4}}, {1, 1, 2}}); // starts at 0, 2; not at 4
    check(Good{maxPool({2}, {2}, {1, 1}, true), {{1, 1, 4}}, {1, 1, 3}});
    check(Good{maxPool({2}, {3}, {1, 1}, true), {{1, 1, 2}}, {1, 1, 1}}); // a second one would start at 3 of 1+2
    check(Good{maxPool({2}, {3}, {1, 1}, true), {{1, 1, 3}}, {1, 1, 2}});
    check(Good{maxPool({2}, {kMost / 2}, {kMost / 4, 1}, true), {{1, 1, 4}}, {1, 1, 1}});
}

TEST_CASE("positions of a window agree with the formula of ONNX") {
    Random random(2);
    int checked = 0;
    for (int i = 0; i < 2000; ++i) {
        const int64_t size = random.integer(1, 12), kernel = random.integer(1, 4), stride = random.integer(1, 4),
                      dilation = random.integer(1, 3), begin = random.integer(0, 3), end = random.integer(0, 3);
        const bool ceilMode = random.integer(0, 1) == 1;
        const int64_t extent = (kernel - 1) * dilation + 1, padded = size + begin + end;
        if (extent > padded)
            continue;
        // ONNX: floor or ceil of the quotient; in ceil mode, a last window that starts in the padding is
        // ignored.
        const double quotient = static_cast<double>(padded - extent) / static_cast<double>(stride);
        int64_t count = static_cast<int64_t>(ceilMode ? std::ceil(quotient) : std::floor(quotient)) + 1;
        if (ceilMode && (count - 1) * stride >= size + begin)
            --count;
        check(Good{maxPool({kernel}, {stride}, {begin, end}, ceilMode, {dilation}), {{1, 1, size}}, {1, 1, count}});
        ++checked;
    }
    CHECK(checked > 1000);
}

TEST_CASE("pooling that contradicts itself is refused") {
    const Shape x = {1, 2, 4, 4};
    check(Bad{maxPool({5, 5}, {1, 1}, {0, 0, 0, 0}), {x}, "spans 5 elements"});
    check(Bad{maxPool({5, 5}, {1, 1}, {0, 0, 0, 0}, true), {x}, "spans 5 elements"});
    check(Bad{maxPool({2, 2}, {0, 1}, {0, 0, 0, 0}), {x}, "its stride is 0"});
    check(Bad{maxPool({0, 2}, {1, 1}, {0, 0, 0, 0}), {x}, "its kernel size is 0"});
    check(Bad{maxPool({2, 2}, {1, 1}, {0, 0, 0, -1}), {x}, "its padding is 0 and -1"});
    check(Bad{maxPool({2}, {1}, {0, 0}), {x}, "it has 1 kernel sizes where its input needs 2"});
    check(Bad{maxPool({2, 2}, {1, 1}, {0, 0, 0, 0}), {{4, 4}}, "its input has the shape 4x4"});
    check(Bad{Pool{PoolKind::Max, true, {}, {}, {}, {}, false}, {{1, 2, 0, 4}}, "is empty"});
}

TEST_CASE("matrix products follow the rules of numpy") {
    check(Good{FullyConnected{}, {{8, 512}, {10, 512}, {10}}, {8, 10}});
    check(Good{FullyConnected{}, {{2, 7, 512}, {10, 512}}, {2, 7, 10}});
    check(Bad{FullyConnected{}, {{8, 512, 1, 1}, {10, 512}}, "for inputs of length 512"});
    check(Bad{FullyConnected{}, {{8, 512}, {10, 512}, {512}}, "its bias has the shape 512 instead of 10"});
    check(Bad{FullyConnected{}, {{8, 512}, {10, 512, 1}}, "its weights has the shape 10x512x1"});
    check(Bad{FullyConnected{}, {{}, {10, 512}}, "its input has the shape scalar"});
    check(Good{MatMul{}, {{2, 3}, {3, 4}}, {2, 4}});
    check(Good{MatMul{}, {{5, 1, 2, 3}, {7, 3, 4}}, {5, 7, 2, 4}});
    check(Good{MatMul{}, {{3}, {3, 4}}, {4}});
    check(Good{MatMul{}, {{5, 2, 3}, {3}}, {5, 2}});
    check(Good{MatMul{}, {{3}, {3}}, {}});
    check(Bad{MatMul{}, {{2, 3}, {4, 3}}, "2x3 and 4x3 do not fit"});
    check(Bad{MatMul{}, {{2, 2, 3}, {3, 3, 4}}, "do not fit"});
    check(Bad{MatMul{}, {{}, {3}}, "scalar"});
    check(Good{Gemm{1, 1, false, true}, {{2, 3}, {4, 3}, {4}}, {2, 4}});
    check(Good{Gemm{1, 1, true, false}, {{3, 2}, {3, 4}, {2, 1}}, {2, 4}});
    check(Good{Gemm{}, {{2, 3}, {3, 4}, {}}, {2, 4}});
    check(Bad{Gemm{}, {{2, 3}, {4, 3}}, "do not fit"});
    check(Bad{Gemm{}, {{2, 3}, {3, 4}, {2}}, "2x4 and 2 do not fit"});
    check(Bad{Gemm{}, {{2, 3}, {3, 4}, {5, 2, 4}}, "its third input"});
    check(Bad{Gemm{}, {{2, 3, 1}, {3, 4}}, "first input"});
}

TEST_CASE("elementwise operators broadcast") {
    check(Good{Binary{}, {{2, 3, 4}, {3, 1}}, {2, 3, 4}});
    check(Good{Binary{}, {{}, {5}}, {5}});
    check(Good{Binary{}, {{2, 1}, {1, 3}}, {2, 3}});
    check(Good{Binary{}, {{1, 3}, {0, 3}}, {0, 3}});
    check(Bad{Binary{}, {{2, 3}, {2, 4}}, "2x3 and 2x4 do not fit together"});
    check(Bad{Binary{}, {{0}, {2}}, "do not fit"});
    check(Bad{Binary{}, {{int64_t{1} << 21, 1}, {int64_t{1} << 20}}, "2^40", ErrorCode::Limit});
    check(Good{Unary{UnaryKind::Tanh, 0, 0}, {{2, 3}}, {2, 3}});
    check(Good{Identity{}, {{}}, {}});
    const Shape c = {3};
    check(Good{BatchNorm{}, {{1, 3, 4, 4}, c, c, c, c}, {1, 3, 4, 4}});
    check(Good{BatchNorm{}, {{1, 3}, c, c, c, c}, {1, 3}});
    check(Bad{BatchNorm{}, {{1, 4, 4, 4}, c, c, c, c}, "its scale has the shape 3 instead of 4"});
    check(Bad{BatchNorm{}, {{1, 3, 4, 4}, c, c, c, {2}}, "its variance has the shape 2"});
    check(Bad{BatchNorm{}, {{3}, c, c, c, c}, "its input has the shape 3"});
    check(Bad{BatchNorm{}, {{1, 3, 4, 4}, c, c}, "it has 3 inputs and takes 5"});
}

TEST_CASE("an axis must name a dimension") {
    check(Good{Softmax{-2, false, false}, {{2, 3}}, {2, 3}});
    check(Good{Concat{-1}, {{2, 3}, {2, 0}, {2, 4}}, {2, 7}});
    check(Good{Reduce{ReduceKind::Mean, {-1, 1}, true}, {{2, 3, 4}}, {2, 1, 1}});
    check(Good{Reduce{ReduceKind::Mean, {0, 2}, false}, {{2, 3, 4}}, {3}});
    check(Good{Reduce{ReduceKind::Max, {}, false}, {{2, 3, 4}}, {}});
    check(Good{Reduce{ReduceKind::Max, {}, true}, {{2, 3, 4}}, {1, 1, 1}});
    check(Good{Flatten{1}, {{2, 3, 4, 5}}, {2, 60}});
    check(Good{Flatten{0}, {{2, 3}}, {1, 6}});
    check(Good{Flatten{2}, {{2, 3}}, {6, 1}});
    check(Good{Flatten{-1}, {{2, 3, 4}}, {6, 4}});
    check(Good{Flatten{0}, {{}}, {1, 1}});
    for (int64_t axis : {int64_t{2}, int64_t{-3}, int64_t{1} << 31, kMost, kLeast}) {
        const std::string cause = "axis " + std::to_string(axis) + " is outside the 2 dimensions";
        check(Bad{Softmax{axis, false, false}, {{2, 3}}, cause});
        check(Bad{Concat{axis}, {{2, 3}}, cause});
        check(Bad{Reduce{ReduceKind::Sum, {axis}, true}, {{2, 3}}, cause});
        check(Bad{Squeeze{{axis}, false}, {{1, 1}}, cause});
        check(Bad{Squeeze{{axis}, true}, {{7}}, cause});
        check(Bad{Slice{{0}, {1}, {axis}, {1}}, {{2, 3}}, cause});
        if (axis != 2)
            check(Bad{Flatten{axis}, {{2, 3}}, cause});
    }
    check(Bad{Flatten{3}, {{2, 3}}, "axis 3"});
    check(Bad{Softmax{}, {{}}, "its input has the shape scalar"});
    check(Bad{Concat{0}, {{}, {}}, "axis 0"});
    check(Bad{Reduce{ReduceKind::Sum, {1, -1}, true}, {{2, 3}}, "axis 1 is given twice"});
    check(Bad{Reduce{ReduceKind::Max, {0}, true}, {{0, 3}}, "which is empty"});
}

TEST_CASE("a reshape keeps the number of elements") {
    check(Good{Reshape{{1, -1}, false}, {{1, 512, 1, 1}}, {1, 512}});
    check(Good{Reshape{{0, -1}, false}, {{8, 4, 2}}, {8, 8}});
    check(Good{Reshape{{0, 0, 0}, false}, {{8, 4, 2}}, {8, 4, 2}});
    check(Good{Reshape{{}, false}, {{1, 1}}, {}});
    check(Good{Reshape{{2, 0, 3}, true}, {{0, 5}}, {2, 0, 3}});
    check(Good{Reshape{{-1}, false}, {{}}, {1}});
    check(Bad{Reshape{{-1, -1}, false}, {{4}}, "leaves two dimensions open"});
    check(Bad{Reshape{{3, -1}, false}, {{4}}, "4 elements of shape 4 cannot be reshaped to 3x?"});
    check(Bad{Reshape{{5}, false}, {{4}}, "cannot be reshaped to 5"});
    check(Bad{Reshape{{4, 0}, false}, {{4}}, "copies dimension 1"});
    check(Bad{Reshape{{0, -1}, true}, {{0, 4}}, "cannot be reshaped"});
    check(Bad{Reshape{{-2, -2}, false}, {{4}}, "has the dimension -2"});
    check(Bad{Reshape{{kMost, kMost, 4}, false}, {{4}}, "overflows"});
    check(Bad{Reshape{{int64_t{1} << 32, int64_t{1} << 32}, false}, {{0}}, "overflows"});
    check(Good{Squeeze{{}, false}, {{1, 3, 1}}, {3}});
    check(Good{Squeeze{{-1}, false}, {{1, 3, 1}}, {1, 3}});
    check(Bad{Squeeze{{1}, false}, {{1, 3, 1}}, "removes dimension 1 of its input 1x3x1"});
    check(Good{Squeeze{{0, -1}, true}, {{3}}, {1, 3, 1}});
    check(Bad{Squeeze{{0, -3}, true}, {{3}}, "axis 0 is given twice"});
}

TEST_CASE("a transpose names every dimension once") {
    check(Good{Transpose{{0, 2, 3, 1}}, {{1, 2, 3, 4}}, {1, 3, 4, 2}});
    check(Good{Transpose{}, {{1, 2, 3}}, {3, 2, 1}});
    check(Bad{Transpose{{0, 0}}, {{2, 3}}, "[0,0] is not an order of 2 dimensions"});
    check(Bad{Transpose{{0, 2}}, {{2, 3}}, "[0,2]"});
    check(Bad{Transpose{{0, -1}}, {{2, 3}}, "[0,-1]"});
    check(Bad{Transpose{{0}}, {{2, 3}}, "[0] is not"});
}

TEST_CASE("concatenated tensors agree in the other dimensions") {
    check(Good{Concat{1}, {{1, 64, 55, 55}, {1, 64, 55, 55}}, {1, 128, 55, 55}});
    check(Bad{Concat{1}, {{1, 2, 3}, {1, 2, 4}}, "its input 1 is f32 1x2x4"});
    check(Bad{Concat{1}, {{1, 2, 3}, {1, 2}}, "its input 1 is f32 1x2"});
    check(Bad{Concat{0}, {}, "it has 0 inputs and takes at least 1"});
}

TEST_CASE("a slice is clamped to its input") {
    const auto slice = [](int64_t start, int64_t end, int64_t step) { return Slice{{start}, {end}, {0}, {step}}; };
    check(Good{slice(1, 3, 1), {{5, 2}}, {2, 2}});
    check(Good{slice(0, kMost, 1), {{5}}, {5}});
    check(Good{slice(-2, INT32_MAX, 1), {{5}}, {2}});
    check(Good{slice(-1, kLeast, -1), {{5}}, {5}});
    check(Good{slice(kMost, kLeast, -2), {{5}}, {3}});
    check(Good{slice(3, 0, -1), {{5}}, {3}});
    check(Good{slice(4, 1, 1), {{5}}, {0}});
    check(Good{slice(1, 4, -1), {{5}}, {0}});
    check(Good{slice(0, 5, kMost), {{5}}, {1}});
    check(Good{slice(4, kLeast, kLeast), {{5}}, {1}});
    check(Good{slice(0, 5, -1), {{0}}, {0}});
    check(Good{Slice{{1, 0}, {2, 2}, {}, {}}, {{3, 4, 5}}, {1, 2, 5}});
    check(Bad{slice(0, 5, 0), {{5}}, "its step along axis 0 is 0"});
    check(Bad{Slice{{0, 0}, {1, 1}, {0, -1}, {}}, {{3}}, "axis 0 is given twice"});
    check(Bad{Slice{{0, 0}, {1}, {}, {}}, {{3}}, "it has 2 starts, 1 ends"});
    check(Bad{Slice{{0, 0}, {1, 1}, {}, {}}, {{3}}, "axis 1"});
}

TEST_CASE("the length of a slice agrees with counting") {
    Random random(3);
    for (int i = 0; i < 2000; ++i) {
        const int64_t size = random.integer(0, 6), start = random.integer(-9, 9), end = random.integer(-9, 9);
        const int64_t step = random.integer(1, 3) * (random.integer(0, 1) ? 1 : -1);
        // As Python reads x[start:end:step].
        const int64_t low = step > 0 ? 0 : -1, high = step > 0 ? size : size - 1;
        int64_t from = start < 0 ? start + size : start, to = end < 0 ? end + size : end;
        from = from < low ? low : from > high ? high : from;
        to = to < low ? low : to > high ? high : to;
        int64_t count = 0;
        for (int64_t at = from; step > 0 ? at < to : at > to; at += step)
            ++count;
        check(Good{Slice{{start}, {end}, {0}, {step}}, {{size}}, {count}});
    }
}

TEST_CASE("padding extends and crops") {
    check(Good{Pad{{0, 0, 1, 2, 0, 0, 3, 4}, 0, PadMode::Constant}, {{1, 2, 3, 4}}, {1, 2, 7, 10}});
    check(Good{Pad{{-1, 2}, 0, PadMode::Constant}, {{5}}, {6}});
    check(Good{Pad{{-3, -2}, 0, PadMode::Constant}, {{5}}, {0}});
    check(Good{Pad{{2, 2}, 0, PadMode::Reflect}, {{3}}, {7}});
    check(Bad{Pad{{-3, -3}, 0, PadMode::Constant}, {{5}}, "crops dimension 0 of its input 5"});
    check(Bad{Pad{{0}, 0, PadMode::Constant}, {{5}}, "it has 1 pads where its input 5 needs 2"});
    check(Bad{Pad{{3, 0}, 0, PadMode::Reflect}, {{3}}, "reflects 3 elements of dimension 0, where only 2"});
    check(Bad{Pad{{-2, 1}, 0, PadMode::Reflect}, {{3}}, "where only 0"});
    check(Bad{Pad{{1, 0}, 0, PadMode::Edge}, {{0}}, "which is empty"});
    check(Bad{Pad{{kMost, kMost}, 0, PadMode::Constant}, {{5}}, "overflows"});
    check(Bad{Pad{{kLeast, kLeast}, 0, PadMode::Constant}, {{5}}, "overflows"});
    check(
        Bad{Pad{{int64_t{1} << 30, int64_t{1} << 30, 0, 0}, 0, PadMode::Constant}, {{5, 5}}, "2^40", ErrorCode::Limit});
}

TEST_CASE("element types are carried through, and must agree") {
    const auto typed = [](Op op, std::vector<std::optional<std::pair<ElementType, Shape>>> operands) {
        const Graph graph = infer(typedGraphOf(std::move(op), operands));
        return graph.value(graph.outputs[0]).type;
    };
    const auto s64 = std::pair(ElementType::S64, Shape{4});
    const auto f16 = std::pair(ElementType::F16, Shape{4});
    const auto f32 = std::pair(ElementType::F32, Shape{4});
    const auto boolean = std::pair(ElementType::Bool, Shape{4});
    CHECK(typed(Binary{}, {s64, s64}) == ElementType::S64);
    CHECK(typed(Concat{}, {s64, s64}) == ElementType::S64);
    CHECK(typed(Cast{ElementType::F32}, {f16}) == ElementType::F32);
    CHECK(typed(Unary{}, {f16}) == ElementType::F16);
    CHECK(typed(Squeeze{{0}, true}, {boolean}) == ElementType::Bool);
    CHECK(typed(Reduce{ReduceKind::Prod, {0}, true}, {s64}) == ElementType::S64);
    CHECK(failureOf([&] { typed(Binary{}, {f16, f32}); }).mentions("f16 and f32"));
    CHECK(failureOf([&] { typed(Concat{}, {f16, f32}); }).mentions("f32"));
    CHECK(typed(Binary{BinaryKind::Pow, {}}, {f32, s64}) == ElementType::F32);
    CHECK(typed(Binary{BinaryKind::Less, {}}, {f32, f32}) == ElementType::Bool);
    CHECK(failureOf([&] { typed(Unary{UnaryKind::Exp, 0, 0}, {s64}); }).code == ErrorCode::Unsupported);
    CHECK(failureOf([&] { typed(Softmax{}, {s64}); }).code == ErrorCode::Unsupported);
    CHECK(failureOf([&] { typed(Binary{}, {boolean, boolean}); }).code == ErrorCode::Unsupported);
    CHECK(failureOf([&] {
              typed(Conv{{1}, {1}, {0, 0}, 1, {}},
                    {std::pair(ElementType::F32, Shape{1, 1, 4}), std::pair(ElementType::F16, Shape{1, 1, 1})});
          }).mentions("its weights have the type f16"));
    CHECK(typed(Conv{{1}, {1}, {0, 0}, 1, {}}, {std::pair(ElementType::F32, Shape{1, 1, 4}),
                                                std::pair(ElementType::F32, Shape{1, 1, 1}), std::nullopt}) ==
          ElementType::F32);
    CHECK(failureOf([&] { typed(Binary{}, {f32, std::nullopt}); }).mentions("second input (input 1) is missing"));
}

TEST_CASE("the message names the layer, escaped, and says what to do") {
    Graph graph = graphOf(Binary{}, {{2}, {3}});
    graph.node(0).name = "evil\n<b>";
    const Failure failure = failureOf([&] { infer(graph); });
    CHECK(failure.message ==
          "Layer \"evil\\x0A<b>\" (Add): the shapes 2 and 3 do not fit together. The file is damaged "
          "or was exported wrongly; export it again.");
}

TEST_CASE("an operator that is not known is left out with all that follows from it") {
    Graph graph = graphOf(Opaque{"operator Foo"}, {{2}});
    Value after;
    after.name = "after";
    after.shape = {-1};
    const ValueId id = graph.addValue(after);
    graph.addNode({"relu", Unary{}, {graph.outputs[0]}, {id}, {}});
    CHECK(infer(graph) == graph);
    const Failure failure = failureOf([&] { inferNode(graph, graph.node(0)); });
    CHECK(failure.code == ErrorCode::Unsupported);
    CHECK(failure.mentions("operator Foo is not supported"));
}

TEST_CASE("a value that nothing makes and a wrong number of outputs are refused") {
    Graph graph = graphOf(Unary{}, {{2}});
    Value lost;
    lost.name = "lost";
    const ValueId id = graph.addValue(lost);
    Graph dangling = graph;
    dangling.node(0).inputs = {id};
    CHECK(failureOf([&] { infer(dangling); }).mentions("reads \"lost\", which no layer makes"));
    graph.node(0).outputs.push_back(id);
    CHECK(failureOf([&] { infer(graph); }).mentions("has 2 outputs and makes 1"));
}

TEST_CASE("doubling a tensor again and again ends at the limit") {
    Graph graph = graphOf(Concat{0}, {{1024}, {1024}});
    ValueId last = graph.outputs[0];
    for (int i = 0; i < 60; ++i) {
        Value value;
        value.name = "v" + std::to_string(i);
        const ValueId next = graph.addValue(value);
        graph.addNode({"concat" + std::to_string(i), Concat{0}, {last, last}, {next}, {}});
        last = next;
    }
    const Failure failure = failureOf([&] { infer(graph); });
    CHECK(failure.code == ErrorCode::Limit);
    CHECK(failure.mentions("concat29")); // 1024 * 2 * 2^30 elements
}

TEST_CASE("multiply-accumulates with padding are told apart") {
    const auto insideOf = [](Op op, const std::vector<Shape>& operands) {
        const Graph graph = infer(graphOf(std::move(op), operands));
        return macsInside(graph, graph.node(0));
    };
    CHECK(insideOf(conv2d(1, 0), {{1, 2, 5, 5}, {3, 2, 3, 3}}) == 3 * 2 * 9 * 9);
    CHECK(insideOf(conv2d(1, 1), {{1, 1, 7, 7}, {1, 1, 3, 3}}) == 19 * 19); // 2 taps at each border, 3 inside
    CHECK(insideOf(conv2d(2, 1), {{2, 4, 4, 4}, {8, 4, 3, 3}}) == 2 * 4 * 8 * 5 * 5);
    CHECK(insideOf(conv2d(1, 1, 1, 32), {{1, 32, 7, 7}, {32, 1, 3, 3}}) == 32 * 19 * 19);
    CHECK(insideOf(FullyConnected{}, {{1, 20}, {10, 20}, {10}}) == 200);
    CHECK(insideOf(Unary{}, {{1, 3, 4, 4}}) == 0);
    const int64_t wide = int64_t{1} << 39; // not counted one by one
    CHECK(insideOf(Conv{{1, 1}, {1, 1}, {0, 1, 0, 1}, 1, {}}, {{1, 1, 1, wide}, {1, 1, 1, 3}}) == 3 * wide - 2);
    CHECK(insideOf(Conv{{1, 1}, {1, 1}, {0, wide, 0, wide}, 1, {}}, {{1, 1, 1, 1}, {1, 1, 1, 2}}) == 2);
}

TEST_CASE("multiply-accumulates with padding are those that are counted one by one") {
    Random random(5);
    for (int i = 0; i < 300; ++i) {
        const int64_t size = random.integer(1, 9), taps = random.integer(1, 4), step = random.integer(1, 4);
        const int64_t dilation = random.integer(1, 3), before = random.integer(0, 6), after = random.integer(0, 6);
        const int64_t room = size + before + after - (taps - 1) * dilation - 1;
        if (room < 0)
            continue;
        int64_t inside = 0;
        for (int64_t position = 0; position <= room / step; ++position)
            for (int64_t tap = 0; tap < taps; ++tap) {
                const int64_t at = position * step - before + tap * dilation;
                inside += at >= 0 && at < size;
            }
        const Graph graph =
            infer(graphOf(Conv{{step}, {dilation}, {before, after}, 1, {}}, {{1, 1, size}, {1, 1, taps}}));
        CHECK(macsInside(graph, graph.node(0)) == inside);
    }
}

TEST_CASE("multiply-accumulates of known layers") {
    const auto macsOf = [](Op op, const std::vector<Shape>& operands) {
        const Graph graph = infer(graphOf(std::move(op), operands));
        return macs(graph, graph.node(0));
    };
    CHECK(macsOf(conv2d(2, 3), {{1, 3, 224, 224}, {64, 3, 7, 7}, {64}}) == 118'013'952); // ResNet conv1
    CHECK(macsOf(conv2d(1, 1), {{1, 64, 56, 56}, {64, 64, 3, 3}}) == 115'605'504);
    CHECK(macsOf(conv2d(1, 1, 1, 32), {{1, 32, 112, 112}, {32, 1, 3, 3}}) == 3'612'672); // MobileNet depthwise
    CHECK(macsOf(conv2d(1, 0), {{4, 512, 7, 7}, {512, 512, 1, 1}}) == 4 * 512 * 512 * 49);
    CHECK(macsOf(FullyConnected{}, {{1, 2048}, {1000, 2048}, {1000}}) == 2'048'000);
    CHECK(macsOf(Gemm{1, 1, true, true}, {{3, 2}, {4, 3}}) == 24);
    CHECK(macsOf(MatMul{}, {{5, 2, 3}, {3, 4}}) == 120);
    CHECK(macsOf(Unary{}, {{1, 3, 224, 224}}) == 0);
    CHECK(macsOf(maxPool({3, 3}, {2, 2}, {1, 1, 1, 1}), {{1, 64, 112, 112}}) == 0);
}
