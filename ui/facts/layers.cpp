// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/facts/layers.h"

#include "core/report/run_time.h"
#include "ui/text.h"

#include <algorithm>
#include <unordered_map>

namespace halftone {

namespace {

const LayerRun* find(const Layer& layer, const std::string& precision) {
    const auto found = layer.byPrecision.find(precision);
    return found == layer.byPrecision.end() ? nullptr : &found->second;
}

/// fp32 time / other time of each group, on its first layer with a time.
void compareGroups(std::vector<LayerRow>& rows, bool disturbed) {
    struct Times {
        double ms = 0;
        Interval ci95;
        bool hasInterval = true;
        void add(const LayerRun& run) {
            ms += *run.medianMs;
            hasInterval = hasInterval && run.ci95;
            if (run.ci95)
                ci95 = {ci95.lo + run.ci95->lo, ci95.hi + run.ci95->hi};
        }
    };
    struct Group {
        Times fp32, other;
        LayerRow* first = nullptr;
    };
    std::unordered_map<int, Group> groups;
    for (LayerRow& row : rows) {
        Group& group = groups[row.layer->group];
        const auto add = [&](const LayerRun* run, Times& times) {
            if (!run || !run->medianMs)
                return;
            times.add(*run);
            if (!group.first)
                group.first = &row;
        };
        add(row.fp32, group.fp32);
        add(row.other, group.other);
    }
    for (auto& [number, group] : groups) {
        const auto& [fp32, other, first] = group;
        if (fp32.ms <= 0 || other.ms <= 0)
            continue;
        GradedSpeedup& comparison = first->comparison;
        comparison.speedup = fp32.ms / other.ms;
        if (!fp32.hasInterval || !other.hasInterval || other.ci95.lo <= 0)
            continue;
        comparison.ci95 = Interval{fp32.ci95.lo / other.ci95.hi, fp32.ci95.hi / other.ci95.lo};
        comparison.grade = gradeOf(*comparison.speedup, *comparison.ci95, disturbed);
        first->rounds = first->layer->rounds;
    }
}

/// "777 / 411" of fp32 and the other run; a run that the report lacks is missing.
template <class Get> QString pairText(const Run* fp32, const Run* other, TimeUnit unit, const Get& ms) {
    const auto text = [&](const Run* run) { return run ? timeText(ms(*run), unit) : missing(); };
    return text(fp32) + QStringLiteral(" / ") + text(other);
}

} // namespace

bool isExecuted(const LayerRun* run) {
    return run && run->status == LayerStatus::Executed;
}
bool isFused(const LayerRun* run) {
    return run && run->status == LayerStatus::Fused;
}
bool isEliminated(const LayerRun* run) {
    return run && run->status == LayerStatus::Eliminated;
}

std::string arithmetic(const std::string& precision) {
    return precision == "int8-simulated" ? "fp32" : precision;
}

QString statusText(const LayerRun* run) {
    if (!run)
        return Text::tr("Not in this run");
    switch (run->status) {
    case LayerStatus::Executed: return Text::tr("Executed");
    case LayerStatus::Fused: return Text::tr("Fused into %1").arg(plain(run->into));
    case LayerStatus::Eliminated: return Text::tr("Eliminated");
    }
    return {};
}

QString noTimeReason(const LayerRun* run, const QString& precision) {
    if (!run)
        return Text::tr("The report has no %1 run of this layer").arg(precision);
    if (isFused(run))
        return Text::tr("Computed inside %1").arg(plain(run->into));
    if (isEliminated(run))
        return Text::tr("Folded into constants when the model was compiled");
    return Text::tr("Not measured in the %1 run").arg(precision);
}

std::vector<LayerRow> layerRows(const Report& report, const std::string& precision) {
    const Run* other = report.run(precision);
    const bool isInt8 = precision == "int8";
    std::vector<LayerRow> rows;
    rows.reserve(report.layers.size());
    for (const Layer& layer : report.layers) {
        LayerRow row{.layer = &layer, .fp32 = find(layer, "fp32"), .other = find(layer, precision)};
        row.inPrecision = row.other && row.other->precision == arithmetic(precision);
        const int step = row.other ? row.other->step : -1;
        const bool hasStep = other && step >= 0 && step < static_cast<int>(other->steps.size());
        if (row.other && row.other->medianMs && other)
            row.otherShare = shareOfWhole(*other, *row.other->medianMs);
        if (isInt8) {
            row.comparison = gradedSpeedup(layer);
            row.rounds = layer.rounds;
            row.reason = &layer.reason;
        } else if (hasStep && !row.inPrecision && isExecuted(row.other)) {
            row.reason = &other->steps[static_cast<size_t>(step)].why;
        }
        rows.push_back(row);
    }
    if (!isInt8) {
        const Run* fp32 = report.run("fp32");
        compareGroups(rows, !fp32 || !fp32->latencyMs.stable || !other || !other->latencyMs.stable);
    }
    return rows;
}

std::vector<int> layerParents(const std::vector<LayerRow>& rows) {
    std::unordered_map<std::string, int> byName;
    for (size_t i = 0; i < rows.size(); ++i)
        byName.emplace(rows[i].layer->name, static_cast<int>(i));
    const auto into = [&](int id) {
        if (!isFused(rows[id].shown()))
            return -1;
        const auto found = byName.find(rows[id].shown()->into);
        return found == byName.end() ? -1 : found->second;
    };
    std::vector<int> next(rows.size());
    for (size_t i = 0; i < rows.size(); ++i)
        next[i] = into(static_cast<int>(i));
    std::vector<int> parents = next;
    for (int& end : parents) {
        // Engines fuse one or two levels deep; what is still fused after many is a circle.
        for (int level = 0; level < 100 && end >= 0 && next[end] >= 0; ++level)
            end = next[end];
        if (end >= 0 && next[end] >= 0)
            end = -1;
    }
    return parents;
}

QString layerSums(const Report& report, const std::string& precision, TimeUnit unit) {
    const Run *fp32 = report.run("fp32"), *other = precision == "fp32" ? nullptr : report.run(precision);
    if (!fp32 && !other)
        return {};
    const auto pair = [&](const auto& ms) { return pairText(fp32, other, unit, ms); };
    QString text = Text::tr("fp32 / %1, %2:  sum of the steps %3  ·  whole %4  ·  in no step %5")
                       .arg(plain(precision), unitName(unit), pair([](const Run& run) { return run.stepsMs; }),
                            pair([](const Run& run) { return run.latencyMs.median; }),
                            pair([](const Run& run) { return run.unexplainedMs; }));
    const auto waits = [](const Run* run) { return run && run->waitingMs > 0; };
    if (waits(fp32) || waits(other))
        text += Text::tr(", of it waiting for a CPU %1").arg(pair([](const Run& run) { return run.waitingMs; }));
    return text;
}

QString layerSumsTooltip(const Report& report, const std::string& precision, TimeUnit unit) {
    QStringList lines;
    for (const std::string& name : {std::string("fp32"), precision})
        if (const Run* run = report.run(name))
            lines += plain(name) + QStringLiteral(": ") + inNoStepText(report, *run, unit);
    lines.removeDuplicates();
    return lines.join(u'\n');
}

} // namespace halftone
