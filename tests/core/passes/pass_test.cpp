// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/core/passes/pass_test.h"

#include "core/graph/evaluate.h"
#include "core/graph/validate.h"

#include <algorithm>
#include <cmath>

namespace halftone::test {

double outputDifference(const Graph& a, const Graph& b, uint32_t seed) {
    const auto outputsOf = [&](const Graph& graph) {
        std::map<ValueId, Tensor> inputs;
        for (size_t i = 0; i < graph.inputs.size(); ++i)
            inputs.emplace(graph.inputs[i], noise(graph.value(graph.inputs[i]).shape, seed + static_cast<uint32_t>(i)));
        const auto values = evaluate(graph, inputs);
        std::vector<std::vector<double>> outputs;
        for (const ValueId id : graph.outputs)
            outputs.push_back(values.at(id).toDoubles());
        return outputs;
    };
    const auto left = outputsOf(a), right = outputsOf(b);
    REQUIRE(left.size() == right.size());
    double worst = 0;
    for (size_t i = 0; i < left.size(); ++i) {
        REQUIRE(left[i].size() == right[i].size());
        double largest = 1e-30, difference = 0;
        for (size_t j = 0; j < left[i].size(); ++j) {
            REQUIRE(std::isfinite(left[i][j]));
            REQUIRE(std::isfinite(right[i][j]));
            largest = std::max(largest, std::abs(left[i][j]));
            difference = std::max(difference, std::abs(left[i][j] - right[i][j]));
        }
        worst = std::max(worst, difference / largest);
    }
    return worst;
}

Graph checkedPass(Graph (*pass)(Graph), const Graph& graph) {
    const Graph result = pass(graph);
    INFO("before:\n" << dump(graph) << "after:\n" << dump(result));
    CHECK_NOTHROW(validate(result, "the pass"));
    const auto names = [](const Graph& of, const std::vector<ValueId>& ids) {
        std::vector<std::string> result;
        for (const ValueId id : ids)
            result.push_back(of.value(id).name);
        return result;
    };
    CHECK(names(result, result.inputs) == names(graph, graph.inputs));
    CHECK(names(result, result.outputs) == names(graph, graph.outputs));
    CHECK(outputDifference(graph, result) < 1e-5);
    CHECK((pass(result) == result));
    return result;
}

void checkUntouched(Graph (*pass)(Graph), const Graph& graph) {
    CHECK(dump(checkedPass(pass, graph)) == dump(graph));
}

} // namespace halftone::test
