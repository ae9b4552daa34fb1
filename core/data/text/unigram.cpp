// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/text/prefix_index.h"
#include "core/data/text/sentencepiece_split.h"
#include "core/data/text/unicode.h"

#include <algorithm>
#include <limits>

namespace halftone {

namespace {

constexpr float unknownPenalty = 10; // below the least score

class Unigram final : public PieceSplit {
public:
    explicit Unigram(const SentencePieceModel& model) : m_model(model) {
        using Type = SentencePieceModel::Type;
        float least = std::numeric_limits<float>::max();
        std::vector<PrefixIndex::Entry> entries;
        for (size_t i = 0; i < model.pieces.size(); ++i) {
            const SentencePieceModel::Piece& piece = model.pieces[i];
            if (piece.type == Type::Normal || piece.type == Type::UserDefined)
                entries.push_back({piece.text, static_cast<int64_t>(i)});
            if (piece.type == Type::Normal)
                least = std::min(least, piece.score);
        }
        m_index = PrefixIndex(std::move(entries));
        m_unknownScore = least - unknownPenalty;
    }

    std::vector<TextPiece> split(std::string_view text) const override {
        // The best way to each place; sums as float, as the models were trained with.
        struct Way {
            int64_t id = -1;
            float score = 0;
            size_t from = 0;
        };
        std::vector<Way> ways(text.size() + 1);
        const auto offer = [&](size_t from, size_t to, int64_t id, float score) {
            Way& way = ways[to];
            const float sum = ways[from].score + score;
            if (way.id < 0 || sum > way.score)
                way = {id, sum, from};
        };
        for (size_t place = 0; place < text.size();) {
            size_t next = place;
            nextCharacter(text, next);
            bool single = false;
            m_index.eachPrefix(text.substr(place), [&](const PrefixIndex::Match& match) {
                single = single || place + match.length == next;
                offer(place, place + match.length, match.id, scoreOf(match.id));
            });
            if (!single)
                offer(place, next, m_model.unknownId, m_unknownScore);
            place = next;
        }
        std::vector<TextPiece> pieces;
        for (size_t end = text.size(); end > 0; end = ways[end].from)
            pieces.push_back({text.substr(ways[end].from, end - ways[end].from), ways[end].id});
        std::ranges::reverse(pieces);
        return pieces;
    }

private:
    float scoreOf(int64_t id) const {
        const SentencePieceModel::Piece& piece = m_model.pieces[static_cast<size_t>(id)];
        return piece.type == SentencePieceModel::Type::UserDefined ? -0.1f : piece.score;
    }

    const SentencePieceModel& m_model;
    PrefixIndex m_index;
    float m_unknownScore = 0;
};

} // namespace

std::unique_ptr<PieceSplit> makeUnigramSplit(const SentencePieceModel& model) {
    return std::make_unique<Unigram>(model);
}

} // namespace halftone
