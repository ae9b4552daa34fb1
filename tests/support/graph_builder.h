// SPDX-License-Identifier: GPL-3.0-or-later
// Small graphs for tests, written node by node.
#pragma once

#include "core/graph/graph.h"

#include <cstdint>
#include <string>

namespace halftone::test {

/// Values in [-1, 1) that are the same on every platform.
Tensor noise(Shape shape, uint32_t seed);

/// Builds a graph node by node; names of values are those of their node.
class GraphBuilder {
public:
    ValueId input(const std::string& name, Shape shape, ElementType type = ElementType::F32);
    ValueId constant(const std::string& name, Tensor tensor);
    /// Filled with noise.
    ValueId constant(const std::string& name, Shape shape);
    ValueId number(const std::string& name, float value);
    /// The node and its origin have this name, its output the name in lower case with "_y".
    ValueId node(const std::string& name, Op op, std::vector<ValueId> inputs);

    /// A 3x3 convolution with padding 1 and its weights.
    ValueId conv(const std::string& name, ValueId x, int64_t from, int64_t to, bool bias = true);
    ValueId relu(const std::string& name, ValueId x) { return node(name, Unary{UnaryKind::Relu}, {x}); }
    ValueId add(const std::string& name, ValueId a, ValueId b) { return node(name, Binary{BinaryKind::Add}, {a, b}); }
    /// With scale, bias, mean and a variance that is never negative.
    ValueId batchNorm(const std::string& name, ValueId x, int64_t channels);

    /// The inferred graph.
    Graph build(std::vector<ValueId> outputs);

    Graph graph;
};

} // namespace halftone::test
