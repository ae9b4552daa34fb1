// SPDX-License-Identifier: GPL-3.0-or-later
// RNN, GRU and LSTM by our own kernel against plain loops in double.
#include "core/engine/machine/machine.h"
#include "tests/core/engine/engine_test.h"

using namespace halftone;
using namespace halftone::test;

namespace {

constexpr int64_t kLength = 5, kBatch = 2, kSize = 7;

std::vector<Unary> usual(RecurrentKind kind, bool both) {
    std::vector<Unary> one{{UnaryKind::Tanh}};
    if (kind != RecurrentKind::Rnn)
        one.insert(one.begin(), {UnaryKind::Sigmoid});
    if (kind == RecurrentKind::Lstm)
        one.push_back({UnaryKind::Tanh});
    std::vector<Unary> all = one;
    if (both)
        all.insert(all.end(), one.begin(), one.end());
    return all;
}

std::vector<ValueId> addLayer(GraphBuilder& b, const Recurrent& op, const std::vector<ValueId>& inputs) {
    std::vector<ValueId> results;
    for (const char* name : {"states", "last", "cell"})
        if (results.size() < (op.kind == RecurrentKind::Lstm ? 3U : 2U))
            results.push_back(b.graph.addValue({name, ElementType::F32, {}, {}, {}}));
    b.graph.addNode({"layer", op, inputs, results, {"layer"}});
    return results;
}

/// A network that is one recurrent layer; `extra`: with biases, first states and peepholes.
Graph network(const Recurrent& op, int64_t hidden, bool extra) {
    GraphBuilder b;
    const int64_t directions = op.bothDirections ? 2 : 1, rows = gatesOf(op.kind) * hidden;
    const Shape state{directions, kBatch, hidden};
    std::vector<ValueId> inputs{b.input("x", {kLength, kBatch, kSize}),
                                b.constant("w", noise({directions, rows, kSize}, 1)),
                                b.constant("r", noise({directions, rows, hidden}, 2))};
    if (extra) {
        inputs.push_back(b.constant("b", noise({directions, 2 * rows}, 3)));
        inputs.push_back(b.input("h", state));
        if (op.kind == RecurrentKind::Lstm) {
            inputs.push_back(b.input("c", state));
            inputs.push_back(b.constant("p", noise({directions, 3 * hidden}, 4)));
        }
    }
    return b.build(addLayer(b, op, inputs));
}

} // namespace

TEST_CASE("recurrent layers compute what plain loops compute") {
    for (const RecurrentKind kind : {RecurrentKind::Rnn, RecurrentKind::Gru, RecurrentKind::Lstm})
        for (const int64_t hidden : {3, 40}) // sums of a part of a block, and of whole blocks and a rest
            for (const bool extra : {false, true})
                for (const int direction : {0, 1, 2})
                    for (const bool linear : {false, true}) {
                        Recurrent op;
                        op.kind = kind;
                        op.backward = direction == 1;
                        op.bothDirections = direction == 2;
                        op.linearBeforeReset = linear && kind == RecurrentKind::Gru;
                        op.clip = linear ? 0.5F : 0;
                        op.activations = usual(kind, op.bothDirections);
                        INFO(nameOf(kind) << " " << hidden << " " << extra << " " << direction << " " << linear);
                        const Plan plan = checkFp32(network(op, hidden, extra));
                        CHECK(stepOf(plan, "layer").kernel == "halftone:recurrent");
                    }
}

TEST_CASE("a recurrent layer with other activations, and with weights that are computed") {
    Recurrent op;
    op.kind = RecurrentKind::Rnn;
    op.activations = {{UnaryKind::LeakyRelu, 0.1F}};
    checkFp32(network(op, 3, true));
    GraphBuilder b;
    const Graph computed = b.build(addLayer(
        b, op, {b.input("x", {kLength, kBatch, kSize}), b.input("w", {1, 3, kSize}), b.input("r", {1, 3, 3})}));
    CHECK(isReference(stepOf(checkFp32(computed), "layer")));
}
