// SPDX-License-Identifier: GPL-3.0-or-later
// SentencePiece models (Unigram and BPE), read and run without its library: that brings a protobuf of its own, whose
// symbols are those of the protobuf of the ONNX reader, and no process survives both.
#pragma once

#include "core/data/text/tokenizer.h"

#include <memory>
#include <string>
#include <string_view>

namespace halftone {

/// Whether `content` begins like a .model.
bool isSentencePiece(std::string_view content);

/// `where` names the file in errors, which are those of openTokenizer.
std::unique_ptr<Tokenizer> openSentencePiece(std::string_view content, const std::string& where);

} // namespace halftone
