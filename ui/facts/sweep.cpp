// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/facts/sweep.h"

#include "core/report/sweep_choice.h"
#include "ui/text.h"

#include <algorithm>
#include <set>

namespace halftone {

namespace {

using Kind = SweepMeasure::Kind;

const Latency* latencyOf(const SweepPoint& point, const std::string& precision) {
    const auto found = point.latencyMs.find(precision);
    return found == point.latencyMs.end() ? nullptr : &found->second;
}

QString settingText(const SweepPoint& point) {
    return Text::tr("batch %1 with %2").arg(countText(point.batch), threadsText(point.threads));
}

QString latencyText(const SweepPoint& point, const std::string& precision, const Latency& latency, TimeUnit unit) {
    QString text =
        Text::tr("%1: %2 %3 (%4 to %5), %6 samples/s")
            .arg(plain(precision), timeText(latency.median, unit), unitName(unit), timeText(latency.ci95.lo, unit),
                 timeText(latency.ci95.hi, unit), significant(throughput(point.batch, latency.median)));
    if (!latency.stable)
        text += Text::tr("; the timing was unstable");
    return text;
}

} // namespace

std::vector<SweepMeasure> sweepMeasures(const Sweep& sweep) {
    std::set<std::string> precisions;
    for (const SweepPoint& point : sweep.points)
        for (const auto& [precision, latency] : point.latencyMs)
            precisions.insert(precision);
    std::vector<SweepMeasure> measures{{}};
    for (const Kind kind : {Kind::Latency, Kind::Throughput})
        for (const std::string& precision : precisions)
            measures.push_back({kind, precision});
    return measures;
}

QString measureName(const SweepMeasure& measure) {
    switch (measure.kind) {
    case Kind::Speedup: return Text::tr("Speed-up");
    case Kind::Latency: return Text::tr("%1 latency").arg(plain(measure.precision));
    case Kind::Throughput: return Text::tr("%1 throughput").arg(plain(measure.precision));
    }
    return {};
}

std::optional<double> valueOf(const SweepPoint& point, const SweepMeasure& measure) {
    if (measure.kind == Kind::Speedup)
        return point.speedup && *point.speedup > 0 ? std::optional(leastGain(gradedSpeedup(point))) : std::nullopt;
    const Latency* latency = latencyOf(point, measure.precision);
    if (!latency || latency->median <= 0)
        return {};
    return measure.kind == Kind::Latency ? latency->median : throughput(point.batch, latency->median);
}

SweepTable::SweepTable(const Sweep& sweep) : m_sweep(&sweep) {
    std::set<int> threads;
    std::set<int64_t> batches;
    for (const SweepPoint& point : sweep.points) {
        threads.insert(point.threads);
        batches.insert(point.batch);
    }
    m_threads.assign(threads.begin(), threads.end());
    m_batches.assign(batches.begin(), batches.end());
    m_points.resize(m_threads.size() * m_batches.size());
    for (const SweepPoint& point : sweep.points) {
        const auto row = std::lower_bound(m_threads.begin(), m_threads.end(), point.threads) - m_threads.begin();
        const auto column = std::lower_bound(m_batches.begin(), m_batches.end(), point.batch) - m_batches.begin();
        m_points[static_cast<size_t>(row) * m_batches.size() + static_cast<size_t>(column)] = &point;
    }
}

QString threadsText(int threads) {
    return threads == 1 ? Text::tr("1 thread") : Text::tr("%1 threads").arg(countText(threads));
}

double throughput(int64_t batch, double ms) {
    return static_cast<double>(batch) * 1000 / ms;
}

QString pointText(const SweepPoint& point, TimeUnit unit) {
    QString heading = settingText(point);
    heading[0] = heading[0].toUpper();
    QStringList lines{heading};
    if (!point.failure.empty())
        lines += Text::tr("Failed: ") + typeset(point.failure);
    for (const auto& [precision, latency] : point.latencyMs)
        lines += latencyText(point, precision, latency, unit);
    const GradedSpeedup comparison = gradedSpeedup(point);
    if (comparison.speedup)
        lines += Text::tr("speed-up %1, %2").arg(speedupText(comparison), certaintyText(comparison)) +
                 (isSlower(comparison) ? Text::tr(", slower in int8") : QString());
    return lines.join(u'\n');
}

QString bestText(const Sweep& sweep) {
    const SweepPoint* best = bestSpeedup(sweep);
    if (!best)
        return Text::tr("No setting is decided to be faster in int8.");
    const GradedSpeedup comparison = gradedSpeedup(*best);
    return Text::tr("Best: %1, where int8 is %2, by the best lower bound (%3).")
        .arg(settingText(*best), typeset(speedupWords(comparison)), typeset(factorText(comparison.ci95->lo) + "x"));
}

QString failuresText(const Sweep& sweep) {
    QStringList failures;
    for (const SweepPoint& point : sweep.points)
        if (!point.failure.empty())
            failures += settingText(point) + QStringLiteral(": ") + typeset(point.failure);
    if (failures.isEmpty())
        return {};
    return Text::tr("%1 of %2 settings failed: ")
               .arg(countText(failures.size()), countText(static_cast<int64_t>(sweep.points.size()))) +
           failures.join(u' ');
}

} // namespace halftone
