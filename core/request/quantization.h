// SPDX-License-Identifier: GPL-3.0-or-later
// What the user can choose about quantization. The names of choices are those of the command line and of reports.
#pragma once

#include "core/base/field.h"

#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace halftone {

/// How large weight codes may be. CPUs without VNNI add two products u8 x s8 in 16 bits: 255 * (a + b) fits when
/// |a + b| <= 128.
enum class WeightLimit {
    Full,     // -127 to 127
    Pairs,    // the same, but any two that meet in 16 bits sum to -128 to 128; nearly as fine as Full
    SevenBits // -63 to 63
};

/// One scale for each output channel of a layer, or one for all its weights.
enum class WeightScales { PerChannel, PerTensor };

/// Grids of activations. Tensors that are never negative get u8 with zero point 0 in all of them.
enum class Scheme {
    Symmetric,  // others: the same reach on both sides of zero
    Mixed,      // others: u8 with a zero point; weights symmetric
    Asymmetric, // as Mixed: oneDNN has no kernel for weights with a zero point, which the job says
};

/// How the clip range of an activation is chosen.
enum class RangeMethod { MinMax, MeanMinMax, Percentile, Mse, Entropy };

/// Auto: where it is known to help this network.
enum class Switch { Off, Auto, On };

struct QuantizeOptions {
    std::optional<WeightLimit> weightLimit; // absent: Full with VNNI or AMX, else Pairs
    WeightScales weights = WeightScales::PerChannel;
    Scheme scheme = Scheme::Mixed;
    std::optional<RangeMethod> ranges;           // absent: by what each does to the outputs, Mse where that is enough
    std::map<std::string, RangeMethod> rangesOf; // by tensor, instead of `ranges`
    double percentile = 99.99;                   // of the values inside the range, for RangeMethod::Percentile
    Switch biasCorrection = Switch::Auto;
    Switch equalization = Switch::Auto;               // across layers
    Switch smoothing = Switch::Auto;                  // of channels that fully connected layers read
    Switch rounding = Switch::Auto;                   // of weights by reconstruction
    std::vector<std::string> keepFp32;                // layers of the file
    bool keepFirstFp32 = false, keepLastFp32 = false; // of the layers with weights
    bool operator==(const QuantizeOptions&) const = default;
};

template <>
inline constexpr std::array namesOf<WeightLimit>{std::pair{WeightLimit::Full, std::string_view("full")},
                                                 std::pair{WeightLimit::Pairs, std::string_view("pairs")},
                                                 std::pair{WeightLimit::SevenBits, std::string_view("7-bit")}};
template <>
inline constexpr std::array namesOf<WeightScales>{std::pair{WeightScales::PerChannel, std::string_view("per-channel")},
                                                  std::pair{WeightScales::PerTensor, std::string_view("per-tensor")}};
template <>
inline constexpr std::array namesOf<Scheme>{std::pair{Scheme::Symmetric, std::string_view("symmetric")},
                                            std::pair{Scheme::Mixed, std::string_view("mixed")},
                                            std::pair{Scheme::Asymmetric, std::string_view("asymmetric")}};
template <>
inline constexpr std::array namesOf<RangeMethod>{std::pair{RangeMethod::MinMax, std::string_view("min-max")},
                                                 std::pair{RangeMethod::MeanMinMax, std::string_view("mean-min-max")},
                                                 std::pair{RangeMethod::Percentile, std::string_view("percentile")},
                                                 std::pair{RangeMethod::Mse, std::string_view("mse")},
                                                 std::pair{RangeMethod::Entropy, std::string_view("entropy")}};
template <>
inline constexpr std::array namesOf<Switch>{std::pair{Switch::Off, std::string_view("off")},
                                            std::pair{Switch::Auto, std::string_view("auto")},
                                            std::pair{Switch::On, std::string_view("on")}};

} // namespace halftone
