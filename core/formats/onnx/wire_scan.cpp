// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/onnx/wire_scan.h"

#include "core/formats/common/message_scan.h"

#include <algorithm>

namespace halftone::onnx_format {

namespace wire {

enum Message {
    Model,
    Training,
    Function,
    Graph,
    Node,
    Attribute,
    Tensor,
    SparseTensor,
    ValueInfo,
    Type,
    TensorType,
    Shape,
    ElementType, // of a sequence, an optional or a map: holds a Type
    Entry,       // a small message without messages inside
};

// The messages of onnx.proto that hold others. Everything else is a number, text or unknown.
constexpr MessageSchema::Child kChildren[] = {
    {Model, 7, Graph},
    {Model, 8, Entry},
    {Model, 14, Entry},
    {Model, 20, Training},
    {Model, 25, Function},
    {Training, 1, Graph},
    {Training, 2, Graph},
    {Training, 3, Entry},
    {Training, 4, Entry},
    {Function, 7, Node},
    {Function, 9, Entry},
    {Function, 11, Attribute},
    {Function, 12, ValueInfo},
    {Function, 14, Entry},
    {Graph, 1, Node},
    {Graph, 5, Tensor},
    {Graph, 11, ValueInfo},
    {Graph, 12, ValueInfo},
    {Graph, 13, ValueInfo},
    {Graph, 14, Entry},
    {Graph, 15, SparseTensor},
    {Graph, 16, Entry},
    {Node, 5, Attribute},
    {Node, 9, Entry},
    {Attribute, 5, Tensor},
    {Attribute, 6, Graph},
    {Attribute, 10, Tensor},
    {Attribute, 11, Graph},
    {Attribute, 14, Type},
    {Attribute, 15, Type},
    {Attribute, 22, SparseTensor},
    {Attribute, 23, SparseTensor},
    {Tensor, 3, Entry},
    {Tensor, 13, Entry},
    {Tensor, 16, Entry},
    {SparseTensor, 1, Tensor},
    {SparseTensor, 2, Tensor},
    {ValueInfo, 2, Type},
    {ValueInfo, 4, Entry},
    {Type, 1, TensorType},
    {Type, 4, ElementType},
    {Type, 5, ElementType},
    {Type, 8, TensorType},
    {Type, 9, ElementType},
    {TensorType, 2, Shape},
    {Shape, 1, Entry},
    {ElementType, 1, Type},
    {ElementType, 2, Type},
};

static int64_t objectBytes(int message) {
    switch (message) {
    case Tensor: return 280;
    case Attribute: return 290;
    case Node: return 220;
    case Graph:
    case Function: return 300;
    default: return 90;
    }
}

static bool isPackedIntegers(int parent, uint32_t field) {
    return (parent == Tensor && (field == 1 || field == 5 || field == 7 || field == 11)) ||
           (parent == Attribute && field == 8);
}

constexpr MessageSchema kSchema{kChildren, Model, objectBytes, isPackedIntegers};

} // namespace wire

WireCounts scanWire(std::span<const std::byte> bytes, const ReadLimits& limits) {
    using namespace wire;
    WireCounts counts;
    counts.structureBytes = scanMessages(bytes, kSchema, limits.depth, [&](int parent, int message) {
        switch (message) {
        case Node: requireAtMost(++counts.nodes, limits.nodes, "layers"); break;
        case Attribute: requireAtMost(++counts.attributes, limits.attributes, "attributes"); break;
        case Tensor: requireAtMost(++counts.tensors, limits.tensors, "tensors"); break;
        case Graph: counts.graphs += parent == Model; break;
        default: break;
        }
    });
    return counts;
}

} // namespace halftone::onnx_format
