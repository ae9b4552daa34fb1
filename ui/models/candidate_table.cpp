// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/candidate_table.h"

#include "ui/format.h"
#include "ui/models/cells.h"
#include "ui/text.h"

namespace halftone {

namespace {

QString meaning(const std::string& method) {
    if (method == "min-max")
        return Text::tr("All that was observed: nothing is clipped, and rare large values make the steps coarse.");
    if (method == "mean-min-max")
        return Text::tr("The mean of the samples' smallest and largest values.");
    if (method == "percentile")
        return Text::tr("All but a fixed share of the values.");
    if (method == "mse")
        return Text::tr("The least squared error, of rounding and of clipping together.");
    if (method == "entropy")
        return Text::tr("The least loss of information between the distributions before and after.");
    return {};
}

Column<CandidateRow> numberColumn(ColumnInfo info, std::function<std::optional<double>(const RangeCandidate&)> value) {
    info.numeric = true;
    return {std::move(info),
            [value](const CandidateRow& row) -> Cell {
                const std::optional<double> number = value(*row.candidate);
                return number ? Cell{significant(*number)}
                              : missingCell(Text::tr("Quantization changes nothing, or there is no signal"));
            },
            [value](const CandidateRow& row) { return value(*row.candidate); }};
}

} // namespace

std::vector<Column<CandidateRow>> candidateColumns() {
    std::vector<Column<CandidateRow>> columns;
    columns.push_back({{.key = "method",
                        .header = Text::tr("Method"),
                        .tooltip = Text::tr("How the clip range is chosen from what was observed; one is in use. All "
                                            "are judged on the same histogram."),
                        .width = 136},
                       [](const CandidateRow& row) -> Cell {
                           const QString name = plain(row.candidate->method);
                           return {row.chosen ? Text::tr("%1, in use").arg(name) : name, meaning(row.candidate->method),
                                   row.chosen ? Tone::Normal : Tone::Quiet};
                       }});
    columns.push_back(
        numberColumn({.key = "sqnr",
                      .header = Text::tr("SQNR, dB"),
                      .tooltip = Text::tr("Signal to quantization noise ratio that it would give; higher is better."),
                      .width = 80,
                      .hasBar = true},
                     [](const RangeCandidate& each) { return each.sqnrDb; }));
    columns.push_back(numberColumn({.key = "clipMin",
                                    .header = Text::tr("Clip min"),
                                    .tooltip = Text::tr("Where it would clip below."),
                                    .width = 72},
                                   [](const RangeCandidate& each) { return each.clipMin; }));
    columns.push_back(numberColumn({.key = "clipMax",
                                    .header = Text::tr("Clip max"),
                                    .tooltip = Text::tr("Where it would clip above."),
                                    .width = 72},
                                   [](const RangeCandidate& each) { return each.clipMax; }));
    columns.push_back(
        numberColumn({.key = "clipped",
                      .header = Text::tr("Clipped, %"),
                      .tooltip = Text::tr("Share of the observed values that would lie more than half a step outside."),
                      .width = 88},
                     [](const RangeCandidate& each) { return 100 * each.clippedShare; }));
    return columns;
}

} // namespace halftone
