// SPDX-License-Identifier: GPL-3.0-or-later
// What the stages of planning share: their input, the time that is left, and what is told meanwhile.
#pragma once

#include "core/base/clock.h"
#include "core/profile/measure.h"
#include "core/quantize/batch_rows.h"
#include "core/workflow/planner/layer_planner.h"

#include <algorithm>
#include <string>
#include <vector>

namespace halftone {

enum class PlanningStage { Measure, Compare, Try, Choose, Verify };

/// Pieces of work one after the other within a time.
class Pace {
public:
    explicit Pace(double budgetS) : m_budgetS(budgetS) {}
    /// A piece is done.
    void done() {
        m_longestS = std::max(m_longestS, secondsSince(m_lastNs));
        m_lastNs = nowNs();
    }
    /// There is no time for another one that takes as long as the longest.
    bool over() const { return secondsSince(m_startNs) + m_longestS > m_budgetS; }

private:
    double m_budgetS, m_longestS = 0;
    int64_t m_startNs = nowNs(), m_lastNs = m_startNs;
};

struct PlanningRun {
    const PlanningInput& input;
    std::vector<Diagnostic>& diagnostics;
    Job& job;
    Stages& stages;
    double proofS = 0; // what the last stage takes at least, once that is known

    double leftS() const;
    /// Enters the stage; tells how the time is shared from here on.
    void enter(PlanningStage stage);
    /// Of the time that is left beside what the last stage needs, shared among this stage and those to come.
    double shareS(PlanningStage stage) const { return shareS(stage, stage); }
    void diagnose(const Diagnostic& diagnostic);
    void diagnose(Severity severity, const std::string& code, const std::string& message);
    /// Step by step and in turn, on the first samples. Keeps the budget but for the fewest rounds.
    MeasuredAll measure(const std::vector<MeasuredPlan>& plans, double budgetS);

    const std::vector<Node>& nodes() const { return input.quantized.nodes(); }
    /// The first layer of the file that the node computes, as shown.
    std::string layerName(NodeId id) const;
    int64_t batch() const { return static_cast<int64_t>(samplesIn(input.fp32.inputShape(0))); }

private:
    double shareS(PlanningStage stage, PlanningStage current) const;
};

} // namespace halftone
