// SPDX-License-Identifier: GPL-3.0-or-later
// What a network can be computed in.
#pragma once

#include "core/base/field.h"

#include <array>
#include <optional>
#include <string_view>

namespace halftone {

/// Int8Simulated is the quantized network with every tensor rounded to its grid but kept and multiplied as fp32, as
/// training tools evaluate it.
enum class Precision { Fp32, Int8, Bf16, F16, Int8Simulated };
template <>
inline constexpr std::array namesOf<Precision>{
    std::pair{Precision::Fp32, std::string_view("fp32")}, std::pair{Precision::Int8, std::string_view("int8")},
    std::pair{Precision::Bf16, std::string_view("bf16")}, std::pair{Precision::F16, std::string_view("fp16")},
    std::pair{Precision::Int8Simulated, std::string_view("int8-simulated")}};
inline constexpr std::array kPrecisions{Precision::Fp32, Precision::Int8, Precision::Bf16, Precision::F16,
                                        Precision::Int8Simulated};

/// "fp32", "int8", "bf16", "fp16", "int8-simulated".
inline const char* name(Precision precision) {
    return nameIn(precision).data();
}
inline std::optional<Precision> precisionNamed(std::string_view name) {
    return valueNamed<Precision>(name);
}

} // namespace halftone
