// SPDX-License-Identifier: GPL-3.0-or-later
// What is kept of an output in another precision, by what the output means.
#pragma once

#include "core/report/accuracy_report.h"
#include "core/workflow/judge/judged_output.h"

#include <memory>
#include <span>
#include <vector>

namespace halftone {

/// One sample of the judged output.
struct JudgedRow {
    std::span<const float> fp32, other;
    std::span<const float> mask; // of its tokens; empty: all count
};

/// Keeps what it needs of each sample; rows are not kept beyond add().
class OutputJudge {
public:
    virtual ~OutputJudge() = default;
    /// How much of the sample is kept, 0 to 1: the cosine, or the share of tokens, boxes, pixels or letters.
    virtual double add(const JudgedRow& row) = 0;
    /// Over all samples, with 95 % intervals where samples are many enough for one.
    virtual std::vector<Measure> result() const = 0;
};

/// Null for Classes, which accuracy.h judges, and for Numbers.
std::unique_ptr<OutputJudge> makeJudge(const JudgedOutput& output);

} // namespace halftone
