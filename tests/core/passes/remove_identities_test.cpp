// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/core/passes/pass_test.h"

using namespace halftone;
using namespace halftone::test;

TEST_CASE("Operators without effect disappear") {
    const auto op = GENERATE(values<Op>({
        Identity{},
        Cast{ElementType::F32},
        Pad{{0, 0, 0, 0, 0, 0, 0, 0}},
        Reshape{{0, 3, -1, 4}},
        Flatten{1},
        Squeeze{{}, true},
        Transpose{{0, 1, 2, 3}},
        Concat{1},
        Slice{{0, 0}, {1000, 1000}, {2, 3}, {1, 1}},
        Slice{{0}, {4}, {3}, {}},
        Pool{PoolKind::Max, false, {1, 1}, {1, 1}, {1, 1}, {0, 0, 0, 0}},
        Pool{PoolKind::AverageExcludePad, false, {1, 1}, {1, 1}, {1, 1}, {0, 0, 0, 0}},
    }));
    GraphBuilder b;
    const bool flat = std::holds_alternative<Flatten>(op);
    const ValueId x = b.input("x", flat ? Shape{2, 12} : Shape{2, 3, 4, 4});
    const Graph before = b.build({b.relu("After", b.node("Nothing", op, {b.relu("Before", x)}))});
    const std::string shape = flat ? "2x12" : "2x3x4x4";
    CHECK(dump(checkedPass(removeIdentities, before)) == "Before = Relu(x:" + shape + ") -> before_y:" + shape +
                                                             " {Before}\n" + "After = Relu(before_y:" + shape +
                                                             ") -> after_y:" + shape + " {After}\n");
}

TEST_CASE("Operators that only look as if they had no effect stay") {
    const auto op = GENERATE(values<Op>({
        Slice{{-1}, {-1000}, {3}, {-1}}, // reverses
        Transpose{{0, 1, 3, 2}},
        Transpose{{}},
        Pad{{0, 0, 1, -1, 0, 0, -1, 1}}, // moves
        Pool{PoolKind::Max, false, {3, 3}, {1, 1}, {1, 1}, {1, 1, 1, 1}},
        Pool{PoolKind::Max, false, {1, 1}, {2, 2}, {1, 1}, {0, 0, 0, 0}},
        Pool{PoolKind::Max, true},
        Reshape{{2, 3, 16}},
    }));
    GraphBuilder b;
    const ValueId x = b.input("x", {2, 3, 4, 4});
    checkUntouched(removeIdentities, b.build({b.relu("After", b.node("Something", op, {b.relu("Before", x)}))}));
}

TEST_CASE("Operands of a Concat that have no elements disappear") {
    GraphBuilder b;
    const ValueId x = b.relu("Before", b.input("x", {2, 3})), none = b.constant("none", Shape{0, 3});
    const ValueId one = b.relu("One", b.node("Alone", Concat{0}, {none, x, none}));
    const ValueId two = b.node("Two", Concat{0}, {one, none, x});
    const ValueId nothing = b.node("Nothing", Concat{0}, {none, none});
    const Graph after = checkedPass(removeIdentities, b.build({two, nothing}));
    CHECK(dump(after) == "Before = Relu(x:2x3) -> before_y:2x3 {Before}\n"
                         "One = Relu(before_y:2x3) -> one_y:2x3 {One}\n"
                         "Two = Concat[axis=0](one_y:2x3, before_y:2x3) -> two_y:4x3 {Two}\n"
                         "Nothing = Concat[axis=0](none:0x3*, none:0x3*) -> nothing_y:0x3 {Nothing}\n");
}

TEST_CASE("A global pool over a single element disappears") {
    GraphBuilder b;
    const ValueId x = b.input("x", {2, 3, 1, 1});
    const Graph before = b.build({b.relu("After", b.node("Pool", Pool{PoolKind::Max, true}, {x}))});
    CHECK(checkedPass(removeIdentities, before).nodes().size() == 1);
}

TEST_CASE("The name of an output of the network survives the node that carried it") {
    GraphBuilder b;
    const ValueId relu = b.relu("Relu", b.input("x", {2, 3}));
    const ValueId other = b.relu("Other", relu);
    const ValueId last = b.node("Identity", Identity{}, {relu});
    CHECK(dump(checkedPass(removeIdentities, b.build({last, other}))) ==
          "Relu = Relu(x:2x3) -> identity_y:2x3 {Relu}\n"
          "Other = Relu(identity_y:2x3) -> other_y:2x3 {Other}\n");
}

TEST_CASE("An Identity that names an input, a constant or a second output stays") {
    GraphBuilder b;
    const ValueId x = b.input("x", {2, 3});
    const ValueId relu = b.relu("Relu", x);
    checkUntouched(removeIdentities,
                   b.build({b.node("Input", Identity{}, {x}), relu, b.node("Second", Identity{}, {relu}),
                            b.node("Constant", Identity{}, {b.constant("c", Shape{2})})}));
}

TEST_CASE("An Identity between two 8-bit grids stays") {
    GraphBuilder b;
    const ValueId identity = b.node("Identity", Identity{}, {b.relu("Relu", b.input("x", {2, 3}))});
    Graph graph = b.build({b.relu("After", identity)});
    graph.value(identity).quant = QuantParams{ElementType::U8, {0.1F}, {0}, {}};
    checkUntouched(removeIdentities, graph);
}

TEST_CASE("A long chain and a wide fan of identities disappear") {
    GraphBuilder b;
    const ValueId x = b.input("x", {2});
    ValueId last = b.relu("First", x);
    std::vector<ValueId> outputs;
    for (int i = 0; i < 2000; ++i) {
        last = b.node("Chain" + std::to_string(i), Identity{}, {last});
        outputs.push_back(b.relu("Relu" + std::to_string(i), b.node("Fan" + std::to_string(i), Identity{}, {x})));
    }
    outputs.push_back(b.relu("Last", last));
    CHECK(checkedPass(removeIdentities, b.build(outputs)).nodes().size() == 2002);
}

TEST_CASE("An operator that is not known is left alone") {
    GraphBuilder b;
    b.input("x", {2});
    b.graph.outputs = {b.node("Odd", Opaque{"operator Odd"}, {kNoValue})};
    CHECK(removeIdentities(b.graph).nodes().size() == 1);
    CHECK(canonicalize(b.graph).nodes().size() == 1);
    CHECK(foldConstants(b.graph).nodes().size() == 1);
}
