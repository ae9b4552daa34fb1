// SPDX-License-Identifier: GPL-3.0-or-later
// What is asked of a job: filled by the command line, edited by the window, obeyed by core/workflow, told by reports.
#pragma once

#include "core/request/given_sizes.h"
#include "core/request/output_kind.h"
#include "core/request/precision.h"
#include "core/request/preprocessing.h"
#include "core/request/quantization.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace halftone {

/// What halftone-cli can do with a model. The values are bits, so that an option can name the jobs that know it.
enum class JobKind : unsigned {
    Inspect = 1,
    Profile = 2,
    Sweep = 4,
    Isa = 8, // compare instruction sets
    Plan = 16,
    Write = 32,
    Run = 64,
    Preview = 128
};

/// The settings that a sweep measures: every batch with every number of threads.
struct SweepGrid {
    std::vector<int64_t> batches{1, 2, 4, 8, 16, 32};
    std::vector<int> threads; // 0: one for each CPU; empty: 1, 2, 4 ... and all CPUs
    bool operator==(const SweepGrid&) const = default;
};

/// What a plan of layers must hold to.
struct PlanLimits {
    /// Largest accuracy drop that a plan may have: points of top-1, of agreement with fp32 where there are no labels,
    /// or percent of the outputs' norm where they are no classes. Absent: 1 point, 10 % of the norm.
    std::optional<double> maxDrop;
    bool relative = false;                 // maxDrop is a share of the fp32 top-1 in percent
    std::map<std::string, Precision> pins; // by layer of the file: in int8, or in fp32
    bool operator==(const PlanLimits&) const = default;
};

struct JobRequest {
    std::string modelPath;
    GivenSizes sizes;          // that the file leaves open, or that are wanted otherwise
    std::string dataPath;      // empty: random input, timing only
    std::string labelsPath;    // empty: the data set's own
    std::string tokenizerPath; // of texts; empty: the one beside the model
    Preprocessing preprocessing = preprocessingPreset("unit");
    int64_t calibrationSamples = 100;
    QuantizeOptions quantization;
    uint64_t seed = 1;                   // of random input and of the intervals
    int64_t maxSamples = 1000;           // 0: all
    OutputKind judge = OutputKind::Auto; // what the output is compared as
    int threads = 0;                     // 0: all CPUs
    int64_t batch = 1;                   // unless `sizes` has one for its symbol
    double timeBudgetS = 10;             // see its help for each kind of job
    /// To run next to fp32 and int8, which always are; empty: what suits the file.
    std::vector<Precision> precisions;
    SweepGrid sweep;
    PlanLimits plan;
    Precision written = Precision::Int8; // of the model that a Write writes: int8 or fp32
    bool operator==(const JobRequest&) const = default;
};

/// What is asked where nothing is said: a JobRequest with the time that this kind of job takes.
JobRequest defaultRequest(JobKind kind);

} // namespace halftone
