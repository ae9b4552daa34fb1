// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/certainty.h"

#include <algorithm>
#include <fmt/format.h>

namespace halftone {

namespace {

constexpr double kWide = 3;            // beyond which an interval tells little, whatever its cause
constexpr double kNarrow = 1.2;        // end of the interval / its beginning, at most, of a sure figure
constexpr double kWideDisturbed = 1.5; // of a figure that is no more than noise when something disturbed it

std::string range(double from, double to) {
    return fmt::format("{} to {}x", factorText(from), factorText(to));
}

} // namespace

Grade gradeOf(double factor, const Interval& ci95, bool disturbed) {
    if (factor <= 0 || ci95.lo <= 0 || (ci95.lo <= 1 && ci95.hi >= 1) ||
        std::max(factor, 1 / factor) < kLeastDifference)
        return Grade::Undecided;
    const double width = ci95.hi / ci95.lo;
    if (width > (disturbed ? kWideDisturbed : kWide))
        return Grade::Undecided;
    return width <= kNarrow && !disturbed ? Grade::Sure : Grade::Rough;
}

bool isDecided(const McNemar& split) {
    constexpr double kSignificant = 0.05;
    return split.pValue < kSignificant;
}

const char* name(Grade grade) {
    switch (grade) {
    case Grade::Sure: return "sure";
    case Grade::Rough: return "rough";
    case Grade::Undecided: return "not decided";
    }
    return "not decided";
}

bool isSame(const Interval& ci95) {
    return ci95.lo > 1 / kLeastDifference && ci95.hi < kLeastDifference;
}

std::string factorText(double value) {
    return fmt::format("{:.{}f}", value, value < 9.995 ? 2 : 1);
}

std::string speedupFigure(double factor, const Interval& ci95, Grade grade) {
    return grade == Grade::Sure ? factorText(factor) + "x" : range(ci95.lo, ci95.hi);
}

std::string speedupWords(double factor, const Interval& ci95, Grade grade) {
    if (grade == Grade::Undecided)
        return isSame(ci95)
                   ? fmt::format("as fast as fp32 ({})", range(ci95.lo, ci95.hi))
                   : fmt::format("between {} and {}x as fast as fp32", factorText(ci95.lo), factorText(ci95.hi));
    const bool faster = factor >= 1;
    const char* word = faster ? "faster" : "slower";
    if (grade == Grade::Sure)
        return fmt::format("{}x {} than fp32", factorText(faster ? factor : 1 / factor), word);
    return fmt::format("roughly {} {} than fp32", faster ? range(ci95.lo, ci95.hi) : range(1 / ci95.hi, 1 / ci95.lo),
                       word);
}

} // namespace halftone
