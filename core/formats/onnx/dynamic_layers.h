// SPDX-License-Identifier: GPL-3.0-or-later
// Dynamically quantized files write one layer as many: DynamicQuantizeLinear finds the range of x, MatMulInteger or
// ConvInteger multiplies its codes, Cast and two Muls make real numbers of the sums, and older files add the bias in
// whole numbers before. What they mean is one product of x, on a grid whose range is found at every inference, with
// weights on a grid.
#pragma once

#include "core/formats/onnx/messages.h"
#include "core/formats/onnx/outline.h"

#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace halftone::onnx_format {

/// The domain of layers that stand for such a chain.
inline constexpr const char* kDynamicDomain = "halftone.dynamic";

/// Reads like a layer of the file: "MatMulInteger" or "ConvInteger" of kDynamicDomain, with the operands codes of x,
/// weights, scale of x, scale of the weights, zero points of both, bias; the last three may be omitted.
struct DynamicLayer {
    onnx::NodeProto product;
    std::string name;                // of the integer product
    std::vector<std::string> others; // layers that it takes in
};

struct DynamicLayers {
    std::unordered_map<int, DynamicLayer> ends; // by the position of the last layer of the chain
    std::unordered_set<int> inside;             // positions that need not be read by themselves
    std::unordered_set<int> quantizers;         // those of DynamicQuantizeLinear whose codes nobody else reads
};

DynamicLayers dynamicLayersOf(const onnx::GraphProto& graph, const Outline& outline);

} // namespace halftone::onnx_format
