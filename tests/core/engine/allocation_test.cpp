// SPDX-License-Identifier: GPL-3.0-or-later
// A plan never allocates while it runs. Every plan that the other tests of the engine check is counted too
// (outputsOf); here are the counter itself and a network with the thread team at work.
#include "core/engine/machine/machine.h"
#include "core/passes/passes.h"
#include "tests/core/engine/engine_test.h"
#include "tests/support/allocations.h"

#include <memory>
#include <omp.h>
#include <vector>

using namespace halftone;
using namespace halftone::test;

TEST_CASE("the counter sees what is allocated, by any means and on any thread") {
    if (!canCount) {
        WARN("SKIPPED: a sanitizer keeps malloc for itself");
        return;
    }
    CHECK(allocationsIn([] {}).count == 0);
    const std::unique_ptr<int>* kept = nullptr;
    CHECK(allocationsIn([&] { kept = new std::unique_ptr<int>(std::make_unique<int>(1)); }).count == 2);
    delete kept;
    void* plain = nullptr;
    const Allocations one = allocationsIn([&] { plain = std::malloc(100); });
    std::free(plain);
    CHECK(one.count == 1);
    CHECK_THAT(one.first, Contains("test_engine"));
    void* aligned = nullptr;
    CHECK(allocationsIn([&] { aligned = std::aligned_alloc(64, 128); }).count == 1);
    std::free(aligned);

    useThreads(2);
    std::vector<std::vector<int>> perThread(2);
#pragma omp parallel num_threads(2)
    perThread[static_cast<size_t>(omp_get_thread_num())].clear(); // the team exists
    const auto grow = [&] {
#pragma omp parallel num_threads(2)
        perThread[static_cast<size_t>(omp_get_thread_num())].resize(10);
    };
    CHECK(allocationsIn(grow).count == 2);
    useThreads(1);
}

TEST_CASE("a network of many kinds of layers runs without allocating, in fp32 and int8, on one and two threads") {
    GraphBuilder builder;
    ValueId x = builder.input("x", {2, 3, 20, 20});
    x = builder.relu("relu0", builder.batchNorm("bn0", builder.conv("conv0", x, 3, 16), 16));
    const ValueId residual = x;
    x = builder.conv("conv1", builder.node("swish", Unary{UnaryKind::Sigmoid}, {x}), 16, 16);
    x = builder.relu("relu1", builder.add("add1", x, residual));
    x = builder.node("pool", Pool{PoolKind::Max, false, {2, 2}, {2, 2}, {1, 1}, {0, 0, 0, 0}}, {x});
    const ValueId left = builder.conv("left", x, 16, 8), right = builder.conv("right", x, 16, 24);
    x = builder.node("concat", Concat{1}, {left, right});
    x = builder.node("mean", Reduce{ReduceKind::Mean, {2, 3}, true}, {x});
    x = builder.node("flat", Flatten{1}, {x});
    x = builder.node("fc", FullyConnected{},
                     {x, builder.constant("fc_w", Shape{10, 32}), builder.constant("fc_b", Shape{10})});
    x = builder.node("softmax", Softmax{1}, {x});
    const Graph graph = runPasses(builder.build({x}), standardPasses());
    for (const int threads : {1, 2}) {
        useThreads(threads);
        const Graph coded = quantized(graph);
        Plan fp32 = compiled(graph), int8 = compiled(coded, Precision::Int8);
        for (Plan* plan : {&fp32, &int8}) {
            std::vector<int64_t> stepNs(plan->steps().size());
            plan->run();
            const Allocations plain = allocationsIn([&] { plan->run(); });
            INFO(plain.first);
            CHECK(plain.count == 0);
            CHECK(allocationsIn([&] { plan->runTimed(stepNs); }).count == 0);
        }
    }
    useThreads(1);
}
