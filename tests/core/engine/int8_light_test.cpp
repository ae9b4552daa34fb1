// SPDX-License-Identifier: GPL-3.0-or-later
// Layers between int8 layers: pooling, addition, joining, views, lookups; and where int8 ends.
#include "core/engine/machine/machine.h"
#include "tests/core/engine/engine_test.h"

#include <algorithm>
#include <numeric>

using namespace halftone;
using namespace halftone::test;

namespace {

ValueId reader(GraphBuilder& b, ValueId x, int64_t channels, const std::string& name = "reader") {
    return b.node(name, conv2d(1, 0), {x, b.constant(name + "_w", Shape{4, channels, 1, 1})});
}

/// conv "a" (with ReLU: codes with zero point 0) of a picture, as every chain here begins.
ValueId start(GraphBuilder& b, int64_t channels, bool relu, int64_t size = 10) {
    const ValueId x = b.input("x", {1, 3, size, size});
    return b.node("a", conv2d(1, 1, 1, relu ? PostOps{Unary{UnaryKind::Relu}} : PostOps{}),
                  {x, b.constant("wa", Shape{channels, 3, 3, 3}), b.constant("ba", Shape{channels})});
}

const StepInfo& checkInt8Step(const Plan& plan, const std::string& node) {
    const StepInfo& step = stepOf(plan, node);
    INFO(step.name << " " << step.kernel << " " << step.why);
    CHECK(step.precision == "int8");
    return step;
}

} // namespace

TEST_CASE("an int8 pool keeps the grid and computes the codes of the exact result") {
    useThreads(1);
    for (const PoolKind kind : {PoolKind::Max, PoolKind::AverageExcludePad, PoolKind::AverageIncludePad})
        for (const int64_t pad : {0, 1})
            for (const bool relu : {false, true})
                for (const bool asymmetric : {false, true})
                    for (const int64_t channels : {8, 17}) {
                        GraphBuilder b;
                        const ValueId a = start(b, channels, relu);
                        const ValueId y =
                            b.node("pool", Pool{kind, false, {3, 3}, {2, 2}, {1, 1}, {pad, pad, pad, pad}}, {a});
                        const Plan plan =
                            checkInt8(quantized(b.build({y, reader(b, y, channels)}), gridOptions(7, asymmetric)));
                        const StepInfo& step = stepOf(plan, "pool");
                        CHECK(!isReference(step));
                        const bool countsPadding = kind == PoolKind::AverageIncludePad && pad > 0;
                        const bool zeroIsCode0 = relu || !asymmetric;
                        CHECK((step.precision == "int8") == (!countsPadding || zeroIsCode0));
                    }
}

TEST_CASE("pools that hang over the end, are dilated or have other ranks are exact in an int8 plan") {
    useThreads(1);
    for (const Pool& pool :
         {Pool{PoolKind::Max, false, {3, 3}, {2, 2}, {1, 1}, {0, 0, 0, 0}, true},
          Pool{PoolKind::AverageExcludePad, false, {3, 3}, {2, 2}, {1, 1}, {1, 1, 1, 1}, true},
          Pool{PoolKind::Max, false, {2, 2}, {1, 1}, {2, 2}, {0, 0, 0, 0}}, Pool{PoolKind::Max, true}}) {
        GraphBuilder b;
        const ValueId y = b.node("pool", pool, {start(b, 8, true)});
        checkInt8(quantized(b.build({y, reader(b, y, 8)})));
    }
    for (const Shape& src : {Shape{1, 8, 20}, Shape{1, 8, 6, 6, 6}}) {
        const size_t spatial = src.size() - 2;
        const std::vector<int64_t> ones(spatial, 1), twos(spatial, 2);
        Shape point{8, 8};
        point.resize(src.size(), 1);
        GraphBuilder b;
        const ValueId a =
            b.node("a", Conv{ones, ones, Pads(2 * spatial, 0), 1, {}}, {b.input("x", src), b.constant("wa", point)});
        const ValueId y = b.node("pool", Pool{PoolKind::Max, false, twos, twos, ones, Pads(2 * spatial, 0)}, {a});
        const ValueId z = b.node("c", Conv{ones, ones, Pads(2 * spatial, 0), 1, {}}, {y, b.constant("wc", point)});
        checkInt8(quantized(b.build({y, z})));
    }
}

TEST_CASE("the largest codes of windows are those of the exact result, signed or not, whatever the windows") {
    for (const int threads : {1, 2}) {
        useThreads(threads);
        for (const Pool& pool : {Pool{PoolKind::Max, false, {2, 2}, {2, 2}, {1, 1}, {0, 0, 0, 0}},
                                 Pool{PoolKind::Max, false, {3, 3}, {2, 2}, {1, 1}, {1, 1, 1, 1}},
                                 Pool{PoolKind::Max, false, {3, 2}, {1, 3}, {1, 1}, {2, 0, 1, 1}},
                                 Pool{PoolKind::Max, false, {2, 3}, {1, 1}, {3, 2}, {1, 2, 2, 2}},
                                 Pool{PoolKind::Max, false, {1, 1}, {2, 2}, {1, 1}, {0, 0, 0, 0}},
                                 Pool{PoolKind::Max, false, {5, 4}, {3, 3}, {1, 1}, {0, 0, 0, 0}, true}})
            for (const int64_t channels : {1, 10, 33})
                for (const bool isSigned : {false, true}) {
                    GraphBuilder b;
                    const ValueId a = start(b, channels, false, 13), y = b.node("pool", pool, {a});
                    Graph graph = quantized(b.build({a, y, reader(b, y, channels)}));
                    if (isSigned)
                        for (const ValueId value : {graph.outputs[0], graph.outputs[1]})
                            graph.value(value).quant = QuantParams{ElementType::S8, {0.03F}, {-7}, {}};
                    Int8Check codes;
                    const Plan plan = checkInt8(graph, &codes);
                    CHECK(checkInt8Step(plan, "pool").kernel == "halftone:max_pool");
                }
    }
    useThreads(1);
}

TEST_CASE("an int8 global average has a grid of its own") {
    useThreads(1);
    for (const bool relu : {false, true})
        for (const bool asymmetric : {false, true})
            for (const int64_t channels : {3, 64, 100}) {
                GraphBuilder b;
                const ValueId y = b.node("mean", Pool{PoolKind::AverageExcludePad, true}, {start(b, channels, relu)});
                const ValueId flat = b.node("flat", Reshape{{0, -1}}, {y});
                const ValueId fc = b.node("fc", FullyConnected{}, {flat, b.constant("w", Shape{10, channels})});
                const Graph graph = quantized(b.build({y, fc}), gridOptions(7, asymmetric));
                CHECK((graph.value(graph.outputs[0]).quant != graph.value(graph.node(0).outputs[0]).quant));
                const Plan plan = checkInt8(graph);
                CHECK(checkInt8Step(plan, "mean").kernel == "halftone:global_average");
                checkInt8Step(plan, "fc");
            }
}

TEST_CASE("int8 tensors are joined without a change of grid") {
    useThreads(1);
    for (const int64_t axis : {1, 2}) {
        GraphBuilder b;
        const ValueId a = start(b, 8, true);
        const ValueId c = b.conv("c", a, 8, 8);
        const ValueId y = b.node("join", Concat{axis}, {a, c, a});
        const Graph graph = quantized(b.build({y, reader(b, y, axis == 1 ? 24 : 8)}));
        const Plan plan = checkInt8(graph);
        checkInt8Step(plan, "join");
        CHECK(stepOf(plan, "join").inputs[0].type == "u8");
    }
}

TEST_CASE("codes of any number of channels are joined at each position by a kernel of our own") {
    for (const int threads : {1, 2}) {
        useThreads(threads);
        for (const std::vector<int64_t>& channels :
             {std::vector<int64_t>{1, 2}, {3, 4, 5}, {7, 8, 9}, {15, 16, 17}, {31, 40, 33, 1}}) {
            GraphBuilder b;
            const ValueId x = b.input("x", {2, 3, 13, 11});
            std::vector<ValueId> parts;
            for (const int64_t count : channels)
                parts.push_back(b.conv("part" + std::to_string(parts.size()), x, 3, count));
            const ValueId y = b.node("join", Concat{-3}, parts);
            std::vector<ValueId> outputs = parts;
            outputs.insert(outputs.end(),
                           {y, reader(b, y, std::accumulate(channels.begin(), channels.end(), int64_t{0}))});
            const Plan plan = checkInt8(quantized(b.build(outputs)));
            CHECK(checkInt8Step(plan, "join").kernel == "halftone:join");
        }
    }
    useThreads(1);
}

TEST_CASE("an int8 addition without a convolution computes the codes of the exact sum") {
    useThreads(1);
    for (const Unary& op : {Unary{UnaryKind::Relu}, Unary{UnaryKind::LeakyRelu, 0.2F}, Unary{UnaryKind::Clip, 0, 1.5F}})
        for (const bool relu : {false, true}) {
            GraphBuilder b;
            const ValueId a = start(b, 8, true);
            const ValueId c = b.node("c", conv2d(1, 1, 1, relu ? PostOps{Unary{UnaryKind::Relu}} : PostOps{}),
                                     {a, b.constant("wc", Shape{8, 8, 3, 3})});
            const ValueId y = b.node("sum", Binary{BinaryKind::Add, {op}}, {a, c});
            const Plan plan = checkInt8(quantized(b.build({y, reader(b, y, 8)}), gridOptions(7, false)));
            checkInt8Step(plan, "sum");
        }
}

TEST_CASE("codes with zero points are added, and any codes multiplied, by a kernel of our own") {
    useThreads(1);
    for (const BinaryKind kind : {BinaryKind::Add, BinaryKind::Mul})
        for (const bool asymmetric : {false, true})
            for (const PostOps& activations : {PostOps{}, PostOps{Unary{UnaryKind::Relu}}}) {
                GraphBuilder b;
                const ValueId a = start(b, 8, false);
                const ValueId c = b.conv("c", a, 8, 8);
                const ValueId y = b.node("both", Binary{kind, activations}, {a, c});
                const Plan plan = checkInt8(quantized(b.build({y, reader(b, y, 8)}), gridOptions(7, asymmetric)));
                checkInt8Step(plan, "both");
                CHECK((stepOf(plan, "both").kernel == "halftone:combine") == (asymmetric || kind == BinaryKind::Mul));
            }
}

TEST_CASE("an operand with one value a channel is combined with codes without becoming floats") {
    useThreads(2);
    for (const BinaryKind kind : {BinaryKind::Add, BinaryKind::Mul})
        for (const int64_t batch : {1, 3})
            for (const int64_t channels : {8, 33, 1030})
                for (const bool gateFirst : {false, true})
                    for (const PostOps& activations : {PostOps{}, PostOps{Unary{UnaryKind::Relu}}}) {
                        GraphBuilder b;
                        const ValueId x = b.input("x", {batch, 3, 5, 7});
                        const ValueId c =
                            b.node("c", conv2d(),
                                   {x, b.constant("wc", Shape{channels, 3, 3, 3}), b.constant("bc", Shape{channels})});
                        const ValueId mean = b.node("mean", Pool{PoolKind::AverageExcludePad, true}, {c});
                        const ValueId gate = b.node("sigmoid", Unary{UnaryKind::Sigmoid}, {mean});
                        const ValueId y = b.node("both", Binary{kind, activations},
                                                 gateFirst ? std::vector{gate, c} : std::vector{c, gate});
                        const Plan plan = checkInt8(quantized(b.build({c, mean, gate, y, reader(b, y, channels)})));
                        CHECK(checkInt8Step(plan, "both").kernel == "halftone:combine");
                    }
}

TEST_CASE("an operand that is repeated along channels runs in fp32 and says why") {
    useThreads(1);
    GraphBuilder b;
    const ValueId a = start(b, 8, false);
    const ValueId c = b.conv("c", a, 8, 1);
    const ValueId gated = b.node("gate", Binary{BinaryKind::Mul}, {c, a});
    const Plan plan = checkInt8(quantized(b.build({reader(b, gated, 8, "other")})));
    CHECK(stepOf(plan, "gate").why.find("repeated") != std::string::npos);
}

TEST_CASE("channels of codes are picked as they are") {
    useThreads(2);
    for (const std::vector<int64_t>& channels : {std::vector<int64_t>{0, 8, 1, 9, 2, 10, 3, 11},
                                                 {0, 2, 4, 6, 8, 10, 12, 14},
                                                 {1, 3, 5, 7, 9, 11, 13, 15},
                                                 {5},
                                                 {3, 4, 5, 6}}) {
        GraphBuilder b;
        const ValueId a = start(b, 16, true);
        const auto count = static_cast<int64_t>(channels.size());
        const ValueId y = b.node("pick", Gather{1}, {a, b.constant("at", Tensor::fromInt64s({count}, channels))});
        const Plan plan = checkInt8(quantized(b.build({reader(b, y, count)})));
        CHECK(checkInt8Step(plan, "pick").kernel == "halftone:select");
        CHECK(conversions(plan).size() == 2); // the picture, and the output that is given in the order of the file
    }
}

TEST_CASE("a network that takes pictures with channels last converts them in one step") {
    useThreads(1);
    GraphBuilder b;
    const ValueId turned = b.node("turn", Transpose{{0, 3, 1, 2}}, {b.input("x", {1, 10, 12, 3})});
    const ValueId y = b.conv("a", turned, 3, 8);
    const Plan plan = checkInt8(quantized(b.build({reader(b, y, 8)})));
    checkInt8Step(plan, "a");
    REQUIRE(!conversions(plan).empty());
    CHECK(conversions(plan).front().kind == StepInfo::Kind::ConvertType);
    CHECK(std::ranges::count(conversions(plan), std::string("a"), &StepInfo::consumer) == 0);
}

TEST_CASE("an activation between int8 layers is looked up") {
    useThreads(1);
    for (const Unary& op : {Unary{UnaryKind::Sigmoid}, Unary{UnaryKind::HardSwish, 1.0F / 6, 0.5F},
                            Unary{UnaryKind::LeakyRelu, 0.3F}, Unary{UnaryKind::Erf}, Unary{UnaryKind::Abs}})
        for (const bool asymmetric : {false, true}) {
            GraphBuilder b;
            const ValueId y = b.node("act", op, {start(b, 17, false)});
            const Plan plan = checkInt8(quantized(b.build({y, reader(b, y, 17)}), gridOptions(7, asymmetric)));
            CHECK(checkInt8Step(plan, "act").kernel == "halftone:lookup");
        }
}

TEST_CASE("codes are sliced, padded, reshaped and transposed as they are") {
    useThreads(1);
    for (const bool relu : {false, true}) {
        GraphBuilder b;
        const ValueId a = start(b, 8, relu);
        const ValueId part = b.node("part", Slice{{1, 0}, {7, 100}, {1, 2}, {1, 3}}, {a});
        const ValueId padded = b.node("pad", Pad{{0, 1, 2, 0, 0, 1, 0, -1}, 0.25F}, {part});
        const ValueId turned = b.node("turn", Transpose{{0, 1, 3, 2}}, {padded});
        const ValueId flat = b.node("flat", Reshape{{1, 8, 6, 9}}, {turned});
        const Plan plan = checkInt8(quantized(b.build({padded, reader(b, flat, 8)})));
        checkInt8Step(plan, "pad");
        for (const StepInfo& step : conversions(plan))
            if (step.consumer == "flat" || step.consumer == "reader")
                CHECK(step.kind == StepInfo::Kind::ConvertLayout);
    }
}

TEST_CASE("a chain of light layers before an int8 layer stays in int8") {
    useThreads(1);
    GraphBuilder b;
    const ValueId a = start(b, 8, true);
    const ValueId pool = b.node("pool", Pool{PoolKind::Max, false, {2, 2}, {2, 2}, {1, 1}, {0, 0, 0, 0}}, {a});
    const ValueId join = b.node("join", Concat{1}, {pool, pool});
    const ValueId act = b.node("act", Unary{UnaryKind::Sigmoid}, {join});
    const ValueId mean = b.node("mean", Pool{PoolKind::AverageExcludePad, true}, {act});
    const ValueId flat = b.node("flat", Reshape{{0, -1}}, {mean});
    const ValueId fc = b.node("fc", FullyConnected{}, {flat, b.constant("w", Shape{10, 16})});
    const Plan plan = checkInt8(quantized(b.build({fc})));
    for (const char* name : {"a", "pool", "join", "act", "mean", "fc"})
        checkInt8Step(plan, name);
    REQUIRE(conversions(plan).size() == 1); // the picture
    const StepInfo conversion = conversions(plan).front();
    CHECK(conversion.kind == StepInfo::Kind::ConvertBoth);
    CHECK(conversion.producer.empty());
    CHECK(conversion.consumer == "a");
    CHECK(conversion.name == "x to u8 nhwc");
}

TEST_CASE("light layers at the end of the network run in fp32 and say that no int8 layer follows") {
    useThreads(1);
    GraphBuilder b;
    const ValueId a = start(b, 8, true);
    const ValueId pool = b.node("pool", Pool{PoolKind::Max, false, {2, 2}, {2, 2}, {1, 1}, {0, 0, 0, 0}}, {a});
    const Plan plan = checkInt8(quantized(b.build({b.node("soft", Softmax{1}, {pool})})));
    CHECK(stepOf(plan, "a").outputs[0].type == "f32"); // written by the convolution itself
    CHECK(stepOf(plan, "pool").why == "No int8 layer reads its result.");
    CHECK(!stepOf(plan, "soft").why.empty());
}

TEST_CASE("a tensor that int8 and fp32 layers read is stored as codes and converted for the latter") {
    useThreads(1);
    GraphBuilder b;
    const ValueId a = start(b, 8, true);
    const ValueId c = b.conv("c", a, 8, 8);
    const ValueId soft = b.node("soft", Softmax{1}, {a});
    const Plan plan = checkInt8(quantized(b.build({c, soft})));
    CHECK(stepOf(plan, "a").outputs[0].type == "u8");
    bool found = false;
    for (const StepInfo& step : conversions(plan))
        if (step.consumer == "soft") {
            found = true;
            CHECK(step.producer == "a");
            CHECK(step.inputs[0].type == "u8");
            CHECK(step.outputs[0].type == "f32");
            CHECK((step.kind == StepInfo::Kind::ConvertType || step.kind == StepInfo::Kind::ConvertBoth));
            CHECK(step.why.find("soft") != std::string::npos);
        }
    CHECK(found);
}

TEST_CASE("layers whose tensors have no range run in fp32 and say which one") {
    useThreads(1);
    GraphBuilder b;
    const ValueId a = start(b, 8, true);
    const ValueId c = b.conv("c", a, 8, 8);
    Graph graph = quantized(b.build({b.conv("d", c, 8, 8)}));
    graph.value(a).quant.reset();
    const Plan plan = checkInt8(graph);
    CHECK(stepOf(plan, "a").precision == "int8"); // its own input has a range
    CHECK(stepOf(plan, "a").outputs[0].type == "f32");
    CHECK(stepOf(plan, "c").precision == "fp32");
    CHECK(stepOf(plan, "c").why.find("a_y") != std::string::npos);
    CHECK(stepOf(plan, "d").precision == "int8");

    Graph plain = quantized(b.graph);
    plain.value(b.graph.node(1).inputs[1]).quant.reset();
    const Plan other = checkInt8(plain);
    CHECK(stepOf(other, "c").why.find("weights") != std::string::npos);
}

TEST_CASE("an int8 plan of a graph without grids runs in fp32") {
    useThreads(1);
    GraphBuilder b;
    const Plan plan = checkInt8(b.build({b.conv("c", start(b, 8, true), 8, 8)}));
    for (const StepInfo& step : plan.steps())
        CHECK(step.precision != "int8");
}

TEST_CASE("codes with a zero point are given out as floats right for any number of channels and pixels") {
    useThreads(1);
    for (const int64_t channels : {8, 17, 64})
        for (const int64_t size : {7, 8, 9}) {
            GraphBuilder b;
            const ValueId a = start(b, channels, false, size);
            const ValueId flat = b.node("flat", Reshape{{0, -1}}, {a});
            const ValueId c = reader(b, a, channels);
            const Plan plan = checkInt8(quantized(b.build({a, flat, c})));
            for (const StepInfo& step : conversions(plan))
                CHECK(!step.why.empty());
        }
}

TEST_CASE("floats in the order of the file become codes with a zero point for any number of channels and pixels") {
    useThreads(1);
    for (const int64_t channels : {3, 8, 17, 64, 65})
        for (const int64_t size : {7, 8, 16}) {
            GraphBuilder b;
            const ValueId x = b.input("x", {1, channels, size, size});
            const ValueId c = b.node("c", conv2d(1, 1), {x, b.constant("w", Shape{8, channels, 3, 3})});
            const Plan plan = checkInt8(quantized(b.build({c, reader(b, c, 8)})));
            CHECK(count(plan, StepInfo::Kind::ConvertBoth) <= (channels < 8 ? 3 : 0));
        }
}

TEST_CASE("interpolation on codes gives those of the exact result, on one grid and between two") {
    for (const int threads : {1, 2}) {
        useThreads(threads);
        for (const ResizeMode mode : {ResizeMode::Linear, ResizeMode::Cubic})
            for (const ResizeCoordinates coordinates : {ResizeCoordinates::HalfPixel, ResizeCoordinates::AlignCorners})
                for (const std::vector<int64_t>& sizes : {std::vector<int64_t>{0, 0, 20, 20}, {0, 0, 13, 7}})
                    for (const bool relu : {false, true})
                        for (const int64_t channels : {1, 8, 17}) {
                            GraphBuilder b;
                            Resize resize{mode, coordinates};
                            resize.sizes = sizes;
                            const ValueId a = start(b, channels, relu), y = b.node("resize", resize, {a});
                            Graph graph = quantized(b.build({a, y, reader(b, y, channels)}), gridOptions(7, true));
                            for (const bool oneGrid : {false, true}) {
                                const Node& node = *std::ranges::find(graph.nodes(), "resize", &Node::name);
                                if (oneGrid)
                                    graph.value(node.outputs[0]).quant = graph.value(node.inputs[0]).quant;
                                Int8Check codes;
                                const Plan plan = checkInt8(graph, &codes);
                                CHECK(checkInt8Step(plan, "resize").kernel == "halftone:interpolate");
                                CHECK(stepOf(plan, "resize").outputs[0].type == "u8");
                                // Between one grid and itself halves of a step are common, and exact for weights such
                                // as 1/4; those of thirteenths no arithmetic with a point has.
                                if (!oneGrid || (sizes[2] == 20 && coordinates == ResizeCoordinates::HalfPixel))
                                    CHECK(codes.different * 1000 <= codes.codes);
                            }
                        }
    }
    useThreads(1);
}

TEST_CASE("interpolation between signed and unsigned codes, and in one or three dimensions of space") {
    useThreads(1);
    for (const Shape& shape : {Shape{2, 3, 9}, Shape{1, 3, 4, 5, 6}}) {
        const size_t spatial = shape.size() - 2;
        const std::vector<int64_t> ones(spatial, 1);
        GraphBuilder b;
        const auto conv = [&](const std::string& name, ValueId x, Shape weights) {
            weights.resize(shape.size(), 1);
            return b.node(name, Conv{ones, ones, Pads(2 * spatial, 0), 1, {}}, {x, b.constant(name + "_w", weights)});
        };
        Resize resize{ResizeMode::Linear, ResizeCoordinates::HalfPixel};
        resize.scales.assign(shape.size(), 2);
        resize.scales[0] = resize.scales[1] = 1;
        const ValueId y = b.node("resize", resize, {conv("a", b.input("x", shape), {8, 3})});
        Graph graph = quantized(b.build({y, conv("reader", y, {4, 8})}));
        for (const bool flipped : {false, true}) {
            const Node& node = *std::ranges::find(graph.nodes(), "resize", &Node::name);
            if (flipped)
                graph.value(node.inputs[0]).quant = QuantParams{ElementType::S8, {0.02F}, {5}, {}};
            Int8Check codes;
            checkInt8Step(checkInt8(graph, &codes), "resize");
            CHECK(codes.different * 1000 <= codes.codes);
        }
    }
}
