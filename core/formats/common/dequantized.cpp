// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/common/dequantized.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/graph/element.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fmt/format.h>

namespace halftone {

namespace {

[[noreturn]] void refuse(const std::string& what, const std::string& cause) {
    throw Error(ErrorCode::BadInput,
                fmt::format("{} {}. The file is damaged or was quantized wrongly; export it again.", what, cause),
                what);
}

void requireScales(std::span<const float> scales, size_t zeroPoints, const std::string& what) {
    if (scales.empty() || zeroPoints != scales.size())
        refuse(what, fmt::format("has {} scales and {} zero points", scales.size(), zeroPoints));
    for (const float scale : scales)
        if (!std::isfinite(scale) || scale <= 0)
            refuse(what, fmt::format("has the scale {}, which is not a number above 0", scale));
}

} // namespace

Tensor dequantized(const Tensor& codes, std::span<const float> scales, std::span<const int64_t> zeroPoints,
                   std::optional<int> axis, const std::string& what) {
    requireScales(scales, zeroPoints.size(), what);
    if (isFloatType(codes.type))
        refuse(what, "is quantized but holds no integers");
    const size_t rank = codes.shape.size();
    if (axis && (*axis < 0 || static_cast<size_t>(*axis) >= rank ||
                 codes.shape[static_cast<size_t>(*axis)] != static_cast<int64_t>(scales.size())))
        refuse(what, fmt::format("has {} scales, which dimension {} of {} does not fit", scales.size(), *axis,
                                 shapeText(codes.shape)));
    if (!axis && scales.size() != 1)
        refuse(what, fmt::format("has {} scales for one tensor", scales.size()));
    size_t inner = 1;
    for (size_t i = static_cast<size_t>(axis.value_or(0)) + 1; axis && i < rank; ++i)
        inner *= static_cast<size_t>(codes.shape[i]);
    std::vector<float> values(static_cast<size_t>(codes.elements()));
    if (!axis)
        inner = values.size();
    visitType(codes.type, [&]<class T>(std::type_identity<T>) {
        for (size_t first = 0; first < values.size(); first += inner) {
            const size_t channel = first / inner % scales.size();
            const double scale = scales[channel];
            const auto zeroPoint = static_cast<double>(zeroPoints[channel]);
            for (size_t i = first; i < first + inner; ++i) {
                T code;
                std::memcpy(&code, codes.bytes.data() + i * sizeof(T), sizeof(T));
                values[i] = static_cast<float>((static_cast<double>(arithmetic(code)) - zeroPoint) * scale);
            }
        }
    });
    return Tensor::fromFloats(codes.shape, values);
}

std::optional<QuantParams> gridOf(ElementType codes, std::span<const float> scales, std::span<const int64_t> zeroPoints,
                                  std::optional<int> axis, const std::string& what) {
    requireScales(scales, zeroPoints.size(), what);
    if (codes != ElementType::U8 && codes != ElementType::S8)
        return std::nullopt;
    QuantParams grid{codes, {scales.begin(), scales.end()}, {}, axis};
    for (const int64_t point : zeroPoints) {
        if (point < lowestCode(codes) || point > highestCode(codes))
            refuse(what, fmt::format("has the zero point {}, which is no code of type {}", point, name(codes)));
        grid.zeroPoints.push_back(static_cast<int32_t>(point));
    }
    return grid;
}

} // namespace halftone
