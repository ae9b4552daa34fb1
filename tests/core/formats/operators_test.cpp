// SPDX-License-Identifier: GPL-3.0-or-later
// What each operator means, by version of the operator set.
#include "core/graph/infer.h"
#include "tests/core/formats/model_maker.h"
#include "tests/support/catch.h"

#include <cmath>
#include <limits>

using namespace halftone;
using namespace halftone::test;

namespace {

using Integers = std::vector<int64_t>;
constexpr float kInfinity = std::numeric_limits<float>::infinity();

/// The operator of a layer with one input and these attributes.
template <class... Attributes> Op op(const std::string& name, int64_t opset, const Attributes&... attributes) {
    OneLayer layer(name, opset, {1, 4, 8, 8});
    (set(layer.node, attributes.first, attributes.second), ...);
    return opOf(layer.model);
}

std::pair<std::string, int64_t> with(const char* attribute, int value) {
    return {attribute, value};
}
std::pair<std::string, float> with(const char* attribute, float value) {
    return {attribute, value};
}
std::pair<std::string, const char*> with(const char* attribute, const char* value) {
    return {attribute, value};
}
std::pair<std::string, Integers> with(const char* attribute, const Integers& value) {
    return {attribute, value};
}

/// The operator of a layer with the constant `values` as its input number 1.
template <class... Attributes>
Op opWithInput(const std::string& name, int64_t opset, const Integers& values, const Attributes&... attributes) {
    OneLayer layer(name, opset, {1, 4, 8, 8}, {"values"});
    layer.model.integers("values", values);
    (set(layer.node, attributes.first, attributes.second), ...);
    return opOf(layer.model);
}

Op softmax(int64_t axis, bool coerce2d, bool log) {
    return Softmax{axis, coerce2d, log};
}
Op unary(UnaryKind kind, float alpha = 0, float beta = 0) {
    return Unary{kind, alpha, beta};
}

std::string opaqueReason(const ModelMaker& model) {
    return std::get<Opaque>(opOf(model)).reason;
}

Conv convWith(const std::string& autoPad, int64_t kernel, int64_t stride, int64_t dilation, int64_t size) {
    OneLayer layer("Conv", 13, {-1, 1, size, size}, {"w"});
    layer.model.weight("w", {1, 1, kernel, kernel});
    set(layer.node, "auto_pad", autoPad.c_str());
    set(layer.node, "strides", Integers{stride, stride});
    set(layer.node, "dilations", Integers{dilation, dilation});
    return std::get<Conv>(opOf(layer.model));
}

} // namespace

TEST_CASE("activations take their constants from attributes or defaults") {
    CHECK(op("Relu", 13) == unary(UnaryKind::Relu));
    CHECK(op("LeakyRelu", 13) == unary(UnaryKind::LeakyRelu, 0.01F));
    CHECK(op("LeakyRelu", 13, with("alpha", 0.3F)) == unary(UnaryKind::LeakyRelu, 0.3F));
    CHECK(op("Elu", 13) == unary(UnaryKind::Elu, 1));
    CHECK(op("HardSigmoid", 13) == unary(UnaryKind::HardSigmoid, 0.2F, 0.5F));
    CHECK(op("HardSwish", 14) == unary(UnaryKind::HardSwish, 1.0F / 6, 0.5F));
    CHECK(op("Erf", 13) == unary(UnaryKind::Erf));
    CHECK(op("Gelu", 20) == unary(UnaryKind::Gelu));
    CHECK(op("Mish", 18) == unary(UnaryKind::Mish));
    CHECK(op("Softplus", 13) == unary(UnaryKind::Softplus));
    CHECK(op("Identity", 13) == Op(Identity{}));
}

TEST_CASE("Clip has attributes before operator set 11 and inputs from then on") {
    CHECK(op("Clip", 10, with("min", 0.0F), with("max", 6.0F)) == unary(UnaryKind::Clip, 0, 6));
    CHECK(op("Clip", 6 + 1) ==
          unary(UnaryKind::Clip, std::numeric_limits<float>::lowest(), std::numeric_limits<float>::max()));
    OneLayer both("Clip", 11, {4}, {"lo", "hi"});
    both.model.floats("lo", {}, {-1});
    both.model.floats("hi", {}, {6});
    CHECK(opOf(both.model) == unary(UnaryKind::Clip, -1, 6));
    OneLayer upper("Clip", 11, {4}, {"", "hi"});
    upper.model.floats("hi", {}, {6});
    CHECK(opOf(upper.model) == unary(UnaryKind::Clip, -kInfinity, 6));
    OneLayer runtime("Clip", 11, {4}, {"x"});
    CHECK(opOf(runtime.model) == Op(Binary{BinaryKind::Max, {}})); // a bound that is no setting
    OneLayer attributes("Clip", 11, {4});
    set(attributes.node, "max", 6.0F);
    CHECK(read(attributes.model).diagnostics.at(0).code == "unknown-attribute");
}

TEST_CASE("Softmax flattens before operator set 13 and works along one axis from then on") {
    CHECK(op("Softmax", 12) == softmax(1, true, false));
    CHECK(op("Softmax", 13) == softmax(-1, false, false));
    CHECK(op("Softmax", 11, with("axis", 2)) == softmax(2, true, false));
    CHECK(op("LogSoftmax", 13, with("axis", 1)) == softmax(1, false, true));
}

TEST_CASE("axes are attributes or inputs, depending on the operator set") {
    CHECK(op("Squeeze", 12, with("axes", Integers{0})) == Op(Squeeze{{0}, false}));
    CHECK(opWithInput("Squeeze", 13, {0}) == Op(Squeeze{{0}, false}));
    CHECK(op("Squeeze", 13) == Op(Squeeze{{}, false}));
    CHECK(op("Unsqueeze", 12, with("axes", Integers{0, -1})) == Op(Squeeze{{0, -1}, true}));
    CHECK(opWithInput("Unsqueeze", 13, {2}) == Op(Squeeze{{2}, true}));
    CHECK_REFUSAL(refusalOf(OneLayer("Unsqueeze", 13, {4}).model), "bad-input", "lacks its axes");

    CHECK(op("ReduceSum", 12, with("axes", Integers{1}), with("keepdims", 0)) ==
          Op(Reduce{ReduceKind::Sum, {1}, false}));
    CHECK(opWithInput("ReduceSum", 13, {1}) == Op(Reduce{ReduceKind::Sum, {1}, true}));
    CHECK(op("ReduceMean", 17, with("axes", Integers{2, 3})) == Op(Reduce{ReduceKind::Mean, {2, 3}, true}));
    CHECK(opWithInput("ReduceMean", 18, {2, 3}) == Op(Reduce{ReduceKind::Mean, {2, 3}, true}));
    CHECK(op("ReduceMax", 18) == Op(Reduce{ReduceKind::Max, {}, true}));
    CHECK(op("ReduceMax", 18, with("noop_with_empty_axes", 1)) == Op(Identity{}));
    CHECK_REFUSAL(refusalOf(OneLayer("ReduceMean", 17, {4}, {"x"}).model), "bad-input", "has 2 inputs");
    CHECK(opaqueReason(OneLayer("ReduceMean", 18, {4}, {"x"}).model) == "ReduceMean with axes computed at run time");
}

TEST_CASE("Pad has attributes before operator set 11 and inputs from then on") {
    const Integers pads = {0, 0, 1, 2, 0, 0, 3, 4};
    CHECK(op("Pad", 10, with("pads", pads), with("value", 2.0F)) == Op(Pad{pads, 2, PadMode::Constant}));
    CHECK(opWithInput("Pad", 11, pads, with("mode", "reflect")) == Op(Pad{pads, 0, PadMode::Reflect}));
    OneLayer value("Pad", 13, {1, 4, 8, 8}, {"pads", "value"});
    value.model.integers("pads", pads);
    value.model.floats("value", {}, {-3});
    CHECK(opOf(value.model) == Op(Pad{pads, -3, PadMode::Constant}));
    OneLayer axes("Pad", 18, {1, 4, 8, 8}, {"pads", "", "axes"});
    axes.model.integers("pads", {1, 2, 3, 4});
    axes.model.integers("axes", {2, -1});
    CHECK(opOf(axes.model) == Op(Pad{{0, 0, 1, 2, 0, 0, 3, 4}, 0, PadMode::Constant}));
    CHECK(op("Pad", 10, with("pads", pads), with("mode", "edge")) == Op(Pad{pads, 0, PadMode::Edge}));
    OneLayer wrap("Pad", 19, {4}, {"pads"});
    wrap.model.integers("pads", {1, 1});
    set(wrap.node, "mode", "wrap");
    CHECK(opOf(wrap.model) == Op(Pad{{1, 1}, 0, PadMode::Wrap}));
    OneLayer odd("Pad", 13, {4}, {"pads"});
    odd.model.integers("pads", {1, 1, 1});
    CHECK_REFUSAL(refusalOf(odd.model), "bad-input", "odd number of pads");
}

TEST_CASE("Slice has attributes before operator set 10 and inputs from then on") {
    CHECK(op("Slice", 9, with("starts", Integers{1}), with("ends", Integers{3})) == Op(Slice{{1}, {3}, {0}, {1}}));
    CHECK(op("Slice", 9, with("starts", Integers{1}), with("ends", Integers{3}), with("axes", Integers{2})) ==
          Op(Slice{{1}, {3}, {2}, {1}}));
    OneLayer layer("Slice", 10, {1, 4, 8, 8}, {"starts", "ends", "axes", "steps"});
    layer.model.integers("starts", {0, -1});
    layer.model.integers("ends", {std::numeric_limits<int64_t>::max(), -9});
    layer.model.integers("axes", {2, 3});
    layer.model.integers("steps", {2, -1});
    CHECK(opOf(layer.model) == Op(Slice{{0, -1}, {std::numeric_limits<int64_t>::max(), -9}, {2, 3}, {2, -1}}));
    layer.model.graph().mutable_initializer(3)->set_int64_data(0, 0);
    CHECK_REFUSAL(refusalOf(layer.model), "bad-input", "step of 0");
    layer.model.graph().mutable_initializer(3)->set_int64_data(0, 1);
    layer.node.set_input(4, "starts_at_run_time");
    layer.model.input("starts_at_run_time", {2});
    CHECK(opaqueReason(layer.model) == "Slice with steps computed at run time");
}

TEST_CASE("Reshape takes a constant shape, also through Cast, Identity and small sums") {
    CHECK(opWithInput("Reshape", 13, {0, -1}) == Op(Reshape{{1, 256}, false}));
    CHECK(opWithInput("Reshape", 14, {2, 0, -1}) == Op(Reshape{{2, 4, 32}, false}));

    OneLayer folded("Reshape", 13, {2, 6}, {"shape"});
    folded.model.floats("as_floats", {2}, {3, 2});
    set(folded.model.node("Cast", {"as_floats"}, {"cast"}), "to", int64_t{onnx::TensorProto::INT64});
    folded.model.node("Identity", {"cast"}, {"same"});
    folded.model.integers("one", {0, 2});
    folded.model.node("Add", {"same", "one"}, {"shape"});
    CHECK(opOf(folded.model) == Op(Reshape{{3, 4}, false}));

    OneLayer computed("Reshape", 13, {2, 6}, {"shape"});
    computed.model.node("Shape", {"x"}, {"shape"});
    CHECK(opOf(computed.model) == Op(Reshape{{2, 6}, false}));

    OneLayer runtime("Reshape", 13, {2}, {"shape"});
    set(runtime.model.node("Cast", {"x"}, {"shape"}), "to", int64_t{onnx::TensorProto::INT64});
    CHECK(opaqueReason(runtime.model) == "Reshape with a shape computed at run time");

    OneLayer twoOpen("Reshape", 13, {2, 6}, {"shape"});
    twoOpen.model.integers("shape", {-1, -1});
    CHECK_REFUSAL(refusalOf(twoOpen.model), "bad-input", "more than one dimension open");
    OneLayer asFloats("Reshape", 13, {2, 6}, {"shape"});
    asFloats.model.floats("shape", {2}, {3, 4});
    CHECK_REFUSAL(refusalOf(asFloats.model), "bad-input", "whole numbers");
}

TEST_CASE("Dropout is an identity at inference in every version") {
    CHECK(op("Dropout", 7, with("ratio", 0.5F)) == Op(Identity{}));
    OneLayer inputs("Dropout", 13, {4}, {"ratio", "training"});
    inputs.model.floats("ratio", {}, {0.5F});
    onnx::TensorProto& training = *inputs.model.graph().add_initializer();
    training.set_name("training");
    training.set_data_type(onnx::TensorProto::BOOL);
    training.add_int32_data(0);
    const Graph graph = read(inputs.model).graph;
    CHECK(nodeNamed(graph, "layer").op == Op(Identity{}));
    CHECK(nodeNamed(graph, "layer").inputs.size() == 1);
    inputs.model.graph().mutable_initializer(1)->set_int32_data(0, 1);
    CHECK(opaqueReason(inputs.model) == "Dropout in training mode");
    OneLayer mask("Dropout", 7, {4});
    mask.node.add_output("mask");
    CHECK(opOf(mask.model) == Op(Identity{}));
    mask.model.output("mask");
    const Graph masked = infer(read(mask.model).graph);
    CHECK(masked.value(masked.outputs[1]).type == ElementType::Bool);
}

TEST_CASE("BatchNormalization in training mode or with statistics for every element is not run") {
    const auto normalization = [](int64_t opset, const char* attribute, int value) {
        OneLayer layer("BatchNormalization", opset, {1, 4, 8, 8}, {"p", "p", "p", "p"});
        layer.model.weight("p", {4});
        if (attribute)
            set(layer.node, attribute, int64_t{value});
        return layer.model;
    };
    CHECK(opOf(normalization(13, nullptr, 0)) == Op(BatchNorm{1e-5F}));
    CHECK(opOf(normalization(14, "training_mode", 0)) == Op(BatchNorm{1e-5F}));
    CHECK(opaqueReason(normalization(14, "training_mode", 1)) == "BatchNormalization in training mode");
    CHECK(opOf(normalization(8, "spatial", 1)) == Op(BatchNorm{1e-5F}));
    CHECK_THAT(opaqueReason(normalization(8, "spatial", 0)), StartsWith("BatchNormalization with statistics"));
}

TEST_CASE("automatic padding is resolved from the input's size") {
    CHECK(convWith("SAME_UPPER", 3, 2, 1, 8).pads == Pads{0, 0, 1, 1});
    CHECK(convWith("SAME_LOWER", 3, 2, 1, 8).pads == Pads{1, 1, 0, 0});
    CHECK(convWith("SAME_UPPER", 3, 2, 1, 7).pads == Pads{1, 1, 1, 1});
    CHECK(convWith("SAME_UPPER", 1, 2, 1, 8).pads == Pads{0, 0, 0, 0});
    CHECK(convWith("SAME_UPPER", 4, 1, 1, 8).pads == Pads{1, 1, 2, 2});
    CHECK(convWith("SAME_UPPER", 3, 1, 2, 8).pads == Pads{2, 2, 2, 2});
    CHECK(convWith("VALID", 3, 2, 1, 8).pads == Pads{0, 0, 0, 0});

    // The size is known in the middle of the network, too.
    OneLayer pool("MaxPool", 13, {-1, 1, 9, 9});
    pool.node.set_input(0, "half");
    set(pool.node, "kernel_shape", Integers{2, 2});
    set(pool.node, "strides", Integers{2, 2});
    set(pool.node, "auto_pad", "SAME_UPPER");
    onnx::NodeProto& first = pool.model.node("MaxPool", {"x"}, {"half"}, "first");
    set(first, "kernel_shape", Integers{2, 2});
    set(first, "strides", Integers{2, 2});
    CHECK(std::get<Pool>(opOf(pool.model)).pads == Pads{0, 0, 0, 0}); // 4 -> 2
    pool.model.graph()
        .mutable_input(0)
        ->mutable_type()
        ->mutable_tensor_type()
        ->mutable_shape()
        ->mutable_dim(3)
        ->set_dim_value(10);
    CHECK(std::get<Pool>(opOf(pool.model)).pads == Pads{0, 0, 0, 1}); // width 5 -> 3
}

TEST_CASE("convolutions are read with groups, dilations and any number of spatial dimensions") {
    OneLayer layer("Conv", 13, {1, 4, 8}, {"w", "b"});
    layer.model.weight("w", {8, 2, 3});
    layer.model.weight("b", {8});
    set(layer.node, "group", int64_t{2});
    set(layer.node, "dilations", Integers{2});
    set(layer.node, "pads", Integers{1, 0});
    CHECK(opOf(layer.model) == Op(Conv{{1}, {2}, {1, 0}, 2, {}}));
    set(layer.node, "kernel_shape", Integers{5});
    CHECK_REFUSAL(refusalOf(layer.model), "bad-input", "unlike the shape of its weights");

    OneLayer four("Conv", 13, {1, 1, 2, 2, 2, 2}, {"w"});
    four.model.weight("w", {1, 1, 1, 1, 1, 1});
    CHECK(opaqueReason(four.model) == "Conv with 4 spatial dimensions");
    OneLayer two("Conv", 13, {1, 1}, {"w"});
    two.model.weight("w", {1, 1});
    CHECK_REFUSAL(refusalOf(two.model), "bad-input", "weights of 2 dimensions");
}

TEST_CASE("impossible windows are refused with the attribute") {
    const auto conv = [](const char* attribute, const Integers& values) {
        OneLayer layer("Conv", 13, {1, 1, 8, 8}, {"w"});
        layer.model.weight("w", {1, 1, 3, 3});
        set(layer.node, attribute, values);
        return refusalOf(layer.model);
    };
    CHECK_REFUSAL(conv("strides", {0, 1}), "bad-input", "value 0 in its attribute strides");
    CHECK_REFUSAL(conv("dilations", {1, 0}), "bad-input", "dilations");
    CHECK_REFUSAL(conv("pads", {0, 0, 0, -1}), "bad-input", "value -1 in its attribute pads");
    CHECK_REFUSAL(conv("pads", {int64_t{1} << 31, 0, 0, 0}), "bad-input", "pads");
    CHECK_REFUSAL(conv("pads", {0, 0}), "bad-input", "has 2 numbers in its attribute pads and needs 4");
    OneLayer groups("Conv", 13, {1, 4, 8, 8}, {"w"});
    groups.model.weight("w", {3, 2, 3, 3});
    set(groups.node, "group", int64_t{0});
    CHECK_REFUSAL(refusalOf(groups.model), "bad-input", "groups 0");
    groups.node.mutable_attribute(0)->set_i(2);
    CHECK_REFUSAL(refusalOf(groups.model), "bad-input", "3 output channels, which 2 groups do not divide");
}

TEST_CASE("pooling keeps its window, counting of padding and rounding") {
    const auto kernel = with("kernel_shape", Integers{3, 2});
    CHECK(op("MaxPool", 12, kernel, with("ceil_mode", 1), with("strides", Integers{2, 2})) ==
          Op(Pool{PoolKind::Max, false, {3, 2}, {2, 2}, {1, 1}, {0, 0, 0, 0}, true}));
    CHECK(std::get<Pool>(op("AveragePool", 12, kernel)).kind == PoolKind::AverageExcludePad);
    CHECK(std::get<Pool>(op("AveragePool", 12, kernel, with("count_include_pad", 1))).kind ==
          PoolKind::AverageIncludePad);
    CHECK(std::get<Pool>(op("GlobalMaxPool", 12)).global);
    CHECK(std::get<Pool>(op("GlobalAveragePool", 12)).kind == PoolKind::AverageExcludePad);
    CHECK_REFUSAL(refusalOf(OneLayer("MaxPool", 12, {1, 1, 4, 4}).model), "bad-input", "kernel_shape");
    OneLayer indices("MaxPool", 12, {1, 1, 4, 4});
    set(indices.node, "kernel_shape", Integers{2, 2});
    indices.node.add_output("indices");
    indices.model.output("indices");
    CHECK(opaqueReason(indices.model) == "MaxPool with its output number 2");
}

TEST_CASE("Gemm, MatMul, Concat, Transpose, Flatten and Cast keep their settings") {
    OneLayer gemm("Gemm", 11, {2, 3}, {"w"});
    gemm.model.weight("w", {4, 3});
    set(gemm.node, "alpha", 0.5F);
    set(gemm.node, "transB", int64_t{1});
    CHECK(opOf(gemm.model) == Op(Gemm{0.5F, 1, false, true}));
    gemm.model.proto.mutable_opset_import(0)->set_version(9);
    CHECK_REFUSAL(refusalOf(gemm.model), "bad-input", "has 2 inputs and needs 3");
    CHECK(opOf(OneLayer("MatMul", 13, {4, 4}, {"x"}).model) == Op(MatMul{}));
    CHECK(op("Concat", 13, with("axis", -1)) == Op(Concat{-1}));
    CHECK(op("Transpose", 13, with("perm", Integers{0, 2, 3, 1})) == Op(Transpose{{0, 2, 3, 1}}));
    CHECK(op("Transpose", 13) == Op(Transpose{}));
    CHECK(op("Flatten", 13) == Op(Flatten{1}));
    CHECK(op("Cast", 13, with("to", onnx::TensorProto::FLOAT16)) == Op(Cast{ElementType::F16}));
    OneLayer text("Cast", 13, {4});
    set(text.node, "to", int64_t{onnx::TensorProto::STRING});
    CHECK(opaqueReason(text.model) == "Cast to STRING");
}

TEST_CASE("arithmetic takes two operands; sums of one are an identity, of three a chain") {
    CHECK(opOf(OneLayer("Sub", 13, {4}, {"x"}).model) == Op(Binary{BinaryKind::Sub, {}}));
    CHECK(opOf(OneLayer("Pow", 13, {4}, {"x"}).model) == Op(Binary{BinaryKind::Pow, {}}));
    CHECK(opOf(OneLayer("Sum", 13, {4}, {"x"}).model) == Op(Binary{BinaryKind::Add, {}}));
    CHECK(opOf(OneLayer("Max", 13, {4}, {"x"}).model) == Op(Binary{BinaryKind::Max, {}}));
    CHECK(op("Min", 13) == Op(Identity{}));
    const Graph chain = read(OneLayer("Sum", 13, {4}, {"x", "x"}).model).graph;
    REQUIRE(chain.nodes().size() == 2);
    for (const Node& node : chain.nodes()) {
        CHECK(node.op == Op(Binary{BinaryKind::Add, {}}));
        CHECK(node.origins == std::vector<std::string>{"layer"});
    }
    CHECK(chain.value(chain.outputs[0]).name == "y");
    CHECK_REFUSAL(refusalOf(OneLayer("Add", 13, {4}).model), "bad-input", "has 1 inputs and needs 2");
}

TEST_CASE("16-bit weights behind Cast stay as they are for the passes to fold") {
    OneLayer layer("Add", 13, {4}, {"w32"});
    onnx::TensorProto& weight = layer.model.weight("w", {4});
    weight.set_data_type(onnx::TensorProto::FLOAT16);
    weight.set_raw_data(std::string(8, '\x3c'));
    set(layer.model.node("Cast", {"w"}, {"w32"}, "cast"), "to", int64_t{onnx::TensorProto::FLOAT});
    const Graph graph = read(layer.model).graph;
    CHECK(nodeNamed(graph, "cast").op == Op(Cast{ElementType::F32}));
    CHECK(graph.value(nodeNamed(graph, "cast").inputs[0]).constant->type == ElementType::F16);
}
