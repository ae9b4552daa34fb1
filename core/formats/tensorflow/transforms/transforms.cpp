// SPDX-License-Identifier: GPL-3.0-or-later
// The table of transforms, and those that change single attributes and names.
#include "core/formats/tensorflow/transforms/transforms.h"

#include "core/base/error.h"
#include "core/base/text.h"

#include <algorithm>
#include <fmt/format.h>

namespace halftone::tensorflow_format {

namespace {

std::string required(const TransformContext& context, const std::string& parameter) {
    const std::optional<std::string> value = context.call.one(parameter);
    if (!value)
        throw Error(ErrorCode::Usage, fmt::format("{} needs the parameter {}.", context.call.name, parameter));
    return *value;
}

void removeDevice(graphdef::GraphDef& graph, const TransformContext&) {
    for (graphdef::NodeDef& node : *graph.mutable_node())
        node.clear_device();
}

void setDevice(graphdef::GraphDef& graph, const TransformContext& context) {
    const std::string device = context.call.one("device").value_or("");
    const bool onlyMissing = context.call.flag("if_default", false);
    for (graphdef::NodeDef& node : *graph.mutable_node())
        if (!onlyMissing || node.device().empty())
            node.set_device(device);
}

void removeControlDependencies(graphdef::GraphDef& graph, const TransformContext&) {
    for (graphdef::NodeDef& node : *graph.mutable_node()) {
        auto& inputs = *node.mutable_input();
        inputs.erase(std::remove_if(inputs.begin(), inputs.end(),
                                    [](const std::string& input) { return input.starts_with('^'); }),
                     inputs.end());
    }
}

/// Whether op_name, where it is given, is the operator of this node.
bool isMeant(const TransformContext& context, const graphdef::NodeDef& node) {
    const std::string op = context.call.one("op_name").value_or("*");
    return op == "*" || op == node.op();
}

void removeAttribute(graphdef::GraphDef& graph, const TransformContext& context) {
    const std::string key = required(context, "attribute_name");
    for (graphdef::NodeDef& node : *graph.mutable_node()) {
        if (!isMeant(context, node))
            continue;
        auto& attributes = *node.mutable_attr();
        attributes.erase(std::remove_if(attributes.begin(), attributes.end(),
                                        [&](const graphdef::AttrEntry& entry) { return entry.key() == key; }),
                         attributes.end());
    }
}

void renameAttribute(graphdef::GraphDef& graph, const TransformContext& context) {
    const std::string from = required(context, "old_attribute_name"), to = required(context, "new_attribute_name");
    for (graphdef::NodeDef& node : *graph.mutable_node())
        if (isMeant(context, node))
            for (graphdef::AttrEntry& entry : *node.mutable_attr())
                if (entry.key() == from)
                    entry.set_key(to);
}

void renameOp(graphdef::GraphDef& graph, const TransformContext& context) {
    const std::string from = required(context, "old_op_name"), to = required(context, "new_op_name");
    for (graphdef::NodeDef& node : *graph.mutable_node())
        if (node.op() == from)
            node.set_op(to);
}

void quantizeNodes(graphdef::GraphDef&, const TransformContext& context) {
    *context.note =
        "quantize_nodes is left out: what it is for, computing in 8 bits, Halftone does itself with oneDNN. Run "
        "halftone-cli profile on the graph for real int8 with its times, or halftone-cli run --precision int8; "
        "quantized operators of TensorFlow's are not written into the file.";
}

} // namespace

bool TransformContext::isBorder(const std::string& node) const {
    return std::ranges::count(inputs, node) > 0 || std::ranges::count(outputs, node) > 0;
}

const std::vector<NamedTransform>& allTransforms() {
    static const std::vector<NamedTransform> kTransforms = {
        {"add_default_attributes", addDefaultAttributes, {}},
        {"fold_batch_norms", foldBatchNorms, {}},
        {"fold_constants",
         foldConstants,
         {"clear_output_shapes", "exclude_op", "exclude_node", "max_constant_size_in_bytes"}},
        {"fold_old_batch_norms", foldOldBatchNorms, {}},
        {"merge_duplicate_nodes", mergeDuplicateNodes, {}},
        {"obfuscate_names", obfuscateNames, {}},
        {"quantize_nodes", quantizeNodes, {"input_min", "input_max", "fallback_min", "fallback_max", "ignore_op"}},
        {"quantize_weights", quantizeWeights, {"minimum_size"}},
        {"remove_attribute", removeAttribute, {"attribute_name", "op_name"}},
        {"remove_control_dependencies", removeControlDependencies, {}},
        {"remove_device", removeDevice, {}},
        {"remove_nodes", removeNodes, {"op", "max_inputs"}},
        {"rename_attribute", renameAttribute, {"old_attribute_name", "new_attribute_name", "op_name"}},
        {"rename_op", renameOp, {"old_op_name", "new_op_name"}},
        {"round_weights", roundWeights, {"num_steps"}},
        {"set_device", setDevice, {"device", "if_default"}},
        {"sort_by_execution_order", sortByExecutionOrder, {}},
        {"strip_unused_nodes", stripUnusedNodes, {"type", "shape", "name", "type_for_name", "shape_for_name"}},
    };
    return kTransforms;
}

const NamedTransform& transformFor(const TransformCall& call) {
    std::vector<std::string> names;
    for (const NamedTransform& transform : allTransforms()) {
        names.emplace_back(transform.name);
        if (transform.name != call.name)
            continue;
        for (const auto& [parameter, values] : call.parameters)
            if (parameter != "ignore_errors" && std::ranges::count(transform.parameters, parameter) == 0) {
                const std::vector<std::string> known(transform.parameters.begin(), transform.parameters.end());
                throw Error(ErrorCode::Usage,
                            fmt::format("{} has no parameter {}; it takes {}.", call.name, displayText(parameter, 64),
                                        known.empty() ? "ignore_errors" : join(known, ", ") + " and ignore_errors"));
            }
        return transform;
    }
    throw Error(ErrorCode::Usage, fmt::format("There is no transform {}. Halftone knows {}.",
                                              displayText(call.name, 64), join(names, ", ")));
}

} // namespace halftone::tensorflow_format
