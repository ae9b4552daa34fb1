// SPDX-License-Identifier: GPL-3.0-or-later
// What an OpenVINO model declares of its inputs, outputs and variables.
#pragma once

#include "core/formats/openvino/outline.h"
#include "core/formats/sizes.h"

#include <string>

namespace halftone::openvino_format {

/// A Parameter. Throws Error{Unsupported} for an element type that cannot be fed and for an unknown number of
/// dimensions, Error{BadInput} for one that has no shape.
ModelInput declaredInput(const IrLayer& layer);
/// What a ReadValue reads, but for its name. Throws the same.
ModelInput declaredState(const IrLayer& layer);
/// A value of the file as `name`.
ModelOutput declaredOutput(const Port& port, const std::string& name);

} // namespace halftone::openvino_format
