// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/graph_builder.h"

#include "core/graph/infer.h"
#include "core/graph/validate.h"

#include <algorithm>
#include <cctype>
#include <cmath>

namespace halftone::test {

Tensor noise(Shape shape, uint32_t seed) {
    int64_t count = 1;
    for (const int64_t dim : shape)
        count *= dim;
    std::vector<float> values;
    uint32_t state = seed * 2654435761U + 12345U;
    for (int64_t i = 0; i < count; ++i) {
        state = state * 1664525U + 1013904223U;
        values.push_back(static_cast<float>(state >> 8) / 8388608.0F - 1.0F);
    }
    return Tensor::fromFloats(std::move(shape), values);
}

ValueId GraphBuilder::input(const std::string& name, Shape shape, ElementType type) {
    const ValueId id = graph.addValue({name, type, std::move(shape), {}, {}});
    graph.inputs.push_back(id);
    return id;
}

ValueId GraphBuilder::constant(const std::string& name, Tensor tensor) {
    return graph.addConstant(name, std::move(tensor));
}

ValueId GraphBuilder::constant(const std::string& name, Shape shape) {
    return constant(name, noise(std::move(shape), static_cast<uint32_t>(graph.values().size())));
}

ValueId GraphBuilder::number(const std::string& name, float value) {
    return constant(name, Tensor::fromFloats({}, std::span(&value, 1)));
}

ValueId GraphBuilder::node(const std::string& name, Op op, std::vector<ValueId> inputs) {
    std::string valueName = name + "_y";
    std::transform(valueName.begin(), valueName.end(), valueName.begin(),
                   [](unsigned char c) { return std::tolower(c); });
    const ValueId output = graph.addValue({valueName, ElementType::F32, {}, {}, {}});
    graph.addNode({name, std::move(op), std::move(inputs), {output}, {name}});
    return output;
}

ValueId GraphBuilder::conv(const std::string& name, ValueId x, int64_t from, int64_t to, bool bias) {
    std::vector<ValueId> inputs{x, constant(name + "_w", Shape{to, from, 3, 3})};
    if (bias)
        inputs.push_back(constant(name + "_b", Shape{to}));
    return node(name, Conv{{1, 1}, {1, 1}, {1, 1, 1, 1}, 1, {}}, inputs);
}

ValueId GraphBuilder::batchNorm(const std::string& name, ValueId x, int64_t channels) {
    std::vector<ValueId> inputs{x};
    for (const char* parameter : {"_scale", "_bias", "_mean"})
        inputs.push_back(constant(name + parameter, Shape{channels}));
    std::vector<float> variance = noise({channels}, static_cast<uint32_t>(graph.values().size())).toFloats();
    for (float& value : variance)
        value = std::abs(value) + 0.1F;
    inputs.push_back(constant(name + "_variance", Tensor::fromFloats({channels}, variance)));
    return node(name, BatchNorm{1e-3F}, inputs);
}

Graph GraphBuilder::build(std::vector<ValueId> outputs) {
    graph.outputs = std::move(outputs);
    graph = infer(std::move(graph));
    for (size_t i = 0; i < graph.nodes().size(); ++i) { // 0 and -1 become numbers, as when a file is read
        Node& made = graph.node(static_cast<NodeId>(i));
        if (auto* reshape = std::get_if<Reshape>(&made.op)) {
            const Shape& shape = graph.value(made.outputs.front()).shape;
            *reshape = {shape, std::ranges::count(shape, 0) > 0};
        }
    }
    validate(graph, "building the test");
    return graph;
}

} // namespace halftone::test
