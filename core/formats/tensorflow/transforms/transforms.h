// SPDX-License-Identifier: GPL-3.0-or-later
// TensorFlow's graph_transforms: changes of a graph for inference, by their own names and parameters.
#pragma once

#include "core/formats/tensorflow/messages.h"
#include "core/formats/tensorflow/transforms/transform_list.h"

#include <string>
#include <string_view>
#include <vector>

namespace halftone::tensorflow_format {

struct TransformContext {
    std::vector<std::string> inputs, outputs; // names of nodes
    TransformCall call;
    std::string* note = nullptr; // what the transform has to tell; never null while it runs

    bool isBorder(const std::string& node) const; // an input or an output
};

/// Changes `graph` or throws Error and leaves it in any state.
using Transform = void (*)(graphdef::GraphDef& graph, const TransformContext& context);

struct NamedTransform {
    std::string_view name;
    Transform run;
    std::vector<std::string_view> parameters; // beside ignore_errors, which all of them take
};

/// All transforms, by name.
const std::vector<NamedTransform>& allTransforms();

/// The transform of this name. Throws Error{Usage} with the list for a name that is none, and for a parameter that the
/// transform does not have.
const NamedTransform& transformFor(const TransformCall& call);

// In files of their own.
void stripUnusedNodes(graphdef::GraphDef& graph, const TransformContext& context);
void removeNodes(graphdef::GraphDef& graph, const TransformContext& context);
void foldConstants(graphdef::GraphDef& graph, const TransformContext& context);
void foldBatchNorms(graphdef::GraphDef& graph, const TransformContext& context);
void foldOldBatchNorms(graphdef::GraphDef& graph, const TransformContext& context);
void quantizeWeights(graphdef::GraphDef& graph, const TransformContext& context);
void roundWeights(graphdef::GraphDef& graph, const TransformContext& context);
void addDefaultAttributes(graphdef::GraphDef& graph, const TransformContext& context);
void mergeDuplicateNodes(graphdef::GraphDef& graph, const TransformContext& context);
void sortByExecutionOrder(graphdef::GraphDef& graph, const TransformContext& context);
void obfuscateNames(graphdef::GraphDef& graph, const TransformContext& context);

} // namespace halftone::tensorflow_format
