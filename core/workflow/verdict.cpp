#include "core/workflow/verdict.h"

#include "core/base/text.h"

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

/// Two decimals below 10, so that 1.05 and 1.12 can be told apart.
std::string factor(double value) {
    return fmt::format("{:.{}f}", value, value < 10 ? 2 : 1);
}

std::string speedClause(const Verdict& verdict) {
    const double speedup = *verdict.speedup;
    const Interval& ci = *verdict.speedupCi95;
    if (!verdict.significant)
        return fmt::format("There is no measurable difference between int8 and fp32 on this CPU (speed-up {}x, 95 % {} "
                           "to {})",
                           factor(speedup), factor(ci.lo), factor(ci.hi));
    if (speedup >= 1)
        return fmt::format("int8 is {}x faster than fp32 on this CPU (95 % {} to {})", factor(speedup), factor(ci.lo),
                           factor(ci.hi));
    return fmt::format("int8 is {}x slower than fp32 on this CPU (95 % {} to {})", factor(1 / speedup),
                       factor(1 / ci.hi), factor(1 / ci.lo));
}

/// Whether a top-1 that differs could differ by chance.
std::string significanceClause(const Accuracy& accuracy) {
    constexpr double significant = 0.05;
    if (!accuracy.mcnemar || accuracy.mcnemar->pValue < significant ||
        accuracy.mcnemar->rightToWrong == accuracy.mcnemar->wrongToRight)
        return {};
    return fmt::format(" (no significant difference, McNemar p = {:.2f})", accuracy.mcnemar->pValue);
}

std::string accuracyClause(const Report& report) {
    if (!report.accuracy)
        return {};
    const Accuracy& accuracy = *report.accuracy;
    const std::string pictures =
        fmt::format("{} picture{}", thousands(accuracy.samples), accuracy.samples == 1 ? "" : "s");
    if (accuracy.top1)
        return fmt::format(", top-1 {} → {} % on {}{}", percentage(accuracy.top1->share.at("fp32")),
                           percentage(accuracy.top1->share.at("int8")), pictures, significanceClause(accuracy));
    if (accuracy.agreement)
        return fmt::format(", both agree on {} % of {} without labels", percentage(*accuracy.agreement), pictures);
    if (accuracy.outputs.sqnrDb)
        return fmt::format(", output SQNR {:.1f} dB on {}", *accuracy.outputs.sqnrDb, pictures);
    return fmt::format(", outputs identical on {}", pictures);
}

/// The faster one of the 16-bit floats, where it is faster than fp32: it needs no ranges, so it may be all that is
/// wanted.
std::string floatClause(const Report& report) {
    const Run* best = nullptr;
    for (const char* precision : {"bf16", "fp16"})
        if (const Run* run = report.run(precision);
            run && run->speedup && run->significant && *run->speedup > 1 && (!best || *run->speedup > *best->speedup))
            best = run;
    if (!best)
        return {};
    std::string clause =
        fmt::format(" {} is {}x faster than fp32 without calibration", best->precision, factor(*best->speedup));
    if (!report.accuracy)
        return clause + ".";
    const auto& top1 = report.accuracy->top1;
    const auto closeness = report.accuracy->byPrecision.find(best->precision);
    if (top1 && top1->share.contains(best->precision))
        clause += fmt::format(", top-1 {} %", percentage(top1->share.at(best->precision)));
    else if (closeness != report.accuracy->byPrecision.end() && closeness->second.agreement)
        clause += fmt::format(", and agrees with it on {} %", percentage(*closeness->second.agreement));
    return clause + ".";
}

} // namespace

Verdict judge(const Report& report) {
    Verdict verdict;
    const Run *fp32 = report.run("fp32"), *int8 = report.run("int8");
    if (!fp32 || !int8 || !int8->speedup || !int8->speedupCi95 || *int8->speedup <= 0)
        return verdict;
    verdict.speedup = int8->speedup;
    verdict.speedupCi95 = int8->speedupCi95;
    verdict.significant = int8->significant;
    double conversionMs = 0;
    for (const Step& step : int8->steps)
        if (step.kind.starts_with("convert"))
            conversionMs += step.medianMs;
    verdict.conversionShare = conversionMs / int8->latencyMs.median;
    if (report.accuracy && report.accuracy->top1)
        verdict.accuracyDrop =
            100 * (report.accuracy->top1->share.at("fp32") - report.accuracy->top1->share.at("int8"));

    verdict.sentence = fmt::format("{}{}, {} % of int8 time is conversion.", speedClause(verdict),
                                   accuracyClause(report), percentage(*verdict.conversionShare));
    verdict.sentence += floatClause(report);
    if (!report.data)
        verdict.sentence += " No pictures were given, so accuracy is unknown.";
    if (!fp32->latencyMs.stable || !int8->latencyMs.stable)
        verdict.sentence += " The timing was disturbed; see the warnings.";
    return verdict;
}

std::string sweepSentence(const Sweep& sweep) {
    const auto at = [](const SweepPoint& point) {
        return fmt::format("batch {}, {} thread{}", point.batch, point.threads, point.threads == 1 ? "" : "s");
    };
    const auto best = [&](const std::string& precision) {
        const SweepPoint* fastest = nullptr;
        double most = 0;
        for (const SweepPoint& point : sweep.points) {
            const auto latency = point.latencyMs.find(precision);
            if (latency == point.latencyMs.end() || latency->second.median <= 0)
                continue;
            const double each = 1000 * static_cast<double>(point.batch) / latency->second.median;
            if (each > most) {
                most = each;
                fastest = &point;
            }
        }
        return fastest ? fmt::format("{} in {} ({})", most < 100 ? threeDigits(most) : thousands(std::llround(most)),
                                     precision, at(*fastest))
                       : fmt::format("unknown in {}", precision);
    };
    const SweepPoint *least = nullptr, *largest = nullptr;
    size_t measured = 0;
    for (const SweepPoint& point : sweep.points) {
        if (!point.speedup)
            continue;
        ++measured;
        if (!least || *point.speedup < *least->speedup)
            least = &point;
        if (!largest || *point.speedup > *largest->speedup)
            largest = &point;
    }
    if (!least)
        return {};
    const std::string range =
        measured == 1 ? fmt::format("{}x as fast as fp32 at {}", factor(*least->speedup), at(*least))
                      : fmt::format("{}x ({}) to {}x ({}) as fast as fp32 over {} settings", factor(*least->speedup),
                                    at(*least), factor(*largest->speedup), at(*largest), measured);
    return fmt::format("int8 is {}; most samples a second: {}, {}.", range, best("int8"), best("fp32"));
}

std::string isaSentence(const IsaComparison& isas) {
    std::map<std::string, const IsaRun*> usual; // where there are several rows, that whose sums cannot saturate
    std::vector<std::string> order, saturating;
    for (const IsaRun& run : isas.runs) {
        if (!run.speedup)
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
        speeds.push_back(fmt::format("{}x on {}", factor(*usual[isa]->speedup), isa));
    if (speeds.empty())
        return {};
    std::string sentence = "Speed-up of int8 over fp32: " + join(speeds, ", ");
    if (!saturating.empty())
        sentence += "; with full 8-bit weights its sums saturate on " + join(saturating, " and ");
    return sentence + ".";
}

} // namespace halftone
