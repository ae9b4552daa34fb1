// SPDX-License-Identifier: GPL-3.0-or-later
// Limits of the machine. How fast it is nobody knows beforehand; what is checked is what holds on any machine.
#include "core/engine/machine/bandwidth.h"
#include "core/engine/machine/machine.h"
#include "core/engine/peaks.h"
#include "tests/support/catch.h"

#include <algorithm>
#include <set>

using namespace halftone;

TEST_CASE("fp32 and int8 have a peak that a real kernel reached, and no precision has two") {
    useThreads(1);
    const std::vector<ArithmeticPeak> peaks = measurePeaks(1, Job());
    std::set<std::string> precisions;
    for (const ArithmeticPeak& peak : peaks) {
        INFO(peak.precision << " " << peak.kernel);
        CHECK(peak.gops > 0);
        CHECK_FALSE(peak.kernel.empty());
        CHECK_FALSE(peak.kernel.starts_with("ref"));
        CHECK(precisions.insert(peak.precision).second);
    }
    CHECK(precisions.contains("fp32"));
    CHECK(precisions.contains("int8"));
}

TEST_CASE("An empty step costs something") {
    useThreads(1);
    CHECK(emptyStepMs(Job()) > 0);
}

TEST_CASE("Levels grow from cache to cache, memory comes last and holds everything") {
    useThreads(1);
    const std::vector<MemoryLevel> levels = memoryLevels(1);
    REQUIRE_FALSE(levels.empty());
    CHECK(levels.back().name == "memory");
    CHECK(levels.back().capacityBytes == 0);
    for (size_t i = 0; i + 1 < levels.size(); ++i) {
        CHECK(levels[i].name.starts_with("L"));
        CHECK(levels[i].capacityBytes > 0);
        if (i > 0)
            CHECK(levels[i].capacityBytes > levels[i - 1].capacityBytes);
    }
}

TEST_CASE("The working set of a cache lies inside it, that of memory beyond all caches") {
    const std::vector<MemoryLevel> levels{{"L1", 32 << 10}, {"L2", 1 << 20}, {"memory", 0}};
    for (const int threads : {1, 2}) {
        useThreads(threads);
        const std::vector<ReadRate> rates = measureReadRates(levels, threads, Job());
        REQUIRE(rates.size() == levels.size());
        for (size_t i = 0; i < levels.size(); ++i) {
            CHECK(rates[i].gbps > 0);
            CHECK(rates[i].workingSetBytes > 0);
            CHECK(rates[i].workingSetBytes % (8 * threads) == 0);
            if (levels[i].capacityBytes > 0)
                CHECK(rates[i].workingSetBytes <= levels[i].capacityBytes);
        }
        CHECK(rates.back().workingSetBytes > 1 << 20);
    }
    useThreads(1);
}

TEST_CASE("A cancel stops the measurement of limits") {
    useThreads(1);
    Job job;
    job.cancel();
    CHECK_THROWS_AS(measurePeaks(1, job), Cancelled);
    CHECK_THROWS_AS(emptyStepMs(job), Cancelled);
    CHECK_THROWS_AS(measureReadRates({{"memory", 0}}, 1, job), Cancelled);
}
