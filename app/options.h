// SPDX-License-Identifier: GPL-3.0-or-later
// Options that several commands share.
#pragma once

#include "core/data/preprocess.h"
#include "core/workflow/jobs/profile.h"

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

namespace halftone::app {

void addProgress(CLI::App* command, std::string& mode);

/// --size and --shape: sizes that the file leaves open, or that are wanted otherwise.
struct SizesOption {
    std::vector<std::string> sizes, shapes;

    void add(CLI::App* command);
    /// Throws Error{Usage} for a word that is no size or shape, or a name that is given twice.
    GivenSizes resolve() const;
};

/// Throws Error{Usage} for a name that is none.
Precision precisionOf(const std::string& word);

/// --precisions: what is run next to fp32 and int8.
struct PrecisionsOption {
    std::vector<std::string> names;

    void add(CLI::App* command);
    std::vector<Precision> resolve() const;
};

/// The preprocessing options; values given on the command line replace those of the preset.
struct PreprocessingOptions {
    std::string preset, channels;
    std::optional<int> resize, crop, labelOffset;
    std::vector<float> mean, std;

    void add(CLI::App* command);
    Preprocessing resolve() const;
};

/// How the network is quantized.
struct QuantizationArguments {
    QuantizeOptions options; // defaults of the words below, and what needs no translation
    std::string weightLimit = "auto", weights = "per-channel", scheme, ranges, biasCorrection, equalization, rounding;
    std::vector<std::string> rangesOf; // TENSOR=METHOD

    QuantizationArguments();
    void add(CLI::App* command);
    /// Throws Error{Usage} for a --range-of that is none, or given twice for a tensor.
    QuantizeOptions resolve() const;
};

/// What every measuring command takes: model, pictures, ranges, quantization, seed and --progress.
struct JobOptions {
    ProfileRequest request;
    SizesOption sizes;
    PreprocessingOptions preprocessing;
    QuantizationArguments quantization;
    std::string progress = "bar";

    void add(CLI::App* command);
    /// --samples, --threads, --batch and --time, for commands that measure one setting; `time` says what for.
    void addRun(CLI::App* command, const std::string& samples, const std::string& time);
    /// Completes the request.
    void resolve(const std::string& commandLine);
};

} // namespace halftone::app
