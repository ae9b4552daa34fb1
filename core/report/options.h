// SPDX-License-Identifier: GPL-3.0-or-later
// What a measurement was asked to do and what it met: enough to repeat it, and to tell whether two agree.
#pragma once

#include "core/request/job_request.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace halftone {

/// Scheme, weights and ranges of a model that was quantized before: those of the file.
inline constexpr const char* kFromFile = "file";

/// As resolved: "auto" has become what was done.
struct QuantizationOptions {
    std::string scheme;      // of activations: "symmetric", "mixed", "asymmetric"; see core/request/quantization.h
    std::string weights;     // "per-channel", "per-tensor"
    std::string weightLimit; // "full", "pairs" (8 bits, sums of pairs limited so that int16 suffices), "7-bit"
    std::string ranges;      // method of all activations but rangesOf
    double percentile = 0;   // of values inside the range, for "percentile"
    std::map<std::string, std::string> rangesOf; // method by tensor
    bool biasCorrection = false, equalization = false, smoothing = false, rounding = false;
    std::vector<std::string> keptFp32; // layers, by the user's wish
    bool operator==(const QuantizationOptions&) const = default;
};

/// Everything needed to repeat the run.
struct Options {
    int threads = 0; // 0 was resolved to the number of cores
    int64_t batch = 1;
    int64_t maxSamples = 0; // 0: all
    int64_t calibrationSamples = 0;
    double timeBudgetS = 0;
    int weightBits = 8; // 7 where the CPU would saturate
    uint64_t seed = 0;
    std::vector<std::string> precisions; // of the runs, in the order measured
    QuantizationOptions quantization;
    std::map<std::string, int64_t> sizes; // chosen for what the file leaves open or has otherwise, by symbol
    std::optional<JobRequest> request;    // as it was asked, displayed(); absent in reports of earlier versions
    bool operator==(const Options&) const = default;
};

/// When and how a section of the report was measured. Sections that were measured in several sittings have their own.
struct Conditions {
    std::string created; // ISO 8601, UTC
    std::string command; // command line that made it
    Options options;
    std::optional<double> load;   // one-minute load average before the measurement
    std::optional<double> steal;  // share of CPU time taken by other guests while measuring, 0 to 1
    std::optional<double> others; // share of CPU time taken by other programs while measuring, 0 to 1
    /// What was set otherwise than for the report's runs, as phrases: "batch 16, not 1". Empty where nothing was.
    std::vector<std::string> differences;
    bool operator==(const Conditions&) const = default;
};

} // namespace halftone
