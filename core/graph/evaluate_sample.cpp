// SPDX-License-Identifier: GPL-3.0-or-later
// Operators that interpolate between elements at positions that are data.
#include "core/graph/evaluate_rules.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace halftone {

namespace {

/// An element along one dimension and how much of it counts.
struct Tap {
    int64_t index = 0;
    double weight = 0;
};
using Taps = std::vector<Tap>;

/// Mirrored at both limits until it lies between them.
double reflected(double x, double least, double most) {
    const double range = most - least;
    if (range <= 0)
        return least;
    const double behind = std::fmod(x < least ? least - x : x - least, 2 * range);
    return least + (behind <= range ? behind : 2 * range - behind);
}

/// The weights of the elements -1, 0, 1 and 2 places from the one before `part` of the way to the next.
std::array<double, 4> cubicWeights(double part) {
    constexpr double a = -0.75;
    const auto near = [&](double x) { return ((a + 2) * x - (a + 3)) * x * x + 1; };
    const auto far = [&](double x) { return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a; };
    return {far(part + 1), near(part), near(1 - part), far(2 - part)};
}

/// Of one dimension of `size` elements, for the position `x` between -1 and 1.
class GridAxis {
public:
    GridAxis(const GridSample& op, int64_t size)
        : m_op(op), m_size(size), m_least(op.alignCorners ? 0 : -0.5),
          m_most(static_cast<double>(size) - (op.alignCorners ? 1 : 0.5)) {}

    Taps taps(double x) const {
        const auto length = static_cast<double>(m_size);
        double at = m_op.alignCorners ? (x + 1) / 2 * (length - 1) : ((x + 1) * length - 1) / 2;
        if (m_op.mode == ResizeMode::Nearest)
            at = std::nearbyint(at);
        if (m_op.padding != GridPadding::Zeros && (at < m_least || at > m_most))
            at = m_op.padding == GridPadding::Border ? std::clamp(at, 0.0, length - 1) : reflected(at, m_least, m_most);
        if (!(at >= -4 && at <= length + 4)) // outside by far, or no number
            return {};
        const double before = std::floor(at), part = at - before;
        const auto first = static_cast<int64_t>(before);
        switch (m_op.mode) {
        case ResizeMode::Nearest: return inside({{static_cast<int64_t>(std::nearbyint(at)), 1}});
        case ResizeMode::Linear: return inside({{first, 1 - part}, {first + 1, part}});
        case ResizeMode::Cubic: break;
        }
        const std::array<double, 4> weights = cubicWeights(part);
        return inside({{first - 1, weights[0]}, {first, weights[1]}, {first + 1, weights[2]}, {first + 2, weights[3]}});
    }

private:
    /// What lies outside is left out, or taken from where the padding says.
    Taps inside(const Taps& taps) const {
        Taps result;
        for (Tap tap : taps) {
            if (m_op.padding == GridPadding::Border)
                tap.index = std::clamp<int64_t>(tap.index, 0, m_size - 1);
            else if (m_op.padding == GridPadding::Reflection && (tap.index < 0 || tap.index >= m_size))
                tap.index = std::clamp<int64_t>(
                    static_cast<int64_t>(reflected(static_cast<double>(tap.index), m_least, m_most)), 0, m_size - 1);
            if (tap.index >= 0 && tap.index < m_size)
                result.push_back(tap);
        }
        return result;
    }

    const GridSample& m_op;
    int64_t m_size;
    double m_least, m_most;
};

/// A value between the four elements around (y, x), as parts of it; nothing outside of the picture.
std::vector<double> interpolated(std::span<const double> picture, int64_t height, int64_t width, double y, double x) {
    if (!(y >= -1 && y <= static_cast<double>(height) && x >= -1 && x <= static_cast<double>(width)))
        return {0};
    const auto between = [](double at, int64_t size) {
        const double kept = std::clamp(at, 0.0, static_cast<double>(size - 1));
        const auto low = static_cast<int64_t>(kept);
        const double part = kept - static_cast<double>(low);
        return std::array<Tap, 2>{Tap{low, 1 - part}, Tap{std::min(low + 1, size - 1), part}};
    };
    std::vector<double> parts;
    for (const Tap& row : between(y, height))
        for (const Tap& column : between(x, width))
            parts.push_back(row.weight * column.weight *
                            picture[static_cast<size_t>(row.index * width + column.index)]);
    return parts;
}

constexpr double kMostSamples = 1024; // along one side of a part: positions are data, and may be absurd

/// Where the samples of the parts of a region lie along one dimension.
struct RegionAxis {
    double start, part;
    int64_t samples;

    RegionAxis(const RoiAlign& op, double from, double to, int64_t parts) {
        start = from * op.scale - (op.halfPixel ? 0.5 : 0);
        const double length = to * op.scale - (op.halfPixel ? 0.5 : 0) - start;
        part = (op.halfPixel ? length : std::max(length, 1.0)) / static_cast<double>(parts);
        const double own = std::ceil(part);
        samples = op.samples > 0 ? op.samples : static_cast<int64_t>(own >= 1 ? std::min(own, kMostSamples) : 1);
    }
    double at(int64_t index, int64_t sample) const {
        return start +
               part * (static_cast<double>(index) + (static_cast<double>(sample) + 0.5) / static_cast<double>(samples));
    }
};

double pooled(const RoiAlign& op, std::span<const double> picture, const Shape& x, const RegionAxis& rows,
              const RegionAxis& columns, int64_t row, int64_t column) {
    double sum = 0, most = 0;
    bool first = true;
    for (int64_t i = 0; i < rows.samples; ++i)
        for (int64_t k = 0; k < columns.samples; ++k)
            for (const double part : interpolated(picture, x[2], x[3], rows.at(row, i), columns.at(column, k))) {
                sum += part;
                most = first ? part : std::max(most, part);
                first = false;
            }
    return op.largest ? most : sum / static_cast<double>(rows.samples * columns.samples);
}

} // namespace

Tensor evaluateOp(const GridSample& op, const Inputs& inputs, const TensorType& result) {
    const Shape& shape = inputs[0]->shape;
    const std::vector<double> x = inputs[0]->toDoubles(), grid = inputs[1]->toDoubles();
    const size_t spatial = shape.size() - 2;
    const int64_t plane = elementCount(std::span(shape).subspan(2)),
                  positions = elementCount(std::span(result.shape).subspan(2));
    std::vector<GridAxis> axes;
    for (size_t i = 0; i < spatial; ++i)
        axes.emplace_back(op, shape[2 + i]);
    std::vector<double> y(static_cast<size_t>(elementCount(result.shape)));
    for (int64_t sample = 0; sample < shape[0]; ++sample)
        for (int64_t position = 0; position < positions; ++position) {
            const auto row = static_cast<size_t>(sample * positions + position) * spatial;
            Taps all{{0, 1}}; // offsets in a plane
            for (size_t i = 0; i < spatial; ++i) {
                Taps next;
                for (const Tap& outer : all)
                    for (const Tap& tap : axes[i].taps(grid[row + spatial - 1 - i]))
                        next.push_back({outer.index * shape[2 + i] + tap.index, outer.weight * tap.weight});
                all = std::move(next);
            }
            for (int64_t channel = 0; channel < shape[1]; ++channel) {
                const int64_t at = sample * shape[1] + channel;
                double sum = 0;
                for (const Tap& tap : all)
                    sum += tap.weight * x[static_cast<size_t>(at * plane + tap.index)];
                y[static_cast<size_t>(at * positions + position)] = sum;
            }
        }
    return tensorFromDoubles(result.type, result.shape, y);
}

Tensor evaluateOp(const RoiAlign& op, const Inputs& inputs, const TensorType& result) {
    const Shape& shape = inputs[0]->shape;
    const std::vector<double> x = inputs[0]->toDoubles(), regions = inputs[1]->toDoubles();
    const std::vector<int64_t> samples = inputs[2]->toInt64s();
    const auto plane = static_cast<size_t>(shape[2] * shape[3]);
    std::vector<double> y;
    y.reserve(static_cast<size_t>(elementCount(result.shape)));
    for (size_t region = 0; region < samples.size(); ++region) {
        if (samples[region] < 0 || samples[region] >= shape[0])
            refuse(fmt::format("its region {} lies in sample {} of {}", region, samples[region], shape[0]));
        const double* corners = regions.data() + 4 * region;
        const RegionAxis rows(op, corners[1], corners[3], op.height), columns(op, corners[0], corners[2], op.width);
        for (int64_t channel = 0; channel < shape[1]; ++channel) {
            const auto at = static_cast<size_t>(samples[region] * shape[1] + channel) * plane;
            for (int64_t row = 0; row < op.height; ++row)
                for (int64_t column = 0; column < op.width; ++column)
                    y.push_back(pooled(op, std::span(x).subspan(at, plane), shape, rows, columns, row, column));
        }
    }
    return tensorFromDoubles(result.type, result.shape, y);
}

} // namespace halftone
