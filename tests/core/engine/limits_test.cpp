// SPDX-License-Identifier: GPL-3.0-or-later
// What cannot run here is refused in words before the library is asked, which would crash or take all memory.
#include "core/base/error.h"
#include "core/engine/plan/limits.h"
#include "tests/core/engine/engine_test.h"

#include <fmt/format.h>

using namespace halftone;
using namespace halftone::test;

namespace {

constexpr int64_t kHuge = int64_t{1} << 39;

Graph convOver(Shape x, Shape weights, Conv op) {
    GraphBuilder b;
    return b.build({b.node("wide", std::move(op), {b.input("x", std::move(x)), b.constant("w", std::move(weights))})});
}

void checkRefused(const Graph& graph, const std::string& layer, const std::string& number) {
    for (const Precision precision : {Precision::Fp32, Precision::Int8, Precision::Bf16, Precision::Int8Simulated}) {
        try {
            compiled(graph, precision);
            FAIL("It was compiled.");
        } catch (const Error& error) {
            INFO(error.message());
            CHECK(error.where() == layer);
            CHECK(error.message().find(number) != std::string::npos);
            CHECK((error.code() == ErrorCode::Limit || error.code() == ErrorCode::Unsupported));
        }
    }
}

} // namespace

TEST_CASE("a tensor larger than the memory is refused with both numbers") {
    const Conv padded{{1, 1}, {1, 1}, {0, 1, 0, 1}, 1, {}};
    checkRefused(convOver({1, 1, 1, kHuge}, {1, 1, 1, 3}, padded), "x",
                 fmt::format("this machine has {:.0f} GB", static_cast<double>(engine::physicalMemory()) / 1e9));
    checkRefused(convOver({1, 1, 1, kHuge}, {1, 1, 1, 3}, padded), "x", " GB of memory");
    GraphBuilder b;
    checkRefused(b.build({b.node("grown", Tile{{1, kHuge}}, {b.input("x", {1, 2})})}), "grown", " GB of memory");
}

TEST_CASE("windows over more elements than kernels count are refused") {
    constexpr int64_t most = int64_t{1} << 30;
    const auto says = "at most " + std::to_string(most);
    const Conv farPads{{1, 2 * most}, {1, 1}, {0, most, 0, most}, 1, {}};
    checkRefused(convOver({1, 1, 1, 8}, {1, 1, 1, 3}, farPads), "wide", says);
    const Conv farTaps{{1, 1}, {1, most}, {0, 0, 0, most}, 1, {}};
    checkRefused(convOver({1, 1, 1, 8}, {1, 1, 1, 2}, farTaps), "wide", says);
    const Conv farSteps{{1, 2 * most}, {1, 1}, {0, 0, 0, 0}, 1, {}};
    checkRefused(convOver({1, 1, 1, 8}, {1, 1, 1, 3}, farSteps), "wide", says);
    const Conv manyLines{{1 << 16, 1 << 16}, {1, 1}, {1 << 15, 1 << 15, 1 << 15, 1 << 15}, 1, {}};
    checkRefused(convOver({1, 1, 8, 8}, {1, 1, 3, 3}, manyLines), "wide", says);
    GraphBuilder b;
    const Pool pool{PoolKind::AverageIncludePad, false, {1, most}, {1, most}, {1, 1}, {0, most, 0, most}, false};
    checkRefused(b.build({b.node("pool", pool, {b.input("x", {1, 1, 1, 8})})}), "pool", says);
}

TEST_CASE("ordinary windows are not refused") {
    const Conv wide{{1, 1}, {1, 1}, {0, 1, 0, 1}, 1, {}};
    CHECK_NOTHROW(compiled(convOver({1, 1, 1, 1 << 20}, {1, 1, 1, 3}, wide)));
}
