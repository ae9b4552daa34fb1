// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/checked.h"
#include "core/base/error.h"
#include "core/engine/machine/machine.h"
#include "tests/core/engine/engine_test.h"

using namespace halftone;
using namespace halftone::test;

namespace {

/// Code and message of the error that compiling throws; fails when there is none.
Error errorOf(const Graph& graph) {
    try {
        compiled(graph);
    } catch (const Error& error) {
        return error;
    }
    FAIL("compiling did not fail");
    return Error(ErrorCode::Internal, "");
}

} // namespace

TEST_CASE("a layer that cannot run is refused by name") {
    GraphBuilder b;
    const ValueId x = b.input("x", {1, 4});
    const ValueId y = b.graph.addValue({"y", ElementType::F32, {1, 4}, {}, {}});
    b.graph.addNode({"strange", Opaque{"operator NonMaxSuppression"}, {x}, {y}, {"strange"}});
    b.graph.outputs = {y};
    const Error error = errorOf(b.graph);
    CHECK(error.code() == ErrorCode::Unsupported);
    CHECK(error.where() == "strange");
    CHECK_THAT(error.message(), Contains("strange") && Contains("NonMaxSuppression"));
}

TEST_CASE("a cancelled job stops compiling") {
    GraphBuilder b;
    const Graph graph = b.build({b.conv("a", b.input("x", {1, 3, 8, 8}), 3, 4)});
    Job job;
    job.cancel();
    CHECK_THROWS_AS(compile(graph, {Precision::Fp32}, job), Cancelled);
    CHECK_THROWS_AS(compile(graph, {Precision::Int8}, job), Cancelled);
}

TEST_CASE("a network that needs more memory than there is fails with a limit, not by being killed") {
    GraphBuilder b;
    const ValueId x = b.input("x", {1, 1, int64_t{1} << 19, int64_t{1} << 20});
    const Error error = errorOf(b.build({b.relu("relu", x)}));
    CHECK(error.code() == ErrorCode::Limit);
    CHECK_THAT(error.message(), Contains("memory") && Contains("batch"));
}

TEST_CASE("step times are added up and the whole run is at least their sum") {
    useThreads(1);
    GraphBuilder b;
    Plan plan = compiled(b.build({b.conv("c", b.conv("a", b.input("x", {1, 3, 8, 8}), 3, 4), 4, 4)}));
    std::vector<int64_t> steps(plan.steps().size());
    const int64_t whole = plan.runTimed(steps);
    int64_t sum = 0;
    for (const int64_t step : steps) {
        CHECK(step > 0);
        sum += step;
    }
    CHECK(sum <= whole);
}

/// In row-major order.
std::vector<double> inOrder(const Activation& activation, const Shape& shape) {
    const int64_t channels = shape[1], block = activation.channelBlock;
    const int64_t positions = elementCount(shape) / (shape[0] * channels);
    std::vector<double> values;
    for (int64_t n = 0; n < shape[0]; ++n)
        for (int64_t c = 0; c < channels; ++c)
            for (int64_t p = 0; p < positions; ++p)
                values.push_back(static_cast<double>(activation.elements[static_cast<size_t>(
                    (n * channels + c / block * block) * positions + p * block + c % block)]));
    return values;
}

TEST_CASE("every activation is observed with the values it has, inputs first") {
    useThreads(1);
    for (const int64_t channels : {3, 16}) {
        GraphBuilder b;
        const ValueId x = b.input("x", {2, 3, 8, 8});
        const ValueId a = b.conv("a", x, 3, channels);
        const ValueId sum = b.node("sum", conv2d(1, 1, 1, {AddInput{3}}),
                                   {b.relu("r", a), b.constant("w", Shape{channels, channels, 3, 3}), kNoValue, a});
        const Graph graph = b.build({b.node("soft", Softmax{1}, {b.node("flat", Reshape{{0, -1}}, {sum})})});
        Plan plan = compiled(graph);
        const auto inputs = inputsFor(graph);
        outputsOf(plan, graph, inputs);
        const auto expected = evaluate(graph, inputs);
        std::vector<ValueId> seen;
        plan.runObserved([&](ValueId value, const Activation& activation) {
            seen.push_back(value);
            const std::vector<double> wanted = expected.at(value).toDoubles();
            REQUIRE(activation.elements.size() == wanted.size());
            const std::vector<double> got = inOrder(activation, graph.value(value).shape);
            for (size_t i = 0; i < got.size(); ++i)
                CHECK(got[i] == Approx(wanted[i]).margin(2e-5));
        });
        REQUIRE(seen.size() == 5);
        CHECK(seen[0] == x);
        CHECK(seen[1] == a);
        CHECK(seen[3] == sum);
    }
}
