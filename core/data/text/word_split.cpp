// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/text/word_split.h"

#include "core/data/text/unicode.h"

namespace halftone {

namespace {

/// Neighbours of one kind are one word, but for gaps, which are none, and what stands alone.
enum class Kind { Gap, Alone, Letter, Other };

Kind kindOf(WordSplit step, char32_t character) {
    if (step != WordSplit::Punctuation && isWhiteSpace(character))
        return Kind::Gap;
    if ((step == WordSplit::Bert || step == WordSplit::Punctuation) && isPunctuation(character))
        return Kind::Alone;
    return step == WordSplit::Whitespace && isWordCharacter(character) ? Kind::Letter : Kind::Other;
}

void split(WordSplit step, std::string_view text, std::vector<std::string_view>& words) {
    Kind before = Kind::Gap;
    size_t begin = 0;
    for (size_t place = 0; place < text.size();) {
        const size_t start = place;
        const Kind kind = kindOf(step, nextCharacter(text, place));
        if (kind != before || kind == Kind::Alone) {
            if (before != Kind::Gap)
                words.push_back(text.substr(begin, start - begin));
            begin = start;
        }
        before = kind;
    }
    if (before != Kind::Gap)
        words.push_back(text.substr(begin));
}

} // namespace

std::vector<std::string_view> splitWords(const std::vector<WordSplit>& steps, std::string_view text) {
    std::vector<std::string_view> words;
    if (!text.empty())
        words.push_back(text);
    for (const WordSplit step : steps) {
        std::vector<std::string_view> parts;
        for (const std::string_view word : words)
            split(step, word, parts);
        words = std::move(parts);
    }
    return words;
}

} // namespace halftone
