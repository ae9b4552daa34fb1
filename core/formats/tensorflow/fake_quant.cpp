// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/tensorflow/fake_quant.h"

#include <algorithm>
#include <cmath>

namespace halftone::tensorflow_format {

NudgedRange nudgedRange(float min, float max, int bits, bool narrow) {
    NudgedRange range;
    range.lowestCode = narrow ? 1 : 0;
    range.highestCode = (1 << bits) - 1;
    if (min == 0 && max == 0) {
        range.zeroPoint = range.lowestCode;
        return range;
    }
    const auto lowest = static_cast<float>(range.lowestCode), highest = static_cast<float>(range.highestCode);
    range.scale = (max - min) / (highest - lowest);
    const float zeroPoint = lowest - min / range.scale;
    range.zeroPoint = zeroPoint < lowest    ? range.lowestCode
                      : zeroPoint > highest ? range.highestCode
                                            : static_cast<int>(std::round(zeroPoint));
    range.lowest = (lowest - static_cast<float>(range.zeroPoint)) * range.scale;
    range.highest = (highest - static_cast<float>(range.zeroPoint)) * range.scale;
    return range;
}

int NudgedRange::code(float x) const {
    if (scale == 0 || std::isnan(x))
        return zeroPoint;
    const float clamped = std::min(std::max(x, lowest), highest);
    return std::clamp(static_cast<int>(std::floor((clamped - lowest) / scale + 0.5F)) + lowestCode, lowestCode,
                      highestCode);
}

float NudgedRange::rounded(float x) const {
    return scale * static_cast<float>(code(x) - zeroPoint);
}

QuantParams signedGrid(const NudgedRange& range, int bits) {
    return {ElementType::S8, {range.scale == 0 ? 1 : range.scale}, {range.zeroPoint - (1 << (bits - 1))}, std::nullopt};
}

QuantParams unsignedGrid(const NudgedRange& range) {
    return {ElementType::U8, {range.scale == 0 ? 1 : range.scale}, {range.zeroPoint}, std::nullopt};
}

} // namespace halftone::tensorflow_format
