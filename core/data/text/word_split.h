// SPDX-License-Identifier: GPL-3.0-or-later
// Cuts a text into words, which a model then looks up one by one.
#pragma once

#include <string_view>
#include <vector>

namespace halftone {

enum class WordSplit {
    Bert,            // at white space; every punctuation character is a word
    Whitespace,      // at white space, and between letters or digits and all others
    WhitespaceSplit, // at white space
    Punctuation,     // every punctuation character is a word; white space stays
};

/// One step after the other; parts of `text`.
std::vector<std::string_view> splitWords(const std::vector<WordSplit>& steps, std::string_view text);

} // namespace halftone
