// SPDX-License-Identifier: GPL-3.0-or-later
// Which sample stands where in every batch, with samples that are their own number.
#include "core/base/error.h"
#include "core/engine/compile.h"
#include "core/engine/machine/machine.h"
#include "core/graph/infer.h"
#include "core/workflow/samples/feed.h"
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

struct Course : JobListener {
    double fraction = 0;
    void progress(double told, double) override { fraction = told; }
};

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
            forEachBatch(plan, samples, indices, stages, [&](std::span<const int64_t> told) {
                CHECK(told.size() == std::min(static_cast<size_t>(batch), indices.size() - seen));
                CHECK(std::ranges::equal(told, std::span(indices).subspan(seen, told.size())));
                for (size_t input = 0; input < 2; ++input) {
                    const std::vector<int> numbers = rows(plan, input);
                    for (size_t i = 0; i < numbers.size(); ++i)
                        CHECK(numbers[i] == indices[std::min(seen + i, indices.size() - 1)]);
                }
                seen += told.size();
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
    forEachBatch(plan, samples, upTo(30), stages, [](std::span<const int64_t>) {});
    CHECK(samples.filled == 30);
}

TEST_CASE("Feeding ends behind the batch after which it is enough") {
    Plan plan = planFor(4);
    const Numbers samples(30);
    Course course;
    Job job(&course);
    Stages stages(job, {{"Feeding", 1}});
    stages.next();
    size_t seen = 0;
    forEachBatch(
        plan, samples, upTo(30), stages, [&](std::span<const int64_t> told) { seen += told.size(); },
        [&] { return seen >= 10; });
    CHECK(seen == 12);
    CHECK(course.fraction == 1); // of what there is to do, nothing is left
}

TEST_CASE("One batch can be filled alone, from any place") {
    Plan plan = planFor(3);
    const Numbers samples(10);
    fillBatch(plan, samples, upTo(10), 2);
    CHECK((rows(plan, 0) == std::vector<int>{2, 3, 4}));
    fillBatch(plan, samples, upTo(10), 8);
    CHECK((rows(plan, 0) == std::vector<int>{8, 9, 9}));
}

TEST_CASE("Broken samples are left out, noted, and the others stay in order and are prepared once") {
    for (const int threads : {1, 2})
        for (const int64_t batch : {1, 3, 8, 16}) {
            useThreads(threads);
            Plan plan = planFor(batch);
            Numbers samples(40);
            samples.broken = {0, 3, 4, 5, 6, 17, 38, 39};
            Job job;
            Stages stages(job, {{"Feeding", 1}});
            stages.next();
            std::vector<int64_t> seen;
            size_t batches = 0;
            forEachBatch(plan, samples, upTo(40), stages, [&](std::span<const int64_t> told) {
                const std::vector<int> numbers = rows(plan, 0);
                for (size_t i = 0; i < numbers.size(); ++i)
                    CHECK(numbers[i] == told[std::min(i, told.size() - 1)]);
                seen.insert(seen.end(), told.begin(), told.end());
                ++batches;
            });
            std::vector<int64_t> good;
            for (int64_t i = 0; i < 40; ++i)
                if (!std::ranges::count(samples.broken, i))
                    good.push_back(i);
            CHECK(seen == good);
            CHECK(batches == (good.size() + static_cast<size_t>(batch) - 1) / static_cast<size_t>(batch));
            CHECK(samples.filled == 40);
            CHECK(samples.damaged().size() == 8);
            CHECK(samples.damaged().at(17) == "Picture 17 is broken.");
            fillBatch(plan, samples, {3, 4, 7, 8}, 0);
            CHECK(rows(plan, 0).front() == 7);
        }
    useThreads(1);
}

TEST_CASE("More broken samples than good ones are refused with their number and the first, always") {
    for (const int threads : {1, 2}) {
        useThreads(threads);
        Plan plan = planFor(1);
        Numbers samples(20);
        samples.broken = {3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
        Job job;
        Stages stages(job, {{"Feeding", 1}});
        stages.next();
        int visits = 0;
        const auto count = [&](std::span<const int64_t>) { ++visits; };
        forEachBatch(plan, samples, upTo(20), stages, count);
        CHECK(visits == 10); // half of them are enough
        samples.broken.push_back(13);
        CHECK_THROWS_WITH(forEachBatch(plan, samples, upTo(20), stages, count),
                          Contains("of 20 samples cannot be read") && EndsWith("The first one: Picture 3 is broken."));
        CHECK_THROWS_WITH(fillBatch(plan, samples, {5}, 0), Contains("1 of 1"));
    }
    useThreads(1);
}

TEST_CASE("A defect or a wrong option is no broken sample") {
    struct Wrong : Samples {
        int64_t size() const override { return 10; }
        void fill(int64_t, std::span<float>) const override { throw Error(ErrorCode::Usage, "The mean is wrong."); }
    };
    Plan plan = planFor(1);
    const Wrong samples;
    CHECK_THROWS_WITH(fillBatch(plan, samples, upTo(10), 0), "The mean is wrong.");
    CHECK(samples.damaged().empty());
}

TEST_CASE("A cancel while samples are prepared stops before the next inference") {
    Plan plan = planFor(1);
    Numbers samples(1000);
    Job job;
    samples.cancelAt3 = &job;
    Stages stages(job, {{"Feeding", 1}});
    stages.next();
    int visits = 0;
    CHECK_THROWS_AS(forEachBatch(plan, samples, upTo(1000), stages, [&](std::span<const int64_t>) { ++visits; }),
                    Cancelled);
    CHECK(visits <= 3);
    CHECK(samples.filled < 100);
}
