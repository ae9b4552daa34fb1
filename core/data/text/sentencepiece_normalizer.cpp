// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/text/sentencepiece_normalizer.h"

#include "core/base/error.h"
#include "core/data/text/unicode.h"

#include <cstring>
#include <fmt/format.h>

namespace halftone {

namespace {

constexpr size_t maxNormalizedBytes = size_t{64} << 20;
constexpr std::string_view kReplacementCharacter = "\xEF\xBF\xBD"; // U+FFFD
constexpr std::string_view kSpaceSymbol = "\xE2\x96\x81";          // U+2581

// A unit of the double array: either a value (highest bit) or a label, an offset and whether a value belongs to it.
constexpr uint32_t valueBit = 1u << 31;

bool hasValue(uint32_t unit) {
    return (unit >> 8 & 1) != 0;
}

/// A value has its highest bit here, so it is no label of a byte.
uint32_t labelOf(uint32_t unit) {
    return unit & (valueBit | 0xFF);
}

size_t offsetOf(uint32_t unit) {
    return size_t{unit >> 10} << ((unit & 1u << 9) >> 6);
}

} // namespace

CharacterMap::CharacterMap(std::string_view bytes, const std::string& where) {
    if (bytes.empty())
        return;
    const auto number = [&](size_t place) {
        uint32_t value = 0;
        for (size_t i = 0; i < 4; ++i)
            value |= uint32_t{static_cast<unsigned char>(bytes[place + i])} << (8 * i);
        return value;
    };
    const size_t arrayBytes = bytes.size() < 4 ? 0 : number(0);
    if (arrayBytes == 0 || arrayBytes % 4 != 0 || arrayBytes > bytes.size() - 4)
        throw Error(
            ErrorCode::BadInput,
            fmt::format("{}: the SentencePiece model is damaged: its table of characters has {} bytes, {} of them "
                        "said to be the index. Get the .model of the network again.",
                        where, bytes.size(), arrayBytes),
            where);
    for (size_t place = 4; place < 4 + arrayBytes; place += 4)
        m_units.push_back(number(place));
    m_texts = bytes.substr(4 + arrayBytes);
}

CharacterMap::Replacement CharacterMap::find(std::string_view text) const {
    Replacement found;
    if (m_units.empty())
        return found;
    size_t place = offsetOf(m_units[0]);
    for (size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        place ^= byte;
        if (place >= m_units.size() || labelOf(m_units[place]) != byte)
            break;
        const uint32_t unit = m_units[place];
        place ^= offsetOf(unit);
        if (!hasValue(unit) || place >= m_units.size())
            continue;
        const size_t begin = m_units[place] & ~valueBit;
        if (begin < m_texts.size())
            found = {i + 1, std::string_view(m_texts.c_str() + begin)};
    }
    return found;
}

SentencePieceNormalizer::SentencePieceNormalizer(const SentencePieceModel& model, const std::string& where)
    : m_map(model.characterMap, where), m_space(model.escapeSpaces ? kSpaceSymbol : " "),
      m_dummyPrefix(model.addDummyPrefix), m_removeExtraSpaces(model.removeExtraSpaces),
      m_spaceAsSuffix(model.spaceAsSuffix), m_where(where) {
    std::vector<PrefixIndex::Entry> entries;
    for (const SentencePieceModel::Piece& piece : model.pieces)
        if (piece.type == SentencePieceModel::Type::UserDefined)
            entries.push_back({piece.text, 0});
    m_userDefined = PrefixIndex(std::move(entries));
}

SentencePieceNormalizer::Part SentencePieceNormalizer::firstPart(std::string_view text) const {
    if (const size_t length = userDefined(text); length > 0)
        return {length, text.substr(0, length)};
    if (const auto [length, replacement] = m_map.find(text); length > 0)
        return {length, replacement};
    size_t length = 0;
    const bool valid = nextCharacter(text, length) != 0xFFFD || text.starts_with(kReplacementCharacter);
    return valid ? Part{length, text.substr(0, length)} : Part{1, kReplacementCharacter};
}

std::string SentencePieceNormalizer::normalized(std::string_view text) const {
    std::string out;
    if (m_removeExtraSpaces)
        for (Part part; !text.empty() && (part = firstPart(text)).text == " ";)
            text.remove_prefix(part.length);
    if (text.empty())
        return out;
    if (m_dummyPrefix && !m_spaceAsSuffix)
        out += m_space;
    bool skipSpaces = m_removeExtraSpaces;
    while (!text.empty()) {
        const Part part = firstPart(text);
        text.remove_prefix(part.length);
        std::string_view rest = part.text;
        while (skipSpaces && rest.starts_with(' '))
            rest.remove_prefix(1);
        for (const char c : rest)
            out += c == ' ' ? m_space : std::string_view(&c, 1);
        if (!rest.empty())
            skipSpaces = m_removeExtraSpaces && rest.ends_with(' ');
        if (out.size() > maxNormalizedBytes)
            throw Error(ErrorCode::Limit,
                        fmt::format("{}: the SentencePiece model makes more than {} MiB of a text. Shorten the text.",
                                    m_where, maxNormalizedBytes >> 20),
                        m_where);
    }
    while (m_removeExtraSpaces && out.ends_with(m_space))
        out.resize(out.size() - m_space.size());
    if (m_dummyPrefix && m_spaceAsSuffix)
        out += m_space;
    return out;
}

} // namespace halftone
