// SPDX-License-Identifier: GPL-3.0-or-later
// Interleaved timing of several plans of one network.
#pragma once

#include "core/base/diagnostic.h"
#include "core/base/job.h"
#include "core/engine/plan/plan.h"
#include "core/profile/comparison.h"
#include "core/report/report.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace halftone {

struct MeasureOptions {
    double budgetS = 10; // warming up included
    int minRounds = 10;  // also when that takes longer than the budget
    uint64_t seed = 1;
    /// Called between rounds, once `sliceS` seconds were measured since the last call: lets another process have its
    /// turn. What happens meanwhile is not counted.
    std::function<void()> pause = {};
    double sliceS = 0;
    bool strict = false; // ends with the budget whatever minRounds says, once it has kFewestRounds
};

constexpr int kFewestRounds = 3; // that say how even the times are

struct MeasuredPlan {
    std::string precision; // for live figures
    Plan* plan = nullptr;
};

/// All steps together take no longer than the whole does: their times are scaled down where the clock between them, or
/// others that took the CPU, made the runs that they are of slower.
struct StepTime {
    double medianMs = 0; // of roundMs
    /// Where its time lies: from its fastest run to all rounds but the slowest 2.5 %, since what moves the machine's
    /// speed between two measurements moves it between rounds, too; at least 5 % to each side, as much as two launches
    /// of one program differ by.
    Interval ci95;
    std::vector<double> roundMs; // in each of Measurement::stepRounds: the median of the round's runs
};

struct Measurement {
    Latency latency;             // plain runs
    std::vector<double> roundMs; // median of each round's plain runs, paired over the plans
    std::vector<int> stepRounds; // the rounds around the median, in the order measured: their median is latency.median
    std::vector<StepTime> steps; // in these rounds, from runs with a clock between the steps
    double timingOverheadMs = 0; // what the clock between the steps adds to a run
    /// Of one inference in these rounds: time that threads of this process waited for a CPU, all threads together, and
    /// that other guests took; absent where the system does not tell.
    std::optional<double> waitingMs;
    Speedup speedup; // over the first plan; of that itself: 1, not significant
};

struct MeasuredAll {
    std::vector<Measurement> plans;      // in the order given
    std::optional<double> steal;         // share of CPU time taken by other guests meanwhile
    std::optional<double> others;        // share of CPU time taken by other programs meanwhile
    std::vector<Diagnostic> diagnostics; // noise, by name
};

/// Warms every plan up (3 runs, then until 3 in a row agree within 5 %, 50 at most), with a fifth of the budget at
/// most, then measures in rounds A B C, C B A, A B C ...: in its turn a plan runs once untimed, so that its weights are
/// in the caches as they would be in service, then plain runs and runs with a clock between the steps in alternation.
/// `progress` rises to 1, from the warm-up on; inferences of many seconds apart it is called every second at least.
/// Checks for cancel before every inference.
MeasuredAll measureInterleaved(const std::vector<MeasuredPlan>& plans, const MeasureOptions& options, Job& job,
                               const std::function<void(double fraction)>& progress);

/// Seconds that this takes, roughly, for plans whose inferences take `allInferencesS` altogether.
double measuringS(double allInferencesS, const MeasureOptions& options);

} // namespace halftone
