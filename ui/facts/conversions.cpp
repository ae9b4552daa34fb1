// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/facts/conversions.h"

#include "ui/text.h"

#include <algorithm>

namespace halftone {

std::vector<ConversionRow> conversionRows(const Report& report) {
    std::vector<ConversionRow> rows;
    rows.reserve(report.conversions.size());
    for (const Conversion& conversion : report.conversions)
        rows.push_back({&conversion, std::ranges::count(report.model.inputs, conversion.tensor, &Port::name) > 0});
    return rows;
}

bool isOnce(const Conversion& conversion) {
    return conversion.when == When::Once;
}

QString conversionKindText(StepKind kind) {
    switch (kind) {
    case StepKind::ConvertType: return Text::tr("type");
    case StepKind::ConvertLayout: return Text::tr("layout");
    case StepKind::ConvertBoth: return Text::tr("type and layout");
    case StepKind::Compute:
    case StepKind::Copy: break;
    }
    return nameText(kind);
}

QString whenText(When when) {
    switch (when) {
    case When::EveryInference: return Text::tr("every inference");
    case When::Once: return Text::tr("once");
    }
    return {};
}

QString edgeText(const ConversionRow& row) {
    const auto& [producer, consumer] = row.conversion->edge;
    const QString from = !producer.empty() ? plain(producer)
                         : row.ofInput     ? Text::tr("(input)")
                                           : Text::tr("(constant)");
    return QStringLiteral("%1 → %2").arg(from, consumer.empty() ? Text::tr("(output)") : plain(consumer));
}

std::vector<ConversionSum> conversionSums(const Report& report) {
    std::vector<ConversionSum> sums;
    for (const Run& run : report.runs) {
        ConversionSum sum;
        sum.run = run.precision;
        sum.ms = 0;
        for (const Conversion& conversion : report.conversions) {
            if (conversion.run != run.precision)
                continue;
            if (isOnce(conversion)) {
                ++sum.once;
                continue;
            }
            ++sum.everyInference;
            sum.bytes += conversion.bytes;
            if (sum.ms && conversion.medianMs)
                *sum.ms += *conversion.medianMs;
            else
                sum.ms.reset();
        }
        if (sum.ms && run.latencyMs.median > 0)
            sum.share = *sum.ms / run.latencyMs.median;
        sums.push_back(sum);
    }
    return sums;
}

TimeUnit conversionUnit(const std::vector<ConversionSum>& sums) {
    double largest = 0;
    for (const ConversionSum& sum : sums)
        largest = std::max(largest, sum.ms.value_or(0));
    return timeUnit(largest);
}

QString conversionSumText(const ConversionSum& sum, TimeUnit unit) {
    QString text;
    if (sum.everyInference == 0) {
        text = Text::tr("%1: no conversion in an inference").arg(plain(sum.run));
    } else {
        text = Text::tr("%1: %2 in every inference, ")
                   .arg(plain(sum.run), sum.everyInference == 1
                                            ? Text::tr("1 conversion")
                                            : Text::tr("%1 conversions").arg(countText(sum.everyInference)));
        text += sum.ms ? timeWithUnit(*sum.ms, unit) : Text::tr("not all of them timed");
        if (sum.share)
            text += Text::tr(", %1 of the whole latency").arg(shareText(*sum.share));
        text += Text::tr(", %1 moved").arg(bytesText(sum.bytes));
    }
    if (sum.once > 0)
        text += Text::tr("; %1 more once at the start").arg(countText(sum.once));
    return text;
}

} // namespace halftone
