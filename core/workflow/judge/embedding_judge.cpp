// SPDX-License-Identifier: GPL-3.0-or-later
// Embeddings: vectors whose angles matter. Vectors of tokens become their mean over the mask, as sentence encoders
// pool.
#include "core/workflow/judge/judges.h"

#include <algorithm>
#include <cmath>

namespace halftone {

namespace {

constexpr size_t kMostNeighbours = 2000; // samples among which the nearest one is looked for: all pairs are compared

/// Of length 1; all zero where the vector has no length or is not finite.
std::vector<float> pooled(std::span<const float> values, size_t tokens, std::span<const float> mask) {
    const size_t width = values.size() / std::max<size_t>(tokens, 1);
    std::vector<double> sum(width, 0.0);
    for (size_t token = 0; token < tokens; ++token) {
        const double weight = token < mask.size() ? mask[token] : 1;
        for (size_t i = 0; weight != 0 && i < width; ++i)
            sum[i] += weight * values[token * width + i];
    }
    double squares = 0;
    for (const double value : sum)
        squares += value * value;
    std::vector<float> result(width);
    if (squares > 0 && std::isfinite(squares))
        for (size_t i = 0; i < width; ++i)
            result[i] = static_cast<float>(sum[i] / std::sqrt(squares));
    return result;
}

double dot(std::span<const float> a, std::span<const float> b) {
    double sum = 0;
    for (size_t i = 0; i < a.size(); ++i)
        sum += static_cast<double>(a[i]) * static_cast<double>(b[i]);
    return sum;
}

size_t nearest(const std::vector<std::vector<float>>& vectors, size_t to) {
    size_t best = to == 0 ? 1 : 0;
    double closest = -2;
    for (size_t i = 0; i < vectors.size(); ++i) {
        if (i == to)
            continue;
        if (const double cosine = dot(vectors[i], vectors[to]); cosine > closest) {
            closest = cosine;
            best = i;
        }
    }
    return best;
}

class EmbeddingJudge final : public OutputJudge {
public:
    explicit EmbeddingJudge(size_t tokens) : m_tokens(tokens) {}

    double add(const JudgedRow& row) override {
        const std::vector<float> exact = pooled(row.fp32, m_tokens, row.mask),
                                 found = pooled(row.other, m_tokens, row.mask);
        m_cosines.push_back(dot(exact, found));
        if (m_exact.size() < kMostNeighbours) {
            m_exact.push_back(exact);
            m_found.push_back(found);
        }
        return std::clamp(m_cosines.back(), 0.0, 1.0);
    }

    std::vector<Measure> result() const override {
        std::vector<Measure> measures{meanOf(MeasureKind::Cosine, m_cosines, -1, 1)};
        if (m_exact.size() < 3) // of two each is the other's nearest
            return measures;
        int64_t kept = 0;
        for (size_t i = 0; i < m_exact.size(); ++i)
            kept += nearest(m_exact, i) == nearest(m_found, i);
        measures.push_back(shareOf(MeasureKind::NeighbourKept, kept, std::ssize(m_exact)));
        return measures;
    }

private:
    size_t m_tokens;
    std::vector<double> m_cosines;
    std::vector<std::vector<float>> m_exact, m_found;
};

} // namespace

std::unique_ptr<OutputJudge> embeddingJudge(const JudgedOutput& output) {
    return std::make_unique<EmbeddingJudge>(output.shape.size() == 2 ? static_cast<size_t>(output.shape[0]) : 1);
}

} // namespace halftone
