// SPDX-License-Identifier: GPL-3.0-or-later
// From noise at the network's output to points of accuracy.
#pragma once

#include <vector>

namespace halftone {

/// A sample changes its class when the noise bridges the margin m between its two largest scores. Noise of the variance
/// v in every score has the variance 2v in their difference, so of all samples the share
///
///   flips(v) = mean over samples of Q(m / sqrt(2 v)),  Q(z) = erfc(z / sqrt 2) / 2
///
/// changes. The variance of a given noise is not known beforehand (it differs from sample to sample, and there are more
/// than two classes), so it is the noise times a factor for which flips() of all-int8 is the share of samples that did
/// change. The drop is told in proportion: drop(noise) = drop of all-int8 * flips(noise) / flips(noise of all-int8),
/// which meets what was measured for all-int8, and 0 without noise.
class DropModel {
public:
    /// Of networks with classes: margins of the evaluated samples in fp32; of all-int8 the noise, the share of samples
    /// that changed their class, and the drop in points.
    DropModel(std::vector<double> margins, double int8Noise, double int8Changed, double int8Drop);
    /// Of other networks the drop is the distance of the outputs itself, and grows with the square root of the noise.
    DropModel(double int8Noise, double int8Drop) : m_int8Noise(int8Noise), m_int8Drop(int8Drop) {}

    double drop(double noise) const;

private:
    double flips(double variance) const;

    std::vector<double> m_margins;
    double m_int8Noise, m_int8Drop;
    double m_variancePerNoise = 0;
};

} // namespace halftone
