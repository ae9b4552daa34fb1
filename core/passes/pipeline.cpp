// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/clock.h"
#include "core/graph/validate.h"
#include "core/passes/passes.h"

#include <array>

namespace halftone {

std::span<const Pass> standardPasses() {
    static constexpr std::array<Pass, 15> passes{{
        {"fold-constants", foldConstants},
        {"widen-halves", widenHalves},
        {"move-grids", moveGrids},
        {"saturate-grids", saturateGrids},
        {"remove-identities", removeIdentities},
        {"canonicalize", canonicalize},
        {"merge-scale-shift", mergeScaleShift},
        {"fold-bias", foldBias},
        {"fold-batch-norm", foldBatchNorm},
        {"fold-pad", foldPad},
        {"fuse-activation", fuseActivation},
        {"join-channel-grids", joinChannelGrids},
        {"fuse-residual-add", fuseResidualAdd},
        {"crop-kernels", cropKernels},
        {"move-strides", moveStrides},
    }};
    return passes;
}

std::span<const Pass> portablePasses() {
    constexpr size_t ours = 3; // the last ones
    return standardPasses().first(standardPasses().size() - ours);
}

Graph runPasses(Graph graph, std::span<const Pass> passes,
                const std::function<void(std::string_view, int64_t, const Graph&)>& afterEach) {
    for (const Pass& pass : passes) {
        const int64_t started = nowNs();
        graph = pass.run(std::move(graph));
        const int64_t durationNs = nowNs() - started;
        validate(graph, std::string(pass.name));
        if (afterEach)
            afterEach(pass.name, durationNs, graph);
    }
    return graph;
}

} // namespace halftone
