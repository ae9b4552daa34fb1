// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/core/passes/pass_test.h"

#include <functional>

using namespace halftone;
using namespace halftone::test;

namespace {

/// x < 0 ? slope * x : x, written as other operators; `slope` and `minus` (its negative) are constants.
struct Written {
    GraphBuilder b;
    ValueId x = kNoValue, slope = kNoValue, minus = kNoValue;
    int count = 0;

    explicit Written(const Shape& slopes) {
        x = b.input("x", {2, 3, 4, 4});
        const Tensor values = noise(slopes, 5);
        std::vector<float> negative = values.toFloats();
        for (float& value : negative)
            value = -value;
        slope = b.constant("slope", values);
        minus = b.constant("minus", Tensor::fromFloats(slopes, negative));
    }
    std::string name() { return "N" + std::to_string(count++); }
    ValueId unary(UnaryKind kind, ValueId a, float alpha = 0, float beta = 0) {
        return b.node(name(), Unary{kind, alpha, beta}, {a});
    }
    ValueId binary(BinaryKind kind, ValueId a, ValueId c) { return b.node(name(), Binary{kind, {}}, {a, c}); }
    ValueId relu(ValueId a) { return unary(UnaryKind::Relu, a); }
    ValueId neg(ValueId a) { return unary(UnaryKind::Neg, a); }
    ValueId times(ValueId a, ValueId c) { return binary(BinaryKind::Mul, a, c); }
    ValueId number(float value) { return b.number(name(), value); }
};

using Write = std::function<ValueId(Written&)>;

const std::vector<std::pair<std::string, Write>> forms{
    {"relu(x) - slope * relu(-x)",
     [](Written& w) { return w.binary(BinaryKind::Sub, w.relu(w.x), w.times(w.slope, w.relu(w.neg(w.x)))); }},
    {"-slope * relu(-x) + relu(x)",
     [](Written& w) { return w.binary(BinaryKind::Add, w.times(w.relu(w.neg(w.x)), w.minus), w.relu(w.x)); }},
    {"relu(x) + slope * -relu(-x)",
     [](Written& w) { return w.binary(BinaryKind::Add, w.relu(w.x), w.times(w.neg(w.relu(w.neg(w.x))), w.slope)); }},
    {"max(x, 0) + slope * min(x, 0)",
     [](Written& w) {
         const ValueId positive = w.binary(BinaryKind::Max, w.x, w.number(0));
         return w.binary(BinaryKind::Add, positive, w.times(w.slope, w.binary(BinaryKind::Min, w.number(0), w.x)));
     }},
    {"(x - |x|) * slope * 0.5 + relu(x)",
     [](Written& w) {
         const ValueId twice = w.binary(BinaryKind::Sub, w.x, w.unary(UnaryKind::Abs, w.x));
         return w.binary(BinaryKind::Add, w.times(w.times(twice, w.slope), w.number(0.5F)), w.relu(w.x));
     }},
    {"relu(x) + slope * (x - |x|) / 2",
     [](Written& w) {
         const ValueId twice = w.binary(BinaryKind::Sub, w.x, w.unary(UnaryKind::Abs, w.x));
         const ValueId half = w.binary(BinaryKind::Div, w.times(w.slope, twice), w.number(2));
         return w.binary(BinaryKind::Add, w.relu(w.x), half);
     }},
    {"max(x, slope * x)", [](Written& w) { return w.binary(BinaryKind::Max, w.x, w.times(w.x, w.slope)); }},
};

} // namespace

TEST_CASE("PRelu written out becomes one, whatever its form") {
    for (const auto& [form, write] : forms)
        for (const bool behindRelatives : {false, true}) {
            INFO(form << ", x is itself a homogeneous function " << behindRelatives);
            Written w({3, 1, 1});
            if (behindRelatives) // another layer reads it, so it is no part of the form
                w.x = w.times(w.x, w.b.constant("scale", Shape{3, 1, 1}));
            std::vector<ValueId> outputs{write(w)};
            if (behindRelatives)
                outputs.push_back(w.unary(UnaryKind::Tanh, w.x));
            const Graph after = checkedPass(canonicalize, w.b.build(outputs));
            REQUIRE(after.nodes().size() == (behindRelatives ? 3 : 1));
            const Node& node = after.nodes()[behindRelatives ? 1 : 0];
            CHECK((node.op == Op(Binary{BinaryKind::PRelu, {}})));
            CHECK(after.value(node.inputs[1]).constant->toFloats() == noise({3, 1, 1}, 5).toFloats());
            CHECK(node.origins.size() >= 2);
        }
}

TEST_CASE("PRelu with one slope becomes leaky ReLU, and without one ReLU") {
    for (const auto& [form, write] : forms) {
        INFO(form);
        Written w({});
        const Graph after = checkedPass(canonicalize, w.b.build({write(w)}));
        REQUIRE(after.nodes().size() == 1);
        CHECK((after.nodes()[0].op == Op(Unary{UnaryKind::LeakyRelu, noise({}, 5).toFloats()[0]})));
    }
    for (const float slope : {0.25F, 0.0F}) {
        GraphBuilder b;
        const ValueId slopes = b.constant("slopes", Tensor::fromFloats({3, 1, 1}, std::vector<float>(3, slope)));
        const ValueId y = b.node("P", Binary{BinaryKind::PRelu, {}}, {b.input("x", {2, 3, 4, 4}), slopes});
        const Graph after = checkedPass(canonicalize, b.build({y}));
        CHECK((after.nodes().at(0).op == Op(slope == 0 ? Unary{UnaryKind::Relu} : Unary{UnaryKind::LeakyRelu, slope})));
    }
}

TEST_CASE("What is nearly a PRelu stays") {
    const auto check = [](const Write& write, size_t nodes, Shape slopes = {3, 1, 1}) {
        Written w(slopes);
        CHECK(checkedPass(canonicalize, w.b.build({write(w)})).nodes().size() == nodes);
    };
    const Write plain = forms.front().second;
    // Positive values are scaled, too.
    check([](Written& w) { return w.binary(BinaryKind::Sub, w.times(w.relu(w.x), w.slope), w.relu(w.neg(w.x))); }, 5);
    // Two different sources.
    check(
        [](Written& w) {
            const ValueId other = w.b.input("other", {2, 3, 4, 4});
            return w.binary(BinaryKind::Sub, w.relu(other), w.times(w.slope, w.relu(w.neg(w.x))));
        },
        5);
    // A slope for each column.
    check(plain, 5, {4});
    // A clip that ends elsewhere.
    check(
        [](Written& w) {
            return w.binary(BinaryKind::Add, w.unary(UnaryKind::Clip, w.x, 0, 6), w.times(w.relu(w.neg(w.x)), w.minus));
        },
        5);
    // Somebody else needs what lies between.
    Written w({3, 1, 1});
    const ValueId positive = w.relu(w.x);
    const ValueId y = w.binary(BinaryKind::Sub, positive, w.times(w.slope, w.relu(w.neg(w.x))));
    CHECK(checkedPass(canonicalize, w.b.build({y, w.unary(UnaryKind::Tanh, positive)})).nodes().size() == 6);
    // What lies between is rounded to a grid.
    Written rounded({3, 1, 1});
    Graph graph = rounded.b.build({plain(rounded)});
    graph.value(graph.nodes()[0].outputs[0]).quant = QuantParams{ElementType::U8, {0.1F}, {3}, {}};
    CHECK(canonicalize(graph).nodes().size() == 5);
}

TEST_CASE("A PRelu with one slope for each channel goes into the convolution before it") {
    for (const bool bias : {false, true}) {
        GraphBuilder b;
        const ValueId x = b.input("x", {2, 3, 4, 4});
        const ValueId conv = b.conv("Conv", x, 3, 5, bias);
        const ValueId prelu = b.node("P", Binary{BinaryKind::PRelu, {}}, {conv, b.constant("slopes", Shape{5, 1, 1})});
        const Graph after = checkedPass(fuseActivation, b.build({b.node("T", Unary{UnaryKind::Tanh}, {prelu})}));
        REQUIRE(after.nodes().size() == 1);
        CHECK((std::get<Conv>(after.nodes()[0].op).postOps == PostOps{PReluInput{3}, Unary{UnaryKind::Tanh}}));
        CHECK(after.nodes()[0].origins == std::vector<std::string>{"Conv", "P", "T"});
    }
    // Slopes of positions, computed slopes, a convolution that somebody else reads.
    for (const int apart : {0, 1, 2}) {
        GraphBuilder b;
        const ValueId conv = b.conv("Conv", b.input("x", {2, 3, 4, 4}), 3, 5);
        const ValueId slopes = apart == 1   ? b.input("slopes", {5, 1, 1})
                               : apart == 0 ? b.constant("slopes", Shape{5, 4, 4})
                                            : b.constant("slopes", Shape{5, 1, 1});
        std::vector<ValueId> outputs{b.node("P", Binary{BinaryKind::PRelu, {}}, {conv, slopes})};
        if (apart == 2)
            outputs.push_back(b.node("E", Unary{UnaryKind::Exp}, {conv}));
        checkUntouched(fuseActivation, b.build(outputs));
    }
}
