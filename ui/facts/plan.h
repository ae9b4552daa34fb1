// SPDX-License-Identifier: GPL-3.0-or-later
// The layers of a plan as rows, and what is said about its points.
#pragma once

#include "core/report/compared.h"
#include "core/report/report.h"

#include <QMap>
#include <QStringList>

#include <optional>
#include <string>
#include <vector>

namespace halftone {

/// Points of accuracy that a plan may cost where nothing else was asked.
inline constexpr double kUsualMaxDrop = 1;

/// Points into a report, which must outlive it.
struct PlanRow {
    const PlanLayer* layer = nullptr;
    std::string precision;    // in the point on show
    QString pin;              // that the next plan is to hold to; "" where it is free
    GradedSpeedup comparison; // as the planner measured it; in older plans as the report's runs did
};

/// `point` is an index into the plan's front; -1 shows the precisions that the plan itself names. Of a report that has
/// a plan.
std::vector<PlanRow> planRows(const Report& report, int point, const QMap<QString, QString>& pins);

std::optional<double> msOf(const PlanLayer& layer, const std::string& precision);
/// What int8 saves; negative where it is slower.
std::optional<double> gainMs(const PlanLayer& layer);
/// Where an older plan has no intervals of its own: slower is what is so in the plan and is decided in the runs.
bool isSlower(const PlanRow& row);

/// The measured figures of a point where it has them, else the predicted ones.
double shownMs(const PlanPoint& point);
double shownDrop(const PlanPoint& point);

/// Largest drop that the plan may have, in the unit of its criterion: a relative one is of the fp32 top-1.
double limitOf(const MixedPlan& plan);

/// "points", or "%" where drops are errors of the outputs.
QString dropUnit(const MixedPlan& plan);
/// "0.40 points", "no drop", "0.25 points better" below 0.
QString dropText(const MixedPlan& plan, double drop);
/// "3 of 12 layers in fp32, 1.23 ms, 0.4 points (measured)"
QString pointFigures(const MixedPlan& plan, int point);
/// The same behind "Chosen: " or "Point 2 of 5: "; for -1 that no plan keeps the limit.
QString pointSentence(const MixedPlan& plan, int point);
/// All figures of a point and the layers that it keeps out, a line each, at most `most` of them.
QString pointText(const MixedPlan& plan, int point, size_t most = 12);
/// fp32, all in int8 and the plan on one line, as far as they were measured; what the figures rest on.
QString planFacts(const MixedPlan& plan);

/// Pins of the plan that a report holds.
QMap<QString, QString> pinsOf(const MixedPlan& plan);

/// The layers to keep in fp32 so that a profile runs the plan's point: those that were kept before and are none of the
/// plan's, and `keptOut`.
std::vector<std::string> keptLayers(const std::vector<std::string>& before, const MixedPlan& plan,
                                    const QStringList& keptOut);

} // namespace halftone
