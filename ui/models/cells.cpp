// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/cells.h"

#include "ui/format.h"

#include <algorithm>

namespace halftone {

namespace {

ColumnUnit unitFor(int64_t largest, std::initializer_list<const char*> units) {
    ColumnUnit result;
    for (const char* unit : units) {
        result.unit = QString::fromLatin1(unit);
        if (static_cast<double>(largest) / result.divisor < 1000 || unit == *(units.end() - 1))
            break;
        result.divisor *= 1000;
    }
    return result;
}

} // namespace

Cell missingCell(const QString& reason) {
    return {missing(), reason, Tone::Quiet};
}

Cell textCell(const std::string& text, const QString& reason) {
    if (text.empty())
        return missingCell(reason);
    const QString shown = plain(text);
    return {shown, shown};
}

std::optional<double> speedupValue(const GradedSpeedup& comparison) {
    const bool inWords = comparison.ci95 && comparison.grade == Grade::Undecided;
    return inWords ? std::nullopt : comparison.speedup;
}

ColumnUnit bytesUnit(int64_t largest) {
    return unitFor(largest, {"B", "kB", "MB", "GB"});
}

ColumnUnit countUnit(int64_t largest) {
    return unitFor(largest, {"", "k", "M", "G"});
}

bool matchesWords(const QString& haystack, const QString& needle) {
    const auto words = QStringView(needle).split(u' ', Qt::SkipEmptyParts);
    return std::all_of(words.begin(), words.end(),
                       [&](QStringView word) { return haystack.contains(word, Qt::CaseInsensitive); });
}

} // namespace halftone
