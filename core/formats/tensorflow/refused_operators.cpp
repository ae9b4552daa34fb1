// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/tensorflow/refused_operators.h"

#include <unordered_map>
#include <unordered_set>

namespace halftone::tensorflow_format {

namespace {

using Operators = std::unordered_set<std::string_view>;

const Operators kVariables = {"Variable",       "VariableV2",        "VarHandleOp",
                              "ReadVariableOp", "TemporaryVariable", "VarIsInitializedOp",
                              "Assign",         "AssignVariableOp",  "ResourceGather"};
const Operators kPipelines = {"Iterator",           "IteratorV2",           "IteratorGetNext",   "OneShotIterator",
                              "MakeIterator",       "FIFOQueueV2",          "QueueDequeueV2",    "QueueDequeueManyV2",
                              "QueueDequeueUpToV2", "RandomShuffleQueueV2", "PaddingFIFOQueueV2"};
const Operators kTables = {"HashTable", "HashTableV2", "LookupTableFind", "LookupTableFindV2", "MutableHashTableV2"};
const Operators kOutside = {"ReadFile",
                            "WriteFile",
                            "PyFunc",
                            "PyFuncStateless",
                            "EagerPyFunc",
                            "Save",
                            "SaveV2",
                            "SaveSlices",
                            "Restore",
                            "RestoreV2",
                            "RestoreSlice",
                            "ImmutableConst",
                            "MergeV2Checkpoints",
                            "MatchingFiles",
                            "WholeFileReaderV2",
                            "TextLineReaderV2",
                            "TFRecordReaderV2",
                            "ShardedFilename"};
const Operators kCalls = {"If",
                          "StatelessIf",
                          "While",
                          "StatelessWhile",
                          "Case",
                          "StatelessCase",
                          "For",
                          "PartitionedCall",
                          "StatefulPartitionedCall",
                          "RemoteCall",
                          "SymbolicGradient"};

bool isTraining(std::string_view op) {
    return op.starts_with("Apply") || op.starts_with("ResourceApply") || op.starts_with("SparseApply") ||
           op.starts_with("ResourceSparseApply") || op.ends_with("Grad") || op.ends_with("GradV2") ||
           op.ends_with("GradV3") || op.ends_with("BackpropFilter") || op == "MaxPoolGradGrad" ||
           op == "SoftmaxCrossEntropyWithLogits" || op == "SparseSoftmaxCrossEntropyWithLogits";
}

} // namespace

std::optional<std::string> whyRefused(std::string_view op) {
    if (kVariables.contains(op))
        return "is a variable, whose value is not in this file: the graph is not frozen. Freeze graph and checkpoint "
               "into "
               "one file with freeze_graph or convert_variables_to_constants_v2.";
    if (kPipelines.contains(op))
        return "feeds the network from a pipeline. Export the graph for inference, with a Placeholder as its input.";
    if (kTables.contains(op))
        return "looks values up in a table that is not in this file. Cut the graph before it.";
    if (kOutside.contains(op))
        return "reaches outside the network (files or programs), and Halftone never runs that. Cut the graph before it "
               "with "
               "strip_unused_nodes.";
    if (kCalls.contains(op))
        return "calls a function of the file or decides at run time, which Halftone cannot run. Freeze the model with "
               "convert_variables_to_constants_v2 and lower_control_flow, which writes functions out.";
    if (isTraining(op))
        return "belongs to training. Export the graph for inference, or cut it with strip_unused_nodes.";
    return std::nullopt;
}

} // namespace halftone::tensorflow_format
