// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/machine/bandwidth.h"

#include "core/base/clock.h"
#include "core/base/vectors.h"
#include "core/engine/machine/machine.h"
#include "core/engine/machine/thread_team.h"

#include <algorithm>
#include <cstdlib>
#include <fmt/format.h>
#include <fstream>
#include <map>
#include <memory>
#include <new>
#include <omp.h>
#include <unistd.h>

namespace halftone {

namespace {

constexpr int64_t kPieceBytes = 4096; // a thread's part is a multiple of it

struct Cache {
    int level = 0;
    int64_t bytes = 0;
    std::string sharedBy; // list of CPUs
};

/// Data caches of a CPU. sysconf knows them too, but counts the L3 caches of a whole socket as one.
std::vector<Cache> cachesOf(int cpu) {
    std::vector<Cache> caches;
    for (int index = 0; index < 16; ++index) {
        const std::string folder = fmt::format("/sys/devices/system/cpu/cpu{}/cache/index{}/", cpu, index);
        std::ifstream levelFile(folder + "level"), typeFile(folder + "type"), sizeFile(folder + "size"),
            sharedFile(folder + "shared_cpu_list");
        Cache cache;
        std::string type;
        int64_t size = 0;
        char unit = 0;
        if (!(levelFile >> cache.level && typeFile >> type && sizeFile >> size >> unit && sharedFile >> cache.sharedBy))
            continue;
        cache.bytes = size * (unit == 'M' ? 1 << 20 : 1 << 10);
        if (type != "Instruction" && size > 0)
            caches.push_back(cache);
    }
    return caches;
}

// Four streams, because each is summed in a register of its own and one addition must not wait for the last.
HALFTONE_VECTORS uint64_t readAll(const uint64_t* data, int64_t count) {
    const int64_t quarter = count / 4;
    uint64_t a = 0, b = 0, c = 0, d = 0;
    for (int64_t i = 0; i < quarter; ++i) {
        a += data[i];
        b += data[i + quarter];
        c += data[i + 2 * quarter];
        d += data[i + 3 * quarter];
    }
    return a + b + c + d;
}

class Reader {
public:
    Reader(int64_t capacityBytes, int threads)
        : m_threads(threads),
          m_words(static_cast<uint64_t*>(std::aligned_alloc(kPieceBytes, static_cast<size_t>(capacityBytes)))) {
        if (!m_words)
            throw std::bad_alloc();
        // Each thread touches its part first, so that it lies in memory near to it.
        const int64_t words = capacityBytes / 8 / threads;
#pragma omp parallel num_threads(threads)
        std::fill_n(m_words.get() + words * omp_get_thread_num(), words, 1);
    }

    /// Of the fastest pass, in bytes per ns.
    double rate(int64_t workingSetBytes, const Job& job) {
        const int64_t words = workingSetBytes / 8 / m_threads;
        const int64_t passes = std::max<int64_t>(1, kPassBytes / (words * 8));
        double best = 0;
        uint64_t sum = 0;
        int64_t spentNs = 0;
        for (int run = 0; run < kLeastRuns || spentNs < kRunsNs; ++run) {
            job.checkCancelled();
            const int64_t start = nowNs();
#pragma omp parallel num_threads(m_threads) reduction(+ : sum)
            {
#pragma omp barrier // every part on a thread of its own: without it one that is done would take what a late one leaves
                const uint64_t* mine = m_words.get() + words * omp_get_thread_num();
                for (int64_t pass = 0; pass < passes; ++pass)
                    sum += readAll(mine, words);
            }
            const int64_t ns = std::max<int64_t>(1, nowNs() - start);
            spentNs += ns;
            best = std::max(best, static_cast<double>(passes * words * 8 * m_threads) / static_cast<double>(ns));
        }
        m_used = sum;
        return best;
    }

private:
    static constexpr int64_t kPassBytes = 8 << 20; // of a thread in a run: far longer than starting the team takes
    static constexpr int kLeastRuns = 12; // one that waited for another program takes as long as hundreds of others
    static constexpr int64_t kRunsNs = 15'000'000;

    int m_threads;
    struct Free {
        void operator()(uint64_t* words) const { std::free(words); }
    };
    std::unique_ptr<uint64_t, Free> m_words;
    volatile uint64_t m_used = 0; // else the compiler drops the reading
};

int64_t workingSet(const std::vector<MemoryLevel>& levels, size_t level, int threads) {
    int64_t bytes = levels[level].capacityBytes / 2;
    if (bytes == 0) { // memory
        int64_t largest = 16 << 20;
        for (const MemoryLevel& cache : levels)
            largest = std::max(largest, cache.capacityBytes);
        bytes = std::min<int64_t>({4 * largest, 1 << 30, machineInfo().memoryBytes / 8});
    }
    const int64_t piece = kPieceBytes * threads;
    return std::max(piece, bytes / piece * piece);
}

} // namespace

std::vector<MemoryLevel> memoryLevels(int threads) {
    std::map<int, std::map<std::string, int64_t>> caches; // by level, each cache once
    const std::vector<int>& cpus = startCpus();
    for (size_t i = 0; i < std::min<size_t>(cpus.size(), static_cast<size_t>(threads)); ++i)
        for (const Cache& cache : cachesOf(cpus[i]))
            caches[cache.level][cache.sharedBy] = cache.bytes;
    std::vector<MemoryLevel> levels;
    for (const auto& [level, ofLevel] : caches) {
        levels.push_back({fmt::format("L{}", level), 0});
        for (const auto& [sharedBy, bytes] : ofLevel)
            levels.back().capacityBytes += bytes;
    }
    levels.push_back({"memory", 0});
    return levels;
}

std::vector<ReadRate> measureReadRates(const std::vector<MemoryLevel>& levels, int threads, const Job& job) {
    std::vector<ReadRate> rates;
    for (size_t level = 0; level < levels.size(); ++level)
        rates.push_back({workingSet(levels, level, threads), 0});
    int64_t largest = 0;
    for (const ReadRate& rate : rates)
        largest = std::max(largest, rate.workingSetBytes);
    Reader reader(largest, threads);
    for (ReadRate& rate : rates)
        rate.gbps = reader.rate(rate.workingSetBytes, job);
    return rates;
}

} // namespace halftone
