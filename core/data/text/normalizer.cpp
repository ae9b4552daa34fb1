// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/text/normalizer.h"

#include <algorithm>

namespace halftone {

namespace {

/// Calls visit(character, out) for every character of `text` and returns what that wrote to `out`.
template <class Visit> std::string eachCharacter(std::string_view text, Visit visit) {
    std::string out;
    out.reserve(text.size());
    for (size_t place = 0; place < text.size();)
        visit(nextCharacter(text, place), out);
    return out;
}

std::string cleaned(std::string_view text) {
    return eachCharacter(text, [](char32_t character, std::string& out) {
        if (character == 0 || character == 0xFFFD || isControl(character))
            return;
        appendCharacter(out, isWhiteSpace(character) ? U' ' : character);
    });
}

std::string withPartedIdeographs(std::string_view text) {
    return eachCharacter(text, [](char32_t character, std::string& out) {
        const bool parted = isIdeograph(character);
        if (parted)
            out += ' ';
        appendCharacter(out, character);
        if (parted)
            out += ' ';
    });
}

template <class IsOut> std::string without(IsOut isOut, std::string_view text) {
    return eachCharacter(text, [&](char32_t character, std::string& out) {
        if (!isOut(character))
            appendCharacter(out, character);
    });
}

std::string normalizedBy(const BertNormalization& step, std::string_view text) {
    std::string out(text);
    if (step.cleanText)
        out = cleaned(out);
    const bool ascii = std::ranges::all_of(out, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    if (step.partIdeographs && !ascii)
        out = withPartedIdeographs(out);
    if (step.stripAccents && !ascii)
        out = without(isNonspacingMark, normalized(NormalForm::NFD, out));
    if (step.lowerCase)
        out = eachCharacter(out, [](char32_t character, std::string& lower) { appendLowerCase(lower, character); });
    return out;
}

std::string normalizedBy(NormalForm form, std::string_view text) {
    return normalized(form, text);
}

std::string normalizedBy(LowerCase, std::string_view text) {
    return eachCharacter(text, [](char32_t character, std::string& out) { appendLowerCase(out, character); });
}

std::string normalizedBy(StripAccents, std::string_view text) {
    return without(isMark, text);
}

} // namespace

std::string normalized(const std::vector<Normalization>& steps, std::string_view text) {
    std::string out(text);
    for (const Normalization& step : steps)
        out = std::visit([&](const auto& each) { return normalizedBy(each, out); }, step);
    return out;
}

} // namespace halftone
