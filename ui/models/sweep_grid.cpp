// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/sweep_grid.h"

#include "core/report/sweep_choice.h"
#include "ui/format.h"
#include "ui/text.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace halftone {

namespace {

using Kind = SweepMeasure::Kind;

constexpr double leastSpan = 2; // of speed-ups: below, noise would get the full colour

const Latency* latencyOf(const SweepPoint& point, const std::string& precision) {
    const auto found = point.latencyMs.find(precision);
    return found == point.latencyMs.end() ? nullptr : &found->second;
}

/// "0.88×"
QString ratioText(double ratio) {
    return significant(ratio, 2) + QChar(0x00D7);
}

/// In two lines where it has several words: cells are narrow.
QString cellText(const GradedSpeedup& comparison) {
    QString text = speedupText(comparison);
    if (comparison.ci95 && comparison.grade == Grade::Rough)
        return (isSlower(comparison) ? QStringLiteral("▼") : QString()) + text.replace(QStringLiteral(" to "), " to\n");
    if (isSlower(comparison))
        return QStringLiteral("▼") + text;
    return text.replace(u' ', u'\n');
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

HeatCell cellOf(const SweepPoint* point, const SweepMeasure& measure, std::optional<double> value, TimeUnit unit) {
    HeatCell cell;
    if (!point) {
        cell.text = missing();
        cell.tip = Text::tr("This setting was not measured");
        return cell;
    }
    cell.tip = pointText(*point, unit);
    if (!value) {
        cell.text = point->failure.empty() ? missing() : Text::tr("failed");
        return cell;
    }
    cell.hasValue = true;
    if (measure.kind == Kind::Speedup) {
        const GradedSpeedup comparison = gradedSpeedup(*point);
        cell.hatched = !isSlower(comparison) && !isFaster(comparison);
        cell.text = cellText(comparison);
    } else {
        cell.text = measure.kind == Kind::Latency ? timeText(*value, unit) : significant(*value);
    }
    return cell;
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

HeatGrid heatGrid(const SweepTable& table, const SweepMeasure& measure, TimeUnit unit) {
    HeatGrid grid;
    grid.rowsName = Text::tr("Threads");
    grid.columnsName = Text::tr("Batch");
    grid.hatchMeaning = Text::tr("not decided which is faster");
    for (const int threads : table.threads())
        grid.rows += threadsText(threads);
    for (const int64_t batch : table.batches())
        grid.columns += countText(batch);

    const size_t count = table.threads().size() * table.batches().size();
    std::vector<std::optional<double>> values;
    double least = 0, largest = 0;
    for (size_t cell = 0; cell < count; ++cell) {
        const SweepPoint* point = table.at(cell);
        values.push_back(point ? valueOf(*point, measure) : std::nullopt);
        if (!values.back())
            continue;
        least = least > 0 ? std::min(least, *values.back()) : *values.back();
        largest = std::max(largest, *values.back());
    }
    const bool speedup = measure.kind == Kind::Speedup;
    const SweepPoint* best = speedup                            ? bestSpeedup(table.sweep())
                             : measure.kind == Kind::Throughput ? bestPoint(table.sweep(), measure.precision)
                                                                : nullptr;
    const double span = speedup && least > 0 ? std::max({leastSpan, largest, 1 / least}) : 0;
    for (size_t cell = 0; cell < count; ++cell) {
        grid.cells.push_back(cellOf(table.at(cell), measure, values[cell], unit));
        if (!values[cell])
            continue;
        grid.cells.back().best = best && table.at(cell) == best;
        grid.cells.back().shade = speedup           ? std::log(*values[cell]) / std::log(span)
                                  : largest > least ? std::log(*values[cell] / least) / std::log(largest / least)
                                                    : 0.5;
    }
    if (least <= 0)
        return grid;
    if (speedup) {
        grid.scaleLow = ratioText(1 / span);
        grid.scaleMiddle = ratioText(1);
        grid.scaleHigh = Text::tr("%1 faster").arg(ratioText(span));
        return grid;
    }
    grid.hue = measure.precision;
    const bool latency = measure.kind == Kind::Latency;
    grid.scaleLow = latency ? timeText(least, unit) : significant(least);
    grid.scaleHigh = latency ? Text::tr("%1 %2, log scale").arg(timeText(largest, unit), unitName(unit))
                             : Text::tr("%1 samples/s, log scale").arg(significant(largest));
    return grid;
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
