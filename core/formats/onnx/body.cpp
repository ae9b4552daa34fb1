// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/onnx/body.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/formats/onnx/message_names.h"
#include "core/formats/onnx/subgraphs.h"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>
#include <unordered_set>

namespace halftone::onnx_format {

namespace {

std::vector<std::string> takenFromAround(const onnx::GraphProto& graph) {
    onnx::NodeProto layer;
    *layer.add_attribute()->mutable_g() = graph;
    return valuesFromOutside(layer);
}

bool asksForShapesAlone(const onnx::NodeProto& node) {
    return isDefaultDomain(node.domain()) && (node.op_type() == "Shape" || node.op_type() == "Size");
}

} // namespace

Body::Body(const onnx::GraphProto& graph, const std::string& layer) try : m_graph(graph) {
    for (const onnx::ValueInfoProto& input : graph.input())
        m_inputs.push_back(input.name());
    for (const onnx::ValueInfoProto& output : graph.output())
        m_outputs.push_back(output.name());
    m_guards = inlineBranches(m_graph);
    m_outside = takenFromAround(m_graph);
    for (const std::string& name : m_outside)
        m_graph.add_input()->set_name(name);
    m_graph.clear_output(); // a body may give a value twice
    std::unordered_set<std::string> given;
    for (const std::string& name : m_outputs)
        if (given.insert(name).second)
            m_graph.add_output()->set_name(name);
    m_outline = outlineOf(m_graph, m_guards);
} catch (const Error& error) {
    throw Error(error.code(),
                fmt::format("In the graph inside of layer \"{}\": {}", displayText(layer), error.message()),
                displayText(layer));
}

bool Body::isKnown(size_t output, const std::vector<bool>& inputs,
                   const std::function<bool(const std::string&)>& known) const {
    std::unordered_set<std::string> values;
    for (size_t i = 0; i < m_inputs.size(); ++i)
        if (inputs.at(i))
            values.insert(m_inputs[i]);
    std::ranges::copy_if(m_outside, std::inserter(values, values.end()), known);
    for (const int position : m_outline.order) {
        const onnx::NodeProto& node = m_graph.node(position);
        const auto isKnownHere = [&](const std::string& name) { return name.empty() || values.contains(name); };
        if (asksForShapesAlone(node) || (std::ranges::all_of(node.input(), isKnownHere) &&
                                         std::ranges::all_of(valuesFromOutside(node), isKnownHere)))
            values.insert(node.output().begin(), node.output().end());
    }
    return values.contains(m_outputs.at(output));
}

BodyRun Body::run(const std::string& prefix, const std::vector<std::string>& inputs, LayerWriter& writer) const {
    Names names;
    for (size_t i = 0; i < m_inputs.size(); ++i)
        names[m_inputs[i]] = inputs.at(i);
    for (const std::string& name : m_outside)
        names[name] = name;
    for (const onnx::NodeProto& node : m_graph.node())
        for (const std::string& output : node.output())
            if (!output.empty())
                names[output] = writer.unusedValue(prefix + output);
    BodyRun run;
    for (const onnx::NodeProto& node : m_graph.node()) {
        onnx::NodeProto& copy = *run.graph.add_node();
        copy = node;
        rename(copy, names);
        for (std::string& output : *copy.mutable_output())
            if (!output.empty())
                output = names.at(output);
    }
    run.guards = m_guards;
    for (std::vector<Guard>& guards : run.guards)
        for (Guard& guard : guards)
            guard = {names.at(guard.condition), guard.holds, prefix + guard.layer};
    run.outline.order = m_outline.order;
    for (const std::string& name : m_outline.layerNames)
        run.outline.layerNames.push_back(writer.unusedLayer(prefix + name));
    for (const std::string& name : m_outline.valuesRead)
        run.outline.valuesRead.insert(names.at(name));
    for (const std::string& name : m_outputs)
        run.outputs.push_back(names.at(name));
    return run;
}

} // namespace halftone::onnx_format
