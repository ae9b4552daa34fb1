// SPDX-License-Identifier: GPL-3.0-or-later
// Kernels that resize, pick, repeat and normalize against the plain loops: in the layouts that convolutions leave, and
// in that of the file.
#include "core/engine/machine/machine.h"
#include "tests/core/engine/engine_test.h"

#include <algorithm>
#include <numeric>

using namespace halftone;
using namespace halftone::test;

namespace {

bool isFast(const StepInfo& step) {
    return !isReference(step);
}

/// On the network's input, and behind and before convolutions with these channels; by a fast kernel.
void checkFast(const Op& op, const Shape& shape) {
    INFO(opName(op));
    CHECK(isFast(stepOf(checkFp32(op, {shape}), "layer")));
    if (shape.size() != 4)
        return;
    for (const int64_t channels : {3, 16}) {
        GraphBuilder b;
        const ValueId a = b.conv("a", b.input("x", {shape[0], 3, shape[2], shape[3]}), 3, channels);
        const ValueId y = b.node("layer", op, {a});
        const Plan plan = checkFp32(b.build({b.node("tanh", Unary{UnaryKind::Tanh}, {y}), y}));
        CHECK(isFast(stepOf(plan, "layer")));
    }
}

Resize resizeTo(ResizeMode mode, ResizeCoordinates coordinates, std::vector<int64_t> sizes) {
    Resize resize{mode, coordinates};
    resize.sizes = std::move(sizes);
    return resize;
}

} // namespace

TEST_CASE("resizing repeats and interpolates as the plain loop, for every coordinate map") {
    useThreads(1);
    for (const ResizeMode mode : {ResizeMode::Nearest, ResizeMode::Linear, ResizeMode::Cubic})
        for (const ResizeCoordinates coordinates :
             {ResizeCoordinates::HalfPixel, ResizeCoordinates::HalfPixelSymmetric, ResizeCoordinates::PytorchHalfPixel,
              ResizeCoordinates::AlignCorners, ResizeCoordinates::Asymmetric, ResizeCoordinates::TfHalfPixelForNn}) {
            checkFast(resizeTo(mode, coordinates, {0, 0, 9, 11}), {2, 4, 6, 5});
            checkFast(resizeTo(mode, coordinates, {0, 0, 3, 2}), {1, 4, 6, 5});
        }
    Resize byScale{ResizeMode::Linear, ResizeCoordinates::HalfPixel};
    byScale.scales = {1, 1, 2.5F, 0.7F};
    checkFast(byScale, {1, 3, 6, 5});
    checkFast(resizeTo(ResizeMode::Linear, ResizeCoordinates::HalfPixel, {0, 0, 7}), {2, 3, 4});
    checkFast(resizeTo(ResizeMode::Linear, ResizeCoordinates::AlignCorners, {0, 0, 4, 3, 7}), {1, 2, 3, 3, 4});
    checkFast(resizeTo(ResizeMode::Nearest, ResizeCoordinates::Asymmetric, {0, 8, 0, 0}), {1, 4, 3, 3});
}

TEST_CASE("a resize that crops, or that blends channels, computes as the plain loop") {
    useThreads(1);
    Resize crop = resizeTo(ResizeMode::Linear, ResizeCoordinates::TfCropAndResize, {1, 2, 3, 3});
    crop.roi = {0, 0, 0.4F, 0.6F, 1, 1, 1.2F, 1.7F};
    crop.extrapolation = 10;
    checkFp32(crop, {{1, 2, 4, 4}});
    crop.mode = ResizeMode::Nearest;
    checkFp32(crop, {{1, 2, 4, 4}});
    checkFp32(resizeTo(ResizeMode::Linear, ResizeCoordinates::HalfPixel, {0, 8, 0, 0}), {{1, 4, 3, 3}});
}

TEST_CASE("mirrored padding, backward slices, tiles and repeated dimensions are picked") {
    useThreads(1);
    for (const PadMode mode : {PadMode::Reflect, PadMode::Edge})
        checkFast(Pad{{0, 0, 2, 1, 0, 0, 1, 3}, 0, mode}, {2, 4, 6, 5});
    checkFast(Slice{{-1, 5}, {-100, 0}, {1, 2}, {-1, -2}}, {2, 4, 6, 5});
    checkFast(Tile{{1, 2, 1, 3}}, {2, 4, 6, 5});
    checkFp32(Expand{{2, 4, 6, 5}}, {{2, 1, 6, 1}});
    checkFast(Expand{{3, 1, 2}}, {2});
    checkFast(Expand{{2, 2}}, {});
    checkFp32(Tile{{}}, {{}});
}

TEST_CASE("constant indices are picked without a plain loop") {
    useThreads(1);
    for (const std::vector<int64_t>& indices : {std::vector<int64_t>{1}, {3, 0, -1, 2, 2}})
        for (const int64_t axis : {0, 1, 3, -2}) {
            GraphBuilder b;
            const ValueId a = b.conv("a", b.input("x", {4, 3, 6, 5}), 3, 16);
            const ValueId at = b.constant("at", Tensor::fromInt64s({static_cast<int64_t>(indices.size())}, indices));
            const Plan plan = checkFp32(b.build({b.node("layer", Gather{axis}, {a, at})}));
            CHECK(isFast(stepOf(plan, "layer")));
        }
    GraphBuilder b;
    const ValueId at = b.constant("at", Tensor::fromInt64s({}, std::vector<int64_t>{2}));
    checkFp32(b.build({b.node("layer", Gather{0}, {b.input("x", {3, 2}), at})}));
}

TEST_CASE("normalizations by statistics of the input compute as the plain loop") {
    useThreads(1);
    checkFast(Normalize{{2, 3}, 1e-5F}, {2, 4, 6, 5});
    checkFast(Normalize{{-1}, 1e-3F}, {2, 7, 12});
    checkFast(Normalize{{0, 1}, 1e-5F}, {3, 5});
    checkFp32(Normalize{{0, 2, 3}, 1e-5F}, {{2, 4, 6, 5}});
    for (const int64_t size : {1, 3, 5})
        checkFp32(Lrn{size, 0.5F, 0.75F, 1}, {{1, 8, 6, 5}});
    checkFp32(Lrn{4, 0.5F, 0.5F, 2}, {{1, 8, 6, 5}});
}

TEST_CASE("an operand that is repeated does not change the layout of the other") {
    useThreads(1);
    for (const BinaryKind kind :
         {BinaryKind::Add, BinaryKind::Mul, BinaryKind::Sub, BinaryKind::Div, BinaryKind::PRelu})
        for (const Shape& small :
             {Shape{2, 16, 1, 1}, Shape{16, 1, 1}, Shape{1}, Shape{}, Shape{6, 5}, Shape{1, 1, 6, 5}})
            for (const bool first : {true, false}) {
                GraphBuilder b;
                const ValueId a = b.conv("a", b.input("x", {2, 3, 6, 5}), 3, 16);
                const ValueId s = b.constant("s", small);
                const std::vector<ValueId> operands = first ? std::vector{a, s} : std::vector{s, a};
                if (kind == BinaryKind::Div && !first)
                    continue; // by numbers that may be next to 0
                const ValueId y = b.node("layer", Binary{kind, {}}, operands);
                checkFp32(b.build({b.conv("c", y, 16, 4)}));
            }
    GraphBuilder b; // as squeeze-and-excitation does it
    const ValueId a = b.conv("a", b.input("x", {2, 3, 6, 5}), 3, 16);
    const ValueId mean = b.node("mean", Pool{PoolKind::AverageExcludePad, true}, {a});
    const ValueId gated = b.node("gate", Binary{BinaryKind::Mul, {}}, {a, mean});
    const Plan plan = checkFp32(b.build({b.conv("c", gated, 16, 16)}));
    CHECK(stepOf(plan, "gate").kernel != "halftone:broadcast");
}

TEST_CASE("codes are repeated without becoming floats") {
    useThreads(1);
    for (const Op& op : {Op(resizeTo(ResizeMode::Nearest, ResizeCoordinates::Asymmetric, {0, 0, 16, 16})),
                         Op(Tile{{1, 1, 2, 1}}), Op(Pad{{0, 0, 1, 1, 0, 0, 1, 1}, 0, PadMode::Reflect})}) {
        GraphBuilder b;
        const ValueId a = b.conv("a", b.input("x", {1, 3, 8, 8}), 3, 16);
        const ValueId y = b.node("layer", op, {a});
        const Plan plan = checkInt8(quantized(b.build({b.conv("c", y, 16, 8)})));
        CHECK(stepOf(plan, "layer").precision == "int8");
    }
}
