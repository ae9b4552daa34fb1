// SPDX-License-Identifier: GPL-3.0-or-later
// Where to clip an activation, by its distribution over the calibration samples.
#pragma once

#include "core/quantize/tensor_statistics.h"
#include "core/request/quantization.h"

namespace halftone {

/// What is known of the tensors that share a grid.
struct RangeEvidence {
    RangeHistogram histogram; // of all their values
    ValueRange meanRange;     // of all their mean ranges the outer ends

    RangeEvidence() = default;
    explicit RangeEvidence(const TensorStatistics& tensor);
    void join(const RangeEvidence& other);
};

/// The range that the grid is made for with activationParams; never wider than what was observed (or zero). Zero itself
/// always has a code, so a tensor that is never negative keeps its lower end, and under Scheme::Symmetric any other one
/// a single reach for both sides. Values that are exactly zero are free on every grid and weigh in Percentile alone.
///
/// MinMax: all that was observed. It clips nothing.
/// MeanMinMax: means of the samples' minima and maxima (OpenVINO's default for activations; formulas in NNCF's
///   MeanMinMax statistics).
/// Percentile: `percentile` of the values lie inside, as many outside on both sides; of a tensor that is never negative
///   all of them above.
/// Mse: least sum of (x - q(x))^2, clipped values included. The end is lowered in steps of 10 % until clipping costs
///   far more than finer steps gain, then refined; two ends are moved in turn until that gains nothing.
/// Entropy: least Kullback-Leibler divergence, as in S. Migacz, "8-bit Inference with TensorRT", GTC 2017: for every
///   threshold of i bins on either side of zero (i = 128, 136, ... of 2048), P are the counts inside, those outside
///   added to the outermost bins that hold any, and Q the counts inside, summed in 128 equal groups a side and spread
///   evenly over the bins of each group that hold any; both are normalized, and the i with the least sum of
///   P log(P / Q) is taken.
///
/// Same input, same range. Without values: 0 to 0.
ValueRange searchRange(const RangeEvidence& evidence, RangeMethod method, Scheme scheme, double percentile);

} // namespace halftone
