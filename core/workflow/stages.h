// Where a job is, and how long the rest will take.
#pragma once

#include "core/base/job.h"

#include <string>
#include <vector>

namespace halftone {

/// Fractions and times come from estimates of each stage's duration, corrected as the job learns more.
class Stages {
public:
    struct Stage {
        std::string name;
        double estimateS; // rough, before anything is known
    };
    Stages(Job& job, std::vector<Stage> stages);

    /// Enters the next stage and checks for cancel.
    void next();
    /// A better estimate for a stage that has not begun or has just begun (by index from 0).
    void estimate(size_t stage, double seconds);
    /// 0 to 1 within the current stage; checks for cancel and tells the listener a few times a second. The listener
    /// gets the fraction of the whole job, which never falls, also when an estimate grows.
    void progress(double fraction);
    bool cancelled() const { return m_job.cancelled(); }
    void checkCancelled() const { m_job.checkCancelled(); }
    void found(const std::string& text) { m_job.listener().found(text); }

private:
    double remainingS(double fraction) const;

    Job& m_job;
    std::vector<Stage> m_stages;
    size_t m_current = SIZE_MAX; // before the first stage
    double m_doneS = 0;          // spent in finished stages
    double m_told = 0;           // largest fraction told so far
    int64_t m_stageStartNs = 0, m_lastTellNs = 0;
};

} // namespace halftone
