// SPDX-License-Identifier: GPL-3.0-or-later
// Walks protobuf bytes field by field without allocating and without knowing the schema. Readers use it to
// bound what a file may ask for before a parser builds objects from it: ten million empty messages fit into
// 20 MB of file and need gigabytes of memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace halftone {

enum class WireType { Varint = 0, Fixed64 = 1, Bytes = 2, Fixed32 = 5 };

struct WireField {
    uint32_t number = 0;
    WireType type = WireType::Varint;
    uint64_t varint = 0;                // of a Varint field
    std::span<const std::byte> payload; // of a Bytes field
    size_t offset = 0;                  // of the payload in the file
};

class WireReader {
public:
    /// `fileOffset` is where `bytes` begin in the file; it is used in messages only.
    explicit WireReader(std::span<const std::byte> bytes, size_t fileOffset = 0)
        : m_bytes(bytes), m_fileOffset(fileOffset) {}

    /// Reads the next field; false at the end. Throws Error{BadInput} naming the offset for malformed data.
    /// Groups (wire types 3 and 4), which no model format uses, count as malformed.
    bool next(WireField& field);

private:
    uint64_t readVarint(const char* what);
    [[noreturn]] void fail(const char* cause) const;

    std::span<const std::byte> m_bytes;
    size_t m_fileOffset;
    size_t m_position = 0;
};

} // namespace halftone
