// SPDX-License-Identifier: GPL-3.0-or-later
// Structs as JSON and back by the lists of their fields (core/base/field.h).
#pragma once

#include "core/base/error.h"
#include "core/base/field.h"
#include "core/base/text.h"
#include "core/report/figures.h"

#include <cmath>
#include <concepts>
#include <fmt/format.h>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace halftone::json {

using Json = nlohmann::json;

/// The place in the document that is being read or written; lives on the stack.
struct Path {
    const Path* parent = nullptr;
    std::string_view key; // of an object
    size_t index = 0;     // of an array, when there is no key

    Path member(std::string_view name) const { return {this, name, 0}; }
    Path element(size_t i) const { return {this, {}, i}; }

    /// "runs[1].latencyMs.median"
    std::string text() const {
        if (!parent)
            return {};
        const std::string prefix = parent->text();
        if (key.data() == nullptr)
            return fmt::format("{}[{}]", prefix, index);
        return prefix.empty() ? displayText(key) : fmt::format("{}.{}", prefix, displayText(key));
    }
};

template <class T> inline constexpr bool isOptional = false;
template <class T> inline constexpr bool isOptional<std::optional<T>> = true;

template <class T>
concept Optional = isOptional<T>;
template <class T>
concept Integer = std::integral<T> && !std::same_as<T, bool>;
template <class T>
concept Enum = std::is_enum_v<T>;

class Writer {
public:
    /// `lines`: of an object each field stands on a line of its own; else everything is one line.
    explicit Writer(bool lines = true) : m_lines(lines) {}

    template <HasFields T> void write(const T& object, const Path& at) {
        static_assert(listsAllFields<T>, "a member has no field in its list");
        block('{', '}', [&](const auto& next) {
            forEachField<T>([&](const auto& field) {
                next();
                m_text += fmt::format("\"{}\":{}", field.name, m_lines ? " " : "");
                write(object.*(field.member), at.member(field.name));
            });
        });
    }

    /// The same with a text before the fields that says what they are of.
    template <HasFields T> void writeTagged(std::string_view tag, std::string_view value, const T& object) {
        write(object, Path{});
        const size_t first = m_text.find_first_not_of(" \n", 1); // behind the brace, of the first field
        m_text.insert(first, fmt::format("\"{}\":{}\"{}\",{}", tag, m_lines ? " " : "", value,
                                         std::string(m_text, 1, first - 1)));
    }

    template <class T> void write(const std::map<std::string, T>& members, const Path& at) {
        block('{', '}', [&](const auto& next) {
            for (const auto& [key, value] : members) {
                next();
                write(key, at.member(key));
                m_text += m_lines ? ": " : ":";
                write(value, at.member(key));
            }
        });
    }

    /// Objects stand on lines of their own; an array of numbers or names is one line, however long.
    template <class T> void write(const std::vector<T>& elements, const Path& at) {
        if constexpr (HasFields<T>) {
            block('[', ']', [&](const auto& next) {
                for (size_t i = 0; i < elements.size(); ++i) {
                    next();
                    write(elements[i], at.element(i));
                }
            });
        } else {
            m_text += '[';
            for (size_t i = 0; i < elements.size(); ++i) {
                m_text += i ? ", " : "";
                write(elements[i], at.element(i));
            }
            m_text += ']';
        }
    }

    void write(const std::optional<double>& value, const Path& at) {
        if (value && std::isfinite(*value))
            write(*value, at);
        else
            m_text += "null";
    }

    template <class T> void write(const std::optional<T>& value, const Path& at) {
        if (value)
            write(*value, at);
        else
            m_text += "null";
    }

    void write(const Interval& interval, const Path& at) { write(std::vector<double>{interval.lo, interval.hi}, at); }

    void write(double value, const Path& at) {
        if (!std::isfinite(value))
            throw Error(ErrorCode::Internal,
                        fmt::format("The report's {} is not a finite number and cannot be written.", at.text()),
                        at.text());
        m_text += Json(value).dump();
    }

    /// With the digits that tell it from other single precision numbers.
    void write(float value, const Path& at) {
        if (!std::isfinite(value))
            write(double{value}, at);
        m_text += fmt::format("{}", value);
    }

    void write(const std::string& value, const Path& at) {
        // A line is told at once and may hold anything; a document is refused for bytes that are no UTF-8.
        const auto handler = m_lines ? Json::error_handler_t::strict : Json::error_handler_t::replace;
        try {
            m_text += Json(value).dump(-1, ' ', false, handler);
        } catch (const Json::type_error&) {
            throw Error(ErrorCode::Internal,
                        fmt::format("The field {} is not UTF-8 text and cannot be written.", at.text()), at.text());
        }
    }

    template <Enum E> void write(E value, const Path& at) { write(std::string(nameIn(value)), at); }

    void write(bool value, const Path&) { m_text += value ? "true" : "false"; }
    void write(Integer auto value, const Path&) { m_text += std::to_string(value); }

    std::string takeText() { return std::move(m_text); }

private:
    /// Calls `body` with a function that it calls before each entry.
    template <class Body> void block(char open, char close, const Body& body) {
        m_text += open;
        m_indent += 2;
        bool any = false;
        body([&] {
            m_text += any ? "," : "";
            if (m_lines)
                m_text += '\n' + std::string(m_indent, ' ');
            any = true;
        });
        m_indent -= 2;
        if (any && m_lines)
            m_text += '\n' + std::string(m_indent, ' ');
        m_text += close;
    }

    bool m_lines;
    std::string m_text;
    size_t m_indent = 0;
};

class Reader {
public:
    /// `advice`: what stands behind the cause of every failure: "Profile the model again."
    Reader(const std::string& source, std::string advice)
        : m_source(displayText(source)), m_advice(std::move(advice)) {}

    template <HasFields T> void read(const Json& json, T& object, const Path& at) const {
        expect(json.is_object(), json, at, "an object");
        forEachField<T>([&](const auto& field) {
            auto& member = object.*(field.member);
            const Path place = at.member(field.name);
            if (const auto found = json.find(field.name); found != json.end())
                read(*found, member, place);
            else if (!Optional<std::remove_reference_t<decltype(member)>> && !field.later)
                fail(place, "is missing");
        });
    }

    template <class T> void read(const Json& json, std::map<std::string, T>& members, const Path& at) const {
        expect(json.is_object(), json, at, "an object");
        for (const auto& [key, value] : json.items())
            read(value, members[key], at.member(key));
    }

    template <class T> void read(const Json& json, std::vector<T>& elements, const Path& at) const {
        expect(json.is_array(), json, at, "an array");
        elements.resize(json.size());
        for (size_t i = 0; i < elements.size(); ++i)
            read(json[i], elements[i], at.element(i));
    }

    template <class T> void read(const Json& json, std::optional<T>& value, const Path& at) const {
        value.reset();
        if (!json.is_null())
            read(json, value.emplace(), at);
    }

    void read(const Json& json, Interval& interval, const Path& at) const {
        expect(json.is_array() && json.size() == 2, json, at, "an array of two numbers");
        read(json[0], interval.lo, at.element(0));
        read(json[1], interval.hi, at.element(1));
    }

    void read(const Json& json, double& value, const Path& at) const {
        expect(json.is_number(), json, at, "a number");
        value = json.get<double>();
    }

    void read(const Json& json, float& value, const Path& at) const {
        expect(json.is_number(), json, at, "a number");
        value = json.get<float>();
    }

    void read(const Json& json, std::string& value, const Path& at) const {
        expect(json.is_string(), json, at, "text");
        value = json.get_ref<const std::string&>();
    }

    template <Enum E> void read(const Json& json, E& value, const Path& at) const {
        std::string text, all;
        read(json, text, at);
        for (const auto& [known, name] : namesOf<E>) {
            if (text == name) {
                value = known;
                return;
            }
            all += fmt::format("{}\"{}\"", all.empty() ? "" : " or ", name);
        }
        fail(at, fmt::format("is \"{}\", not {}", displayText(text), all));
    }

    void read(const Json& json, bool& value, const Path& at) const {
        expect(json.is_boolean(), json, at, "true or false");
        value = json.get<bool>();
    }

    template <Integer T> void read(const Json& json, T& value, const Path& at) const {
        expect(json.is_number_integer(), json, at, "a whole number");
        // The parser keeps numbers without a sign as unsigned and negative ones as signed.
        const bool fits =
            json.is_number_unsigned() ? std::in_range<T>(json.get<uint64_t>()) : std::in_range<T>(json.get<int64_t>());
        if (!fits)
            fail(at, fmt::format("is {}, which is outside {} to {}", json.dump(), std::numeric_limits<T>::min(),
                                 std::numeric_limits<T>::max()));
        value = json.get<T>();
    }

    /// `what`: "is missing".
    [[noreturn]] void fail(const Path& at, const std::string& what) const {
        const std::string place = at.text();
        throw Error(ErrorCode::BadInput,
                    fmt::format("{}: {} {}. {}", m_source, place.empty() ? "the document" : place, what, m_advice),
                    place.empty() ? m_source : place);
    }

private:
    void expect(bool holds, const Json& json, const Path& at, const char* expected) const {
        if (!holds)
            fail(at, fmt::format("is {}, not {}", describe(json), expected));
    }

    static std::string describe(const Json& json) {
        switch (json.type()) {
        case Json::value_t::null: return "null";
        case Json::value_t::object: return "an object";
        case Json::value_t::array: return fmt::format("an array of {}", json.size());
        case Json::value_t::string: return "text";
        case Json::value_t::boolean: return "true or false";
        default: return fmt::format("the number {}", json.dump());
        }
    }

    std::string m_source, m_advice;
};

/// `what` is wanted: "a report that Halftone has written". Throws Error{BadInput} naming `source` and the place where
/// the text is no JSON.
Json parse(std::string_view text, const std::string& source, std::string_view what);

} // namespace halftone::json
