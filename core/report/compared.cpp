// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/compared.h"

#include <fmt/format.h>

namespace halftone {

namespace {

bool isDecided(const GradedSpeedup& comparison) {
    return comparison.speedup && comparison.grade != Grade::Undecided;
}

} // namespace

GradedSpeedup speedupOf(const Report& report, const Run& run) {
    return !run.speedup && run.precision == "int8" ? gradedSpeedup(report.verdict) : gradedSpeedup(run);
}

bool isSlower(const GradedSpeedup& comparison) {
    return isDecided(comparison) && *comparison.speedup < 1;
}

bool isFaster(const GradedSpeedup& comparison) {
    return isDecided(comparison) && *comparison.speedup > 1;
}

std::string speedupFigure(const GradedSpeedup& comparison) {
    if (!comparison.speedup)
        return {};
    if (!comparison.ci95)
        return factorText(*comparison.speedup) + "x";
    if (!isDecided(comparison))
        return isSame(*comparison.ci95) ? "as fast" : name(Grade::Undecided);
    return speedupFigure(*comparison.speedup, *comparison.ci95, comparison.grade);
}

std::string speedupCertainty(const GradedSpeedup& comparison) {
    if (!comparison.speedup)
        return {};
    if (!comparison.ci95)
        return "how certain it is was not measured";
    const Interval& ci95 = *comparison.ci95;
    const std::string interval = intervalFigure(ci95);
    if (isDecided(comparison))
        return fmt::format("{}: 95 % interval {}", name(comparison.grade), interval);
    if (isSame(ci95))
        return fmt::format("as fast: 95 % interval {}", interval);
    if (ci95.lo <= 1 && ci95.hi >= 1)
        return fmt::format("{}: the 95 % interval {} holds 1", name(comparison.grade), interval);
    const double factor = *comparison.speedup;
    if (gradeOf(factor, {factor, factor}, false) == Grade::Undecided)
        return fmt::format("{}: less than 5 % apart, 95 % interval {}", name(comparison.grade), interval);
    return fmt::format("{}: the 95 % interval {} is too wide", name(comparison.grade), interval);
}

std::string speedupWords(const GradedSpeedup& comparison) {
    return comparison.speedup && comparison.ci95 ? speedupWords(*comparison.speedup, *comparison.ci95, comparison.grade)
                                                 : std::string();
}

double leastGain(const GradedSpeedup& comparison) {
    if (!comparison.ci95)
        return comparison.speedup.value_or(1);
    return isFaster(comparison) ? comparison.ci95->lo : isSlower(comparison) ? comparison.ci95->hi : 1;
}

std::string intervalFigure(const Interval& ci95) {
    return fmt::format("{} to {}x", factorText(ci95.lo), factorText(ci95.hi));
}

} // namespace halftone
