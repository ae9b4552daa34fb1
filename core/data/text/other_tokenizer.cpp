// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/text/other_tokenizer.h"

#include "core/base/error.h"

#include <fmt/format.h>

namespace halftone {

namespace {

constexpr const char* kPython =
    "import numpy, transformers; "
    "e = transformers.AutoTokenizer.from_pretrained('MODEL')(open('texts.txt').read().splitlines(), padding=True, "
    "truncation=True, return_tensors='np'); "
    "numpy.savez('ids.npz', input_ids=e['input_ids'], attention_mask=e['attention_mask'])";

} // namespace

void refuseTokenizer(const std::string& where, const std::string& what) {
    throw Error(ErrorCode::Unsupported,
                fmt::format("{}: {}, but Halftone has WordPiece and SentencePiece alone. Write the ids in Python, and "
                            "choose ids.npz instead of the texts: python3 -c \"{}\"",
                            where, what, kPython),
                where);
}

} // namespace halftone
