// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/error_table.h"

#include "ui/format.h"
#include "ui/models/cells.h"
#include "ui/text.h"

#include <algorithm>
#include <functional>

namespace halftone {

namespace {

using Distance = std::function<const TensorDistance*(const ErrorRow&)>;

Column<ErrorRow> figureColumn(ColumnInfo info, const Distance& distance,
                              std::function<std::optional<double>(const TensorDistance&)> figure,
                              std::function<Cell(const TensorDistance&)> cell) {
    info.numeric = true;
    return {std::move(info),
            [=](const ErrorRow& row) -> Cell {
                const TensorDistance* found = distance(row);
                return found ? cell(*found) : missingCell(whyNoLocalError(row));
            },
            [=](const ErrorRow& row) -> std::optional<double> {
                const TensorDistance* found = distance(row);
                return found ? figure(*found) : std::nullopt;
            }};
}

Cell sqnrCell(const TensorDistance& distance) {
    if (!distance.sqnrDb)
        return {Text::tr("exact"), Text::tr("Identical to fp32"), Tone::Quiet};
    const QString text = QString::number(*distance.sqnrDb, 'f', 1).replace(u'-', QChar(0x2212));
    const QString tip =
        Text::tr("The error has %1 of the signal's amplitude").arg(shareText(noiseShare(*distance.sqnrDb)));
    if (isLow(distance))
        return {Text::tr("▼ low ") + text, tip, Tone::Slower};
    return {text, tip};
}

/// One of the two things that a layer is compared in.
struct Comparison {
    QString key, name, meaning;
    Distance distance;
};

Column<ErrorRow> sqnrColumn(const Comparison& one, int width) {
    return figureColumn(
        {.key = one.key + QStringLiteral("Sqnr"),
         .header = Text::tr("%1 SQNR, dB").arg(one.name),
         .tooltip = Text::tr("%1. Power of the fp32 result over power of the difference, over all samples; below %2 dB "
                             "it is marked as low.")
                        .arg(one.meaning)
                        .arg(lowSqnrDb),
         .width = width},
        one.distance, [](const TensorDistance& distance) { return distance.sqnrDb; }, sqnrCell);
}

Column<ErrorRow> cosineColumn(const Comparison& one) {
    return figureColumn(
        {.key = one.key + QStringLiteral("Cosine"),
         .header = Text::tr("%1 cosine").arg(one.name),
         .tooltip = Text::tr("%1. Cosine of the angle between both results; 1 where they differ by a factor alone.")
                        .arg(one.meaning),
         .width = 112},
        one.distance, [](const TensorDistance& distance) { return std::optional(distance.cosine); },
        [](const TensorDistance& distance) -> Cell { return {QString::number(distance.cosine, 'f', 5)}; });
}

Column<ErrorRow> maxColumn(const Comparison& one) {
    return figureColumn(
        {.key = one.key + QStringLiteral("Max"),
         .header = Text::tr("%1 max").arg(one.name),
         .tooltip = Text::tr("%1. Largest difference of a single value, in the units of the tensor.").arg(one.meaning),
         .width = 96},
        one.distance, [](const TensorDistance& distance) { return std::optional(distance.maxAbs); },
        [](const TensorDistance& distance) -> Cell { return {significant(distance.maxAbs)}; });
}

} // namespace

std::vector<Column<ErrorRow>> errorColumns() {
    std::vector<Column<ErrorRow>> columns;
    columns.push_back(
        {{.key = "layer",
          .header = Text::tr("Layer"),
          .tooltip = Text::tr("First layer of the file that the step computes."),
          .width = 152,
          .elideMiddle = true},
         [](const ErrorRow& row) { return textCell(row.error->layer, Text::tr("The file gives it no name")); }});
    columns.push_back({{.key = "place",
                        .header = "#",
                        .tooltip = Text::tr("Place in the order of execution."),
                        .width = 40,
                        .numeric = true},
                       [](const ErrorRow& row) -> Cell {
                           return {QString::number(row.place), {}, Tone::Quiet};
                       },
                       [](const ErrorRow& row) { return std::optional<double>(row.place); }});
    columns.push_back(
        {{.key = "type", .header = Text::tr("Type"), .tooltip = Text::tr("Operator of the step."), .width = 80},
         [](const ErrorRow& row) { return textCell(row.error->op, Text::tr("The report names no operator")); }});
    const Comparison local{QStringLiteral("local"), Text::tr("Local"),
                           Text::tr("This layer alone in int8, its input from fp32"),
                           [](const ErrorRow& row) { return row.error->local ? &*row.error->local : nullptr; }};
    const Comparison accumulated{QStringLiteral("accumulated"), Text::tr("Accum."),
                                 Text::tr("All layers up to this one in int8, as the network runs"),
                                 [](const ErrorRow& row) { return &row.error->accumulated; }};
    columns.push_back(sqnrColumn(local, 120));
    columns.push_back(sqnrColumn(accumulated, 136));
    for (const Comparison* one : {&local, &accumulated})
        columns.push_back(cosineColumn(*one));
    for (const Comparison* one : {&local, &accumulated})
        columns.push_back(maxColumn(*one));
    columns.push_back(
        {{.key = "divergences",
          .header = Text::tr("Samples leaving"),
          .tooltip = Text::tr("Samples whose top-1 changed or whose output moved most, and whose result leaves that of "
                              "fp32 at this layer first."),
          .width = 120,
          .numeric = true},
         [](const ErrorRow& row) -> Cell {
             if (row.divergences == 0)
                 return missingCell(Text::tr("No sample leaves fp32 here"));
             return {countText(row.divergences)};
         },
         [](const ErrorRow& row) { return row.divergences ? std::optional<double>(row.divergences) : std::nullopt; }});
    columns.push_back(
        {{.key = "tensor",
          .header = Text::tr("Tensor"),
          .tooltip = Text::tr("The result that is compared."),
          .width = 176,
          .elideMiddle = true},
         [](const ErrorRow& row) { return textCell(row.error->tensor, Text::tr("The report names no tensor")); }});
    return columns;
}

QList<Chip> errorChips(const std::vector<ErrorRow>& rows) {
    QList<Chip> chips{
        {"all", Text::tr("All"), 0, Text::tr("Every layer that computes")},
        {"low", Text::tr("Below %1 dB").arg(lowSqnrDb), 0, Text::tr("Layers with a low SQNR, local or accumulated")},
        {"cause", Text::tr("Low by itself"), 0,
         Text::tr("Layers whose own quantization gives a low SQNR, whatever comes before them")},
        {"leaving", Text::tr("Samples leaving"), 0, Text::tr("Layers at which samples leave fp32")},
        {"not", Text::tr("Not int8"), 0, Text::tr("Layers that the int8 run computes in another precision")}};
    for (Chip& chip : chips)
        chip.count = static_cast<int>(
            std::ranges::count_if(rows, [&](const ErrorRow& row) { return errorMatches(row, chip.key, {}); }));
    return chips;
}

bool errorMatches(const ErrorRow& row, const QString& chip, const QString& text) {
    const LayerError& error = *row.error;
    const bool inChip = chip == u"low"       ? isLow(error)
                        : chip == u"cause"   ? error.local && isLow(*error.local)
                        : chip == u"leaving" ? row.divergences > 0
                        : chip == u"not"     ? !row.inInt8
                                             : true;
    return inChip && matchesWords(QString::fromStdString(error.layer + '\n' + error.op + '\n' + error.tensor), text);
}

} // namespace halftone
