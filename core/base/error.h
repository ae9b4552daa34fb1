// SPDX-License-Identifier: GPL-3.0-or-later
// The one exception of Halftone's core. Front ends turn it into a sentence and an exit code.
#pragma once

#include <stdexcept>
#include <string>

namespace halftone {

enum class ErrorCode {
    BadInput,    // a file or data set is damaged or contradicts itself
    Unsupported, // valid, but Halftone cannot run it; the message names the layer
    Io,          // a file cannot be read or written
    Limit,       // it would need more memory or time than allowed
    Usage,       // the options contradict each other
    Internal,    // a defect of Halftone
};

/// Stable lower-case name of `code`, used in JSON ("bad-input", "unsupported", ...).
const char* name(ErrorCode code);

/// `message` is a complete sentence for the user: file, place, cause, what to do. `where` is the place
/// alone (a file, a node), so that a front end can show it apart; it may be empty.
class Error : public std::runtime_error {
public:
    Error(ErrorCode code, const std::string& message, std::string where = {})
        : std::runtime_error(message), m_code(code), m_where(std::move(where)) {}

    ErrorCode code() const { return m_code; }
    std::string message() const { return what(); }
    const std::string& where() const { return m_where; }

private:
    ErrorCode m_code;
    std::string m_where;
};

} // namespace halftone
