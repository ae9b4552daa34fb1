// SPDX-License-Identifier: GPL-3.0-or-later
// Reference outputs of real models, made by another runtime for one fixed input.
#pragma once

#include "core/graph/tensor.h"

#include <string>
#include <vector>

namespace halftone::test {

/// x[i] = ((i * 2654435761) mod 2^32) / 2^32 over the flat input.
std::vector<float> goldenInput(const Shape& shape);

/// A file of raw little-endian floats.
std::vector<float> readFloats(const std::string& path);

} // namespace halftone::test
