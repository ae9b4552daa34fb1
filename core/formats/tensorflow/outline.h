// SPDX-License-Identifier: GPL-3.0-or-later
// The nodes of a TensorFlow graph as names only: which reads which, are all there, in which order can they be read, and
// which are needed?
#pragma once

#include "core/formats/tensorflow/messages.h"

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace halftone::tensorflow_format {

/// What an input of a node refers to: "name", "name:2" or "^name".
struct InputName {
    std::string_view node; // points into the text that was parsed
    int port = 0;
    bool isControl = false;
};

/// Throws Error{BadInput} for a text that is none. `reader` names the node in the message.
InputName parseInput(std::string_view text, const std::string& reader);

/// Positions of all nodes by name. Throws Error{BadInput} for nodes without name or operator and for names that are
/// taken twice.
std::unordered_map<std::string_view, int> positionsOf(const graphdef::GraphDef& graph);

struct Endpoint {
    int node = 0; // position in the file
    int port = 0;
    bool operator==(const Endpoint&) const = default;
};

struct Outline {
    std::vector<std::vector<Endpoint>> inputs; // by position: data only
    std::vector<std::vector<int>> readers;     // by position: nodes that read its data, once per use
    std::vector<int> outputs;                  // the nodes whose results nobody reads
    std::vector<int> order;                    // what the outputs need, producers before consumers
};

/// Throws Error{BadInput} naming the node for an input that does not exist and for a cycle, and Error{Unsupported} for
/// a cycle that is a loop of the network.
Outline outlineOf(const graphdef::GraphDef& graph);

/// Positions of all nodes, each behind what it reads, control inputs included, and otherwise in the order of the file.
/// Throws as outlineOf() does.
std::vector<int> executionOrder(const graphdef::GraphDef& graph);

/// The name as shown to users.
std::string shownName(const graphdef::NodeDef& node);

} // namespace halftone::tensorflow_format
