// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workflow/tell/stages.h"

#include <algorithm>

namespace halftone {

namespace {

constexpr int64_t kTellNs = 200'000'000;
/// Of a stage: an estimate counts as much as what so much of it shows itself, a guess only until then.
constexpr double kShown = 0.1;

} // namespace

Stages::Stages(Job& job, std::vector<Stage> stages, Clock clock)
    : m_job(job), m_stages(std::move(stages)), m_clock(std::move(clock)) {}

void Stages::next() {
    m_job.checkCancelled();
    if (m_current != SIZE_MAX) {
        m_doneS += spentS();
        if (!m_stages[m_current].guess) {
            m_tookS += spentS();
            m_estimatedS += m_stages[m_current].estimateS;
        }
    }
    ++m_current; // SIZE_MAX + 1 is 0
    m_stageStartNs = m_clock();
    m_lastProgressNs = 0;
    m_fraction = m_partBegin = m_partsEnd = 0;
    m_partShare = 1;
    m_job.listener().stage(static_cast<int>(m_current) + 1, static_cast<int>(m_stages.size()),
                           m_stages[m_current].name);
    tell();
}

void Stages::estimate(size_t stage, double seconds) {
    m_stages[stage].estimateS = seconds;
    m_stages[stage].guess = false;
}

void Stages::part(double share) {
    m_partBegin = m_partsEnd;
    m_partShare = share;
    m_partsEnd += share;
}

double Stages::spentS() const {
    return static_cast<double>(m_clock() - m_stageStartNs) / 1e9;
}

/// How many times as long as estimated the stages to come will take: as long as those before, where these took longer.
/// Less than a second says little.
double Stages::pace() const {
    return std::max(1.0, (1 + m_tookS) / (1 + m_estimatedS));
}

Stages::Remaining Stages::remaining() const {
    const Stage& current = m_stages[m_current];
    const bool shown = m_fraction >= kShown;
    const double weight = current.guess ? shown : m_fraction / (m_fraction + kShown);
    const double wholeS = (1 - weight) * pace() * current.estimateS + (weight > 0 ? weight * spentS() / m_fraction : 0);
    Remaining result{(1 - m_fraction) * wholeS, shown || !current.guess};
    for (size_t i = m_current + 1; i < m_stages.size(); ++i) {
        result.seconds += pace() * m_stages[i].estimateS;
        result.known = result.known && !m_stages[i].guess;
    }
    return result;
}

double Stages::leftToTell(const Remaining& remaining) {
    if (!remaining.known && !m_leftS)
        return -1;
    const double sinceS = static_cast<double>(m_clock() - m_lastTellNs) / 1e9, leftS = remaining.seconds;
    if (!m_leftS)
        m_leftS = leftS;
    else if (leftS <= 0)
        m_leftS = 0;
    else // by the time that passed where that was foreseen, else by the same share of what was told
        m_leftS = std::min(*m_leftS, leftS + sinceS) * std::min(1.0, leftS / (leftS + sinceS));
    return *m_leftS;
}

void Stages::tell() {
    const Remaining left = remaining();
    const double done = m_doneS + spentS();
    m_told = std::max(m_told, done / std::max(done + left.seconds, 1e-9));
    const double leftS = leftToTell(left);
    m_lastTellNs = m_clock();
    m_job.listener().progress(m_told, leftS);
}

void Stages::progress(double fraction) {
    m_job.checkCancelled();
    if (m_current >= m_stages.size()) // before the first stage
        return;
    const double ofStage = m_partBegin + m_partShare * std::clamp(fraction, 0.0, 1.0);
    m_fraction = std::max(m_fraction, ofStage > 1 - 1e-9 ? 1 : ofStage); // shares may add up to a little less than 1
    if (m_lastProgressNs != 0 && m_fraction < 1 && m_clock() - m_lastProgressNs < kTellNs)
        return;
    m_lastProgressNs = m_clock();
    tell();
}

} // namespace halftone
