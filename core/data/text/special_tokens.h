// SPDX-License-Identifier: GPL-3.0-or-later
// The special tokens around one text or two, and the cut to a largest length.
#pragma once

#include "core/data/text/tokenizer.h"

#include <cstdint>
#include <span>
#include <vector>

namespace halftone {

/// One part of what a network gets: a special token, or a whole text in its place.
struct TokenPart {
    enum class What { Special, Text, Pair } what = What::Special;
    int64_t id = 0; // of the special token
    int64_t typeId = 0;
};

struct SpecialTokens {
    std::vector<TokenPart> single{{TokenPart::What::Text}};
    std::vector<TokenPart> both{{TokenPart::What::Text}, {TokenPart::What::Pair, 0, 1}};
};

/// [CLS] text [SEP], and pair [SEP] of type 1.
SpecialTokens bertTokens(int64_t cls, int64_t sep);

/// Without a second text for a null `pair`. Cuts as Tokenizer::encode says.
Tokens assemble(const SpecialTokens& special, std::span<const int64_t> text, const std::vector<int64_t>* pair,
                int64_t maxLength);

} // namespace halftone
