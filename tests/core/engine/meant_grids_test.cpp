// SPDX-License-Identifier: GPL-3.0-or-later
// Grids that a network means are kept where no int8 layer reads them; offered ones are not.
#include "core/engine/compile.h"
#include "core/engine/machine/machine.h"
#include "tests/support/catch.h"
#include "tests/support/graph_builder.h"

#include <algorithm>
#include <cmath>

using namespace halftone;
using namespace halftone::test;

TEST_CASE("Tensors on grids that are meant are rounded, also where only fp32 layers read them") {
    const bool meant = GENERATE(true, false);
    const Precision precision = GENERATE(Precision::Int8, Precision::Int8Simulated);
    CAPTURE(meant, name(precision));
    // The input is read as real numbers, and so is what the addition makes of it.
    GraphBuilder b;
    const ValueId x = b.input("x", {1, 8, 2, 2});
    const ValueId logit = b.node("Logit", Unary{UnaryKind::Tanh}, {x});
    const ValueId sum = b.node("Sum", Binary{BinaryKind::Add, {}}, {x, x});
    Graph graph = b.build({logit, b.node("Softmax", Softmax{1, false, false}, {sum})});
    for (const std::string name : {"x", "sum_y"})
        for (ValueId id = 0; id < static_cast<ValueId>(graph.values().size()); ++id)
            if (graph.value(id).name == name)
                graph.value(id).quant = QuantParams{ElementType::U8, {0.25F}, {100}, std::nullopt};
    graph.gridsAreMeant = meant;

    std::vector<float> input;
    for (int i = 0; i < 32; ++i)
        input.push_back(0.13F * static_cast<float>(i) - 1.7F);
    useThreads(1);
    Plan plan = compile(graph, {precision}, Job());
    std::ranges::copy(input, plan.input(0).begin());
    plan.run();

    const auto round = [&](float value) { return meant ? 0.25F * std::nearbyint(value / 0.25F) : value; };
    for (float& value : input)
        value = round(value);
    for (size_t i = 0; i < 32; ++i)
        CHECK_THAT(plan.output(0)[i], WithinAbs(std::tanh(input[i]), 1e-5));
    for (size_t i = 0; i < 32; ++i) {
        double all = 0;
        for (size_t channel = 0; channel < 8; ++channel)
            all += std::exp(static_cast<double>(round(2 * input[channel * 4 + i % 4])));
        CHECK_THAT(plan.output(1)[i], WithinAbs(std::exp(static_cast<double>(round(2 * input[i]))) / all, 1e-5));
    }
}
