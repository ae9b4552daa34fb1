// SPDX-License-Identifier: GPL-3.0-or-later
// Characters of UTF-8 text, and the kinds that tokenizers tell apart.
//
// Hugging Face's tokenizers take categories from Unicode 8 and normal forms from Unicode 9; a character that came later
// is none of the kinds that a category makes. What follows Rust's own tables there (white space, lower case, words) is
// of ICU's Unicode here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace halftone {

/// The character at `place`, which moves behind it. Bytes that are no UTF-8 are U+FFFD.
char32_t nextCharacter(std::string_view text, size_t& place);
void appendCharacter(std::string& text, char32_t character);

/// Number of characters.
int64_t characterCount(std::string_view text);

/// Where the first byte stands that is no UTF-8.
std::optional<size_t> firstInvalidByte(std::string_view text);

bool isWhiteSpace(char32_t character);
/// Control, format and private use characters but tab, line feed and carriage return.
bool isControl(char32_t character);
/// Of ASCII all that is neither letter, digit, space nor control character.
bool isPunctuation(char32_t character);
/// An accent or the like, which takes no room of its own.
bool isNonspacingMark(char32_t character);
/// Any mark, with room of its own or without.
bool isMark(char32_t character);
/// An ideograph of the blocks that BERT cuts out of the text as words.
bool isIdeograph(char32_t character);
/// What \w of a regular expression matches.
bool isWordCharacter(char32_t character);

/// Character by character, without the rules for neighbours: every capital sigma is the one in the middle of a word.
void appendLowerCase(std::string& text, char32_t character);
/// Whether lower case changes it.
bool isUpperCase(char32_t character);

enum class NormalForm { NFC, NFD, NFKC, NFKD };
std::string normalized(NormalForm form, std::string_view text);

} // namespace halftone
