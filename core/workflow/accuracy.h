// What int8 costs in accuracy: fp32 and int8 side by side on the same samples.
#pragma once

#include "core/engine/plan.h"
#include "core/report/report.h"
#include "core/workflow/samples.h"
#include "core/workflow/stages.h"

namespace halftone {

/// Runs both plans over all samples. Top-1 and top-5 where the pictures are labelled, agreement of the top-1 where the
/// first output is one row of classes a sample; the distance of the outputs always. Throws Error{BadInput} when a
/// label (plus offset) is no class of the network.
Accuracy compareAccuracy(Plan& fp32, Plan& int8, const PictureSamples& samples, Stages& stages);

/// Index of the largest value; the first of equals.
int64_t argMax(std::span<const float> values);
/// `label` is among the `k` largest values (fewer than k values are strictly larger).
bool inTop(std::span<const float> values, int64_t label, int64_t k);

} // namespace halftone
