// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/facts/findings.h"

#include "core/report/accuracy_change.h"
#include "core/report/run_time.h"
#include "ui/facts/plan.h"
#include "ui/format.h"
#include "ui/settings.h"
#include "ui/text.h"

#include <algorithm>
#include <initializer_list>

namespace halftone {

namespace {

constexpr size_t mostFindings = 3;
constexpr double leastShare = 0.01;

struct Weighed {
    double ms; // of the int8 run
    Finding finding;
};

/// What all findings of a report speak of: its int8 run, in the unit of the page.
struct Whole {
    const Run& int8;
    TimeUnit unit;

    QString time(double ms) const { return timeWithUnit(ms, unit); }
    QString timeAndShare(double ms) const {
        return Text::tr("%1, %2 of the int8 time").arg(time(ms), shareText(*shareOfWhole(int8, ms)));
    }
};

const LayerRun* executed(const Layer& layer, const char* precision) {
    const auto run = layer.byPrecision.find(precision);
    return run != layer.byPrecision.end() && run->second.medianMs ? &run->second : nullptr;
}

void addLayers(const Report& report, const Whole& whole, std::vector<Weighed>& found) {
    for (const Layer& layer : report.layers) {
        const LayerRun* int8 = executed(layer, "int8");
        if (!int8)
            continue;
        const double ms = *int8->medianMs;
        if (!layer.reason.empty()) {
            const QString text =
                Text::tr("%1 runs in %2: %3. %4")
                    .arg(plain(layer.name), plain(int8->precision), whole.timeAndShare(ms), plain(layer.reason));
            found.push_back({ms, {text, "layers", layer.name}});
        }
    }
}

/// Layers that are decided to be slower, with the times of what is computed together with them, as the speed-up is.
void addSlower(const Report& report, const Whole& whole, std::vector<Weighed>& found) {
    const auto groupMs = [&](const Layer& of, const char* precision) {
        double ms = 0;
        for (const Layer& layer : report.layers)
            if (const LayerRun* run = layer.group == of.group ? executed(layer, precision) : nullptr)
                ms += *run->medianMs;
        return ms;
    };
    const Layer* slowest = nullptr;
    double int8Ms = 0, fp32Ms = 0, slowestMs = 0;
    int count = 0;
    for (const Layer& layer : report.layers) {
        if (!isSlower(gradedSpeedup(layer)))
            continue;
        ++count;
        const double ms = groupMs(layer, "int8");
        int8Ms += ms;
        fp32Ms += groupMs(layer, "fp32");
        if (!slowest || ms > slowestMs) {
            slowestMs = ms;
            slowest = &layer;
        }
    }
    if (count == 0)
        return;
    const QString subject = count == 1 ? Text::tr("%1 is").arg(plain(slowest->name))
                                       : Text::tr("%1 layers, %2 first, are").arg(count).arg(plain(slowest->name));
    found.push_back({int8Ms,
                     {Text::tr("%1 slower in int8: %2, against %3 in fp32.")
                          .arg(subject, whole.timeAndShare(int8Ms), whole.time(fp32Ms)),
                      report.plan ? "planner" : "layers", slowest->name}}); // without a plan it has no rows
}

/// More than the plan accepts; without a plan more than a plan would at first. What may be chance is no drop.
void addDrop(const Report& report, std::vector<Finding>& found) {
    const bool planned = report.plan && report.plan->criterion == "top-1";
    const double limit = planned ? limitOf(*report.plan) : kUsualMaxDrop;
    if (!report.verdict.accuracyDrop || *report.verdict.accuracyDrop <= limit)
        return;
    if (report.accuracy && accuracyChange(*report.accuracy) == AccuracyChange::Chance)
        return;
    const QString drop =
        Text::tr("Top-1 drops by %1 in int8").arg(pointsText(*report.verdict.accuracyDrop).remove(u'+'));
    if (!planned)
        found.push_back({drop + Text::tr(". A plan finds the layers that should stay in fp32."), "planner", {}});
    else if (report.plan->chosen >= 0)
        found.push_back(
            {Text::tr("%1. The plan: %2.").arg(drop, pointFigures(*report.plan, report.plan->chosen)), "planner", {}});
    else
        found.push_back({QStringLiteral("%1. %2").arg(drop, pointSentence(*report.plan, -1)), "planner", {}});
}

void addConversions(const Report& report, const Whole& whole, std::vector<Weighed>& found) {
    double sum = 0;
    const Conversion* largest = nullptr;
    for (const Conversion& conversion : report.conversions) {
        if (conversion.run != "int8" || !conversion.medianMs)
            continue;
        sum += *conversion.medianMs;
        if (!largest || *conversion.medianMs > *largest->medianMs)
            largest = &conversion;
    }
    if (!largest)
        return;
    const std::string& consumer = largest->edge.consumer;
    const QString place = consumer.empty() ? Text::tr("at the output") : Text::tr("before ") + plain(consumer);
    const QString change = largest->fromType == largest->toType
                               ? Text::tr("%1 to %2").arg(plain(largest->fromLayout), plain(largest->toLayout))
                               : Text::tr("%1 to %2").arg(plain(largest->fromType), plain(largest->toType));
    const QString text = Text::tr("Conversions take %1; the largest is %2 %3 with %4.")
                             .arg(whole.timeAndShare(sum), change, place, whole.time(*largest->medianMs));
    found.push_back({sum, {text, "conversions", consumer}});
}

/// The figures behind it stand where the link of the finding leads.
QString simulatedInShort(const QString& text) {
    return text.left(text.indexOf(QStringLiteral(": "))) +
           Text::tr(": its layers still multiply fp32 numbers, and rounding is added.");
}

/// Losses that no layer or conversion shows by itself.
void addLosses(const Report& report, const Whole& whole, std::vector<Weighed>& found) {
    if (!report.waterfall)
        return;
    for (const LossPart& part : report.waterfall->parts) {
        const QString loss = whole.timeAndShare(part.ms);
        if (part.kind == LossKind::MemoryBound)
            found.push_back({part.ms,
                             {Text::tr("Lost to memory: %1, where data cannot be read and written faster.").arg(loss),
                              "limits",
                              {}}});
        else if (part.kind == LossKind::TooSmall)
            found.push_back(
                {part.ms,
                 {Text::tr("Lost to steps that take longer to start than to compute: %1. Fewer threads start faster.")
                      .arg(loss),
                  "limits",
                  {}}});
    }
}

void addDiagnostics(const Report& report, std::initializer_list<const char*> codes, std::vector<Finding>& found) {
    for (const char* code : codes) {
        const auto diagnostic = std::find_if(report.diagnostics.begin(), report.diagnostics.end(),
                                             [&](const Diagnostic& one) { return one.code == code; });
        if (diagnostic != report.diagnostics.end())
            found.push_back({typeset(diagnostic->message), "warnings", {}, diagnostic->cure});
    }
}

} // namespace

std::vector<Finding> findings(const Report& report) {
    const Run* int8 = report.run("int8");
    if (!int8 || int8->latencyMs.median <= 0)
        return {};
    const double totalMs = int8->latencyMs.median;
    const Whole whole{*int8, pageUnit(report)};

    std::vector<Weighed> weighed;
    addLayers(report, whole, weighed);
    addSlower(report, whole, weighed);
    addConversions(report, whole, weighed);
    addLosses(report, whole, weighed);
    std::erase_if(weighed, [&](const Weighed& one) { return one.ms < leastShare * totalMs; });
    std::stable_sort(weighed.begin(), weighed.end(), [](const Weighed& a, const Weighed& b) { return a.ms > b.ms; });

    std::vector<Finding> result;
    addDiagnostics(report,
                   {"wrong-preprocessing", "channel-order", "label-offset", "low-accuracy", "guessing",
                    "unstable-timing", "saturation-risk"},
                   result);
    const size_t doubts = result.size();
    addDiagnostics(report, {"simulated-int8"}, result);
    if (result.size() > doubts)
        result.back().text = simulatedInShort(result.back().text);
    addDrop(report, result);
    for (const Weighed& one : weighed)
        result.push_back(one.finding);
    addDiagnostics(report, {"reduced-weights"}, result);
    result.resize(std::min(result.size(), mostFindings));
    return result;
}

} // namespace halftone
