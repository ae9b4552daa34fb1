// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/graph/element.h"
#include "core/graph/evaluate.h"
#include "core/graph/infer.h"
#include "core/passes/passes.h"
#include "tests/support/catch.h"
#include "tests/support/graph_builder.h"

using namespace halftone;
using namespace halftone::test;

namespace {

/// x -> Add c -> Relu -> y, all of one type.
Graph network(ElementType type) {
    GraphBuilder b;
    const ValueId x = b.input("x", {2, 3}, type);
    const ValueId sum = b.add("Add", x, b.constant("c", castTensor(noise({3}, 1), type)));
    return b.build({b.relu("Relu", sum), sum});
}

} // namespace

TEST_CASE("a network of halves computes on fp32 between casts at its border") {
    for (const ElementType type : {ElementType::F16, ElementType::BF16}) {
        const Graph before = network(type), after = widenHalves(before);
        CHECK((widenHalves(after) == after));
        for (const Node& node : after.nodes())
            if (!std::holds_alternative<Cast>(node.op))
                CHECK(after.value(node.output()).type == ElementType::F32);
        REQUIRE(after.outputs.size() == 2);
        const Tensor x = castTensor(noise({2, 3}, 2), type);
        const auto had = evaluate(before, {{before.inputs[0], x}}), has = evaluate(after, {{after.inputs[0], x}});
        for (size_t i = 0; i < 2; ++i) {
            CHECK(after.value(after.outputs[i]).name == before.value(before.outputs[i]).name);
            const Tensor &wanted = had.at(before.outputs[i]), &actual = has.at(after.outputs[i]);
            REQUIRE(actual.type == type);
            for (size_t k = 0; k < 6; ++k)
                CHECK(actual.toDoubles()[k] == Approx(wanted.toDoubles()[k]).margin(1e-2));
        }
    }
}

TEST_CASE("a network that only casts halves stays as it is") {
    GraphBuilder b;
    const ValueId x = b.input("x", {2, 3}, ElementType::F16);
    const Graph graph =
        b.build({b.node("back", Cast{ElementType::F16}, {b.node("cast", Cast{ElementType::F32}, {x})})});
    CHECK((widenHalves(graph) == graph));
}
