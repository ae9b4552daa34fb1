// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/graph/dump.h"
#include "core/graph/validate.h"
#include "tests/core/graph/nodes.h"

#include <set>

using namespace halftone;
using namespace halftone::test;

namespace {

ValueId addValue(Graph& graph, const std::string& name, Shape shape = {1, 2}) {
    Value value;
    value.name = name;
    value.shape = std::move(shape);
    return graph.addValue(value);
}

/// x -> relu0 -> relu1 -> ... ; every node and value has its own name.
Graph chain(int length) {
    Graph graph;
    ValueId last = addValue(graph, "x");
    graph.inputs = {last};
    for (int i = 0; i < length; ++i) {
        const ValueId next = addValue(graph, "y" + std::to_string(i));
        graph.addNode({"relu" + std::to_string(i), Unary{}, {last}, {next}, {}});
        last = next;
    }
    graph.outputs = {last};
    return graph;
}

std::vector<std::string> namesOf(const Graph& graph) {
    std::vector<std::string> names;
    for (const Node& node : graph.nodes())
        names.push_back(node.name);
    return names;
}

} // namespace

TEST_CASE("producers and consumers are listed, once a use") {
    Graph graph;
    const ValueId x = addValue(graph, "x"), y = addValue(graph, "y"), z = addValue(graph, "z");
    graph.inputs = {x};
    graph.outputs = {z};
    graph.addNode({"relu", Unary{}, {x}, {y}, {}});
    graph.addNode({"square", Binary{BinaryKind::Mul, {}}, {y, y}, {z}, {}});
    CHECK(graph.producers() == std::vector<NodeId>{kNoNode, 0, 1});
    CHECK(graph.consumers() == std::vector<std::vector<NodeId>>{{0}, {1, 1}, {}});
    CHECK(graph.isOutput(z));
    CHECK_FALSE(graph.isOutput(y));
    CHECK_FALSE(graph.isConstant(x));
    CHECK_FALSE(graph.isConstant(kNoValue));
}

TEST_CASE("a node that refers to a value that does not exist is refused") {
    Graph graph;
    CHECK(failureOf([&] { graph.addNode({"n", Unary{}, {0}, {}, {}}); }).code == ErrorCode::Internal);
    CHECK(failureOf([&] { graph.addNode({"n", Unary{}, {}, {-1}, {}}); }).code == ErrorCode::Internal);
    CHECK(graph.nodes().empty());
}

TEST_CASE("a constant brings its type and shape and gets a name of its own") {
    Graph graph;
    const ValueId a = graph.addConstant("w", floats({2}, {1, 2}));
    const ValueId b = graph.addConstant("w", ints({1}, {3}));
    CHECK(graph.value(a).name == "w");
    CHECK(graph.value(b).name == "w_2");
    CHECK(graph.value(b).type == ElementType::S64);
    CHECK(graph.value(a).shape == Shape{2});
    CHECK(graph.isConstant(b));
}

TEST_CASE("a unique name is the base or the base with the first free number") {
    Graph graph;
    CHECK(graph.uniqueValueName("x") == "x");
    addValue(graph, "x");
    CHECK(graph.uniqueValueName("x") == "x_2");
    CHECK(graph.uniqueValueName("x") == "x_2"); // asking does not take it
    addValue(graph, "x_2");
    addValue(graph, "x_3");
    CHECK(graph.uniqueValueName("x") == "x_4");
    CHECK(graph.uniqueNodeName("x") == "x");
    graph.addNode({"x", Identity{}, {0}, {1}, {}});
    CHECK(graph.uniqueNodeName("x") == "x_2");
    graph.value(2).name = graph.uniqueValueName("z"); // a rename is seen
    CHECK(graph.uniqueValueName("z") == "z_2");
    const Graph copy = graph;
    CHECK(copy == graph);
    CHECK(copy.uniqueValueName("z") == "z_2");
    graph.removeNodes({true});
    CHECK(graph.uniqueNodeName("x") == "x");
}

TEST_CASE("replaced values are read nowhere, graph outputs included") {
    Graph graph = chain(3); // values: 0 = x, 1..3 = y0..y2
    graph.replaceUses(1, 0);
    graph.replaceUses(3, 2);
    CHECK(graph.node(1).inputs == std::vector<ValueId>{0});
    CHECK(graph.node(2).inputs == std::vector<ValueId>{2});
    CHECK(graph.outputs == std::vector<ValueId>{2});
}

TEST_CASE("many values are replaced at once, through each other") {
    Graph graph = chain(4);
    graph.replaceUses({kNoValue, 0, 1, 2, kNoValue});
    for (const Node& node : graph.nodes())
        CHECK(node.inputs == std::vector<ValueId>{0});
    CHECK(graph.outputs == std::vector<ValueId>{4});
    graph.replaceUses({0, 1, 2, 3, 3}); // a value replaced by itself stays
    CHECK(graph.node(0).inputs == std::vector<ValueId>{0});
    CHECK(graph.outputs == std::vector<ValueId>{3});
}

TEST_CASE("compact drops what no output needs, and keeps the inputs") {
    Graph graph = chain(3);
    const ValueId unused = addValue(graph, "unused");
    const ValueId side = addValue(graph, "side");
    graph.inputs.push_back(unused);
    graph.addNode({"dead", Unary{}, {1}, {side}, {}});
    graph.addConstant("forgotten", floats({1}, {1}));
    graph.outputs = {2};
    graph.compact();
    CHECK(namesOf(graph) == std::vector<std::string>{"relu0", "relu1"});
    CHECK(graph.values().size() == 4);
    CHECK(graph.value(graph.inputs[1]).name == "unused");
    CHECK(graph.value(graph.outputs[0]).name == "y1");
    const Graph again = [&] {
        Graph copy = graph;
        copy.compact();
        return copy;
    }();
    CHECK(again == graph);
    CHECK_NOTHROW(validate(graph, "compact"));
}

TEST_CASE("sorting puts producers first and changes nothing else") {
    Graph sorted = chain(5);
    Graph shuffled = sorted;
    shuffled.removeNodes(std::vector<bool>(5, true));
    for (NodeId id : {3, 1, 4, 0, 2})
        shuffled.addNode(sorted.node(id));
    CHECK_FALSE(shuffled == sorted);
    shuffled.sortTopologically();
    CHECK(shuffled == sorted);
    shuffled.sortTopologically();
    CHECK(shuffled == sorted);
}

TEST_CASE("independent nodes keep the order of the file") {
    Graph graph;
    const ValueId x = addValue(graph, "x");
    graph.inputs = {x};
    for (const char* name : {"c", "a", "b"})
        graph.addNode({name, Unary{}, {x}, {addValue(graph, name)}, {}});
    graph.sortTopologically();
    CHECK(namesOf(graph) == std::vector<std::string>{"c", "a", "b"});
}

TEST_CASE("a cycle is refused and its nodes are named, others not") {
    Graph graph;
    const ValueId x = addValue(graph, "x"), a = addValue(graph, "a"), b = addValue(graph, "b"),
                  c = addValue(graph, "c");
    graph.inputs = {x};
    graph.addNode({"before", Unary{}, {x}, {a}, {}});
    graph.addNode({"first", Binary{}, {a, c}, {b}, {}});
    graph.addNode({"second", Unary{}, {b}, {c}, {}});
    graph.addNode({"after", Unary{}, {c}, {addValue(graph, "d")}, {}});
    const Failure failure = failureOf([&] { graph.sortTopologically(); });
    CHECK(failure.code == ErrorCode::BadInput);
    CHECK(failure.mentions("\"first\""));
    CHECK(failure.mentions("\"second\""));
    CHECK_FALSE(failure.mentions("before"));
    CHECK_FALSE(failure.mentions("after"));
}

TEST_CASE("a node that reads its own output is a cycle") {
    Graph graph;
    const ValueId a = addValue(graph, "a");
    graph.addNode({"self\n", Unary{}, {a}, {a}, {}});
    CHECK(failureOf([&] { graph.sortTopologically(); }).mentions("\"self\\x0A\""));
}

TEST_CASE("a long cycle gives a short message") {
    Graph graph = chain(100'000);
    graph.node(0).inputs = {graph.outputs[0]};
    const Failure failure = failureOf([&] { graph.sortTopologically(); });
    CHECK(failure.code == ErrorCode::BadInput);
    CHECK(failure.message.size() < 300);
}

TEST_CASE("a chain of 100,000 nodes is inferred, sorted, validated and renamed") {
    Graph graph = infer(chain(100'000));
    graph.sortTopologically();
    CHECK_NOTHROW(validate(graph, "test"));
    CHECK(graph.value(graph.outputs[0]).shape == Shape{1, 2});
    std::set<std::string> names;
    for (int i = 0; i < 100'000; ++i)
        names.insert(graph.value(graph.addConstant("same", floats({}, {1}))).name);
    CHECK(names.size() == 100'000);
    std::vector<ValueId> replacement(graph.values().size(), kNoValue);
    for (size_t i = 1; i <= 100'000; ++i)
        replacement[i] = static_cast<ValueId>(i - 1);
    graph.replaceUses(replacement);
    graph.compact();
    CHECK(graph.nodes().empty());
    CHECK(graph.outputs == graph.inputs);
}

TEST_CASE("the only result of a node is asked for by name, and one of several is refused") {
    CHECK(Node{"one", Identity{}, {0}, {7}, {}}.output() == 7);
    const Node several{"several", Opaque{"operator Split"}, {0}, {7, 8}, {}}, none{"none", Opaque{}, {0}, {}, {}};
    CHECK(failureOf([&] { (void)several.output(); }).mentions("Node \"several\" (Opaque) has 2 results"));
    CHECK(failureOf([&] { (void)none.output(); }).mentions("Node \"none\" (Opaque) has 0 results"));
}
