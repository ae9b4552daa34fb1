// SPDX-License-Identifier: GPL-3.0-or-later
// The main job: from a model file to the report.
#pragma once

#include "core/base/job.h"
#include "core/data/preprocess.h"
#include "core/engine/plan/plan.h"
#include "core/formats/sizes.h"
#include "core/quantize/options.h"
#include "core/report/report.h"

#include <string>
#include <vector>

namespace halftone {

struct ProfileRequest {
    std::string modelPath;
    GivenSizes sizes;       // that the file leaves open, or that are wanted otherwise
    std::string dataPath;   // empty: random input, timing only
    std::string labelsPath; // empty: the data set's own
    Preprocessing preprocessing;
    int64_t maxSamples = 1000; // 0: all
    int64_t calibrationSamples = 100;
    int threads = 0;   // 0: all CPUs
    int64_t batch = 1; // unless `sizes` has one for its symbol
    double timeBudgetS = 10;
    QuantizeOptions quantization;
    uint64_t seed = 1;
    std::vector<Precision> precisions; // to run next to fp32 and int8, which always are; empty: what suits the file
    std::string command;               // for the report
};

/// Throws Error{Usage} naming the value that is out of range.
void checkRequest(const ProfileRequest& request);

/// Throws Error, or Cancelled when the job was cancelled.
Report profileModel(const ProfileRequest& request, Job& job);

/// A report with tool, machine and model alone: what the file is, before anything is measured. A model that was read
/// but cannot be run (unsupported operators, open sizes) is described too, without MACs; the reason is a
/// diagnostic.
Report inspectModel(const std::string& path, const GivenSizes& given, const std::string& command, Job& job);

/// A report with tool, machine and its measured limits alone. Throws Error{Usage}, Cancelled.
Report describeMachine(int threads, const std::string& command, const Job& job);

/// Name and version of this program, set once by the front end.
void setToolVersion(const std::string& version);

} // namespace halftone
