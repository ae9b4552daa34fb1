// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/csv.h"

#include "core/base/error.h"
#include "core/base/text.h"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <limits>
#include <map>
#include <set>
#include <utility>

namespace halftone {

namespace {

constexpr size_t maxFields = 1000; // a row of separators alone would take 32 times its size

/// What stands between quotes around the whole field; the field itself where there are none.
std::string unquoted(std::string_view field) {
    if (field.size() < 2 || field.front() != '"' || field.back() != '"')
        return std::string(field);
    std::string out;
    const std::string_view inside = field.substr(1, field.size() - 2);
    for (size_t i = 0; i < inside.size(); ++i) {
        out += inside[i];
        if (inside[i] != '"')
            continue;
        ++i; // the second of two
        if (i == inside.size() || inside[i] != '"')
            return std::string(field);
    }
    return out;
}

} // namespace

void CsvSource::fail(size_t line, const std::string& what) const {
    throw Error(ErrorCode::BadInput, fmt::format("{}, line {}: {}. {}", where, line, what, advice),
                fmt::format("{}, line {}", where, line));
}

CsvReader::CsvReader(std::string_view text, const CsvSource& source, char separator)
    : m_text(text), m_source(source), m_separator(separator) {
    if (m_text.starts_with("\xEF\xBB\xBF"))
        m_text.remove_prefix(3);
}

/// The field whose opening quote is the next character; what may follow its closing quote is left.
std::string CsvReader::quoted(size_t rowLine) {
    std::string field;
    for (++m_place; m_place < m_text.size(); ++m_place) {
        if (m_text[m_place] == '"') {
            ++m_place; // the second of two, or what follows the closing one
            if (m_place >= m_text.size() || m_text[m_place] != '"')
                return field;
        }
        m_line += m_text[m_place] == '\n';
        field += m_text[m_place];
    }
    m_source.fail(rowLine, "a quoted field does not end");
}

bool CsvReader::next(CsvRow& row) {
    const bool tabs = m_separator == '\t';
    const char ends[] = {m_separator, '\n'};
    while (m_place < m_text.size()) {
        row.line = m_line;
        row.fields.clear();
        for (bool more = true; more;) {
            std::string field;
            if (!tabs && m_place < m_text.size() && m_text[m_place] == '"')
                field = quoted(row.line);
            const size_t end = std::min(m_text.find_first_of({ends, 2}, m_place), m_text.size());
            std::string_view rest = m_text.substr(m_place, end - m_place);
            more = end < m_text.size() && m_text[end] == m_separator;
            m_place = end + 1;
            if (!more && rest.ends_with('\r'))
                rest.remove_suffix(1);
            field += rest;
            if (row.fields.size() == maxFields)
                m_source.fail(row.line, fmt::format("more than {} fields", maxFields));
            row.fields.push_back(tabs ? unquoted(field) : std::move(field));
        }
        ++m_line;
        if (row.fields.size() > 1 || !row.fields.front().empty())
            return true;
    }
    return false;
}

std::optional<int64_t> wholeNumber(std::string_view text) {
    int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size())
        return std::nullopt;
    return value;
}

NumberedLabels numberLabels(const std::vector<std::string>& texts, const std::vector<size_t>& lines,
                            const CsvSource& source) {
    NumberedLabels result;
    const auto isNumber = [](const std::string& text) { return wholeNumber(text).has_value(); };
    if (std::none_of(texts.begin(), texts.end(), isNumber)) {
        const std::set<std::string> distinct(texts.begin(), texts.end());
        std::map<std::string_view, int64_t> numbers;
        for (const std::string& text : distinct) {
            numbers.emplace(text, static_cast<int64_t>(numbers.size()));
            result.classNames.push_back(displayText(text));
        }
        for (const std::string& text : texts)
            result.labels.push_back(numbers.at(text));
        return result;
    }
    for (size_t i = 0; i < texts.size(); ++i) {
        const auto label = wholeNumber(texts[i]);
        if (!label)
            source.fail(lines[i],
                        fmt::format("the label \"{}\" is no number, though others are", displayText(texts[i])));
        if (*label < 0 || *label > std::numeric_limits<int32_t>::max())
            source.fail(lines[i], fmt::format("the label {} is out of range", *label));
        result.labels.push_back(*label);
    }
    return result;
}

} // namespace halftone
