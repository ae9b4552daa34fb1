// SPDX-License-Identifier: GPL-3.0-or-later
// The graph inside of a Loop, Scan or SequenceMap, which is run several times.
#pragma once

#include "core/formats/common/layer_writer.h"
#include "core/formats/onnx/inline_branches.h"
#include "core/formats/onnx/messages.h"
#include "core/formats/onnx/outline.h"

#include <functional>
#include <string>
#include <vector>

namespace halftone::onnx_format {

/// One run of a body: layers under names of their own, as they are read.
struct BodyRun {
    onnx::GraphProto graph;
    std::vector<std::vector<Guard>> guards;
    Outline outline;
    std::vector<std::string> outputs; // names of values
};

class Body {
public:
    /// Throws Error{BadInput} like outlineOf(); `layer` is the name of the layer around it.
    Body(const onnx::GraphProto& graph, const std::string& layer);

    size_t inputs() const { return m_inputs.size(); }
    size_t outputs() const { return m_outputs.size(); }
    int layers() const { return m_graph.node_size(); }
    /// It has weights that Halftone cannot read.
    bool hasOwnWeights() const { return m_graph.initializer_size() + m_graph.sparse_initializer_size() > 0; }

    /// Whether an output follows from constants alone, where the inputs do that are marked and the values from around
    /// for which `known` says so.
    bool isKnown(size_t output, const std::vector<bool>& inputs,
                 const std::function<bool(const std::string&)>& known) const;

    /// `inputs`: the values of the graph around it that the body's inputs are. Layers are called `prefix` + name.
    BodyRun run(const std::string& prefix, const std::vector<std::string>& inputs, LayerWriter& writer) const;

private:
    onnx::GraphProto m_graph;
    std::vector<std::string> m_inputs, m_outside, m_outputs;
    std::vector<std::vector<Guard>> m_guards;
    Outline m_outline;
};

} // namespace halftone::onnx_format
