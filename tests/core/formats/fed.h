// SPDX-License-Identifier: GPL-3.0-or-later
// What small models of several inputs compute, by name.
#pragma once

#include "tests/core/formats/computed.h"

#include <map>
#include <string>

namespace halftone::test {

/// The outputs of a network by name; checks that it is valid, and that the passes keep what it computes.
inline std::map<std::string, Tensor> feed(const ReadModel& file, const std::map<std::string, Tensor>& inputs) {
    REQUIRE_NOTHROW(refuseUnsupported(file));
    const Graph& graph = file.graph;
    validate(graph, "reading");
    const auto outputsOf = [&](const Graph& each) {
        REQUIRE(each.inputs.size() == inputs.size());
        std::map<ValueId, Tensor> fed;
        for (const ValueId input : each.inputs)
            fed.emplace(input, inputs.at(each.value(input).name));
        const auto values = evaluate(each, fed);
        std::vector<Tensor> outputs;
        for (const ValueId output : each.outputs)
            outputs.push_back(each.isConstant(output) ? *each.value(output).constant : values.at(output));
        return outputs;
    };
    const std::vector<Tensor> read = outputsOf(graph), passed = outputsOf(runPasses(graph, standardPasses()));
    std::map<std::string, Tensor> result;
    for (size_t i = 0; i < read.size(); ++i) {
        const std::vector<float> had = read[i].toFloats(), has = passed[i].toFloats();
        REQUIRE(had.size() == has.size());
        for (size_t k = 0; k < had.size(); ++k)
            CHECK(has[k] == Approx(had[k]).margin(1e-4));
        result.emplace(graph.value(graph.outputs[i]).name, read[i]);
    }
    return result;
}

} // namespace halftone::test
