// SPDX-License-Identifier: GPL-3.0-or-later
// Softmax along any dimension, in whatever order the tensor lies.
#include "core/engine/kernels/softmax.h"
#include "tests/core/engine/engine_test.h"

#include "core/engine/machine/machine.h"

#include <cmath>
#include <limits>

using namespace halftone;
using namespace halftone::test;

TEST_CASE("softmax computes as the plain loop along any axis, in both meanings, as logarithm too") {
    useThreads(1);
    for (const Shape& shape : {Shape{6}, Shape{3, 7}, Shape{2, 3, 5}, Shape{2, 4, 3, 5}})
        for (int64_t axis = -1; axis < static_cast<int64_t>(shape.size()); ++axis)
            for (const bool coerce2d : {false, true})
                for (const bool log : {false, true})
                    checkFp32(Softmax{axis, coerce2d, log}, {shape});
}

TEST_CASE("softmax of few classes at many positions has a kernel of its own, channels-last as behind a convolution") {
    for (const int threads : {1, 2}) {
        useThreads(threads);
        for (const int64_t classes : {2, 5, 21})
            for (const bool log : {false, true}) {
                GraphBuilder b;
                const ValueId x = b.input("x", {2, 16, 19, 23});
                const ValueId scores = b.node("scores", conv2d(), {x, b.constant("w", Shape{classes, 16, 3, 3})});
                const Plan plan = checkFp32(b.build({b.node("soft", Softmax{1, false, log}, {scores})}));
                const StepInfo& soft = stepOf(plan, "soft");
                CHECK_FALSE(isReference(soft));
                CHECK(soft.inputs.front().layout == stepOf(plan, "scores").outputs.front().layout);
                CHECK((classes > engine::kMostBesideEachOther || soft.kernel == "halftone:softmax"));
                CHECK_FALSE(isReference(stepOf(checkFp32(Softmax{1, false, log}, {{2, classes, 19, 23}}), "layer")));
                CHECK_FALSE(isReference(stepOf(checkFp32(Softmax{2, false, log}, {{2, 19, classes, 9}}), "layer")));
                CHECK_FALSE(isReference(stepOf(checkFp32(Softmax{2, false, log}, {{2, 299, classes}}), "layer")));
            }
    }
    useThreads(1);
}

TEST_CASE("softmax keeps nothing of values far below the largest, and spreads over those alone that are alike") {
    constexpr float infinity = std::numeric_limits<float>::infinity();
    for (const int64_t positions : {1, 40}) {
        const std::vector<std::vector<float>> rows{
            {0, -1e-3F}, {500, -500}, {-80, 3}, {-infinity, 1}, {-1e30F, -1e30F}};
        std::vector<float> src(rows.size() * 2 * static_cast<size_t>(positions)), dst(src.size());
        const auto at = [&](size_t row, size_t value, size_t p) {
            return (row * 2 + value) * static_cast<size_t>(positions) + p;
        };
        for (size_t row = 0; row < rows.size(); ++row)
            for (size_t value = 0; value < 2; ++value)
                for (size_t p = 0; p < static_cast<size_t>(positions); ++p)
                    src[at(row, value, p)] = rows[row][value];
        engine::softmax({static_cast<int64_t>(rows.size()), 2, positions, false}, src.data(), dst.data());
        for (size_t row = 0; row < rows.size(); ++row)
            for (size_t value = 0; value < 2; ++value) {
                const double expected =
                    1 /
                    (1 + std::exp(static_cast<double>(rows[row][1 - value]) - static_cast<double>(rows[row][value])));
                for (size_t p = 0; p < static_cast<size_t>(positions); ++p)
                    CHECK_THAT(dst[at(row, value, p)], WithinAbs(expected, 2e-7 * expected + 1e-37));
            }
    }
}
