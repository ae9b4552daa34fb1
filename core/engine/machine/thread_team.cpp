// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/machine/thread_team.h"

#include "core/base/clock.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <immintrin.h>
#include <mutex>
#include <omp.h>
#include <pthread.h>
#include <sched.h>
#include <thread>
#include <utility>

namespace halftone {

namespace {

// How long a thread that waits keeps its CPU before it sleeps. It never yields: that would give away the turn which the
// system owes this program beside others, while a sleeper gets its next one at once. tests/benchmarks/README.md tells
// what was measured.
constexpr int64_t kKeepNs = 100'000;
// How long threads may move after one of them lost its CPU in the middle of a part.
constexpr int64_t kLooseNs = 500'000'000;

constexpr int kMostThreads = 1 << 10;
constexpr int kMostLoops = 16;

using Work = void (*)(void*);
using Counter = unsigned long;

/// A loop as one thread goes through it: its iterations are handed out in chunks, to the threads in turn or (`shared`)
/// to whoever asks next. Arithmetic wraps, so that signed loops are unsigned ones.
struct Loop {
    Counter begin = 0, step = 0, iterations = 0, chunk = 0, next = 0, stride = 0;
    std::atomic<Counter>* shared = nullptr;

    bool take(Counter* from, Counter* to) {
        const Counter index = shared ? shared->fetch_add(1) : std::exchange(next, next + stride);
        if (index >= (iterations + chunk - 1) / chunk)
            return false;
        *from = begin + step * index * chunk;
        *to = begin + step * std::min(iterations, (index + 1) * chunk);
        return true;
    }
};

/// Where the code that runs on this thread stands: part `part` of the `parts` of a region. Inside a region another one
/// has a single part.
struct Place {
    int part = 0, parts = 1;
    bool inRegion = false;
    int loops = 0; // begun in this region
    Loop loop{};
};
thread_local Place place;

std::vector<int> allowedCpus() {
    cpu_set_t set;
    CPU_ZERO(&set);
    std::vector<int> cpus;
    if (sched_getaffinity(0, sizeof set, &set) == 0)
        for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu)
            if (CPU_ISSET(cpu, &set))
                cpus.push_back(cpu);
    return cpus;
}

/// `onSleep` is called once, before the thread sleeps.
template <typename Done, typename OnSleep> void await(std::atomic<int>& word, Done done, OnSleep onSleep) {
    if (done(word.load()))
        return;
    for (const int64_t start = nowNs(); nowNs() - start < kKeepNs;)
        for (int i = 0; i < 8; ++i) { // a pause is as long as a reading of the clock
            _mm_pause();
            if (done(word.load()))
                return;
        }
    onSleep();
    for (int value = word.load(); !done(value); value = word.load())
        word.wait(value);
}
template <typename Done> void await(std::atomic<int>& word, Done done) {
    await(word, done, [] {});
}

/// One region runs at a time; others that begin meanwhile, on threads that are not of the team, wait. Part i is meant
/// for thread i (0: the one that began the region), but threads that are done take what nobody has begun. There are as
/// many threads as parts, and each runs one part at a time: so every part is begun even when all wait for each other.
class Team {
public:
    int size() {
        int size = m_size.load(std::memory_order_relaxed);
        if (size == 0) {
            size = std::clamp<int>(static_cast<int>(startCpus().size()), 1, kMostThreads);
            m_size.store(size, std::memory_order_relaxed);
        }
        return size;
    }

    void resize(int size, const std::vector<int>& cpus) {
        const std::lock_guard lock(m_busy);
        m_size = std::clamp(size, 1, kMostThreads);
        grow(m_size);
        m_threads[0] = pthread_self();
        m_cpuCount = std::min(cpus.size(), m_cpus.size());
        std::copy_n(cpus.begin(), m_cpuCount, m_cpus.begin());
        pin(m_size <= static_cast<int>(m_cpuCount));
    }

    void keepSteady(int more) {
        const std::lock_guard lock(m_busy);
        m_steady += more;
        if (m_steady > 0 && m_looseSinceNs > 0)
            pin(true);
    }

    /// The calling thread is now in part 0; it calls end() afterwards.
    void begin(Work work, void* data, int parts) {
        m_busy.lock();
        grow(parts);
        if (m_looseSinceNs > 0 && nowNs() - m_looseSinceNs > kLooseNs)
            pin(true);
        m_work = work;
        m_data = data;
        m_open = parts - 1;
        std::fill_n(m_loops.begin(), std::exchange(m_loopsUsed, 0), 0);
        const uint64_t region = (++m_regions << 16) | static_cast<uint64_t>(parts);
        m_takenIn[0] = region;
        m_region = region;
        ++m_begun;
        m_begun.notify_all();
        place = {0, parts, true};
    }

    void end() {
        m_loopsUsed = place.loops;
        place = {};
        takeParts(m_region, 0);
        await(
            m_open, [](int open) { return open == 0; }, [this] { loosen(); });
        m_busy.unlock();
    }

    void barrier(int parts) {
        const int phase = m_phase;
        if (++m_arrived == parts) {
            m_arrived = 0;
            ++m_phase;
            m_phase.notify_all();
        } else {
            await(m_phase, [phase](int now) { return now != phase; });
        }
    }

    std::atomic<Counter>* counter(int loop) {
        if (loop >= kMostLoops) {
            std::fputs("A parallel region has too many loops that are handed out in chunks.\n", stderr);
            std::abort();
        }
        return &m_loops[static_cast<size_t>(loop)];
    }

private:
    /// Each thread of the team on a CPU of its own, or on any of them.
    void pin(bool apart) {
        for (size_t id = 0; id < static_cast<size_t>(m_size); ++id) {
            cpu_set_t mask;
            CPU_ZERO(&mask);
            for (size_t i = 0; i < m_cpuCount; ++i)
                if (!apart || i == id)
                    CPU_SET(static_cast<size_t>(m_cpus[i]), &mask);
            pthread_setaffinity_np(m_threads[id], sizeof mask, &mask);
        }
        m_looseSinceNs = 0;
    }

    /// Another program runs where a thread was in the middle of a part. The CPU of this one, which can only wait, may
    /// take that thread over.
    void loosen() {
        if (m_steady > 0 || m_size > static_cast<int>(m_cpuCount))
            return;
        if (m_looseSinceNs == 0)
            pin(false);
        m_looseSinceNs = nowNs();
    }

    static int partsOf(uint64_t region) { return static_cast<int>(region & 0xffff); }

    void grow(int size) {
        for (; m_made < size; ++m_made) {
            std::thread thread([this, id = m_made, begun = m_begun.load()] { serve(id, begun); });
            m_threads[static_cast<size_t>(m_made)] = thread.native_handle();
            thread.detach();
        }
    }

    [[noreturn]] void serve(int id, int seen) {
        for (;;) {
            await(m_begun, [seen](int begun) { return begun != seen; });
            seen = m_begun;
            const uint64_t region = m_region;
            if (id < partsOf(region))
                takeParts(region, id);
        }
    }

    void takeParts(uint64_t region, int first) {
        const int parts = partsOf(region);
        for (int i = 0; i < parts; ++i) {
            const int part = first + i < parts ? first + i : first + i - parts;
            if (!taken(part, region))
                continue;
            place = {part, parts, true};
            m_work(m_data);
            place = {};
            if (--m_open == 0)
                m_open.notify_all();
        }
    }

    /// Whether this thread is the one to run it. Of a region that is over all parts were taken, in it or in a later
    /// one, so a thread that comes late gets none.
    bool taken(int part, uint64_t region) {
        std::atomic<uint64_t>& last = m_takenIn[static_cast<size_t>(part)];
        uint64_t before = last.load();
        return before < region && last.compare_exchange_strong(before, region);
    }

    std::mutex m_busy; // held while a region runs
    Work m_work = nullptr;
    void* m_data = nullptr;
    std::array<int, kMostThreads> m_cpus{}; // of the team
    size_t m_cpuCount = 0;
    int64_t m_looseSinceNs = 0; // when threads were last let move; 0: each has its CPU
    int m_steady = 0;           // how many want threads to stay
    int m_made = 1, m_loopsUsed = 0;
    uint64_t m_regions = 0;
    std::atomic<int> m_size{0};
    std::array<pthread_t, kMostThreads> m_threads{}; // [0]: the one that resized the team
    std::array<std::atomic<uint64_t>, kMostThreads> m_takenIn{};
    std::array<std::atomic<Counter>, kMostLoops> m_loops{};
    // Each on lines of its own: they are written while others are read.
    alignas(128) std::atomic<int> m_begun{0}; // regions
    std::atomic<uint64_t> m_region{0};        // its number, and its parts in the low 16 bits
    alignas(128) std::atomic<int> m_open{0};  // parts that are not done, but the first
    alignas(128) std::atomic<int> m_arrived{0};
    std::atomic<int> m_phase{0};
};

/// Ready before any code runs, and never destroyed: its threads end with the program.
constinit Team team;

/// In the number of threads that an OpenMP directive asks for 0 means the default.
bool runsAlone(unsigned threads) {
    return place.inRegion || (threads == 0 ? team.size() : static_cast<int>(threads)) <= 1;
}

int partsFor(unsigned threads) {
    return threads == 0 ? team.size() : static_cast<int>(std::min<unsigned>(threads, kMostThreads));
}

thread_local std::vector<Place> outerPlaces; // of regions of one part that began with GOMP_parallel_start

/// What a region of one part replaces, until its end.
Place alone() {
    return std::exchange(place, {0, 1, place.inRegion});
}

/// Of `iterations`, from `begin` on, in chunks that whoever is free asks for.
Loop sharedLoop(Counter begin, Counter step, Counter iterations, Counter chunk) {
    Loop loop{begin, step, iterations, std::max<Counter>(1, chunk), 0, 1};
    if (place.parts > 1)
        loop.shared = team.counter(place.loops++);
    return loop;
}

bool beginLoop(Loop loop, Counter* from, Counter* to) {
    place.loop = loop;
    return place.loop.take(from, to);
}

Counter iterationsOf(long begin, long end, long step) {
    const long distance = step > 0 ? end - begin + step - 1 : end - begin + step + 1;
    return static_cast<Counter>(std::max(0L, distance / step));
}

/// A region that is such a loop and nothing else.
struct LoopRegion {
    Work work;
    void* data;
    long begin, end, step, chunk;

    static void run(void* region) {
        const auto& [work, data, begin, end, step, chunk] = *static_cast<const LoopRegion*>(region);
        place.loop = sharedLoop(static_cast<Counter>(begin), static_cast<Counter>(step), iterationsOf(begin, end, step),
                                static_cast<Counter>(chunk));
        work(data);
    }
};

} // namespace

const std::vector<int>& startCpus() {
    static const std::vector<int> cpus = allowedCpus();
    return cpus;
}

void setTeam(int threads, const std::vector<int>& cpus) {
    team.resize(threads, cpus);
}

SteadyThreads::SteadyThreads() {
    team.keepSteady(1);
}

SteadyThreads::~SteadyThreads() {
    team.keepSteady(-1);
}

} // namespace halftone

// What the compiler and oneDNN call, as libgomp defines it. Locks (critical, atomic) stay libgomp's: they know no team.
// tests/architecture sees to it that nothing else is called.
extern "C" {

using namespace halftone;

int omp_get_thread_num() noexcept {
    return place.part;
}
int omp_get_num_threads() noexcept {
    return place.parts;
}
int omp_get_max_threads() noexcept {
    return team.size();
}
int omp_in_parallel() noexcept {
    return place.inRegion;
}

void GOMP_parallel(Work work, void* data, unsigned threads, unsigned) noexcept {
    if (runsAlone(threads)) {
        const Place outer = alone();
        work(data);
        place = outer;
        return;
    }
    team.begin(work, data, partsFor(threads));
    work(data);
    team.end();
}

void GOMP_parallel_loop_nonmonotonic_dynamic(Work work, void* data, unsigned threads, long begin, long end, long step,
                                             long chunk, unsigned flags) noexcept {
    LoopRegion region{work, data, begin, end, step, chunk};
    GOMP_parallel(LoopRegion::run, &region, threads, flags);
}

// The same in two calls, as compilers before GCC 4.9 made them: the caller runs the first part in between.
void GOMP_parallel_start(Work work, void* data, unsigned threads) noexcept {
    if (runsAlone(threads))
        outerPlaces.push_back(alone());
    else
        team.begin(work, data, partsFor(threads));
}
void GOMP_parallel_end() noexcept {
    if (place.parts > 1) {
        team.end();
    } else {
        place = outerPlaces.back();
        outerPlaces.pop_back();
    }
}

void GOMP_barrier() noexcept {
    if (place.parts > 1)
        team.barrier(place.parts);
}

bool GOMP_loop_static_start(long begin, long end, long step, long chunk, Counter* from, Counter* to) noexcept {
    const Counter iterations = iterationsOf(begin, end, step), parts = static_cast<Counter>(place.parts);
    const Counter even = std::max<Counter>(1, (iterations + parts - 1) / parts);
    return beginLoop({static_cast<Counter>(begin), static_cast<Counter>(step), iterations,
                      chunk > 0 ? static_cast<Counter>(chunk) : even, static_cast<Counter>(place.part), parts},
                     from, to);
}
bool GOMP_loop_nonmonotonic_dynamic_start(long begin, long end, long step, long chunk, Counter* from,
                                          Counter* to) noexcept {
    return beginLoop(sharedLoop(static_cast<Counter>(begin), static_cast<Counter>(step), iterationsOf(begin, end, step),
                                static_cast<Counter>(chunk)),
                     from, to);
}
bool GOMP_loop_ull_nonmonotonic_dynamic_start(bool up, unsigned long long begin, unsigned long long end,
                                              unsigned long long step, unsigned long long chunk, Counter* from,
                                              Counter* to) noexcept {
    const unsigned long long distance = up ? end - begin : begin - end, stride = up ? step : -step;
    const bool empty = up ? end <= begin : begin <= end;
    return beginLoop(sharedLoop(begin, step, empty ? 0 : (distance + stride - 1) / stride, chunk), from, to);
}
bool GOMP_loop_static_next(Counter* from, Counter* to) noexcept {
    return place.loop.take(from, to);
}
bool GOMP_loop_nonmonotonic_dynamic_next(Counter* from, Counter* to) noexcept {
    return place.loop.take(from, to);
}
bool GOMP_loop_ull_nonmonotonic_dynamic_next(Counter* from, Counter* to) noexcept {
    return place.loop.take(from, to);
}
void GOMP_loop_end_nowait() noexcept {}
void GOMP_loop_end() noexcept {
    GOMP_barrier();
}
}
