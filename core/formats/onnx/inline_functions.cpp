// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/onnx/inline_functions.h"

#include "core/formats/onnx/message_names.h"
#include "core/formats/onnx/outline.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace halftone::onnx_format {

namespace {

constexpr int64_t kMostWithFunctions = 100'000; // functions within functions can double a graph again and again
constexpr int kMostLevels = 64;                 // of functions within functions

using FunctionKey = std::pair<std::string, std::string>; // domain and name

FunctionKey keyOf(const onnx::NodeProto& node) {
    return {node.domain(), node.op_type()};
}

/// The values that the attributes of a function have where a call does not give them.
template <class Function> std::map<std::string, onnx::AttributeProto> defaultsOf(const Function& function) {
    std::map<std::string, onnx::AttributeProto> defaults;
    if constexpr (requires { function.attribute_proto(); }) {
        for (const onnx::AttributeProto& attribute : function.attribute_proto())
            defaults.emplace(attribute.name(), attribute);
    } else { // of ONNX 1.13; messages of older releases keep them as an unknown field
        constexpr int kField = 11;
        const auto& fields = function.unknown_fields();
        for (int i = 0; i < fields.field_count(); ++i) {
            onnx::AttributeProto attribute;
            if (fields.field(i).number() == kField &&
                fields.field(i).type() == std::decay_t<decltype(fields.field(i))>::TYPE_LENGTH_DELIMITED &&
                attribute.ParseFromString(fields.field(i).length_delimited()))
                defaults.emplace(attribute.name(), attribute);
        }
    }
    return defaults;
}

class FunctionInliner {
public:
    FunctionInliner(onnx::ModelProto& model, int64_t opset) : m_model(model) {
        for (const onnx::FunctionProto& function : model.functions())
            if (isOfOperatorSet(function, opset))
                m_functions.emplace(FunctionKey{function.domain(), function.name()}, &function);
        keepThoseThatEnd();
    }

    void run() {
        if (m_functions.empty())
            return;
        m_names.start();
        addNamesOf(m_model.graph(), m_names);
        expand(*m_model.mutable_graph());
    }

private:
    using Functions = std::map<FunctionKey, const onnx::FunctionProto*>;

    static bool isOfOperatorSet(const onnx::FunctionProto& function, int64_t opset) {
        for (const onnx::OperatorSetIdProto& import : function.opset_import())
            if (isDefaultDomain(import.domain()) && import.version() != opset)
                return false;
        return true;
    }

    template <class Layers> void collectCalls(const Layers& layers, std::set<FunctionKey>& called) const {
        for (const onnx::NodeProto& node : layers) {
            if (const auto function = m_functions.find(keyOf(node)); function != m_functions.end())
                called.insert(function->first);
            for (const onnx::AttributeProto& attribute : node.attribute())
                if (attribute.has_g())
                    collectCalls(attribute.g().node(), called);
        }
    }

    /// Leaves out functions that call themselves, over others too, and those with too deep calls: what calls functions
    /// that end only ends one level above them.
    void keepThoseThatEnd() {
        std::map<FunctionKey, std::vector<FunctionKey>> callers;
        std::map<FunctionKey, size_t> open; // functions that it calls and that are not known to end
        std::map<FunctionKey, int> levels;
        std::vector<FunctionKey> ending;
        for (const auto& [key, function] : m_functions) {
            std::set<FunctionKey> called;
            collectCalls(function->node(), called);
            for (const FunctionKey& each : called)
                callers[each].push_back(key);
            open[key] = called.size();
            if (called.empty())
                ending.push_back(key);
        }
        while (!ending.empty()) {
            const FunctionKey key = ending.back();
            ending.pop_back();
            for (const FunctionKey& caller : callers[key]) {
                levels[caller] = std::max(levels[caller], levels[key] + 1);
                if (--open[caller] == 0)
                    ending.push_back(caller);
            }
        }
        std::erase_if(m_functions,
                      [&](const auto& entry) { return open[entry.first] > 0 || levels[entry.first] >= kMostLevels; });
    }

    void expand(onnx::GraphProto& graph) {
        google::protobuf::RepeatedPtrField<onnx::NodeProto> given;
        given.Swap(graph.mutable_node());
        for (onnx::NodeProto& node : given)
            add(graph, std::move(node));
    }

    void add(onnx::GraphProto& graph, onnx::NodeProto node) {
        ++m_layers;
        for (onnx::AttributeProto& attribute : *node.mutable_attribute())
            if (attribute.has_g())
                expand(*attribute.mutable_g());
        const auto function = m_functions.find(keyOf(node));
        if (function == m_functions.end() || m_layers + function->second->node_size() > kMostWithFunctions ||
            node.input_size() > function->second->input_size() || node.output_size() > function->second->output_size())
            *graph.add_node() = std::move(node);
        else
            inlineCall(graph, node, *function->second);
    }

    void inlineCall(onnx::GraphProto& graph, const onnx::NodeProto& call, const onnx::FunctionProto& function) {
        const std::string prefix = baseNameOf(call) + "/";
        Names names;
        for (int i = 0; i < function.input_size(); ++i)
            names[function.input(i)] = i < call.input_size() ? call.input(i) : std::string();
        std::map<std::string, std::string> outputs; // of the call, by name in the function
        for (int i = 0; i < call.output_size(); ++i)
            if (!call.output(i).empty() && !outputs.emplace(function.output(i), call.output(i)).second)
                identity(graph, outputs.at(function.output(i)), call.output(i));
        for (const auto& [inner, outer] : outputs)
            if (const auto input = names.find(inner); input != names.end())
                identity(graph, input->second, outer);
        for (const onnx::NodeProto& inner : function.node())
            for (const std::string& output : inner.output())
                if (const auto given = outputs.find(output); given != outputs.end())
                    names[output] = given->second;
                else if (!output.empty()) {
                    names[output] = m_names.unique(prefix + output);
                    m_names.add(names[output]);
                }
        const std::map<std::string, onnx::AttributeProto> defaults = defaultsOf(function);
        for (int i = 0; i < function.node_size(); ++i) {
            onnx::NodeProto inner = function.node(i);
            rename(inner, names);
            for (std::string& output : *inner.mutable_output())
                if (!output.empty())
                    output = names.at(output);
            fillIn(inner, call, defaults);
            inner.set_name(prefix + (inner.name().empty() ? inner.op_type() + "_" + std::to_string(i) : inner.name()));
            add(graph, std::move(inner));
        }
    }

    static void identity(onnx::GraphProto& graph, const std::string& from, const std::string& to) {
        onnx::NodeProto& node = *graph.add_node();
        node.set_op_type("Identity");
        node.add_input(from);
        node.add_output(to);
    }

    /// Attributes that the function takes from its call; one that nobody gives is left out.
    static void fillIn(onnx::NodeProto& inner, const onnx::NodeProto& call,
                       const std::map<std::string, onnx::AttributeProto>& defaults) {
        google::protobuf::RepeatedPtrField<onnx::AttributeProto> given;
        given.Swap(inner.mutable_attribute());
        for (onnx::AttributeProto& attribute : given) {
            if (attribute.ref_attr_name().empty()) {
                if (attribute.has_g())
                    for (onnx::NodeProto& node : *attribute.mutable_g()->mutable_node())
                        fillIn(node, call, defaults);
                *inner.add_attribute() = std::move(attribute);
                continue;
            }
            const onnx::AttributeProto* value = nullptr;
            if (const auto found = defaults.find(attribute.ref_attr_name()); found != defaults.end())
                value = &found->second;
            for (const onnx::AttributeProto& each : call.attribute())
                if (each.name() == attribute.ref_attr_name())
                    value = &each;
            if (!value)
                continue;
            onnx::AttributeProto& filled = *inner.add_attribute();
            filled = *value;
            filled.set_name(attribute.name());
        }
    }

    onnx::ModelProto& m_model;
    Functions m_functions;
    NameIndex m_names;
    int64_t m_layers = 0;
};

} // namespace

void inlineFunctions(onnx::ModelProto& model, int64_t opset) {
    FunctionInliner(model, opset).run();
}

} // namespace halftone::onnx_format
