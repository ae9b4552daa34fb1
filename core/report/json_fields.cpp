// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/json_fields.h"

#include <algorithm>

namespace halftone::json {

Json parse(std::string_view text, const std::string& source, std::string_view what) {
    try {
        return Json::parse(text);
    } catch (const Json::parse_error& error) {
        const size_t offset = std::min(error.byte, text.size());
        const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(offset), '\n');
        throw Error(ErrorCode::BadInput,
                    fmt::format("{} is not JSON: the text breaks off or is wrong at byte {} (line {}). Choose {}.",
                                displayText(source), error.byte, line, what),
                    displayText(source));
    } catch (const Json::out_of_range&) {
        throw Error(ErrorCode::BadInput,
                    fmt::format("{} holds a number that is too large. Choose {}.", displayText(source), what),
                    displayText(source));
    }
}

} // namespace halftone::json
