// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/text.h"

#include "core/base/error.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <fmt/format.h>

namespace halftone {

namespace {

std::string escaped(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const size_t length = utf8Length(text);
        const unsigned char byte = static_cast<unsigned char>(text[0]);
        if (length == 0 || (length == 1 && (byte < 0x20 || byte == 0x7F))) {
            out += fmt::format("\\x{:02X}", byte);
            text.remove_prefix(1);
        } else {
            out += text.substr(0, length);
            text.remove_prefix(length);
        }
    }
    return out;
}

/// Moves `position` back to the start of a UTF-8 sequence.
size_t boundary(std::string_view text, size_t position) {
    while (position > 0 && position < text.size() && (static_cast<unsigned char>(text[position]) & 0xC0) == 0x80)
        --position;
    return position;
}

} // namespace

size_t utf8Length(std::string_view text) {
    if (text.empty())
        return 0;
    const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char lead = byte(0);
    if (lead < 0x80)
        return 1;
    const size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC2 ? 2 : 0;
    if (length == 0 || lead > 0xF4 || text.size() < length)
        return 0;
    for (size_t i = 1; i < length; ++i)
        if ((byte(i) & 0xC0) != 0x80)
            return 0;
    const unsigned char second = byte(1); // overlong forms, surrogates, beyond U+10FFFF
    if ((lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F) || (lead == 0xF0 && second < 0x90) ||
        (lead == 0xF4 && second > 0x8F))
        return 0;
    return length;
}

std::string displayText(std::string_view text, size_t maxBytes) {
    const size_t half = maxBytes / 2;
    if (text.size() <= maxBytes)
        return escaped(text);
    return escaped(text.substr(0, boundary(text, half))) + "..." +
           escaped(text.substr(boundary(text, text.size() - half)));
}

std::string join(const std::vector<std::string>& parts, std::string_view separator) {
    return fmt::format("{}", fmt::join(parts, separator));
}

std::string shapeText(const std::vector<int64_t>& dims) {
    if (dims.empty())
        return "scalar";
    std::string out;
    for (int64_t dim : dims) {
        if (!out.empty())
            out += 'x';
        out += dim < 0 ? std::string("?") : std::to_string(dim);
    }
    return out;
}

std::string roundedCount(int64_t count) {
    static constexpr const char* powers[] = {"", " k", " M", " G", " T", " P", " E"};
    if (count < 1000)
        return std::to_string(count);
    double value = static_cast<double>(count);
    size_t power = 0;
    for (; value >= 999.5; value /= 1000) // 999.5 would be shown as 1000
        ++power;
    return fmt::format("{:.{}f}{}", value, value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2, powers[power]);
}

std::string threeDigits(double value) {
    return threeDigitsOf(value, value);
}

std::string threeDigitsOf(double part, double whole) {
    if (whole == 0 || !std::isfinite(whole) || !std::isfinite(part))
        return fmt::format("{}", part);
    // Rounded first, so that 9.996 is "10.0" and not "10.00".
    const std::string rounded = fmt::format("{:.2e}", whole);
    const int magnitude = std::stoi(rounded.substr(rounded.find('e') + 1));
    std::string text = fmt::format("{:.{}f}", part, std::clamp(2 - magnitude, 0, 12));
    const bool minusNothing = text.front() == '-' && text.find_first_not_of("-0.") == std::string::npos;
    return minusNothing ? text.substr(1) : text;
}

std::string percentage(double share) {
    return fmt::format("{:.1f}", std::round(1000 * share) / 10);
}

template <class Number> static Number parseWhole(std::string_view text, std::string_view what, const char* kind) {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size())
        throw Error(ErrorCode::Usage, fmt::format("{}: \"{}\" is not {}.", what, displayText(text), kind));
    return value;
}

double parseNumber(std::string_view text, std::string_view what) {
    return parseWhole<double>(text, what, "a number");
}

int64_t parseInteger(std::string_view text, std::string_view what) {
    return parseWhole<int64_t>(text, what, "a whole number");
}

} // namespace halftone
