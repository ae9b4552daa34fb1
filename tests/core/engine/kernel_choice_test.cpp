// SPDX-License-Identifier: GPL-3.0-or-later
// Kernels timed against each other, and the promise that no network of the usual kinds meets a reference loop.
#include "core/engine/lower/kernel_choice.h"

#include "core/engine/machine/machine.h"
#include "core/graph/infer.h"
#include "core/passes/passes.h"
#include "tests/core/engine/engine_test.h"
#include "tests/support/data_dir.h"
#include "tests/support/read_model.h"

using namespace halftone;
using namespace halftone::engine;
using namespace halftone::test;

namespace {

void checkNoReference(const Plan& plan) {
    for (const StepInfo& step : plan.steps()) {
        INFO(step.name << " " << step.kernel);
        CHECK(!isReference(step));
    }
}

/// A pre-activation network as small as it can be with everything in it.
Graph preActivation() {
    GraphBuilder b;
    ValueId x = b.conv("stem", b.input("x", {2, 3, 16, 16}), 3, 16);
    for (const int64_t stride : {1, 2}) {
        const std::string n = std::to_string(stride);
        const ValueId p = b.relu("relu" + n, b.batchNorm("norm" + n, x, 16));
        const ValueId shortcut =
            stride == 1 ? x : b.node("short" + n, conv2d(2, 0), {p, b.constant("ws" + n, Shape{16, 16, 1, 1})});
        const ValueId y = b.node("a" + n, conv2d(stride), {p, b.constant("wa" + n, Shape{16, 16, 3, 3})});
        x = b.add("add" + n, shortcut, b.conv("b" + n, b.relu("mid" + n, b.batchNorm("inner" + n, y, 16)), 16, 16));
    }
    const ValueId last = b.relu("relu", b.batchNorm("norm", x, 16));
    const ValueId pooled = b.node("pool", Pool{PoolKind::AverageExcludePad, true}, {last});
    const ValueId flat = b.node("flat", Reshape{{0, -1}}, {pooled});
    const ValueId logits =
        b.node("fc", FullyConnected{}, {flat, b.constant("wf", Shape{10, 16}), b.constant("bf", Shape{10})});
    return runPasses(b.build({b.node("soft", Softmax{1}, {logits})}), standardPasses());
}

} // namespace

TEST_CASE("a pre-activation network runs without reference loops in both precisions") {
    useThreads(1);
    const Graph graph = preActivation();
    checkNoReference(checkFp32(graph));
    checkNoReference(checkInt8(quantized(graph)));
}

TEST_CASE("real networks run without reference loops in both precisions") {
    HALFTONE_REQUIRE_DATA(dir);
    useThreads(1);
    for (const char* name : {"resnet34_imagenet_f16w", "mobilenet_v2_1.0_224_fp32", "resnet20_cifar10",
                             "resnet56_cifar10", "mlperftiny_resnet8_fp32"}) {
        INFO(name);
        const ReadModel file = readModel(dir + "/onnx/" + name + ".onnx");
        const Graph graph = runPasses(file.graph, standardPasses());
        checkNoReference(compiled(graph));
        checkNoReference(compiled(quantized(graph, gridOptions(7, true), 1), Precision::Int8));
    }
}

TEST_CASE("only kernels generated for the same instruction set are timed") {
    CHECK(isWorthRunning("jit_1x1:avx2", "brgconv_1x1:avx2"));
    CHECK(isWorthRunning("brdgmm_dw:avx2", "jit_dw:avx2"));
    CHECK(!isWorthRunning("jit_1x1:sse41", "brgconv_1x1:avx2"));
    CHECK(!isWorthRunning("x64:gemm:jit", "jit:avx2"));
    CHECK(!isWorthRunning("ref:any", "jit:avx2"));
}

TEST_CASE("the choice of a kernel is told, stays the same, and can be switched off") {
    useThreads(1);
    GraphBuilder b;
    const ValueId x = b.relu(
        "relu", b.node("first", conv2d(1, 0), {b.input("x", {2, 32, 14, 14}), b.constant("w1", Shape{32, 32, 1, 1})}));
    const ValueId y = b.node("c", conv2d(1, 0), {x, b.constant("w", Shape{64, 32, 1, 1})});
    const Graph graph = quantized(b.build({y}));
    const Plan first = compiled(graph, Precision::Int8), second = compiled(graph, Precision::Int8);
    CHECK(stepOf(first, "c").kernel == stepOf(second, "c").kernel);
    CHECK(stepOf(first, "c").choice == stepOf(second, "c").choice);
    if (!stepOf(first, "c").choice.empty())
        CHECK_THAT(stepOf(first, "c").choice, Contains(stepOf(first, "c").kernel) && Contains(" ms"));
    const Plan untimed = compile(graph, {.precision = Precision::Int8, .timeKernels = false}, Job());
    CHECK(stepOf(untimed, "c").choice.empty());
}

TEST_CASE("fp32 kernels are never chosen by the clock: ranges and outputs must repeat") {
    useThreads(1);
    GraphBuilder b;
    const ValueId y = b.node("c", conv2d(1, 0), {b.input("x", {2, 32, 14, 14}), b.constant("w", Shape{64, 32, 1, 1})});
    CHECK(stepOf(checkFp32(b.build({y})), "c").choice.empty());
}

TEST_CASE("a fully connected layer computes the same by any kernel") {
    useThreads(1);
    for (const int64_t rows : {1, 5})
        for (const bool bias : {true, false}) {
            GraphBuilder b;
            const ValueId x = b.relu("relu", b.node("first", FullyConnected{},
                                                    {b.input("x", {rows, 40}), b.constant("w1", Shape{300, 40})}));
            std::vector<ValueId> inputs{x, b.constant("w", Shape{70, 300})};
            if (bias)
                inputs.push_back(b.constant("b", Shape{70}));
            const ValueId y = b.node("fc", FullyConnected{{Unary{UnaryKind::Tanh}}}, inputs);
            const Graph graph = b.build({y});
            checkFp32(graph);
            checkNoReference(checkInt8(quantized(graph)));
        }
}
