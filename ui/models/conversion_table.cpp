// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/conversion_table.h"

#include "ui/format.h"
#include "ui/models/cells.h"
#include "ui/text.h"

#include <algorithm>
#include <map>

namespace halftone {

namespace {

Column<ConversionRow> textColumn(ColumnInfo info, std::string Conversion::*member, const QString& none) {
    return {std::move(info),
            [member, none](const ConversionRow& row) { return textCell(row.conversion->*member, none); }};
}

/// "f32 → u8", quiet when nothing changes.
Cell changeCell(const std::string& from, const std::string& to) {
    if (from.empty() && to.empty())
        return missingCell(Text::tr("Not in the report"));
    if (from == to)
        return {plain(from), Text::tr("Not changed"), Tone::Quiet};
    const QString text = QStringLiteral("%1 → %2").arg(plain(from), plain(to));
    return {text, text};
}

} // namespace

std::vector<Column<ConversionRow>> conversionColumns(const std::vector<ConversionRow>& rows, TimeUnit time) {
    int64_t largest = 0;
    for (const ConversionRow& row : rows) {
        largest = std::max(largest, row.conversion->bytes);
    }
    const ColumnUnit bytes = bytesUnit(largest);

    std::vector<Column<ConversionRow>> columns;
    columns.push_back(
        {{.key = "edge",
          .header = Text::tr("Edge"),
          .tooltip = Text::tr("The layer that produces the tensor and the layer that needs it converted."),
          .width = 224,
          .elideMiddle = true},
         [](const ConversionRow& row) -> Cell {
             const QString text = edgeText(row);
             return {text, text};
         }});
    columns.push_back({{.key = "run",
                        .header = Text::tr("Run"),
                        .tooltip = Text::tr("Precision of the run that contains the conversion."),
                        .width = 80},
                       [](const ConversionRow& row) -> Cell {
                           return {shortPrecision(row.conversion->run), plain(row.conversion->run)};
                       }});
    columns.push_back({{.key = "kind",
                        .header = Text::tr("Changes"),
                        .tooltip = Text::tr("What the conversion changes: the type of the elements (quantizing, "
                                            "dequantizing), their layout in memory, or both."),
                        .width = 120},
                       [](const ConversionRow& row) -> Cell { return {conversionKindText(row.conversion->kind)}; }});
    columns.push_back({{.key = "time",
                        .header = Text::tr("Time, %1").arg(unitName(time)),
                        .tooltip = Text::tr("Median time of the conversion's step over the timed inferences."),
                        .width = 88,
                        .numeric = true,
                        .hasBar = true},
                       [time](const ConversionRow& row) -> Cell {
                           if (!row.conversion->medianMs)
                               return missingCell(
                                   isOnce(*row.conversion)
                                       ? Text::tr("Done once, when the model was compiled; not part of an inference")
                                       : Text::tr("Not measured"));
                           return {timeText(*row.conversion->medianMs, time)};
                       },
                       [time](const ConversionRow& row) -> std::optional<double> {
                           if (!row.conversion->medianMs)
                               return {};
                           return *row.conversion->medianMs * perMs(time);
                       },
                       [](const ConversionRow& row) { return nameText(row.conversion->kind); }});
    columns.push_back({{.key = "bytes",
                        .header = Text::tr("Data, %1").arg(bytes.unit),
                        .tooltip = Text::tr("Bytes read and written by the conversion."),
                        .width = 80,
                        .numeric = true},
                       [bytes](const ConversionRow& row) -> Cell {
                           return {significant(static_cast<double>(row.conversion->bytes) / bytes.divisor),
                                   bytesText(row.conversion->bytes)};
                       },
                       [bytes](const ConversionRow& row) -> std::optional<double> {
                           return static_cast<double>(row.conversion->bytes) / bytes.divisor;
                       }});
    columns.push_back(
        {{.key = "type",
          .header = Text::tr("Type"),
          .tooltip = Text::tr("Type of the elements before and after."),
          .width = 104},
         [](const ConversionRow& row) { return changeCell(row.conversion->fromType, row.conversion->toType); }});
    columns.push_back(
        {{.key = "layout",
          .header = Text::tr("Layout"),
          .tooltip = Text::tr("Layout in memory before and after, in oneDNN's names."),
          .width = 168},
         [](const ConversionRow& row) { return changeCell(row.conversion->fromLayout, row.conversion->toLayout); }});
    columns.push_back({{.key = "when",
                        .header = Text::tr("When"),
                        .tooltip = Text::tr("In every inference, or once when the model is compiled."),
                        .width = 120},
                       [](const ConversionRow& row) -> Cell {
                           const QString text = whenText(row.conversion->when);
                           return {text, text};
                       }});
    columns.push_back(textColumn({.key = "tensor",
                                  .header = Text::tr("Tensor"),
                                  .tooltip = Text::tr("Name of the converted tensor in the model."),
                                  .width = 144,
                                  .elideMiddle = true},
                                 &Conversion::tensor, Text::tr("It has no name in the file")));
    columns.push_back({{.key = "step",
                        .header = Text::tr("Step"),
                        .tooltip = Text::tr("Number of the step in its run."),
                        .width = 64,
                        .numeric = true},
                       [](const ConversionRow& row) -> Cell {
                           if (row.conversion->step < 0)
                               return missingCell(Text::tr("Not a step: done when the model was compiled"));
                           return {countText(row.conversion->step + 1)};
                       },
                       [](const ConversionRow& row) -> std::optional<double> {
                           if (row.conversion->step < 0)
                               return {};
                           return row.conversion->step + 1;
                       }});
    columns.push_back(textColumn({.key = "why",
                                  .header = Text::tr("Why"),
                                  .tooltip = Text::tr("The engine's reason for the conversion."),
                                  .width = 360},
                                 &Conversion::why, Text::tr("The engine gave no reason")));
    return columns;
}

QList<Chip> conversionChips(const std::vector<ConversionRow>& rows) {
    QList<Chip> chips{{"all", Text::tr("All"), 0, Text::tr("Every conversion of every run")}};
    std::map<std::string, int> runs;
    for (const ConversionRow& row : rows)
        ++runs[row.conversion->run];
    for (const auto& [run, count] : runs)
        chips << Chip{QStringLiteral("run:") + QString::fromStdString(run), plain(run), 0,
                      Text::tr("Conversions of the %1 run").arg(plain(run))};
    chips << Chip{nameText(StepKind::ConvertType), Text::tr("Type"), 0,
                  Text::tr("Only the type of the elements changes")}
          << Chip{nameText(StepKind::ConvertLayout), Text::tr("Layout"), 0,
                  Text::tr("Only the layout in memory changes")}
          << Chip{nameText(StepKind::ConvertBoth), Text::tr("Both"), 0, Text::tr("Type and layout change")}
          << Chip{"every", Text::tr("Every inference"), 0, Text::tr("Conversions that cost time in every inference")}
          << Chip{"once", Text::tr("Once"), 0, Text::tr("Conversions of constants, done when the model is compiled")};
    for (Chip& chip : chips)
        chip.count = static_cast<int>(std::count_if(
            rows.begin(), rows.end(), [&](const ConversionRow& row) { return conversionMatches(row, chip.key, {}); }));
    return chips;
}

bool conversionMatches(const ConversionRow& row, const QString& chip, const QString& text) {
    const Conversion& conversion = *row.conversion;
    const auto kind = valueNamed<StepKind>(chip.toStdString());
    const bool inChip = chip.startsWith(u"run:") ? chip.sliced(4) == QString::fromStdString(conversion.run)
                        : kind                   ? *kind == conversion.kind
                        : chip == u"every"       ? !isOnce(conversion)
                        : chip == u"once"        ? isOnce(conversion)
                                                 : true;
    if (!inChip || text.isEmpty())
        return inChip;
    return matchesWords(QString::fromStdString(conversion.tensor + '\n' + conversion.edge.producer + '\n' +
                                               conversion.edge.consumer + '\n' + conversion.fromType + '\n' +
                                               conversion.toType + '\n' + conversion.fromLayout + '\n' +
                                               conversion.toLayout + '\n' + conversion.why),
                        text);
}

} // namespace halftone
