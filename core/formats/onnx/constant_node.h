// SPDX-License-Identifier: GPL-3.0-or-later
// Constant: a tensor, not a layer.
#pragma once

#include "core/formats/onnx/layer_view.h"
#include "core/formats/onnx/messages.h"
#include "core/formats/onnx/tensors.h"

namespace halftone::onnx_format {

bool isConstantNode(const onnx::NodeProto& node);

/// Its value. Throws Error{BadInput} for a layer without one or with several, Error{Unsupported} for texts and sparse
/// tensors.
Tensor constantOf(onnx::NodeProto& proto, const LayerView& view, TensorReader& tensors);

} // namespace halftone::onnx_format
