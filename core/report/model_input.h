// SPDX-License-Identifier: GPL-3.0-or-later
// What the network of a report takes.
#pragma once

#include "core/report/report.h"

namespace halftone {

/// One input of pictures: four dimensions with 1 or 3 channels first or last.
bool takesPictures(const Model& model);

} // namespace halftone
