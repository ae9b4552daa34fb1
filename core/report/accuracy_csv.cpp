// SPDX-License-Identifier: GPL-3.0-or-later
// The tables of the accuracy section.
#include "core/base/text.h"
#include "core/report/csv.h"
#include "core/report/csv_writer.h"

namespace halftone {

namespace {

std::string topOf(const ChangedSample& sample, const char* precision) {
    std::vector<std::string> scores;
    if (const auto top = sample.top.find(precision); top != sample.top.end())
        for (const Score& score : top->second)
            scores.push_back(fmt::format("{}:{}", score.index, static_cast<float>(score.value)));
    return join(scores, " ");
}

void classCell(Csv& csv, int64_t index) {
    if (index < 0)
        csv.missing();
    else
        csv.number(index);
}

} // namespace

std::string accuracyCsv(const Accuracy& accuracy) {
    Csv csv({"precision", "figure", "value", "ci95 lo", "ci95 hi", "of"});
    const auto row = [&](const std::string& precision, std::string_view figure, const std::optional<double>& value,
                         const std::optional<Interval>& ci95, int64_t of) {
        csv.text(precision).text(figure).number(value);
        csv.number(ci95 ? std::optional(ci95->lo) : std::nullopt).number(ci95 ? std::optional(ci95->hi) : std::nullopt);
        csv.number(of).endRow();
    };
    for (const auto& [figure, top] : {std::pair{"top-1", &accuracy.top1}, std::pair{"top-5", &accuracy.top5}})
        if (*top)
            for (const auto& [precision, share] : (*top)->share)
                row(precision, figure, share, (*top)->ci95.at(precision), accuracy.samples);
    for (const auto& [precision, closeness] : accuracy.byPrecision) {
        if (closeness.agreement)
            row(precision, "agreement", closeness.agreement, {}, accuracy.samples);
        for (const Measure& measure : closeness.measures)
            row(precision, nameIn(measure.kind), measure.value, measure.ci95, measure.of);
        row(precision, "output sqnr dB", closeness.outputs.sqnrDb, {}, accuracy.samples);
        row(precision, "output cosine", closeness.outputs.cosine, {}, accuracy.samples);
        row(precision, "output max abs", closeness.outputs.maxAbs, {}, accuracy.samples);
    }
    return csv.takeText();
}

std::string changedCsv(const Accuracy& accuracy) {
    Csv csv({"sample", "change", "label", "fp32", "int8", "distance", "kept", "fp32 top", "int8 top"});
    for (const std::vector<ChangedSample>* list : {&accuracy.changed, &accuracy.moved})
        for (const ChangedSample& sample : *list) {
            csv.text(sample.sample).text(sample.change);
            for (const int64_t index : {sample.label, sample.fp32, sample.int8})
                classCell(csv, index);
            csv.number(sample.distance).number(sample.kept);
            csv.text(topOf(sample, "fp32")).text(topOf(sample, "int8")).endRow();
        }
    return csv.takeText();
}

} // namespace halftone
