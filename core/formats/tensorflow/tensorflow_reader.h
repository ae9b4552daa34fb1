// SPDX-License-Identifier: GPL-3.0-or-later
// Reads a frozen TensorFlow graph (GraphDef), binary or text.
#pragma once

#include "core/formats/model_source.h"

#include <cstddef>
#include <span>

namespace halftone {

/// The model in `bytes`. Inputs are the Placeholders, outputs the results that no other layer reads, and what these do
/// not need is left out. Error messages do not name the file: the caller does. Throws Error{Unsupported} with what to
/// do for SavedModels, checkpoints and graphs that are not frozen or made for training.
std::unique_ptr<ModelSource> openTensorFlow(std::span<const std::byte> bytes, const ReadLimits& limits = {});

} // namespace halftone
