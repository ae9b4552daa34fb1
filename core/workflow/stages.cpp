#include "core/workflow/stages.h"

#include "core/base/clock.h"

#include <algorithm>

namespace halftone {

Stages::Stages(Job& job, std::vector<Stage> stages) : m_job(job), m_stages(std::move(stages)) {}

void Stages::next() {
    m_job.checkCancelled();
    if (m_current != SIZE_MAX)
        m_doneS += secondsSince(m_stageStartNs);
    ++m_current; // SIZE_MAX + 1 is 0
    m_stageStartNs = nowNs();
    m_lastTellNs = 0;
    m_job.listener().stage(static_cast<int>(m_current) + 1, static_cast<int>(m_stages.size()),
                           m_stages[m_current].name);
    progress(0);
}

void Stages::estimate(size_t stage, double seconds) {
    m_stages[stage].estimateS = seconds;
}

double Stages::remainingS(double fraction) const {
    const double spent = secondsSince(m_stageStartNs);
    double remaining = (1 - fraction) * m_stages[m_current].estimateS;
    if (fraction > 0.1) // what the stage itself shows is better than any estimate
        remaining = spent * (1 - fraction) / fraction;
    for (size_t i = m_current + 1; i < m_stages.size(); ++i)
        remaining += m_stages[i].estimateS;
    return remaining;
}

void Stages::progress(double fraction) {
    m_job.checkCancelled();
    fraction = std::clamp(fraction, 0.0, 1.0);
    if (m_lastTellNs != 0 && fraction < 1 && nowNs() - m_lastTellNs < 200'000'000)
        return;
    m_lastTellNs = nowNs();
    const double remaining = remainingS(fraction);
    const double done = m_doneS + secondsSince(m_stageStartNs);
    m_told = std::max(m_told, done / std::max(done + remaining, 1e-9));
    m_job.listener().progress(m_told, remaining);
}

} // namespace halftone
