// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/layer_table.h"

#include "core/report/run_time.h"
#include "ui/format.h"
#include "ui/models/cells.h"
#include "ui/text.h"

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
/// The type that a run is meant to compute in: simulated int8 rounds to 8 bits and computes in fp32.
std::string arithmetic(const std::string& precision) {
    return precision == "int8-simulated" ? "fp32" : precision;
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
        return Text::tr("Not in this run");
    if (isFused(run))
        return Text::tr("Fused into %1").arg(plain(run->into));
    const QString status = plain(run->status).toLower();
    return status.left(1).toUpper() + status.mid(1);
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
         .header = Text::tr("Precision"),
         .tooltip = Text::tr("Type of the arithmetic that computes this layer in the %1 run.").arg(name),
         .width = 80},
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

namespace {

/// "777 / 411" of fp32 and the other run; a run that the report lacks is missing.
template <class Get> QString pairText(const Run* fp32, const Run* other, TimeUnit unit, const Get& ms) {
    const auto text = [&](const Run* run) { return run ? timeText(ms(*run), unit) : missing(); };
    return text(fp32) + QStringLiteral(" / ") + text(other);
}

} // namespace

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
