// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/graph/element.h"
#include "tests/core/graph/nodes.h"

#include <cstring>
#include <limits>

using namespace halftone;
using namespace halftone::test;

namespace {

template <class T> Tensor raw(ElementType type, const std::vector<T>& values) {
    std::vector<std::byte> bytes(values.size() * sizeof(T));
    std::memcpy(bytes.data(), values.data(), bytes.size());
    return Tensor::fromBytes(type, {static_cast<int64_t>(values.size())}, std::move(bytes));
}

uint32_t bitsOf(float x) {
    return std::bit_cast<uint32_t>(x);
}

/// IEEE binary16 by its definition.
double halfByDefinition(uint16_t bits) {
    const int exponent = bits >> 10 & 31, mantissa = bits & 1023;
    const double sign = bits & 0x8000 ? -1 : 1;
    if (exponent == 31)
        return mantissa ? std::numeric_limits<double>::quiet_NaN() : sign * std::numeric_limits<double>::infinity();
    return exponent == 0 ? sign * std::ldexp(mantissa, -24) : sign * std::ldexp(1024 + mantissa, exponent - 25);
}

} // namespace

TEST_CASE("every half converts to the float of its definition, and back") {
    std::vector<uint16_t> all(65536);
    for (size_t i = 0; i < all.size(); ++i)
        all[i] = static_cast<uint16_t>(i);
    const std::vector<float> floats = raw(ElementType::F16, all).toFloats();
    size_t wrong = 0;
    for (size_t i = 0; i < all.size(); ++i) {
        const double expected = halfByDefinition(all[i]);
        if (std::isnan(expected)) {
            wrong += std::isnan(floats[i]) ? 0 : 1;
            wrong += std::isnan(Float16(floats[i])) ? 0 : 1;
            continue;
        }
        wrong += bitsOf(floats[i]) == bitsOf(static_cast<float>(expected)) ? 0 : 1; // tells -0 from 0
        wrong += Float16(expected).bits == all[i] ? 0 : 1;
    }
    CHECK(wrong == 0);
}

TEST_CASE("halves are rounded to the nearest, ties to even, and overflow to infinity") {
    CHECK(Float16(1 + 0x1p-11).bits == Float16(1.0).bits);
    CHECK(Float16(1 + 3 * 0x1p-11).bits == Float16(1 + 0x1p-9).bits);
    CHECK(Float16(1 + 0x1p-11 + 0x1p-40).bits == Float16(1 + 0x1p-10).bits);
    CHECK(Float16(65519.99).bits == 0x7BFF);
    CHECK(Float16(65520.0).bits == 0x7C00);
    CHECK(Float16(-1e300).bits == 0xFC00);
    CHECK(Float16(0x1p-25).bits == 0);
    CHECK(Float16(0x1.8p-25).bits == 1);
    CHECK(Float16(0x1.FFFp-15).bits == 0x0400); // rounds up to the smallest normal number
    CHECK(Float16(-0.0).bits == 0x8000);
}

TEST_CASE("every bfloat16 is the upper half of a float, and back") {
    size_t wrong = 0;
    for (uint32_t i = 0; i < 65536; ++i) {
        BFloat16 x;
        x.bits = static_cast<uint16_t>(i);
        const float value = x;
        wrong += bitsOf(value) == i << 16 ? 0 : 1;
        wrong += std::isnan(value) || BFloat16(static_cast<double>(value)).bits == i ? 0 : 1;
    }
    CHECK(wrong == 0);
    CHECK(BFloat16(1 + 0x1p-8).bits == 0x3F80);
    CHECK(BFloat16(1 + 3 * 0x1p-8).bits == 0x3F82);
    CHECK(BFloat16(3.4e38).bits == 0x7F80);
}

TEST_CASE("integers of every type convert with their sign") {
    CHECK(raw<int8_t>(ElementType::S8, {-128, 127}).toFloats() == std::vector<float>{-128, 127});
    CHECK(raw<uint8_t>(ElementType::U8, {0, 255}).toInt64s() == std::vector<int64_t>{0, 255});
    CHECK(raw<int16_t>(ElementType::S16, {-32768}).toDoubles() == std::vector<double>{-32768});
    CHECK(raw<uint16_t>(ElementType::U16, {65535}).toInt64s() == std::vector<int64_t>{65535});
    CHECK(raw<int32_t>(ElementType::S32, {INT32_MIN}).toInt64s() == std::vector<int64_t>{INT32_MIN});
    CHECK(raw<uint32_t>(ElementType::U32, {UINT32_MAX}).toDoubles() == std::vector<double>{4294967295.0});
    CHECK(raw<uint64_t>(ElementType::U64, {7}).toInt64s() == std::vector<int64_t>{7});
    CHECK(raw<double>(ElementType::F64, {0.1}).toFloats() == std::vector<float>{0.1F});
    CHECK(raw<uint8_t>(ElementType::Bool, {0, 1, 2}).toInt64s() == std::vector<int64_t>{0, 1, 1});
    CHECK(ints({2}, {INT64_MIN, INT64_MAX}).toInt64s() == std::vector<int64_t>{INT64_MIN, INT64_MAX});
}

TEST_CASE("a tensor with the wrong number of bytes is refused with both numbers") {
    const Failure failure = failureOf([] { Tensor::fromBytes(ElementType::F32, {2, 3}, std::vector<std::byte>(23)); });
    CHECK(failure.code == ErrorCode::BadInput);
    CHECK(failure.mentions("2x3"));
    CHECK(failure.mentions("24 bytes"));
    CHECK(failure.mentions("23"));
    CHECK(failureOf([] { Tensor::fromBytes(ElementType::U8, {-1}, {}); }).code == ErrorCode::BadInput);
    CHECK(failureOf([] { Tensor::fromBytes(ElementType::F32, {int64_t{1} << 62}, {}); }).code == ErrorCode::BadInput);
    CHECK(Tensor::fromBytes(ElementType::F32, {0, 5}, {}).elements() == 0);
}

TEST_CASE("whole numbers are not made from floats, and floats not seen in whole numbers") {
    CHECK(failureOf([] { floats({1}, {1}).toInt64s(); }).code == ErrorCode::BadInput);
    CHECK(failureOf([] { ints({1}, {1}).floats(); }).code == ErrorCode::Internal);
    CHECK(floats({2}, {1, 2}).floats()[1] == 2);
}

TEST_CASE("tensors are equal by type, shape and content, shared or not") {
    const Tensor a = floats({2}, {1, 2});
    CHECK(a == Tensor(a));
    CHECK(a == floats({2}, {1, 2}));
    CHECK_FALSE(a == floats({2}, {1, 3}));
    CHECK_FALSE(a == floats({1, 2}, {1, 2}));
    CHECK_FALSE(Tensor() == floats({}, {0}));
    CHECK(Tensor() == Tensor());
}

TEST_CASE("casts truncate towards zero, saturate, wrap and test for zero") {
    const float inf = std::numeric_limits<float>::infinity();
    const Tensor x = floats({6}, {-1.9F, 1.9F, 300, -inf, inf, NAN});
    CHECK(castTensor(x, ElementType::S8).toInt64s() == std::vector<int64_t>{-1, 1, 127, -128, 127, 0});
    CHECK(castTensor(x, ElementType::U8).toInt64s() == std::vector<int64_t>{0, 1, 255, 0, 255, 0});
    CHECK(castTensor(x, ElementType::S64).toInt64s() == std::vector<int64_t>{-1, 1, 300, INT64_MIN, INT64_MAX, 0});
    CHECK(castTensor(x, ElementType::Bool).toInt64s() == std::vector<int64_t>{1, 1, 1, 1, 1, 1});
    CHECK(castTensor(floats({2}, {0, -0.0F}), ElementType::Bool).toInt64s() == std::vector<int64_t>{0, 0});
    CHECK(castTensor(ints({2}, {300, -1}), ElementType::U8).toInt64s() == std::vector<int64_t>{44, 255});
    CHECK(castTensor(ints({1}, {INT64_MAX}), ElementType::F32).toFloats() == std::vector<float>{0x1p63F});
    CHECK(castTensor(ints({1}, {-3}), ElementType::F16).toFloats() == std::vector<float>{-3});
}

TEST_CASE("every type has its size and its short name") {
    CHECK(sizeOf(ElementType::F32) == 4);
    CHECK(sizeOf(ElementType::BF16) == 2);
    CHECK(sizeOf(ElementType::Bool) == 1);
    CHECK(sizeOf(ElementType::U64) == 8);
    CHECK(name(ElementType::S8) == "s8");
    CHECK(name(ElementType::Bool) == "bool");
}

TEST_CASE("bytes are taken over as they lie, from a vector or a text, and shared by copies") {
    std::vector<std::byte> numbers(1000, std::byte{7});
    std::string text(1000, 'x');
    const void *numbersAt = numbers.data(), *textAt = text.data();
    const Tensor fromVector = Tensor::fromBytes(ElementType::U8, {1000}, std::move(numbers));
    const Tensor fromText = Tensor::fromBytes(ElementType::U8, {1000}, std::move(text));
    CHECK(fromVector.bytes.data() == numbersAt);
    CHECK(fromText.bytes.data() == textAt);
    const Tensor copy = fromText;
    CHECK(copy.bytes.data() == textAt);
    CHECK(copy == fromText);
    CHECK_FALSE(fromVector == fromText);
    CHECK(fromText == Tensor::fromBytes(ElementType::U8, {1000}, std::vector<std::byte>(1000, std::byte{'x'})));
    CHECK(Tensor::fromBytes(ElementType::U8, {3}, std::string("abc")).toInt64s() == std::vector<int64_t>{97, 98, 99});
}

TEST_CASE("floats are viewed where they are, and converted where they are not") {
    const std::vector<float> values{1.5F, -2};
    std::vector<float> store;
    const Tensor floats = Tensor::fromFloats({2}, values);
    CHECK(floats.floats(store).data() == floats.floats().data());
    CHECK(store.empty());
    const Tensor whole = Tensor::fromInt64s({2}, std::vector<int64_t>{3, 4});
    const std::span<const float> converted = whole.floats(store);
    CHECK(converted.data() == store.data());
    CHECK(store == std::vector<float>{3, 4});
}
