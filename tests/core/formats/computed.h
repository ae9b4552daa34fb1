// SPDX-License-Identifier: GPL-3.0-or-later
// What small models compute, for tests of readers.
#pragma once

#include "core/graph/evaluate.h"
#include "core/graph/infer.h"
#include "core/graph/validate.h"
#include "core/passes/passes.h"
#include "tests/support/catch.h"
#include "tests/support/read_model.h"

#include <vector>

namespace halftone::test {

/// Numbers between -1 and 1 without a pattern.
inline std::vector<float> numbers(size_t count, unsigned seed = 1) {
    std::vector<float> values(count);
    for (float& value : values) {
        seed = seed * 1664525U + 1013904223U;
        value = static_cast<float>(seed >> 8) / static_cast<float>(1 << 23) - 1;
    }
    return values;
}

struct Computed {
    std::vector<Tensor> outputs;
    Graph graph; // as read, with shapes
};

/// The outputs of a network with one input; checks that it is valid, and that the passes keep what it computes.
inline Computed compute(const ReadModel& file, const Tensor& x) {
    REQUIRE_NOTHROW(refuseUnsupported(file));
    Computed computed{{}, file.at(x.shape.empty() ? 1 : x.shape[0])};
    validate(computed.graph, "reading");
    const auto values = evaluate(computed.graph, {{computed.graph.inputs.at(0), x}});
    const Graph passed = runPasses(computed.graph, standardPasses());
    const auto again = evaluate(passed, {{passed.inputs.at(0), x}});
    for (size_t i = 0; i < computed.graph.outputs.size(); ++i) {
        computed.outputs.push_back(values.at(computed.graph.outputs[i]));
        const std::vector<float> had = computed.outputs.back().toFloats(), has = again.at(passed.outputs[i]).toFloats();
        REQUIRE(had.size() == has.size());
        for (size_t k = 0; k < had.size(); ++k)
            CHECK(has[k] == Approx(had[k]).margin(1e-4));
    }
    return computed;
}

inline void checkEqual(const Tensor& actual, const Shape& shape, const std::vector<double>& wanted) {
    CHECK(actual.shape == shape);
    const std::vector<float> values = actual.toFloats();
    REQUIRE(values.size() == wanted.size());
    for (size_t i = 0; i < values.size(); ++i)
        CHECK(values[i] == Approx(wanted[i]).margin(1e-5));
}

} // namespace halftone::test
