// SPDX-License-Identifier: GPL-3.0-or-later
// Values without dimensions: every operator that accepts them, in every precision, against plain loops. The terminals
// of the network keep having no dimensions.
#include "core/engine/machine/machine.h"
#include "core/graph/dump.h"
#include "core/passes/passes.h"
#include "tests/core/engine/engine_test.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <functional>

using namespace halftone;
using namespace halftone::test;

namespace {

/// What a network does with a scalar between 0.5 and 1.5.
struct ScalarCase {
    std::string name;
    std::function<ValueId(GraphBuilder&, ValueId x)> build;
    bool jumps = false; // a little less of x may give quite another result
};

using Builder = GraphBuilder;

ValueId whole(Builder& b, const std::string& name, Shape shape, const std::vector<int64_t>& values) {
    return b.constant(name, Tensor::fromInt64s(std::move(shape), values));
}

/// x in three places of a vector: 0.71x, 0.41x, x
ValueId spread(Builder& b, ValueId x) {
    const std::vector<float> factors{0.7123F, 0.4071F, 1};
    return b.node("spread", Binary{BinaryKind::Mul}, {x, b.constant("factors", Tensor::fromFloats({3}, factors))});
}

/// x where the function of this kind has values.
ValueId withinDomain(Builder& b, UnaryKind kind, ValueId x) {
    switch (kind) {
    case UnaryKind::Asin:
    case UnaryKind::Acos:
    case UnaryKind::Atanh: return b.node("within", Unary{UnaryKind::Softsign}, {x});
    case UnaryKind::Acosh: return b.node("within", Binary{BinaryKind::Add}, {x, b.number("one", 1)});
    default: return x;
    }
}

std::vector<ScalarCase> unaryCases() {
    std::vector<ScalarCase> cases;
    for (int kind = 0; kind < static_cast<int>(UnaryKind::Not); ++kind) {
        const Unary op{static_cast<UnaryKind>(kind), 0.75F, 1.25F};
        const bool jumps = op.kind == UnaryKind::Floor || op.kind == UnaryKind::Ceil || op.kind == UnaryKind::Round ||
                           op.kind == UnaryKind::ThresholdedRelu || op.kind == UnaryKind::Sign ||
                           op.kind == UnaryKind::Shrink;
        cases.push_back({opName(op),
                         [op](Builder& b, ValueId x) { return b.node("op", op, {withinDomain(b, op.kind, x)}); },
                         jumps});
    }
    cases.push_back({"Not",
                     [](Builder& b, ValueId x) {
                         const ValueId less = b.node("less", Binary{BinaryKind::Less}, {x, b.number("one", 1)});
                         const ValueId op = b.node("op", Unary{UnaryKind::Not}, {less});
                         return b.node("float", Cast{ElementType::F32}, {op});
                     },
                     true});
    return cases;
}

std::vector<ScalarCase> binaryCases() {
    std::vector<ScalarCase> cases;
    for (int i = 0; i <= static_cast<int>(BinaryKind::Xor); ++i) {
        const auto kind = static_cast<BinaryKind>(i);
        const bool jumps = isComparison(kind) || kind == BinaryKind::FloorDiv || kind == BinaryKind::FloorMod ||
                           kind == BinaryKind::TruncMod;
        const auto name = [&](const char* how) { return opName(Binary{kind}) + how; };
        const auto finished = [kind](Builder& b, ValueId a, ValueId c) {
            if (isLogical(kind)) {
                a = b.node("first", Cast{ElementType::Bool}, {a});
                c = b.node("second", Cast{ElementType::Bool}, {c});
            }
            const ValueId op = b.node("op", Binary{kind}, {a, c});
            return isComparison(kind) ? b.node("float", Cast{ElementType::F32}, {op}) : op;
        };
        cases.push_back(
            {name(" of two"),
             [finished](Builder& b, ValueId x) { return finished(b, x, b.node("abs", Unary{UnaryKind::Abs}, {x})); },
             jumps});
        cases.push_back({name(" with a constant"),
                         [finished](Builder& b, ValueId x) { return finished(b, x, b.number("c", 0.75F)); }, jumps});
        cases.push_back({name(" of a constant"),
                         [finished](Builder& b, ValueId x) { return finished(b, b.number("c", 0.75F), x); }, jumps});
        cases.push_back({name(" with a tensor"),
                         [finished](Builder& b, ValueId x) { return finished(b, spread(b, x), x); }, jumps});
    }
    return cases;
}

std::vector<ScalarCase> reduceCases() {
    std::vector<ScalarCase> cases;
    for (int i = 0; i <= static_cast<int>(ReduceKind::LogSumExp); ++i)
        for (const bool keepDims : {false, true}) {
            const Reduce op{static_cast<ReduceKind>(i), {}, keepDims};
            cases.push_back(
                {opName(op) + " of a scalar", [op](Builder& b, ValueId x) { return b.node("op", op, {x}); }});
            cases.push_back({opName(op) + " to a scalar", [op](Builder& b, ValueId x) {
                                 const ValueId squares = b.node("squares", Unary{UnaryKind::Square}, {spread(b, x)});
                                 return b.node("op", op, {squares});
                             }});
        }
    return cases;
}

std::vector<ScalarCase> moveCases() {
    const auto alone = [](const std::string& name, const Op& op) {
        return ScalarCase{name, [op](Builder& b, ValueId x) { return b.node("op", op, {x}); }};
    };
    std::vector<ScalarCase> cases{
        alone("Reshape to a scalar", Reshape{{}}),
        alone("Reshape to a vector", Reshape{{1}}),
        alone("Reshape to a matrix", Reshape{{1, -1}}),
        alone("Flatten", Flatten{0}),
        alone("Squeeze", Squeeze{{}}),
        alone("Unsqueeze", Squeeze{{0, -1}, true}),
        alone("Transpose", Transpose{}),
        alone("Slice", Slice{}),
        alone("Pad", Pad{}),
        alone("Pad with a value", Pad{{}, 3}),
        alone("Pad that reflects", Pad{{}, 0, PadMode::Reflect}),
        alone("Pad that repeats the edge", Pad{{}, 0, PadMode::Edge}),
        alone("Expand to a scalar", Expand{}),
        alone("Expand to a matrix", Expand{{2, 3}}),
        alone("Tile", Tile{}),
        alone("Identity", Identity{}),
        alone("Normalize", Normalize{}),
    };
    cases.push_back({"Squeeze of a vector", [](Builder& b, ValueId x) {
                         return b.node("op", Squeeze{{0}}, {b.node("vector", Reshape{{1}}, {x})});
                     }});
    cases.push_back({"Concat of vectors", [](Builder& b, ValueId x) {
                         const ValueId vector = b.node("vector", Squeeze{{0}, true}, {x});
                         return b.node("op", Concat{0}, {vector, vector});
                     }});
    cases.push_back({"Gather of one number", [](Builder& b, ValueId x) {
                         return b.node("op", Gather{0}, {spread(b, x), whole(b, "at", {}, {-1})});
                     }});
    cases.push_back({"Gather of one row", [](Builder& b, ValueId x) {
                         const ValueId rows = b.node("rows", Expand{{2, 3}}, {spread(b, x)});
                         return b.node("op", Gather{1}, {rows, whole(b, "at", {}, {1})});
                     }});
    cases.push_back({"Gather of a place found at run time", [](Builder& b, ValueId x) {
                         const ValueId values = spread(b, x);
                         return b.node("op", Gather{0}, {values, b.node("best", ArgReduce{true, 0, false}, {values})});
                     }});
    return cases;
}

std::vector<ScalarCase> otherCases() {
    return {
        {"ArgReduce to a scalar",
         [](Builder& b, ValueId x) {
             const ValueId op = b.node("op", ArgReduce{false, 0, false}, {spread(b, x)});
             return b.node("float", Cast{ElementType::F32}, {op});
         }},
        {"MatMul of two vectors",
         [](Builder& b, ValueId x) {
             return b.node("op", MatMul{}, {spread(b, x), b.constant("v", Shape{3})});
         }},
        {"Where of scalars",
         [](Builder& b, ValueId x) {
             const ValueId less = b.node("less", Binary{BinaryKind::Less}, {x, b.number("one", 1)});
             return b.node("op", Where{}, {less, x, b.number("two", 2)});
         },
         true},
        {"Where of scalars and a tensor",
         [](Builder& b, ValueId x) {
             const ValueId less = b.node("less", Binary{BinaryKind::Less}, {x, b.number("one", 1)});
             return b.node("op", Where{}, {less, spread(b, x), x});
         },
         true},
        {"ShapeOf",
         [](Builder& b, ValueId x) { // joined to the other shape, it must not have a dimension
             const ValueId both = b.node("both", Concat{0}, {b.node("op", ShapeOf{}, {x}), whole(b, "two", {1}, {2})});
             return b.node("product", Binary{BinaryKind::Mul}, {b.node("float", Cast{ElementType::F32}, {both}), x});
         }},
        {"QuantizeLinear and DequantizeLinear",
         [](Builder& b, ValueId x) {
             const ValueId scale = b.number("scale", 0.05F);
             return b.node("real", DequantizeLinear{}, {b.node("codes", QuantizeLinear{}, {x, scale}), scale});
         },
         true},
        {"Cast to whole numbers",
         [](Builder& b, ValueId x) {
             return b.node("float", Cast{ElementType::F32}, {b.node("op", Cast{ElementType::S64}, {x})});
         },
         true},
    };
}

std::vector<ScalarCase> allCases() {
    std::vector<ScalarCase> all;
    for (const auto& some : {unaryCases(), binaryCases(), reduceCases(), moveCases(), otherCases()})
        all.insert(all.end(), some.begin(), some.end());
    return all;
}

/// Input x, without dimensions; outputs what the case makes, and what a layer with weights makes of it, which is there
/// for int8.
Graph networkOf(const ScalarCase& test) {
    GraphBuilder b;
    const ValueId square = b.node("square", Unary{UnaryKind::Square}, {b.input("x", {})});
    const ValueId x = b.node("moved", Binary{BinaryKind::Add}, {square, b.number("half", 0.5F)});
    const ValueId y = test.build(b, x);
    const Graph sofar = b.build({y});
    int64_t elements = 1;
    for (const int64_t size : sofar.value(y).shape)
        elements *= size;
    const ValueId row = b.node("row", Reshape{{1, elements}}, {y});
    return b.build({y, b.node("layer", FullyConnected{}, {row, b.constant("w", Shape{4, elements})})});
}

/// For an input that grids were found with: the largest difference from plain loops as a part of the largest value of
/// each output.
double differenceOf(const Graph& graph, Precision precision) {
    Plan plan = compiled(graph, precision);
    const auto inputs = inputsFor(graph, 11);
    const auto exact = evaluate(graph, inputs);
    const auto found = outputsOf(plan, graph, inputs);
    double difference = 0;
    for (size_t i = 0; i < found.size(); ++i) {
        const std::vector<double> wanted = exact.at(graph.outputs[i]).toDoubles();
        double largest = 0.1, worst = 0; // a logarithm may be next to nothing
        for (size_t k = 0; k < wanted.size(); ++k) {
            largest = std::max(largest, std::abs(wanted[k]));
            const double distance = std::abs(wanted[k] - static_cast<double>(found[i][k]));
            worst = std::max(worst, std::isnan(distance) ? 1e30 : distance);
        }
        difference = std::max(difference, worst / largest);
    }
    return difference;
}

} // namespace

TEST_CASE("scalars run in fp32, whatever the operator") {
    useThreads(1);
    for (const ScalarCase& test : allCases()) {
        INFO(test.name);
        checkFp32(networkOf(test));
    }
}

TEST_CASE("passes keep what networks of scalars compute, whatever the operator") {
    useThreads(1);
    for (const ScalarCase& test : allCases()) {
        INFO(test.name);
        const Graph graph = networkOf(test), optimized = runPasses(graph, standardPasses());
        const auto before = evaluate(graph, inputsFor(graph)), after = evaluate(optimized, inputsFor(graph));
        for (size_t i = 0; i < graph.outputs.size(); ++i) {
            const std::vector<double> wanted = before.at(graph.outputs[i]).toDoubles();
            const std::vector<double> found = after.at(optimized.outputs[i]).toDoubles();
            REQUIRE(found.size() == wanted.size());
            for (size_t k = 0; k < wanted.size(); ++k)
                CHECK_THAT(found[k], WithinAbs(wanted[k], 1e-5));
        }
        checkFp32(optimized);
    }
}

TEST_CASE("scalars run in int8, whatever the operator") {
    useThreads(1);
    for (const ScalarCase& test : allCases()) {
        INFO(test.name);
        Graph graph = quantized(networkOf(test));
        if (std::ranges::all_of(graph.values(), [](const Value& value) { return value.type == ElementType::F32; }))
            checkInt8(graph);
        for (const bool meant : {false, true}) {
            graph.gridsAreMeant = meant;
            const double difference = differenceOf(graph, Precision::Int8);
            if (!test.jumps)
                CHECK(difference < 0.03);
        }
    }
}

TEST_CASE("scalars run in bf16 and in simulated int8, whatever the operator") {
    useThreads(1);
    for (const ScalarCase& test : allCases()) {
        INFO(test.name);
        const Graph graph = networkOf(test);
        const double bf16 = differenceOf(graph, Precision::Bf16);
        const double simulated = differenceOf(quantized(graph), Precision::Int8Simulated);
        if (test.jumps)
            continue; // they ran
        CHECK(bf16 < 0.03);
        CHECK(simulated < 0.03);
    }
}

TEST_CASE("a network's input and output stay without dimensions") {
    GraphBuilder b;
    const ValueId x = b.input("x", {});
    const Graph graph = b.build({x, b.relu("relu", x)});
    Plan plan = compiled(graph);
    CHECK(plan.inputShape(0).empty());
    CHECK(plan.outputShape(0).empty());
    const float three = 3;
    plan.setInput(0, Tensor::fromFloats({}, std::span(&three, 1)));
    plan.run();
    CHECK(plan.outputTensor(1) == Tensor::fromFloats({}, std::span(&three, 1)));
    int seen = 0;
    plan.runCaptured([&](ValueId, std::span<const float> values) { seen += values.size() == 1; });
    CHECK(seen == 2);
}
