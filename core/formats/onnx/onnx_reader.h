// SPDX-License-Identifier: GPL-3.0-or-later
// Reads an ONNX model, operator sets 1 to 22.
#pragma once

#include "core/formats/model_source.h"

#include <cstddef>
#include <span>
#include <string>

namespace halftone {

/// The model in `bytes`, which were read from `path`; external data is looked for beside it. Error
/// messages do not name the file: the caller does.
std::unique_ptr<ModelSource> openOnnx(std::span<const std::byte> bytes, const std::string& path,
                                      const ReadLimits& limits = {});

} // namespace halftone
