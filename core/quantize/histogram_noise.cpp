// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quantize/histogram_noise.h"

#include <algorithm>

namespace halftone {

namespace {

/// Adding and subtracting it rounds half to even, many at once and without SSE4.
constexpr double kRounder = 0x1.8p52;

} // namespace

HistogramNoise::HistogramNoise(const RangeHistogram& histogram) {
    const double lo = static_cast<double>(histogram.min()), hi = static_cast<double>(histogram.max());
    double density = 0, end = 0; // of the bin before
    const auto jumpTo = [&](double position, double next) {
        if (next == density)
            return;
        m_position.push_back(position);
        m_jump.push_back(density - next);
        density = next;
    };
    for (const RangeHistogram::Atom& atom : histogram.atoms())
        if (atom.value != 0)
            m_points.push_back(atom);
    const std::vector<int64_t> bins = histogram.evenBins();
    for (int bin = 0; bin < static_cast<int>(bins.size()); ++bin) {
        const int64_t count = bins[static_cast<size_t>(bin)];
        if (count == 0)
            continue;
        const double start = std::clamp(histogram.binStart(bin), lo, hi);
        const double stop = std::clamp(histogram.binStart(bin + 1), lo, hi);
        if (start != end)
            jumpTo(end, 0);
        if (start == stop) { // between the ends, and yet at one: a bin that begins there
            m_points.push_back({start, count});
            continue;
        }
        jumpTo(start, static_cast<double>(count) / (stop - start));
        end = stop;
    }
    jumpTo(end, 0);
}

double HistogramNoise::operator()(const QuantParams& grid) const {
    const double scale = static_cast<double>(grid.scale()), inverse = 1 / scale;
    const double lowest = lowestCode(grid.storage) - grid.zeroPoint();
    const double highest = highestCode(grid.storage) - grid.zeroPoint();
    // In steps of the grid, the error at t is t - k with k the nearest code, and its square integrates from 0 to t to
    // k / 12 + (t - k)^3 / 3, also beyond the ends where k stays.
    double sum = 0;
    const double* position = m_position.data();
    const double* jump = m_jump.data();
#pragma omp simd reduction(+ : sum)
    for (size_t i = 0; i < m_position.size(); ++i) {
        const double t = position[i] * inverse;
        const double aboveLowest = t > lowest ? t : lowest;
        const double k = (aboveLowest < highest ? aboveLowest : highest) + kRounder - kRounder;
        const double rest = t - k;
        sum += jump[i] * (k * (1.0 / 12) + rest * rest * rest * (1.0 / 3));
    }
    double points = 0;
    for (const RangeHistogram::Atom& point : m_points) {
        const double t = point.value * inverse;
        const double rest = t - (std::clamp(t, lowest, highest) + kRounder - kRounder);
        points += static_cast<double>(point.count) * rest * rest;
    }
    // Between single values the integral is 0 but for rounding.
    return std::max(sum, 0.0) * scale * scale * scale + points * scale * scale;
}

} // namespace halftone
