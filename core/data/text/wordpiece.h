// SPDX-License-Identifier: GPL-3.0-or-later
// WordPiece, as BERT and its relatives have it.
#pragma once

#include "core/data/text/added_tokens.h"
#include "core/data/text/special_tokens.h"
#include "core/data/text/tokenizer.h"
#include "core/data/text/word_split.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace halftone {

struct WordPieceSettings {
    std::vector<PrefixIndex::Entry> vocabulary;
    int64_t unknownId = 0;               // of a word that its pieces do not make up
    std::string continuingPrefix = "##"; // before every piece of a word but the first
    int64_t maxCharactersPerWord = 100;  // longer words are unknown
    std::vector<Normalization> normalizations;
    std::vector<WordSplit> splits;
    std::vector<AddedToken> addedTokens;
    SpecialTokens special;
    int64_t padId = 0;
};

std::unique_ptr<Tokenizer> makeWordPiece(WordPieceSettings settings);

/// From Hugging Face's tokenizer.json and from vocab.txt. `where` names the file in errors, which are those of
/// openTokenizer.
WordPieceSettings readTokenizerJson(std::string_view text, const std::string& where);
WordPieceSettings readVocabularyText(std::string_view text, const std::string& where);

} // namespace halftone
