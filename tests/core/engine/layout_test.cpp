// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/plan/layout.h"

#include "core/base/error.h"
#include "tests/support/catch.h"

using namespace halftone;
using namespace halftone::engine;
using Tag = dnnl::memory::format_tag;

TEST_CASE("layouts have the names of the field") {
    CHECK(layoutName(rowMajor({2, 3}, DataType::f32)) == "nc");
    CHECK(layoutName(rowMajor({2, 3, 4}, DataType::f32)) == "ncw");
    CHECK(layoutName(rowMajor({2, 3, 4, 5}, DataType::u8)) == "nchw");
    CHECK(layoutName(channelsLast({2, 3, 4, 5}, DataType::u8)) == "nhwc");
    CHECK(layoutName(channelsLast({2, 3, 4, 5, 6}, DataType::u8)) == "ndhwc");
    CHECK(layoutName(channelsLast({2, 3}, DataType::u8)) == "nc");
    CHECK(layoutName(rowMajor({7}, DataType::f32)) == "x");
    CHECK(layoutName(rowMajor({}, DataType::f32)) == "x");
    CHECK(layoutName(Desc({2, 16, 4, 5}, DataType::f32, Tag::nChw8c)) == "nChw8c");
    CHECK(layoutName(Desc({1, 3, 4, 4}, DataType::f32, Tag::nChw16c)) == "nChw16c");
    CHECK(layoutName(Desc({2, 3, 4, 5}, DataType::f32, dnnl::memory::dims{120, 40, 10, 2})) == "strided nchw");
    CHECK(layoutName(Desc({8, 4}, DataType::f32, dnnl::memory::dims{1, 8})) == "cn");
    CHECK(layoutName(Desc({8, 4}, DataType::f32, dnnl::memory::dims{1, 8}), "io") == "oi");
    CHECK(layoutName(Desc({16, 8, 3, 3}, DataType::f32, Tag::OIhw8i8o), weightsLetters(4, false)) == "OIhw8i8o");
    CHECK(layoutName(rowMajor({4, 2, 2, 3, 3}, DataType::s8), weightsLetters(5, true)) == "goihw");
    // A dimension of size 1 has no place of its own: no odd name such as nhcw.
    CHECK(layoutName(channelsLast({1, 1, 28, 28}, DataType::u8)) == "nchw");
}

TEST_CASE("dimensions of size 1 do not make a layout another one") {
    CHECK(isRowMajor(channelsLast({1, 1, 4, 5}, DataType::f32)));
    CHECK(isRowMajor(channelsLast({2, 8, 1, 1}, DataType::f32)));
    CHECK(!isRowMajor(channelsLast({1, 2, 4, 5}, DataType::f32)));
    CHECK(sameLayout(channelsLast({2, 8, 1, 1}, DataType::f32), rowMajor({2, 8, 1, 1}, DataType::f32)));
    CHECK(!sameLayout(channelsLast({2, 8, 2, 1}, DataType::f32), rowMajor({2, 8, 2, 1}, DataType::f32)));
    CHECK(!sameLayout(rowMajor({2, 8}, DataType::f32), rowMajor({2, 8}, DataType::s8)));
    CHECK(!sameLayout(rowMajor({2, 8}, DataType::f32), rowMajor({8, 2}, DataType::f32)));
}

TEST_CASE("blocks without padding over pictures of one pixel are row-major") {
    CHECK(isRowMajor(Desc({2, 16, 1, 1}, DataType::f32, Tag::nChw8c)));
    CHECK(!isRowMajor(Desc({2, 12, 1, 1}, DataType::f32, Tag::nChw8c))); // four channels of padding
    CHECK(!isRowMajor(Desc({2, 16, 2, 1}, DataType::f32, Tag::nChw8c)));
    CHECK(sameLayout(Desc({2, 16, 1, 1}, DataType::f32, Tag::nChw8c), rowMajor({2, 16, 1, 1}, DataType::f32)));
}

TEST_CASE("gaps and padding are not dense") {
    CHECK(isDense(rowMajor({2, 3, 4}, DataType::f32)));
    CHECK(isDense(Desc({2, 3}, DataType::f32, dnnl::memory::dims{1, 2})));
    CHECK(!isDense(Desc({2, 3}, DataType::f32, dnnl::memory::dims{6, 2})));
    CHECK(!isDense(Desc({1, 3, 2, 2}, DataType::f32, Tag::nChw8c)));
    CHECK(isDense(Desc({1, 8, 2, 2}, DataType::f32, Tag::nChw8c)));
    CHECK(isBlocked(Desc({1, 8, 2, 2}, DataType::f32, Tag::nChw8c)));
    CHECK(!isBlocked(channelsLast({1, 8, 2, 2}, DataType::f32)));
}

TEST_CASE("types without a kernel are refused") {
    CHECK(dataType(ElementType::U8) == DataType::u8);
    CHECK(typeName(DataType::s8) == "s8");
    CHECK_THROWS_AS(dataType(ElementType::S64), Error);
}

TEST_CASE("a shape whose size wraps around is refused") {
    CHECK_THROWS_AS(rowMajor({int64_t{1} << 40, int64_t{1} << 40}, DataType::f32), Error);
    CHECK_THROWS_AS(channelsLast({1, int64_t{1} << 40, int64_t{1} << 40}, DataType::f32), Error);
}

TEST_CASE("the channels that lie side by side are told for every layout without gaps") {
    CHECK(channelBlock(rowMajor({2, 16, 4, 5}, DataType::f32)) == 1);
    CHECK(channelBlock(rowMajor({2, 16}, DataType::f32)) == 1);
    CHECK(channelBlock(channelsLast({2, 12, 4, 5}, DataType::f32)) == 12);
    CHECK(channelBlock(channelsLast({2, 12, 4, 5, 6}, DataType::f32)) == 12);
    CHECK(channelBlock(channelsLast({2, 12, 1, 1}, DataType::f32)) == 1);
    CHECK(channelBlock(Desc({2, 16, 4, 5}, DataType::f32, Tag::nChw8c)) == 8);
    CHECK(channelBlock(Desc({2, 32, 4, 5, 6}, DataType::f32, Tag::nCdhw16c)) == 16);
    CHECK(channelBlock(Desc({2, 12, 4, 5}, DataType::f32, Tag::nChw8c)) == 0); // padding
    CHECK(channelBlock(Desc({2, 16, 4, 5}, DataType::f32, Tag::chwn)) == 0);
    CHECK(channelBlock(Desc({2, 16, 4, 5}, DataType::f32, dnnl::memory::dims{640, 40, 10, 2})) == 0); // gaps
}
