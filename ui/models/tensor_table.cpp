// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/tensor_table.h"

#include "ui/format.h"
#include "ui/models/cells.h"
#include "ui/text.h"

#include <algorithm>

namespace halftone {

namespace {

using Value = std::function<std::optional<double>(const TensorRow&)>;

bool isWeight(const TensorRow& row) {
    return row.range->role == "weight";
}
bool isClipped(const TensorRow& row) {
    return row.range->clippedShare > 0;
}

bool isGrowing(const TensorRow& row) {
    const std::optional<RangeHealth>& health = row.range->health;
    if (!health || health->growth.empty())
        return false;
    const int64_t samples = health->growth.back().samples;
    return 10 * health->stableAfter.value_or(samples) > 9 * samples;
}

Column<TensorRow> numberColumn(ColumnInfo info, Value value, const QString& none) {
    info.numeric = true;
    return {std::move(info),
            [value, none](const TensorRow& row) -> Cell {
                const std::optional<double> number = value(row);
                return number ? Cell{significant(*number)} : missingCell(none);
            },
            value};
}

Column<TensorRow> numberColumn(ColumnInfo info, double TensorRange::*member) {
    return numberColumn(std::move(info), [member](const TensorRow& row) { return row.range->*member; }, {});
}

/// Of the grid.
Column<TensorRow> gridColumn(ColumnInfo info, double TensorRange::*member) {
    return numberColumn(
        std::move(info),
        [member](const TensorRow& row) {
            return row.range->scales.empty() ? std::nullopt : std::optional(row.range->*member);
        },
        Text::tr("Not quantized"));
}

Column<TensorRow> textColumn(ColumnInfo info, std::string TensorRange::*member, const QString& none) {
    return {std::move(info), [member, none](const TensorRow& row) { return textCell(row.range->*member, none); }};
}

} // namespace

std::vector<Column<TensorRow>> tensorColumns() {
    std::vector<Column<TensorRow>> columns;
    columns.push_back(textColumn({.key = "tensor",
                                  .header = Text::tr("Tensor"),
                                  .tooltip = Text::tr("Name of the tensor in the model."),
                                  .width = 144,
                                  .elideMiddle = true},
                                 &TensorRange::name, Text::tr("The file gives it no name")));
    columns.push_back(numberColumn(
        {.key = "clipped",
         .header = Text::tr("Clipped, %"),
         .tooltip = Text::tr("Share of the observed values that lie more than half a step outside the clip range. "
                             "Nearer ones are rounded to its ends, as any value is to a stored one."),
         .width = 88,
         .hasBar = true},
        [](const TensorRow& row) {
            return row.range->scales.empty() ? std::nullopt : std::optional(row.range->clippedShare * 100);
        },
        {}));
    columns.back().cell = [](const TensorRow& row) -> Cell {
        const double share = row.range->clippedShare;
        if (row.range->scales.empty())
            return missingCell(Text::tr("Not quantized"));
        return {significant(share * 100), Text::tr("outside: %1").arg(outsideText(share, row.range->clippedBySteps)),
                share > 0 ? Tone::Normal : Tone::Quiet};
    };
    columns.push_back(numberColumn(
        {.key = "sqnr",
         .header = Text::tr("SQNR, dB"),
         .tooltip = Text::tr("Signal to quantization noise ratio over the observed values: ten times the logarithm of "
                             "the values' power divided by the power of what rounding and clipping change. Higher is "
                             "better; 6 dB are about one bit."),
         .width = 80},
        [](const TensorRow& row) { return row.range->sqnrDb; },
        Text::tr("Not measured, or nothing is changed by quantization")));
    columns.push_back(textColumn({.key = "method",
                                  .header = Text::tr("Method"),
                                  .tooltip = Text::tr("How the clip range was chosen from what was observed."),
                                  .width = 112},
                                 &TensorRange::method, Text::tr("Not quantized, or not in the report")));
    columns.push_back(numberColumn(
        {.key = "stableAfter",
         .header = Text::tr("Stable after"),
         .tooltip = Text::tr("Calibration samples after which the observed range grew by less than 1 % of its width."),
         .width = 96},
        [](const TensorRow& row) -> std::optional<double> {
            if (!row.range->health || !row.range->health->stableAfter)
                return {};
            return static_cast<double>(*row.range->health->stableAfter);
        },
        {}));
    columns.back().cell = [](const TensorRow& row) -> Cell {
        if (!row.range->health)
            return missingCell(isWeight(row) ? Text::tr("Weights do not depend on samples")
                                             : Text::tr("No data was given, or the report is older"));
        if (!row.range->health->stableAfter)
            return missingCell(Text::tr("It still grew with the last sample; calibrate with more"));
        return {countText(*row.range->health->stableAfter)};
    };
    columns.push_back(
        textColumn({.key = "role",
                    .header = Text::tr("Role"),
                    .tooltip = Text::tr("Weights are constants of the model; activations are computed from its input."),
                    .width = 80},
                   &TensorRange::role, Text::tr("Not in the report")));
    columns.push_back(textColumn({.key = "layer",
                                  .header = Text::tr("Layer"),
                                  .tooltip = Text::tr("The layer that computes the activation or uses the weight."),
                                  .width = 120,
                                  .elideMiddle = true},
                                 &TensorRange::layer, Text::tr("An input of the network")));
    columns.push_back(numberColumn({.key = "observedMin",
                                    .header = Text::tr("Observed min"),
                                    .tooltip = Text::tr("Smallest value seen during calibration, or in the weight."),
                                    .width = 112},
                                   &TensorRange::observedMin));
    columns.push_back(numberColumn({.key = "observedMax",
                                    .header = Text::tr("Observed max"),
                                    .tooltip = Text::tr("Largest value seen during calibration, or in the weight."),
                                    .width = 112},
                                   &TensorRange::observedMax));
    columns.push_back(gridColumn({.key = "clipMin",
                                  .header = Text::tr("Clip min"),
                                  .tooltip = Text::tr("Values below are stored as this one."),
                                  .width = 88},
                                 &TensorRange::clipMin));
    columns.push_back(gridColumn({.key = "clipMax",
                                  .header = Text::tr("Clip max"),
                                  .tooltip = Text::tr("Values above are stored as this one."),
                                  .width = 88},
                                 &TensorRange::clipMax));
    columns.push_back(textColumn({.key = "storage",
                                  .header = Text::tr("Storage"),
                                  .tooltip = Text::tr("Type that the quantized values are stored in."),
                                  .width = 72},
                                 &TensorRange::storage, Text::tr("Not quantized")));
    columns.push_back(numberColumn(
        {.key = "scale",
         .header = Text::tr("Scale"),
         .tooltip = Text::tr(
             "Step between two neighbouring stored values. Of weights with a scale per channel, the largest one."),
         .width = 88},
        [](const TensorRow& row) -> std::optional<double> {
            if (row.range->scales.empty())
                return {};
            return row.largestScale();
        },
        Text::tr("Not quantized")));
    columns.back().cell = [](const TensorRow& row) -> Cell {
        if (row.range->scales.empty())
            return missingCell(Text::tr("Not quantized"));
        const QString text = significant(row.largestScale());
        return {row.range->scales.size() > 1 ? QStringLiteral("≤ ") + text : text, scalesText(*row.range)};
    };
    columns.push_back(numberColumn(
        {.key = "zeroPoint",
         .header = Text::tr("Zero point"),
         .tooltip = Text::tr("Stored value that stands for 0."),
         .width = 88},
        [](const TensorRow& row) -> std::optional<double> {
            if (row.range->zeroPoints.empty())
                return {};
            return row.range->zeroPoints.front();
        },
        Text::tr("Not quantized")));
    columns.back().cell = [](const TensorRow& row) -> Cell {
        const auto& points = row.range->zeroPoints;
        if (points.empty())
            return missingCell(Text::tr("Not quantized"));
        const bool same = std::all_of(points.begin(), points.end(), [&](int point) { return point == points.front(); });
        return {same ? countText(points.front()) : Text::tr("per channel"), zeroPointsText(*row.range)};
    };
    return columns;
}

QList<Chip> tensorChips(const std::vector<TensorRow>& rows) {
    QList<Chip> chips{
        {"all", Text::tr("All"), 0, Text::tr("Every quantized tensor")},
        {"activation", Text::tr("Activations"), 0, Text::tr("Tensors computed from the input")},
        {"weight", Text::tr("Weights"), 0, Text::tr("Constants of the model")},
        {"clipped", Text::tr("Clipped"), 0, Text::tr("Tensors of which a part lies outside the clip range")},
        {"growing", Text::tr("Growing"), 0,
         Text::tr("Activations whose range still grew with the last tenth of the samples")},
    };
    for (Chip& chip : chips)
        chip.count = static_cast<int>(std::count_if(
            rows.begin(), rows.end(), [&](const TensorRow& row) { return tensorMatches(row, chip.key, {}); }));
    return chips;
}

bool tensorMatches(const TensorRow& row, const QString& chip, const QString& text) {
    const bool inChip = chip == u"weight"       ? isWeight(row)
                        : chip == u"activation" ? !isWeight(row)
                        : chip == u"clipped"    ? isClipped(row)
                        : chip == u"growing"    ? isGrowing(row)
                                                : true;
    if (!inChip || text.isEmpty())
        return inChip;
    return matchesWords(QString::fromStdString(row.range->name + '\n' + row.range->layer), text);
}

} // namespace halftone
