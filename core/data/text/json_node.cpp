// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/text/json_node.h"

#include "core/base/error.h"
#include "core/base/text.h"

#include <algorithm>
#include <fmt/format.h>

namespace halftone {

namespace {

using nlohmann::json;

constexpr int maxDepth = 32;

} // namespace

void JsonNode::fail(const std::string& what) const {
    throw Error(
        ErrorCode::BadInput,
        fmt::format("{}: {} {}. {}", m_source->where, m_place.empty() ? "the file" : m_place, what, m_source->advice),
        m_source->where);
}

void JsonNode::requireKind(bool is, const char* kind) const {
    if (!is)
        fail(fmt::format("is not {}", kind));
}

bool JsonNode::has(const std::string& name) const {
    if (!m_value->is_object())
        return false;
    const auto found = m_value->find(name);
    return found != m_value->end() && !found->is_null();
}

JsonNode JsonNode::at(const std::string& name) const {
    requireKind(m_value->is_object(), "an object");
    const auto found = m_value->find(name);
    const std::string shown = displayText(name);
    if (found == m_value->end())
        fail(fmt::format("has no \"{}\"", shown));
    return {*found, *m_source, m_place.empty() ? shown : fmt::format("{}.{}", m_place, shown)};
}

const std::string& JsonNode::text() const {
    requireKind(m_value->is_string(), "a text");
    return m_value->get_ref<const std::string&>();
}

bool JsonNode::truth() const {
    requireKind(m_value->is_boolean(), "true or false");
    return m_value->get<bool>();
}

int64_t JsonNode::number(int64_t largest) const {
    // Whole numbers from 0 on are kept as unsigned ones.
    if (!m_value->is_number_unsigned() || m_value->get<uint64_t>() > static_cast<uint64_t>(largest))
        fail(fmt::format("is not a whole number from 0 to {}", largest));
    return m_value->get<int64_t>();
}

std::vector<JsonNode> JsonNode::elements() const {
    requireKind(m_value->is_array(), "a list");
    std::vector<JsonNode> nodes;
    for (const json& value : *m_value)
        nodes.emplace_back(value, *m_source, fmt::format("{}[{}]", m_place, nodes.size()));
    return nodes;
}

json parseJson(std::string_view text, const JsonSource& source, size_t maxValues) {
    size_t values = 0;
    const auto count = [&](int depth, json::parse_event_t event, json&) {
        if (depth > maxDepth || (event != json::parse_event_t::key && ++values > maxValues))
            throw Error(ErrorCode::Limit,
                        fmt::format("{}: holds more than {} values, or more than {} inside each other. {}",
                                    source.where, maxValues, maxDepth, source.advice),
                        source.where);
        return true;
    };
    try {
        return json::parse(text.begin(), text.end(), count);
    } catch (const json::parse_error& error) {
        const auto end = text.begin() + static_cast<std::ptrdiff_t>(std::min(error.byte, text.size()));
        const std::string where = fmt::format("{}, line {}", source.where, 1 + std::count(text.begin(), end, '\n'));
        throw Error(
            ErrorCode::BadInput,
            fmt::format("{}: the text breaks off or is no JSON at byte {}. {}", where, error.byte, source.advice),
            where);
    } catch (const json::exception&) {
        throw Error(ErrorCode::BadInput,
                    fmt::format("{}: holds a number that is too large. {}", source.where, source.advice), source.where);
    }
}

} // namespace halftone
