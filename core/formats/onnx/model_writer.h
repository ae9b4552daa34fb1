// SPDX-License-Identifier: GPL-3.0-or-later
// The message of a model while nodes and constants are appended.
#pragma once

#include "core/formats/onnx/messages.h"
#include "core/graph/graph.h"

#include <initializer_list>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace halftone::onnx_format {

using Attribute = std::pair<const char*, std::variant<int64_t, float, std::vector<int64_t>, std::string>>;

class ModelWriter {
public:
    /// Names of `graph` are taken; new ones differ from them.
    explicit ModelWriter(const Graph& graph);

    onnx::ModelProto& model() { return m_model; }

    /// A name like this one that no tensor has yet.
    std::string newTensor(const std::string& like);
    /// Appends a node; its layer is that of the last beginLayer(). Returns `output`.
    std::string node(const char* op, std::vector<std::string> inputs, const std::string& output,
                     std::initializer_list<Attribute> attributes = {});
    /// Nodes are named after it.
    void beginLayer(const std::string& layer);
    /// The next node gets the name of the layer itself.
    void beginOperator() { m_isOperator = true; }

    /// A tensor of the file, and its name.
    std::string constant(const std::string& like, const Tensor& tensor);
    std::string integers(const std::string& like, const std::vector<int64_t>& values);
    std::string number(const std::string& like, float value);

private:
    onnx::ModelProto m_model;
    std::set<std::string> m_tensors, m_nodes;
    std::string m_layer;
    bool m_isOperator = false;
};

/// The number of an element type in ONNX.
int dataTypeOf(ElementType type);

/// Appends what the layer computes, post-ops included, from these operands, as `output`. `operands` are those of the
/// node that are not settings in ONNX; weights are as in the graph. Throws Error{Unsupported} naming the layer.
void writeOperator(ModelWriter& writer, const Graph& graph, const Node& node, const std::vector<std::string>& operands,
                   const std::string& output, bool symbolicBatch);

} // namespace halftone::onnx_format
