// SPDX-License-Identifier: GPL-3.0-or-later
// Tells a file's format by its content, whatever its name says.
#pragma once

#include <cstddef>
#include <span>

namespace halftone {

/// Returns when `bytes` may be a protobuf model, which the reader then finds out by parsing. Throws
/// Error{BadInput} for what is no model (empty, archive, web page, Git LFS pointer, picture) and
/// Error{Unsupported} for other model formats; the sentence says what the file is and
/// what to do.
void refuseForeign(std::span<const std::byte> bytes);

} // namespace halftone
