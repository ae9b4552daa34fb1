// SPDX-License-Identifier: GPL-3.0-or-later
// Text that comes from files is hostile: it may hold control characters, invalid UTF-8 or be a megabyte long.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace halftone {

/// Length of the valid UTF-8 sequence at the start of `text`, 0 if there is none.
size_t utf8Length(std::string_view text);

/// `text` as valid UTF-8 on one line: control characters and invalid bytes are written \xNN, and text longer
/// than `maxBytes` is cut in the middle with "...".
std::string displayText(std::string_view text, size_t maxBytes = 256);

std::string join(const std::vector<std::string>& parts, std::string_view separator);

/// "12x3x227x227"; "scalar" for no dimensions, "?" for an unknown (negative) dimension.
std::string shapeText(const std::vector<int64_t>& dims);

/// Three significant digits with a power of 1000: "960", "37.2 M", "3.21 G".
std::string roundedCount(int64_t count);

/// Three significant digits without an exponent: "0.438", "17.2", "1040".
std::string threeDigits(double value);

/// With as many decimals as threeDigits(whole) has, so that the parts of a whole can be added up as they stand: of
/// "0.353", 0.00012 is "0.000".
std::string threeDigitsOf(double part, double whole);

/// A share as percent with one decimal, halves away from zero as the window rounds: 0.8625 -> "86.3".
std::string percentage(double share);

/// The whole of `text` as a number, independent of the locale; throws Error{Usage} naming `what` otherwise.
double parseNumber(std::string_view text, std::string_view what);
int64_t parseInteger(std::string_view text, std::string_view what);

} // namespace halftone
