// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/layer_table.h"

#include "ui/format.h"
#include "ui/models/cells.h"
#include "ui/text.h"

#include <algorithm>

namespace halftone {

namespace {

using Pointer = const LayerRun* LayerRow::*;

bool isInOtherType(const LayerRow& row) {
    return row.other && !row.other->precision.empty() && !row.inPrecision;
}

/// "Median of this step in the int8 run, of 24 rounds, 95 % interval 12.1 to 12.5 µs", as far as it is known.
QString timeTip(const LayerRun& run, int64_t rounds, const QString& name, TimeUnit unit) {
    QString text = Text::tr("Median of this step in the %1 run").arg(name);
    if (rounds > 0)
        text += Text::tr(", of %1").arg(counted(rounds, Text::tr("round")));
    if (run.ci95)
        text += Text::tr(", 95 % interval %1 to %2 %3")
                    .arg(timeText(run.ci95->lo, unit), timeText(run.ci95->hi, unit), unitName(unit));
    return text;
}

Column<LayerRow> timeColumn(const QString& key, const std::string& precision, TimeUnit unit, Pointer run) {
    const QString name = plain(precision);
    Column<LayerRow> column;
    column.key = key;
    column.header = QStringLiteral("%1, %2").arg(shortPrecision(precision), unitName(unit));
    column.tooltip = Text::tr("Time of the step that computes this layer in the %1 run: median over repeated "
                              "inferences with a clock around every step. A step that computes several layers stands "
                              "at the first of them. The bars of both runs have one scale.")
                         .arg(name);
    column.width = 88;
    column.numeric = true;
    column.hasBar = true;
    column.scale = QStringLiteral("time");
    column.barHue = [name](const LayerRow&) { return name; };
    column.value = [run, unit](const LayerRow& row) -> std::optional<double> {
        if (!(row.*run) || !(row.*run)->medianMs)
            return {};
        return *(row.*run)->medianMs * perMs(unit);
    };
    column.cell = [run, unit, name](const LayerRow& row) -> Cell {
        if (!(row.*run) || !(row.*run)->medianMs)
            return missingCell(noTimeReason(row.*run, name));
        return {timeText(*(row.*run)->medianMs, unit), timeTip(*(row.*run), row.layer->rounds, name, unit)};
    };
    return column;
}

Column<LayerRow> kernelColumn(const QString& key, const std::string& precision, Pointer run) {
    const QString name = plain(precision);
    Column<LayerRow> column;
    column.key = key;
    column.header = Text::tr("%1 kernel").arg(shortPrecision(precision));
    column.tooltip = Text::tr("The implementation that oneDNN chose for this layer's step in the %1 run; \"halftone:\" "
                              "marks kernels of Halftone itself.")
                         .arg(name);
    column.width = 168;
    column.cell = [run, name](const LayerRow& row) -> Cell {
        if (isExecuted(row.*run) && !(row.*run)->kernel.empty())
            return textCell((row.*run)->kernel, {});
        return missingCell(noTimeReason(row.*run, name));
    };
    return column;
}

Cell statusCell(const LayerRow& row, const QString& name) {
    const LayerRun* run = row.shown();
    if (!run)
        return missingCell(Text::tr("The report has no run"));
    QString tip;
    if (row.fp32 && row.other)
        tip = Text::tr("fp32 run: %1; %2 run: %3").arg(statusText(row.fp32), name, statusText(row.other));
    return {statusText(run), tip, isExecuted(run) ? Tone::Normal : Tone::Quiet};
}

Cell speedupCell(const LayerRow& row, const QString& name) {
    const GradedSpeedup& comparison = row.comparison;
    if (!comparison.speedup) {
        if (!row.other || !row.fp32)
            return missingCell(Text::tr("A speed-up needs an fp32 and another run"));
        if (isFused(row.other))
            return missingCell(noTimeReason(row.other, name));
        return missingCell(isEliminated(row.other) ? noTimeReason(row.other, name)
                                                   : Text::tr("Not timed in both runs"));
    }
    QStringList tip{certaintyText(comparison)};
    if (row.rounds > 0)
        tip.front() += Text::tr(", of %1").arg(counted(row.rounds, Text::tr("round")));
    tip +=
        Text::tr("fp32 time divided by %1 time of everything that is computed together with this layer in either run")
            .arg(name);
    if (isSlower(comparison))
        return {QStringLiteral("▼ ") + speedupText(comparison), Text::tr("Slower in %1; ").arg(name) + tip.join(u'\n'),
                Tone::Slower};
    return {speedupText(comparison), tip.join(u'\n'),
            comparison.grade == Grade::Undecided ? Tone::Quiet : Tone::Normal};
}

Cell precisionCell(const LayerRow& row, const QString& name) {
    if (!row.other)
        return missingCell(Text::tr("The report has no %1 run").arg(name));
    if (row.other->precision.empty())
        return missingCell(noTimeReason(row.other, name));
    const bool multipliesCodes = row.other->precision == "int8" && row.layer->macs > 0;
    return {multipliesCodes ? Text::tr("int8 × int8") : plain(row.other->precision), row.reason ? plain(*row.reason) : QString(),
            row.inPrecision ? Tone::Quiet : Tone::Normal};
}

Column<LayerRow> amountColumn(const QString& key, const QString& header, const QString& tooltip, const QString& none,
                              const ColumnUnit& unit, int64_t Layer::*amount) {
    Column<LayerRow> column;
    column.key = key;
    column.header = unit.unit.isEmpty() ? header : QStringLiteral("%1, %2").arg(header, unit.unit);
    column.tooltip = tooltip;
    column.width = 88;
    column.numeric = true;
    column.value = [=](const LayerRow& row) -> std::optional<double> {
        if (row.layer->*amount == 0)
            return {};
        return static_cast<double>(row.layer->*amount) / unit.divisor;
    };
    column.cell = [=](const LayerRow& row) -> Cell {
        if (row.layer->*amount == 0)
            return missingCell(none);
        return {significant(static_cast<double>(row.layer->*amount) / unit.divisor), countText(row.layer->*amount)};
    };
    return column;
}

int64_t largest(const std::vector<LayerRow>& rows, int64_t Layer::*amount) {
    int64_t result = 0;
    for (const LayerRow& row : rows)
        result = std::max(result, row.layer->*amount);
    return result;
}

} // namespace

std::vector<Column<LayerRow>> layerColumns(const std::vector<LayerRow>& rows, const std::string& precision,
                                           TimeUnit unit) {
    const QString name = plain(precision), shortName = shortPrecision(precision);
    std::vector<Column<LayerRow>> columns;
    const auto add = [&](ColumnInfo info, std::function<Cell(const LayerRow&)> cell) -> Column<LayerRow>& {
        columns.push_back({std::move(info), std::move(cell)});
        return columns.back();
    };
    add({.key = "layer",
         .header = Text::tr("Layer"),
         .tooltip = Text::tr(
             "Name of the node in the model's file. Layers that are computed inside another one stand below it."),
         .width = 160,
         .elideMiddle = true},
        [](const LayerRow& row) { return textCell(row.layer->name, Text::tr("The file gives it no name")); });
    add({.key = "type",
         .header = Text::tr("Type"),
         .tooltip = Text::tr("Operator of the node in the model's file."),
         .width = 128},
        [](const LayerRow& row) { return textCell(row.layer->op, Text::tr("The report names no operator")); });
    columns.push_back(timeColumn(QStringLiteral("fp32Time"), "fp32", unit, &LayerRow::fp32));
    columns.push_back(timeColumn(QStringLiteral("otherTime"), precision, unit, &LayerRow::other));
    add({.key = "speedup",
         .header = Text::tr("Speed-up"),
         .tooltip = Text::tr("fp32 time divided by %1 time, of all layers that are computed together with this one: "
                             "the figure where it is sure, the 95 % interval where it is rough, words where it is not "
                             "decided which is faster. Slower layers are marked with an arrow.")
                        .arg(name),
         .width = 128,
         .numeric = true},
        [name](const LayerRow& row) { return speedupCell(row, name); })
        .value = [](const LayerRow& row) { return speedupValue(row.comparison); };
    add({.key = "share",
         .header = Text::tr("Share of %1, %").arg(shortName),
         .tooltip = Text::tr("%1 time of the layer's step divided by the whole latency of the %1 run.").arg(name),
         .width = 120,
         .numeric = true,
         .hasBar = true},
        [name](const LayerRow& row) -> Cell {
            if (!row.otherShare)
                return missingCell(noTimeReason(row.other, name));
            return {percentText(*row.otherShare), shareText(*row.otherShare)};
        })
        .value = [](const LayerRow& row) -> std::optional<double> {
        if (!row.otherShare)
            return {};
        return *row.otherShare * 100;
    };
    add({.key = "precision",
         .header = Text::tr("Computes in"),
         .tooltip = Text::tr("Type of the arithmetic that computes this layer in the %1 run; of one that multiplies in "
                             "int8, what it multiplies.")
                        .arg(name),
         .width = 96},
        [name](const LayerRow& row) { return precisionCell(row, name); });
    add({.key = "status",
         .header = Text::tr("Status"),
         .tooltip = Text::tr("What became of the layer in the %1 run: executed as a step of its own, fused into the "
                             "step of another layer, or eliminated when the model was compiled.")
                        .arg(name),
         .width = 160},
        [name](const LayerRow& row) { return statusCell(row, name); });
    columns.push_back(kernelColumn(QStringLiteral("otherKernel"), precision, &LayerRow::other));
    columns.push_back(kernelColumn(QStringLiteral("fp32Kernel"), "fp32", &LayerRow::fp32));
    columns.push_back(amountColumn(
        QStringLiteral("macs"), Text::tr("MACs"),
        Text::tr("Multiply-accumulate operations of one inference, computed from the shapes."),
        Text::tr("This kind of layer multiplies nothing"), countUnit(largest(rows, &Layer::macs)), &Layer::macs));
    columns.push_back(amountColumn(
        QStringLiteral("bytes"), Text::tr("Data"),
        Text::tr("Bytes that the layer reads and writes, each once, weights included, computed from the shapes."),
        Text::tr("The report gives no bytes for this layer"), bytesUnit(largest(rows, &Layer::bytes)), &Layer::bytes));
    add({.key = "reason",
         .header = Text::tr("Why not %1").arg(shortName),
         .tooltip = Text::tr("Why the layer does not run in %1; the engine's reason when it built the plan.").arg(name),
         .width = 280},
        [name](const LayerRow& row) {
            return textCell(row.reason ? *row.reason : std::string(), row.inPrecision
                                                                          ? Text::tr("It runs in %1").arg(name)
                                                                          : Text::tr("The engine gave no reason"));
        });
    return columns;
}

QList<Chip> layerChips(const std::vector<LayerRow>& rows, const std::string& precision) {
    const QString type = plain(arithmetic(precision)), name = plain(precision);
    QList<Chip> chips{
        {"all", Text::tr("All"), 0, Text::tr("Every layer of the model's file")},
        {"in", type, 0, Text::tr("Layers that the %1 run computes in %2, alone or fused").arg(name, type)},
        {"not", Text::tr("Not %1").arg(type), 0,
         Text::tr("Layers that the %1 run computes in another precision").arg(name)},
        {"slower", Text::tr("Slower in %1").arg(name), 0,
         Text::tr("Layers that are decided to be slower in %1 than in fp32").arg(name)},
        {"fused", Text::tr("Fused"), 0, Text::tr("Layers computed inside the step of another layer")},
        {"eliminated", Text::tr("Eliminated"), 0, Text::tr("Layers that disappeared when the model was compiled")},
    };
    for (Chip& chip : chips)
        chip.count = static_cast<int>(std::count_if(
            rows.begin(), rows.end(), [&](const LayerRow& row) { return layerMatches(row, chip.key, {}); }));
    return chips;
}

bool layerMatches(const LayerRow& row, const QString& chip, const QString& text) {
    const bool inChip = chip == u"in"           ? row.inPrecision
                        : chip == u"not"        ? isInOtherType(row)
                        : chip == u"slower"     ? isSlower(row.comparison)
                        : chip == u"fused"      ? isFused(row.shown())
                        : chip == u"eliminated" ? isEliminated(row.shown())
                                                : true;
    if (!inChip || text.isEmpty())
        return inChip;
    const auto kernel = [](const LayerRun* run) { return run ? run->kernel : std::string(); };
    return matchesWords(QString::fromStdString(row.layer->name + '\n' + row.layer->op + '\n' + kernel(row.other) +
                                               '\n' + kernel(row.fp32)),
                        text);
}

} // namespace halftone
