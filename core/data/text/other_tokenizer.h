// SPDX-License-Identifier: GPL-3.0-or-later
// What is said of tokenizers that Halftone does not have.
#pragma once

#include <string>

namespace halftone {

/// Throws Error{Unsupported}: `what` ("the tokenizer has the model Unigram") and how Python writes its ids.
[[noreturn]] void refuseTokenizer(const std::string& where, const std::string& what);

} // namespace halftone
