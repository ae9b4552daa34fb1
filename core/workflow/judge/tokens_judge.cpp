// SPDX-License-Identifier: GPL-3.0-or-later
// Scores of tokens: whether the best one stays, and how far the distribution moves.
#include "core/workflow/judge/judges.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace halftone {

namespace {

/// Kullback-Leibler divergence, in nats, of the softmax of `found` from that of `exact`.
double divergence(std::span<const float> exact, std::span<const float> found) {
    const double highestExact = *std::ranges::max_element(exact), highestFound = *std::ranges::max_element(found);
    double sumExact = 0, sumFound = 0;
    for (size_t i = 0; i < exact.size(); ++i) {
        sumExact += std::exp(exact[i] - highestExact);
        sumFound += std::exp(found[i] - highestFound);
    }
    const double logExact = highestExact + std::log(sumExact), logFound = highestFound + std::log(sumFound);
    double sum = 0;
    for (size_t i = 0; i < exact.size(); ++i) {
        const double log = exact[i] - logExact;
        if (const double probability = std::exp(log); probability > 0)
            sum += probability * (log - (found[i] - logFound));
    }
    return std::max(sum, 0.0);
}

class TokensJudge final : public OutputJudge {
public:
    explicit TokensJudge(size_t tokens) : m_tokens(tokens) {}

    double add(const JudgedRow& row) override {
        const size_t classes = row.fp32.size() / m_tokens;
        int64_t counted = 0, agreeing = 0;
        double moved = 0;
        for (size_t token = 0; token < m_tokens; ++token) {
            if (token < row.mask.size() && row.mask[token] == 0)
                continue;
            const auto exact = row.fp32.subspan(token * classes, classes),
                       found = row.other.subspan(token * classes, classes);
            ++counted;
            agreeing +=
                std::ranges::max_element(exact) - exact.begin() == std::ranges::max_element(found) - found.begin();
            moved += divergence(exact, found);
        }
        if (counted == 0)
            return 1;
        m_agreement.push_back(static_cast<double>(agreeing) / static_cast<double>(counted));
        if (std::isfinite(moved))
            m_divergence.push_back(moved / static_cast<double>(counted));
        return m_agreement.back();
    }

    std::vector<Measure> result() const override {
        return {meanOf(MeasureKind::TokenAgreement, m_agreement, 0, 1),
                meanOf(MeasureKind::TokenDivergence, m_divergence, 0, std::numeric_limits<double>::infinity())};
    }

private:
    size_t m_tokens;
    std::vector<double> m_agreement, m_divergence; // by sample
};

} // namespace

std::unique_ptr<OutputJudge> tokensJudge(const JudgedOutput& output) {
    return std::make_unique<TokensJudge>(static_cast<size_t>(std::max<int64_t>(output.shape[0], 1)));
}

} // namespace halftone
