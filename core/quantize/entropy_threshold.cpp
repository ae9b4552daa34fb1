// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quantize/entropy_threshold.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace halftone {

namespace {

constexpr int kLevels = 128, kStep = 8;
constexpr int kHalf = RangeHistogram::binCount / 2;

double xLogX(double x) {
    return x > 0 ? x * std::log(x) : 0;
}

/// The counts on one side of zero, from there outwards, as running sums: entry i is about the first i bins.
class Side {
public:
    Side(const RangeHistogram& histogram, bool positive) : m_counts(kHalf + 1), m_filled(kHalf + 1), m_logs(kHalf + 1) {
        for (size_t i = 0; i < kHalf; ++i) {
            int64_t count = histogram.bins()[positive ? kHalf + i : kHalf - 1 - i];
            if (positive && i == 0)
                count -= histogram.zeros();
            m_counts[i + 1] = m_counts[i] + static_cast<double>(count);
            m_filled[i + 1] = m_filled[i] + (count > 0);
            m_logs[i + 1] = m_logs[i] + xLogX(static_cast<double>(count));
            if (count > 0)
                m_end = i + 1;
        }
    }

    size_t end() const { return m_end; } // behind the last bin that holds values
    double inside(size_t bins) const { return m_counts[bins]; }
    double all() const { return m_counts[kHalf]; }

    /// Sum of P log(P / Q) with counts that are not normalized; infinite when all values lie outside.
    double divergence(size_t bins) const {
        const double outside = all() - inside(bins);
        if (inside(bins) == 0)
            return outside > 0 ? std::numeric_limits<double>::infinity() : 0;
        double sum = m_logs[bins];
        bool outermost = true;
        for (size_t level = kLevels; level-- > 0;) {
            const size_t from = level * bins / kLevels, to = (level + 1) * bins / kLevels;
            double count = m_counts[to] - m_counts[from];
            if (count == 0)
                continue;
            const double spread = std::log(count / static_cast<double>(m_filled[to] - m_filled[from]));
            if (outermost) {
                const size_t last = lastFilled(bins);
                const double own = m_counts[last] - m_counts[last - 1];
                sum += xLogX(own + outside) - xLogX(own);
                count += outside;
                outermost = false;
            }
            sum -= count * spread;
        }
        return sum;
    }

private:
    size_t lastFilled(size_t bins) const {
        while (m_counts[bins] == m_counts[bins - 1])
            --bins;
        return bins;
    }

    std::vector<double> m_counts;
    std::vector<int> m_filled;
    std::vector<double> m_logs;
    size_t m_end = 0;
};

} // namespace

float entropyThreshold(const RangeHistogram& histogram) {
    if (histogram.count() == histogram.zeros())
        return 0;
    const Side above(histogram, true), below(histogram, false);
    const size_t end = std::max(above.end(), below.end());
    const double all = above.all() + below.all();
    size_t best = end;
    double least = std::numeric_limits<double>::infinity();
    const auto consider = [&](size_t bins) {
        const double inside = above.inside(bins) + below.inside(bins);
        if (inside == 0)
            return;
        const double divergence = (above.divergence(bins) + below.divergence(bins)) / all + std::log(inside / all);
        if (divergence < least) {
            least = divergence;
            best = bins;
        }
    };
    for (size_t bins = kLevels; bins < end; bins += kStep)
        consider(bins);
    consider(end);
    const float reach = std::max(std::abs(histogram.min()), std::abs(histogram.max()));
    return best == end ? reach : std::min(reach, static_cast<float>(static_cast<double>(best) * histogram.binWidth()));
}

} // namespace halftone
