// SPDX-License-Identifier: GPL-3.0-or-later
// What a SentencePiece .model holds, as far as texts are encoded by it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace halftone {

struct SentencePieceModel {
    enum class Type { Normal = 1, Unknown, Control, UserDefined, Unused, Byte };
    struct Piece {
        std::string text;
        float score = 0; // of Unigram the logarithm of its probability, of BPE its rank
        Type type = Type::Normal;

        /// Whether it can stand for text.
        bool isOfText() const { return type == Type::Normal || type == Type::UserDefined || type == Type::Unused; }
    };
    enum class Method { Unigram = 1, Bpe, Word, Char };

    std::vector<Piece> pieces; // the number of a piece is its place
    int64_t unknownId = 0;
    Method method = Method::Unigram;
    bool byteFallback = false; // unknown characters become their bytes
    std::string startPiece = "<s>", endPiece = "</s>", padPiece = "<pad>";

    std::string characterMap; // replacements, see CharacterMap
    bool addDummyPrefix = true;
    bool removeExtraSpaces = true;
    bool escapeSpaces = true;   // as U+2581
    bool spaceAsSuffix = false; // the dummy prefix stands at the end
};

/// Throws Error{BadInput} naming `where` for a damaged model and for pieces that contradict each other, Error{Limit}
/// for more than 2,000,000 pieces.
SentencePieceModel readSentencePieceModel(std::string_view content, const std::string& where);

} // namespace halftone
