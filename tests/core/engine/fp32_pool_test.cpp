// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/machine/machine.h"
#include "tests/core/engine/engine_test.h"

using namespace halftone;
using namespace halftone::test;

namespace {

constexpr PoolKind everyPool[] = {PoolKind::Max, PoolKind::AverageIncludePad, PoolKind::AverageExcludePad};

struct Window {
    Shape src;
    std::vector<int64_t> kernel, strides;
    Pads pads;
    bool ceilMode = false;
};

} // namespace

TEST_CASE("every pool computes as the plain loop") {
    useThreads(1);
    const std::vector<Window> windows{
        {{1, 3, 9, 9}, {3, 3}, {2, 2}, {1, 1, 1, 1}},
        {{4, 16, 8, 8}, {2, 2}, {2, 2}, {0, 0, 0, 0}},
        {{1, 17, 7, 10}, {3, 2}, {1, 3}, {1, 0, 0, 1}},
        {{1, 1, 6, 6}, {6, 6}, {1, 1}, {0, 0, 0, 0}},
        {{2, 5, 11}, {3}, {2}, {1, 1}},
        {{1, 8, 4, 6, 5}, {2, 3, 2}, {2, 2, 1}, {0, 1, 0, 0, 1, 1}},
        {{1, 4, 10, 10}, {3, 3}, {2, 2}, {0, 0, 0, 0}},
        {{1, 4, 5, 5}, {2, 2}, {3, 3}, {0, 0, 0, 0}},
    };
    for (const Window& w : windows)
        for (const PoolKind kind : everyPool) {
            const std::vector<int64_t> dilations(w.kernel.size(), 1);
            const Plan plan = checkFp32(Pool{kind, false, w.kernel, w.strides, dilations, w.pads}, {w.src});
            CHECK(!isReference(stepOf(plan, "layer")));
        }
}

TEST_CASE("a pool whose last window hangs over the end computes as the plain loop") {
    useThreads(1);
    const std::vector<Window> windows{
        {{1, 3, 10, 10}, {3, 3}, {2, 2}, {0, 0, 0, 0}, true},
        {{1, 16, 9, 12}, {2, 3}, {2, 2}, {0, 0, 0, 0}, true},
        {{1, 8, 11}, {4}, {3}, {0, 0}, true},
    };
    for (const Window& w : windows)
        for (const PoolKind kind : everyPool) {
            const std::vector<int64_t> dilations(w.kernel.size(), 1);
            checkFp32(Pool{kind, false, w.kernel, w.strides, dilations, w.pads, true}, {w.src});
        }
    for (const PoolKind kind : {PoolKind::Max, PoolKind::AverageExcludePad})
        checkFp32(Pool{kind, false, {3, 3}, {2, 2}, {1, 1}, {1, 1, 0, 0}, true}, {{1, 4, 9, 9}});
}

TEST_CASE("an average that counts padding and reaches beyond it computes as the plain loop") {
    checkFp32(Pool{PoolKind::AverageIncludePad, false, {3, 3}, {2, 2}, {1, 1}, {1, 1, 0, 0}, true}, {{1, 4, 9, 9}});
}

TEST_CASE("a dilated maximum computes as the plain loop") {
    useThreads(1);
    checkFp32(Pool{PoolKind::Max, false, {3, 2}, {1, 2}, {2, 3}, {1, 1, 1, 1}}, {{1, 4, 9, 9}});
}

TEST_CASE("a global pool computes as the plain loop") {
    useThreads(1);
    for (const PoolKind kind : everyPool)
        for (const Shape& src : {Shape{1, 3, 7, 7}, Shape{4, 17, 5, 3}, Shape{2, 16, 9}, Shape{1, 8, 3, 4, 5}}) {
            const Plan plan = checkFp32(Pool{kind, true}, {src});
            CHECK(!isReference(stepOf(plan, "layer")));
        }
}

TEST_CASE("a pool behind a convolution reads the layout that the convolution wrote") {
    useThreads(1);
    for (const int64_t channels : {3, 16})
        for (const PoolKind kind : everyPool) {
            GraphBuilder b;
            const ValueId a = b.conv("a", b.input("x", {1, channels, 12, 12}), channels, channels);
            const ValueId pool = b.node("pool", Pool{kind, false, {2, 2}, {2, 2}, {1, 1}, {0, 0, 0, 0}}, {a});
            const Plan plan = checkFp32(b.build({b.conv("c", pool, channels, channels)}));
            CHECK(!isReference(stepOf(plan, "pool")));
        }
}
