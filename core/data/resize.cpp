// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/resize.h"

#include "core/base/error.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace halftone {

namespace {

/// Weights are integers of 22 fractional bits: 8 bits of pixel and 2 of headroom fill an int32, as in Pillow.
constexpr int fractionBits = 22;
constexpr int32_t half = 1 << (fractionBits - 1);

struct Taps {
    int first = 0;                // source position of the first weight
    std::vector<int32_t> weights; // sum 2^22, up to rounding
};

/// Halves upwards.
int nearest(double value) {
    return static_cast<int>(std::floor(value + 0.5));
}

/// Taps of output positions begin .. begin + count - 1 when `sourceSize` pixels become `size`.
std::vector<Taps> tapsFor(int sourceSize, int size, int begin, int count) {
    const double scale = static_cast<double>(sourceSize) / size;
    const double support = std::max(scale, 1.0);
    std::vector<Taps> all(static_cast<size_t>(count));
    std::vector<double> weights;
    for (int i = 0; i < count; ++i) {
        const double center = (begin + i + 0.5) * scale;
        const int first = std::max(0, nearest(center - support));
        const int end = std::min(sourceSize, nearest(center + support));
        weights.clear();
        double sum = 0;
        for (int x = first; x < end; ++x) {
            weights.push_back(std::max(0.0, 1.0 - std::abs((x - center + 0.5) / support)));
            sum += weights.back();
        }
        Taps& taps = all[static_cast<size_t>(i)];
        taps.first = first;
        for (double weight : weights)
            taps.weights.push_back(nearest(weight / sum * (1 << fractionBits)));
    }
    return all;
}

/// Weights are not negative and sum to 2^22, so the value cannot leave 0 .. 255 by more than rounding.
uint8_t rounded(int32_t sum) {
    return static_cast<uint8_t>(std::min(sum >> fractionBits, 255));
}

template <int channels> void resizeRow(const uint8_t* src, const std::vector<Taps>& taps, uint8_t* dst) {
    for (const Taps& tap : taps) {
        int32_t sums[channels];
        std::fill_n(sums, channels, half);
        const uint8_t* pixel = src + tap.first * channels;
        for (int32_t weight : tap.weights)
            for (int c = 0; c < channels; ++c)
                sums[c] += weight * *pixel++;
        for (int c = 0; c < channels; ++c)
            *dst++ = rounded(sums[c]);
    }
}

} // namespace

Picture resizeAndCrop(const Picture& picture, int width, int height, const Box& crop) {
    const auto columns = tapsFor(picture.width, width, crop.x, crop.width);
    const auto rows = tapsFor(picture.height, height, crop.y, crop.height);
    const auto channels = static_cast<size_t>(picture.channels);
    const size_t srcStride = static_cast<size_t>(picture.width) * channels;
    const size_t stride = static_cast<size_t>(crop.width) * channels;

    const int firstRow = rows.front().first;
    const int endRow = rows.back().first + static_cast<int>(rows.back().weights.size());
    const size_t narrowedBytes = static_cast<size_t>(endRow - firstRow) * stride;
    if (narrowedBytes > 3 * static_cast<size_t>(maxPicturePixels))
        throw Error(ErrorCode::Limit,
                    fmt::format("A picture of {} x {} pixels is too long and narrow to be resized to {} x {}. "
                                "Remove it.",
                                picture.width, picture.height, width, height));
    std::vector<uint8_t> narrowed(narrowedBytes);
    for (int y = firstRow; y < endRow; ++y) {
        const uint8_t* src = picture.pixels.data() + static_cast<size_t>(y) * srcStride;
        uint8_t* dst = narrowed.data() + static_cast<size_t>(y - firstRow) * stride;
        if (picture.channels == 3)
            resizeRow<3>(src, columns, dst);
        else
            resizeRow<1>(src, columns, dst);
    }

    Picture result{crop.width, crop.height, picture.channels, {}};
    result.pixels.resize(static_cast<size_t>(crop.height) * stride);
    std::vector<int32_t> sums(stride);
    uint8_t* dst = result.pixels.data();
    for (const Taps& tap : rows) {
        std::fill(sums.begin(), sums.end(), half);
        const uint8_t* src = narrowed.data() + static_cast<size_t>(tap.first - firstRow) * stride;
        for (int32_t weight : tap.weights) {
            for (size_t x = 0; x < stride; ++x)
                sums[x] += weight * src[x];
            src += stride;
        }
        for (size_t x = 0; x < stride; ++x)
            dst[x] = rounded(sums[x]);
        dst += stride;
    }
    return result;
}

} // namespace halftone
