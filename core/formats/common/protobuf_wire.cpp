// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/common/protobuf_wire.h"

#include "core/base/error.h"

#include <fmt/format.h>

namespace halftone {

bool WireReader::next(WireField& field) {
    if (m_position == m_bytes.size())
        return false;
    const uint64_t tag = readVarint("a field number");
    field = WireField{};
    if (tag >> 3 == 0 || tag >> 3 >= uint64_t{1} << 29)
        fail("a field has an impossible number");
    field.number = static_cast<uint32_t>(tag >> 3);
    const size_t left = m_bytes.size() - m_position;
    switch (tag & 7) {
    case 0:
        field.type = WireType::Varint;
        field.varint = readVarint("a number");
        break;
    case 1:
    case 5: {
        field.type = (tag & 7) == 1 ? WireType::Fixed64 : WireType::Fixed32;
        const size_t size = (tag & 7) == 1 ? 8 : 4;
        if (left < size)
            fail("a number is cut off");
        m_position += size;
        break;
    }
    case 2: {
        field.type = WireType::Bytes;
        const uint64_t length = readVarint("a length");
        if (length > m_bytes.size() - m_position)
            fail(fmt::format("a field claims {} bytes but only {} are left", length, m_bytes.size() - m_position)
                     .c_str());
        field.offset = m_fileOffset + m_position;
        field.payload = m_bytes.subspan(m_position, static_cast<size_t>(length));
        m_position += static_cast<size_t>(length);
        break;
    }
    default: fail("a field has an impossible type");
    }
    return true;
}

uint64_t WireReader::readVarint(const char* what) {
    uint64_t value = 0;
    for (int shift = 0; shift < 70; shift += 7) {
        if (m_position == m_bytes.size())
            fail(fmt::format("{} is cut off", what).c_str());
        const auto byte = static_cast<uint8_t>(m_bytes[m_position++]);
        value |= static_cast<uint64_t>(byte & 0x7F) << shift;
        if (byte < 0x80)
            return value;
    }
    fail(fmt::format("{} is longer than 10 bytes", what).c_str());
}

void WireReader::fail(const char* cause) const {
    throw Error(ErrorCode::BadInput, fmt::format("The file is not a model that Halftone knows, or is damaged "
                                                 "at byte {}: {}. Download or export it "
                                                 "again.",
                                                 m_fileOffset + m_position, cause));
}

} // namespace halftone
