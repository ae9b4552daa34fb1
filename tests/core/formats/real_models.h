// SPDX-License-Identifier: GPL-3.0-or-later
// What tests of real models count and compare.
#pragma once

#include "core/graph/evaluate.h"
#include "core/graph/infer.h"
#include "tests/support/catch.h"
#include "tests/support/golden.h"

#include <cmath>
#include <vector>

namespace halftone::test {

/// Floating-point constants.
inline int64_t parametersOf(const Graph& graph) {
    int64_t sum = 0;
    for (const Value& value : graph.values())
        if (value.constant && (value.type == ElementType::F32 || value.type == ElementType::F16))
            sum += value.constant->elements();
    return sum;
}

inline int64_t macsOf(const Graph& graph) {
    int64_t sum = 0;
    for (const Node& node : graph.nodes())
        sum += macs(graph, node);
    return sum;
}

/// goldenInput as a tensor.
inline Tensor goldenTensor(const Shape& shape) {
    return Tensor::fromFloats(shape, goldenInput(shape));
}

/// Output `index` of a network with one input.
inline std::vector<float> outputOf(const Graph& graph, const Tensor& input, size_t index = 0) {
    return evaluate(graph, {{graph.inputs.at(0), input}}).at(graph.outputs.at(index)).toFloats();
}

/// All differences are at most `relative` of the largest wanted value.
inline void checkClose(const std::vector<float>& actual, const std::vector<float>& wanted, float relative) {
    REQUIRE(actual.size() == wanted.size());
    float largest = 0, difference = 0;
    for (size_t i = 0; i < wanted.size(); ++i) {
        largest = std::max(largest, std::abs(wanted[i]));
        difference = std::max(difference, std::abs(actual[i] - wanted[i]));
    }
    CHECK(largest > 0);
    CHECK(difference <= relative * largest);
}

} // namespace halftone::test
