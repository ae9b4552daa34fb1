#include "ui/models/layer_table.h"

#include "ui/format.h"
#include "ui/models/cells.h"

#include <algorithm>
#include <unordered_map>

namespace halftone {

namespace {

using Pointer = const LayerRun* LayerRow::*;

const LayerRun* find(const Layer& layer, const std::string& precision) {
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
bool isInOtherType(const LayerRow& row) {
    return row.other && !row.other->precision.empty() && !row.inPrecision;
}
bool isSlower(const LayerRow& row) {
    return row.speedup && *row.speedup < 1;
}

/// The type that a run is meant to compute in: simulated int8 rounds to 8 bits and computes in fp32.
std::string arithmetic(const std::string& precision) {
    return precision == "int8-simulated" ? "fp32" : precision;
}

/// fp32 time / other time of each group, on its first layer with a time.
void setSpeedups(std::vector<LayerRow>& rows) {
    struct Times {
        double fp32 = 0, other = 0;
        LayerRow* first = nullptr;
    };
    std::unordered_map<int, Times> groups;
    for (LayerRow& row : rows) {
        Times& times = groups[row.layer->group];
        const auto add = [&](const LayerRun* run, double& sum) {
            if (!run || !run->medianMs)
                return;
            sum += *run->medianMs;
            if (!times.first)
                times.first = &row;
        };
        add(row.fp32, times.fp32);
        add(row.other, times.other);
    }
    for (auto& [group, times] : groups)
        if (times.fp32 > 0 && times.other > 0)
            times.first->speedup = times.fp32 / times.other;
}

Column<LayerRow> timeColumn(const QString& key, const std::vector<LayerRow>& rows, const std::string& precision,
                            Pointer run) {
    double largest = 0;
    for (const LayerRow& row : rows)
        if (row.*run)
            largest = std::max(largest, (row.*run)->medianMs.value_or(0));
    const TimeUnit unit = timeUnit(largest);
    const QString name = plain(precision);
    Column<LayerRow> column;
    column.key = key;
    column.header = QStringLiteral("%1, %2").arg(shortPrecision(precision), unitName(unit));
    column.tooltip = QStringLiteral("Time of the step that computes this layer in the %1 run: median over repeated "
                                    "inferences with a clock around every step. A step that computes several layers "
                                    "stands at the first of them.")
                         .arg(name);
    column.width = 88;
    column.numeric = true;
    column.hasBar = true;
    column.barHue = [name](const LayerRow&) { return name; };
    column.value = [run, unit](const LayerRow& row) -> std::optional<double> {
        if (!(row.*run) || !(row.*run)->medianMs)
            return {};
        return *(row.*run)->medianMs * perMs(unit);
    };
    column.cell = [run, unit, name](const LayerRow& row) -> Cell {
        if (!(row.*run) || !(row.*run)->medianMs)
            return missingCell(noTimeReason(row.*run, name));
        return {timeText(*(row.*run)->medianMs, unit),
                QStringLiteral("Median of this step over the timed inferences of the %1 run").arg(name)};
    };
    return column;
}

Column<LayerRow> kernelColumn(const QString& key, const std::string& precision, Pointer run) {
    const QString name = plain(precision);
    Column<LayerRow> column;
    column.key = key;
    column.header = QStringLiteral("%1 kernel").arg(shortPrecision(precision));
    column.tooltip = QStringLiteral("The implementation that oneDNN chose for this layer's step in the %1 run; "
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

Cell statusCell(const LayerRow& row, const QString& name) {
    const LayerRun* run = row.shown();
    if (!run)
        return missingCell(QStringLiteral("The report has no run"));
    QString tip;
    if (row.fp32 && row.other)
        tip = QStringLiteral("fp32 run: %1; %2 run: %3").arg(statusText(row.fp32), name, statusText(row.other));
    return {statusText(run), tip, isExecuted(run) ? Tone::Normal : Tone::Quiet};
}

Cell speedupCell(const LayerRow& row, const QString& name) {
    if (!row.speedup) {
        if (!row.other || !row.fp32)
            return missingCell(QStringLiteral("A speed-up needs an fp32 and another run"));
        if (isFused(row.other))
            return missingCell(noTimeReason(row.other, name));
        return missingCell(isEliminated(row.other) ? noTimeReason(row.other, name)
                                                   : QStringLiteral("Not timed in both runs"));
    }
    const double speedup = *row.speedup;
    const QString tip = QStringLiteral("fp32 time divided by %1 time of everything that is computed together with "
                                       "this layer in either run")
                            .arg(name);
    if (speedup < 1)
        return {QStringLiteral("▼ ") + speedupText(speedup), QStringLiteral("Slower in %1: ").arg(name) + tip,
                Tone::Slower};
    return {speedupText(speedup), tip};
}

Cell precisionCell(const LayerRow& row, const QString& name) {
    if (!row.other)
        return missingCell(QStringLiteral("The report has no %1 run").arg(name));
    if (row.other->precision.empty())
        return missingCell(noTimeReason(row.other, name));
    return {plain(row.other->precision), row.reason ? plain(*row.reason) : QString(),
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
        if (row.other && row.other->medianMs && other && other->stepsMs > 0)
            row.otherShare = *row.other->medianMs / other->stepsMs;
        if (isInt8) {
            row.speedup = layer.speedup;
            row.reason = &layer.reason;
        } else if (hasStep && !row.inPrecision && isExecuted(row.other)) {
            row.reason = &other->steps[static_cast<size_t>(step)].why;
        }
        rows.push_back(row);
    }
    if (!isInt8)
        setSpeedups(rows);
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

std::vector<Column<LayerRow>> layerColumns(const std::vector<LayerRow>& rows, const std::string& precision) {
    const QString name = plain(precision), shortName = shortPrecision(precision);
    std::vector<Column<LayerRow>> columns;
    const auto add = [&](ColumnInfo info, std::function<Cell(const LayerRow&)> cell) -> Column<LayerRow>& {
        columns.push_back({std::move(info), std::move(cell)});
        return columns.back();
    };
    add({.key = "layer",
         .header = "Layer",
         .tooltip = "Name of the node in the model's file. Layers that are computed "
                    "inside another one stand below it.",
         .width = 160,
         .elideMiddle = true},
        [](const LayerRow& row) { return textCell(row.layer->name, QStringLiteral("The file gives it no name")); });
    add({.key = "type", .header = "Type", .tooltip = "Operator of the node in the model's file.", .width = 128},
        [](const LayerRow& row) { return textCell(row.layer->op, QStringLiteral("The report names no operator")); });
    columns.push_back(timeColumn(QStringLiteral("fp32Time"), rows, "fp32", &LayerRow::fp32));
    columns.push_back(timeColumn(QStringLiteral("otherTime"), rows, precision, &LayerRow::other));
    add({.key = "speedup",
         .header = "Speed-up",
         .tooltip = QStringLiteral("fp32 time divided by %1 time, of all layers that are computed together with this "
                                   "one. Below 1 the layer is slower in %1 and marked with an arrow.")
                        .arg(name),
         .width = 88,
         .numeric = true},
        [name](const LayerRow& row) { return speedupCell(row, name); })
        .value = [](const LayerRow& row) { return row.speedup; };
    add({.key = "share",
         .header = QStringLiteral("Share of %1, %").arg(shortName),
         .tooltip = QStringLiteral("%1 time of the layer's step divided by the sum of all steps of the %1 run, "
                                   "conversions included.")
                        .arg(name),
         .width = 120,
         .numeric = true,
         .hasBar = true},
        [name](const LayerRow& row) -> Cell {
            if (!row.otherShare)
                return missingCell(noTimeReason(row.other, name));
            return {significant(*row.otherShare * 100), shareText(*row.otherShare)};
        })
        .value = [](const LayerRow& row) -> std::optional<double> {
        if (!row.otherShare)
            return {};
        return *row.otherShare * 100;
    };
    add({.key = "precision",
         .header = "Precision",
         .tooltip = QStringLiteral("Type of the arithmetic that computes this layer in the %1 run.").arg(name),
         .width = 80},
        [name](const LayerRow& row) { return precisionCell(row, name); });
    add({.key = "status",
         .header = "Status",
         .tooltip = QStringLiteral("What became of the layer in the %1 run: executed as a step of its own, fused into "
                                   "the step of another layer, or eliminated when the model was compiled.")
                        .arg(name),
         .width = 160},
        [name](const LayerRow& row) { return statusCell(row, name); });
    columns.push_back(kernelColumn(QStringLiteral("otherKernel"), precision, &LayerRow::other));
    columns.push_back(kernelColumn(QStringLiteral("fp32Kernel"), "fp32", &LayerRow::fp32));
    columns.push_back(amountColumn(QStringLiteral("macs"), QStringLiteral("MACs"),
                                   QStringLiteral("Multiply-accumulate operations of one inference, computed from the "
                                                  "shapes."),
                                   QStringLiteral("This kind of layer multiplies nothing"),
                                   countUnit(largest(rows, &Layer::macs)), &Layer::macs));
    columns.push_back(amountColumn(QStringLiteral("bytes"), QStringLiteral("Data"),
                                   QStringLiteral("Bytes that the layer reads and writes, each once, weights included, "
                                                  "computed from the shapes."),
                                   QStringLiteral("The report gives no bytes for this layer"),
                                   bytesUnit(largest(rows, &Layer::bytes)), &Layer::bytes));
    add({.key = "reason",
         .header = QStringLiteral("Why not %1").arg(shortName),
         .tooltip =
             QStringLiteral("Why the layer does not run in %1; the engine's reason when it built the plan.").arg(name),
         .width = 280},
        [name](const LayerRow& row) {
            return textCell(row.reason ? *row.reason : std::string(),
                            row.inPrecision ? QStringLiteral("It runs in %1").arg(name)
                                            : QStringLiteral("The engine gave no reason"));
        });
    return columns;
}

QList<Chip> layerChips(const std::vector<LayerRow>& rows, const std::string& precision) {
    const QString type = plain(arithmetic(precision)), name = plain(precision);
    QList<Chip> chips{
        {"all", "All", 0, "Every layer of the model's file"},
        {"in", type, 0, QStringLiteral("Layers that the %1 run computes in %2, alone or fused").arg(name, type)},
        {"not", QStringLiteral("Not %1").arg(type), 0,
         QStringLiteral("Layers that the %1 run computes in another precision").arg(name)},
        {"slower", QStringLiteral("Slower in %1").arg(name), 0,
         QStringLiteral("Layers whose %1 time is above their fp32 time").arg(name)},
        {"fused", "Fused", 0, "Layers computed inside the step of another layer"},
        {"eliminated", "Eliminated", 0, "Layers that disappeared when the model was compiled"},
    };
    for (Chip& chip : chips)
        chip.count = static_cast<int>(std::count_if(
            rows.begin(), rows.end(), [&](const LayerRow& row) { return layerMatches(row, chip.key, {}); }));
    return chips;
}

bool layerMatches(const LayerRow& row, const QString& chip, const QString& text) {
    const bool inChip = chip == u"in"           ? row.inPrecision
                        : chip == u"not"        ? isInOtherType(row)
                        : chip == u"slower"     ? isSlower(row)
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
