// SPDX-License-Identifier: GPL-3.0-or-later
// Reads a TensorFlow Lite model, version 3 of the format: fp32, fp16 weights, 8-bit weights, and 8 bits throughout.
#pragma once

#include "core/formats/model_source.h"

#include <cstddef>
#include <span>

namespace halftone {

/// Whether the file says that it is one.
bool isTflite(std::span<const std::byte> bytes);

/// The first network in `bytes`, which must outlive it. Quantized inputs and outputs become real numbers on their
/// grids, and a diagnostic says so. Error messages do not name the file: the caller does.
std::unique_ptr<ModelSource> openTflite(std::span<const std::byte> bytes, const ReadLimits& limits = {});

} // namespace halftone
