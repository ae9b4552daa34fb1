// SPDX-License-Identifier: GPL-3.0-or-later
// TensorFlow graphs made in a few lines, good and bad, and what they compute.
#pragma once

#include "core/formats/tensorflow/messages.h"
#include "tests/support/read_model.h"

#include <initializer_list>
#include <map>
#include <string>
#include <vector>

namespace halftone::test {

/// Builds a GraphDef; every function returns the node that it added, to be spoiled further.
class GraphMaker {
public:
    graphdef::GraphDef proto;

    graphdef::NodeDef& node(const std::string& op, const std::string& name,
                            const std::vector<std::string>& inputs = {});
    /// A dimension of -1 is unknown.
    graphdef::NodeDef& placeholder(const std::string& name, const std::vector<int64_t>& shape);
    graphdef::NodeDef& floats(const std::string& name, const std::vector<int64_t>& shape,
                              const std::vector<float>& values);
    /// Filled with noise.
    graphdef::NodeDef& noise(const std::string& name, const std::vector<int64_t>& shape, uint32_t seed = 1);
    graphdef::NodeDef& number(const std::string& name, float value) { return floats(name, {}, {value}); }
    graphdef::NodeDef& integers(const std::string& name, const std::vector<int64_t>& values);
    graphdef::NodeDef& integer(const std::string& name, int64_t value);
    graphdef::NodeDef& tensor(const std::string& name, graphdef::TensorProto tensor);
    graphdef::NodeDef& find(const std::string& name);
    std::string bytes() const { return proto.SerializeAsString(); }
};

graphdef::AttrValue& attribute(graphdef::NodeDef& node, const std::string& key);
void set(graphdef::NodeDef& node, const std::string& key, const char* value);
void set(graphdef::NodeDef& node, const std::string& key, int64_t value);
void set(graphdef::NodeDef& node, const std::string& key, float value);
void set(graphdef::NodeDef& node, const std::string& key, bool value);
void set(graphdef::NodeDef& node, const std::string& key, graphdef::DataType value);
void set(graphdef::NodeDef& node, const std::string& key, const std::vector<int64_t>& values);

/// x [1,8,8,3] -> Conv2D "conv" (weights w [3,3,3,4], SAME) -> BiasAdd "bias" (b) -> Relu "y": small and valid.
GraphMaker smallGraph();

/// Noise that is the same on every platform.
std::vector<float> noiseOf(size_t count, uint32_t seed);

ReadModel read(const GraphMaker& graph);
/// The first output for these inputs, computed by the reference, for batch 1. Grids are ignored.
Tensor outputOf(const GraphMaker& graph, const std::map<std::string, Tensor>& inputs);
/// The same with every tensor rounded that lies on a grid: what the quantized network means.
std::map<std::string, Tensor> evaluateOnGrids(const Graph& graph, const std::map<std::string, Tensor>& inputs);

std::string refusalOf(const GraphMaker& graph);
std::string unsupportedIn(const GraphMaker& graph);

} // namespace halftone::test
