// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/text/unicode.h"

#include "core/base/error.h"
#include "core/base/text.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <memory>
#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/uniset.h>
#include <unicode/utf8.h>

namespace halftone {

namespace {

constexpr int categoryVersion = 8, formVersion = 9;

bool isLaterThan(char32_t character, int version) {
    UVersionInfo age;
    u_charAge(static_cast<UChar32>(character), age);
    return age[0] > version;
}

/// The general category in Unicode 8.
int8_t categoryOf(char32_t character) {
    switch (character) { // those that have another one since
    case 0x166D:
    case 0x111C9: return U_OTHER_PUNCTUATION;
    case 0x1734: return U_NON_SPACING_MARK;
    case 0xA9BD: return U_COMBINING_SPACING_MARK;
    case 0x1885:
    case 0x1886: return U_OTHER_LETTER;
    default:
        return isLaterThan(character, categoryVersion) ? int8_t{U_UNASSIGNED}
                                                       : u_charType(static_cast<UChar32>(character));
    }
}

bool isOneOf(int8_t category, uint32_t mask) {
    return (U_MASK(category) & mask) != 0;
}

/// A normal form of the characters that Unicode had then; later ones are left as they are.
struct Former {
    std::unique_ptr<icu::UnicodeSet> known;
    std::unique_ptr<icu::FilteredNormalizer2> normalizer;
};

[[noreturn]] void throwIcu(UErrorCode code) {
    throw Error(ErrorCode::Internal, fmt::format("ICU cannot normalize text: {}.", u_errorName(code)));
}

Former makeFormer(const icu::Normalizer2* (*instance)(UErrorCode&)) {
    UErrorCode code = U_ZERO_ERROR;
    const icu::Normalizer2* all = instance(code);
    Former former;
    former.known =
        std::make_unique<icu::UnicodeSet>(icu::UnicodeString::fromUTF8(fmt::format("[:age={}.0:]", formVersion)), code);
    if (U_FAILURE(code))
        throwIcu(code);
    former.known->freeze();
    former.normalizer = std::make_unique<icu::FilteredNormalizer2>(*all, *former.known);
    return former;
}

const Former& formerOf(NormalForm form) {
    static const std::array<Former, 4> formers{
        makeFormer(icu::Normalizer2::getNFCInstance), makeFormer(icu::Normalizer2::getNFDInstance),
        makeFormer(icu::Normalizer2::getNFKCInstance), makeFormer(icu::Normalizer2::getNFKDInstance)};
    return formers[static_cast<size_t>(form)];
}

} // namespace

char32_t nextCharacter(std::string_view text, size_t& place) {
    const size_t length = utf8Length(text.substr(place));
    if (length == 0) {
        ++place;
        return U'\uFFFD';
    }
    const auto lead = static_cast<unsigned char>(text[place]);
    char32_t character = length == 1 ? lead : lead & (0x7Fu >> length);
    for (size_t i = 1; i < length; ++i)
        character = character << 6 | (static_cast<unsigned char>(text[place + i]) & 0x3Fu);
    place += length;
    return character;
}

void appendCharacter(std::string& text, char32_t character) {
    char bytes[U8_MAX_LENGTH];
    size_t length = 0;
    U8_APPEND_UNSAFE(bytes, length, character);
    text.append(bytes, length);
}

int64_t characterCount(std::string_view text) {
    int64_t count = 0;
    for (size_t place = 0; place < text.size(); ++count)
        nextCharacter(text, place);
    return count;
}

std::optional<size_t> firstInvalidByte(std::string_view text) {
    for (size_t place = 0; place < text.size();) {
        const size_t length = utf8Length(text.substr(place));
        if (length == 0)
            return place;
        place += length;
    }
    return std::nullopt;
}

bool isWhiteSpace(char32_t character) {
    return u_isUWhiteSpace(static_cast<UChar32>(character));
}

bool isControl(char32_t character) {
    if (character == '\t' || character == '\n' || character == '\r')
        return false;
    return isOneOf(categoryOf(character), U_GC_CC_MASK | U_GC_CF_MASK | U_GC_CO_MASK);
}

bool isPunctuation(char32_t character) {
    if (character < 0x80)
        return character > ' ' && character < 0x7F && !u_isalnum(static_cast<UChar32>(character));
    return isOneOf(categoryOf(character), U_GC_P_MASK);
}

bool isNonspacingMark(char32_t character) {
    return character >= 0x80 && categoryOf(character) == U_NON_SPACING_MARK;
}

bool isMark(char32_t character) {
    if (character == 0x111C9) // a mark since Unicode 11
        return false;
    if (character == 0x1CF2 || character == 0x1CF3) // letters since Unicode 12
        return true;
    return !isLaterThan(character, formVersion) && isOneOf(u_charType(static_cast<UChar32>(character)), U_GC_M_MASK);
}

bool isIdeograph(char32_t character) {
    struct Block {
        char32_t first, last;
    };
    // The sixth begins 256 characters later than its block in Unicode: networks were trained with it like this.
    static constexpr Block blocks[] = {{0x4E00, 0x9FFF},   {0x3400, 0x4DBF},   {0x20000, 0x2A6DF}, {0x2A700, 0x2B73F},
                                       {0x2B740, 0x2B81F}, {0x2B920, 0x2CEAF}, {0xF900, 0xFAFF},   {0x2F800, 0x2FA1F}};
    return std::ranges::any_of(blocks,
                               [&](const Block& block) { return character >= block.first && character <= block.last; });
}

bool isWordCharacter(char32_t character) {
    const auto c = static_cast<UChar32>(character);
    return u_hasBinaryProperty(c, UCHAR_ALPHABETIC) || u_hasBinaryProperty(c, UCHAR_JOIN_CONTROL) ||
           isOneOf(u_charType(c), U_GC_M_MASK | U_GC_ND_MASK | U_GC_PC_MASK);
}

void appendLowerCase(std::string& text, char32_t character) {
    if (character == 0x130) // the one character whose lower case is two: i with a dot above
        text += "i\xCC\x87";
    else
        appendCharacter(text, static_cast<char32_t>(u_tolower(static_cast<UChar32>(character))));
}

bool isUpperCase(char32_t character) {
    return u_tolower(static_cast<UChar32>(character)) != static_cast<UChar32>(character);
}

std::string normalized(NormalForm form, std::string_view text) {
    std::string out;
    icu::StringByteSink<std::string> sink(&out);
    UErrorCode code = U_ZERO_ERROR;
    formerOf(form).normalizer->normalizeUTF8(0, {text.data(), static_cast<int32_t>(text.size())}, sink, nullptr, code);
    if (U_FAILURE(code))
        throwIcu(code);
    return out;
}

} // namespace halftone
