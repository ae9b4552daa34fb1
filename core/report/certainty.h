// SPDX-License-Identifier: GPL-3.0-or-later
// How certain a comparison of two times is, and how it is said: one rule and one set of words for the whole, layers,
// sweeps, instruction sets, plans, the verdict, the window and the command line.
#pragma once

#include "core/report/accuracy_report.h"
#include "core/report/figures.h"

#include <string>

namespace halftone {

/// What two launches of the same program differ by stays below this: a smaller difference is none.
inline constexpr double kLeastDifference = 1.05;

/// `factor` is reference time / time, `ci95` its interval. Undecided where the interval holds 1, where the factor is
/// within 5 % of 1 (as much as two launches of one program differ by), or where the measurement was `disturbed` (other
/// programs or guests took the CPU) and the interval is wider than 1.5 from end to end, or wider than 3 in any case. Of
/// the rest sure where the interval's ends are at most 1.2 apart and nothing disturbed the measurement, else rough.
Grade gradeOf(double factor, const Interval& ci95, bool disturbed);

/// Whether int8 and fp32 differ in accuracy by more than chance: McNemar's exact p below 5 %. Every place that speaks
/// of a better or worse accuracy asks this.
bool isDecided(const McNemar& split);

/// "sure", "rough", "not decided".
const char* name(Grade grade);

/// Whether the interval says that there is no difference worth a word: it lies within 5 % of 1.
bool isSame(const Interval& ci95);

/// "1.90x" where it is sure, "1.6 to 2.3x" where it is rough; factors below 1 as "0.45x". For tables.
std::string speedupFigure(double factor, const Interval& ci95, Grade grade);

/// What stands behind "int8 is": "1.90x faster than fp32", "roughly 1.6 to 2.3x slower than fp32", "as fast as fp32
/// (0.98 to 1.02x)", "between 1.1 and 4.3x as fast as fp32" where that is not decided. No interval where the figure is
/// sure.
std::string speedupWords(double factor, const Interval& ci95, Grade grade);

/// Two decimals below 10, so that 1.05 and 1.12 can be told apart: "1.05", "12.3".
std::string factorText(double value);

} // namespace halftone
