// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workflow/tell/verdict.h"

#include "core/base/text.h"
#include "core/report/certainty.h"
#include "core/report/computes_in.h"
#include "core/report/measures.h"
#include "core/report/model_input.h"
#include "core/report/sweep_choice.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <map>
#include <string>

namespace halftone {

namespace {

std::string thousands(int64_t value) {
    std::string digits = std::to_string(value);
    for (auto at = static_cast<int64_t>(digits.size()) - 3; at > 0; at -= 3)
        digits.insert(static_cast<size_t>(at), ",");
    return digits;
}

/// The interval of a figure that is told as one number, and that a wide one decides nothing.
std::string intervalClause(const Verdict& verdict) {
    const Interval& ci = *verdict.speedupCi95;
    if (verdict.grade == Grade::Undecided && !isSame(ci))
        return " (not decided)";
    if (verdict.grade != Grade::Sure)
        return {};
    const bool faster = *verdict.speedup >= 1;
    return fmt::format(" (95 % {} to {})", factorText(faster ? ci.lo : 1 / ci.hi),
                       factorText(faster ? ci.hi : 1 / ci.lo));
}

/// Whether a top-1 that differs could differ by chance.
std::string chanceClause(const Accuracy& accuracy) {
    if (!accuracy.mcnemar || accuracy.mcnemar->rightToWrong == accuracy.mcnemar->wrongToRight ||
        isDecided(*accuracy.mcnemar))
        return {};
    return fmt::format(" ({} got worse, {} better: chance)", thousands(accuracy.mcnemar->rightToWrong),
                       thousands(accuracy.mcnemar->wrongToRight));
}

std::string accuracyClause(const Report& report) {
    if (!report.accuracy)
        return {};
    const Accuracy& accuracy = *report.accuracy;
    const std::string samples = thousands(accuracy.samples) + ' ' +
                                wordFor(report.data ? report.data->sampleKind : SampleKind::Picture, accuracy.samples);
    if (accuracy.top1)
        return fmt::format(", top-1 {} → {} % on {}{}", percentage(accuracy.top1->share.at("fp32")),
                           percentage(accuracy.top1->share.at("int8")), samples, chanceClause(accuracy));
    if (accuracy.agreement)
        return fmt::format(", both agree on {} % of {} without labels", percentage(*accuracy.agreement), samples);
    if (const auto int8 = accuracy.byPrecision.find("int8");
        int8 != accuracy.byPrecision.end() && !int8->second.measures.empty())
        return fmt::format(", against fp32 {} on {}", measureWords(int8->second.measures), samples);
    if (accuracy.outputs.sqnrDb)
        return fmt::format(", output SQNR {:.1f} dB on {}", *accuracy.outputs.sqnrDb, samples);
    return fmt::format(", outputs identical on {}", samples);
}

/// The faster one of the 16-bit floats, where it is faster than fp32: it needs no ranges, so it may be all that is
/// wanted.
std::string floatClause(const Report& report) {
    const Run* best = nullptr;
    for (const char* precision : {"bf16", "fp16"})
        if (const Run* run = report.run(precision); run && run->speedup && run->speedupCi95 &&
                                                    run->grade != Grade::Undecided && *run->speedup > 1 &&
                                                    (!best || *run->speedup > *best->speedup))
            best = run;
    if (!best)
        return {};
    std::string clause = fmt::format(" {} is {} without calibration", best->precision,
                                     speedupWords(*best->speedup, *best->speedupCi95, best->grade));
    if (!report.accuracy)
        return clause + ".";
    const auto& top1 = report.accuracy->top1;
    const auto closeness = report.accuracy->byPrecision.find(best->precision);
    if (top1 && top1->share.contains(best->precision))
        clause += fmt::format(", top-1 {} %", percentage(top1->share.at(best->precision)));
    else if (closeness != report.accuracy->byPrecision.end() && closeness->second.agreement)
        clause += fmt::format(", and agrees with it on {} %", percentage(*closeness->second.agreement));
    else if (closeness != report.accuracy->byPrecision.end() && !closeness->second.measures.empty())
        clause += ", " + measureWords(closeness->second.measures);
    return clause + ".";
}

} // namespace

std::string preprocessingClause(const Report& report) {
    for (const Diagnostic& found : report.diagnostics) {
        const auto is = [&](const char* code) { return found.code.ends_with(code); }; // "plan-..." and "isa-...", too
        if (is("wrong-preprocessing"))
            return " The preprocessing looks wrong, so accuracy and ranges are not those of the network.";
        if (is("channel-order"))
            return " Red and blue look swapped, so accuracy and ranges are not those of the network.";
        if (is("label-offset"))
            return " The labels look one class off, so accuracy is not that of the network.";
        if (is("low-accuracy") || is("guessing"))
            return " fp32 is right on so few pictures that preprocessing or labels may be wrong.";
    }
    return {};
}

Verdict judge(const Report& report) {
    Verdict verdict;
    const Run *fp32 = report.run("fp32"), *int8 = report.run("int8");
    if (!fp32 || !int8 || !int8->speedup || !int8->speedupCi95 || *int8->speedup <= 0)
        return verdict;
    verdict.speedup = int8->speedup;
    verdict.speedupCi95 = int8->speedupCi95;
    verdict.significant = int8->significant;
    verdict.grade = int8->grade;
    double conversionMs = 0;
    for (const Step& step : int8->steps)
        if (isConversion(step.kind))
            conversionMs += step.medianMs;
    verdict.conversionShare = conversionMs / int8->latencyMs.median;
    if (report.accuracy && report.accuracy->top1)
        verdict.accuracyDrop =
            100 * (report.accuracy->top1->share.at("fp32") - report.accuracy->top1->share.at("int8"));

    verdict.sentence =
        fmt::format("int8 is {} on this CPU{}{}, {} % of int8 time is conversion.",
                    speedupWords(*verdict.speedup, *verdict.speedupCi95, verdict.grade), intervalClause(verdict),
                    accuracyClause(report), percentage(*verdict.conversionShare));
    if (const ComputesIn products = computesIn(report); products.int8Products < products.products)
        verdict.sentence += fmt::format(" {}.", computesInWords(report));
    verdict.sentence += floatClause(report);
    verdict.sentence += preprocessingClause(report);
    if (!report.data)
        verdict.sentence += fmt::format(" Timing only: no {} given, so accuracy is unknown.",
                                        takesPictures(report.model) ? "pictures were" : "data was");
    else if (!report.accuracy && std::ranges::count(report.diagnostics, "outputs-not-finite", &Diagnostic::code) > 0)
        verdict.sentence += " The fp32 network gives no numbers to compare with (NaN), so accuracy is unknown.";
    if (verdict.grade != Grade::Sure && (!fp32->latencyMs.stable || !int8->latencyMs.stable))
        verdict.sentence += " The timing was disturbed; measure again when the machine is quiet.";
    return verdict;
}

std::string sweepSentence(const Sweep& sweep) {
    const auto at = [](const SweepPoint& point) {
        return fmt::format("batch {}, {} thread{}", point.batch, point.threads, point.threads == 1 ? "" : "s");
    };
    const auto best = [&](const std::string& precision) {
        const SweepPoint* fastest = bestPoint(sweep, precision);
        if (!fastest)
            return fmt::format("unknown in {}", precision);
        const double each = samplesPerSecond(*fastest, precision);
        return fmt::format("{} in {} ({})", each < 100 ? threeDigits(each) : thousands(std::llround(each)), precision,
                           at(*fastest));
    };
    const SweepPoint *least = nullptr, *largest = nullptr;
    size_t measured = 0, undecided = 0;
    for (const SweepPoint& point : sweep.points) {
        if (!point.speedup || !point.speedupCi95)
            continue;
        ++measured;
        undecided += point.grade == Grade::Undecided;
        if (!least || *point.speedup < *least->speedup)
            least = &point;
        if (!largest || point.speedupCi95->lo > largest->speedupCi95->lo)
            largest = &point;
    }
    if (!least)
        return {};
    const auto words = [](const SweepPoint& point) {
        return speedupWords(*point.speedup, *point.speedupCi95, point.grade);
    };
    std::string range = fmt::format("int8 is {} at {}", words(*largest), at(*largest));
    if (least != largest)
        range += fmt::format(", {} at {}", words(*least), at(*least));
    if (measured > 1)
        range += fmt::format(" ({} settings, {} not decided)", measured, undecided);
    return fmt::format("{}; most samples a second: {}, {}.", range, best("int8"), best("fp32"));
}

std::string isaSentence(const IsaComparison& isas) {
    std::map<std::string, const IsaRun*> usual; // where there are several rows, that whose sums cannot saturate
    std::vector<std::string> order, saturating;
    for (const IsaRun& run : isas.runs) {
        if (!run.speedup || !run.speedupCi95)
            continue;
        if (const IsaRun*& known = usual[run.isa]; !known || known->weightLimit == "full") {
            if (!known)
                order.push_back(run.isa);
            known = &run;
        }
        if (run.saturated)
            saturating.push_back(run.isa);
    }
    std::vector<std::string> speeds;
    for (const std::string& isa : order)
        speeds.push_back(fmt::format("{}{} on {}",
                                     speedupFigure(*usual[isa]->speedup, *usual[isa]->speedupCi95, usual[isa]->grade),
                                     usual[isa]->grade == Grade::Undecided ? " (not decided)" : "", isa));
    if (speeds.empty())
        return {};
    std::string sentence = "Speed-up of int8 over fp32: " + join(speeds, ", ");
    if (!saturating.empty())
        sentence += "; with full 8-bit weights its sums saturate on " + join(saturating, " and ");
    return sentence + ".";
}

} // namespace halftone
