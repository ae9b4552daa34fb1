// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quantize/weight_rounding.h"

#include "core/quantize/rounded_weights.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace halftone {

namespace {

/// Relative to the mean variance: keeps directions that few samples showed from being trusted.
constexpr double kDamping = 0.01;

/// The covariance of one group's inputs, sorted so that the largest variance comes last, and its Cholesky factor.
class Covariance {
public:
    Covariance(const LayerInput& input, size_t group) : m_size(static_cast<size_t>(input.size)), m_order(m_size) {
        const auto covariance = [&](size_t i, size_t j) {
            return input.covariance(static_cast<int64_t>(group), static_cast<int64_t>(i), static_cast<int64_t>(j));
        };
        std::iota(m_order.begin(), m_order.end(), size_t{0});
        std::ranges::stable_sort(m_order, {}, [&](size_t i) { return covariance(i, i); });
        double trace = 0;
        for (size_t i = 0; i < m_size; ++i)
            trace += covariance(i, i);
        const double damping = kDamping * trace / static_cast<double>(m_size);
        m_factor.resize(m_size * m_size);
        for (size_t i = 0; i < m_size; ++i)
            for (size_t j = 0; j <= i; ++j)
                m_factor[i * m_size + j] = covariance(m_order[i], m_order[j]) + (i == j ? damping : 0);
        factorize();
    }

    /// False where the inputs hardly vary: rounding cannot be better than plain.
    bool usable() const { return m_usable; }
    size_t size() const { return m_size; }
    size_t original(size_t place) const { return m_order[place]; }
    /// Row k of L: what the error of weight k adds to those before it.
    const double* row(size_t k) const { return m_factor.data() + k * m_size; }

    /// E[(d x)^2] of differences `d` in the order of the weights.
    double error(std::span<const double> differences) const {
        std::vector<double> sums(m_size, 0.0);
        for (size_t k = 0; k < m_size; ++k)
            for (size_t i = 0; i <= k; ++i)
                sums[i] += row(k)[i] * differences[m_order[k]];
        return std::inner_product(sums.begin(), sums.end(), sums.begin(), 0.0);
    }

private:
    void factorize() {
        for (size_t j = 0; j < m_size && m_usable; ++j) {
            double* rowJ = m_factor.data() + j * m_size;
            const double pivot = rowJ[j] - std::inner_product(rowJ, rowJ + j, rowJ, 0.0);
            m_usable = pivot > 0;
            rowJ[j] = std::sqrt(pivot);
#pragma omp parallel for schedule(static)
            for (size_t i = j + 1; i < m_size; ++i) {
                double* rowI = m_factor.data() + i * m_size;
                rowI[j] = (rowI[j] - std::inner_product(rowI, rowI + j, rowJ, 0.0)) / rowJ[j];
            }
        }
    }

    size_t m_size;
    std::vector<size_t> m_order;
    std::vector<double> m_factor; // lower triangle
    bool m_usable = true;
};

/// The weights of one output channel as values of codes; `plain` are those that are rounded each for itself. Weights of
/// one place of the kernel in neighbouring input channels stand `inputStride` apart.
void roundChannel(const Covariance& covariance, std::span<const float> exact, std::span<const float> plain, float scale,
                  size_t inputStride, std::span<float> rounded) {
    const size_t size = covariance.size();
    const auto step = static_cast<double>(scale);
    std::vector<double> codes(size);
    double largestCode = 0, largestPair = 0;
    for (size_t i = 0; i < size; ++i) {
        codes[i] = std::nearbyint(static_cast<double>(plain[i]) / step);
        largestCode = std::max(largestCode, std::abs(codes[i]));
        if (i / inputStride % 2 == 1)
            largestPair = std::max(largestPair, std::abs(codes[i] + codes[i - inputStride]));
    }
    if (largestPair <= kLargestPair)
        largestPair = kLargestPair;
    std::ranges::fill(codes, 0.0); // those still to be rounded leave their partner all of the pair
    std::vector<double> carried(size, 0.0), before(size), after(size);
    for (size_t k = size; k-- > 0;) {
        const size_t at = covariance.original(k);
        const auto weight = static_cast<double>(exact[at]);
        const double target = weight + carried[k] / covariance.row(k)[k];
        const size_t partner = at / inputStride % 2 == 1 ? at - inputStride : at + inputStride;
        const double beside = partner < size ? codes[partner] : 0;
        const double code = std::clamp(std::nearbyint(target / step), std::max(-largestCode, -largestPair - beside),
                                       std::min(largestCode, largestPair - beside));
        codes[at] = code;
        rounded[at] = static_cast<float>(code * step);
        before[at] = weight - static_cast<double>(plain[at]);
        after[at] = weight - code * step;
        for (size_t i = 0; i < k; ++i)
            carried[i] += covariance.row(k)[i] * after[at];
    }
    if (covariance.error(before) <= covariance.error(after))
        std::ranges::copy(plain, rounded.begin());
}

Tensor rounded(const Value& weights, const LayerInput& input) {
    const std::vector<float> exact = weights.constant->toFloats();
    const std::vector<float> plain = roundedWeights(*weights.constant, *weights.quant);
    std::vector<float> result = plain;
    const auto channels = static_cast<size_t>(weights.shape[0]), groups = static_cast<size_t>(input.groups);
    const size_t channelsOfGroup = channels / groups, size = static_cast<size_t>(input.size);
    const size_t inputStride = size / static_cast<size_t>(weights.shape[1]);
    const std::vector<float>& scales = weights.quant->scales;
    for (size_t group = 0; group < groups; ++group) {
        const Covariance covariance(input, group);
        if (!covariance.usable())
            continue;
#pragma omp parallel for if (channelsOfGroup > 1)
        for (size_t channel = group * channelsOfGroup; channel < (group + 1) * channelsOfGroup; ++channel)
            roundChannel(covariance, std::span(exact).subspan(channel * size, size),
                         std::span(plain).subspan(channel * size, size), scales[scales.size() == 1 ? 0 : channel],
                         inputStride, std::span(result).subspan(channel * size, size));
    }
    return Tensor::fromFloats(weights.shape, result);
}

} // namespace

Graph roundWeights(Graph quantized, const LayerInputs& inputs, const std::function<void(double)>& progress) {
    const auto consumers = quantized.consumers();
    const auto nodes = static_cast<NodeId>(quantized.nodes().size());
    for (NodeId id = 0; id < nodes; ++id) {
        if (progress)
            progress(static_cast<double>(id) / nodes);
        const LayerInput* input = inputs.of(id);
        if (!input || input->count < 2 || !input->hasProducts())
            continue;
        const ValueId weights = quantized.node(id).inputs[1];
        // Weights that two layers share would have to suit the inputs of both.
        if (!quantized.value(weights).quant || consumers[static_cast<size_t>(weights)].size() > 1)
            continue;
        quantized.value(weights).constant = rounded(quantized.value(weights), *input);
        quantized.value(weights).type = ElementType::F32;
    }
    return quantized;
}

} // namespace halftone
