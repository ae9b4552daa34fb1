// SPDX-License-Identifier: GPL-3.0-or-later
// Weights: where their values are kept, in which type, and what is wrong with them.
#include "tests/core/formats/model_maker.h"
#include "tests/support/catch.h"
#include "tests/support/read_model.h"

#include <functional>
#include <limits>

using namespace halftone;
using namespace halftone::test;

namespace {

void setInputType(ModelMaker& model, int type) {
    model.graph().mutable_input(0)->mutable_type()->mutable_tensor_type()->set_elem_type(type);
}

/// A model that combines the weight "w" with its input, which has the same type.
ModelMaker adding(const std::function<void(onnx::TensorProto&)>& fill) {
    OneLayer add("Add", 13, {1, 3}, {"w"});
    onnx::TensorProto& weight = *add.model.graph().add_initializer();
    weight.set_name("w");
    fill(weight);
    setInputType(add.model, weight.data_type());
    if (weight.data_type() == onnx::TensorProto::BOOL)
        add.node.set_op_type("And");
    return std::move(add.model);
}

ModelMaker withTensor(int type, const std::vector<int64_t>& dims, const std::string& raw = "") {
    return adding([&](onnx::TensorProto& weight) {
        weight.set_data_type(type);
        weight.mutable_dims()->Add(dims.begin(), dims.end());
        if (!raw.empty())
            weight.set_raw_data(raw);
    });
}

Tensor weightOf(const ModelMaker& model) {
    const Graph graph = read(model).graph;
    return *graph.value(nodeNamed(graph, "layer").inputs.at(1)).constant;
}

using Type = onnx::TensorProto;

} // namespace

TEST_CASE("raw data is taken over in every element type") {
    const uint16_t halves[] = {0x3C00, 0xC000, 0x7C00}; // 1, -2, infinity
    const Tensor half = weightOf(withTensor(Type::FLOAT16, {3}, {reinterpret_cast<const char*>(halves), 6}));
    CHECK(half.type == ElementType::F16);
    CHECK(half.toDoubles()[1] == -2);
    const uint16_t brains[] = {0x3F80, 0xC000, 0x0000};
    CHECK(weightOf(withTensor(Type::BFLOAT16, {3}, {reinterpret_cast<const char*>(brains), 6})).toFloats() ==
          std::vector<float>{1, -2, 0});
    CHECK(weightOf(withTensor(Type::INT8, {3}, "\x01\xFE\x80")).toInt64s() == std::vector<int64_t>{1, -2, -128});
    CHECK(weightOf(withTensor(Type::UINT8, {3}, "\x01\xFE\x80")).toInt64s() == std::vector<int64_t>{1, 254, 128});
    CHECK(weightOf(withTensor(Type::BOOL, {3}, {"\1\0\1", 3})).toInt64s() == std::vector<int64_t>{1, 0, 1});
    const double doubles[] = {0.1, -1e300, 3};
    CHECK(weightOf(withTensor(Type::DOUBLE, {3}, {reinterpret_cast<const char*>(doubles), 24})).toDoubles() ==
          std::vector<double>{0.1, -1e300, 3});
}

TEST_CASE("typed fields are read in every element type they can hold") {
    const auto filled = [](int type, auto add) {
        return weightOf(adding([&](onnx::TensorProto& weight) {
            weight.set_data_type(type);
            weight.add_dims(3);
            for (int i = 1; i <= 3; ++i)
                add(weight, i);
        }));
    };
    const std::vector<double> counted = {1, 2, 3};
    CHECK(filled(Type::FLOAT, [](auto& w, int i) { w.add_float_data(static_cast<float>(i)); }).toDoubles() == counted);
    CHECK(filled(Type::DOUBLE, [](auto& w, int i) { w.add_double_data(i); }).toDoubles() == counted);
    CHECK(filled(Type::INT64, [](auto& w, int i) { w.add_int64_data(i); }).toDoubles() == counted);
    for (const int type : {Type::UINT32, Type::UINT64})
        CHECK(filled(type, [](auto& w, int i) { w.add_uint64_data(static_cast<uint64_t>(i)); }).toDoubles() == counted);
    for (const int type : {Type::INT32, Type::INT16, Type::INT8, Type::UINT16, Type::UINT8})
        CHECK(filled(type, [](auto& w, int i) { w.add_int32_data(i); }).toDoubles() == counted);
    const Tensor half = filled(Type::FLOAT16, [](auto& w, int i) { w.add_int32_data(0x3C00 + (i - 1)); });
    CHECK(half.toDoubles()[2] == 1 + 2.0 / 1024);

    CHECK_REFUSAL(refusalOf(adding([](onnx::TensorProto& weight) {
                      weight.set_data_type(Type::INT8);
                      weight.add_dims(1);
                      weight.add_int32_data(200);
                  })),
                  "bad-input", "200");
}

TEST_CASE("shapes whose product overflows are refused") {
    const int64_t big = int64_t{1} << 62;
    CHECK_REFUSAL(refusalOf(withTensor(Type::FLOAT, {4, big + 4}, "1234")), "bad-input", "too large");
    CHECK_REFUSAL(refusalOf(withTensor(Type::FLOAT, {int64_t{1} << 32, int64_t{1} << 32}, "1234")), "bad-input",
                  "too large");
    CHECK_REFUSAL(refusalOf(withTensor(Type::UINT8, {int64_t{1} << 31, int64_t{1} << 31, 4}, "1234")), "bad-input",
                  "too large");
    CHECK_REFUSAL(refusalOf(withTensor(Type::FLOAT, {int64_t{1} << 40}, "1234")), "limit", "\"w\"");
}

TEST_CASE("negative and countless dimensions are refused, empty and scalar tensors are not") {
    CHECK_REFUSAL(refusalOf(withTensor(Type::FLOAT, {-1}, "1234")), "bad-input", "negative dimension -1");
    CHECK_REFUSAL(refusalOf(withTensor(Type::FLOAT, {std::numeric_limits<int64_t>::min()}, "1234")), "bad-input",
                  "negative");
    CHECK_REFUSAL(refusalOf(withTensor(Type::FLOAT, std::vector<int64_t>(65, 1), "1234")), "bad-input",
                  "65 dimensions");
    CHECK(weightOf(withTensor(Type::FLOAT, {0, 3})).elements() == 0);
    CHECK(weightOf(withTensor(Type::FLOAT, {}, {"\0\0\x80\x3f", 4})).toFloats() == std::vector<float>{1});
}

TEST_CASE("data that does not fill the shape exactly is refused") {
    for (const size_t bytes : {0, 11, 13, 14, 16})
        CHECK_REFUSAL(refusalOf(withTensor(Type::FLOAT, {3}, std::string(bytes, 'x'))), "bad-input", "needs");
    CHECK_REFUSAL(refusalOf(adding([](onnx::TensorProto& weight) {
                      weight.set_data_type(Type::FLOAT);
                      weight.add_dims(3);
                      weight.add_float_data(1);
                  })),
                  "bad-input", "has 1 values but its shape needs 3");
}

TEST_CASE("data in two places or in the wrong field is refused") {
    CHECK_REFUSAL(refusalOf(adding([](onnx::TensorProto& weight) {
                      weight.set_data_type(Type::FLOAT);
                      weight.add_dims(1);
                      weight.add_float_data(1);
                      weight.set_raw_data("1234");
                  })),
                  "bad-input", "more than one place");
    CHECK_REFUSAL(refusalOf(adding([](onnx::TensorProto& weight) {
                      weight.set_data_type(Type::FLOAT);
                      weight.add_dims(1);
                      weight.add_int32_data(1);
                  })),
                  "bad-input", "has 0 values");
}

TEST_CASE("element types that Halftone does not know are refused by name") {
    CHECK_REFUSAL(refusalOf(withTensor(0, {1}, "1234")), "unsupported", "UNDEFINED");
    CHECK_REFUSAL(refusalOf(withTensor(99, {1}, "1234")), "unsupported", "type 99");
    CHECK_REFUSAL(refusalOf(withTensor(-5, {1}, "1234")), "unsupported", "type -5");
    CHECK_REFUSAL(refusalOf(withTensor(Type::STRING, {1}, "1234")), "unsupported", "STRING");
    CHECK_REFUSAL(refusalOf(withTensor(Type::COMPLEX64, {1}, "12345678")), "unsupported", "COMPLEX64");
    CHECK_REFUSAL(refusalOf(withTensor(17, {1}, "1")), "unsupported", "FLOAT8E4M3FN");
    CHECK_REFUSAL(refusalOf(withTensor(22, {1'000'000}, "1")), "unsupported", "INT4");
}

TEST_CASE("a weight that exists twice or that a layer makes as well is refused") {
    ModelMaker twice = smallModel();
    twice.weight("w", {4, 3, 3, 3});
    CHECK_REFUSAL(refusalOf(twice), "bad-input", "\"w\" is made twice: by a weight and by a weight");
    ModelMaker alsoOutput = smallModel();
    alsoOutput.weight("c", {1});
    CHECK_REFUSAL(refusalOf(alsoOutput), "bad-input", "by a weight and by layer \"conv1\"");
}

TEST_CASE("sparse weights are refused whatever their indices are") {
    ModelMaker model = smallModel();
    onnx::SparseTensorProto& sparse = *model.graph().add_sparse_initializer();
    sparse.mutable_values()->set_name("s");
    sparse.mutable_indices()->add_int64_data(-7);
    CHECK_REFUSAL(refusalOf(model), "unsupported", "\"s\" as a sparse tensor");
}

TEST_CASE("weights may be listed among the inputs, as files of IR version 3 must") {
    ModelMaker model = smallModel();
    model.proto.set_ir_version(3);
    model.input("w", {4, 3, 3, 3});
    const Graph graph = read(model).graph;
    REQUIRE(graph.inputs.size() == 1);
    CHECK(graph.value(graph.inputs[0]).name == "x");
}

TEST_CASE("Constant nodes are weights in all their forms") {
    const auto constant = [](const std::function<void(onnx::AttributeProto&)>& fill) {
        OneLayer add("Add", 13, {1, 1}, {"w"});
        onnx::AttributeProto& value = *add.model.node("Constant", {}, {"w"}, "").add_attribute();
        fill(value);
        if (value.type() == onnx::AttributeProto::INT || value.type() == onnx::AttributeProto::INTS)
            setInputType(add.model, onnx::TensorProto::INT64);
        return std::move(add.model);
    };
    const auto typed = [&](const char* name, onnx::AttributeProto::AttributeType type, auto fill) {
        return constant([&](onnx::AttributeProto& value) {
            value.set_name(name);
            value.set_type(type);
            fill(value);
        });
    };
    using Attribute = onnx::AttributeProto;
    const ModelMaker tensor = typed("value", Attribute::TENSOR, [](Attribute& value) {
        value.mutable_t()->set_data_type(Type::FLOAT);
        value.mutable_t()->add_float_data(7);
    });
    CHECK(weightOf(tensor) == Tensor::fromFloats({}, std::vector<float>{7}));
    const ReadModel file = read(tensor);
    REQUIRE(file.layers.size() == 1);
    CHECK(file.layers[0].name == "layer");
    CHECK(file.operators == std::map<std::string, int>{{"Add", 1}});

    CHECK(weightOf(typed("value_float", Attribute::FLOAT, [](Attribute& value) { value.set_f(3); })) ==
          Tensor::fromFloats({}, std::vector<float>{3}));
    CHECK(weightOf(typed("value_ints", Attribute::INTS, [](Attribute& value) {
              value.add_ints(5);
              value.add_ints(-6);
          })) == Tensor::fromInt64s({2}, std::vector<int64_t>{5, -6}));
    CHECK(weightOf(typed("value_floats", Attribute::FLOATS, [](Attribute& value) { value.add_floats(5); })).shape ==
          Shape{1});
    CHECK(weightOf(typed("value_int", Attribute::INT, [](Attribute& value) { value.set_i(5); })).type ==
          ElementType::S64);
    CHECK_REFUSAL(refusalOf(typed("value_string", Attribute::STRING, [](Attribute& value) { value.set_s("x"); })),
                  "unsupported", "text");
    CHECK_REFUSAL(refusalOf(typed("value", Attribute::FLOAT, [](Attribute& value) { value.set_f(1); })), "bad-input",
                  "value");
}

TEST_CASE("weights of 4 and of 2 bits are read as those of 8") {
    constexpr int kUint4 = 21, kInt4 = 22, kInt2 = 26;
    const auto model = [](int type, const std::string& raw) {
        ModelMaker made = withTensor(type, {3}, raw);
        setInputType(made, type == kUint4 ? Type::UINT8 : Type::INT8);
        return made;
    };
    CHECK(weightOf(model(kUint4, "\x21\x0F")).toInt64s() == std::vector<int64_t>{1, 2, 15});
    CHECK(weightOf(model(kInt4, "\x2F\x08")).toInt64s() == std::vector<int64_t>{-1, 2, -8});
    CHECK(weightOf(model(kInt2, "\x2D")).toInt64s() == std::vector<int64_t>{1, -1, -2});
    CHECK_REFUSAL(refusalOf(model(kInt4, "abc")), "bad-input", "3 bytes of data but its shape 3 needs 2");
}

TEST_CASE("codes of 4 bits with a scale for each block are real weights, and are not made at run time") {
    constexpr int kInt4 = 22;
    ModelMaker model(21);
    model.input("x", {-1, 4});
    onnx::TensorProto& codes = *model.graph().add_initializer();
    codes.set_name("codes");
    codes.set_data_type(kInt4);
    for (const int64_t size : {4, 1})
        codes.add_dims(size);
    codes.set_raw_data("\x21\xF3"); // 1, 2, 3, -1
    model.floats("scales", {2, 1}, {0.5F, 2});
    onnx::NodeProto& dequantize = model.node("DequantizeLinear", {"codes", "scales"}, {"w"}, "weights");
    set(dequantize, "axis", int64_t{0});
    set(dequantize, "block_size", int64_t{2});
    model.node("MatMul", {"x", "w"}, {"y"}, "layer");
    model.output("y");
    CHECK(weightOf(model).toFloats() == std::vector<float>{0.5F, 1, 6, -2});

    ModelMaker wrong = model;
    wrong.graph().mutable_initializer(1)->set_dims(0, 1);
    wrong.graph().mutable_initializer(1)->mutable_raw_data()->resize(4);
    CHECK_REFUSAL(refusalOf(wrong), "bad-input", "another size than its blocks say");

    ModelMaker making(21);
    making.input("x", {-1, 4});
    making.floats("scale", {}, {1});
    onnx::TensorProto& point = *making.graph().add_initializer();
    point.set_name("point");
    point.set_data_type(kInt4);
    point.set_raw_data("\x01");
    making.node("QuantizeLinear", {"x", "scale", "point"}, {"y"}, "quantize");
    making.output("y");
    CHECK_REFUSAL(unsupportedIn(making), "unsupported", "QuantizeLinear to codes of less than 8 bits");
}
