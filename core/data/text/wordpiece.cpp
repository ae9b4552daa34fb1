// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/text/wordpiece.h"

#include <algorithm>
#include <utility>

namespace halftone {

namespace {

class WordPiece final : public Tokenizer {
public:
    explicit WordPiece(WordPieceSettings settings)
        : m_unknownId(settings.unknownId), m_maxCharacters(settings.maxCharactersPerWord),
          m_splits(std::move(settings.splits)), m_special(std::move(settings.special)), m_padId(settings.padId) {
        const auto count = [&](int64_t id) { m_vocabulary = std::max(m_vocabulary, id + 1); };
        std::vector<PrefixIndex::Entry> following;
        for (const PrefixIndex::Entry& entry : settings.vocabulary) {
            count(entry.id);
            if (entry.text.starts_with(settings.continuingPrefix))
                following.push_back({entry.text.substr(settings.continuingPrefix.size()), entry.id});
        }
        for (const AddedToken& token : settings.addedTokens)
            count(token.id);
        for (const auto& parts : {m_special.single, m_special.both})
            for (const TokenPart& part : parts)
                count(part.id);
        count(m_padId);
        m_first = PrefixIndex(std::move(settings.vocabulary));
        m_following = PrefixIndex(std::move(following));
        m_added = AddedTokens(std::move(settings.addedTokens), std::move(settings.normalizations));
    }

    Tokens encode(std::string_view text, std::string_view pair, int64_t maxLength) const override {
        const std::vector<int64_t> ids = idsOf(text);
        const std::vector<int64_t> pairIds = pair.empty() ? std::vector<int64_t>{} : idsOf(pair);
        return assemble(m_special, ids, pair.empty() ? nullptr : &pairIds, maxLength);
    }

    int64_t padId() const override { return m_padId; }
    std::string kind() const override { return "wordpiece"; }
    int64_t vocabulary() const override { return m_vocabulary; }

private:
    std::vector<int64_t> idsOf(std::string_view text) const {
        std::vector<int64_t> ids;
        for (const TextPart& part : m_added.split(text)) {
            if (part.id >= 0)
                ids.push_back(part.id);
            else
                for (const std::string_view word : splitWords(m_splits, part.text))
                    appendWord(word, ids);
        }
        return ids;
    }

    /// The longest pieces from the left; a word with a rest that is none is unknown as a whole.
    void appendWord(std::string_view word, std::vector<int64_t>& ids) const {
        const size_t before = ids.size();
        bool known = characterCount(word) <= m_maxCharacters;
        for (size_t place = 0; known && place < word.size();) {
            const PrefixIndex& index = place == 0 ? m_first : m_following;
            const PrefixIndex::Match piece = index.longest(word.substr(place));
            known = piece.length > 0;
            place += piece.length;
            ids.push_back(piece.id);
        }
        if (!known) {
            ids.resize(before);
            ids.push_back(m_unknownId);
        }
    }

    PrefixIndex m_first, m_following; // of the first piece of a word, and of the others without their prefix
    int64_t m_unknownId;
    int64_t m_maxCharacters;
    std::vector<WordSplit> m_splits;
    AddedTokens m_added;
    SpecialTokens m_special;
    int64_t m_padId;
    int64_t m_vocabulary = 0;
};

} // namespace

std::unique_ptr<Tokenizer> makeWordPiece(WordPieceSettings settings) {
    return std::make_unique<WordPiece>(std::move(settings));
}

} // namespace halftone
