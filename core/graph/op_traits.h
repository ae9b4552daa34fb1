// SPDX-License-Identifier: GPL-3.0-or-later
// What an operator is, as far as it says so by itself: one entry for each, in op_traits.cpp. Whoever asks what holds
// for an operator asks here, so that a new one is described once; what depends on shapes, constants or the CPU is
// decided by the rooms above.
#pragma once

#include "core/graph/graph.h"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace halftone {

/// So many operands or results.
struct Arity {
    size_t least = 1, most = 1;
    static constexpr size_t kAny = std::numeric_limits<size_t>::max();
    bool operator==(const Arity&) const = default;
};

/// An operand that holds weights, which are quantized one scale for each output channel.
struct WeightOperand {
    size_t input = 1;
    int outputDimension = 0; // of the weights: along it lie the output channels, and so the scales
    bool operator==(const WeightOperand&) const = default;
};

/// What an operator makes of 8-bit codes.
enum class Int8Form {
    None,      // it computes on real numbers
    Moves,     // its results consist of values of its operands, so that all lie on one grid
    KeepsGrid, // the same with averages between neighbours
    Follows,   // it computes from grid to grid where a layer in int8 reads its result
    Candidate, // a layer that is in int8 or not by itself, and that a plan chooses for
};

struct OpTraits {
    const char* name; // of what the operator computes, post-ops not included: "Conv", "Relu", "Add"
    Arity operands;   // its own: those of post-ops come on top
    Arity results;
    size_t gridBegin = 0, gridEnd = 1; // the operands that may lie on 8-bit grids: numbers, no settings or positions
    Int8Form int8 = Int8Form::None;
    const char* notInt8 = "needs the precision of fp32"; // why Int8Form::None, said of the operator
    bool bf16 = false;                                   // may compute in bf16 and fp16
    bool heavy = false;                                  // its cost are multiply-accumulates
    bool keepsOrder = false;                             // the elements of x in other dimensions, none moved
    bool settingsOfDimensions = false;                   // has one setting for each dimension of x
    std::span<const WeightOperand> weights;              // empty for operators whose weights are not quantized
    std::optional<size_t> bias;                          // the operand that holds it: one number an output channel
};

/// The entry of `op`; some depend on its settings.
OpTraits traitsOf(const Op& op);

/// Its operands with those of its post-ops.
Arity arityOf(const Op& op);

/// Operators whose results and operands can all lie on one 8-bit grid. A global average is none: its results use a
/// small part of the input's range.
bool keepsGrid(const Op& op);
/// Of those, the ones whose results consist of values of their operands.
bool onlyMoves(const Op& op);
/// Convolutions and matrix products.
bool isHeavy(const Op& op);
/// A layer that is in int8 or not by itself, where there is a kernel.
bool isInt8Candidate(const Op& op);

/// The operands that hold weights to be quantized; none for most operators.
std::span<const WeightOperand> weightOperands(const Op& op);
/// The operands of such an operator that are its own numbers: weights and bias, given or not.
std::vector<size_t> parameterOperands(const Op& op);
/// The operand that OpTraits::bias names is given.
bool hasBias(const Node& node);

/// Whether this operand, of the operator or of a fused addition, may lie on an 8-bit grid.
bool mayLieOnGrid(const Op& op, size_t operand);
/// Those of `node`, in order; what is omitted is left out.
std::vector<ValueId> operandsOnGrids(const Node& node);

/// Why it cannot compute on codes ("Softmax needs the precision of fp32."), or in bf16 and fp16, whatever its tensors
/// are; "" where that depends on them.
std::string whyNeverInt8(const Op& op);
std::string whyNeverBf16(const Op& op);

/// What is applied to the result before it is stored; null for an operator that takes no post-ops.
const PostOps* postOpsOf(const Op& op);
PostOps* postOpsOf(Op& op);

} // namespace halftone
