// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/profile/measure.h"

#include "core/base/clock.h"
#include "core/engine/machine/thread_team.h"
#include "core/profile/noise.h"
#include "core/profile/run_delay.h"
#include "core/profile/statistics.h"
#include "core/report/certainty.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace halftone {

namespace {

constexpr double kNsPerMs = 1e6;
constexpr double kWarmUpShare = 0.2; // of the budget, at most

double runMs(Plan& plan) {
    const int64_t start = nowNs();
    plan.run();
    return static_cast<double>(nowNs() - start) / kNsPerMs;
}

/// Three runs, then until three in a row agree within 5 %; returns their median. On a busy machine they may never
/// agree: it ends when the budget is spent.
double warmUp(Plan& plan, double budgetS, const Job& job, const std::function<void()>& ran) {
    const int64_t start = nowNs();
    std::vector<double> times;
    for (int i = 0; i < 50; ++i) {
        job.checkCancelled();
        times.push_back(runMs(plan));
        ran();
        if (i < 2)
            continue;
        const auto [lo, hi] = std::minmax_element(times.end() - 3, times.end());
        const bool even = i >= 5 && *hi <= 1.05 * *lo;
        if (even || static_cast<double>(nowNs() - start) / 1e9 >= budgetS)
            break;
    }
    return median(std::span(times).last(3));
}

/// How often a plan runs in its turn of a round.
struct Turn {
    int untimed, pairs; // a pair: one plain run, one with a clock between the steps
    int runs() const { return untimed + 2 * pairs; }
};

/// Short networks run often enough in a turn that one clock tick or interrupt does not matter; networks so long that
/// the least number of rounds takes a multiple of the budget run as seldom as possible.
Turn turnFor(double inferenceMs, double allInferencesMs, const MeasureOptions& options) {
    const double leastMs = options.minRounds * 5 * allInferencesMs;
    if (leastMs > (options.strict ? 1000 : 3000) * options.budgetS)
        return {0, 1};
    const int runs = std::clamp(static_cast<int>(std::ceil(10 / std::max(inferenceMs, 1e-3))), 2, 200);
    return {1, runs};
}

struct Samples {
    std::vector<double> all, rounds;
    std::vector<double> overhead; // of each round: median with a clock between the steps - median without
    std::vector<double> waiting;  // of each round: by one inference, for a CPU
    std::vector<std::vector<double>> steps;
    std::vector<double> fastestSteps; // of single runs
};

/// Between half of the rounds and all, at least 11 and at most 41 where there are so many: those around the median of
/// their times, as many above it as below, so that theirs is the median of all. In the order measured.
std::vector<int> roundsAroundMedian(std::span<const double> roundMs) {
    const int all = static_cast<int>(roundMs.size());
    const int wanted = std::min(all, std::clamp(all / 2, 11, 41));
    const int kept = wanted + (all - wanted) % 2; // else the middle would move
    std::vector<int> order(roundMs.size());
    std::iota(order.begin(), order.end(), 0);
    std::ranges::stable_sort(order, {}, [&](int round) { return roundMs[static_cast<size_t>(round)]; });
    const auto first = order.begin() + (all - kept) / 2;
    std::vector<int> chosen(first, first + kept);
    std::ranges::sort(chosen);
    return chosen;
}

std::vector<double> ofRounds(std::span<const double> values, const std::vector<int>& rounds) {
    std::vector<double> chosen;
    chosen.reserve(rounds.size());
    for (const int round : rounds)
        chosen.push_back(values[static_cast<size_t>(round)]);
    return chosen;
}

/// Four digits: what a report keeps of every round.
double fourDigits(double ms) {
    if (ms <= 0)
        return ms;
    const double unit = std::pow(10.0, std::floor(std::log10(ms)) - 3);
    return std::round(ms / unit) * unit;
}

/// Plain runs and runs with a clock between the steps alternate, so that what disturbs the machine meets both alike.
void measureTurn(Plan& plan, const Turn& turn, Samples& samples, std::vector<int64_t>& stepNs, const RunDelay& delay,
                 const Job& job, const std::function<void()>& ran) {
    const std::optional<double> delayedBefore = delay.ms();
    for (int i = 0; i < turn.untimed; ++i) {
        job.checkCancelled();
        plan.run();
    }
    const size_t first = samples.all.size();
    // One value a turn and step: the mean of the turn's runs would let one interrupt in, so take their median.
    std::vector<std::vector<double>> turnSteps(stepNs.size());
    std::vector<double> turnTimed;
    for (auto& step : turnSteps)
        step.reserve(static_cast<size_t>(turn.pairs));
    for (int i = 0; i < turn.pairs; ++i) {
        job.checkCancelled();
        samples.all.push_back(runMs(plan));
        job.checkCancelled();
        std::fill(stepNs.begin(), stepNs.end(), 0);
        turnTimed.push_back(static_cast<double>(plan.runTimed(stepNs)) / kNsPerMs);
        for (size_t step = 0; step < stepNs.size(); ++step)
            turnSteps[step].push_back(static_cast<double>(stepNs[step]) / kNsPerMs);
        ran();
    }
    for (size_t step = 0; step < stepNs.size(); ++step)
        samples.fastestSteps[step] = std::min(samples.fastestSteps[step], std::ranges::min(turnSteps[step]));
    samples.rounds.push_back(median(std::span(samples.all).subspan(first)));
    samples.overhead.push_back(median(turnTimed) - samples.rounds.back());
    for (size_t step = 0; step < stepNs.size(); ++step)
        samples.steps[step].push_back(median(turnSteps[step]));
    if (const std::optional<double> delayed = delay.ms(); delayed && delayedBefore)
        samples.waiting.push_back((*delayed - *delayedBefore) / turn.runs());
}

Latency latencyOf(const Samples& samples, uint64_t seed) {
    Latency latency;
    latency.median = median(samples.rounds);
    latency.p90 = percentile(samples.all, 0.9);
    latency.max = percentile(samples.all, 1);
    latency.min = *std::min_element(samples.all.begin(), samples.all.end());
    for (const double ms : samples.all)
        latency.mean += ms / static_cast<double>(samples.all.size());
    latency.cv = coefficientOfVariation(samples.rounds);
    latency.n = static_cast<int64_t>(samples.all.size());
    latency.ci95 = bootstrapMedian(samples.rounds, seed);
    return latency;
}

/// Times of the steps, and what the runs waited, in the rounds around the median.
void describeSteps(Measurement& measured, const Samples& samples, double steal) {
    measured.stepRounds = roundsAroundMedian(samples.rounds);
    // Other runs than those of the whole, with a clock between the steps: they may be slower, their shares are the
    // same.
    double stepsMs = 0;
    for (const std::vector<double>& times : samples.steps)
        stepsMs += median(ofRounds(times, measured.stepRounds));
    const double scale = stepsMs > measured.latency.median ? measured.latency.median / stepsMs : 1;
    for (size_t step = 0; step < samples.steps.size(); ++step) {
        StepTime time;
        time.roundMs = ofRounds(samples.steps[step], measured.stepRounds);
        std::ranges::transform(time.roundMs, time.roundMs.begin(), [&](double ms) { return fourDigits(scale * ms); });
        time.medianMs = median(time.roundMs);
        const std::vector<double>& all = samples.steps[step];
        time.ci95 = {std::min(scale * samples.fastestSteps[step], time.medianMs / kLeastDifference),
                     std::max(scale * percentile(all, 0.975), time.medianMs * kLeastDifference)};
        measured.steps.push_back(std::move(time));
    }
    if (!samples.waiting.empty())
        measured.waitingMs = median(ofRounds(samples.waiting, measured.stepRounds)) + steal * measured.latency.median;
}

} // namespace

MeasuredAll measureInterleaved(const std::vector<MeasuredPlan>& plans, const MeasureOptions& options, Job& job,
                               const std::function<void(double fraction)>& progress) {
    const SteadyThreads steady;
    MeasuredAll result;
    result.plans.resize(plans.size());
    int64_t start = nowNs(), lastTold = start;
    double totalMs = 1000 * options.budgetS;
    const auto tell = [&] {
        lastTold = nowNs();
        progress(std::min(1.0, static_cast<double>(lastTold - start) / kNsPerMs / totalMs));
    };
    const auto ran = [&] { // telling takes time from what is measured: within a turn only where it is long
        if (nowNs() - lastTold >= 1'000'000'000)
            tell();
    };
    std::vector<double> warmMs(plans.size());
    for (size_t i = 0; i < plans.size(); ++i)
        warmMs[i] =
            warmUp(*plans[i].plan, kWarmUpShare * options.budgetS / static_cast<double>(plans.size()), job, ran);
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
        samples[i].fastestSteps.resize(stepNs[i].size(), std::numeric_limits<double>::max());
        roundMs += warmMs[i] * turns[i].runs();
    }
    const int fewestRounds = options.strict ? std::min(kFewestRounds, options.minRounds) : options.minRounds;
    totalMs = std::max(totalMs, fewestRounds * roundMs);

    const RunDelay delay; // the team has all its threads by now
    MachineReading before = MachineReading::now();
    int64_t lastRound = start, sliceStart = start;
    for (int round = 0;; ++round) {
        for (size_t turn = 0; turn < plans.size(); ++turn) {
            const size_t i = round % 2 == 0 ? turn : plans.size() - 1 - turn; // neither is always the second
            measureTurn(*plans[i].plan, turns[i], samples[i], stepNs[i], delay, job, ran);
        }
        const double elapsedMs = static_cast<double>(nowNs() - start) / kNsPerMs;
        if (round + 1 >= fewestRounds && elapsedMs >= 1000 * options.budgetS)
            break;
        if (nowNs() - lastRound >= 250'000'000) { // 4 Hz at most
            lastRound = nowNs();
            tell();
            for (size_t i = 0; i < plans.size(); ++i)
                job.listener().latency(plans[i].precision, median(samples[i].rounds));
        }
        if (options.pause && static_cast<double>(nowNs() - sliceStart) / 1e9 >= options.sliceS) {
            const int64_t paused = nowNs();
            const MachineReading then = MachineReading::now();
            options.pause();
            before.skip(then, MachineReading::now());
            sliceStart = nowNs();
            start += sliceStart - paused;
        }
    }
    progress(1);
    const MachineReading after = MachineReading::now();
    result.steal = stealBetween(before, after);
    result.others = othersBetween(before, after);
    result.diagnostics = disturbances(before, after);
    const bool quiet = result.diagnostics.empty(), disturbed = isDisturbed(result.steal, result.others);
    for (size_t i = 0; i < plans.size(); ++i) {
        Measurement& measured = result.plans[i];
        measured.latency = latencyOf(samples[i], options.seed + i);
        measured.roundMs = samples[i].rounds;
        measured.timingOverheadMs = median(samples[i].overhead);
        describeSteps(measured, samples[i], result.steal.value_or(0));
        measured.speedup = compareRounds(samples[0].rounds, samples[i].rounds, disturbed);
        const std::vector<Diagnostic> uneven = scatter(plans[i].precision, measured.roundMs);
        measured.latency.stable = quiet && uneven.empty();
        result.diagnostics.insert(result.diagnostics.end(), uneven.begin(), uneven.end());
    }
    return result;
}

double measuringS(double allInferencesS, const MeasureOptions& options) {
    const Turn turn = turnFor(1000 * allInferencesS, 1000 * allInferencesS, options);
    const int rounds = options.strict ? kFewestRounds : options.minRounds;
    return std::max(options.budgetS, (6 + rounds * std::min(turn.runs(), 5)) * allInferencesS);
}

} // namespace halftone
