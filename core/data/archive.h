// SPDX-License-Identifier: GPL-3.0-or-later
// Reads tar, tar.gz, zip and single gzip files into memory through libarchive.
// Bounds what a small file can unpack to, and never touches the file system under a name from an archive.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace halftone {

struct ArchiveMember {
    std::string name; // "/"-separated, without a leading "./"; not fit for display
    std::vector<std::byte> bytes;
};

/// Members that are regular files and that `wanted` accepts, sorted by name. Throws Error{BadInput} for a
/// damaged or encrypted archive, a name that is absolute, climbs with ".." or comes twice, and Error{Limit}
/// for more than a million members or 4 GiB unpacked, or data packed more than 200 times.
std::vector<ArchiveMember> readArchive(const std::string& path,
                                       const std::function<bool(std::string_view name)>& wanted);

/// What a single gzip file holds; the same limits.
std::vector<std::byte> readGzip(const std::string& path);

/// At most `maxBytes` from the start of a gzip file, to tell what it is.
std::vector<std::byte> readGzipHead(const std::string& path, size_t maxBytes);

} // namespace halftone
