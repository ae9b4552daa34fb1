// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/tensorflow/parse.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/formats/common/message_scan.h"
#include "core/formats/tensorflow/recognize.h"

#include <algorithm>
#include <fmt/format.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/text_format.h>

namespace halftone::tensorflow_format {

namespace wire {

enum Message { Graph, Node, Entry, Value, List, Call, Tensor, TensorShape, Library, Definition, Small };

// The messages of graphdef.proto that hold others. Everything else is a number, text or unknown.
constexpr MessageSchema::Child kChildren[] = {
    {Graph, 1, Node},       {Graph, 2, Library},      {Graph, 4, Small},       {Node, 5, Entry},
    {Entry, 2, Value},      {Value, 1, List},         {Value, 7, TensorShape}, {Value, 8, Tensor},
    {Value, 10, Call},      {List, 7, TensorShape},   {List, 8, Tensor},       {List, 9, Call},
    {Call, 2, Entry},       {Tensor, 2, TensorShape}, {TensorShape, 2, Small}, {Library, 1, Definition},
    {Definition, 1, Small},
};

static int64_t objectBytes(int message) {
    switch (message) {
    case Tensor: return 320;
    case List: return 250;
    default: return 100;
    }
}

static bool isPackedIntegers(int parent, uint32_t field) {
    return (parent == Tensor && (field == 7 || field == 10 || field == 13 || field >= 16)) ||
           (parent == List && (field == 3 || field == 6));
}

constexpr MessageSchema kSchema{kChildren, Graph, objectBytes, isPackedIntegers};

} // namespace wire

namespace {

void scanBinary(std::span<const std::byte> bytes, const ReadLimits& limits) {
    using namespace wire;
    int64_t nodes = 0, attributes = 0, tensors = 0;
    scanMessages(bytes, kSchema, limits.depth, [&](int, int message) {
        switch (message) {
        case Node: requireAtMost(++nodes, limits.nodes, "layers"); break;
        case Entry: requireAtMost(++attributes, limits.attributes, "attributes"); break;
        case Tensor: requireAtMost(++tensors, limits.tensors, "tensors"); break;
        default: break;
        }
    });
}

/// A text has a brace for every message and a colon for every value.
void scanText(std::span<const std::byte> bytes) {
    const auto messages = std::ranges::count(bytes, std::byte{'{'});
    const auto values = std::ranges::count(bytes, std::byte{':'});
    requireStructureFits(320 * messages + 72 * values, bytes.size());
}

/// Keeps the first complaint of protobuf's parser.
class Complaint : public google::protobuf::io::ErrorCollector {
public:
#if GOOGLE_PROTOBUF_VERSION >= 5026000
    void RecordError(int line, google::protobuf::io::ColumnNumber, absl::string_view message) override {
        note(line, std::string(message));
    }
#else
    void AddError(int line, google::protobuf::io::ColumnNumber, const std::string& message) override {
        note(line, message);
    }
    void AddWarning(int, google::protobuf::io::ColumnNumber, const std::string&) override {}
#endif
    const std::string& text() const {
        return m_text;
    }

private:
    void note(int line, const std::string& message) {
        if (m_text.empty())
            m_text = fmt::format("line {}: {}", line + 1, displayText(message));
    }
    std::string m_text;
};

graphdef::GraphDef parseText(std::span<const std::byte> bytes, const ReadLimits& limits) {
    scanText(bytes);
    Complaint complaint;
    google::protobuf::TextFormat::Parser parser;
    parser.AllowUnknownField(true);
    parser.AllowUnknownExtension(true);
    parser.SetRecursionLimit(limits.depth);
    parser.RecordErrorsTo(&complaint);
    google::protobuf::io::ArrayInputStream stream(bytes.data(), static_cast<int>(bytes.size()));
    graphdef::GraphDef graph;
    if (!parser.Parse(&stream, &graph))
        throw Error(
            ErrorCode::BadInput,
            fmt::format("The file begins as the text of a TensorFlow graph but cannot be read as one: {}. Export "
                        "it again.",
                        complaint.text().empty() ? "it is damaged" : complaint.text()));
    requireAtMost(graph.node_size(), limits.nodes, "layers");
    return graph;
}

graphdef::GraphDef parseBinary(std::span<const std::byte> bytes, const ReadLimits& limits) {
    scanBinary(bytes, limits);
    graphdef::GraphDef graph;
    if (!graph.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
        throw Error(ErrorCode::BadInput,
                    "The file is not a TensorFlow graph or is damaged. Download or export it again.");
    return graph;
}

} // namespace

graphdef::GraphDef parseGraph(std::span<const std::byte> bytes, const ReadLimits& limits) {
    switch (tensorFlowKind(bytes)) {
    case TensorFlowKind::GraphDef: return parseBinary(bytes, limits);
    case TensorFlowKind::GraphText: return parseText(bytes, limits);
    case TensorFlowKind::SavedModel:
        throw Error(ErrorCode::Unsupported,
                    "The file is a TensorFlow SavedModel, which keeps its weights in another file. Freeze it into one "
                    "graph with convert_variables_to_constants_v2, or convert its folder to ONNX with tf2onnx.");
    case TensorFlowKind::MetaGraph:
        throw Error(
            ErrorCode::Unsupported,
            "The file is a TensorFlow MetaGraph (.meta), which describes a checkpoint and holds no weights. Freeze "
            "graph and checkpoint into one file with freeze_graph.");
    case TensorFlowKind::Checkpoint:
        throw Error(ErrorCode::Unsupported,
                    "The file is part of a TensorFlow checkpoint, which holds weights and no network. Freeze graph and "
                    "checkpoint into one file with freeze_graph.");
    case TensorFlowKind::None: break;
    }
    throw Error(ErrorCode::BadInput, "The file is not a TensorFlow graph or is damaged. Download or export it again.");
}

std::string writeGraph(const graphdef::GraphDef& graph, bool asText) {
    std::string result;
    if (asText) {
        google::protobuf::TextFormat::Printer printer;
        printer.SetHideUnknownFields(true);
        printer.PrintToString(graph, &result);
        return result;
    }
    if (graph.ByteSizeLong() > INT32_MAX)
        throw Error(ErrorCode::Limit,
                    "The graph would have more than 2 GB, the most that a file of protobuf's can have.");
    graph.SerializeToString(&result);
    return result;
}

} // namespace halftone::tensorflow_format
