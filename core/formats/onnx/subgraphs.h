// SPDX-License-Identifier: GPL-3.0-or-later
// What the graphs inside a layer (the branches of If, the body of Loop and Scan) take from around it.
#pragma once

#include "core/formats/onnx/messages.h"

#include <string>
#include <vector>

namespace halftone::onnx_format {

/// Values that the graphs in the layer's attributes read, at any depth, and that none of them makes: ONNX does not list
/// them among the layer's inputs. Each once, in the order in which they are met.
std::vector<std::string> valuesFromOutside(const onnx::NodeProto& layer);

} // namespace halftone::onnx_format
