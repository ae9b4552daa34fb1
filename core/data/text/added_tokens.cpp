// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/text/added_tokens.h"

#include <algorithm>
#include <utility>

namespace halftone {

namespace {

bool beginsWithWord(std::string_view text) {
    size_t place = 0;
    return !text.empty() && isWordCharacter(nextCharacter(text, place));
}

/// Where the last character of `text`, which is not empty, begins.
size_t lastCharacter(std::string_view text) {
    size_t start = text.size() - 1;
    while (start > 0 && (static_cast<unsigned char>(text[start]) & 0xC0) == 0x80)
        --start;
    return start;
}

bool endsWithWord(std::string_view text) {
    return !text.empty() && beginsWithWord(text.substr(lastCharacter(text)));
}

size_t leadingSpace(std::string_view text) {
    size_t end = 0;
    for (size_t place = 0; place < text.size() && isWhiteSpace(nextCharacter(text, place));)
        end = place;
    return end;
}

/// Where the white space at the end of `text` begins.
size_t trailingSpace(std::string_view text) {
    while (!text.empty()) {
        const size_t start = lastCharacter(text);
        size_t place = start;
        if (!isWhiteSpace(nextCharacter(text, place)))
            break;
        text = text.substr(0, start);
    }
    return text.size();
}

} // namespace

AddedTokens::AddedTokens(std::vector<AddedToken> tokens, std::vector<Normalization> steps)
    : m_tokens(std::move(tokens)), m_steps(std::move(steps)) {
    std::vector<PrefixIndex::Entry> raw, changed;
    for (size_t i = 0; i < m_tokens.size(); ++i) {
        const AddedToken& token = m_tokens[i];
        const auto place = static_cast<int64_t>(i);
        if (token.normalized)
            changed.push_back({halftone::normalized(m_steps, token.content), place});
        else
            raw.push_back({token.content, place});
    }
    m_raw = PrefixIndex(std::move(raw));
    m_normalized = PrefixIndex(std::move(changed));
}

std::vector<AddedTokens::Piece> AddedTokens::pieces(const PrefixIndex& index, std::string_view text) const {
    std::vector<Piece> pieces;
    size_t done = 0;
    for (size_t place = 0; place < text.size();) {
        const PrefixIndex::Match match = index.longest(text.substr(place));
        if (match.length == 0) {
            ++place;
            continue;
        }
        size_t begin = place, end = place + match.length;
        place = end;
        const AddedToken& token = m_tokens[static_cast<size_t>(match.id)];
        if (token.singleWord && (endsWithWord(text.substr(0, begin)) || beginsWithWord(text.substr(end))))
            continue;
        if (token.leftStrip)
            begin = std::max(trailingSpace(text.substr(0, begin)), done);
        if (token.rightStrip)
            end += leadingSpace(text.substr(end));
        if (begin >= end)
            continue; // a space that the token before has taken
        if (done < begin)
            pieces.push_back({text.substr(done, begin - done)});
        pieces.push_back({{}, token.id});
        done = end;
    }
    if (done < text.size())
        pieces.push_back({text.substr(done)});
    return pieces;
}

std::vector<TextPart> AddedTokens::split(std::string_view text) const {
    std::vector<TextPart> parts;
    for (const Piece& piece : pieces(m_raw, text)) {
        if (piece.id >= 0) {
            parts.push_back({{}, piece.id});
            continue;
        }
        const std::string changed = halftone::normalized(m_steps, piece.text);
        for (const Piece& part : pieces(m_normalized, changed))
            parts.push_back({std::string(part.text), part.id});
    }
    return parts;
}

} // namespace halftone
