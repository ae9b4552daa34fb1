// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/machine/machine.h"

#include "tests/support/catch.h"

#include <algorithm>
#include <omp.h>
#include <sched.h>
#include <vector>

using namespace halftone;

namespace {

int allowedCpus() {
    cpu_set_t set;
    sched_getaffinity(0, sizeof set, &set);
    return CPU_COUNT(&set);
}

int teamSize() {
    int size = 0;
#pragma omp parallel
#pragma omp master
    size = omp_get_num_threads();
    return size;
}

} // namespace

TEST_CASE("the machine is described") {
    const MachineInfo machine = machineInfo();
    CHECK(!machine.cpu.empty());
    CHECK(!machine.isa.empty());
    CHECK(machine.isa.rfind("ISA_", 0) == std::string::npos);
    CHECK(!machine.os.empty());
    CHECK(machine.onednn.rfind("3.", 0) == 0);
    CHECK(machine.cores >= 1);
    CHECK(machine.memoryBytes > 0);
}

TEST_CASE("the team has the size that was asked for, and surplus threads are not pinned") {
    const int cores = machineInfo().cores;
    useThreads(1);
    CHECK(teamSize() == 1);
    CHECK(allowedCpus() == 1);
    CHECK(machineInfo().cores == cores); // pinning does not change what the machine has
    useThreads(cores + 1);
    CHECK(teamSize() == cores + 1);
    CHECK(allowedCpus() == cores);
    useThreads(2);
    CHECK(teamSize() == 2);
    useThreads(1);
}

TEST_CASE("memory use is told") {
    constexpr int64_t size = 64 << 20;
    const PeakGrowth first;
    {
        const std::vector<char> touched(size, 1);
        CHECK(std::ranges::count(touched, 1) == size);
    }
    CHECK(first.bytes() > size - size / 16); // the system counts pages in batches
    const PeakGrowth second;                 // what was freed is no growth
    CHECK(second.bytes() < size / 2);
}
