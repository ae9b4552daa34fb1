// SPDX-License-Identifier: GPL-3.0-or-later
// Graph -> Plan for this CPU.
#pragma once

#include "core/base/job.h"
#include "core/engine/plan/plan.h"
#include "core/graph/graph.h"

#include <functional>

namespace halftone {

struct CompileOptions {
    Precision precision = Precision::Fp32;
    /// In int8, where several kernels can do a step, run them against each other and take the fastest; else oneDNN's
    /// first. Their sums are exact whichever runs; kernels of other types round differently, and ranges and outputs
    /// must not depend on which one was faster today.
    bool timeKernels = true;
    /// Of an int8 plan: what layers compute in that are not in int8. Fp32, or Bf16 or F16, where those without a kernel
    /// in it stay in fp32.
    Precision others = Precision::Fp32;
};

/// `graph` is inferred and has gone through the standard passes. In an int8 plan every node whose tensors lie on an
/// 8-bit grid (Value::quant) runs in int8 where oneDNN has a real kernel for it; the others run in fp32 and say why. In
/// simulated int8 the same tensors are rounded to their grids, weights included, but everything is computed in fp32.
/// Throws Error{Unsupported} naming the layer that cannot run at all, Error{Limit} when memory does not suffice,
/// Cancelled. `progress` rises to 1, node by node.
Plan compile(const Graph& graph, const CompileOptions& options, const Job& job,
             const std::function<void(double done)>& progress = {});

} // namespace halftone
