// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/machine/thread_team.h"

#include "core/engine/machine/machine.h"

#include "tests/support/catch.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <dlfcn.h>
#include <omp.h>
#include <sched.h>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace halftone;

namespace {

/// The file that a function lies in, as the program and its libraries find it by name.
const void* fileOf(const void* function) {
    Dl_info info{};
    return dladdr(function, &info) != 0 ? info.dli_fbase : nullptr;
}

} // namespace

TEST_CASE("the program and oneDNN find the team's functions, not libgomp's") {
    static const int ownData = 0;
    const void* own = fileOf(&ownData);
    REQUIRE(own);
    for (const char* name : {"GOMP_parallel", "GOMP_parallel_start", "GOMP_parallel_end", "GOMP_barrier",
                             "GOMP_loop_static_start", "omp_get_max_threads", "omp_get_thread_num"}) {
        INFO(name);
        CHECK(fileOf(dlsym(RTLD_DEFAULT, name)) == own);
    }
}

TEST_CASE("each part of a region runs once, whoever takes it") {
    for (const int threads : {1, 2, 3, 8, 2}) {
        setTeam(threads, {});
        std::vector<std::atomic<int>> runs(static_cast<size_t>(threads));
        std::atomic<int> wrongSize{0};
        constexpr int kRegions = 2000;
        for (int region = 0; region < kRegions; ++region) {
#pragma omp parallel
            {
                ++runs[static_cast<size_t>(omp_get_thread_num())];
                wrongSize += omp_get_num_threads() != threads || !omp_in_parallel() == (threads > 1);
            }
        }
        CHECK(wrongSize == 0);
        CHECK(std::ranges::count(runs, kRegions, [](const auto& count) { return count.load(); }) == threads);
    }
    CHECK(omp_get_thread_num() == 0);
    CHECK(omp_get_num_threads() == 1);
    CHECK_FALSE(omp_in_parallel());
    useThreads(1);
}

TEST_CASE("a part that its thread does not come for is taken by another one") {
    setTeam(2, {sched_getcpu(), sched_getcpu()}); // both on one CPU: the second comes when the first lets it
    const pid_t first = gettid();
    std::atomic<int> parts{0}, ofAnother{0};
    for (int region = 0; region < 1000; ++region) {
#pragma omp parallel num_threads(2)
        {
            ++parts;
            ofAnother += omp_get_thread_num() == 1 && gettid() == first;
        }
    }
    CHECK(parts == 2000);
    CHECK(ofAnother > 0);
    useThreads(1);
}

TEST_CASE("threads may move once one is stalled, and stay where times are compared") {
    if (startCpus().size() < 2)
        return; // nowhere to move
    const auto cpusOfThisThread = [] {
        cpu_set_t set;
        CPU_ZERO(&set);
        sched_getaffinity(0, sizeof set, &set);
        return CPU_COUNT(&set);
    };
    const auto stall = [] {
        std::atomic<int> begun{0};
#pragma omp parallel
        {
            ++begun;
            while (begun < 2) { // each thread has a part
            }
            if (omp_get_thread_num() == 1)
                std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
    };
    setTeam(2, startCpus());
    CHECK(cpusOfThisThread() == 1);
    {
        const SteadyThreads steady;
        stall();
        CHECK(cpusOfThisThread() == 1);
    }
    stall();
    CHECK(cpusOfThisThread() == static_cast<int>(startCpus().size()));
    {
        const SteadyThreads steady;
        CHECK(cpusOfThisThread() == 1);
    }
    useThreads(1);
}

TEST_CASE("a region inside a region is one thread's, and leaves its place as it was") {
    setTeam(3, {});
    std::atomic<int> inner{0}, wrong{0};
#pragma omp parallel
    {
        const int outer = omp_get_thread_num();
#pragma omp parallel
        {
            ++inner;
            wrong += omp_get_num_threads() != 1 || omp_get_thread_num() != 0 || !omp_in_parallel();
        }
        wrong += omp_get_thread_num() != outer || omp_get_num_threads() != 3;
    }
    CHECK(inner == 3);
    CHECK(wrong == 0);
    useThreads(1);
}

TEST_CASE("loops hand each iteration out once, in turn or to whoever asks") {
    setTeam(3, {});
    for (const int count : {0, 1, 2, 3, 7, 100}) {
        std::vector<std::atomic<int>> seen(static_cast<size_t>(count)), down(seen.size()), nested(seen.size());
        std::atomic<int> forward{0};
#pragma omp parallel
        {
#pragma omp for schedule(dynamic, 2)
            for (int i = 0; i < count; ++i)
                ++seen[static_cast<size_t>(i)];
#pragma omp for schedule(dynamic) nowait
            for (int i = count - 1; i >= 0; --i) {
                ++down[static_cast<size_t>(i)];
#pragma omp parallel for schedule(dynamic)
                for (int j = 0; j < 3; ++j)
                    ++nested[static_cast<size_t>(i)];
            }
#pragma omp for schedule(dynamic)
            for (size_t i = 0; i < seen.size(); ++i)
                ++forward;
        }
        INFO(count);
        CHECK(std::ranges::count(seen, 1, [](const auto& n) { return n.load(); }) == count);
        CHECK(std::ranges::count(down, 1, [](const auto& n) { return n.load(); }) == count);
        CHECK(std::ranges::count(nested, 3, [](const auto& n) { return n.load(); }) == count);
        CHECK(forward == count);
    }
    useThreads(1);
}

TEST_CASE("parts can wait for each other, with more threads than CPUs too") {
    const int threads = 2 * machineInfo().cores + 1;
    setTeam(threads, {});
    std::atomic<int> arrived{0}, early{0};
    for (int region = 0; region < 50; ++region) {
        arrived = 0;
#pragma omp parallel
        for (int round = 1; round <= 20; ++round) {
            ++arrived;
#pragma omp barrier
            early += arrived < round * threads;
#pragma omp barrier
        }
    }
    CHECK(early == 0);
    useThreads(1);
}

TEST_CASE("threads outside the team may begin regions at once") {
    setTeam(2, {});
    std::atomic<int> parts{0};
    const auto work = [&parts] {
        for (int region = 0; region < 500; ++region) {
#pragma omp parallel num_threads(2)
            ++parts;
        }
    };
    std::thread other(work);
    work();
    other.join();
    CHECK(parts == 2000);
    useThreads(1);
}
