// Which sample stands where in every batch, with samples that are their own number.
#include "core/base/error.h"
#include "core/engine/compile.h"
#include "core/engine/machine.h"
#include "core/graph/infer.h"
#include "core/workflow/feed.h"
#include "tests/support/catch.h"

#include <algorithm>
#include <atomic>

using namespace halftone;

namespace {

/// relu of [batch, 5]; every input has this form.
Plan planFor(int64_t batch, int inputs = 1) {
    Graph graph;
    for (int i = 0; i < inputs; ++i) {
        const std::string name = std::to_string(i);
        const ValueId x = graph.addValue({"x" + name, ElementType::F32, {batch, 5}});
        const ValueId y = graph.addValue({"y" + name});
        graph.inputs.push_back(x);
        graph.addNode({"relu" + name, Unary{UnaryKind::Relu}, {x}, {y}, {"relu" + name}});
        graph.outputs.push_back(y);
    }
    return compile(infer(std::move(graph)), {Precision::Fp32}, Job());
}

struct Numbers : Samples {
    int64_t count = 0;
    std::vector<int64_t> broken = {};
    mutable std::atomic<int> filled{0};
    Job* cancelAt3 = nullptr;

    explicit Numbers(int64_t count) : count(count) {}
    int64_t size() const override { return count; }
    void fill(int64_t index, std::span<float> dst) const override {
        ++filled;
        if (cancelAt3 && index == 3)
            cancelAt3->cancel();
        if (std::ranges::count(broken, index))
            throw Error(ErrorCode::BadInput, "Picture " + std::to_string(index) + " is broken.");
        std::ranges::fill(dst, static_cast<float>(index));
    }
};

std::vector<int64_t> upTo(int64_t count) {
    return evenlySpread(count, count);
}

/// The number of the sample in each row of an input.
std::vector<int> rows(Plan& plan, size_t input) {
    std::vector<int> result;
    const auto values = plan.input(input);
    for (size_t row = 0; row < values.size() / 5; ++row) {
        result.push_back(static_cast<int>(values[5 * row]));
        CHECK(std::ranges::count(values.subspan(5 * row, 5), values[5 * row]) == 5);
    }
    return result;
}

} // namespace

TEST_CASE(
    "Every batch holds its samples in order, whatever the number of threads, and the last repeats its last sample") {
    for (const int threads : {1, 2})
        for (const int64_t batch : {1, 3, 7, 64}) {
            useThreads(threads);
            Plan plan = planFor(batch, 2);
            const Numbers samples(50);
            const std::vector<int64_t> indices = evenlySpread(25, 50); // 0, 2, 4 ...
            Job job;
            Stages stages(job, {{"Feeding", 1}});
            stages.next();
            size_t seen = 0;
            forEachBatch(plan, samples, indices, stages, [&](size_t first, size_t count) {
                CHECK(first == seen);
                CHECK(count == std::min(static_cast<size_t>(batch), indices.size() - first));
                for (size_t input = 0; input < 2; ++input) {
                    const std::vector<int> numbers = rows(plan, input);
                    for (size_t i = 0; i < numbers.size(); ++i)
                        CHECK(numbers[i] == indices[std::min(first + i, indices.size() - 1)]);
                }
                seen += count;
            });
            CHECK(seen == indices.size());
        }
    useThreads(1);
}

TEST_CASE("Each sample is prepared once an input") {
    Plan plan = planFor(4);
    const Numbers samples(30);
    Job job;
    Stages stages(job, {{"Feeding", 1}});
    stages.next();
    forEachBatch(plan, samples, upTo(30), stages, [](size_t, size_t) {});
    CHECK(samples.filled == 30);
}

TEST_CASE("One batch can be filled alone, from any place") {
    Plan plan = planFor(3);
    const Numbers samples(10);
    fillBatch(plan, samples, upTo(10), 2);
    CHECK((rows(plan, 0) == std::vector<int>{2, 3, 4}));
    fillBatch(plan, samples, upTo(10), 8);
    CHECK((rows(plan, 0) == std::vector<int>{8, 9, 9}));
}

TEST_CASE("Of several broken samples the first is told, always") {
    for (const int threads : {1, 2}) {
        useThreads(threads);
        Plan plan = planFor(1);
        Numbers samples(20);
        samples.broken = {3, 4, 5, 6};
        Job job;
        Stages stages(job, {{"Feeding", 1}});
        stages.next();
        CHECK_THROWS_WITH(forEachBatch(plan, samples, upTo(20), stages, [](size_t, size_t) {}), "Picture 3 is broken.");
    }
    useThreads(1);
}

TEST_CASE("A cancel while samples are prepared stops before the next inference") {
    Plan plan = planFor(1);
    Numbers samples(1000);
    Job job;
    samples.cancelAt3 = &job;
    Stages stages(job, {{"Feeding", 1}});
    stages.next();
    int visits = 0;
    CHECK_THROWS_AS(forEachBatch(plan, samples, upTo(1000), stages, [&](size_t, size_t) { ++visits; }), Cancelled);
    CHECK(visits <= 3);
    CHECK(samples.filled < 100);
}
