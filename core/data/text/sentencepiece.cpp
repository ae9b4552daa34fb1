// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/text/sentencepiece.h"

#include "core/data/text/other_tokenizer.h"
#include "core/data/text/sentencepiece_model.h"
#include "core/data/text/sentencepiece_normalizer.h"
#include "core/data/text/sentencepiece_split.h"
#include "core/data/text/special_tokens.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <optional>
#include <utility>

namespace halftone {

namespace {

using Method = SentencePieceModel::Method;
using Type = SentencePieceModel::Type;
using What = TokenPart::What;

class SentencePiece final : public Tokenizer {
public:
    SentencePiece(SentencePieceModel model, const std::string& where)
        : m_model(std::move(model)), m_normalizer(m_model, where), m_special(specialTokens()) {
        const auto userDefined = [this](std::string_view text) { return m_normalizer.userDefined(text); };
        m_split = m_model.method == Method::Bpe ? makeBpeSplit(m_model, userDefined) : makeUnigramSplit(m_model);
        for (size_t i = 0; m_model.byteFallback && i < m_byteIds.size(); ++i)
            m_byteIds[i] = find(fmt::format("<0x{:02X}>", i)).value_or(m_model.unknownId);
    }

    Tokens encode(std::string_view text, std::string_view pair, int64_t maxLength) const override {
        const std::vector<int64_t> ids = idsOf(text);
        const std::vector<int64_t> pairIds = pair.empty() ? std::vector<int64_t>{} : idsOf(pair);
        return assemble(m_special, ids, pair.empty() ? nullptr : &pairIds, maxLength);
    }

    int64_t padId() const override {
        for (const std::string& name : {m_model.padPiece, std::string("[PAD]")})
            if (const auto id = find(name))
                return *id;
        return 0;
    }
    std::string kind() const override { return "sentencepiece"; }
    int64_t vocabulary() const override { return static_cast<int64_t>(m_model.pieces.size()); }

private:
    std::optional<int64_t> find(std::string_view text) const {
        const auto found = std::ranges::find(m_model.pieces, text, &SentencePieceModel::Piece::text);
        if (found == m_model.pieces.end())
            return std::nullopt;
        return found - m_model.pieces.begin();
    }

    /// The number of a piece that stands for no text.
    std::optional<int64_t> findControl(std::string_view text) const {
        const auto isIt = [&](const SentencePieceModel::Piece& piece) {
            return piece.type == Type::Control && piece.text == text;
        };
        const auto found = std::ranges::find_if(m_model.pieces, isIt);
        if (found == m_model.pieces.end())
            return std::nullopt;
        return found - m_model.pieces.begin();
    }

    SpecialTokens specialTokens() const {
        const auto cls = find("[CLS]"), sep = find("[SEP]");
        if (cls && sep)
            return bertTokens(*cls, *sep);
        SpecialTokens special{.single = {}, .both = {}};
        const auto start = findControl(m_model.startPiece), end = findControl(m_model.endPiece);
        for (auto* parts : {&special.single, &special.both}) {
            if (start)
                parts->push_back({What::Special, *start});
            for (const What what : {What::Text, What::Pair}) {
                if (what == What::Pair && parts == &special.single)
                    continue;
                parts->push_back({what});
                if (end)
                    parts->push_back({What::Special, *end});
            }
        }
        return special;
    }

    std::vector<int64_t> idsOf(std::string_view text) const {
        const std::string normalized = m_normalizer.normalized(text);
        std::vector<int64_t> ids;
        bool unknownBefore = false;
        for (const TextPiece& piece : m_split->split(normalized)) {
            const bool unknown = piece.id == m_model.unknownId;
            if (unknown && m_model.byteFallback)
                for (const char byte : piece.text)
                    ids.push_back(m_byteIds[static_cast<unsigned char>(byte)]);
            else if (!unknown || !unknownBefore) // what is unknown in a row is one token
                ids.push_back(piece.id);
            unknownBefore = unknown;
        }
        return ids;
    }

    SentencePieceModel m_model;
    SentencePieceNormalizer m_normalizer;
    SpecialTokens m_special;
    std::unique_ptr<PieceSplit> m_split;
    std::array<int64_t, 256> m_byteIds = {};
};

} // namespace

bool isSentencePiece(std::string_view content) {
    // The first field is the first piece, whose first field is its text.
    return content.size() > 2 && content[0] == '\n' && content[2] == '\n';
}

std::unique_ptr<Tokenizer> openSentencePiece(std::string_view content, const std::string& where) {
    SentencePieceModel model = readSentencePieceModel(content, where);
    if (model.method == Method::Word || model.method == Method::Char)
        refuseTokenizer(where, fmt::format("the SentencePiece model is one of {}",
                                           model.method == Method::Word ? "words" : "characters"));
    return std::make_unique<SentencePiece>(std::move(model), where);
}

} // namespace halftone
