// SPDX-License-Identifier: GPL-3.0-or-later
// Transforms that take nodes away.
#include "core/formats/tensorflow/transforms/graph_editor.h"
#include "core/formats/tensorflow/transforms/transforms.h"

#include "core/base/error.h"
#include "core/base/text.h"

#include <algorithm>
#include <cctype>
#include <fmt/format.h>
#include <map>

namespace halftone::tensorflow_format {

namespace {

/// "float", "int32": DT_FLOAT, DT_INT32.
graphdef::DataType typeNamed(const TransformContext& context, const std::string& text) {
    std::string name = "DT_";
    for (const char c : text)
        name += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    graphdef::DataType type = graphdef::DT_INVALID;
    if (!graphdef::DataType_Parse(name, &type) || type == graphdef::DT_INVALID)
        throw Error(ErrorCode::Usage,
                    fmt::format("{}: there is no type \"{}\".", context.call.name, displayText(text, 64)));
    return type;
}

/// "1,224,224,3"; empty for a scalar.
graphdef::TensorShapeProto shapeNamed(const TransformContext& context, const std::string& text) {
    graphdef::TensorShapeProto shape;
    for (size_t begin = 0; begin < text.size();) {
        const size_t end = std::min(text.find(',', begin), text.size());
        const int64_t size = parseInteger(text.substr(begin, end - begin), fmt::format("{}: shape", context.call.name));
        if (size < -1)
            throw Error(ErrorCode::Usage, fmt::format("{}: a shape has no dimension {}.", context.call.name, size));
        shape.add_dim()->set_size(size);
        begin = end + 1;
    }
    return shape;
}

struct InputKind {
    graphdef::DataType type = graphdef::DT_FLOAT;
    graphdef::TensorShapeProto shape;
};

std::map<std::string, InputKind> inputKinds(const TransformContext& context) {
    InputKind common;
    if (const auto type = context.call.one("type"))
        common.type = typeNamed(context, *type);
    if (const auto shape = context.call.one("shape"))
        common.shape = shapeNamed(context, *shape);
    std::map<std::string, InputKind> kinds;
    for (const std::string& input : context.inputs)
        kinds[input] = common;
    const std::vector<std::string> names = context.call.all("name"), types = context.call.all("type_for_name"),
                                   shapes = context.call.all("shape_for_name");
    if ((!types.empty() && types.size() != names.size()) || (!shapes.empty() && shapes.size() != names.size()))
        throw Error(ErrorCode::Usage,
                    fmt::format("{}: give as many type_for_name and shape_for_name as name.", context.call.name));
    for (size_t i = 0; i < names.size(); ++i) {
        if (!types.empty())
            kinds[names[i]].type = typeNamed(context, types[i]);
        if (!shapes.empty())
            kinds[names[i]].shape = shapeNamed(context, shapes[i]);
    }
    return kinds;
}

bool hasShape(const graphdef::NodeDef& placeholder) {
    const graphdef::AttrValue* shape = attributeOf(placeholder, "shape");
    return shape && shape->has_shape() && !shape->shape().unknown_rank();
}

/// `input` with the port and the mark of `text`, which refers to another node.
std::string redirected(const std::string& text, const std::string& input, const std::string& reader) {
    if (!parseInput(text, reader).isControl)
        return input;
    const InputName source = parseInput(input, reader);
    return "^" + std::string(source.node);
}

} // namespace

void stripUnusedNodes(graphdef::GraphDef& graph, const TransformContext& context) {
    const auto positions = positionsOf(graph);
    for (const std::string& input : context.inputs)
        if (!positions.contains(input))
            throw Error(ErrorCode::Usage,
                        fmt::format("The graph has no node \"{}\" to be an input.", displayText(input)));
    const std::map<std::string, InputKind> kinds = inputKinds(context);
    const std::unordered_set<std::string> needed = neededBy(graph, context.outputs, context.inputs);
    std::unordered_set<std::string> unused;
    for (graphdef::NodeDef& node : *graph.mutable_node()) {
        if (!needed.contains(node.name())) {
            unused.insert(node.name());
            continue;
        }
        const auto kind = kinds.find(node.name());
        if (kind == kinds.end())
            continue;
        if (node.op() == "Placeholder") { // which knows its type, and mostly its shape
            if (!hasShape(node) && context.call.parameters.contains("shape"))
                *attributeFor(node, "shape").mutable_shape() = kind->second.shape;
            continue;
        }
        graphdef::NodeDef placeholder;
        placeholder.set_name(node.name());
        placeholder.set_op("Placeholder");
        attributeFor(placeholder, "dtype").set_type(kind->second.type);
        *attributeFor(placeholder, "shape").mutable_shape() = kind->second.shape;
        node = std::move(placeholder);
    }
    removeNamed(graph, unused);
}

void removeNodes(graphdef::GraphDef& graph, const TransformContext& context) {
    const std::vector<std::string> ops = context.call.all("op");
    if (ops.empty())
        throw Error(ErrorCode::Usage, fmt::format("{} needs the parameter op.", context.call.name));
    const int64_t mostInputs = context.call.integer("max_inputs", 1);
    // Where the readers of a removed node go instead; the node itself may be removed too.
    std::unordered_map<std::string, std::string> instead;
    for (const graphdef::NodeDef& node : graph.node()) {
        const auto inputs = static_cast<int64_t>(dataInputs(node).size());
        if (std::ranges::count(ops, node.op()) > 0 && inputs >= 1 && inputs <= mostInputs &&
            !context.isBorder(node.name()))
            instead.emplace(node.name(), node.input(0));
    }
    for (graphdef::NodeDef& node : *graph.mutable_node())
        for (std::string& input : *node.mutable_input()) {
            const std::string reader = shownName(node);
            size_t steps = 0;
            for (auto next = instead.find(std::string(parseInput(input, reader).node)); next != instead.end();
                 next = instead.find(std::string(parseInput(input, reader).node))) {
                if (++steps > instead.size())
                    throw Error(ErrorCode::BadInput,
                                fmt::format("The layers behind \"{}\" wait for each other in a circle.", reader),
                                reader);
                input = redirected(input, next->second, reader);
            }
        }
    std::unordered_set<std::string> removed;
    for (const auto& [name, source] : instead)
        removed.insert(name);
    removeNamed(graph, removed);
}

} // namespace halftone::tensorflow_format
