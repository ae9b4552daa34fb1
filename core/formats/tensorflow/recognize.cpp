// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/tensorflow/recognize.h"

#include "core/base/error.h"
#include "core/formats/common/protobuf_wire.h"

#include <algorithm>
#include <optional>
#include <string_view>

namespace halftone {

namespace {

using namespace std::string_view_literals;

/// Magic number at the end of the tables that checkpoints consist of.
constexpr std::string_view kTableEnd = "\x57\xfb\x80\x8b\x24\x75\x47\xdb"sv;

/// The first word of a text of protobuf's, behind comments, when a field's value follows it.
std::string_view firstField(std::string_view text) {
    for (;;) {
        const size_t begin = text.find_first_not_of(" \t\r\n");
        if (begin == std::string_view::npos)
            return {};
        text.remove_prefix(begin);
        if (text.front() != '#')
            break;
        text.remove_prefix(std::min(text.find('\n'), text.size() - 1) + 1);
        if (text.empty())
            return {};
    }
    const size_t end = text.find_first_not_of("abcdefghijklmnopqrstuvwxyz_");
    if (end == std::string_view::npos)
        return {};
    const size_t next = text.find_first_not_of(" \t\r\n", end);
    const bool isField = next != std::string_view::npos && (text[next] == '{' || text[next] == ':');
    return isField ? text.substr(0, end) : std::string_view();
}

TensorFlowKind textKind(std::string_view text) {
    const std::string_view field = firstField(text.substr(0, 64 * 1024));
    if (field == "node" || field == "library" || field == "versions" || field == "version")
        return TensorFlowKind::GraphText;
    if (field == "saved_model_schema_version" || field == "meta_graphs")
        return TensorFlowKind::SavedModel;
    if (field == "meta_info_def" || field == "graph_def")
        return TensorFlowKind::MetaGraph;
    if (field == "model_checkpoint_path")
        return TensorFlowKind::Checkpoint;
    return TensorFlowKind::None;
}

std::optional<WireField> firstFieldOf(std::span<const std::byte> bytes) {
    try {
        WireReader reader(bytes);
        WireField field;
        if (reader.next(field))
            return field;
    } catch (const Error&) {
        return std::nullopt;
    }
    return std::nullopt;
}

bool startsWithText(const WireField& field) {
    return field.type == WireType::Bytes && !field.payload.empty() && field.payload[0] == std::byte{'\n'};
}

/// Whether this is a node: a name, then an operator.
bool looksLikeNode(const WireField& field) {
    if (!startsWithText(field))
        return false;
    try {
        WireReader reader(field.payload);
        WireField member;
        return reader.next(member) && reader.next(member) && member.number == 2 && member.type == WireType::Bytes;
    } catch (const Error&) {
        return true; // cut off
    }
}

} // namespace

TensorFlowKind tensorFlowKind(std::span<const std::byte> bytes) {
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (text.ends_with(kTableEnd))
        return TensorFlowKind::Checkpoint;
    if (const TensorFlowKind kind = textKind(text); kind != TensorFlowKind::None)
        return kind;
    // A GraphDef has messages in field 1 (nodes), where ONNX has the number ir_version. A SavedModel has the number 1
    // there and messages in field 2, where ONNX has text; a MetaGraphDef has a description in field 1 and the graph in
    // field 2. None of them knows a field beyond 7.
    bool node = false, otherFirst = false, graphInSecond = false, numberFirst = false;
    try {
        WireReader reader(bytes);
        WireField field;
        while (reader.next(field)) {
            if (field.number > 7)
                return TensorFlowKind::None;
            if (field.number == 1 && field.type == WireType::Bytes)
                (looksLikeNode(field) ? node : otherFirst) = true;
            if (field.number == 1 && field.type == WireType::Varint)
                numberFirst = true;
            if (field.number == 2 && startsWithText(field)) {
                const auto inner = firstFieldOf(field.payload);
                graphInSecond = graphInSecond || (inner && inner->number == 1 && inner->type == WireType::Bytes);
            }
        }
    } catch (const Error&) {
        return node && !numberFirst ? TensorFlowKind::GraphDef : TensorFlowKind::None;
    }
    if (numberFirst)
        return graphInSecond ? TensorFlowKind::SavedModel : TensorFlowKind::None;
    if (otherFirst && !node && graphInSecond)
        return TensorFlowKind::MetaGraph;
    return node ? TensorFlowKind::GraphDef : TensorFlowKind::None;
}

} // namespace halftone
