// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/request/command_line.h"

#include "core/base/text.h"
#include "core/request/job_fields.h"

#include <fmt/format.h>

namespace halftone {

namespace {

// How a value is written behind its option, in one word.

std::string word(const std::string& value) {
    return value;
}
std::string word(double value) {
    return fmt::format("{}", value);
}
std::string word(float value) {
    return fmt::format("{}", value);
}
template <std::integral Integer> std::string word(Integer value) {
    return fmt::format("{}", value);
}
template <class Enum>
requires std::is_enum_v<Enum> std::string word(Enum value) {
    return std::string(nameIn(value));
}
template <class Value> std::string word(const std::optional<Value>& value) {
    return value ? word(*value) : "auto";
}
template <class Value> std::string word(const std::vector<Value>& values) {
    std::vector<std::string> words;
    for (const Value& value : values)
        words.push_back(word(value));
    return join(words, ",");
}

/// The words behind each time that the option is given.
template <class Value> std::vector<std::string> wordsOf(const Value& value) {
    return {word(value)};
}
std::vector<std::string> wordsOf(const std::vector<std::string>& values) {
    return values;
}
template <class Value> std::vector<std::string> wordsOf(const std::map<std::string, Value>& values) {
    std::vector<std::string> words;
    for (const auto& [name, value] : values)
        words.push_back(name.empty() ? word(value) : fmt::format("{}={}", name, word(value)));
    return words;
}

void add(std::vector<std::string>& words, const char* option, const auto& value) {
    for (const std::string& each : wordsOf(value)) {
        words.emplace_back(option);
        words.push_back(each);
    }
}
void add(std::vector<std::string>& words, const char* option, bool value) {
    if (value)
        words.emplace_back(option);
}

/// Preprocessing is told as a preset and what differs from it: without a preset "raw", which does nothing.
void addPreprocessing(std::vector<std::string>& words, const Preprocessing& asked) {
    Preprocessing given = asked;
    nameByValues(given);
    const bool isPreset = given.preset != "custom";
    const Preprocessing& base = preprocessingPreset(isPreset ? given.preset : "raw");
    add(words, "--preset", base.preset);
    forEachField<Preprocessing>([&](const auto& field) {
        if (std::string_view(field.name) != "preset" && asked.*(field.member) != base.*(field.member))
            add(words, field.option, asked.*(field.member));
    });
}

std::string quoted(const std::string& text) {
    if (!text.empty() && text.find_first_of(" '\"\\$&;|<>()*?[]#~`!{}\n\t") == std::string::npos)
        return text;
    std::string quoted = "'";
    for (const char c : text)
        quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return quoted + "'";
}

} // namespace

const char* name(JobKind kind) {
    switch (kind) {
    case JobKind::Inspect: return "inspect";
    case JobKind::Profile: return "profile";
    case JobKind::Sweep: return "sweep";
    case JobKind::Isa: return "isa";
    case JobKind::Plan: return "plan";
    case JobKind::Write: return "write";
    case JobKind::Run: return "run";
    case JobKind::Preview: return "preview";
    }
    return "";
}

JobRequest defaultRequest(JobKind kind) {
    JobRequest request;
    if (kind == JobKind::Sweep)
        request.timeBudgetS = 2;
    if (kind == JobKind::Isa)
        request.timeBudgetS = 4;
    if (kind == JobKind::Plan)
        request.timeBudgetS = 60;
    return request;
}

std::vector<std::string> commandWords(JobKind kind, const JobRequest& request) {
    const JobRequest usual = defaultRequest(kind);
    std::vector<std::string> words;
    if (!request.modelPath.empty())
        words.push_back(request.modelPath);
    const auto addDiffering = [&](const auto& self, const auto& asked, const auto& base) -> void {
        forEachField<std::remove_cvref_t<decltype(asked)>>([&](const auto& field) {
            const auto &value = asked.*(field.member), &usualValue = base.*(field.member);
            if ((field.kinds & bits(kind)) == 0 || value == usualValue)
                return;
            using Value = std::remove_cvref_t<decltype(value)>;
            if constexpr (std::is_same_v<Value, Preprocessing>)
                addPreprocessing(words, value);
            else if constexpr (isGroup<std::remove_cvref_t<decltype(field)>>)
                self(self, value, usualValue);
            else if (std::string_view(field.option).starts_with("-"))
                add(words, field.option, value);
        });
    };
    addDiffering(addDiffering, request, usual);
    return words;
}

std::string commandLine(JobKind kind, const JobRequest& request) {
    std::string line = fmt::format("halftone-cli {}", name(kind));
    for (const std::string& each : commandWords(kind, request))
        line += " " + quoted(each);
    return line;
}

} // namespace halftone
