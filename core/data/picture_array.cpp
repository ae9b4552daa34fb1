// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/picture_array.h"

#include "core/base/text.h"
#include "core/data/decoders.h"
#include "core/data/labels.h"

#include <cstring>

namespace halftone {

PictureArray::PictureArray(const std::string& path, const char* kind, std::vector<std::byte> bytes,
                           const PictureArrayLayout& layout, int64_t count, const std::vector<int64_t>& labels,
                           std::vector<std::string> classNames)
    : PictureDataset(path, kind, numbered(count, labels), std::move(classNames)), m_bytes(std::move(bytes)),
      m_layout(layout) {}

Picture PictureArray::picture(int64_t index) const {
    const std::byte* src = m_bytes.data() + m_layout.firstByte + static_cast<size_t>(index) * m_layout.stride;
    Picture picture = allocatePicture(m_layout.width, m_layout.height, m_layout.channels, displayText(path()));
    if (!m_layout.planar) {
        std::memcpy(picture.pixels.data(), src, picture.pixels.size());
        return picture;
    }
    const auto channels = static_cast<size_t>(m_layout.channels);
    const size_t planeSize = picture.pixels.size() / channels;
    for (size_t c = 0; c < channels; ++c)
        for (size_t i = 0; i < planeSize; ++i)
            picture.pixels[i * channels + c] = static_cast<uint8_t>(src[c * planeSize + i]);
    return picture;
}

} // namespace halftone
