// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/format.h"

#include "core/base/text.h"
#include "core/report/run_time.h"
#include "ui/text.h"

#include <QRegularExpression>
#include <QTextDocument>

#include <algorithm>
#include <cmath>
#include <span>

namespace halftone {

namespace {

// Narrow and not broken across lines, unlike U+2009.
constexpr QChar thinSpace(0x202F);
constexpr QChar minusSign(0x2212);
constexpr QChar timesSign(0x00D7);
constexpr QChar wordJoiner(0x2060);

constexpr int smallestExponent = -5; // of numbers that are written without one

/// "1234.5678" -> "1 234.5678": groups of three before the point.
QString grouped(const QString& digits) {
    const qsizetype point = digits.indexOf(u'.');
    const qsizetype whole = point < 0 ? digits.size() : point;
    QString text;
    for (qsizetype i = 0; i < digits.size(); ++i) {
        if (i > 0 && i < whole && (whole - i) % 3 == 0)
            text += thinSpace;
        text += digits[i];
    }
    return text;
}

QString withSign(double value, const QString& magnitude) {
    return value < 0 ? minusSign + magnitude : magnitude;
}

/// Three significant digits with the largest prefix that keeps the number at or above 1.
QString scaled(int64_t value, const QStringList& units) {
    double number = static_cast<double>(value);
    qsizetype unit = 0;
    while (std::abs(number) >= 999.5 && unit + 1 < units.size()) {
        number /= 1000;
        ++unit;
    }
    const QString digits = unit == 0 ? countText(value) : significant(number);
    return units[unit].isEmpty() ? digits : digits + thinSpace + units[unit];
}

template <class Rows> double largestMs(const Rows& rows) {
    double largest = 0;
    for (const auto& row : rows)
        for (const auto& [precision, latency] : row.latencyMs)
            largest = std::max(largest, latency.median);
    return largest;
}

bool isBidiControl(QChar c) {
    const ushort code = c.unicode();
    return (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
}

} // namespace

QString missing() {
    return QString(QChar(0x2013));
}

TimeUnit timeUnit(double largestMs) {
    if (largestMs >= 10000)
        return TimeUnit::S;
    return largestMs >= 1 ? TimeUnit::Ms : TimeUnit::Us;
}

QString unitName(TimeUnit unit) {
    switch (unit) {
    case TimeUnit::Us: return QStringLiteral("µs");
    case TimeUnit::Ms: return QStringLiteral("ms");
    case TimeUnit::S: return QStringLiteral("s");
    }
    return {};
}

double perMs(TimeUnit unit) {
    switch (unit) {
    case TimeUnit::Us: return 1000;
    case TimeUnit::Ms: return 1;
    case TimeUnit::S: return 0.001;
    }
    return 1;
}

QString timeText(double ms, TimeUnit unit) {
    return significant(ms * perMs(unit));
}

QString timeWithUnit(double ms) {
    if (!std::isfinite(ms))
        return missing();
    return timeWithUnit(ms, timeUnit(std::abs(ms)));
}

QString timeWithUnit(double ms, TimeUnit unit) {
    return std::isfinite(ms) ? timeText(ms, unit) + thinSpace + unitName(unit) : missing();
}

QString partWithUnit(double ms, double wholeMs, TimeUnit unit) {
    if (!std::isfinite(ms))
        return missing();
    const std::string part = threeDigitsOf(std::abs(ms) * perMs(unit), std::abs(wholeMs) * perMs(unit));
    const bool isNone = part.find_first_not_of("0.") == std::string::npos;
    const QString digits = grouped(QString::fromStdString(part));
    return (isNone ? digits : withSign(ms, digits)) + thinSpace + unitName(unit);
}

TimeUnit pageUnit(const Report& report) {
    double largest = 0;
    for (const Run& run : report.runs)
        largest = std::max(largest, run.latencyMs.median);
    return timeUnit(largest);
}

TimeUnit pageUnit(const Sweep& sweep) {
    return timeUnit(largestMs(sweep.points));
}

TimeUnit pageUnit(const IsaComparison& isas) {
    return timeUnit(largestMs(isas.runs));
}

TimeUnit pageUnit(const MixedPlan& plan) {
    double largest = largestMs(std::span(&plan, 1));
    for (const PlanPoint& point : plan.front)
        largest = std::max({largest, point.predictedMs, point.measuredMs.value_or(0)});
    for (const PlanLayer& layer : plan.layers) // a plan of before the latencies
        for (const auto& [precision, ms] : layer.ms)
            largest = std::max(largest, ms);
    return timeUnit(largest);
}

QString fixed(double value, int decimals) {
    if (!std::isfinite(value))
        return missing();
    const QString magnitude = QString::number(std::abs(value), 'f', decimals);
    const bool isZero = magnitude.toDouble() == 0;
    return isZero ? grouped(magnitude) : withSign(value, grouped(magnitude));
}

QString significant(double value, int digits) {
    if (!std::isfinite(value))
        return missing();
    if (value == 0)
        return QStringLiteral("0");
    // 'e' rounds to the digits first, so that 999.7 has the exponent of 1000.
    const double rounded = QString::number(std::abs(value), 'e', digits - 1).toDouble();
    const int exponent = static_cast<int>(std::floor(std::log10(rounded) + 1e-12));
    if (exponent < smallestExponent) { // a row of zeros is hard to count
        const QString mantissa = QString::number(rounded / std::pow(10, exponent), 'f', digits - 1);
        return withSign(value, QStringLiteral("%1e%2%3").arg(mantissa, minusSign).arg(-exponent));
    }
    const int decimals = std::max(0, digits - 1 - exponent);
    return withSign(value, grouped(QString::number(rounded, 'f', decimals)));
}

QString countText(int64_t value) {
    QString digits = QString::number(value);
    if (value < 0)
        digits.remove(0, 1);
    return withSign(static_cast<double>(value), grouped(digits));
}

QString counted(int64_t count, const QString& thing) {
    return countText(count) + u' ' + thing + (count == 1 ? QString() : QStringLiteral("s"));
}

QString bytesText(int64_t bytes) {
    return scaled(bytes, {"B", "kB", "MB", "GB", "TB"});
}

QString macsText(int64_t macs) {
    return scaled(macs, {"", "k", "M", "G", "T"});
}

QString shareText(double share) {
    const QString number = percentText(share);
    return number == missing() ? number : number + thinSpace + u'%';
}

QString percentText(double share) {
    if (!std::isfinite(share))
        return missing();
    // A share that exists is not shown as none.
    const double percent = std::abs(100 * share);
    if (percent > 0 && percent < 0.01)
        return Text::tr("under 0.01");
    return fixed(100 * share, percent > 0 && percent < 0.095 ? 2 : 1);
}

QString intervalText(const Interval& interval, int digits) {
    return significant(interval.lo, digits) + Text::tr(" to ") + significant(interval.hi, digits);
}

QString pointsText(double points) {
    if (!std::isfinite(points))
        return missing();
    const QString number = fixed(points, 1);
    const bool positive = points > 0 && number != QStringLiteral("0.0");
    return (positive ? QStringLiteral("+") : QString()) + number + Text::tr(" points");
}

QString decibelText(double db) {
    return std::isfinite(db) ? fixed(db, 1) + thinSpace + QStringLiteral("dB") : missing();
}

QString secondsLeftText(double seconds) {
    if (!std::isfinite(seconds) || seconds < 0)
        return {};
    if (seconds < 90)
        return Text::tr("%1 s left").arg(std::ceil(seconds));
    if (seconds < 90 * 60)
        return Text::tr("%1 min left").arg(std::ceil(seconds / 60));
    return Text::tr("%1 h left").arg(std::ceil(seconds / 3600));
}

QString latencyTooltip(const Latency& latency, TimeUnit unit) {
    const Interval shown{latency.ci95.lo * perMs(unit), latency.ci95.hi * perMs(unit)};
    QString text = Text::tr("median of %1 inferences, 95 % interval %2 %3")
                       .arg(countText(latency.n), intervalText(shown), unitName(unit));
    if (!latency.stable)
        text += Text::tr("; the timing was unstable");
    return text;
}

QString speedupText(const GradedSpeedup& comparison) {
    const std::string text = speedupFigure(comparison);
    return text.empty() ? missing() : typeset(text);
}

QString speedupWithGrade(const GradedSpeedup& comparison) {
    QString text = speedupText(comparison);
    if (comparison.ci95)
        text += QStringLiteral(" (%1)").arg(comparison.grade == Grade::Undecided
                                                ? typeset(intervalFigure(*comparison.ci95))
                                                : QString::fromLatin1(name(comparison.grade)));
    return isSlower(comparison) ? QStringLiteral("▼ ") + text : text;
}

QString certaintyText(const GradedSpeedup& comparison) {
    return typeset(speedupCertainty(comparison));
}

QString inNoStepText(const Report& report, const Run& run, TimeUnit unit) {
    if (!knowsWaiting(run))
        return Text::tr("%1 in no step; how much of it was waiting for a CPU is not known")
            .arg(partWithUnit(run.unexplainedMs, run.latencyMs.median, unit));
    return Text::tr("waiting for a CPU %1 (%2), between steps %3")
        .arg(partWithUnit(run.waitingMs, run.latencyMs.median, unit), typeset(waitingProof(report.machine, run)),
             partWithUnit(betweenStepsMs(run), run.latencyMs.median, unit));
}

QString typeset(const std::string& sentence) {
    static const QRegularExpression factor(QStringLiteral("\\b(\\d+\\.\\d+)x\\b"));
    return plain(sentence, 4096)
        .replace(factor, QStringLiteral("\\1") + timesSign)
        .replace(QStringLiteral(" %"), QChar(0xA0) + QStringLiteral("%"));
}

QString shortPrecision(const std::string& precision) {
    return precision == "int8-simulated" ? Text::tr("simulated") : plain(precision);
}

QString plain(const std::string& name, size_t maxBytes) {
    const QString line = QString::fromStdString(displayText(name, maxBytes));
    const bool looksRich = Qt::mightBeRichText(line);
    QString result;
    result.reserve(line.size());
    for (const QChar c : line) {
        if (isBidiControl(c)) { // could make the rest of the label read backwards
            result += QStringLiteral("\\u%1").arg(c.unicode(), 4, 16, QLatin1Char('0'));
            continue;
        }
        result += c;
        // An invisible character makes it no tag and no entity for Qt, so that tooltips show it as it is.
        if (looksRich && (c == u'<' || c == u'&'))
            result += wordJoiner;
    }
    return result;
}

} // namespace halftone
