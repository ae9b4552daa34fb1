// SPDX-License-Identifier: GPL-3.0-or-later
// Rows of CSV and TSV texts, and the numbers of a column of labels.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace halftone {

struct CsvRow {
    size_t line = 0; // in the text, from 1
    std::vector<std::string> fields;
};

/// What errors say of a table: where it is, and what is to be done ("Each line is ...; mend the file.").
struct CsvSource {
    std::string where;
    std::string advice;
    /// Throws Error{BadInput} naming the line.
    [[noreturn]] void fail(size_t line, const std::string& what) const;
};

/// Row by row, with or without byte-order mark, LF or CRLF; empty lines are left out. With commas: RFC 4180, so a field
/// in quotes may hold lines. With tabs: a line is a row whatever its quotes, and a field loses its quotes where they
/// stand around the whole of it and are doubled inside.
class CsvReader {
public:
    /// `text` and `source` must outlive the reader.
    CsvReader(std::string_view text, const CsvSource& source, char separator = ',');
    /// False at the end. Throws Error{BadInput} naming the line for a quoted field that does not end and a row of more
    /// than 1,000 fields.
    bool next(CsvRow& row);

private:
    std::string quoted(size_t rowLine);

    std::string_view m_text;
    const CsvSource& m_source;
    char m_separator;
    size_t m_place = 0;
    size_t m_line = 1;
};

/// The whole of `text` as a number.
std::optional<int64_t> wholeNumber(std::string_view text);

struct NumberedLabels {
    std::vector<int64_t> labels;
    std::vector<std::string> classNames; // fit for display; empty when the texts are numbers
};

/// Numbers when all texts are numbers, else the place of each text among the sorted distinct ones. `lines` has the line
/// of each text. Throws Error{BadInput} naming the line of a label that is out of range, or no number though others
/// are.
NumberedLabels numberLabels(const std::vector<std::string>& texts, const std::vector<size_t>& lines,
                            const CsvSource& source);

} // namespace halftone
