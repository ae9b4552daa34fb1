// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/isa_table.h"

#include "core/report/precisions.h"
#include "ui/format.h"
#include "ui/models/cells.h"
#include "ui/text.h"

namespace halftone {

namespace {

/// Why a run has no value: its failure, else `otherwise`.
Cell missingOf(const IsaRun& run, const QString& otherwise) {
    return missingCell(run.failure.empty() ? otherwise : typeset(run.failure));
}

Column<IsaRow> timeColumn(const std::string& precision, TimeUnit unit) {
    const QString name = plain(precision);
    Column<IsaRow> column;
    column.key = name + QStringLiteral("Time");
    column.header = QStringLiteral("%1, %2").arg(name, unitName(unit));
    column.tooltip = Text::tr("Median time of one inference in %1 with this instruction set.").arg(name);
    column.width = 72;
    column.numeric = true;
    column.value = [precision, unit](const IsaRow& row) -> std::optional<double> {
        const Latency* latency = latencyOf(*row.run, precision);
        if (!latency)
            return {};
        return latency->median * perMs(unit);
    };
    column.cell = [precision, unit](const IsaRow& row) -> Cell {
        const Latency* latency = latencyOf(*row.run, precision);
        if (!latency)
            return missingOf(*row.run, Text::tr("Not measured"));
        return {timeText(latency->median, unit), latencyTooltip(*latency, unit)};
    };
    return column;
}

Column<IsaRow> accuracyColumn(const char* precision) {
    const QString name = QString::fromLatin1(precision);
    Column<IsaRow> column;
    column.key = name + QStringLiteral("Top1");
    column.header = Text::tr("%1 top-1, %").arg(name);
    column.tooltip = Text::tr("Share of samples whose class %1 gets right with this instruction set.").arg(name);
    column.width = 112;
    column.numeric = true;
    column.value = [precision](const IsaRow& row) -> std::optional<double> {
        const double* share = top1Of(*row.run, precision);
        return share ? std::optional(100 * *share) : std::nullopt;
    };
    column.cell = [precision](const IsaRow& row) -> Cell {
        const double* share = top1Of(*row.run, precision);
        if (!share)
            return missingOf(*row.run, Text::tr("No labelled data was given"));
        return {percentText(*share)};
    };
    return column;
}

Column<IsaRow> shareColumn(ColumnInfo info, std::optional<double> IsaRun::*share, const QString& none) {
    Column<IsaRow> column{std::move(info)};
    column.numeric = true;
    column.value = [share](const IsaRow& row) -> std::optional<double> {
        return row.run->*share ? std::optional(100 * *(row.run->*share)) : std::nullopt;
    };
    column.cell = [share, none](const IsaRow& row) -> Cell {
        return row.run->*share ? Cell{percentText(*(row.run->*share))} : missingOf(*row.run, none);
    };
    return column;
}

Cell speedupCell(const IsaRow& row) {
    const IsaRun& run = *row.run;
    if (!run.speedup)
        return missingOf(run, Text::tr("Not measured in both precisions"));
    const GradedSpeedup comparison = gradedSpeedup(run);
    const QString tip = certaintyText(comparison);
    if (isSlower(comparison))
        return {speedupWithGrade(comparison), Text::tr("Slower in int8; ") + tip, Tone::Slower};
    return {speedupWithGrade(comparison), tip, comparison.grade == Grade::Undecided ? Tone::Quiet : Tone::Normal};
}

Cell saturatedCell(const IsaRow& row) {
    if (!row.run->failure.empty())
        return missingCell(typeset(row.run->failure));
    if (row.run->saturated)
        return {Text::tr("yes"), Text::tr("int8 sums left the 16 bits that this instruction set adds in"),
                Tone::Slower};
    return {Text::tr("no"), {}, Tone::Quiet};
}

} // namespace

std::vector<Column<IsaRow>> isaColumns(const IsaComparison& isas) {
    const TimeUnit unit = pageUnit(isas);

    std::vector<Column<IsaRow>> columns;
    columns.push_back(
        {{.key = "isa",
          .header = Text::tr("Instruction set"),
          .tooltip = Text::tr("Highest instruction set that oneDNN was allowed to use, by oneDNN's name."),
          .width = 160},
         [](const IsaRow& row) -> Cell {
             const QString tip = QStringLiteral("ONEDNN_MAX_CPU_ISA=%1").arg(plain(row.run->cap));
             return {plain(row.run->isa.empty() ? row.run->cap : row.run->isa), tip};
         }});
    columns.push_back(
        {{.key = "weights",
          .header = Text::tr("Weights"),
          .tooltip = Text::tr(
              "How large int8 weights may be. full: 8 bits; pairs: 8 bits, limited where two meet in a sum of 16 "
              "bits; 7-bit: all limited, so that any two fit."),
          .width = 72},
         [](const IsaRow& row) -> Cell { return {weightsText(*row.run)}; }});
    for (const std::string& precision : measuredPrecisions(isas.runs))
        columns.push_back(timeColumn(precision, unit));
    columns.push_back(
        {{.key = "speedup",
          .header = Text::tr("Speed-up"),
          .tooltip = Text::tr(
              "fp32 time divided by int8 time with this instruction set, and how certain it is: the figure where it is "
              "sure, the 95 % interval where it is rough, words where it is not decided which is faster."),
          .width = 216,
          .numeric = true},
         speedupCell,
         [](const IsaRow& row) { return speedupValue(gradedSpeedup(*row.run)); }});
    columns.push_back(accuracyColumn("fp32"));
    columns.push_back(accuracyColumn("int8"));
    columns.push_back(shareColumn({.key = "agreement",
                                   .header = Text::tr("Same class, %"),
                                   .tooltip = Text::tr("Share of samples that get the same class in fp32 and int8."),
                                   .width = 112},
                                  &IsaRun::agreement, Text::tr("No data was given")));
    columns.push_back(shareColumn(
        {.key = "difference",
         .header = Text::tr("Difference, %"),
         .tooltip = Text::tr("int8 outputs against exact int8 sums: the largest difference divided by the largest "
                             "output. Above 0 the instruction set computes something else than was quantized."),
         .width = 112},
        &IsaRun::outputDifference, Text::tr("Not compared")));
    columns.push_back(
        {{.key = "saturated",
          .header = Text::tr("Saturated"),
          .tooltip = Text::tr(
              "Whether sums of int8 products left the 16 bits that instruction sets without VNNI add them in."),
          .width = 80},
         saturatedCell});
    return columns;
}

} // namespace halftone
