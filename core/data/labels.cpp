// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/labels.h"

#include "core/base/error.h"
#include "core/base/text.h"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace halftone {

namespace {

struct CsvRow {
    size_t line = 0;
    std::vector<std::string> fields;
};

[[noreturn]] void throwBadLine(const std::string& where, size_t line, const std::string& what) {
    throw Error(ErrorCode::BadInput,
                fmt::format("{}, line {}: {}. Each line is \"file,label\"; mend the file.", where, line, what),
                fmt::format("{}, line {}", where, line));
}

/// RFC 4180 with LF or CRLF; empty lines are left out.
std::vector<CsvRow> parseCsv(std::string_view text, const std::string& where) {
    if (text.starts_with("\xEF\xBB\xBF"))
        text.remove_prefix(3);
    std::vector<CsvRow> rows;
    size_t line = 1, i = 0;
    while (i < text.size()) {
        CsvRow row{line, {}};
        for (bool more = true; more;) {
            std::string field;
            if (i < text.size() && text[i] == '"') {
                for (++i;; ++i) {
                    if (i >= text.size())
                        throwBadLine(where, row.line, "a quoted field does not end");
                    if (text[i] == '"' && (++i >= text.size() || text[i] != '"'))
                        break;
                    line += text[i] == '\n';
                    field += text[i];
                }
            }
            const size_t end = std::min(text.find_first_of(",\n", i), text.size());
            field += text.substr(i, end - i);
            more = end < text.size() && text[end] == ',';
            i = end + 1;
            if (!more && field.ends_with('\r'))
                field.pop_back();
            row.fields.push_back(std::move(field));
        }
        ++line;
        if (row.fields.size() > 1 || !row.fields.front().empty())
            rows.push_back(std::move(row));
    }
    return rows;
}

std::optional<int64_t> wholeNumber(std::string_view text) {
    int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size())
        return std::nullopt;
    return value;
}

/// Numbers when all texts are numbers, else the place of each text among the sorted distinct ones.
void assignLabels(LabelTable& table, const std::vector<std::string>& texts, const std::string& where) {
    const auto isNumber = [](const std::string& text) { return wholeNumber(text).has_value(); };
    if (std::none_of(texts.begin(), texts.end(), isNumber)) {
        const std::set<std::string> distinct(texts.begin(), texts.end());
        std::map<std::string_view, int64_t> labels;
        for (const std::string& text : distinct) {
            labels.emplace(text, static_cast<int64_t>(labels.size()));
            table.classNames.push_back(displayText(text));
        }
        for (size_t i = 0; i < texts.size(); ++i)
            table.rows[i].label = labels.at(texts[i]);
        return;
    }
    for (size_t i = 0; i < texts.size(); ++i) {
        const auto label = wholeNumber(texts[i]);
        if (!label)
            throwBadLine(where, table.rows[i].line,
                         fmt::format("the label \"{}\" is no number, though others are", displayText(texts[i])));
        if (*label < 0 || *label > std::numeric_limits<int32_t>::max())
            throwBadLine(where, table.rows[i].line, fmt::format("the label {} is out of range", *label));
        table.rows[i].label = *label;
    }
}

} // namespace

LabelTable parseLabelCsv(std::string_view text, const std::string& where) {
    LabelTable table;
    std::vector<std::string> texts;
    bool first = true;
    for (CsvRow& row : parseCsv(text, where)) {
        const bool maybeHeader = std::exchange(first, false);
        if (row.fields.size() != 2)
            throwBadLine(where, row.line, fmt::format("2 fields expected, {} found", row.fields.size()));
        if (maybeHeader && !hasPictureName(row.fields[0]) && !wholeNumber(row.fields[1]))
            continue;
        if (row.fields[0].empty() || row.fields[1].empty())
            throwBadLine(where, row.line, "a field is empty");
        std::string& file = row.fields[0];
        table.rows.push_back({file.starts_with("./") ? file.substr(2) : std::move(file), -1, row.line});
        texts.push_back(std::move(row.fields[1]));
    }
    assignLabels(table, texts, where);
    return table;
}

namespace {

bool hasExtension(std::string_view name, std::initializer_list<std::string_view> known) {
    const size_t slash = name.rfind('/');
    const std::string_view file = slash == std::string_view::npos ? name : name.substr(slash + 1);
    const size_t dot = file.rfind('.');
    if (file.starts_with('.') || dot == std::string_view::npos)
        return false;
    std::string extension(file.substr(dot + 1));
    for (char& c : extension)
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
    return std::ranges::find(known, extension) != known.end();
}

} // namespace

bool hasPictureName(std::string_view name) {
    return hasExtension(name, {"png", "jpg", "jpeg"});
}

bool hasSoundName(std::string_view name) {
    return hasExtension(name, {"wav", "flac", "ogg", "aif", "aiff"});
}

std::vector<SampleInfo> numbered(int64_t count, const std::vector<int64_t>& labels) {
    std::vector<SampleInfo> samples;
    for (int64_t i = 0; i < count; ++i)
        samples.push_back({fmt::format("#{}", i), labels.empty() ? -1 : labels[static_cast<size_t>(i)]});
    return samples;
}

void checkLabels(const std::vector<int64_t>& labels, int64_t count, SampleKind kind, const std::string& where) {
    const std::string samples = wordFor(kind, count);
    if (static_cast<int64_t>(labels.size()) != count)
        throw Error(ErrorCode::BadInput,
                    fmt::format("{}: holds {} labels for {} {}. Choose the labels that belong to these {}.", where,
                                labels.size(), count, samples, samples),
                    where);
    for (size_t i = 0; i < labels.size(); ++i)
        if (labels[i] < 0 || labels[i] > std::numeric_limits<int32_t>::max())
            throw Error(ErrorCode::BadInput,
                        fmt::format("{}: label {} of {} {} is out of range. Labels count from 0.", where, labels[i],
                                    wordFor(kind, 1), i),
                        where);
}

LabelledNames labelsFromTable(const std::vector<std::string>& names, const LabelTable& table,
                              const std::string& tableWhere) {
    std::map<std::string_view, const LabelledFile*> byFile;
    for (const LabelledFile& row : table.rows)
        if (!byFile.emplace(row.file, &row).second)
            throwBadLine(tableWhere, row.line, fmt::format("{} is listed twice", displayText(row.file)));
    LabelledNames result{{}, table.classNames};
    for (const std::string& name : names) {
        const auto found = byFile.find(name);
        if (found == byFile.end())
            throw Error(ErrorCode::BadInput,
                        fmt::format("{}: has no label for {}; it labels {} files of {}. Add the label, or "
                                    "choose the label file itself as the data set to use only what it lists.",
                                    tableWhere, displayText(name), table.rows.size(), names.size()),
                        tableWhere);
        result.samples.push_back({displayText(name), found->second->label});
        byFile.erase(found);
    }
    if (!byFile.empty()) {
        const LabelledFile& row = *byFile.begin()->second;
        throwBadLine(tableWhere, row.line, fmt::format("there is no file {}", displayText(row.file)));
    }
    return result;
}

LabelledNames labelsFromFolders(const std::vector<std::string>& names, const std::vector<std::string>& folders,
                                const std::string& where) {
    const auto inFolder = [](const std::string& name) { return name.find('/') != std::string::npos; };
    const auto labelled = std::find_if(names.begin(), names.end(), inFolder);
    const auto loose = std::find_if_not(names.begin(), names.end(), inFolder);
    LabelledNames result;
    if (labelled == names.end()) {
        for (const std::string& name : names)
            result.samples.push_back({displayText(name), -1});
        return result;
    }
    if (loose != names.end())
        throw Error(ErrorCode::BadInput,
                    fmt::format("{}: the file {} lies beside class folders such as that of {}. Move one kind away.",
                                where, displayText(*loose), displayText(*labelled)),
                    where);

    const bool numbered = std::all_of(folders.begin(), folders.end(), [](const std::string& folder) {
        const auto label = wholeNumber(folder);
        return label && *label >= 0 && *label <= std::numeric_limits<int32_t>::max();
    });
    std::map<std::string_view, int64_t> labels;
    for (const std::string& folder : folders) {
        labels.emplace(folder, numbered ? *wholeNumber(folder) : static_cast<int64_t>(labels.size()));
        if (!numbered)
            result.classNames.push_back(displayText(folder));
    }
    for (const std::string& name : names) {
        const size_t slash = name.find('/');
        if (name.find('/', slash + 1) != std::string::npos)
            throw Error(ErrorCode::BadInput,
                        fmt::format("{}: the file {} lies deeper than a class folder. Choose what holds the class "
                                    "folders.",
                                    where, displayText(name)),
                        where);
        result.samples.push_back({displayText(name), labels.at(std::string_view(name).substr(0, slash))});
    }
    return result;
}

} // namespace halftone
