// SPDX-License-Identifier: GPL-3.0-or-later
// Sections that are measured apart, such as sweeps, joined with a report of the same model.
#pragma once

#include "core/report/report.h"

namespace halftone {

/// What was measured last wins. The runs and all that belongs to them (layers, limits, accuracy, options ...) are those
/// of `newer` where it has runs, else those of `older`; of the sweep, the instruction sets and the mixed plan, with
/// their diagnostics (codes "sweep-...", "isa-...", "plan-..."), each is that of `newer` where it has one, else that of
/// `older`. Notes in the conditions of these sections how their settings differ from those of the runs, and adds a
/// diagnostic where they disagree (differences.h). Throws Error{BadInput} when the two are of different model files or
/// different CPUs: no figure of a report may come from another machine.
Report merged(const Report& older, const Report& newer);

} // namespace halftone
