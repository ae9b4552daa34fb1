// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/csv_writer.h"

namespace halftone {

Csv& Csv::text(std::string_view value) {
    separate();
    std::string guarded(value);
    if (!guarded.empty() && std::string_view("=+-@\t\r").find(guarded.front()) != std::string_view::npos)
        guarded.insert(guarded.begin(), '\'');
    if (guarded.find_first_of(",\"\r\n") == std::string::npos) {
        m_text += guarded;
        return *this;
    }
    m_text += '"';
    for (const char c : guarded) {
        if (c == '"')
            m_text += '"';
        m_text += c;
    }
    m_text += '"';
    return *this;
}

} // namespace halftone
