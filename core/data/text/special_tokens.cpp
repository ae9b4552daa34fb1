// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/text/special_tokens.h"

#include "core/base/error.h"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace halftone {

namespace {

using What = TokenPart::What;

/// Longest first: the longer of both is cut to the length of the other, then both to halves; an odd token more goes to
/// the one that was longer, to the second where both were equally long.
std::pair<size_t, size_t> cutBoth(size_t text, size_t pair, size_t room) {
    if (text + pair <= room)
        return {text, pair};
    const bool swapped = text > pair;
    size_t shorter = std::min(text, pair);
    size_t longer = shorter > room ? shorter : std::max(shorter, room - shorter);
    if (shorter + longer > room) {
        shorter = room / 2;
        longer = shorter + room % 2;
    }
    return swapped ? std::pair{longer, shorter} : std::pair{shorter, longer};
}

} // namespace

SpecialTokens bertTokens(int64_t cls, int64_t sep) {
    return {.single = {{What::Special, cls}, {What::Text}, {What::Special, sep}},
            .both = {
                {What::Special, cls}, {What::Text}, {What::Special, sep}, {What::Pair, 0, 1}, {What::Special, sep, 1}}};
}

Tokens assemble(const SpecialTokens& special, std::span<const int64_t> text, const std::vector<int64_t>* pair,
                int64_t maxLength) {
    const std::vector<TokenPart>& parts = pair ? special.both : special.single;
    const auto isSpecial = [](const TokenPart& part) { return part.what == What::Special; };
    const auto added = std::ranges::count_if(parts, isSpecial);
    if (maxLength < added)
        throw Error(ErrorCode::Usage,
                    fmt::format("A length of {} has no room for the {} special tokens; allow more.", maxLength, added));
    const std::span<const int64_t> second = pair ? std::span<const int64_t>(*pair) : std::span<const int64_t>();
    const auto [textLength, pairLength] = cutBoth(text.size(), second.size(), static_cast<size_t>(maxLength - added));

    Tokens tokens;
    for (const TokenPart& part : parts) {
        if (isSpecial(part)) {
            tokens.ids.push_back(part.id);
            ++tokens.whole;
        } else {
            const bool first = part.what == What::Text;
            const std::span<const int64_t> whole = first ? text : second;
            const std::span<const int64_t> kept = whole.first(first ? textLength : pairLength);
            tokens.ids.insert(tokens.ids.end(), kept.begin(), kept.end());
            tokens.whole += static_cast<int64_t>(whole.size());
        }
        tokens.typeIds.resize(tokens.ids.size(), part.typeId);
    }
    return tokens;
}

} // namespace halftone
