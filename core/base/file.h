// SPDX-License-Identifier: GPL-3.0-or-later
// Whole files, read with a size limit and written atomically.
#pragma once

#include "core/base/large_block.h"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace halftone {

/// The bytes of a regular file. Throws Error{Io} naming the path for a missing, unreadable or special file
/// (folder, FIFO, device), Error{Limit} for one larger than `maxBytes`.
std::vector<std::byte> readFile(const std::string& path, size_t maxBytes);
std::string readTextFile(const std::string& path, size_t maxBytes);
/// The same for large files; Error{Limit} also when there is no memory for it.
LargeBlock readLargeFile(const std::string& path, size_t maxBytes);

/// The file is complete or unchanged: written beside the target, synced, renamed over it. Throws Error{Io} with
/// the system's reason; refuses a target that exists and is not a regular file. Symbolic links are followed.
void writeFileAtomically(const std::string& path, std::string_view content);

/// Lower-case hexadecimal SHA-256 of a regular file.
std::string sha256OfFile(const std::string& path);
/// The same of bytes in memory.
std::string sha256Of(std::span<const std::byte> bytes);

} // namespace halftone
