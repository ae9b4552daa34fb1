// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/facts/plan.h"

#include "ui/format.h"
#include "ui/text.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

namespace halftone {

std::vector<PlanRow> planRows(const Report& report, int point, const QMap<QString, QString>& pins) {
    const MixedPlan& plan = *report.plan;
    std::unordered_map<std::string, const Layer*> layers;
    for (const Layer& layer : report.layers)
        layers.emplace(layer.name, &layer);
    std::vector<PlanRow> rows;
    rows.reserve(plan.layers.size());
    for (const PlanLayer& layer : plan.layers) {
        PlanRow row{&layer, layer.precision, pins.value(QString::fromStdString(layer.layer)), {}};
        if (layer.speedup)
            row.comparison = gradedSpeedup(layer);
        else if (const auto measured = layers.find(layer.layer); measured != layers.end())
            row.comparison = gradedSpeedup(*measured->second);
        if (point >= 0 && point != plan.chosen) {
            const auto& out = plan.front[static_cast<size_t>(point)].keptOut;
            row.precision = std::ranges::count(out, layer.layer) == 0 ? "int8"
                            : layer.precision != "int8"               ? layer.precision
                                                                      : plan.otherPrecision;
        }
        rows.push_back(row);
    }
    return rows;
}

std::optional<double> msOf(const PlanLayer& layer, const std::string& precision) {
    const auto found = layer.ms.find(precision);
    return found == layer.ms.end() ? std::nullopt : std::optional(found->second);
}

std::optional<double> gainMs(const PlanLayer& layer) {
    const auto fp32 = msOf(layer, "fp32"), int8 = msOf(layer, "int8");
    return fp32 && int8 ? std::optional(*fp32 - *int8) : std::nullopt;
}

bool isSlower(const PlanRow& row) {
    const auto gain = gainMs(*row.layer);
    return gain && *gain < 0 && isSlower(row.comparison);
}

double shownMs(const PlanPoint& point) {
    return point.measuredMs.value_or(point.predictedMs);
}

double shownDrop(const PlanPoint& point) {
    return point.measuredDrop.value_or(point.predictedDrop);
}

double limitOf(const MixedPlan& plan) {
    const auto fp32 = plan.top1.find("fp32");
    return plan.relative && plan.criterion == "top-1" && fp32 != plan.top1.end() ? plan.maxDrop * fp32->second
                                                                                 : plan.maxDrop;
}

QString dropUnit(const MixedPlan& plan) {
    return plan.criterion == "output-distance" ? QStringLiteral("%") : Text::tr("points");
}

QString dropText(const MixedPlan& plan, double drop) {
    const QString amount = fixed(std::abs(drop), std::abs(drop) < 0.995 ? 2 : 1);
    if (amount == u"0.00")
        return Text::tr("no drop");
    const QString text = amount + QChar(0x202F) + dropUnit(plan);
    return drop > 0 ? text : text + Text::tr(" better");
}

QString pointSentence(const MixedPlan& plan, int point) {
    if (point < 0)
        return Text::tr("No plan keeps the limit of %1.").arg(dropText(plan, limitOf(plan)));
    const QString name =
        point == plan.chosen ? Text::tr("Chosen") : Text::tr("Point %1 of %2").arg(point + 1).arg(plan.front.size());
    return name + QStringLiteral(": ") + pointFigures(plan, point);
}

QString pointFigures(const MixedPlan& plan, int point) {
    const PlanPoint& shown = plan.front[static_cast<size_t>(point)];
    const TimeUnit unit = pageUnit(plan);
    const bool measured = shown.measuredMs && shown.measuredDrop;
    const QString layers =
        shown.keptOut.empty()
            ? Text::tr("all of %1 in int8").arg(counted(std::ssize(plan.layers), Text::tr("layer")))
            : Text::tr("%1 of %2 in %3")
                  .arg(countText(static_cast<int64_t>(shown.keptOut.size())),
                       counted(std::ssize(plan.layers), Text::tr("layer")), plain(plan.otherPrecision));
    return QStringLiteral("%1, %2, %3 (%4)")
        .arg(layers, timeWithUnit(shownMs(shown), unit), dropText(plan, shownDrop(shown)),
             measured ? Text::tr("measured") : Text::tr("predicted"));
}

QString pointText(const MixedPlan& plan, int point, size_t most) {
    const PlanPoint& shown = plan.front[static_cast<size_t>(point)];
    const TimeUnit unit = pageUnit(plan);
    QStringList lines{point == plan.chosen ? Text::tr("Chosen plan") : Text::tr("Point %1").arg(point + 1)};
    lines +=
        Text::tr("predicted %1, %2").arg(timeWithUnit(shown.predictedMs, unit), dropText(plan, shown.predictedDrop));
    if (shown.measuredMs || shown.measuredDrop)
        lines += Text::tr("measured %1, %2")
                     .arg(shown.measuredMs ? timeWithUnit(*shown.measuredMs, unit) : missing(),
                          shown.measuredDrop ? dropText(plan, *shown.measuredDrop) : missing());
    lines += shown.keptOut.empty() ? Text::tr("all layers in int8") : Text::tr("not in int8:");
    for (size_t i = 0; i < std::min(most, shown.keptOut.size()); ++i)
        lines += QStringLiteral("  ") + plain(shown.keptOut[i]).left(60);
    if (shown.keptOut.size() > most)
        lines += Text::tr("  and %1 more").arg(shown.keptOut.size() - most);
    return lines.join(u'\n');
}

QString planFacts(const MixedPlan& plan) {
    const TimeUnit unit = pageUnit(plan);
    QStringList runs;
    for (const auto& [key, name] :
         {std::pair{"fp32", QStringLiteral("fp32")}, std::pair{"int8", Text::tr("all in int8")},
          std::pair{"mixed", Text::tr("this plan")}}) {
        QStringList figures;
        if (const auto latency = plan.latencyMs.find(key); latency != plan.latencyMs.end())
            figures += timeText(latency->second.median, unit) + QChar(0x202F) + unitName(unit);
        if (const auto top1 = plan.top1.find(key); top1 != plan.top1.end())
            figures += Text::tr("top-1 %1").arg(shareText(top1->second));
        else if (const auto agreement = plan.agreement.find(key); agreement != plan.agreement.end())
            figures += Text::tr("agreement %1").arg(shareText(agreement->second));
        if (!figures.isEmpty())
            runs += QStringLiteral("%1 %2").arg(name, figures.join(QStringLiteral(", ")));
    }
    QString text = Text::tr("Measured in turn: %1.").arg(runs.join(QStringLiteral("; ")));
    if (runs.isEmpty())
        text.clear();
    if (plan.speedup)
        text += Text::tr(" Speed-up over fp32: %1.").arg(speedupWithGrade(gradedSpeedup(plan)));
    const QString took = plan.usedS <= plan.timeBudgetS
                             ? Text::tr("took %1 of %2 s").arg(significant(plan.usedS, 3))
                             : Text::tr("took %1 s where %2 s were allowed").arg(std::ceil(10 * plan.usedS) / 10);
    text += Text::tr(" Sensitivity on %1, accuracy on %2; %3.")
                .arg(counted(plan.sensitivitySamples, Text::tr("sample")), countText(plan.accuracySamples),
                     took.arg(plan.timeBudgetS));
    return text.trimmed();
}

QMap<QString, QString> pinsOf(const MixedPlan& plan) {
    QMap<QString, QString> pins;
    for (const PlanLayer& layer : plan.layers)
        if (!layer.pinned.empty())
            pins[QString::fromStdString(layer.layer)] = QString::fromStdString(layer.pinned);
    return pins;
}

std::vector<std::string> keptLayers(const std::vector<std::string>& before, const MixedPlan& plan,
                                    const QStringList& keptOut) {
    std::vector<std::string> kept;
    for (const std::string& layer : before)
        if (std::ranges::find(plan.layers, layer, &PlanLayer::layer) == plan.layers.end())
            kept.push_back(layer);
    for (const QString& layer : keptOut)
        if (std::ranges::count(kept, layer.toStdString()) == 0)
            kept.push_back(layer.toStdString());
    return kept;
}

} // namespace halftone
