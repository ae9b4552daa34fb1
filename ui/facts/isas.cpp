// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/facts/isas.h"

#include "core/report/compared.h"
#include "ui/format.h"
#include "ui/text.h"

#include <algorithm>

namespace halftone {

namespace {

QString weightsWords(const IsaRun& run) {
    const QString limit = weightsText(run);
    return limit == QLatin1String("pairs") ? Text::tr("weights limited in pairs") : Text::tr("%1 weights").arg(limit);
}

QString saturationRemark(const IsaRun& run, const IsaComparison& isas) {
    const TimeUnit unit = pageUnit(isas);
    QString text = Text::tr("%1: sums of int8 products left the 16 bits that this instruction set adds them in")
                       .arg(isaName(run, isas));
    if (run.outputDifference)
        text += Text::tr(", so outputs are off by up to %1 of the largest").arg(shareText(*run.outputDifference));
    text += Text::tr(". Limit the weights there, so that sums fit");
    const auto remedy = std::find_if(isas.runs.begin(), isas.runs.end(), [&](const IsaRun& other) {
        return other.cap == run.cap && weightsText(other) != weightsText(run) && !other.saturated &&
               other.failure.empty();
    });
    if (remedy == isas.runs.end())
        return text + u'.';
    QStringList gains;
    const double *before = top1Of(run, "int8"), *after = top1Of(*remedy, "int8");
    if (before && after)
        gains += Text::tr("top-1 is %1, with full weights %2").arg(shareText(*after), shareText(*before));
    const Latency *slow = latencyOf(run, "int8"), *fast = latencyOf(*remedy, "int8");
    if (slow && fast)
        gains += Text::tr("int8 takes %1, with full weights %2")
                     .arg(timeWithUnit(fast->median, unit), timeWithUnit(slow->median, unit));
    return text + (gains.isEmpty() ? QString() : QStringLiteral(": ") + gains.join(QStringLiteral(", "))) + u'.';
}

} // namespace

std::vector<IsaRow> isaRows(const IsaComparison& isas) {
    std::vector<IsaRow> rows;
    for (const IsaRun& run : isas.runs)
        rows.push_back({&run});
    return rows;
}

const Latency* latencyOf(const IsaRun& run, const std::string& precision) {
    const auto found = run.latencyMs.find(precision);
    return found == run.latencyMs.end() ? nullptr : &found->second;
}

const double* top1Of(const IsaRun& run, const std::string& precision) {
    const auto found = run.top1.find(precision);
    return found == run.top1.end() ? nullptr : &found->second;
}

QString weightsText(const IsaRun& run) {
    if (!run.weightLimit.empty())
        return plain(run.weightLimit);
    // Reports of earlier versions tell bits alone.
    return run.weightBits == 7 ? QStringLiteral("7-bit") : QStringLiteral("full");
}

QString isaName(const IsaRun& run, const IsaComparison& isas) {
    const QString name = plain(run.isa.empty() ? run.cap : run.isa);
    const bool limitsDiffer = std::any_of(isas.runs.begin(), isas.runs.end(), [&](const IsaRun& other) {
        return other.failure.empty() && weightsText(other) != weightsText(run);
    });
    return limitsDiffer && run.failure.empty() ? QStringLiteral("%1, %2").arg(name, weightsWords(run)) : name;
}

QStringList isaRemarks(const IsaComparison& isas) {
    QStringList remarks;
    for (const IsaRun& run : isas.runs) {
        if (!run.failure.empty())
            remarks += Text::tr("%1 failed: %2").arg(isaName(run, isas), typeset(run.failure));
        else if (run.saturated)
            remarks += saturationRemark(run, isas);
        const GradedSpeedup comparison = gradedSpeedup(run);
        if (comparison.speedup && comparison.ci95 && comparison.grade == Grade::Undecided)
            remarks += Text::tr("%1: int8 is %2%3.")
                           .arg(isaName(run, isas), typeset(speedupWords(comparison)),
                                isSame(*comparison.ci95) ? QString() : Text::tr(", which is not decided"));
    }
    return remarks;
}

} // namespace halftone
