// SPDX-License-Identifier: GPL-3.0-or-later
// Numbers to text, for the whole window: three significant digits, one unit a column, thin spaces in thousands.
#pragma once

#include "core/report/compared.h"
#include "core/report/report.h"

#include <QString>

#include <optional>
#include <vector>

namespace halftone {

/// En dash: what a missing value looks like. Never 0, never empty.
QString missing();

enum class TimeUnit { Us, Ms, S };
/// The unit for a column whose largest value is `largestMs`: ms from 1 ms on, else us; s from 10,000 ms on.
TimeUnit timeUnit(double largestMs);
QString unitName(TimeUnit unit);            // "µs", "ms", "s"
QString timeText(double ms, TimeUnit unit); // "12.3"
double perMs(TimeUnit unit);                // how many of the unit make a millisecond
QString timeWithUnit(double ms);            // "12.3 ms"
/// In the unit of the page that it stands on, so that figures of one page can be compared: "0.386 ms" beside "12.3 ms".
QString timeWithUnit(double ms, TimeUnit unit);
/// With the decimals that the whole has, so that parts add up as they stand.
QString partWithUnit(double ms, double wholeMs, TimeUnit unit);

/// The one unit of a page: that of the largest time of what it shows, the runs, a sweep, instruction sets, a plan.
TimeUnit pageUnit(const Report& report);
TimeUnit pageUnit(const Sweep& sweep);
TimeUnit pageUnit(const IsaComparison& isas);
TimeUnit pageUnit(const MixedPlan& plan);

QString significant(double value, int digits = 3);              // "12.3", "1 230", "0.00456", "1.79e−7"
QString fixed(double value, int decimals);                      // "−0.25"; a rounded zero has no sign
QString countText(int64_t value);                               // "1 234 567"
QString counted(int64_t count, const QString& thing);           // "1 layer", "36 layers"
QString bytesText(int64_t bytes);                               // "41.4 MB" (powers of 1000)
QString macsText(int64_t macs);                                 // "3.67 G"
QString shareText(double share);                                // 0.062 -> "6.2 %", "0.04 %", "under 0.01 %"
QString percentText(double share);                              // the same without the sign, below a header that has it
QString intervalText(const Interval& interval, int digits = 3); // "3.61 to 3.74"
QString pointsText(double points);                              // "-0.5 points" with a true minus sign
QString decibelText(double db);                                 // "31.2 dB"
QString secondsLeftText(double seconds);                        // "12 s left", "3 min left"; "" when negative
/// "median of 120 inferences, 95 % interval 12.1 to 12.5 ms"
QString latencyTooltip(const Latency& latency, TimeUnit unit);

/// "3.68×", "1.60 to 2.30×", "as fast", "not decided": the words of core/report/compared.h; missing() without a
/// speed-up.
QString speedupText(const GradedSpeedup& comparison);
/// The same for one line: with the grade, and with the interval where the text has none: "3.68× (sure)", "not decided
/// (0.92 to 1.10×)"; "▼" in front where it is slower.
QString speedupWithGrade(const GradedSpeedup& comparison);
/// "sure: 95 % interval 3.61 to 3.74×"
QString certaintyText(const GradedSpeedup& comparison);

/// What of a run is in no step: "waiting for a CPU 12.0 µs (its threads waited for ...), between steps 8.00 µs".
QString inNoStepText(const Report& report, const Run& run, TimeUnit unit);

/// "int8", "simulated": as short as a column needs.
QString shortPrecision(const std::string& precision);

/// A sentence of the report, or of a failure, as the window writes figures: "1.80×", and no line ends between a number
/// and its "%". Only what no sentence can be, more than 4,096 bytes, is cut.
QString typeset(const std::string& sentence);

/// A name from a model file for a label or tooltip: never taken for rich text, cut in the middle where it is longer
/// than `maxBytes`.
QString plain(const std::string& name, size_t maxBytes = 256);

/// The name that files have for a value of an enum.
template <class Enum> QString nameText(Enum value) {
    return QLatin1String(nameIn(value).data());
}

} // namespace halftone
