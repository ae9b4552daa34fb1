// SPDX-License-Identifier: GPL-3.0-or-later
// What the output of a network is, and so by what another precision is judged.
#pragma once

#include "core/base/field.h"

#include <array>
#include <string_view>

namespace halftone {

enum class OutputKind {
    Auto,      // told by shapes and names
    Classes,   // one row of scores a sample: top-1, or agreement
    Embedding, // a vector a sample, or one a token: cosine, and whether the nearest neighbour stays
    Tokens,    // a row of scores a token: agreement of the best, divergence
    Boxes,     // of a detector: which are found again
    Mask,      // a class for each pixel: intersection over union
    Sequence,  // rows of scores that are read as text (CTC): equal texts
    Numbers    // anything else: distance alone
};

template <>
inline constexpr std::array namesOf<OutputKind>{std::pair{OutputKind::Auto, std::string_view("auto")},
                                                std::pair{OutputKind::Classes, std::string_view("classes")},
                                                std::pair{OutputKind::Embedding, std::string_view("embedding")},
                                                std::pair{OutputKind::Tokens, std::string_view("tokens")},
                                                std::pair{OutputKind::Boxes, std::string_view("boxes")},
                                                std::pair{OutputKind::Mask, std::string_view("mask")},
                                                std::pair{OutputKind::Sequence, std::string_view("sequence")},
                                                std::pair{OutputKind::Numbers, std::string_view("numbers")}};

} // namespace halftone
