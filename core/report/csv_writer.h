// SPDX-License-Identifier: GPL-3.0-or-later
// Text of a CSV table.
#pragma once

#include <fmt/format.h>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace halftone {

/// Rows of comma-separated cells, lines ended by CR LF as RFC 4180 says.
class Csv {
public:
    explicit Csv(const std::vector<std::string>& header) {
        for (const std::string& title : header)
            text(title);
        endRow();
    }

    /// A name from a model file never becomes a formula of the spreadsheet that opens it: what would be one gets an
    /// apostrophe in front.
    Csv& text(std::string_view value);

    /// Shortest text that reads back as the same number.
    template <class T> Csv& number(T value) {
        separate();
        m_text += fmt::format("{}", value);
        return *this;
    }

    template <class T> Csv& number(const std::optional<T>& value) { return value ? number(*value) : missing(); }

    /// All numbers in one cell, joined by spaces.
    template <class T> Csv& numbers(const std::vector<T>& values) {
        separate();
        m_text += fmt::format("{}", fmt::join(values, " "));
        return *this;
    }

    Csv& missing() {
        separate();
        return *this;
    }

    void endRow() {
        m_text += "\r\n";
        m_rowStarted = false;
    }

    std::string takeText() { return std::move(m_text); }

private:
    void separate() {
        if (m_rowStarted)
            m_text += ',';
        m_rowStarted = true;
    }

    std::string m_text;
    bool m_rowStarted = false;
};

} // namespace halftone
