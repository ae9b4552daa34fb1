// SPDX-License-Identifier: GPL-3.0-or-later
// The choice between kernels that can all do a step, by running them while compiling. oneDNN lists its kernels in an
// order that suits most shapes; where two of them are close the order is wrong by up to 20 %.
#pragma once

#include "core/engine/plan/layout.h"

#include <string>
#include <utility>
#include <vector>

namespace halftone::engine {

struct KernelCandidate {
    std::string kernel; // oneDNN's name
    dnnl::primitive primitive;
    std::vector<std::pair<int, Desc>> args; // DNNL_ARG_* and what lies there, scratchpad included
};

struct KernelChoice {
    size_t index = 0;
    std::string reason; // "brgconv_1x1:avx2 0.29 ms, jit_1x1:avx2 0.26 ms: took the faster one"; "" for a single one
};

/// The first candidate, unless another one is more than 5 % faster, by the fastest of a few runs in turn on memory of
/// their own, and faster in every one of them.
/// Times are remembered for the process by `problem` (shapes, attributes) and number of threads, so that a network
/// compiled twice gets the same kernels.
KernelChoice chooseKernel(const std::string& problem, const std::vector<KernelCandidate>& candidates);

/// Generated for its shape: "jit...", "brgconv...", "brgemm...", "brdgmm_dw..."; not by way of a matrix, no reference
/// loop.
bool isGenerated(const std::string& kernel);

/// The candidates that are worth a run beside `kernel`: generated for the same instruction set.
bool isWorthRunning(const std::string& kernel, const std::string& beside);

} // namespace halftone::engine
