// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/options.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/request/job_fields.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <fmt/format.h>
#include <sstream>

namespace halftone::app {

namespace {

template <class Enum> std::vector<std::string> allNames() {
    std::vector<std::string> names;
    for (const auto& [value, name] : namesOf<Enum>)
        names.emplace_back(name);
    return names;
}

template <class Enum>
concept Choice = std::is_enum_v<Enum>;

// What stands behind "=" of NAME=VALUE: its form in the help of a mistake, and its value where the word is one.

template <class Value> struct Behind;
template <> struct Behind<int64_t> {
    static std::string form() { return "NAME=N, where N is at least 1"; }
    static constexpr bool needsName = true;
    static std::optional<int64_t> read(const std::string& word) {
        const int64_t number = parseInteger(word, "The number");
        return number >= 1 ? std::optional(number) : std::nullopt;
    }
};
template <> struct Behind<std::vector<int64_t>> {
    static std::string form() { return "NAME=1,3,224,224, every number at least 1"; }
    static constexpr bool needsName = false;
    static std::optional<std::vector<int64_t>> read(const std::string& word) {
        std::vector<int64_t> shape;
        std::stringstream numbers(word);
        for (std::string number; std::getline(numbers, number, ',');)
            shape.push_back(parseInteger(number, "The number"));
        const bool isShape = !shape.empty() && std::ranges::all_of(shape, [](int64_t dim) { return dim >= 1; });
        return isShape ? std::optional(shape) : std::nullopt;
    }
};
template <> struct Behind<RangeMethod> {
    static std::string form() { return "TENSOR=METHOD with one of the methods " + join(allNames<RangeMethod>(), ", "); }
    static constexpr bool needsName = true;
    static std::optional<RangeMethod> read(const std::string& word) { return valueNamed<RangeMethod>(word); }
};
template <> struct Behind<Precision> {
    static std::string form() { return "LAYER=int8 or LAYER=fp32"; }
    static constexpr bool needsName = true;
    static std::optional<Precision> read(const std::string& word) {
        const auto precision = precisionNamed(word);
        return precision == Precision::Int8 || precision == Precision::Fp32 ? precision : std::nullopt;
    }
};

/// Names of layers and tensors may hold "=", so the last one counts.
template <class Value> std::map<std::string, Value> mapOf(const char* option, const std::vector<std::string>& words) {
    std::map<std::string, Value> values;
    for (const std::string& word : words) {
        const size_t split = word.rfind('=');
        const bool hasName = split != std::string::npos;
        std::optional<Value> value;
        try {
            if ((hasName && split > 0) || !Behind<Value>::needsName)
                value = Behind<Value>::read(hasName ? word.substr(split + 1) : word);
        } catch (const Error&) { // no number
        }
        if (!value)
            throw Error(ErrorCode::Usage,
                        fmt::format("{} {}: write {}.", option, displayText(word), Behind<Value>::form()));
        const std::string name = hasName ? word.substr(0, split) : std::string();
        if (!values.emplace(name, *value).second)
            throw Error(ErrorCode::Usage, fmt::format("{} was given twice for {}.", option, displayText(name)));
    }
    return values;
}

// One overload for each type of a field.

CLI::Option* addOption(CLI::App& app, const char* option, const char* help, auto& value) {
    return app.add_option(option, value, help)->capture_default_str();
}
CLI::Option* addOption(CLI::App& app, const char* option, const char* help, std::string& value) {
    return app.add_option(option, value, help);
}
CLI::Option* addOption(CLI::App& app, const char* option, const char* help, bool& value) {
    return app.add_flag(option, value, help);
}
CLI::Option* addOption(CLI::App& app, const char* option, const char* help, std::optional<double>& value) {
    return app.add_option(option, value, help);
}
CLI::Option* addOption(CLI::App& app, const char* option, const char* help, std::vector<std::string>& values) {
    return app.add_option(option, values, help)->allow_extra_args(false); // repeated, not followed by more
}
template <class Number>
requires std::is_arithmetic_v<Number> CLI::Option* addOption(CLI::App& app, const char* option, const char* help,
                                                             std::vector<Number>& values) {
    return app.add_option(option, values, help)->delimiter(',')->allow_extra_args(false)->capture_default_str();
}
CLI::Option* addOption(CLI::App& app, const char* option, const char* help, std::vector<int>& threads) {
    const auto take = [&threads](const std::vector<std::string>& words) {
        threads.clear();
        for (const std::string& word : words) // what no int holds stays out of range, so that the job refuses it
            threads.push_back(word == "all" ? 0
                                            : static_cast<int>(std::clamp<int64_t>(parseInteger(word, "--threads"), -1,
                                                                                   int64_t{1} << 20)));
    };
    return app.add_option_function<std::vector<std::string>>(option, take, help)
        ->delimiter(',')
        ->allow_extra_args(false);
}
CLI::Option* addOption(CLI::App& app, const char* option, const char* help, std::vector<Precision>& precisions) {
    const auto take = [&precisions](const std::vector<std::string>& words) {
        precisions.clear();
        for (const std::string& word : words)
            precisions.push_back(precisionOf(word));
    };
    return app.add_option_function<std::vector<std::string>>(option, take, help)
        ->delimiter(',')
        ->allow_extra_args(false);
}
template <Choice Enum> CLI::Option* addOption(CLI::App& app, const char* option, const char* help, Enum& value) {
    return app
        .add_option_function<std::string>(
            option, [&value](const std::string& word) { value = *valueNamed<Enum>(word); }, help)
        ->check(CLI::IsMember(allNames<Enum>()))
        ->default_str(std::string(nameIn(value)));
}
/// "auto" stands for what is absent.
template <Choice Enum>
CLI::Option* addOption(CLI::App& app, const char* option, const char* help, std::optional<Enum>& value) {
    std::vector<std::string> names = allNames<Enum>();
    names.insert(names.begin(), "auto");
    return app
        .add_option_function<std::string>(
            option, [&value](const std::string& word) { value = valueNamed<Enum>(word); }, help)
        ->check(CLI::IsMember(names))
        ->default_str("auto");
}
template <class Value>
CLI::Option* addOption(CLI::App& app, const char* option, const char* help, std::map<std::string, Value>& values) {
    const auto take = [&values, option](const std::vector<std::string>& words) {
        values = mapOf<Value>(option, words);
    };
    return app.add_option_function<std::vector<std::string>>(option, take, help)->allow_extra_args(false);
}

/// Options behind it change what the preset says: they are taken in the order in which they were added.
void addPreset(CLI::App& app, const char* option, const char* help, Preprocessing& preprocessing) {
    std::string names = help;
    for (const PreprocessingPreset& known : preprocessingPresets())
        names += fmt::format("\n  {}: {}", known.name, known.description);
    app.add_option_function<std::string>(
        option, [&preprocessing](const std::string& word) { preprocessing = preprocessingPreset(word); }, names);
}

} // namespace

void Options::add(const char* option, const char* help, std::string& value, Needed needed) {
    m_app.add_option(option, value, help)->required(needed == Needed::Yes);
}

void Options::add(const char* option, const char* help, int& value) {
    addOption(m_app, option, help, value);
}

void Options::add(const char* option, const char* help, bool& value) {
    addOption(m_app, option, help, value);
}

void Options::add(const char* option, const char* help, std::vector<std::string>& values, Needed needed) {
    addOption(m_app, option, help, values)->required(needed == Needed::Yes);
}

void Options::addList(const char* option, const char* help, std::vector<std::string>& values, Needed needed) {
    m_app.add_option(option, values, help)->delimiter(',')->allow_extra_args(false)->required(needed == Needed::Yes);
}

void Options::addList(const char* option, const char* help, std::vector<int64_t>& values) {
    addOption(m_app, option, help, values);
}

void Options::addChoice(const char* option, const char* help, std::string& value, const std::vector<std::string>& names,
                        Needed needed) {
    CLI::Option* added = m_app.add_option(option, value, help)->check(CLI::IsMember(names));
    added->required(needed == Needed::Yes);
    if (!value.empty())
        added->capture_default_str();
}

void Options::addHidden(const char* option, std::string& value) {
    m_app.add_option(option, value)->group("");
}

void Options::addProgress(std::string& mode) {
    addChoice("--progress", "How progress is told: jsonl (one JSON object a line on stdout), bar, none", mode,
              {"jsonl", "bar", "none"});
}

Precision precisionOf(const std::string& word) {
    if (const auto precision = precisionNamed(word))
        return *precision;
    throw Error(ErrorCode::Usage, fmt::format("There is no precision {}; there are {}.", displayText(word),
                                              join(allNames<Precision>(), ", ")));
}

void Options::addRequest(JobKind kind, JobRequest& request) {
    forEachOption(request, bits(kind), [&](auto& object, const auto& field) {
        if constexpr (std::is_same_v<std::remove_cvref_t<decltype(object)>, Preprocessing>)
            if (std::string_view(field.name) == "preset") {
                addPreset(m_app, field.option, field.help, object);
                return;
            }
        addOption(m_app, field.option, field.help, object.*(field.member));
    });
}

} // namespace halftone::app
