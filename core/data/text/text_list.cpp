// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/text/text_list.h"

#include "core/base/error.h"
#include "core/base/file.h"
#include "core/base/text.h"
#include "core/data/csv.h"
#include "core/data/text/unicode.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <optional>
#include <tuple>
#include <utility>

namespace halftone {

namespace {

constexpr size_t maxFileBytes = size_t{256} << 20;
constexpr size_t maxTextBytes = size_t{1} << 20;
constexpr size_t maxTexts = 2'000'000;
constexpr size_t maxNameBytes = 64;
constexpr std::string_view blanks = " \t\r\f\v";

constexpr std::array<std::string_view, 9> kTexts{"text",      "sentence", "sentence1", "premise", "question",
                                                 "question1", "query",    "review",    "content"};
constexpr std::array<std::string_view, 8> kPairs{"text_pair", "text2",   "sentence2", "hypothesis",
                                                 "question2", "context", "passage",   "answer"};
constexpr std::array<std::string_view, 8> kLabels{"label",     "labels", "class",      "category",
                                                  "sentiment", "target", "gold_label", "is_duplicate"};

/// Places of the columns in a row.
struct Columns {
    size_t count = 0;
    std::optional<size_t> text, pair, label;
};

std::string columnName(std::string_view field) {
    const size_t begin = field.find_first_not_of(blanks);
    if (begin == std::string_view::npos)
        return {};
    std::string name(field.substr(begin, field.find_last_not_of(blanks) + 1 - begin));
    for (char& c : name)
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
    return name;
}

/// The columns that a first row names; without a text when it names none, as a text does.
Columns namedColumns(const std::vector<std::string>& fields) {
    Columns columns{.count = fields.size()};
    const auto isIn = [](const auto& names, const std::string& name) {
        return std::ranges::find(names, name) != names.end();
    };
    for (size_t i = 0; i < fields.size(); ++i) {
        const std::string name = columnName(fields[i]);
        if (name.size() > maxNameBytes)
            return {}; // a text that has such a word between commas
        if (isIn(kTexts, name) && !columns.text)
            columns.text = i;
        else if (!columns.pair && (isIn(kPairs, name) || (name == "sentence" && columns.text)))
            columns.pair = i;
        else if (isIn(kLabels, name) && !columns.label)
            columns.label = i;
    }
    return columns;
}

std::string_view firstLine(std::string_view text) {
    if (text.starts_with("\xEF\xBB\xBF"))
        text.remove_prefix(3);
    return text.substr(0, text.find('\n'));
}

char separatorOf(std::string_view line) {
    return line.find('\t') == std::string_view::npos ? ',' : '\t';
}

class Reading {
public:
    explicit Reading(const std::string& path)
        : m_where(displayText(path)), m_content(readTextFile(path, maxFileBytes)), m_table{m_where, ""} {
        checkEncoding();
        const std::string name = columnName(path.substr(path.find_last_of('/') + 1));
        const bool tabs = name.ends_with(".tsv");
        if (looksLikeTexts(m_content))
            readTable(separatorOf(firstLine(m_content)));
        else if (tabs || name.ends_with(".csv"))
            readTable(tabs ? '\t' : ',');
        else
            readLines();
        if (m_list.texts.empty())
            throw Error(ErrorCode::BadInput,
                        m_where +
                            ": holds no texts. Choose a file with one text a line, or a table with a column \"text\".",
                        m_where);
    }

    TextList take() { return std::move(m_list); }

private:
    void checkEncoding() const {
        const auto invalid = firstInvalidByte(m_content);
        if (!invalid)
            return;
        const auto lines =
            std::count(m_content.begin(), m_content.begin() + static_cast<std::ptrdiff_t>(*invalid), '\n');
        CsvSource{m_where, "Save the file as UTF-8."}.fail(static_cast<size_t>(lines) + 1,
                                                           "the text is not UTF-8 there");
    }

    void add(std::vector<std::string>& to, std::string text, size_t line) const {
        const auto refuse = [&](const std::string& what, const char* advice) {
            throw Error(ErrorCode::Limit, fmt::format("{}, line {}: {}. {}", m_where, line, what, advice),
                        fmt::format("{}, line {}", m_where, line));
        };
        if (text.size() > maxTextBytes)
            refuse(fmt::format("the text has {} bytes; at most {} MiB are read", text.size(), maxTextBytes >> 20),
                   "Shorten it: a network reads a few hundred words.");
        if (to.size() == maxTexts)
            refuse(fmt::format("more than {} texts", maxTexts), "Part the file.");
        to.push_back(std::move(text));
    }

    void readLines() {
        std::string_view rest = m_content;
        if (rest.starts_with("\xEF\xBB\xBF"))
            rest.remove_prefix(3);
        for (size_t line = 1; !rest.empty(); ++line) {
            const size_t end = std::min(rest.find('\n'), rest.size());
            std::string_view text = rest.substr(0, end);
            rest.remove_prefix(std::min(end + 1, rest.size()));
            if (text.ends_with('\r'))
                text.remove_suffix(1);
            if (text.find_first_not_of(blanks) != std::string_view::npos)
                add(m_list.texts, std::string(text), line);
        }
    }

    /// Where columns stand that the first row does not name, and whether it is to be skipped for its label's name.
    std::pair<Columns, bool> placedColumns(const CsvRow& first) const {
        const size_t count = first.fields.size();
        if (count > 3)
            m_table.fail(first.line, fmt::format("{} fields, and no first line says which is the text", count));
        Columns columns{.count = count, .text = 0};
        if (count == 3)
            columns.pair = 1;
        if (count > 1)
            columns.label = count - 1;
        return {columns, namedColumns(first.fields).label == columns.label && columns.label};
    }

    void readTable(char separator) {
        m_table.advice = "Each line is a text, and a second text and a label where there are such; mend the file.";
        CsvReader reader(m_content, m_table, separator);
        CsvRow row;
        if (!reader.next(row))
            return;
        bool header = true;
        Columns columns = namedColumns(row.fields);
        if (!columns.text)
            std::tie(columns, header) = placedColumns(row);
        std::vector<std::string> labels;
        std::vector<size_t> lines;
        for (bool more = !header || reader.next(row); more; more = reader.next(row)) {
            if (row.fields.size() != columns.count)
                m_table.fail(row.line, fmt::format("{} fields expected, {} found", columns.count, row.fields.size()));
            for (const auto& column : {columns.text, columns.pair, columns.label})
                if (column && row.fields[*column].empty())
                    m_table.fail(row.line, "a field is empty");
            add(m_list.texts, std::move(row.fields[*columns.text]), row.line);
            if (columns.pair)
                add(m_list.pairs, std::move(row.fields[*columns.pair]), row.line);
            if (columns.label)
                labels.push_back(std::move(row.fields[*columns.label]));
            lines.push_back(row.line);
        }
        NumberedLabels numbered = numberLabels(labels, lines, m_table);
        m_list.labels = std::move(numbered.labels);
        m_list.classNames = std::move(numbered.classNames);
    }

    std::string m_where;
    std::string m_content;
    CsvSource m_table;
    TextList m_list;
};

} // namespace

TextList readTextList(const std::string& path) {
    return Reading(path).take();
}

bool looksLikeTexts(std::string_view head) {
    const std::string_view line = firstLine(head);
    const char separator = separatorOf(line);
    std::vector<std::string> fields;
    for (size_t begin = 0; begin <= line.size() && fields.size() < 1000;) {
        const size_t end = std::min(line.find(separator, begin), line.size());
        std::string_view field = line.substr(begin, end - begin);
        if (field.ends_with('\r'))
            field.remove_suffix(1);
        if (field.size() >= 2 && field.front() == '"' && field.back() == '"')
            field = field.substr(1, field.size() - 2);
        fields.emplace_back(field);
        begin = end + 1;
    }
    return namedColumns(fields).text.has_value();
}

} // namespace halftone
