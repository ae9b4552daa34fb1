// SPDX-License-Identifier: GPL-3.0-or-later
// What the user can choose about quantization.
#pragma once

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
    bool perChannelWeights = true;
    Scheme scheme = Scheme::Mixed;
    RangeMethod ranges = RangeMethod::Mse;
    std::map<std::string, RangeMethod> rangesOf; // by tensor, instead of `ranges`
    double percentile = 99.99;                   // of the values inside the range, for RangeMethod::Percentile
    Switch biasCorrection = Switch::Auto;
    Switch equalization = Switch::Auto;               // across layers
    Switch rounding = Switch::Auto;                   // of weights by reconstruction
    std::vector<std::string> keepFp32;                // layers of the file
    bool keepFirstFp32 = false, keepLastFp32 = false; // of the layers with weights
    bool operator==(const QuantizeOptions&) const = default;
};

template <class Choice> struct Named {
    Choice value;
    std::string_view name; // as on the command line and in the report
};
template <class Choice, size_t count>
constexpr std::string_view nameOf(const std::array<Named<Choice>, count>& names, Choice value) {
    for (const Named<Choice>& each : names)
        if (each.value == value)
            return each.name;
    return {};
}
inline constexpr std::array kWeightLimits{Named{WeightLimit::Full, "full"}, Named{WeightLimit::Pairs, "pairs"},
                                          Named{WeightLimit::SevenBits, "7-bit"}};
inline constexpr std::array kSchemes{Named{Scheme::Symmetric, "symmetric"}, Named{Scheme::Mixed, "mixed"},
                                     Named{Scheme::Asymmetric, "asymmetric"}};
inline constexpr std::array kRangeMethods{Named{RangeMethod::MinMax, "min-max"},
                                          Named{RangeMethod::MeanMinMax, "mean-min-max"},
                                          Named{RangeMethod::Percentile, "percentile"}, Named{RangeMethod::Mse, "mse"},
                                          Named{RangeMethod::Entropy, "entropy"}};
inline constexpr std::array kSwitches{Named{Switch::Off, "off"}, Named{Switch::Auto, "auto"}, Named{Switch::On, "on"}};

} // namespace halftone
