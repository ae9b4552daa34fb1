// SPDX-License-Identifier: GPL-3.0-or-later
// The report: all that a profile run found, as plain data. It is the only contract between the program that
// measures and everything that shows: the window, the exporters, other tools. A report read from a file equals
// the one that was written.
//
// Units are in the names (Ms, Bytes, Db). std::optional is "not measured"; a reader shows it as missing, never
// as zero. Field names in JSON equal the names here.
#pragma once

#include "core/base/diagnostic.h"
#include "core/report/accuracy_report.h"
#include "core/report/figures.h"
#include "core/report/kinds.h"
#include "core/report/options.h"
#include "core/report/quantization_report.h"
#include "core/request/sample_kind.h"

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace halftone {

inline constexpr const char* reportSchema = "halftone-report/1";

struct Tool {
    std::string name, version, onednn;
    bool operator==(const Tool&) const = default;
};

struct Machine {
    std::string cpu;
    std::string isa; // effective instruction set of oneDNN, for example "AVX512_CORE_VNNI"
    int cores = 0;   // logical CPUs this process may use
    int threads = 0; // threads used by the runs
    int64_t memoryBytes = 0;
    std::string os;
    std::optional<double> frequencyMhz; // at the start of the measurement
    std::optional<double> load;         // one-minute load average before the measurement
    std::optional<double> steal;        // share of CPU time taken by other guests while measuring, 0 to 1
    std::optional<double> others;       // share of CPU time taken by other programs while measuring, 0 to 1
    bool operator==(const Machine&) const = default;
};

/// An input or output of the network. Shape as measured (batch bound); `type` as in "f32", or empty where the file does
/// not say it.
struct Port {
    std::string name, type;
    std::vector<int64_t> shape;            // -1 for an open dimension
    std::vector<std::string> symbols = {}; // of open dimensions, by position; "" for others. Empty where there is none
    bool unknownRank = false;              // the file does not say how many dimensions; `shape` is empty
    bool operator==(const Port&) const = default;
};

struct Model {
    std::string path, name, format; // format: "ONNX opset 13"
    std::string sha256;
    int64_t sizeBytes = 0;                // of the file(s)
    int64_t parameters = 0;               // weights and biases
    int64_t macs = 0;                     // of one inference of one sample
    int64_t fp32WeightsBytes = 0;         // constants of the network as executed in fp32
    int64_t int8WeightsBytes = 0;         // the same after quantization; 0 before it
    std::vector<Port> inputs, outputs;    // open dimensions are -1 where no size was given
    std::vector<std::string> openSizes;   // symbols, the batch aside, that need a number before anything can be run
    std::map<std::string, int> operators; // operator name of the file -> count
    bool alreadyQuantized = false;
    bool operator==(const Model&) const = default;
};

struct Data {
    std::string path;
    std::string kind;               // "image-folder", "csv", "npz", "texts" ... as core/data/dataset.h lists them
    int64_t samples = 0;            // evaluated
    int64_t calibrationSamples = 0; // used for ranges
    bool labelled = false;
    Preprocessing preprocessing; // of pictures: enough to repeat it
    SampleKind sampleKind = SampleKind::Picture;
    bool operator==(const Data&) const = default;
};

struct Memory {
    int64_t weightsBytes = 0, arenaBytes = 0, scratchpadBytes = 0;
    /// Largest growth of the process's resident memory while this plan was compiled and first run: all that it needs
    /// beside the model as it was read, without the other plans. The first run includes the kernel library's own code.
    int64_t peakRssBytes = 0;
    bool operator==(const Memory&) const = default;
};

/// Physical form of a tensor at the border of a step: type "u8", layout "nhwc" or oneDNN's tag.
struct StepPort {
    std::string tensor; // name of the value in the model
    std::string type, layout;
    bool operator==(const StepPort&) const = default;
};

/// One step of a plan: what the engine really executes.
struct Step {
    int index = 0;
    std::string name;
    StepKind kind = StepKind::Compute;
    std::string op;
    std::string kernel;               // oneDNN's implementation name, or "halftone:<name>" for our own kernels
    std::string precision;            // "int8", "fp32": type of the arithmetic ("" for conversions)
    std::vector<std::string> origins; // layers of the file that this step computes; the first one is the anchor
    std::vector<StepPort> inputs, outputs;
    int64_t bytes = 0;        // read and written once each, weights included
    int64_t weightsBytes = 0; // of these the constants: weights and bias
    int64_t macs = 0;         // for the whole batch
    int64_t paddingMacs = 0;  // of these with the zeros of padding, which kernels may leave out
    double medianMs = 0;
    double share = 0;   // of the run's latencyMs.median, 0 to 1
    std::string why;    // for conversions and for layers not in int8: the reason as a sentence
    std::string choice; // the candidates that were timed for it and why this one was taken; "" where there was only one
    std::optional<double> limitMs;     // least time by the roofline of the report
    StepBound bound = StepBound::None; // what sets that limit
    std::vector<double> roundMs;       // in each of the run's stepRounds; medianMs is their median
    Interval ci95;                     // what it takes when nothing disturbs; see core/profile/measure.h

    /// What has to be computed: a multiplication and an addition are two, those with padding none.
    int64_t operations() const { return 2 * (macs - paddingMacs); }
    bool operator==(const Step&) const = default;
};

struct Run {
    std::string precision; // "fp32", "int8", "bf16", "fp16", "int8-simulated"
    std::string isa;
    int threads = 0;
    int64_t batch = 1;
    Latency latencyMs;    // of one inference of the whole batch
    double firstMs = 0;   // first inference, with one-time costs
    double compileMs = 0; // building the plan
    Memory memory;
    std::vector<Step> steps;
    std::vector<double> roundMs; // of every round, in the order measured: the median of its inferences
    std::vector<int> stepRounds; // of these the rounds around the median, that the times of the steps are of
    double stepsMs = 0;          // sum of the steps' medians
    double unexplainedMs = 0;    // latencyMs.median - stepsMs; may be negative by noise
    /// Of unexplainedMs the part that the system saw threads of this process wait for a CPU, or other guests take it.
    double waitingMs = 0;
    /// All that they waited in an inference, the threads together, as a share of latencyMs.median; absent where the
    /// system does not tell.
    std::optional<double> waitingShare;
    double timingOverheadMs = 0;         // median with per-step timing minus median without
    std::optional<double> speedup;       // fp32 median / this median; absent for fp32 itself
    std::optional<Interval> speedupCi95; // of the paired rounds
    bool significant = false;            // the speed-up is a measurable difference
    Grade grade = Grade::Undecided;      // of the speed-up
    bool operator==(const Run&) const = default;
};

/// How one precision treats one layer of the file.
struct LayerRun {
    LayerStatus status = LayerStatus::Eliminated;
    std::string into;               // where fused, the layer (anchor) whose step computes it
    std::string precision;          // precision it was computed in, "" when eliminated
    std::optional<double> medianMs; // only executed layers have a time of their own
    std::string kernel;
    int step = -1;                // index into Run::steps, -1 when eliminated
    std::optional<Interval> ci95; // of medianMs
    bool operator==(const LayerRun&) const = default;
};

/// One layer (node) of the user's file, fp32 and int8 side by side.
struct Layer {
    std::string name, op;
    int originIndex = 0; // position in the file
    int group = 0;       // layers that are computed by the same step in some precision share a group
    std::map<std::string, LayerRun> byPrecision;
    std::optional<double> speedup; // fp32 time / int8 time of the layer's group; on the anchor of the group
    int64_t macs = 0, bytes = 0;
    std::string reason; // why it is not in int8; "" when it is or need not be
    std::optional<Interval> speedupCi95;
    Grade grade = Grade::Undecided; // of the speed-up
    int64_t rounds = 0;             // that the times of the layer are of
    bool operator==(const Layer&) const = default;
};

struct Edge {
    std::string producer, consumer; // layer names; "" at the border of the network
    bool operator==(const Edge&) const = default;
};

/// A reorder, quantize or dequantize step, or a conversion done once at compile time.
struct Conversion {
    std::string run; // precision of the run it belongs to
    int step = -1;   // index into Run::steps; -1 for "once"
    StepKind kind = StepKind::ConvertType;
    std::string tensor;
    std::string fromType, toType, fromLayout, toLayout;
    Edge edge;
    int64_t bytes = 0;
    std::optional<double> medianMs; // absent for "once"
    When when = When::EveryInference;
    std::string why;
    bool operator==(const Conversion&) const = default;
};

struct Verdict {
    std::string sentence;
    std::optional<double> speedup; // fp32 median / int8 median
    std::optional<Interval> speedupCi95;
    bool significant = false;
    std::optional<double> conversionShare; // of the int8 latency, 0 to 1
    std::optional<double> accuracyDrop;    // top-1 fp32 - int8 in points (percent)
    Grade grade = Grade::Undecided;        // of the speed-up
    bool operator==(const Verdict&) const = default;
};

/// Largest rate of arithmetic that was measured on this machine. A multiplication and an addition are two operations.
struct PeakRate {
    std::string precision; // "fp32", "bf16", "int8"
    int threads = 0;
    double gops = 0;    // 1e9 operations a second
    std::string kernel; // what reached it
    bool operator==(const PeakRate&) const = default;
};

/// Rate of reading a working set again and again.
struct Bandwidth {
    std::string level; // "L1", "L2", "L3", "memory"
    int threads = 0;
    int64_t capacityBytes = 0;   // of the caches of this level together; 0 for memory, which holds everything
    int64_t workingSetBytes = 0; // of all threads together
    double gbps = 0;             // 1e9 bytes a second, all threads together
    bool operator==(const Bandwidth&) const = default;
};

/// What this machine can do at most; Williams, Waterman, Patterson 2009.
struct Roofline {
    std::vector<PeakRate> peaks;
    std::vector<Bandwidth> bandwidths;
    double overheadMs = 0; // of an empty parallel step: what a step costs at least
    bool operator==(const Roofline&) const = default;
};

/// One part of the int8 time beyond the ideal.
struct LossPart {
    LossKind kind = LossKind::Ideal;
    double ms = 0;          // below zero for AbovePeak, and for Unexplained by noise
    std::vector<int> steps; // indices into the steps of the int8 run
    bool operator==(const LossPart&) const = default;
};

/// From the fp32 time to the int8 time. The parts add up to int8Ms.
struct Waterfall {
    double fp32Ms = 0, int8Ms = 0;
    std::vector<LossPart> parts;
    bool operator==(const Waterfall&) const = default;
};

/// Latencies of one setting by precision, measured interleaved.
struct SweepPoint {
    int threads = 0;
    int64_t batch = 0;
    std::map<std::string, Latency> latencyMs; // of one inference of the whole batch
    std::optional<double> speedup;            // fp32 median / int8 median
    std::optional<Interval> speedupCi95;
    bool significant = false;
    std::string failure;            // why there are no figures: "There is not enough memory."
    Grade grade = Grade::Undecided; // of the speed-up
    bool operator==(const SweepPoint&) const = default;
};

struct Sweep {
    double timeBudgetS = 0; // of each point
    std::vector<SweepPoint> points;
    std::optional<Conditions> conditions;
    bool operator==(const Sweep&) const = default;
};

/// The same model in a process of its own with the instruction set capped.
struct IsaRun {
    std::string cap; // value of ONEDNN_MAX_CPU_ISA
    std::string isa; // effective
    int weightBits = 8;
    std::string weightLimit; // of the weights: "full", "pairs", "7-bit"; see core/request/quantization.h
    std::map<std::string, Latency> latencyMs; // by precision
    std::optional<double> speedup;            // fp32 median / int8 median
    std::optional<Interval> speedupCi95;
    bool significant = false;
    std::map<std::string, double> top1;     // by precision; empty without labels
    std::optional<double> agreement;        // share of samples with equal top-1 in fp32 and int8
    std::optional<double> outputDifference; // int8 outputs against exact int8 sums: largest difference / largest output
    bool saturated = false;                 // int8 sums left the 16 bits that this instruction set sums in
    std::string failure;                    // why there are no figures
    Grade grade = Grade::Undecided;         // of the speed-up
    bool operator==(const IsaRun&) const = default;
};

/// What the model would do on lesser CPUs.
struct IsaComparison {
    int64_t samples = 0;    // that accuracy was taken on
    double timeBudgetS = 0; // of each run
    std::vector<IsaRun> runs;
    std::optional<Conditions> conditions;
    bool operator==(const IsaComparison&) const = default;
};

struct Report {
    std::string schema = reportSchema;
    Tool tool;
    std::string command; // command line that made it
    std::string created; // ISO 8601, UTC
    Machine machine;
    Model model;
    std::optional<Data> data;
    Options options;
    std::vector<Run> runs;
    std::vector<Layer> layers;
    std::vector<TensorRange> tensors;
    std::vector<Conversion> conversions;
    std::optional<Accuracy> accuracy;
    Verdict verdict;
    std::optional<Roofline> roofline;
    std::optional<Waterfall> waterfall;
    std::optional<ErrorAnalysis> errors;
    std::optional<MixedPlan> plan;
    std::optional<Sweep> sweep;
    std::optional<IsaComparison> isas;
    std::vector<Diagnostic> diagnostics;
    bool operator==(const Report&) const = default;

    /// The run of this precision, or null.
    const Run* run(const std::string& precision) const {
        for (const Run& run : runs)
            if (run.precision == precision)
                return &run;
        return nullptr;
    }
};

} // namespace halftone
