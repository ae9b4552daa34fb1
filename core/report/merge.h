// Sections that are measured apart, such as sweeps, joined with a report of the same model.
#pragma once

#include "core/report/report.h"

namespace halftone {

/// `base` with the sweep, instruction sets, mixed plan and roofline of `addition` where it has them, and with the
/// diagnostics that belong to them (codes "sweep-...", "isa-...", "plan-...", "roofline-..."). What base had of a
/// section gives way. Throws Error{BadInput} when the two are of different model files or different CPUs: no figure of
/// a report may come from another machine.
Report merged(const Report& base, const Report& addition);

} // namespace halftone
