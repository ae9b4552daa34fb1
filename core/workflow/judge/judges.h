// SPDX-License-Identifier: GPL-3.0-or-later
// The judges, one a kind of output; output_judge.cpp chooses.
#pragma once

#include "core/workflow/judge/output_judge.h"

namespace halftone {

std::unique_ptr<OutputJudge> embeddingJudge(const JudgedOutput& output);
std::unique_ptr<OutputJudge> tokensJudge(const JudgedOutput& output);
std::unique_ptr<OutputJudge> boxesJudge(const JudgedOutput& output);
std::unique_ptr<OutputJudge> maskJudge(const JudgedOutput& output);
std::unique_ptr<OutputJudge> sequenceJudge(const JudgedOutput& output);

/// The mean of one figure a sample and its 95 % interval by the normal distribution, kept within `least` to `most`; no
/// interval for fewer than 10 samples.
Measure meanOf(MeasureKind kind, std::span<const double> figures, double least, double most);
/// A share of samples with Wilson's interval.
Measure shareOf(MeasureKind kind, int64_t hits, int64_t samples);

} // namespace halftone
