// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/plan/memory_plan.h"

#include "tests/support/catch.h"

#include <random>

using namespace halftone::engine;

namespace {

void checkPlan(const std::vector<BufferLife>& buffers) {
    const MemoryPlan plan = planMemory(buffers);
    REQUIRE(plan.offsets.size() == buffers.size());
    size_t sum = 0, end = 0;
    for (size_t i = 0; i < buffers.size(); ++i) {
        CHECK(plan.offsets[i] % 64 == 0);
        sum += (buffers[i].bytes + 63) / 64 * 64;
        end = std::max(end, plan.offsets[i] + buffers[i].bytes);
        for (size_t j = 0; j < i; ++j) {
            const bool together = buffers[i].first <= buffers[j].last && buffers[j].first <= buffers[i].last;
            const bool apart = plan.offsets[i] + buffers[i].bytes <= plan.offsets[j] ||
                               plan.offsets[j] + buffers[j].bytes <= plan.offsets[i];
            CHECK((!together || apart));
        }
    }
    CHECK(plan.arenaBytes >= end);
    CHECK(plan.arenaBytes <= sum);
}

} // namespace

TEST_CASE("buffers that live at the same time never overlap, for random lives") {
    std::mt19937 random(1);
    for (int round = 0; round < 60; ++round) {
        std::vector<BufferLife> buffers;
        const auto count = random() % 40;
        for (unsigned i = 0; i < count; ++i) {
            const int first = static_cast<int>(random() % 30);
            buffers.push_back({random() % 5000, first, first + static_cast<int>(random() % 8)});
        }
        checkPlan(buffers);
    }
}

TEST_CASE("a chain of layers needs the memory of its two largest neighbours") {
    std::vector<BufferLife> chain;
    for (int i = 0; i < 10; ++i)
        chain.push_back({i == 4 ? 6400U : 640U, i, i + 1});
    checkPlan(chain);
    CHECK(planMemory(chain).arenaBytes == 6400 + 640);
}

TEST_CASE("no buffers need no memory") {
    CHECK(planMemory({}).arenaBytes == 0);
}
