// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/sweep/sweep_grid.h"

#include "core/report/sweep_choice.h"
#include "ui/text.h"

#include <algorithm>
#include <cmath>

namespace halftone {

namespace {

using Kind = SweepMeasure::Kind;

constexpr double leastSpan = 2; // of speed-ups: below, noise would get the full colour

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

} // namespace halftone
