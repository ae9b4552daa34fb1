// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/text/sentencepiece_split.h"
#include "core/data/text/unicode.h"

#include <queue>
#include <unordered_map>
#include <utility>

namespace halftone {

namespace {

constexpr size_t none = static_cast<size_t>(-1);

class BytePair final : public PieceSplit {
public:
    BytePair(const SentencePieceModel& model, std::function<size_t(std::string_view)> userDefined)
        : m_model(model), m_userDefined(std::move(userDefined)) {
        for (size_t i = 0; i < model.pieces.size(); ++i)
            (model.pieces[i].isOfText() ? m_pieces : m_reserved).emplace(model.pieces[i].text, static_cast<int64_t>(i));
    }

    std::vector<TextPiece> split(std::string_view text) const override {
        Joining joining(*this, text);
        return joining.run();
    }

private:
    using Halves = std::unordered_map<std::string_view, std::pair<std::string_view, std::string_view>>;

    struct Symbol {
        size_t before = none, after = none;
        std::string_view text; // empty: joined to the one before it
        bool userDefined = false;
    };

    /// Two neighbours that are a piece together.
    struct Pair {
        size_t left, right;
        size_t length;
        float score;
        bool operator<(const Pair& other) const {
            return score < other.score || (score == other.score && left > other.left);
        }
    };

    class Joining {
    public:
        Joining(const BytePair& method, std::string_view text) : m_method(method) {
            while (!text.empty()) {
                size_t length = method.m_userDefined(text);
                const bool userDefined = length > 0;
                if (!userDefined)
                    nextCharacter(text, length);
                const size_t place = m_symbols.size();
                m_symbols.push_back({place == 0 ? none : place - 1, none, text.substr(0, length), userDefined});
                if (place > 0)
                    m_symbols[place - 1].after = place;
                text.remove_prefix(length);
            }
        }

        std::vector<TextPiece> run() {
            for (size_t i = 1; i < m_symbols.size(); ++i)
                offer(i - 1, i);
            while (!m_pairs.empty()) {
                const Pair pair = m_pairs.top();
                m_pairs.pop();
                Symbol& left = m_symbols[pair.left];
                Symbol& right = m_symbols[pair.right];
                // One of both may have been joined to another meanwhile.
                if (left.text.empty() || right.text.empty() || left.text.size() + right.text.size() != pair.length)
                    continue;
                left.text = {left.text.data(), pair.length};
                left.after = right.after;
                if (right.after != none)
                    m_symbols[right.after].before = pair.left;
                right.text = {};
                offer(left.before, pair.left);
                offer(pair.left, left.after);
            }
            std::vector<TextPiece> pieces;
            for (size_t i = m_symbols.empty() ? none : 0; i != none; i = m_symbols[i].after)
                append(m_symbols[i].text, pieces);
            return pieces;
        }

    private:
        void offer(size_t left, size_t right) {
            if (left == none || right == none || m_symbols[left].userDefined || m_symbols[right].userDefined)
                return;
            const std::string_view first = m_symbols[left].text, second = m_symbols[right].text;
            const std::string_view both(first.data(), first.size() + second.size());
            const auto found = m_method.m_pieces.find(both);
            if (found == m_method.m_pieces.end())
                return;
            const SentencePieceModel::Piece& piece = m_method.pieceOf(found->second);
            m_pairs.push({left, right, both.size(), piece.score});
            if (piece.type == SentencePieceModel::Type::Unused)
                m_halves.emplace(both, std::pair{first, second});
        }

        /// A piece that is not to be used becomes again what it was joined of.
        void append(std::string_view text, std::vector<TextPiece>& pieces) const {
            std::vector<std::string_view> waiting{text};
            while (!waiting.empty()) {
                const std::string_view next = waiting.back();
                waiting.pop_back();
                const int64_t id = m_method.idOf(next);
                const auto halves = m_halves.find(next);
                if (m_method.pieceOf(id).type != SentencePieceModel::Type::Unused || halves == m_halves.end()) {
                    pieces.push_back({next, id});
                    continue;
                }
                waiting.push_back(halves->second.second);
                waiting.push_back(halves->second.first);
            }
        }

        const BytePair& m_method;
        std::vector<Symbol> m_symbols;
        std::priority_queue<Pair> m_pairs;
        Halves m_halves;
    };

    const SentencePieceModel::Piece& pieceOf(int64_t id) const { return m_model.pieces[static_cast<size_t>(id)]; }

    int64_t idOf(std::string_view text) const {
        for (const auto* ids : {&m_reserved, &m_pieces})
            if (const auto found = ids->find(text); found != ids->end())
                return found->second;
        return m_model.unknownId;
    }

    const SentencePieceModel& m_model;
    std::function<size_t(std::string_view)> m_userDefined;
    std::unordered_map<std::string_view, int64_t> m_pieces, m_reserved; // views of the texts of the model
};

} // namespace

std::unique_ptr<PieceSplit> makeBpeSplit(const SentencePieceModel& model,
                                         std::function<size_t(std::string_view)> userDefined) {
    return std::make_unique<BytePair>(model, std::move(userDefined));
}

} // namespace halftone
