// SPDX-License-Identifier: GPL-3.0-or-later
// TensorProto: where the values of a constant are, and how many.
#include "core/base/error.h"
#include "core/formats/tensorflow/tensors.h"
#include "tests/core/formats/model_maker.h"
#include "tests/support/catch.h"

#include <cstring>

using namespace halftone;
using namespace halftone::tensorflow_format;

namespace {

graphdef::TensorProto proto(graphdef::DataType type, const std::vector<int64_t>& shape) {
    graphdef::TensorProto result;
    result.set_dtype(type);
    result.mutable_tensor_shape();
    for (const int64_t dim : shape)
        result.mutable_tensor_shape()->add_dim()->set_size(dim);
    return result;
}

Tensor readTensor(graphdef::TensorProto tensor, int64_t maxBytes = int64_t{1} << 30) {
    return TensorReader(maxBytes).read(std::move(tensor), "The constant \"c\"");
}

std::string refusalOfTensor(const graphdef::TensorProto& tensor, int64_t maxBytes = int64_t{8} << 30) {
    try {
        readTensor(tensor, maxBytes);
        return "read";
    } catch (const Error& error) {
        return std::string(name(error.code())) + ": " + error.message();
    }
}

} // namespace

TEST_CASE("raw content is little-endian and must fit the shape exactly") {
    auto tensor = proto(graphdef::DT_FLOAT, {2, 2});
    const float values[] = {1, -2, 3.5F, 0};
    tensor.set_tensor_content(values, sizeof(values));
    CHECK(readTensor(tensor).toFloats() == std::vector<float>{1, -2, 3.5F, 0});
    CHECK(readTensor(tensor).shape == Shape{2, 2});
    tensor.set_tensor_content(values, sizeof(values) - 1);
    CHECK_REFUSAL(refusalOfTensor(tensor), "bad-input", "15 bytes of data");
    tensor.set_tensor_content(values, sizeof(values));
    tensor.add_float_val(1);
    CHECK_REFUSAL(refusalOfTensor(tensor), "bad-input", "more than one place");
}

TEST_CASE("the last value of a short list is repeated") {
    auto tensor = proto(graphdef::DT_FLOAT, {2, 3});
    CHECK(readTensor(tensor).toFloats() == std::vector<float>(6, 0));
    tensor.add_float_val(2);
    CHECK(readTensor(tensor).toFloats() == std::vector<float>(6, 2));
    tensor.add_float_val(5);
    CHECK(readTensor(tensor).toFloats() == std::vector<float>{2, 5, 5, 5, 5, 5});
    for (int i = 0; i < 5; ++i)
        tensor.add_float_val(1);
    CHECK_REFUSAL(refusalOfTensor(tensor), "bad-input", "7 values");
}

TEST_CASE("a terabyte out of one value is refused before anything is allocated") {
    auto tensor = proto(graphdef::DT_FLOAT, {1'000'000'000});
    tensor.add_float_val(1);
    CHECK_REFUSAL(refusalOfTensor(tensor), "limit", "one value repeated");
    CHECK_REFUSAL(refusalOfTensor(proto(graphdef::DT_FLOAT, {int64_t{1} << 40, int64_t{1} << 40})), "bad-input", "");
    auto small = proto(graphdef::DT_FLOAT, {100});
    small.add_float_val(1);
    CHECK_REFUSAL(refusalOfTensor(small, 399), "limit", "larger than allowed");
    CHECK(refusalOfTensor(small, 400) == "read");
}

TEST_CASE("every element type is read from its own field") {
    auto whole = proto(graphdef::DT_QUINT8, {2});
    whole.add_int_val(0);
    whole.add_int_val(255);
    CHECK(readTensor(whole).type == ElementType::U8);
    CHECK(readTensor(whole).toInt64s() == std::vector<int64_t>{0, 255});
    whole.set_int_val(1, 256);
    CHECK_REFUSAL(refusalOfTensor(whole), "bad-input", "256");
    whole.set_int_val(1, -1);
    CHECK_REFUSAL(refusalOfTensor(whole), "bad-input", "-1");

    auto half = proto(graphdef::DT_HALF, {2});
    half.add_half_val(0x3C00);
    half.add_half_val(0xC000);
    CHECK(readTensor(half).toFloats() == std::vector<float>{1, -2});
    auto bfloat = proto(graphdef::DT_BFLOAT16, {1});
    bfloat.add_half_val(0x3F80);
    CHECK(readTensor(bfloat).toFloats() == std::vector<float>{1});
    auto longs = proto(graphdef::DT_INT64, {});
    longs.add_int64_val(int64_t{1} << 40);
    CHECK(readTensor(longs).toInt64s() == std::vector<int64_t>{int64_t{1} << 40});
    auto flags = proto(graphdef::DT_BOOL, {3});
    flags.add_bool_val(true);
    CHECK(readTensor(flags).toFloats() == std::vector<float>{1, 1, 1});
    auto wrongField = proto(graphdef::DT_INT64, {1});
    wrongField.add_int_val(1);
    CHECK_REFUSAL(refusalOfTensor(wrongField), "bad-input", "another element type");
    CHECK_REFUSAL(refusalOfTensor(proto(graphdef::DT_STRING, {})), "unsupported", "STRING");
    CHECK_REFUSAL(refusalOfTensor(proto(static_cast<graphdef::DataType>(77), {})), "unsupported", "type 77");
}

TEST_CASE("shapes of constants are complete and sensible") {
    CHECK(readTensor(proto(graphdef::DT_FLOAT, {})).elements() == 1);
    CHECK(readTensor(proto(graphdef::DT_FLOAT, {0, 3})).elements() == 0);
    CHECK_REFUSAL(refusalOfTensor(proto(graphdef::DT_FLOAT, {-1})), "bad-input", "dimension -1");
    auto unknown = proto(graphdef::DT_FLOAT, {});
    unknown.mutable_tensor_shape()->set_unknown_rank(true);
    CHECK_REFUSAL(refusalOfTensor(unknown), "bad-input", "how many dimensions");
    CHECK_REFUSAL(refusalOfTensor(proto(graphdef::DT_FLOAT, std::vector<int64_t>(255, 1))), "bad-input",
                  "255 dimensions");
}

TEST_CASE("a tensor that is written is read again") {
    const Tensor tensor = Tensor::fromFloats({2, 2}, std::vector<float>{1, 2, 3, -4});
    graphdef::TensorProto written;
    setTensor(written, tensor, graphdef::DT_FLOAT);
    CHECK(readTensor(written) == tensor);
}
