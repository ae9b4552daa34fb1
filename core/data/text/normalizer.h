// SPDX-License-Identifier: GPL-3.0-or-later
// What is done to a text before it is cut into words.
#pragma once

#include "core/data/text/unicode.h"

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace halftone {

/// In this order: control characters are taken out and white space made spaces, ideographs get spaces around them,
/// accents are taken off, upper case is made lower case.
struct BertNormalization {
    bool cleanText = true;
    bool partIdeographs = true;
    bool stripAccents = true;
    bool lowerCase = true;
};
struct LowerCase {};
/// Takes out every mark; accents are marks after NFD or NFKD only.
struct StripAccents {};

using Normalization = std::variant<BertNormalization, NormalForm, LowerCase, StripAccents>;

/// One step after the other.
std::string normalized(const std::vector<Normalization>& steps, std::string_view text);

} // namespace halftone
