// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/tensorflow/legacy_codes.h"

#include <algorithm>
#include <cmath>

namespace halftone::tensorflow_format {

namespace {

/// Value of one step of MinCombined and MinFirst.
float stepOf(const LegacyCodes& codes) {
    return (codes.max - codes.min) / 255;
}

float scaledStep(const LegacyCodes& codes) {
    if (!codes.isSigned)
        return codes.max / 255;
    return std::max(codes.min / (codes.narrow ? -127.0F : -128.0F), codes.max / 127);
}

} // namespace

float LegacyCodes::meaning(int code) const {
    const int lowest = isSigned ? -128 : 0;
    const float step = stepOf(*this);
    switch (mode) {
    case Mode::MinCombined: return min + static_cast<float>(code - lowest) * step;
    case Mode::MinFirst: return std::round(min / step) * step + static_cast<float>(code - lowest) * step;
    case Mode::Scaled: return static_cast<float>(code) * scaledStep(*this);
    }
    return 0;
}

std::optional<QuantParams> LegacyCodes::grid() const {
    QuantParams grid;
    grid.storage = isSigned ? ElementType::S8 : ElementType::U8;
    if (mode == Mode::Scaled) {
        grid.scales = {scaledStep(*this)};
        grid.zeroPoints = {0};
        return grid.scale() > 0 ? std::optional(grid) : std::nullopt;
    }
    const float steps = -min / stepOf(*this); // from the lowest code to the one that means 0
    const float whole = std::round(steps);
    const bool isExact = mode == Mode::MinFirst || std::abs(steps - whole) < 1e-4F;
    if (!isExact || whole < 0 || whole > 255)
        return std::nullopt;
    grid.scales = {stepOf(*this)};
    grid.zeroPoints = {static_cast<int32_t>(whole) + lowestCode(grid.storage)};
    return grid;
}

} // namespace halftone::tensorflow_format
