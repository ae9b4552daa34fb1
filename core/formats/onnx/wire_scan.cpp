#include "core/formats/onnx/wire_scan.h"

#include "core/base/error.h"
#include "core/formats/protobuf_wire.h"

#include <algorithm>
#include <fmt/format.h>
#include <vector>

namespace halftone::onnx_format {

namespace {

enum class Message {
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

struct Child {
    Message parent;
    uint32_t field;
    Message message;
};

// The messages of onnx.proto that hold others. Everything else is a number, text or unknown.
constexpr Child kChildren[] = {
    {Message::Model, 7, Message::Graph},
    {Message::Model, 8, Message::Entry},
    {Message::Model, 14, Message::Entry},
    {Message::Model, 20, Message::Training},
    {Message::Model, 25, Message::Function},
    {Message::Training, 1, Message::Graph},
    {Message::Training, 2, Message::Graph},
    {Message::Training, 3, Message::Entry},
    {Message::Training, 4, Message::Entry},
    {Message::Function, 7, Message::Node},
    {Message::Function, 9, Message::Entry},
    {Message::Function, 11, Message::Attribute},
    {Message::Function, 12, Message::ValueInfo},
    {Message::Function, 14, Message::Entry},
    {Message::Graph, 1, Message::Node},
    {Message::Graph, 5, Message::Tensor},
    {Message::Graph, 11, Message::ValueInfo},
    {Message::Graph, 12, Message::ValueInfo},
    {Message::Graph, 13, Message::ValueInfo},
    {Message::Graph, 14, Message::Entry},
    {Message::Graph, 15, Message::SparseTensor},
    {Message::Graph, 16, Message::Entry},
    {Message::Node, 5, Message::Attribute},
    {Message::Node, 9, Message::Entry},
    {Message::Attribute, 5, Message::Tensor},
    {Message::Attribute, 6, Message::Graph},
    {Message::Attribute, 10, Message::Tensor},
    {Message::Attribute, 11, Message::Graph},
    {Message::Attribute, 14, Message::Type},
    {Message::Attribute, 15, Message::Type},
    {Message::Attribute, 22, Message::SparseTensor},
    {Message::Attribute, 23, Message::SparseTensor},
    {Message::Tensor, 3, Message::Entry},
    {Message::Tensor, 13, Message::Entry},
    {Message::Tensor, 16, Message::Entry},
    {Message::SparseTensor, 1, Message::Tensor},
    {Message::SparseTensor, 2, Message::Tensor},
    {Message::ValueInfo, 2, Message::Type},
    {Message::ValueInfo, 4, Message::Entry},
    {Message::Type, 1, Message::TensorType},
    {Message::Type, 4, Message::ElementType},
    {Message::Type, 5, Message::ElementType},
    {Message::Type, 8, Message::TensorType},
    {Message::Type, 9, Message::ElementType},
    {Message::TensorType, 2, Message::Shape},
    {Message::Shape, 1, Message::Entry},
    {Message::ElementType, 1, Message::Type},
    {Message::ElementType, 2, Message::Type},
};

const Child* childOf(Message parent, const WireField& field) {
    if (field.type != WireType::Bytes)
        return nullptr;
    const auto* found = std::find_if(std::begin(kChildren), std::end(kChildren), [&](const Child& child) {
        return child.parent == parent && child.field == field.number;
    });
    return found == std::end(kChildren) ? nullptr : found;
}

/// Bytes that the parser's object of this message takes, its place in the repeated field included.
int64_t objectBytes(Message message) {
    switch (message) {
    case Message::Tensor: return 280;
    case Message::Attribute: return 290;
    case Message::Node: return 220;
    case Message::Graph:
    case Message::Function: return 300;
    default: return 90;
    }
}

/// Bytes that the parser allocates for a field which is no message.
int64_t valueBytes(Message parent, const WireField& field) {
    if (field.type != WireType::Bytes)
        return 16;
    const bool packedIntegers = (parent == Message::Tensor && (field.number == 1 || field.number == 5 ||
                                                              field.number == 7 || field.number == 11)) ||
                                (parent == Message::Attribute && field.number == 8);
    const auto size = static_cast<int64_t>(field.payload.size());
    return packedIntegers ? 8 * size : 56 + (size > 15 ? size : 0);
}

void requireAtMost(int64_t count, int64_t limit, const char* what) {
    if (count > limit)
        throw Error(
            ErrorCode::Limit,
            fmt::format(
                "The file holds more than {} {}, the most that Halftone reads. It is damaged or not meant "
                "to be opened.",
                limit, what));
}

void requireStructureFits(int64_t structureBytes, size_t fileBytes) {
    constexpr int64_t kFree = int64_t{256} << 20;
    if (structureBytes <= kFree + 2 * static_cast<int64_t>(fileBytes))
        return;
    throw Error(
        ErrorCode::Limit,
        fmt::format("The file has {} MB but would need more than {} MB of memory to be read, because it "
                    "consists of countless empty entries. It is damaged or not meant to be opened.",
                    fileBytes >> 20, structureBytes >> 20));
}

} // namespace

WireCounts scanWire(std::span<const std::byte> bytes, const ReadLimits& limits) {
    struct Frame {
        WireReader reader;
        Message message;
    };
    WireCounts counts;
    std::vector<Frame> stack;
    stack.reserve(static_cast<size_t>(std::clamp(limits.depth, 0, 1000)) + 1);
    stack.push_back({WireReader(bytes), Message::Model});
    WireField field;
    while (!stack.empty()) {
        const Message parent = stack.back().message;
        if (!stack.back().reader.next(field)) {
            stack.pop_back();
            continue;
        }
        const Child* child = childOf(parent, field);
        counts.structureBytes += child ? objectBytes(child->message) : valueBytes(parent, field);
        requireStructureFits(counts.structureBytes, bytes.size());
        if (!child)
            continue;
        switch (child->message) {
        case Message::Node: requireAtMost(++counts.nodes, limits.nodes, "layers"); break;
        case Message::Attribute: requireAtMost(++counts.attributes, limits.attributes, "attributes"); break;
        case Message::Tensor: requireAtMost(++counts.tensors, limits.tensors, "tensors"); break;
        case Message::Graph: counts.graphs += parent == Message::Model; break;
        default: break;
        }
        counts.depth = std::max(counts.depth, static_cast<int>(stack.size()));
        requireAtMost(counts.depth, limits.depth, "levels of nested messages");
        stack.push_back({WireReader(field.payload, field.offset), child->message});
    }
    return counts;
}

} // namespace halftone::onnx_format
