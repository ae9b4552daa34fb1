// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workflow/preprocessing/preprocessing_candidates.h"

#include "core/base/error.h"

#include <algorithm>

namespace halftone {

namespace {

/// One number for all channels where they are equal.
std::vector<float> shortest(const std::vector<float>& values, float otherwise) {
    if (values.empty())
        return {otherwise};
    const bool equal = std::ranges::all_of(values, [&](float value) { return value == values.front(); });
    return equal ? std::vector{values.front()} : values;
}

bool fitsChannels(const Preprocessing& one, int channels) {
    try {
        checkPreprocessing(one, channels);
        return channels == 1 || one.channels != ChannelOrder::Gray;
    } catch (const Error&) {
        return false;
    }
}

} // namespace

std::vector<Preprocessing> otherPreprocessings(const Preprocessing& now, const PictureInput& input) {
    std::vector<Preprocessing> others;
    const auto add = [&](const Preprocessing& one) {
        if (!samePixels(one, now) &&
            std::ranges::none_of(others, [&](const Preprocessing& known) { return samePixels(one, known); }))
            others.push_back(one);
    };
    if (input.channels == 3 && now.channels != ChannelOrder::Gray)
        add(swapped(now));
    const auto presets = std::ssize(others);
    for (const PreprocessingPreset& preset : preprocessingPresets())
        if (fitsChannels(preset.value, input.channels))
            add(preset.value);
    std::stable_sort(others.begin() + presets, others.end(), [&](const Preprocessing& a, const Preprocessing& b) {
        return strangeness(a, input.height) < strangeness(b, input.height);
    });
    return others;
}

Preprocessing swapped(Preprocessing one) {
    one.channels = one.channels == ChannelOrder::Bgr ? ChannelOrder::Rgb : ChannelOrder::Bgr;
    return one;
}

bool samePixels(const Preprocessing& a, const Preprocessing& b) {
    return a.resizeShortSide == b.resizeShortSide && a.cropSize == b.cropSize && a.channels == b.channels &&
           shortest(a.mean, 0) == shortest(b.mean, 0) && shortest(a.std, 1) == shortest(b.std, 1);
}

int strangeness(const Preprocessing& one, int height) {
    return one.cropSize == height ? 0 : one.cropSize <= 2 * height ? 1 : 2;
}

Preprocessing named(Preprocessing preprocessing) {
    for (const PreprocessingPreset& preset : preprocessingPresets())
        if (samePixels(preset.value, preprocessing) && preset.value.labelOffset == preprocessing.labelOffset)
            return preset.value;
    preprocessing.preset = "custom";
    return preprocessing;
}

} // namespace halftone
