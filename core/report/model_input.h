// SPDX-License-Identifier: GPL-3.0-or-later
// What the network of a report takes.
#pragma once

#include "core/report/report.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace halftone {

/// The dimension of the channels in the shape of a picture: 4 dimensions, 1 or 3 channels, which stand behind the batch
/// or last. Absent for any other shape.
std::optional<size_t> channelDimension(const std::vector<int64_t>& shape);

/// Its only input is one of pictures.
bool takesPictures(const Model& model);

} // namespace halftone
