// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/graph/resize.h"

#include "core/graph/shape_rules.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>

namespace halftone {

namespace {

/// One dimension of the operator.
struct Line {
    int64_t in, out;
    double scale;   // of the result's size to the input's
    double resized; // in * scale: not whole where the size was rounded down
    double roiBegin, roiEnd;
};

Line lineOf(const Resize& op, size_t dim, int64_t in, int64_t out) {
    const double scale =
        op.scales.empty() ? static_cast<double>(out) / static_cast<double>(in) : static_cast<double>(op.scales[dim]);
    Line line{in, out, scale, static_cast<double>(in) * scale, 0, 1};
    if (!op.roi.empty()) {
        line.roiBegin = op.roi[dim];
        line.roiEnd = op.roi[op.roi.size() / 2 + dim];
    }
    return line;
}

double positionOf(ResizeCoordinates coordinates, const Line& line, int64_t at) {
    const auto o = static_cast<double>(at);
    const auto in = static_cast<double>(line.in);
    const double halfPixel = (o + 0.5) / line.scale - 0.5;
    switch (coordinates) {
    case ResizeCoordinates::HalfPixel: return halfPixel;
    case ResizeCoordinates::HalfPixelSymmetric:
        return in / 2 * (1 - static_cast<double>(line.out) / line.resized) + halfPixel;
    case ResizeCoordinates::PytorchHalfPixel: return line.resized > 1 ? halfPixel : 0;
    case ResizeCoordinates::AlignCorners: return line.out == 1 ? 0 : o * (in - 1) / (line.resized - 1);
    case ResizeCoordinates::Asymmetric: return o / line.scale;
    case ResizeCoordinates::TfHalfPixelForNn: return (o + 0.5) / line.scale;
    case ResizeCoordinates::TfCropAndResize:
        return line.out == 1
                   ? 0.5 * (line.roiBegin + line.roiEnd) * (in - 1)
                   : line.roiBegin * (in - 1) + o * (line.roiEnd - line.roiBegin) * (in - 1) / (line.resized - 1);
    }
    return halfPixel;
}

double rounded(ResizeRounding rounding, double x) {
    switch (rounding) {
    case ResizeRounding::PreferFloor: return std::ceil(x - 0.5);
    case ResizeRounding::PreferCeil: return std::floor(x + 0.5);
    case ResizeRounding::Floor: return std::floor(x);
    case ResizeRounding::Ceil: return std::ceil(x);
    }
    return x;
}

/// Keys' cubic convolution, for the elements at -1, 0, 1 and 2 from the one before `fraction`.
std::array<double, 4> cubicWeights(double a, double fraction) {
    const auto near = [&](double d) { return ((a + 2) * d - (a + 3)) * d * d + 1; };
    const auto far = [&](double d) { return ((a * d - 5 * a) * d + 8 * a) * d - 4 * a; };
    return {far(1 + fraction), near(fraction), near(1 - fraction), far(2 - fraction)};
}

std::vector<ResizeTap> tapsAt(const Resize& op, const Line& line, double position) {
    const auto clamped = [&](double index) {
        return static_cast<int64_t>(std::clamp(index, 0.0, static_cast<double>(line.in - 1)));
    };
    if (op.mode == ResizeMode::Nearest)
        return {{clamped(rounded(op.rounding, position)), 1}};
    const double before = std::floor(position), fraction = position - before;
    if (op.mode == ResizeMode::Linear) {
        if (fraction == 0)
            return {{clamped(before), 1}};
        return {{clamped(before), 1 - fraction}, {clamped(before + 1), fraction}};
    }
    const std::array<double, 4> weights = cubicWeights(op.cubicA, fraction);
    std::vector<ResizeTap> taps;
    double sum = 0;
    for (int i = 0; i < 4; ++i) {
        const double index = before - 1 + i;
        if (op.excludeOutside && (index < 0 || index > static_cast<double>(line.in - 1)))
            continue;
        taps.push_back({clamped(index), weights[static_cast<size_t>(i)]});
        sum += taps.back().weight;
    }
    for (ResizeTap& tap : taps)
        tap.weight /= op.excludeOutside ? sum : 1;
    return taps;
}

} // namespace

Shape resizedShape(const Resize& op, const Shape& x) {
    const bool byScale = !op.scales.empty();
    if (byScale == !op.sizes.empty())
        refuse("it needs either scales or sizes");
    if (const size_t given = byScale ? op.scales.size() : op.sizes.size(); given != x.size())
        refuse(fmt::format("it has {} {} and its input {} dimensions", given, byScale ? "scales" : "sizes", x.size()));
    if (op.coordinates == ResizeCoordinates::TfCropAndResize && op.roi.size() != 2 * x.size())
        refuse(fmt::format("it has {} numbers for the region that it crops and needs {}", op.roi.size(), 2 * x.size()));
    Shape result = x;
    for (size_t i = 0; i < x.size(); ++i) {
        if (!byScale) {
            result[i] = op.sizes[i] == 0 ? x[i] : op.sizes[i];
        } else {
            const double size = std::floor(static_cast<double>(x[i]) * static_cast<double>(op.scales[i]));
            if (!(op.scales[i] > 0) || !(size < 0x1p40))
                refuse(fmt::format("it has the impossible scale {}", op.scales[i]));
            result[i] = static_cast<int64_t>(size);
        }
        if (result[i] < 0 || (result[i] > 0 && x[i] == 0))
            refuse(fmt::format("it would make dimension {} of size {} from one of size {}", i, result[i], x[i]));
    }
    return result;
}

ResizeTaps resizeTaps(const Resize& op, size_t dim, int64_t in, int64_t out) {
    const Line line = lineOf(op, dim, in, out);
    ResizeTaps taps;
    taps.reserve(static_cast<size_t>(out));
    const bool untouched =
        in == out && (op.scales.empty() || op.scales[dim] == 1) && op.coordinates != ResizeCoordinates::TfCropAndResize;
    for (int64_t at = 0; at < out; ++at) {
        if (untouched) {
            taps.push_back({{at, 1}});
            continue;
        }
        const double position = positionOf(op.coordinates, line, at);
        const bool outside = op.coordinates == ResizeCoordinates::TfCropAndResize &&
                             (position < 0 || position > static_cast<double>(in - 1));
        taps.push_back(outside ? std::vector<ResizeTap>{} : tapsAt(op, line, position));
    }
    return taps;
}

bool keepsDimension(const ResizeTaps& taps, int64_t in) {
    if (static_cast<int64_t>(taps.size()) != in)
        return false;
    for (size_t at = 0; at < taps.size(); ++at)
        if (taps[at].size() != 1 || taps[at][0].index != static_cast<int64_t>(at) || taps[at][0].weight != 1)
            return false;
    return true;
}

} // namespace halftone
