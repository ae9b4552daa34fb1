// SPDX-License-Identifier: GPL-3.0-or-later
// Tokens that are found in a text as they stand, before it is cut into words: special tokens and those added later.
#pragma once

#include "core/data/text/normalizer.h"
#include "core/data/text/prefix_index.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace halftone {

struct AddedToken {
    std::string content;
    int64_t id = 0;
    bool singleWord = false; // found only where no letter or digit is beside it
    bool leftStrip = false;  // takes the white space before it
    bool rightStrip = false; // takes the white space behind it
    bool normalized = false; // looked for, itself normalized, in the normalized text instead of the raw one
};

/// Part of a text: an added token, or text that is normalized.
struct TextPart {
    std::string text;
    int64_t id = -1; // of the added token; -1: text
};

class AddedTokens {
public:
    AddedTokens() = default;
    AddedTokens(std::vector<AddedToken> tokens, std::vector<Normalization> steps);

    /// Of tokens that begin at one place the longest is found.
    std::vector<TextPart> split(std::string_view text) const;

private:
    struct Piece {
        std::string_view text;
        int64_t id = -1;
    };
    std::vector<Piece> pieces(const PrefixIndex& index, std::string_view text) const;

    std::vector<AddedToken> m_tokens;
    std::vector<Normalization> m_steps;
    PrefixIndex m_raw, m_normalized; // to places in m_tokens
};

} // namespace halftone
