// SPDX-License-Identifier: GPL-3.0-or-later
// How pictures become the numbers that a network takes, and the ways that have names.
#pragma once

#include "core/base/field.h"

#include <array>
#include <span>
#include <string>
#include <vector>

namespace halftone {

enum class ChannelOrder { Rgb, Bgr, Gray };

template <>
inline constexpr std::array namesOf<ChannelOrder>{std::pair{ChannelOrder::Rgb, std::string_view("rgb")},
                                                  std::pair{ChannelOrder::Bgr, std::string_view("bgr")},
                                                  std::pair{ChannelOrder::Gray, std::string_view("gray")}};

struct Preprocessing {
    std::string preset = "custom";
    int resizeShortSide = 0; // 0: keep the size
    int cropSize = 0;        // side of the centred square; 0: keep all
    // On 0..255, in the network's channel order; empty: 0 and 1; one value: all channels.
    std::vector<float> mean, std;
    ChannelOrder channels = ChannelOrder::Rgb;
    int labelOffset = 0; // class in the network's output = label of the data set + labelOffset
    bool operator==(const Preprocessing&) const = default;
};

struct PreprocessingPreset {
    std::string name;
    std::string description;
    Preprocessing value;
};

std::span<const PreprocessingPreset> preprocessingPresets();

/// Throws Error{Usage} listing the names when there is no such preset.
const Preprocessing& preprocessingPreset(const std::string& name);

/// "custom" becomes the name of the preset that has these values, and the other way round.
void nameByValues(Preprocessing& preprocessing);

} // namespace halftone
