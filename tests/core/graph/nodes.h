// SPDX-License-Identifier: GPL-3.0-or-later
// Short ways to write tensors, nodes and small graphs in tests.
#pragma once

#include "core/base/error.h"
#include "core/graph/evaluate.h"
#include "core/graph/graph.h"
#include "core/graph/infer.h"
#include "tests/support/catch.h"

#include <random>
#include <string>
#include <vector>

namespace halftone::test {

inline Tensor floats(Shape shape, const std::vector<float>& values) {
    return Tensor::fromFloats(std::move(shape), values);
}

inline Tensor ints(Shape shape, const std::vector<int64_t>& values) {
    return Tensor::fromInt64s(std::move(shape), values);
}

/// 0, 1, 2 ... in this shape.
inline Tensor counting(Shape shape) {
    std::vector<float> values;
    int64_t count = 1;
    for (int64_t dim : shape)
        count *= dim;
    for (int64_t i = 0; i < count; ++i)
        values.push_back(static_cast<float>(i));
    return floats(std::move(shape), values);
}

/// The same numbers everywhere: mt19937 is defined by the standard, the distributions are not.
class Random {
public:
    explicit Random(uint32_t seed) : m_engine(seed) {}
    /// A whole number from `lo` to `hi`, both included.
    int64_t integer(int64_t lo, int64_t hi) {
        return lo + static_cast<int64_t>(m_engine() % static_cast<uint32_t>(hi - lo + 1));
    }
    /// Values from -1 to 1.
    Tensor tensor(Shape shape) {
        std::vector<float> values(static_cast<size_t>(counting(shape).elements()));
        for (float& value : values)
            value = static_cast<float>(m_engine()) / 2147483648.0F - 1.0F;
        return floats(std::move(shape), values);
    }

private:
    std::mt19937 m_engine;
};

/// A graph of one node "layer" that reads values of these types and shapes ("in0", "in1" ...).
inline Graph typedGraphOf(Op op, const std::vector<std::optional<std::pair<ElementType, Shape>>>& operands) {
    Graph graph;
    Node node;
    node.name = "layer";
    node.op = std::move(op);
    for (size_t i = 0; i < operands.size(); ++i) {
        if (!operands[i]) {
            node.inputs.push_back(kNoValue);
            continue;
        }
        Value value;
        value.name = "in" + std::to_string(i);
        value.type = operands[i]->first;
        value.shape = operands[i]->second;
        node.inputs.push_back(graph.addValue(value));
        graph.inputs.push_back(node.inputs.back());
    }
    Value out;
    out.name = "out";
    node.outputs = {graph.addValue(out)};
    graph.outputs = node.outputs;
    graph.addNode(std::move(node));
    return graph;
}

/// The same with f32 operands.
inline Graph graphOf(Op op, const std::vector<Shape>& shapes) {
    std::vector<std::optional<std::pair<ElementType, Shape>>> operands;
    for (const Shape& shape : shapes)
        operands.emplace_back(std::pair(ElementType::F32, shape));
    return typedGraphOf(std::move(op), operands);
}

/// The result of one node.
inline Tensor run(Op op, const std::vector<std::optional<Tensor>>& inputs) {
    Node node;
    node.name = "layer";
    node.op = std::move(op);
    return evaluate(Graph{}, node, inputs).at(0);
}

struct Failure {
    ErrorCode code = ErrorCode::Internal;
    std::string message; // empty: there was none
    bool mentions(const std::string& text) const { return message.find(text) != std::string::npos; }
};

template <class F> Failure failureOf(F&& f) {
    try {
        f();
    } catch (const Error& error) {
        return {error.code(), error.message()};
    }
    return {};
}

/// Largest distance between two tensors of one shape.
inline double distance(const Tensor& a, const Tensor& b) {
    REQUIRE(a.shape == b.shape);
    const std::vector<double> x = a.toDoubles(), y = b.toDoubles();
    double largest = 0;
    for (size_t i = 0; i < x.size(); ++i)
        largest = std::max(largest, std::abs(x[i] - y[i]));
    return largest;
}

} // namespace halftone::test
