// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/text/tokenizer.h"

#include "core/base/error.h"
#include "core/base/file.h"
#include "core/base/text.h"
#include "core/data/text/sentencepiece.h"
#include "core/data/text/unicode.h"
#include "core/data/text/wordpiece.h"

#include <fmt/format.h>

namespace halftone {

namespace {

constexpr size_t maxTokenizerBytes = size_t{64} << 20;

bool hasLine(std::string_view text, std::string_view line) {
    for (size_t place = text.find(line); place != std::string_view::npos; place = text.find(line, place + 1)) {
        const std::string_view rest = text.substr(place + line.size());
        if ((place == 0 || text[place - 1] == '\n') && (rest.empty() || rest.front() == '\r' || rest.front() == '\n'))
            return true;
    }
    return false;
}

} // namespace

std::unique_ptr<Tokenizer> openTokenizer(const std::string& path) {
    const std::string where = displayText(path);
    const std::string content = readTextFile(path, maxTokenizerBytes);
    std::string_view text = content;
    if (text.starts_with("\xEF\xBB\xBF"))
        text.remove_prefix(3);
    const size_t first = text.find_first_not_of(" \t\r\n");
    if (first != std::string_view::npos && text[first] == '{')
        return makeWordPiece(readTokenizerJson(text, where));
    if (hasLine(text, "[UNK]") && !firstInvalidByte(text))
        return makeWordPiece(readVocabularyText(text, where));
    if (isSentencePiece(content))
        return openSentencePiece(content, where);
    throw Error(ErrorCode::BadInput,
                fmt::format("{}: is no tokenizer: neither Hugging Face's tokenizer.json, nor a vocab.txt with a line "
                            "[UNK], nor a SentencePiece .model. Choose the tokenizer.json that belongs to the network.",
                            where),
                where);
}

} // namespace halftone
