// SPDX-License-Identifier: GPL-3.0-or-later
// What other precisions than fp32 cost in accuracy: all plans side by side on the same samples.
#pragma once

#include "core/base/diagnostic.h"
#include "core/profile/measure.h"
#include "core/report/report.h"
#include "core/workflow/judge/judged_output.h"
#include "core/workflow/samples/samples.h"
#include "core/workflow/tell/stages.h"

#include <optional>

namespace halftone {

/// Throws Error{BadInput} when the label (plus offset) of a sample is no class of a network whose first output has this
/// shape. Says nothing about unlabelled samples and outputs that are not one row of classes a sample.
void checkClasses(const DataSamples& samples, const Shape& output);

/// Accuracy, and warnings "outputs-not-finite" about samples that it says nothing or little about.
struct ComparedAccuracy {
    std::optional<Accuracy> accuracy; // absent where fp32 gave no sample a result to compare with
    std::vector<Diagnostic> diagnostics;
};

/// What the fp32 network answered: the class with the largest score, by sample.
struct Answers {
    std::vector<int64_t> samples, classes;
    int64_t outputs = 0; // classes that there are
};

constexpr double kDrawing = 0.15; // of the time of a comparison: to draw the pictures of changed samples, roughly

/// Runs all plans, fp32 first, over the samples `indices`, and compares the output `judged`. Of classes the agreement
/// of the top-1 with that of fp32, and where the samples are labelled top-1 and top-5; of others what output_judge.h
/// measures; the distance of that output always. The fields without a precision, the changed samples and McNemar's test
/// are those of int8, which must be among the plans. Samples whose fp32 output is NaN are left out, and of others those
/// values that are NaN or infinite; what another precision makes such by itself counts as 0, and a row of NaN as no
/// class. Fills `answers`, where given, with those of fp32 where there are labels and classes. Throws as checkClasses
/// and forEachBatch.
ComparedAccuracy compareAccuracy(const std::vector<MeasuredPlan>& plans, const DataSamples& samples,
                                 const JudgedOutput& judged, const std::vector<int64_t>& indices, Stages& stages,
                                 Answers* answers = nullptr);

/// A warning where fp32 is right on so few of the samples that preprocessing or labels are likely to be wrong, whatever
/// int8 does: "guessing" where it is no better than chance among so many classes, "low-accuracy" where it surely is
/// less than a quarter of the way from there to always right.
std::optional<Diagnostic> warnOfLowAccuracy(int64_t right, int64_t samples, int64_t classes);

/// Index of the largest of these values, the first of equals; -1 where all are NaN.
int64_t argMax(std::span<const float> values);
/// `label` is among the `k` largest values (fewer than k values are strictly larger, and it is not NaN).
bool inTop(std::span<const float> values, int64_t label, int64_t k);

} // namespace halftone
