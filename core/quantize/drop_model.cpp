// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quantize/drop_model.h"

#include <algorithm>
#include <cmath>

namespace halftone {

DropModel::DropModel(std::vector<double> margins, double int8Noise, double int8Changed, double int8Drop)
    : m_margins(std::move(margins)), m_int8Noise(int8Noise), m_int8Drop(int8Drop) {
    if (m_margins.empty() || int8Noise <= 0)
        return;
    // Half of the samples change at most, so a larger share asks for as much variance as the search allows.
    double mean = 0;
    for (const double margin : m_margins)
        mean += margin / static_cast<double>(m_margins.size());
    double lo = std::log(1e-12), hi = std::log(1e12); // of the variance, in units of the mean margin's square
    const double unit = std::max(mean * mean, 1e-30);
    for (int i = 0; i < 100; ++i) {
        const double middle = (lo + hi) / 2;
        (flips(unit * std::exp(middle)) < int8Changed ? lo : hi) = middle;
    }
    m_variancePerNoise = unit * std::exp(hi) / int8Noise;
}

double DropModel::flips(double variance) const {
    double sum = 0;
    for (const double margin : m_margins)
        sum += std::erfc(margin / (2 * std::sqrt(variance))) / 2;
    return sum / static_cast<double>(m_margins.size());
}

double DropModel::drop(double noise) const {
    if (noise <= 0 || m_int8Noise <= 0)
        return 0;
    if (m_margins.empty())
        return m_int8Drop * std::sqrt(noise / m_int8Noise);
    const double ofInt8 = flips(m_variancePerNoise * m_int8Noise);
    return ofInt8 > 0 ? m_int8Drop * flips(m_variancePerNoise * noise) / ofInt8 : 0;
}

} // namespace halftone
