// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/section_words.h"

#include "core/base/text.h"

#include <cmath>
#include <cstdio>
#include <ctime>
#include <fmt/format.h>

namespace halftone {

namespace {

std::optional<time_t> secondsOf(const std::string& iso) {
    std::tm time{};
    if (std::sscanf(iso.c_str(), "%d-%d-%dT%d:%d:%dZ", &time.tm_year, &time.tm_mon, &time.tm_mday, &time.tm_hour,
                    &time.tm_min, &time.tm_sec) != 6)
        return {};
    time.tm_year -= 1900;
    time.tm_mon -= 1;
    return timegm(&time);
}

std::string formatted(time_t seconds, const char* format) {
    std::tm local{};
    localtime_r(&seconds, &local);
    char text[32];
    return {text, std::strftime(text, sizeof text, format, &local)};
}

} // namespace

std::string localTime(const std::string& iso, const std::string& beside) {
    const std::optional<time_t> seconds = secondsOf(iso), other = secondsOf(beside);
    if (!seconds)
        return {};
    const bool sameDay = other && formatted(*seconds, "%F") == formatted(*other, "%F");
    return formatted(*seconds, sameDay ? "%H:%M" : "%F %H:%M");
}

bool isApart(const Report& report, const std::optional<Conditions>& conditions) {
    if (!conditions || report.runs.empty())
        return false;
    return conditions->created != report.created || !conditions->differences.empty();
}

std::string sectionWords(const Report& report, const std::optional<Conditions>& conditions) {
    if (!conditions)
        return "When and with which settings this was measured is not known.";
    const std::string time = localTime(conditions->created, report.created);
    std::string text = time.empty() ? "Measured" : "Measured " + time;
    if (!conditions->differences.empty())
        text += " with " + join(conditions->differences, ", ");
    else if (!report.runs.empty())
        text += " with the settings of the runs";
    if (conditions->load)
        text += fmt::format("; load {:.1f}", *conditions->load);
    if (report.runs.empty() || conditions->created == report.created)
        return text + ".";
    const std::string runs = localTime(report.created, conditions->created);
    return runs.empty() ? text + "." : text + fmt::format(". The runs were measured {}.", runs);
}

} // namespace halftone
