// SPDX-License-Identifier: GPL-3.0-or-later
// What quantization costs in accuracy: a section of the report.
#pragma once

#include "core/report/figures.h"
#include "core/report/kinds.h"
#include "core/request/output_kind.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace halftone {

/// Share of correct pictures, 0 to 1, by precision, with Wilson intervals.
struct TopK {
    std::map<std::string, double> share;
    std::map<std::string, Interval> ci95;
    bool operator==(const TopK&) const = default;
};

/// One class of an output, as the network gives it: a logit or a probability.
struct Score {
    int64_t index = -1; // class of the network's output
    double value = 0;
    bool operator==(const Score&) const = default;
};

/// How well another precision keeps what an output means. Shares are 0 to 1.
struct Measure {
    MeasureKind kind = MeasureKind::Cosine;
    double value = 0;
    std::optional<Interval> ci95; // absent for too few samples, and where none is known
    int64_t of = 0;               // samples, or boxes
    bool operator==(const Measure&) const = default;
};

/// A sample whose int8 output differs from that of fp32.
struct ChangedSample {
    std::string sample;
    int64_t label = -1;           // -1 without labels
    int64_t fp32 = -1, int8 = -1; // top-1 class; -1 where the output is not one row of classes
    std::string change; // "right-to-wrong", "wrong-to-right", "wrong-to-wrong"; without labels "flipped"; "same" top-1;
                        // "" where there are no classes
    double distance = 0; // |int8 - fp32| / |fp32| of the outputs, Euclidean
    // Of those with the largest distances alone:
    std::map<std::string, std::vector<Score>> top; // "fp32" and "int8": the five largest of each
    std::string picture;                           // small JPEG of what the network is shown, base64
    // Of every one again, 0 to 1: the cosine, or the share of tokens, boxes, pixels or letters; absent for classes.
    std::optional<double> kept;
    bool operator==(const ChangedSample&) const = default;
};

/// McNemar's test on the samples that only one precision gets right; exact, two-sided binomial.
struct McNemar {
    int64_t rightToWrong = 0, wrongToRight = 0; // fp32 to int8
    double pValue = 1;                          // of so uneven a split where both are equally good
    bool operator==(const McNemar&) const = default;
};

struct OutputDistance {
    std::optional<double> sqnrDb; // absent when both are identical
    double cosine = 0, maxAbs = 0;
    bool operator==(const OutputDistance&) const = default;
};

/// One precision against fp32 over all samples.
struct Closeness {
    std::optional<double> agreement; // share of samples with equal top-1
    OutputDistance outputs;
    std::vector<Measure> measures; // by what the output means; empty for classes and numbers
    bool operator==(const Closeness&) const = default;
};

struct Accuracy {
    int64_t samples = 0;
    int64_t alsoCalibrated = 0;                   // of these, used to find the ranges too
    std::optional<TopK> top1, top5;               // absent without labels
    std::optional<double> agreement;              // share of samples with equal top-1 in fp32 and int8
    std::vector<std::string> classNames;          // of the network's classes; empty where labels are only numbers
    std::optional<McNemar> mcnemar;               // absent without labels
    std::vector<ChangedSample> changed;           // every other top-1, the largest distance first
    std::vector<ChangedSample> moved;             // same top-1 or no classes: those whose outputs moved most
    OutputDistance outputs;                       // int8 against fp32 over all samples
    std::map<std::string, Closeness> byPrecision; // every precision but fp32, int8 included
    OutputKind judgedAs = OutputKind::Auto;       // how the output is compared; Auto in older reports
    std::string output;                           // that is compared
    std::string judgedWhy;                        // how the kind is known; "" where it was asked for
    bool operator==(const Accuracy&) const = default;
};

} // namespace halftone
