// SPDX-License-Identifier: GPL-3.0-or-later
// A model file, read, bound to a batch and optimized: what every command starts from.
#pragma once

#include "core/base/job.h"
#include "core/data/dataset.h"
#include "core/formats/model_source.h"
#include "core/graph/graph.h"
#include "core/passes/passes.h"
#include "core/quantize/adopt_grids.h"
#include "core/report/report.h"

#include <optional>
#include <span>
#include <string>

namespace halftone {

struct LoadedModel {
    BoundModel file; // file.graph is as read
    Graph graph;     // after the standard passes, without grids
    /// Of a model that was quantized before, its activations too: the same network on the grids of the file. They stand
    /// between layers that the passes fuse in `graph`, so it has more nodes.
    std::optional<Graph> onGrids;

    /// The fp32 network that has the nodes and values of the quantized one.
    Graph quantizable() const { return onGrids ? withoutGrids(*onGrids) : graph; }
};

/// Opens the file and binds it to these sizes; one that is given for the batch goes before `batch`. Sizes that nobody
/// gives are those of `data`, where it is given and tells them. Throws Error naming file, layer and cause; unsupported
/// operators are refused here, before any work starts.
LoadedModel loadModel(const std::string& path, const GivenSizes& given, int64_t batch, const Job& job,
                      const Dataset* data = nullptr, std::span<const Pass> passes = standardPasses());

/// All sizes for a file, those of `data` included.
Sizes sizesFor(const ModelFacts& file, const GivenSizes& given, int64_t batch, const Dataset* data);

/// The same for a file that is bound already.
LoadedModel prepareModel(BoundModel file, const Job& job, std::span<const Pass> passes = standardPasses());

/// The report's model section as far as the file alone tells it: no MACs, outputs as declared, open dimensions are -1.
Model describeFile(const ModelFacts& file);

/// The whole section. MACs are given per sample.
Model describeModel(const LoadedModel& model);

/// Bytes of the constants of the network as executed: fp32, or with the noted 8-bit grids.
int64_t weightsBytes(const Graph& graph);

/// Multiply-accumulates of one execution.
int64_t totalMacs(const Graph& graph);

} // namespace halftone
