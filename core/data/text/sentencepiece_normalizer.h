// SPDX-License-Identifier: GPL-3.0-or-later
// What a SentencePiece model does to a text before it is cut into pieces.
#pragma once

#include "core/data/text/prefix_index.h"
#include "core/data/text/sentencepiece_model.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace halftone {

/// Replacements of a model: a double array that leads from the bytes of a text to places in a row of texts, each ended
/// by a NUL. Immutable.
class CharacterMap {
public:
    struct Replacement {
        size_t length = 0; // bytes of the text that it replaces; 0: none
        std::string_view text;
    };

    CharacterMap() = default;
    /// Throws Error{BadInput} naming `where` when the parts are not as long as they say.
    CharacterMap(std::string_view bytes, const std::string& where);

    /// For the longest beginning of `text` that has one.
    Replacement find(std::string_view text) const;

private:
    std::vector<uint32_t> m_units;
    std::string m_texts;
};

class SentencePieceNormalizer {
public:
    SentencePieceNormalizer(const SentencePieceModel& model, const std::string& where);

    /// Spaces as the model writes them. Throws Error{Limit} for more than 64 MiB.
    std::string normalized(std::string_view text) const;

    /// The longest user-defined piece that `text` begins with, which is never replaced.
    size_t userDefined(std::string_view text) const { return m_userDefined.longest(text).length; }

private:
    struct Part {
        size_t length; // bytes of the text
        std::string_view text;
    };
    Part firstPart(std::string_view text) const;

    CharacterMap m_map;
    PrefixIndex m_userDefined;
    std::string_view m_space; // what is written for one
    bool m_dummyPrefix, m_removeExtraSpaces, m_spaceAsSuffix;
    std::string m_where;
};

} // namespace halftone
