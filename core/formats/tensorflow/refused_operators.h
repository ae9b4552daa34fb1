// SPDX-License-Identifier: GPL-3.0-or-later
// Operators that tell that a graph is no frozen network for inference.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace halftone::tensorflow_format {

/// What is wrong with a graph that needs this operator and what to do, as the rest of a sentence that begins with the
/// layer; nothing for operators of networks.
std::optional<std::string> whyRefused(std::string_view op);

} // namespace halftone::tensorflow_format
