// SPDX-License-Identifier: GPL-3.0-or-later
// A JSON text that says where it is not as expected.
#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace halftone {

/// What errors say of the file.
struct JsonSource {
    std::string where;
    std::string advice; // the last sentence
};

/// A value in a document, which must outlive it, and its place there ("model.vocab"). All that asks for more than is
/// there throws Error{BadInput} with file, place and cause.
class JsonNode {
public:
    JsonNode(const nlohmann::json& value, const JsonSource& source, std::string place = {})
        : m_value(&value), m_source(&source), m_place(std::move(place)) {}

    [[noreturn]] void fail(const std::string& what) const;

    bool isNull() const { return m_value->is_null(); }
    bool isObject() const { return m_value->is_object(); }
    /// Whether the object has this member, and that is not null.
    bool has(const std::string& name) const;
    JsonNode at(const std::string& name) const;

    const std::string& text() const;
    bool truth() const;
    /// A whole number from 0 to `largest`.
    int64_t number(int64_t largest) const;
    std::vector<JsonNode> elements() const;

    /// Calls visit(name, value) for every member of the object.
    template <class Visit> void eachMember(Visit visit) const {
        requireKind(m_value->is_object(), "an object");
        for (const auto& [name, value] : m_value->items())
            visit(name, JsonNode(value, *m_source, m_place)); // its name may be anything, and long
    }

private:
    void requireKind(bool is, const char* kind) const;

    const nlohmann::json* m_value;
    const JsonSource* m_source;
    std::string m_place;
};

/// At most `maxValues` values, at most 32 of them inside each other; Error{Limit} for more, Error{BadInput} naming the
/// line for what is no JSON.
nlohmann::json parseJson(std::string_view text, const JsonSource& source, size_t maxValues);

} // namespace halftone
