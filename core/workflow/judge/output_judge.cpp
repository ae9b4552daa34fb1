// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workflow/judge/output_judge.h"

#include "core/profile/statistics.h"
#include "core/workflow/judge/judges.h"

#include <algorithm>
#include <cmath>

namespace halftone {

Measure meanOf(MeasureKind kind, std::span<const double> figures, double least, double most) {
    const auto n = static_cast<double>(figures.size());
    double sum = 0, squares = 0;
    for (const double figure : figures)
        sum += figure;
    const double mean = figures.empty() ? 0 : sum / n;
    for (const double figure : figures)
        squares += (figure - mean) * (figure - mean);
    Measure measure{kind, mean, {}, std::ssize(figures)};
    constexpr size_t kLeastSamples = 10;
    if (figures.size() >= kLeastSamples) {
        const double half = 1.96 * std::sqrt(squares / (n - 1) / n);
        measure.ci95 = Interval{std::max(least, mean - half), std::min(most, mean + half)};
    }
    return measure;
}

Measure shareOf(MeasureKind kind, int64_t hits, int64_t samples) {
    const auto share = samples > 0 ? static_cast<double>(hits) / static_cast<double>(samples) : 0;
    return {kind, share, samples > 0 ? std::optional(wilson(hits, samples)) : std::nullopt, samples};
}

std::unique_ptr<OutputJudge> makeJudge(const JudgedOutput& output) {
    switch (output.kind) {
    case OutputKind::Embedding: return embeddingJudge(output);
    case OutputKind::Tokens: return tokensJudge(output);
    case OutputKind::Boxes: return boxesJudge(output);
    case OutputKind::Mask: return maskJudge(output);
    case OutputKind::Sequence: return sequenceJudge(output);
    case OutputKind::Auto:
    case OutputKind::Classes:
    case OutputKind::Numbers: break;
    }
    return nullptr;
}

} // namespace halftone
