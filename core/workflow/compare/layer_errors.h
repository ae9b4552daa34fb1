// SPDX-License-Identifier: GPL-3.0-or-later
// What int8 does to the result of every layer, and where bad samples leave the others.
#pragma once

#include "core/base/job.h"
#include "core/engine/plan/plan.h"
#include "core/graph/graph.h"
#include "core/report/report.h"
#include "core/workflow/samples/samples.h"

#include <functional>
#include <string>
#include <vector>

namespace halftone {

struct ErrorAnalysisInput {
    const Graph& reference; // that `quantized` was made from
    const Graph& quantized;
    Plan& int8; // of `quantized`
    const Samples& samples;
    std::vector<int64_t> usual; // of the samples: what errors are told of
    std::vector<int64_t> bad;   // of the samples: those whose divergence is looked for
    std::function<std::string(int64_t)> nameOf;
};

/// Over the usual samples, for every layer that takes a step:
///   accumulated  the result in the int8 plan against fp32;
///   local        of layers in int8: the layer as a network of its own (layerAlone), compiled in int8 and fed what it
///                reads in fp32. With weights its error is that of its inputs and weights but not of its result's grid.
/// A layer without a local error says why. Values that are NaN or infinite in fp32 are left out, and so are layers that
/// have no others.
/// Of a bad sample, the first layer whose SQNR is 6 dB or more below the median of the usual ones. Holds all
/// activations of one batch: throws Error{Limit} where these take more than 512 MB. `progress` rises to 1, over the
/// layers that are compiled and then over the samples. Throws Cancelled.
ErrorAnalysis analyseErrors(const ErrorAnalysisInput& input, const Job& job,
                            const std::function<void(double fraction)>& progress);

} // namespace halftone
