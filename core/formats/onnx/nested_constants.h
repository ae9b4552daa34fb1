// SPDX-License-Identifier: GPL-3.0-or-later
// Constants inside of the graphs of layers.
#pragma once

#include "core/formats/onnx/messages.h"

namespace halftone::onnx_format {

/// Moves the weights and Constant layers of the graphs inside of layers (the body of a Loop), at any depth, out to the
/// weights of `graph`, under names of their own: a body that is unrolled reads each of them once. What is no tensor of
/// a type that Halftone reads stays.
void liftConstants(onnx::GraphProto& graph);

} // namespace halftone::onnx_format
