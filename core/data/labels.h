// SPDX-License-Identifier: GPL-3.0-or-later
// Labels of files: from the folders they lie in, or from a `file,label` CSV; and of samples in a row.
#pragma once

#include "core/data/dataset.h"

#include <string>
#include <string_view>
#include <vector>

namespace halftone {

struct LabelledFile {
    std::string file; // as written, without a leading "./"
    int64_t label = -1;
    size_t line = 0; // in the text, from 1
};

struct LabelTable {
    std::vector<LabelledFile> rows;      // in the order of the text
    std::vector<std::string> classNames; // empty when labels are numbers
};

/// The rows of a `file,label` CSV: UTF-8, with or without byte-order mark, header and quotes, LF or CRLF.
/// `where` names it in errors. Throws Error{BadInput} naming the line for rows without two fields or with a
/// bad label.
LabelTable parseLabelCsv(std::string_view text, const std::string& where);

/// ".png", ".jpg", ".jpeg" in any case; hidden files are not pictures.
bool hasPictureName(std::string_view name);

/// ".wav", ".flac", ".ogg", ".aif", ".aiff" in any case; hidden files are no sounds.
bool hasSoundName(std::string_view name);

struct LabelledNames {
    std::vector<SampleInfo> samples;
    std::vector<std::string> classNames;
};

/// "#0", "#1" ...; `labels` is empty or has one a sample.
std::vector<SampleInfo> numbered(int64_t count, const std::vector<int64_t>& labels);

/// Throws Error{BadInput} when there are not `count` labels, or one is negative or beyond int32.
void checkLabels(const std::vector<int64_t>& labels, int64_t count, SampleKind kind, const std::string& where);

/// Labels for files with these names (relative, "/"-separated, sorted), from the rows of `table`. Throws
/// when a file has no row or two, or a row has no file.
LabelledNames labelsFromTable(const std::vector<std::string>& names, const LabelTable& table,
                              const std::string& tableWhere);

/// Labels from the folder each name begins with; none when no name has one. `folders` are the class folders,
/// sorted, empty ones included. Throws Error{BadInput} when only some names have a folder, or more than one.
LabelledNames labelsFromFolders(const std::vector<std::string>& names, const std::vector<std::string>& folders,
                                const std::string& where);

} // namespace halftone
