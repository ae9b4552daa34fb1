// SPDX-License-Identifier: GPL-3.0-or-later
// How Unigram and BPE cut a normalized text into the pieces of a model.
#pragma once

#include "core/data/text/sentencepiece_model.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

namespace halftone {

struct TextPiece {
    std::string_view text; // a part of the normalized text
    int64_t id = 0;
};

/// Immutable; const access is safe from several threads.
class PieceSplit {
public:
    virtual ~PieceSplit() = default;
    virtual std::vector<TextPiece> split(std::string_view text) const = 0;
};

/// The pieces with the largest sum of scores. `model` must outlive the result.
std::unique_ptr<PieceSplit> makeUnigramSplit(const SentencePieceModel& model);

/// Joins neighbours, the pair with the highest score first. `userDefined` gives the length of the user-defined piece
/// that a text begins with, which is never parted or joined. `model` must outlive the result.
std::unique_ptr<PieceSplit> makeBpeSplit(const SentencePieceModel& model,
                                         std::function<size_t(std::string_view)> userDefined);

} // namespace halftone
