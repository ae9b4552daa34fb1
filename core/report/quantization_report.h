// SPDX-License-Identifier: GPL-3.0-or-later
// How the network was quantized, what that does to each tensor and layer, and which layers should stay out: sections of
// the report.
#pragma once

#include "core/report/figures.h"
#include "core/report/options.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace halftone {

struct Histogram {
    Interval edges; // of the whole histogram; bins are of equal width
    std::vector<int64_t> counts;
    bool operator==(const Histogram&) const = default;
};

/// What one way of choosing the range would give, on the same histogram.
struct RangeCandidate {
    std::string method; // "min-max", "mean-min-max", "percentile", "mse", "entropy"
    double clipMin = 0, clipMax = 0;
    double clippedShare = 0;
    std::optional<double> sqnrDb;
    bool operator==(const RangeCandidate&) const = default;
};

/// The observed range after so many calibration samples.
struct RangeGrowth {
    int64_t samples = 0;
    double min = 0, max = 0;
    bool operator==(const RangeGrowth&) const = default;
};

/// How far the range of an activation can be trusted.
struct RangeHealth {
    std::vector<RangeGrowth> growth;    // at 1, 2, 5, 10, 20, 50 ... samples and at all
    std::optional<int64_t> stableAfter; // samples after which it grew by less than 1 % of its width; absent: never
    std::string minSample, maxSample;   // that set the ends
    std::optional<double> heldOutClippedShare; // of samples that were not calibrated with; absent without any
    bool operator==(const RangeHealth&) const = default;
};

/// Range and quantization of one tensor.
struct TensorRange {
    std::string name;
    std::string role;  // "activation" or "weight"
    std::string layer; // producer of an activation, consumer of a weight
    double observedMin = 0, observedMax = 0;
    double clipMin = 0, clipMax = 0;
    std::string storage; // "u8", "s8"
    std::vector<double> scales;
    std::vector<int> zeroPoints;
    std::optional<int> axis;      // of per-channel scales
    double clippedShare = 0;      // of the observed values outside the clip range
    std::optional<double> sqnrDb; // signal to quantization noise ratio over the observed values
    bool synthetic = false;       // ranges come from random input, not from data
    Histogram histogram;
    // per-channel weights: minimum and maximum of each channel, empty otherwise
    std::vector<double> channelMin, channelMax;
    std::string method;                     // by which the range was chosen
    std::vector<RangeCandidate> candidates; // activations: every method, the chosen one included
    std::optional<RangeHealth> health;      // activations with data
    double clippedBySteps = 0; // how far the outermost observed value lies outside the clip range, in steps of the grid
    int64_t notFinite = 0;     // values that were NaN or infinite; they are in no other figure
    std::string clipNote;      // why the clip range is not that of the values; "" where nothing needs saying
    bool operator==(const TensorRange&) const = default;
};

/// One tensor in int8 against the same in fp32, over all samples.
struct TensorDistance {
    std::optional<double> sqnrDb; // 10 log10(sum x^2 / sum (x - y)^2); absent when both are identical
    double cosine = 0, mse = 0, maxAbs = 0;
    bool operator==(const TensorDistance&) const = default;
};

struct LayerError {
    std::string layer, op; // the first layer of the file that the step computes
    std::string tensor;    // its result
    std::optional<TensorDistance>
        local;                  // this layer alone in int8, its input from fp32; absent where that was not measured
    TensorDistance accumulated; // all layers before it in int8 too
    std::string notMeasured;    // why `local` is absent, as a sentence: "It is not in int8."
    bool operator==(const LayerError&) const = default;
};

/// Where the result of one sample leaves that of fp32.
struct Divergence {
    std::string sample;
    std::string layer;                  // first one whose result is much farther off than usual
    double sqnrDb = 0, usualSqnrDb = 0; // there: of this sample, median of all
    bool operator==(const Divergence&) const = default;
};

struct ErrorAnalysis {
    int64_t samples = 0;
    std::vector<LayerError> layers;      // in the order of execution
    std::vector<Divergence> divergences; // of samples whose top-1 changed or whose output moved most
    bool operator==(const ErrorAnalysis&) const = default;
};

/// One layer that can run in int8: what each precision costs, and which one the plan takes.
struct PlanLayer {
    std::string layer, op;
    std::string precision;            // of the chosen plan: "int8", "fp32", "bf16"
    std::string pinned;               // precision that the user asked for; "" where the plan is free
    std::string reason;               // why it is not in int8: "slower in int8 here", "costs 0.6 points"
    std::map<std::string, double> ms; // by precision, measured in whole-network runs
    double conversionMs = 0;          // that keeping this layer alone out of int8 would add at its borders
    // With only this layer in int8, everything else in fp32:
    std::optional<double> outputSqnrDb; // of the network's output; absent where it did not change at all
    std::optional<double> agreement;    // share of samples with the same top-1
    std::optional<double> top1Drop;     // points
    double costPoints = 0;              // predicted share of the accuracy drop that goes away when it is kept out
    std::optional<double> speedup;      // ms of fp32 / ms of int8; absent where one of them was not measured
    std::optional<Interval> speedupCi95;
    Grade grade = Grade::Undecided; // of the speed-up
    bool operator==(const PlanLayer&) const = default;
};

/// One point of the Pareto front of latency and accuracy.
struct PlanPoint {
    std::vector<std::string> keptOut;          // layers that are not in int8
    double predictedMs = 0, predictedDrop = 0; // points of top-1; of agreement without labels
    std::optional<double> measuredMs, measuredDrop;
    bool operator==(const PlanPoint&) const = default;
};

/// Which layers should not be in int8.
struct MixedPlan {
    double maxDrop = 1; // points, or share of the fp32 top-1 in percent when relative
    bool relative = false;
    std::string criterion; // "top-1" with labels, "agreement" without, "output-distance" where there are no classes or
                           // no pictures: then every drop is the error of the outputs in percent of their norm
    double timeBudgetS = 0, usedS = 0;
    int64_t sensitivitySamples = 0, accuracySamples = 0;
    std::string otherPrecision;               // of the layers that are kept out: "fp32", "bf16"
    std::vector<PlanLayer> layers;            // in the order of execution
    std::vector<PlanPoint> front;             // from all-int8 (fastest first) to the most accurate
    int chosen = -1;                          // index into front; -1 when none is within the limit
    std::map<std::string, Latency> latencyMs; // "fp32", "int8" (all layers), "mixed" (the chosen plan), interleaved
    std::optional<double> speedup;            // fp32 / mixed
    std::optional<Interval> speedupCi95;
    bool significant = false;
    std::map<std::string, double> top1;      // by the same names; empty without labels
    std::map<std::string, double> agreement; // with fp32: "int8", "mixed"
    std::string sentence;                    // the answer in words
    Grade grade = Grade::Undecided;          // of the speed-up
    std::optional<Conditions> conditions;
    bool operator==(const MixedPlan&) const = default;
};

} // namespace halftone
