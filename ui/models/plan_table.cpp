// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/plan_table.h"

#include "ui/format.h"
#include "ui/models/cells.h"
#include "ui/text.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

namespace halftone {

namespace {

constexpr double leastCost = 0.05; // points: less is shown as 0.0

std::optional<double> msOf(const PlanLayer& layer, const std::string& precision) {
    const auto found = layer.ms.find(precision);
    return found == layer.ms.end() ? std::nullopt : std::optional(found->second);
}

/// What int8 saves; negative where it is slower.
std::optional<double> gainMs(const PlanLayer& layer) {
    const auto fp32 = msOf(layer, "fp32"), int8 = msOf(layer, "int8");
    return fp32 && int8 ? std::optional(*fp32 - *int8) : std::nullopt;
}

/// Where an older plan has no intervals of its own: slower is what is so in the plan and is decided in the runs.
bool isSlower(const PlanRow& row) {
    const auto gain = gainMs(*row.layer);
    return gain && *gain < 0 && isSlower(row.comparison);
}

/// With a true minus sign.
QString decimals(double value, int count) {
    QString text = QString::number(value, 'f', count);
    if (text.toDouble() == 0)
        text.remove(u'-');
    return text.replace(u'-', QChar(0x2212));
}

Column<PlanRow> timeColumn(ColumnInfo info, TimeUnit unit, std::function<std::optional<double>(const PlanLayer&)> ms,
                           const QString& none) {
    info.header += QStringLiteral(", ") + unitName(unit);
    info.numeric = true;
    const QString how = Text::tr("Median of the layer's step over repeated inferences of the whole network");
    return {std::move(info),
            [=](const PlanRow& row) -> Cell {
                const auto value = ms(*row.layer);
                return value ? Cell{timeText(*value, unit), how} : missingCell(none);
            },
            [=](const PlanRow& row) -> std::optional<double> {
                const auto value = ms(*row.layer);
                return value ? std::optional(*value * perMs(unit)) : std::nullopt;
            }};
}

Cell precisionCell(const PlanRow& row) {
    return {plain(row.precision), {}, row.precision == "int8" ? Tone::Quiet : Tone::Normal};
}

Cell pinCell(const PlanRow& row) {
    if (row.pin.isEmpty())
        return {Text::tr("free"), Text::tr("The plan chooses. Press 8 to pin to int8, 3 to fp32."), Tone::Quiet};
    return {row.pin, Text::tr("Pinned to %1. Press 0 to let the plan choose.").arg(row.pin)};
}

Cell sensitivityCell(const PlanLayer& layer) {
    if (!layer.outputSqnrDb)
        return missingCell(Text::tr("The output does not change at all"));
    return {decimals(*layer.outputSqnrDb, 1), Text::tr("SQNR of the network's output with this layer alone in int8: %1")
                                                  .arg(decibelText(*layer.outputSqnrDb))};
}

/// Points, or where there are no labels the share of samples whose top-1 changed.
std::optional<double> aloneDrop(const PlanLayer& layer) {
    if (layer.top1Drop)
        return layer.top1Drop;
    return layer.agreement ? std::optional(100 * (1 - *layer.agreement)) : std::nullopt;
}

} // namespace

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

std::vector<Column<PlanRow>> planColumns(const MixedPlan& plan) {
    const TimeUnit unit = pageUnit(plan);
    const bool top1 = plan.criterion == "top-1";
    const QString notMeasured = Text::tr("Not measured in this precision");

    std::vector<Column<PlanRow>> columns;
    columns.push_back(
        {{.key = "layer",
          .header = Text::tr("Layer"),
          .tooltip = Text::tr("Layers of the file that can run in int8."),
          .width = 152,
          .elideMiddle = true},
         [](const PlanRow& row) { return textCell(row.layer->layer, Text::tr("The file gives it no name")); }});
    columns.push_back({{.key = "precision",
                        .header = Text::tr("In the plan"),
                        .tooltip = Text::tr("Precision of the layer in the point that is shown."),
                        .width = 88},
                       precisionCell});
    columns.push_back({{.key = "pin",
                        .header = Text::tr("Pin"),
                        .tooltip = Text::tr("What the next plan holds to: free, int8 or fp32. Press 8, 3 or 0, or use "
                                            "the buttons and the menu of the row."),
                        .width = 56},
                       pinCell});
    Column<PlanRow> cost{{.key = "cost",
                          .header = Text::tr("Cost, %1").arg(dropUnit(plan)),
                          .tooltip = Text::tr("Share of the drop in accuracy that goes away when the layer is kept "
                                              "out, as predicted from the sensitivities."),
                          .width = 104,
                          .numeric = true,
                          .hasBar = true},
                         [](const PlanRow& row) -> Cell { return {decimals(row.layer->costPoints, 2)}; },
                         [](const PlanRow& row) { return std::optional(row.layer->costPoints); }};
    columns.push_back(std::move(cost));
    columns.push_back(timeColumn(
        {.key = "fp32Ms",
         .header = "fp32",
         .tooltip = Text::tr("Time in the fp32 run of the whole network."),
         .width = 80},
        unit, [](const PlanLayer& layer) { return msOf(layer, "fp32"); }, notMeasured));
    columns.push_back(timeColumn(
        {.key = "int8Ms",
         .header = "int8",
         .tooltip = Text::tr("Time in the int8 run of the whole network."),
         .width = 80},
        unit, [](const PlanLayer& layer) { return msOf(layer, "int8"); }, notMeasured));
    if (std::ranges::any_of(plan.layers, [](const PlanLayer& layer) { return layer.ms.contains("bf16"); }))
        columns.push_back(timeColumn(
            {.key = "bf16Ms",
             .header = "bf16",
             .tooltip = Text::tr("Time in the bf16 run of the whole network."),
             .width = 80},
            unit, [](const PlanLayer& layer) { return msOf(layer, "bf16"); }, notMeasured));
    Column<PlanRow> gain =
        timeColumn({.key = "gain",
                    .header = Text::tr("Gain"),
                    .tooltip = Text::tr("What int8 saves against fp32; where it is decided to be slower, an arrow says "
                                        "so, and what is not decided is grey."),
                    .width = 88},
                   unit, gainMs, notMeasured);
    gain.cell = [unit](const PlanRow& row) -> Cell {
        const auto ms = gainMs(*row.layer);
        if (!ms)
            return missingCell(Text::tr("Not measured in both precisions"));
        if (isSlower(row))
            return {QStringLiteral("▼ ") + timeText(*ms, unit),
                    Text::tr("Slower in int8; ") + certaintyText(row.comparison), Tone::Slower};
        if (*ms > 0 && isFaster(row.comparison))
            return {timeText(*ms, unit), certaintyText(row.comparison)};
        if (row.layer->speedup)
            return {timeText(*ms, unit), certaintyText(row.comparison), Tone::Quiet};
        const bool contradicted = isFaster(row.comparison) || isSlower(row.comparison);
        return {timeText(*ms, unit),
                contradicted ? Text::tr("The plan and the runs of this report disagree on which is faster")
                             : Text::tr("The runs of this report do not decide whether int8 is faster here"),
                Tone::Quiet};
    };
    columns.push_back(std::move(gain));
    columns.push_back(timeColumn(
        {.key = "conversion",
         .header = Text::tr("Conversions"),
         .tooltip = Text::tr("What keeping this layer alone out of int8 would add in conversions at its borders."),
         .width = 120},
        unit, [](const PlanLayer& layer) { return std::optional(layer.conversionMs); }, {}));
    columns.push_back({{.key = "sensitivity",
                        .header = Text::tr("Alone: SQNR, dB"),
                        .tooltip = Text::tr("SQNR of the network's output with only this layer in int8 and everything "
                                            "else in fp32; low is sensitive."),
                        .width = 128,
                        .numeric = true},
                       [](const PlanRow& row) { return sensitivityCell(*row.layer); },
                       [](const PlanRow& row) { return row.layer->outputSqnrDb; }});
    columns.push_back(
        {{.key = "alone",
          .header = top1 ? Text::tr("Alone: top-1 drop, points") : Text::tr("Alone: changed, %"),
          .tooltip = top1 ? Text::tr("Drop of top-1 with only this layer in int8.")
                          : Text::tr("Share of samples whose top-1 changes with only this layer in int8."),
          .width = top1 ? 184 : 136,
          .numeric = true},
         [](const PlanRow& row) -> Cell {
             const auto drop = aloneDrop(*row.layer);
             return drop ? Cell{decimals(*drop, 2)} : missingCell(Text::tr("Not measured"));
         },
         [](const PlanRow& row) { return aloneDrop(*row.layer); }});
    columns.push_back(
        {{.key = "type", .header = Text::tr("Type"), .tooltip = Text::tr("Operator of the layer."), .width = 72},
         [](const PlanRow& row) { return textCell(row.layer->op, Text::tr("The report names no operator")); }});
    columns.push_back(
        {{.key = "reason",
          .header = Text::tr("Reason"),
          .tooltip = Text::tr("Why the chosen plan does not run the layer in int8."),
          .width = 232},
         [](const PlanRow& row) { return textCell(row.layer->reason, Text::tr("The chosen plan runs it in int8")); }});
    return columns;
}

QList<Chip> planChips(const std::vector<PlanRow>& rows) {
    QList<Chip> chips{
        {"all", Text::tr("All"), 0, Text::tr("Every layer that can run in int8")},
        {"out", Text::tr("Kept out"), 0, Text::tr("Layers that the point on show does not run in int8")},
        {"slower", Text::tr("Slower in int8"), 0,
         Text::tr("Layers that are decided to be slower in int8 than in fp32")},
        {"costs", Text::tr("Costs accuracy"), 0, Text::tr("Layers that cost at least 0.05 points")},
        {"pinned", Text::tr("Pinned"), 0, Text::tr("Layers that the next plan must run in a given precision")}};
    for (Chip& chip : chips)
        chip.count = static_cast<int>(
            std::ranges::count_if(rows, [&](const PlanRow& row) { return planMatches(row, chip.key, {}); }));
    return chips;
}

bool planMatches(const PlanRow& row, const QString& chip, const QString& text) {
    const bool inChip = chip == u"out"      ? row.precision != "int8"
                        : chip == u"slower" ? isSlower(row)
                        : chip == u"costs"  ? row.layer->costPoints >= leastCost
                        : chip == u"pinned" ? !row.pin.isEmpty()
                                            : true;
    return inChip &&
           matchesWords(QString::fromStdString(row.layer->layer + '\n' + row.layer->op + '\n' + row.layer->reason),
                        text);
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
    const QString amount = decimals(std::abs(drop), std::abs(drop) < 0.995 ? 2 : 1);
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

QStringList keptLayers(const QStringList& before, const MixedPlan& plan, const QStringList& keptOut) {
    QStringList kept;
    for (const QString& layer : before)
        if (std::ranges::find(plan.layers, layer.toStdString(), &PlanLayer::layer) == plan.layers.end())
            kept += layer;
    for (const QString& layer : keptOut)
        if (!kept.contains(layer))
            kept += layer;
    return kept;
}

} // namespace halftone
