// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/plan_table.h"

#include "ui/format.h"
#include "ui/models/cells.h"
#include "ui/text.h"

#include <algorithm>
#include <functional>

namespace halftone {

namespace {

constexpr double leastCost = 0.05; // points: less is shown as 0.0

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

Cell plannedCell(const PlanRow& row) {
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
    return {fixed(*layer.outputSqnrDb, 1), Text::tr("SQNR of the network's output with this layer alone in int8: %1")
                                               .arg(decibelText(*layer.outputSqnrDb))};
}

/// Points, or where there are no labels the share of samples whose top-1 changed.
std::optional<double> aloneDrop(const PlanLayer& layer) {
    if (layer.top1Drop)
        return layer.top1Drop;
    return layer.agreement ? std::optional(100 * (1 - *layer.agreement)) : std::nullopt;
}

} // namespace

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
                       plannedCell});
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
                         [](const PlanRow& row) -> Cell { return {fixed(row.layer->costPoints, 2)}; },
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
             return drop ? Cell{fixed(*drop, 2)} : missingCell(Text::tr("Not measured"));
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

} // namespace halftone
