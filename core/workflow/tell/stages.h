// SPDX-License-Identifier: GPL-3.0-or-later
// Where a job is, and how long the rest will take.
#pragma once

#include "core/base/clock.h"
#include "core/base/job.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace halftone {

/// Fractions and times come from estimates of each stage's duration, corrected as the job learns more. What is told
/// never turns back: the fraction does not fall, and the time left does not rise. While more is left than was told, the
/// time told falls more slowly, in the proportion of the two, so that both come to 0 together.
class Stages {
public:
    struct Stage {
        std::string name;
        double estimateS; // before anything is known
        /// The estimate is none yet: it only divides the bar. No time left is told while such a stage is to come.
        bool guess = false;
    };
    using Clock = std::function<int64_t()>; // in ns
    Stages(Job& job, std::vector<Stage> stages, Clock clock = nowNs);

    /// Enters the next stage and checks for cancel.
    void next();
    /// A better estimate for a stage that has not begun or has just begun (by index from 0).
    void estimate(size_t stage, double seconds);
    /// From now on progress() is that of the next `share` of the current stage, which is divided into such parts.
    void part(double share);
    /// 0 to 1 within the current stage, or its current part; checks for cancel and tells the listener, the first time
    /// in a stage and then a few times a second. The listener gets the fraction of the whole job; before the first stage
    /// it is told nothing.
    void progress(double fraction);
    /// progress() for those that know no stages.
    std::function<void(double)> teller() {
        return [this](double fraction) { progress(fraction); };
    }
    /// Index of the current stage, from 0.
    size_t current() const { return m_current; }
    const Job& job() const { return m_job; }
    /// Seconds spent in it.
    double spentS() const;
    bool cancelled() const { return m_job.cancelled(); }
    void checkCancelled() const { m_job.checkCancelled(); }
    void found(const std::string& text) { m_job.listener().found(text); }

private:
    struct Remaining {
        double seconds;
        bool known;
    };
    Remaining remaining() const;
    double pace() const;
    double leftToTell(const Remaining& remaining);
    void tell();

    Job& m_job;
    std::vector<Stage> m_stages;
    Clock m_clock;
    size_t m_current = SIZE_MAX; // before the first stage
    double m_fraction = 0;       // of the current stage
    double m_partBegin = 0, m_partShare = 1, m_partsEnd = 0;
    double m_doneS = 0;                   // spent in finished stages
    double m_tookS = 0, m_estimatedS = 0; // of those with an estimate: the time, and what had been estimated
    double m_told = 0;                    // largest fraction told so far
    std::optional<double> m_leftS;        // told last
    int64_t m_stageStartNs = 0, m_lastTellNs = 0, m_lastProgressNs = 0;
};

} // namespace halftone
