// SPDX-License-Identifier: GPL-3.0-or-later
// What every pass must hold.
#pragma once

#include "core/graph/dump.h"
#include "core/graph/graph.h"
#include "core/passes/passes.h"
#include "tests/support/catch.h"
#include "tests/support/graph_builder.h"

#include <cstdint>
#include <string>

namespace halftone::test {

/// Runs `pass`, and checks that the result is valid, computes the same, keeps inputs and outputs of the
/// network by name, and that the pass has nothing to add to it.
Graph checkedPass(Graph (*pass)(Graph), const Graph& graph);

/// checkedPass() on a graph to which the pass must not do anything.
void checkUntouched(Graph (*pass)(Graph), const Graph& graph);

/// Largest difference of the outputs for the same random inputs, relative to the largest value of each
/// output.
double outputDifference(const Graph& a, const Graph& b, uint32_t seed = 7);

} // namespace halftone::test
