// SPDX-License-Identifier: GPL-3.0-or-later
// What one sample of a data set is, and its words.
#pragma once

#include "core/base/field.h"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace halftone {

enum class SampleKind {
    Picture,
    Text,
    Recording, // of sound
    Sample     // arrays, whatever they mean
};

template <>
inline constexpr std::array namesOf<SampleKind>{std::pair{SampleKind::Picture, std::string_view("picture")},
                                                std::pair{SampleKind::Text, std::string_view("text")},
                                                std::pair{SampleKind::Recording, std::string_view("recording")},
                                                std::pair{SampleKind::Sample, std::string_view("sample")}};

/// "picture", or "pictures" where there is not one.
std::string wordFor(SampleKind kind, int64_t count);

} // namespace halftone
