// SPDX-License-Identifier: GPL-3.0-or-later
// The functions that a model brings along, as layers of the graphs that call them.
#pragma once

#include "core/formats/onnx/messages.h"

#include <cstdint>

namespace halftone::onnx_format {

/// Replaces each call of one of the model's own functions by the function's layers, in graphs inside of layers too.
/// Their names begin with that of the calling layer ("call/add"); attributes of the call take the place of those that
/// the function leaves open. Calls stay, to be refused by name, of a function that calls itself or one that does, that
/// asks for another operator set than `opset`, or where the graph would get too large.
void inlineFunctions(onnx::ModelProto& model, int64_t opset);

} // namespace halftone::onnx_format
