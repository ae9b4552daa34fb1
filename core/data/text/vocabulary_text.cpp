// SPDX-License-Identifier: GPL-3.0-or-later
// vocab.txt, a token a line.
#include "core/base/error.h"
#include "core/data/text/wordpiece.h"

#include <algorithm>
#include <fmt/format.h>
#include <unordered_map>

namespace halftone {

namespace {

constexpr size_t maxTokens = 2'000'000;

bool hasUpperCase(std::string_view token) {
    if (token.starts_with('[') || token.starts_with('<')) // special in any vocabulary: [CLS], <S>
        return false;
    for (size_t place = 0; place < token.size();)
        if (isUpperCase(nextCharacter(token, place)))
            return true;
    return false;
}

} // namespace

WordPieceSettings readVocabularyText(std::string_view text, const std::string& where) {
    std::unordered_map<std::string, int64_t> ids;
    for (int64_t line = 0; !text.empty(); ++line) {
        const size_t end = std::min(text.find('\n'), text.size());
        std::string_view token = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (token.ends_with('\r'))
            token.remove_suffix(1);
        ids.insert_or_assign(std::string(token), line);
        if (ids.size() > maxTokens)
            throw Error(
                ErrorCode::Limit,
                fmt::format("{}: holds more than {} tokens. Choose the vocab.txt of the network.", where, maxTokens),
                where);
    }
    const auto idOf = [&](const char* token) {
        const auto found = ids.find(token);
        if (found == ids.end())
            throw Error(
                ErrorCode::BadInput,
                fmt::format("{}: has no line {}, which the ids of a text need. Choose the tokenizer.json or the "
                            "whole vocab.txt of the network.",
                            where, token),
                where);
        return found->second;
    };

    WordPieceSettings settings;
    settings.unknownId = idOf("[UNK]");
    settings.special = bertTokens(idOf("[CLS]"), idOf("[SEP]"));
    settings.splits = {WordSplit::Bert};
    for (const char* token : {"[UNK]", "[SEP]", "[PAD]", "[CLS]", "[MASK]"})
        if (const auto found = ids.find(token); found != ids.end())
            settings.addedTokens.push_back({.content = token, .id = found->second});
    if (const auto pad = ids.find("[PAD]"); pad != ids.end())
        settings.padId = pad->second;
    const bool cased = std::ranges::any_of(ids, [](const auto& entry) { return hasUpperCase(entry.first); });
    settings.normalizations = {BertNormalization{.stripAccents = !cased, .lowerCase = !cased}};
    for (const auto& [token, id] : ids)
        settings.vocabulary.push_back({token, id});
    return settings;
}

} // namespace halftone
