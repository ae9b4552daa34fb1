// SPDX-License-Identifier: GPL-3.0-or-later
// Texts as the arrays that networks for text take.
#pragma once

#include "core/data/array_dataset.h"

#include <memory>
#include <string>

namespace halftone {

/// The texts of `path` (text_list.h), encoded by the tokenizer of `tokenizerPath`: the arrays "input_ids" and
/// "token_type_ids", whose lengths differ. Their longest extent is that of the longest text, but at most 128 tokens,
/// which is enough for most. Throws as readTextList and openTokenizer, and Error{Usage} without a tokenizer.
std::unique_ptr<Dataset> openTexts(const std::string& path, const std::string& tokenizerPath);

/// The tokenizer that lies beside a model, or in the folder above as repositories have it: tokenizer.json, vocab.txt,
/// spiece.model, sentencepiece.bpe.model. Empty where there is none.
std::string tokenizerBeside(const std::string& modelPath);

} // namespace halftone
