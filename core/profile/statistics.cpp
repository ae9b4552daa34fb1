// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/profile/statistics.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <random>

namespace halftone {

namespace {

constexpr int kResamples = 2000;

/// 2.5 % and 97.5 % of `statistic` over resampled round indices.
Interval bootstrap(size_t rounds, uint64_t seed,
                   const std::function<double(const std::vector<size_t>& chosen)>& statistic) {
    if (rounds == 0)
        return {};
    std::mt19937_64 random(seed);
    std::vector<double> results;
    results.reserve(kResamples);
    std::vector<size_t> chosen(rounds);
    for (int i = 0; i < kResamples; ++i) {
        for (size_t& index : chosen)
            index = random() % rounds;
        results.push_back(statistic(chosen));
    }
    return {percentile(results, 0.025), percentile(results, 0.975)};
}

std::vector<double> select(std::span<const double> values, const std::vector<size_t>& chosen) {
    std::vector<double> result;
    result.reserve(chosen.size());
    for (const size_t index : chosen)
        result.push_back(values[index]);
    return result;
}

} // namespace

double percentile(std::span<const double> values, double p) {
    if (values.empty())
        return 0;
    std::vector<double> sorted(values.begin(), values.end());
    std::sort(sorted.begin(), sorted.end());
    const double at = p * static_cast<double>(sorted.size() - 1);
    const auto low = static_cast<size_t>(at);
    const size_t high = std::min(low + 1, sorted.size() - 1);
    return sorted[low] + (sorted[high] - sorted[low]) * (at - static_cast<double>(low));
}

double median(std::span<const double> values) {
    return percentile(values, 0.5);
}

double coefficientOfVariation(std::span<const double> values) {
    if (values.size() < 2)
        return 0;
    double mean = 0;
    for (const double value : values)
        mean += value / static_cast<double>(values.size());
    double variance = 0;
    for (const double value : values)
        variance += (value - mean) * (value - mean) / static_cast<double>(values.size() - 1);
    return mean > 0 ? std::sqrt(variance) / mean : 0;
}

Interval bootstrapMedian(std::span<const double> rounds, uint64_t seed) {
    return bootstrap(rounds.size(), seed,
                     [&](const std::vector<size_t>& chosen) { return median(select(rounds, chosen)); });
}

Interval orderInterval(std::span<const double> values) {
    if (values.empty())
        return {};
    std::vector<double> sorted(values.begin(), values.end());
    std::sort(sorted.begin(), sorted.end());
    const double n = static_cast<double>(sorted.size());
    // The median lies below the value of rank k with the probability of at most k - 1 heads in n throws.
    size_t left = 0; // values left out at each end
    double tail = std::pow(0.5, n), term = tail;
    while (tail <= 0.025 && 2 * (left + 1) < sorted.size()) {
        ++left;
        term *= (n - static_cast<double>(left) + 1) / static_cast<double>(left);
        tail += term;
    }
    left -= tail > 0.025 && left > 0 ? 1 : 0;
    return {sorted[left], sorted[sorted.size() - 1 - left]};
}

Interval pairedRatioInterval(std::span<const double> numerator, std::span<const double> denominator) {
    std::vector<double> ratios;
    for (size_t i = 0; i < std::min(numerator.size(), denominator.size()); ++i)
        if (denominator[i] > 0)
            ratios.push_back(numerator[i] / denominator[i]);
    return orderInterval(ratios);
}

Interval ratioInterval(double numerator, const Interval& numeratorCi95, double denominator,
                       const Interval& denominatorCi95) {
    if (numerator <= 0 || denominator <= 0 || numeratorCi95.lo <= 0 || denominatorCi95.lo <= 0)
        return {};
    const double ratio = numerator / denominator;
    const double down = std::hypot(std::log(numerator / numeratorCi95.lo), std::log(denominatorCi95.hi / denominator));
    const double up = std::hypot(std::log(numeratorCi95.hi / numerator), std::log(denominator / denominatorCi95.lo));
    return {ratio * std::exp(-down), ratio * std::exp(up)};
}

Interval wilson(int64_t hits, int64_t n) {
    if (n == 0)
        return {};
    constexpr double z = 1.959963984540054;
    const double count = static_cast<double>(n), share = static_cast<double>(hits) / count;
    const double denominator = 1 + z * z / count;
    const double centre = (share + z * z / (2 * count)) / denominator;
    const double half = z * std::sqrt(share * (1 - share) / count + z * z / (4 * count * count)) / denominator;
    return {std::max(0.0, centre - half), std::min(1.0, centre + half)};
}

double mcNemar(int64_t a, int64_t b) {
    const double n = static_cast<double>(a + b);
    double tail = 0; // in logarithms: binomial coefficients of some thousand samples overflow
    for (int64_t k = 0; k <= std::min(a, b); ++k)
        tail += std::exp(std::lgamma(n + 1) - std::lgamma(static_cast<double>(k) + 1) -
                         std::lgamma(n - static_cast<double>(k) + 1) - n * std::log(2.0));
    return std::min(1.0, 2 * tail);
}

} // namespace halftone
