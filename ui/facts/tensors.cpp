// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/facts/tensors.h"

#include "ui/format.h"
#include "ui/text.h"

#include <algorithm>

namespace halftone {

double TensorRow::largestScale() const {
    return *std::max_element(range->scales.begin(), range->scales.end());
}

std::vector<TensorRow> tensorRows(const Report& report) {
    std::vector<TensorRow> rows;
    rows.reserve(report.tensors.size());
    for (const TensorRange& range : report.tensors)
        rows.push_back({&range});
    return rows;
}

std::vector<CandidateRow> candidateRows(const TensorRange& range) {
    std::vector<CandidateRow> rows;
    for (const RangeCandidate& candidate : range.candidates)
        rows.push_back({&candidate, candidate.method == range.method});
    return rows;
}

QString outsideText(double share, double bySteps) {
    if (share <= 0)
        return Text::tr("none");
    return bySteps > 0 ? Text::tr("%1, by up to %2 steps").arg(shareText(share), significant(bySteps))
                       : shareText(share);
}

QString scalesText(const TensorRange& range) {
    if (range.scales.empty())
        return missing();
    if (range.scales.size() == 1)
        return Text::tr("scale %1").arg(significant(range.scales.front()));
    const auto [least, greatest] = std::minmax_element(range.scales.begin(), range.scales.end());
    return Text::tr("%1 scales, %2")
        .arg(countText(static_cast<int64_t>(range.scales.size())), intervalText({*least, *greatest}));
}

QString zeroPointsText(const TensorRange& range) {
    if (range.zeroPoints.empty())
        return missing();
    const auto [least, greatest] = std::minmax_element(range.zeroPoints.begin(), range.zeroPoints.end());
    if (*least == *greatest)
        return Text::tr("zero point %1").arg(countText(*least));
    return Text::tr("%1 zero points, %2 to %3")
        .arg(countText(static_cast<int64_t>(range.zeroPoints.size())), countText(*least), countText(*greatest));
}

} // namespace halftone
