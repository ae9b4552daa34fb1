// SPDX-License-Identifier: GPL-3.0-or-later
// A model file, read, bound to a batch and optimized: what every command starts from.
#pragma once

#include "core/base/job.h"
#include "core/formats/reader.h"
#include "core/graph/graph.h"
#include "core/passes/passes.h"
#include "core/quantize/adopt_grids.h"
#include "core/report/report.h"

#include <optional>
#include <span>
#include <string>

namespace halftone {

struct LoadedModel {
    ModelFile file; // file.graph is as read
    Graph graph;    // inferred for the batch, after the standard passes, without grids
    /// Of a model that was quantized before, its activations too: the same network on the grids of the file. They stand
    /// between layers that the passes fuse in `graph`, so it has more nodes.
    std::optional<Graph> onGrids;

    /// The fp32 network that has the nodes and values of the quantized one.
    Graph quantizable() const { return onGrids ? withoutGrids(*onGrids) : graph; }
};

/// Throws Error naming file, layer and cause; unsupported operators are refused here, before any work starts.
LoadedModel loadModel(const std::string& path, const InputShapes& inputShapes, int64_t batch, const Job& job);

/// The same for a file that was read already.
LoadedModel prepareModel(ModelFile file, int64_t batch, const Job& job,
                         std::span<const Pass> passes = standardPasses());

/// The report's model section as far as the file alone tells it: no MACs, unknown dimensions are -1.
Model describeFile(const ModelFile& file);

/// The whole section. `batch` is the batch that the graph was bound to; MACs are given per sample.
Model describeModel(const LoadedModel& model, int64_t batch);

/// Bytes of the constants of the network as executed: fp32, or with the noted 8-bit grids.
int64_t weightsBytes(const Graph& graph);

/// Multiply-accumulates of one execution.
int64_t totalMacs(const Graph& graph);

} // namespace halftone
