#include "core/profile/measure.h"

#include "core/base/clock.h"
#include "core/engine/machine.h"
#include "core/profile/statistics.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace halftone {

namespace {

constexpr double kNsPerMs = 1e6;

double runMs(Plan& plan) {
    const int64_t start = nowNs();
    plan.run();
    return static_cast<double>(nowNs() - start) / kNsPerMs;
}

/// Three runs, then until three in a row agree within 5 %; returns their median. On a busy machine they may never
/// agree: long networks stop when the budget is spent.
double warmUp(Plan& plan, double budgetS, const Job& job) {
    const int64_t start = nowNs();
    std::vector<double> times;
    for (int i = 0; i < 50; ++i) {
        job.checkCancelled();
        times.push_back(runMs(plan));
        if (i < 5)
            continue;
        const auto [lo, hi] = std::minmax_element(times.end() - 3, times.end());
        if (*hi <= 1.05 * *lo || static_cast<double>(nowNs() - start) / 1e9 >= budgetS)
            break;
    }
    return median(std::span(times).last(3));
}

/// How often a plan runs in its turn of a round.
struct Turn {
    int untimed, plain, stepwise;
    int runs() const { return untimed + plain + stepwise; }
};

/// Short networks run often enough in a turn that one clock tick or interrupt does not matter; networks so long that
/// the least number of rounds takes a multiple of the budget run as seldom as possible.
Turn turnFor(double inferenceMs, double allInferencesMs, const MeasureOptions& options) {
    const double leastMs = options.minRounds * 5 * allInferencesMs;
    if (leastMs > 3000 * options.budgetS)
        return {0, 1, 1};
    const int runs = std::clamp(static_cast<int>(std::ceil(10 / std::max(inferenceMs, 1e-3))), 2, 200);
    return {1, runs, runs};
}

struct Samples {
    std::vector<double> all, rounds, timed;
    std::vector<std::vector<double>> steps;
};

void measureTurn(Plan& plan, const Turn& turn, Samples& samples, std::vector<int64_t>& stepNs, const Job& job) {
    for (int i = 0; i < turn.untimed; ++i) {
        job.checkCancelled();
        plan.run();
    }
    const size_t first = samples.all.size();
    for (int i = 0; i < turn.plain; ++i) {
        job.checkCancelled();
        samples.all.push_back(runMs(plan));
    }
    samples.rounds.push_back(median(std::span(samples.all).subspan(first)));
    // One value a turn and step: the mean of the turn's runs would let one interrupt in, so take their median.
    std::vector<std::vector<double>> turnSteps(stepNs.size());
    std::vector<double> turnTimed;
    for (int i = 0; i < turn.stepwise; ++i) {
        job.checkCancelled();
        std::fill(stepNs.begin(), stepNs.end(), 0);
        turnTimed.push_back(static_cast<double>(plan.runTimed(stepNs)) / kNsPerMs);
        for (size_t step = 0; step < stepNs.size(); ++step)
            turnSteps[step].push_back(static_cast<double>(stepNs[step]) / kNsPerMs);
    }
    samples.timed.push_back(median(turnTimed));
    for (size_t step = 0; step < stepNs.size(); ++step)
        samples.steps[step].push_back(median(turnSteps[step]));
}

Latency latencyOf(const Samples& samples, uint64_t seed) {
    Latency latency;
    latency.median = median(samples.rounds);
    latency.p90 = percentile(samples.all, 0.9);
    latency.min = *std::min_element(samples.all.begin(), samples.all.end());
    for (const double ms : samples.all)
        latency.mean += ms / static_cast<double>(samples.all.size());
    latency.cv = coefficientOfVariation(samples.rounds);
    latency.n = static_cast<int64_t>(samples.all.size());
    latency.ci95 = bootstrapMedian(samples.rounds, seed);
    return latency;
}

struct Surroundings {
    std::optional<CpuTicks> ticks = cpuTicks();
    std::optional<double> frequency = cpuFrequencyMhz();
};

void unstable(MeasuredAll& result, const std::string& where, const std::string& message) {
    result.diagnostics.push_back({Severity::Warning, "unstable-timing", where, message});
}

/// Marks every latency as unstable when something outside disturbed the measurement, and names it.
void judge(MeasuredAll& result, const std::vector<MeasuredPlan>& plans, const Surroundings& before) {
    const Surroundings after;
    bool disturbed = false;
    if (before.ticks && after.ticks && after.ticks->all > before.ticks->all) {
        result.steal = static_cast<double>(after.ticks->steal - before.ticks->steal) /
                       static_cast<double>(after.ticks->all - before.ticks->all);
        if (*result.steal >= 0.02) {
            disturbed = true;
            unstable(result, "", fmt::format("Other guests of this machine took {:.1f} % of the CPU time while it was "
                                             "measured. Measure again on a quiet machine.",
                                             100 * *result.steal));
        }
    }
    if (before.frequency && after.frequency &&
        std::abs(*after.frequency - *before.frequency) > 0.05 * *before.frequency) {
        disturbed = true;
        unstable(result, "", fmt::format("The CPU's frequency moved from {:.0f} to {:.0f} MHz while it was measured. "
                                         "Fix the frequency or measure longer.",
                                         *before.frequency, *after.frequency));
    }
    for (size_t i = 0; i < result.plans.size(); ++i) {
        Latency& latency = result.plans[i].latency;
        const auto& rounds = result.plans[i].roundMs;
        const double p95 = percentile(rounds, 0.95);
        const bool scattered = latency.cv >= 0.10 || p95 >= 1.25 * latency.median;
        if (scattered)
            unstable(result, plans[i].precision,
                     fmt::format("The {} rounds scatter: coefficient of variation {:.0f} %, 95th percentile {:.2f}x the "
                                 "median. Other programs are running; close them or measure longer.",
                                 plans[i].precision, 100 * latency.cv, p95 / latency.median));
        latency.stable = !scattered && !disturbed;
    }
}

} // namespace

MeasuredAll measureInterleaved(const std::vector<MeasuredPlan>& plans, const MeasureOptions& options, Job& job,
                               const std::function<void(double fraction)>& progress) {
    MeasuredAll result;
    result.plans.resize(plans.size());
    std::vector<double> warmMs(plans.size());
    for (size_t i = 0; i < plans.size(); ++i)
        warmMs[i] = warmUp(*plans[i].plan, options.budgetS, job);
    double allMs = 0;
    for (const double ms : warmMs)
        allMs += ms;

    std::vector<Turn> turns;
    std::vector<Samples> samples(plans.size());
    std::vector<std::vector<int64_t>> stepNs;
    double roundMs = 0;
    for (size_t i = 0; i < plans.size(); ++i) {
        turns.push_back(turnFor(warmMs[i], allMs, options));
        stepNs.emplace_back(plans[i].plan->steps().size());
        samples[i].steps.resize(stepNs[i].size());
        roundMs += warmMs[i] * turns[i].runs();
    }
    const double totalMs = std::max(1000 * options.budgetS, options.minRounds * roundMs);

    const Surroundings before;
    const int64_t start = nowNs();
    int64_t lastProgress = start;
    for (int round = 0;; ++round) {
        for (size_t turn = 0; turn < plans.size(); ++turn) {
            const size_t i = round % 2 == 0 ? turn : plans.size() - 1 - turn; // neither is always the second
            measureTurn(*plans[i].plan, turns[i], samples[i], stepNs[i], job);
        }
        const double elapsedMs = static_cast<double>(nowNs() - start) / kNsPerMs;
        if (round + 1 >= options.minRounds && elapsedMs >= 1000 * options.budgetS)
            break;
        if (nowNs() - lastProgress >= 250'000'000) { // 4 Hz at most: telling takes time from what is measured
            lastProgress = nowNs();
            progress(std::min(1.0, elapsedMs / totalMs));
            for (size_t i = 0; i < plans.size(); ++i)
                job.listener().latency(plans[i].precision, median(samples[i].rounds));
        }
    }
    progress(1);
    for (size_t i = 0; i < plans.size(); ++i) {
        Measurement& measured = result.plans[i];
        measured.latency = latencyOf(samples[i], options.seed + i);
        measured.roundMs = samples[i].rounds;
        measured.timedMs = median(samples[i].timed);
        for (const auto& step : samples[i].steps)
            measured.stepMs.push_back(median(step));
    }
    judge(result, plans, before);
    return result;
}

} // namespace halftone
