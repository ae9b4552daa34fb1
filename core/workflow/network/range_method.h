// SPDX-License-Identifier: GPL-3.0-or-later
// Which way to find ranges suits a network: by what it does to the outputs.
#pragma once

#include "core/base/diagnostic.h"
#include "core/base/job.h"
#include "core/engine/plan/plan.h"
#include "core/request/quantization.h"
#include "core/workflow/judge/judged_output.h"
#include "core/workflow/samples/samples.h"

#include <functional>
#include <optional>
#include <vector>

namespace halftone {

struct TriedRanges {
    RangeMethod method = RangeMethod::Mse;
    std::optional<double> sqnrDb; // of the outputs in int8; absent where they are exact
};

struct RangeMethodChoice {
    RangeMethod method = RangeMethod::Mse;
    std::vector<TriedRanges> tried; // Mse first
    int64_t samples = 0;

    /// "ranges-chosen": what was tried and what is taken; absent where one way was enough.
    std::optional<Diagnostic> told() const;
};

/// Tries ways to find ranges on up to 32 of the samples: `quantized` gives the network with the ranges of a method,
/// which runs in int8 beside `fp32`. Mse is taken where it keeps 30 dB of the outputs (mean over the outputs of error /
/// signal; of boxes the scores alone) or where no other way is a decibel better. No further way is begun after 20 s.
/// Throws as compile and fillBatch.
RangeMethodChoice chooseRangeMethod(Plan& fp32, const JudgedOutput& judged, const Samples& samples,
                                    const std::vector<int64_t>& indices,
                                    const std::function<Graph(RangeMethod)>& quantized, const Job& job);

} // namespace halftone
