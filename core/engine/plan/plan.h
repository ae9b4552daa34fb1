// SPDX-License-Identifier: GPL-3.0-or-later
// A network compiled for this CPU: an ordered list of steps over one arena. Built by compile(); runs without
// allocating, but for steps of the kernel "halftone:reference". Not thread-safe; create and run it on the same thread
// with the same number of threads.
#pragma once

#include "core/graph/graph.h"
#include "core/request/precision.h"

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace halftone {

/// Physical form of a value at the border of a step.
struct PortInfo {
    std::string value;  // name in the graph
    std::string type;   // "f32", "u8", "s8"
    std::string layout; // "nhwc", "nChw8c", "nchw", "nc"
};

struct StepInfo {
    enum class Kind { Compute, ConvertType, ConvertLayout, ConvertBoth, Copy };

    std::string name; // of the node; conversions: "<value> to <type> <layout>"
    Kind kind = Kind::Compute;
    std::string op;                   // what is computed, fused operations with +: "Conv+Add+Relu"
    std::string kernel;               // oneDNN's implementation name, or "halftone:<name>"
    std::string precision;            // of the arithmetic: "fp32", "int8"; "" for conversions and copies
    std::vector<std::string> origins; // layers of the file; empty for conversions
    std::vector<PortInfo> inputs, outputs;
    int64_t bytes = 0;        // read and written once each, weights included
    int64_t weightsBytes = 0; // of these the constants
    int64_t macs = 0;
    int64_t paddingMacs = 0; // of these with the zeros of padding, which kernels may leave out
    // Conversions and copies: the reason; compute steps in fp32 of an int8 plan: why not int8; those by plain loops:
    // what a fast kernel lacks, where that is not the operator itself.
    std::string why;
    std::string choice; // candidates that were timed and why this one was taken; "" where there was only one
    std::string producer, consumer; // conversions: node names at both ends, "" at the border of the network
};

/// A conversion made while compiling: weights quantized and packed.
struct OneTimeConversion {
    StepInfo::Kind kind = StepInfo::Kind::ConvertLayout;
    std::string value, consumer;
    std::string fromType, toType, fromLayout, toLayout;
    int64_t bytes = 0;
    std::string why;
};

struct PlanMemory {
    int64_t weightsBytes = 0;    // packed weights, biases, scales
    int64_t arenaBytes = 0;      // all activations, after reuse
    int64_t scratchpadBytes = 0; // shared by all steps
};

/// An activation without gaps: channel c of C at position p of P in sample n is element
/// ((n * C + c / channelBlock * channelBlock) * P + p * channelBlock) + c % channelBlock. Blocks of one channel are
/// row-major order (NCHW), a single block of all channels is channels-last.
struct Activation {
    std::span<const float> elements;
    int64_t channelBlock = 1; // divides the number of channels
    operator std::span<const float>() const { return elements; }
};

/// Sees an activation right after it was computed, as fp32. `value` is its id in the graph that was compiled.
using ActivationObserver = std::function<void(ValueId value, const Activation& activation)>;

class Plan {
public:
    Plan(Plan&&) noexcept;
    Plan& operator=(Plan&&) noexcept;
    ~Plan();

    /// Inputs and outputs of the network in the graph's order, in row-major logical order (NCHW), as fp32. Those of
    /// another element type are converted: inputs by the next run, which needs this call before each filling, outputs
    /// by this call, valid until the next one. An input keeps its content from run to run.
    std::span<float> input(size_t index);
    std::span<const float> output(size_t index) const;
    /// The same in their own element types; the tensor has the type and shape of the input.
    void setInput(size_t index, const Tensor& tensor);
    Tensor outputTensor(size_t index) const;
    ElementType inputType(size_t index) const;
    const Shape& inputShape(size_t index) const;
    const Shape& outputShape(size_t index) const;
    size_t inputCount() const;
    size_t outputCount() const;

    void run();
    /// Adds the duration of every step, in ns, to `stepNs` (one per step) and returns the whole duration.
    int64_t runTimed(std::span<int64_t> stepNs);
    /// Runs once and shows every fp32 activation that a step computes, network inputs first, as it lies in memory. Only
    /// for fp32 plans.
    void runObserved(const ActivationObserver& observer);
    /// Runs once and shows the network inputs as given, then the result of every node in the graph's order, views
    /// included, in row-major logical order (NCHW). Codes are shown as the values they stand for; integers and other
    /// types that are no codes are left out. For plans of any precision; slower than runObserved.
    void runCaptured(const ActivationObserver& observer);

    const std::vector<StepInfo>& steps() const;
    const std::vector<OneTimeConversion>& oneTimeConversions() const;
    PlanMemory memory() const;

    struct Impl;
    explicit Plan(std::unique_ptr<Impl> impl);

private:
    std::unique_ptr<Impl> m_impl;
};

} // namespace halftone
