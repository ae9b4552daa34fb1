// SPDX-License-Identifier: GPL-3.0-or-later
// Layers that dynamically quantized files write as many.
#include "core/graph/op_traits.h"
#include "tests/core/formats/computed.h"
#include "tests/core/formats/model_maker.h"

#include <algorithm>

using namespace halftone;
using namespace halftone::test;

namespace {

void codes(ModelMaker& model, const std::string& name, const std::vector<int64_t>& shape,
           onnx::TensorProto::DataType type, const std::string& bytes) {
    onnx::TensorProto& tensor = *model.graph().add_initializer();
    tensor.set_name(name);
    tensor.set_data_type(type);
    for (const int64_t size : shape)
        tensor.add_dims(size);
    tensor.set_raw_data(bytes);
}

/// x [-1,4] times codes {1, -2, 3, 4} [4,1] of scale 0.5: DynamicQuantizeLinear, MatMulInteger, Cast, Mul, Mul.
ModelMaker dynamicProduct() {
    ModelMaker model(13);
    model.input("x", {-1, 4});
    codes(model, "w", {4, 1}, onnx::TensorProto::INT8, std::string{'\x01', '\xfe', '\x03', '\x04'});
    codes(model, "w_point", {}, onnx::TensorProto::INT8, std::string(1, '\0'));
    model.floats("w_scale", {}, {0.5F});
    model.node("DynamicQuantizeLinear", {"x"}, {"q", "scale", "point"}, "quantize");
    model.node("MatMulInteger", {"q", "w", "point", "w_point"}, {"sums"}, "product");
    set(model.node("Cast", {"sums"}, {"real"}, "cast"), "to", int64_t{onnx::TensorProto::FLOAT});
    model.node("Mul", {"scale", "w_scale"}, {"scales"}, "scales");
    model.node("Mul", {"real", "scales"}, {"y"}, "scaled");
    model.output("y");
    return model;
}

int64_t nodesOf(const Graph& graph, const std::string& op) {
    return std::ranges::count_if(graph.nodes(), [&](const Node& node) { return opName(node.op) == op; });
}

/// The tensor whose range is found at run time; null where there is none.
const Value* foundAtRunTime(const Graph& graph) {
    const auto found =
        std::ranges::find_if(graph.values(), [](const Value& value) { return value.quant && value.quant->atRunTime; });
    return found == graph.values().end() ? nullptr : &*found;
}

} // namespace

TEST_CASE("a dynamically quantized product is one product of real numbers") {
    const Tensor x = Tensor::fromFloats({2, 4}, std::vector<float>{1, 2, 3, 4, -1, 0.5F, 0, 2});
    const Computed computed = compute(read(dynamicProduct()), x);
    CHECK(computed.outputs.front().toFloats() == std::vector<float>{0.5F * (1 - 4 + 9 + 16), 0.5F * (-1 - 1 + 8)});
    CHECK(nodesOf(computed.graph, "MatMul") == 1);
    CHECK(computed.graph.nodes().size() == 2);
    const Node& product = nodeNamed(computed.graph, "product");
    CHECK(product.origins == std::vector<std::string>{"product", "cast", "scales", "quantize", "scaled"});
    REQUIRE(foundAtRunTime(computed.graph));
    CHECK(foundAtRunTime(computed.graph) == &computed.graph.value(product.inputs[0]));
    CHECK(computed.graph.value(product.inputs[1]).quant->scales == std::vector<float>{0.5F});
}

TEST_CASE("the chain is read layer by layer where somebody else reads a part of it") {
    for (const char* part : {"q", "scale", "sums", "real", "scales"}) {
        INFO(part);
        ModelMaker model = dynamicProduct();
        model.output(part);
        const ReadModel file = read(model);
        CHECK_FALSE(foundAtRunTime(file.at(1)));
    }
    ModelMaker computedPoint = dynamicProduct();
    computedPoint.graph().mutable_node(1)->set_input(2, "w_other"); // another zero point than the quantizer's
    codes(computedPoint, "w_other", {}, onnx::TensorProto::UINT8, std::string(1, '\x05'));
    CHECK_FALSE(foundAtRunTime(read(computedPoint).at(1)));
}

TEST_CASE("ONNX Runtime's own dynamic products mean the same") {
    const Tensor x = Tensor::fromFloats({1, 4}, std::vector<float>{1, 2, 3, 4});
    ModelMaker whole = dynamicProduct();
    whole.graph().mutable_node()->DeleteSubrange(1, 4);
    whole.floats("bias", {1}, {10});
    whole.node("MatMulIntegerToFloat", {"q", "w", "scale", "w_scale", "point", "w_point", "bias"}, {"y"}, "product")
        .set_domain("com.microsoft");
    const Computed computed = compute(read(whole), x);
    CHECK(computed.outputs.front().toFloats() == std::vector<float>{0.5F * (1 - 4 + 9 + 16) + 10});
    CHECK(foundAtRunTime(computed.graph));

    ModelMaker fused = dynamicProduct();
    fused.graph().mutable_node()->DeleteSubrange(0, 5);
    fused.node("DynamicQuantizeMatMul", {"x", "w", "w_scale", "w_point"}, {"y"}, "product").set_domain("com.microsoft");
    const Computed other = compute(read(fused), x);
    CHECK(other.outputs.front().toFloats() == std::vector<float>{0.5F * (1 - 4 + 9 + 16)});
    CHECK(foundAtRunTime(other.graph));
}

TEST_CASE("a bias that older files add in whole numbers is the bias of the convolution") {
    ModelMaker model(11);
    model.input("x", {1, 1, 2, 2});
    codes(model, "w", {2, 1, 1, 1}, onnx::TensorProto::INT8, std::string{'\x02', '\xff'});
    model.floats("w_scale", {1}, {0.25F});
    model.floats("bias", {2}, {1, -1});
    model.integers("shape", {1, 2, 1, 1});
    model.node("DynamicQuantizeLinear", {"x"}, {"q", "scale", "point"});
    model.node("ConvInteger", {"q", "w", "point"}, {"sums"}, "conv");
    model.node("Mul", {"scale", "w_scale"}, {"scales"});
    model.node("Mul", {"w_scale", "scale"}, {"bias_scales"}); // some files have it twice
    model.node("Div", {"bias", "bias_scales"}, {"steps"});
    model.node("Floor", {"steps"}, {"whole"});
    set(model.node("Cast", {"whole"}, {"whole_bias"}), "to", int64_t{onnx::TensorProto::INT32});
    model.node("Reshape", {"whole_bias", "shape"}, {"shaped"});
    model.node("Add", {"sums", "shaped"}, {"biased"});
    set(model.node("Cast", {"biased"}, {"real"}), "to", int64_t{onnx::TensorProto::FLOAT});
    model.node("Mul", {"real", "scales"}, {"y"});
    model.output("y");
    const Computed computed = compute(read(model), Tensor::fromFloats({1, 1, 2, 2}, std::vector<float>{1, 2, 3, 4}));
    CHECK(computed.outputs.front().toFloats() == std::vector<float>{1.5F, 2, 2.5F, 3, -1.25F, -1.5F, -1.75F, -2});
    CHECK(computed.graph.nodes().size() == 2);
    CHECK(nodeNamed(computed.graph, "conv").inputs.size() == 3);
}
