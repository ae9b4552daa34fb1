// SPDX-License-Identifier: GPL-3.0-or-later
// Runs plans over samples, batch by batch. Samples that cannot be read (damaged ones) are left out and noted by
// `Samples::damaged`; Error{BadInput} when they are more than half of what was asked for.
#pragma once

#include "core/engine/plan/plan.h"
#include "core/workflow/samples/samples.h"
#include "core/workflow/tell/stages.h"

#include <functional>
#include <span>

namespace halftone {

/// Fills the inputs of `plan` with the samples from `indices[first]` on; the last batch repeats its last sample.
void fillBatch(Plan& plan, const Samples& samples, const std::vector<int64_t>& indices, size_t first);

/// Seconds that one of these samples takes to decode, with all threads at it: measured on the first.
double decodingS(Plan& plan, const Samples& samples, const std::vector<int64_t>& indices);

/// For every batch of `indices`: fills `plan`, calls `visit` with the samples that its first rows hold, tells the
/// progress. Some samples ahead are decoded by all threads at once, in at most 64 MB (or one batch); a cancel takes
/// effect after one of them. Ends after the first batch behind which `enough` is true.
void forEachBatch(Plan& plan, const Samples& samples, const std::vector<int64_t>& indices, Stages& stages,
                  const std::function<void(std::span<const int64_t> batch)>& visit,
                  const std::function<bool()>& enough = {});

} // namespace halftone
