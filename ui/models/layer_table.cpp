#include "ui/models/layer_table.h"

#include "ui/format.h"
#include "ui/models/cells.h"

#include <algorithm>
#include <unordered_map>

namespace halftone {

namespace {

using Pointer = const LayerRun* LayerRow::*;

const LayerRun* find(const Layer& layer, const char* precision) {
    const auto found = layer.byPrecision.find(precision);
    return found == layer.byPrecision.end() ? nullptr : &found->second;
}

bool isFused(const LayerRun* run) {
    return run && run->status == "FUSED";
}
bool isEliminated(const LayerRun* run) {
    return run && run->status == "ELIMINATED";
}
bool isExecuted(const LayerRun* run) {
    return run && run->status == "EXECUTED";
}
bool isInt8(const LayerRow& row) {
    return row.int8 && row.int8->precision == "int8";
}
bool isOtherInInt8Run(const LayerRow& row) {
    return row.int8 && !row.int8->precision.empty() && row.int8->precision != "int8";
}
bool isSlower(const LayerRow& row) {
    return row.layer->speedup && *row.layer->speedup < 1;
}

Column<LayerRow> timeColumn(const std::vector<LayerRow>& rows, const char* precision, Pointer run) {
    double largest = 0;
    for (const LayerRow& row : rows)
        if (row.*run)
            largest = std::max(largest, (row.*run)->medianMs.value_or(0));
    const TimeUnit unit = timeUnit(largest);
    const QString name = QString::fromLatin1(precision);
    Column<LayerRow> column;
    column.key = name + QStringLiteral("Time");
    column.header = QStringLiteral("%1, %2").arg(name, unitName(unit));
    column.tooltip =
        QStringLiteral("Time of the step that computes this layer in the %1 run: median over repeated "
                       "inferences with a clock around every step. A step that computes several layers "
                       "stands at the first of them.")
            .arg(name);
    column.width = 96;
    column.numeric = true;
    column.hasBar = true;
    column.barHue = [name](const LayerRow&) { return name; };
    const double perMs = unit == TimeUnit::Us ? 1000 : unit == TimeUnit::Ms ? 1 : 0.001;
    column.value = [run, perMs](const LayerRow& row) -> std::optional<double> {
        if (!(row.*run) || !(row.*run)->medianMs)
            return {};
        return *(row.*run)->medianMs * perMs;
    };
    column.cell = [run, unit, name](const LayerRow& row) -> Cell {
        if (!(row.*run) || !(row.*run)->medianMs)
            return missingCell(noTimeReason(row.*run, name));
        return {timeText(*(row.*run)->medianMs, unit),
                QStringLiteral("Median of this step over the timed inferences of the %1 run").arg(name)};
    };
    return column;
}

Column<LayerRow> kernelColumn(const char* precision, Pointer run) {
    const QString name = QString::fromLatin1(precision);
    Column<LayerRow> column;
    column.key = name + QStringLiteral("Kernel");
    column.header = QStringLiteral("%1 kernel").arg(name);
    column.tooltip =
        QStringLiteral("The implementation that oneDNN chose for this layer's step in the %1 run; "
                       "\"halftone:\" marks kernels of Halftone itself.")
            .arg(name);
    column.width = 168;
    column.cell = [run, name](const LayerRow& row) -> Cell {
        if (isExecuted(row.*run) && !(row.*run)->kernel.empty())
            return textCell((row.*run)->kernel, {});
        return missingCell(noTimeReason(row.*run, name));
    };
    return column;
}

Cell statusCell(const LayerRow& row) {
    const LayerRun* run = row.shown();
    if (!run)
        return missingCell(QStringLiteral("The report has no run"));
    QString tip;
    if (row.fp32 && row.int8)
        tip = QStringLiteral("fp32 run: %1; int8 run: %2").arg(statusText(row.fp32), statusText(row.int8));
    return {statusText(run), tip, isExecuted(run) ? Tone::Normal : Tone::Quiet};
}

Cell speedupCell(const LayerRow& row) {
    if (!row.layer->speedup) {
        if (!row.int8 || !row.fp32)
            return missingCell(QStringLiteral("A speed-up needs an fp32 and an int8 run"));
        if (isFused(row.int8))
            return missingCell(noTimeReason(row.int8, QStringLiteral("int8")));
        return missingCell(isEliminated(row.int8) ? noTimeReason(row.int8, QStringLiteral("int8"))
                                                  : QStringLiteral("Not timed in both runs"));
    }
    const double speedup = *row.layer->speedup;
    const QString tip =
        QStringLiteral("fp32 time divided by int8 time of everything that is computed together with "
                       "this layer in either run");
    if (speedup < 1)
        return {QStringLiteral("▼ ") + speedupText(speedup), QStringLiteral("Slower in int8: ") + tip,
                Tone::Slower};
    return {speedupText(speedup), tip};
}

Cell precisionCell(const LayerRow& row) {
    if (!row.int8)
        return missingCell(QStringLiteral("The report has no int8 run"));
    if (row.int8->precision.empty())
        return missingCell(noTimeReason(row.int8, QStringLiteral("int8")));
    return {plain(row.int8->precision), plain(row.layer->reason), isInt8(row) ? Tone::Quiet : Tone::Normal};
}

Column<LayerRow> amountColumn(const QString& key, const QString& header, const QString& tooltip,
                              const QString& none, const ColumnUnit& unit, int64_t Layer::* amount) {
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
        return {significant(static_cast<double>(row.layer->*amount) / unit.divisor),
                countText(row.layer->*amount)};
    };
    return column;
}

int64_t largest(const std::vector<LayerRow>& rows, int64_t Layer::* amount) {
    int64_t result = 0;
    for (const LayerRow& row : rows)
        result = std::max(result, row.layer->*amount);
    return result;
}

} // namespace

QString statusText(const LayerRun* run) {
    if (!run)
        return QStringLiteral("Not in this run");
    if (isFused(run))
        return QStringLiteral("Fused into %1").arg(plain(run->into));
    const QString status = plain(run->status).toLower();
    return status.left(1).toUpper() + status.mid(1);
}

QString noTimeReason(const LayerRun* run, const QString& precision) {
    if (!run)
        return QStringLiteral("The report has no %1 run of this layer").arg(precision);
    if (isFused(run))
        return QStringLiteral("Computed inside %1").arg(plain(run->into));
    if (isEliminated(run))
        return QStringLiteral("Folded into constants when the model was compiled");
    return QStringLiteral("Not measured in the %1 run").arg(precision);
}

std::vector<LayerRow> layerRows(const Report& report) {
    const Run* int8 = report.run("int8");
    std::vector<LayerRow> rows;
    rows.reserve(report.layers.size());
    for (const Layer& layer : report.layers) {
        LayerRow row{&layer, find(layer, "fp32"), find(layer, "int8"), {}};
        if (int8 && row.int8 && row.int8->medianMs && int8->stepsMs > 0)
            row.int8Share = *row.int8->medianMs / int8->stepsMs;
        rows.push_back(row);
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

std::vector<Column<LayerRow>> layerColumns(const std::vector<LayerRow>& rows) {
    std::vector<Column<LayerRow>> columns;
    const auto add = [&](ColumnInfo info, std::function<Cell(const LayerRow&)> cell) -> Column<LayerRow>& {
        columns.push_back({std::move(info), std::move(cell)});
        return columns.back();
    };
    add({.key = "layer",
         .header = "Layer",
         .tooltip = "Name of the node in the model's file. Layers that are computed "
                    "inside another one stand below it.",
         .width = 200,
         .elideMiddle = true},
        [](const LayerRow& row) {
            return textCell(row.layer->name, QStringLiteral("The file gives it no name"));
        });
    add({.key = "type",
         .header = "Type",
         .tooltip = "Operator of the node in the model's file.",
         .width = 112},
        [](const LayerRow& row) {
            return textCell(row.layer->op, QStringLiteral("The report names no operator"));
        });
    columns.push_back(timeColumn(rows, "fp32", &LayerRow::fp32));
    columns.push_back(timeColumn(rows, "int8", &LayerRow::int8));
    add({.key = "speedup",
         .header = "Speed-up",
         .tooltip =
             "fp32 time divided by int8 time, of all layers that are "
             "computed together with this one. Below 1 the layer is slower in int8 and marked with an arrow.",
         .width = 80,
         .numeric = true},
        speedupCell)
        .value = [](const LayerRow& row) { return row.layer->speedup; };
    add({.key = "share",
         .header = "Share of int8, %",
         .tooltip = "int8 time of the layer's step divided by the sum of "
                    "all steps of the int8 run, conversions included.",
         .width = 120,
         .numeric = true,
         .hasBar = true},
        [](const LayerRow& row) -> Cell {
            if (!row.int8Share)
                return missingCell(noTimeReason(row.int8, QStringLiteral("int8")));
            return {significant(*row.int8Share * 100), shareText(*row.int8Share)};
        })
        .value = [](const LayerRow& row) -> std::optional<double> {
        if (!row.int8Share)
            return {};
        return *row.int8Share * 100;
    };
    add({.key = "precision",
         .header = "Precision",
         .tooltip = "Type of the arithmetic that computes this layer in the "
                    "int8 run.",
         .width = 80},
        precisionCell);
    add({.key = "status",
         .header = "Status",
         .tooltip =
             "What became of the layer in the int8 run: executed as a step "
             "of its own, fused into the step of another layer, or eliminated when the model was compiled.",
         .width = 160},
        statusCell);
    columns.push_back(kernelColumn("int8", &LayerRow::int8));
    columns.push_back(kernelColumn("fp32", &LayerRow::fp32));
    columns.push_back(
        amountColumn(QStringLiteral("macs"), QStringLiteral("MACs"),
                     QStringLiteral("Multiply-accumulate operations of one inference, computed from the "
                                    "shapes."),
                     QStringLiteral("This kind of layer multiplies nothing"),
                     countUnit(largest(rows, &Layer::macs)), &Layer::macs));
    columns.push_back(
        amountColumn(QStringLiteral("bytes"), QStringLiteral("Data"),
                     QStringLiteral("Bytes that the layer reads and writes, each once, weights included, "
                                    "computed from the shapes."),
                     QStringLiteral("The report gives no bytes for this layer"),
                     bytesUnit(largest(rows, &Layer::bytes)), &Layer::bytes));
    add({.key = "reason",
         .header = "Why not int8",
         .tooltip = "Why the layer does not run in int8; the engine's reason "
                    "when it built the plan.",
         .width = 280},
        [](const LayerRow& row) {
            return textCell(row.layer->reason, isInt8(row) ? QStringLiteral("It runs in int8")
                                                           : QStringLiteral("The engine gave no reason"));
        });
    return columns;
}

QList<Chip> layerChips(const std::vector<LayerRow>& rows) {
    QList<Chip> chips{
        {"all", "All", 0, "Every layer of the model's file"},
        {"int8", "int8", 0, "Layers computed in int8, alone or fused"},
        {"fp32", "Not int8", 0, "Layers that the int8 run computes in another precision"},
        {"slower", "Slower in int8", 0, "Layers whose int8 time is above their fp32 time"},
        {"fused", "Fused", 0, "Layers computed inside the step of another layer"},
        {"eliminated", "Eliminated", 0, "Layers that disappeared when the model was compiled"},
    };
    for (Chip& chip : chips)
        chip.count = static_cast<int>(std::count_if(
            rows.begin(), rows.end(), [&](const LayerRow& row) { return layerMatches(row, chip.key, {}); }));
    return chips;
}

bool layerMatches(const LayerRow& row, const QString& chip, const QString& text) {
    const bool inChip = chip == u"int8"         ? isInt8(row)
                        : chip == u"fp32"       ? isOtherInInt8Run(row)
                        : chip == u"slower"     ? isSlower(row)
                        : chip == u"fused"      ? isFused(row.shown())
                        : chip == u"eliminated" ? isEliminated(row.shown())
                                                : true;
    if (!inChip || text.isEmpty())
        return inChip;
    const auto kernel = [](const LayerRun* run) { return run ? run->kernel : std::string(); };
    return matchesWords(QString::fromStdString(row.layer->name + '\n' + row.layer->op + '\n' +
                                               kernel(row.int8) + '\n' + kernel(row.fp32)),
                        text);
}

} // namespace halftone
