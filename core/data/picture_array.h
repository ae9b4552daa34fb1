// SPDX-License-Identifier: GPL-3.0-or-later
// Uncompressed pictures of one size, one after the other in memory: CIFAR, IDX, npy and npz.
#pragma once

#include "core/data/dataset.h"

namespace halftone {

struct PictureArrayLayout {
    int height = 0;
    int width = 0;
    int channels = 0;
    bool planar = false;  // channels x height x width instead of height x width x channels
    size_t firstByte = 0; // of the first picture
    size_t stride = 0;    // bytes from one picture to the next
};

class PictureArray final : public PictureDataset {
public:
    /// `bytes` holds all pictures of `layout`; `labels` is empty or has one a picture.
    PictureArray(const std::string& path, const char* kind, std::vector<std::byte> bytes,
                 const PictureArrayLayout& layout, int64_t count, const std::vector<int64_t>& labels,
                 std::vector<std::string> classNames = {});

    Picture picture(int64_t index) const override;

private:
    std::vector<std::byte> m_bytes;
    PictureArrayLayout m_layout;
};

} // namespace halftone
