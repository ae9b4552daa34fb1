// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/preprocess.h"

#include "core/base/error.h"
#include "core/data/resize.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>

namespace halftone {

namespace {

/// ITU-R 601 luma in 16-bit fixed point, the rounding Pillow uses.
Picture toGrey(const Picture& picture) {
    Picture grey{picture.width, picture.height, 1, {}};
    grey.pixels.resize(picture.pixels.size() / 3);
    const uint8_t* rgb = picture.pixels.data();
    for (uint8_t& value : grey.pixels) {
        value = static_cast<uint8_t>((rgb[0] * 19595 + rgb[1] * 38470 + rgb[2] * 7471 + 0x8000) >> 16);
        rgb += 3;
    }
    return grey;
}

/// Resize of the short side and centred crop, as one step. Returns `picture` itself when there is nothing to
/// do.
const Picture& resizeShortSideAndCrop(const Picture& picture, const Preprocessing& preprocessing, Picture& store) {
    int width = picture.width, height = picture.height;
    if (preprocessing.resizeShortSide > 0) {
        const int64_t side = preprocessing.resizeShortSide;
        const int shorter = std::min(width, height);
        if (side * std::max(width, height) / shorter > maxPicturePixels / side)
            throw Error(ErrorCode::Limit,
                        fmt::format("A picture of {} x {} pixels would have more than {} million pixels when its "
                                    "short side is resized to {}. Remove it.",
                                    width, height, maxPicturePixels / 1'000'000, side));
        width = static_cast<int>(side * picture.width / shorter);
        height = static_cast<int>(side * picture.height / shorter);
    }
    Box crop{0, 0, width, height};
    if (preprocessing.cropSize > 0) {
        const int side = std::min({preprocessing.cropSize, width, height});
        crop = {(width - side) / 2, (height - side) / 2, side, side};
    }
    if (width != picture.width || height != picture.height) {
        store = resizeAndCrop(picture, width, height, crop);
        return store;
    }
    if (crop.width == width && crop.height == height)
        return picture;
    store = Picture{crop.width, crop.height, picture.channels, {}};
    const auto pixelBytes = static_cast<size_t>(picture.channels);
    for (int y = 0; y < crop.height; ++y) {
        const size_t begin =
            (static_cast<size_t>(crop.y + y) * static_cast<size_t>(width) + static_cast<size_t>(crop.x)) * pixelBytes;
        const auto row = picture.pixels.begin() + static_cast<ptrdiff_t>(begin);
        store.pixels.insert(store.pixels.end(), row, row + crop.width * picture.channels);
    }
    return store;
}

float valueFor(const std::vector<float>& values, int channel, float otherwise) {
    if (values.empty())
        return otherwise;
    return values.size() == 1 ? values.front() : values[static_cast<size_t>(channel)];
}

/// The 256 possible results of (x - mean) / std for one channel.
std::array<float, 256> normalized(const Preprocessing& preprocessing, int channel) {
    const float mean = valueFor(preprocessing.mean, channel, 0);
    const float deviation = valueFor(preprocessing.std, channel, 1);
    std::array<float, 256> table;
    for (size_t x = 0; x < table.size(); ++x)
        table[x] = (static_cast<float>(x) - mean) / deviation;
    return table;
}

void checkValues(const std::vector<float>& values, const char* what, int channels) {
    if (values.size() > 1 && values.size() != static_cast<size_t>(channels))
        throw Error(ErrorCode::Usage,
                    fmt::format("Preprocessing has {} values of {}, but the network takes {} channel{}. Give one "
                                "value, or one a channel.",
                                values.size(), what, channels, channels == 1 ? "" : "s"));
    for (float value : values)
        if (!std::isfinite(value))
            throw Error(ErrorCode::Usage, fmt::format("The {} of preprocessing is not a finite number.", what));
}

} // namespace

void checkPreprocessing(const Preprocessing& preprocessing, int channels) {
    if (channels != 1 && channels != 3)
        throw Error(ErrorCode::Usage,
                    fmt::format("Pictures have 1 or 3 channels, but the network takes {}. Give its inputs as .npy "
                                "files, or profile without data.",
                                channels));
    checkValues(preprocessing.mean, "mean", channels);
    checkValues(preprocessing.std, "standard deviation", channels);
    if (std::any_of(preprocessing.std.begin(), preprocessing.std.end(), [](float value) { return value <= 0; }))
        throw Error(ErrorCode::Usage, "The standard deviation of preprocessing must be above 0.");
    constexpr int largest = 10'000; // with the check against the picture's shape, bounds what a resize allocates
    if (std::min(preprocessing.resizeShortSide, preprocessing.cropSize) < 0 ||
        std::max(preprocessing.resizeShortSide, preprocessing.cropSize) > largest)
        throw Error(ErrorCode::Usage,
                    fmt::format("Resize {} and crop {} of preprocessing must lie between 0 and {} pixels.",
                                preprocessing.resizeShortSide, preprocessing.cropSize, largest));
}

void preprocess(const Picture& picture, const Preprocessing& preprocessing, int channels, int height, int width,
                std::span<float> dst) {
    checkPreprocessing(preprocessing, channels);
    const size_t planeSize = static_cast<size_t>(height) * static_cast<size_t>(width);
    if (height <= 0 || width <= 0 || dst.size() != planeSize * static_cast<size_t>(channels))
        throw Error(ErrorCode::Usage, fmt::format("A network input of {} x {} x {} does not have {} elements.",
                                                  channels, height, width, dst.size()));

    Picture greyStore, cropStore, resizedStore;
    const Picture* current = &picture;
    if (picture.channels == 3 && (channels == 1 || preprocessing.channels == ChannelOrder::Gray)) {
        greyStore = toGrey(picture);
        current = &greyStore;
    }
    current = &resizeShortSideAndCrop(*current, preprocessing, cropStore);
    if (current->width != width || current->height != height) {
        resizedStore = resizeAndCrop(*current, width, height, {0, 0, width, height});
        current = &resizedStore;
    }

    const auto step = static_cast<size_t>(current->channels);
    for (int c = 0; c < channels; ++c) {
        const int source = step == 1 ? 0 : preprocessing.channels == ChannelOrder::Bgr ? channels - 1 - c : c;
        const auto table = normalized(preprocessing, c);
        const uint8_t* src = current->pixels.data() + source;
        float* plane = dst.data() + static_cast<size_t>(c) * planeSize;
        for (size_t i = 0; i < planeSize; ++i)
            plane[i] = table[src[i * step]];
    }
}

Picture undoPreprocessing(std::span<const float> values, const Preprocessing& preprocessing, int channels, int height,
                          int width) {
    Picture picture{width, height, channels, {}};
    picture.pixels.resize(values.size());
    const auto step = static_cast<size_t>(channels);
    const size_t planeSize = values.size() / step;
    for (int c = 0; c < channels; ++c) {
        const int target = preprocessing.channels == ChannelOrder::Bgr ? channels - 1 - c : c;
        const float mean = valueFor(preprocessing.mean, c, 0), deviation = valueFor(preprocessing.std, c, 1);
        const std::span<const float> plane = values.subspan(static_cast<size_t>(c) * planeSize, planeSize);
        uint8_t* dst = picture.pixels.data() + target;
        for (size_t i = 0; i < planeSize; ++i)
            dst[i * step] = static_cast<uint8_t>(std::lround(std::clamp(plane[i] * deviation + mean, 0.f, 255.f)));
    }
    return picture;
}

} // namespace halftone
