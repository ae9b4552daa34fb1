// SPDX-License-Identifier: GPL-3.0-or-later
// The layers of an OpenVINO model, their ports and how they are connected, checked.
#pragma once

#include "core/formats/model_source.h"

#include <pugixml.hpp>
#include <string>
#include <vector>

namespace halftone::openvino_format {

struct Port {
    std::string value; // name of the tensor: of an output its own, of an input that of the output it is connected to
    std::string precision; // of an output, as the file says it: "FP32", "I64"; may be empty
    Shape shape;           // of an output, -1 where open; empty where the file lists no dimension
};

struct IrLayer {
    std::string name; // unique, displayable
    std::string type, opset;
    pugi::xml_node xml;
    std::vector<Port> inputs, outputs;
};

/// Of the layer's <data>; "" where it has none of this name.
std::string attributeOf(const IrLayer& layer, const char* name);

struct IrOutline {
    int version = 0;
    std::string name;
    std::vector<IrLayer> layers; // as in the file
    /// Of those that a result or an Assign needs, producers before consumers.
    std::vector<size_t> order;
};

/// Throws Error{BadInput} naming the layer for duplicate and unknown layers and ports, inputs that are connected not
/// once, and cycles; Error{Unsupported} for versions below 10; Error{Limit}.
IrOutline outlineOf(const pugi::xml_document& document, const ReadLimits& limits);

} // namespace halftone::openvino_format
