// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/labels.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/data/csv.h"

#include <algorithm>
#include <fmt/format.h>
#include <limits>
#include <map>
#include <utility>

namespace halftone {

namespace {

CsvSource labelSource(const std::string& where) {
    return {where, "Each line is \"file,label\"; mend the file."};
}

} // namespace

LabelTable parseLabelCsv(std::string_view text, const std::string& where) {
    const CsvSource source = labelSource(where);
    LabelTable table;
    std::vector<std::string> texts;
    std::vector<size_t> lines;
    bool first = true;
    CsvReader reader(text, source);
    for (CsvRow row; reader.next(row);) {
        const bool maybeHeader = std::exchange(first, false);
        if (row.fields.size() != 2)
            source.fail(row.line, fmt::format("2 fields expected, {} found", row.fields.size()));
        if (maybeHeader && !hasPictureName(row.fields[0]) && !wholeNumber(row.fields[1]))
            continue;
        if (row.fields[0].empty() || row.fields[1].empty())
            source.fail(row.line, "a field is empty");
        std::string& file = row.fields[0];
        table.rows.push_back({file.starts_with("./") ? file.substr(2) : std::move(file), -1, row.line});
        texts.push_back(std::move(row.fields[1]));
        lines.push_back(row.line);
    }
    NumberedLabels numbered = numberLabels(texts, lines, source);
    for (size_t i = 0; i < table.rows.size(); ++i)
        table.rows[i].label = numbered.labels[i];
    table.classNames = std::move(numbered.classNames);
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
            labelSource(tableWhere).fail(row.line, fmt::format("{} is listed twice", displayText(row.file)));
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
        labelSource(tableWhere).fail(row.line, fmt::format("there is no file {}", displayText(row.file)));
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
