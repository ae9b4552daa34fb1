// SPDX-License-Identifier: GPL-3.0-or-later
// Plans against plain loops: what every test of the engine does with a graph.
#pragma once

#include "core/engine/compile.h"
#include "core/engine/plan/plan.h"
#include "core/graph/evaluate.h"
#include "core/quantize/quantize.h"
#include "tests/support/catch.h"
#include "tests/support/graph_builder.h"
#include "tests/support/grid_options.h"

#include <map>
#include <string>
#include <vector>

namespace halftone::test {

/// Noise for every input of the network, small whole numbers where it takes such.
std::map<ValueId, Tensor> inputsFor(const Graph& graph, uint32_t seed = 3);

Plan compiled(const Graph& graph, Precision precision = Precision::Fp32);

/// The outputs of the network, by position. Checks that running does not allocate, unless plain loops do a step.
std::vector<std::vector<float>> outputsOf(Plan& plan, const Graph& graph, const std::map<ValueId, Tensor>& inputs);

/// Compiles in fp32 and checks the outputs against evaluate() within `tolerance` of each output's largest
/// value, that a second run gives the same bits, and what describes the steps. Returns the plan.
Plan checkFp32(const Graph& graph, double tolerance = 1e-5);

/// checkFp32() of a network that is one node; the first operand is an input, the others are constants unless
/// `allInputs`.
Plan checkFp32(Op op, const std::vector<Shape>& shapes, bool allInputs = false);

/// What holds for the steps of any plan of this graph.
void checkSteps(const Plan& plan, const Graph& graph, Precision precision);

/// The compute step of this node; fails when there is none.
const StepInfo& stepOf(const Plan& plan, const std::string& node);
std::vector<StepInfo> conversions(const Plan& plan);
int count(const Plan& plan, StepInfo::Kind kind);
bool isReference(const StepInfo& step);

/// Grids from running the fp32 plan on `samples` random inputs.
Graph quantized(const Graph& graph, QuantizeOptions options = gridOptions(7), int samples = 4);

struct Int8Check {
    int64_t codes = 0, different = 0; // of all outputs that are stored as codes
};

/// Compiles a quantized graph in int8 and checks it against arithmetic in double on the dequantized codes:
/// outputs that are stored as codes within one code, other outputs within 1e-4 of their largest value.
/// Outputs of the network are taken from the plan where a later node reads them, so one code's difference
/// does not spread.
Plan checkInt8(const Graph& graph, Int8Check* result = nullptr, uint32_t seed = 11);

Conv conv2d(int64_t stride = 1, int64_t pad = 1, int64_t groups = 1, PostOps postOps = {});

} // namespace halftone::test
