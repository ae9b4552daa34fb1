// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/checked.h"
#include "core/graph/quant_params.h"
#include "tests/core/graph/nodes.h"

#include <cfloat>

using namespace halftone;
using namespace halftone::test;

TEST_CASE("quantize rounds ties to even and saturates") {
    CHECK(quantize(0.5F, 1, 0, ElementType::U8) == 0);
    CHECK(quantize(1.5F, 1, 0, ElementType::U8) == 2);
    CHECK(quantize(2.5F, 1, 0, ElementType::U8) == 2);
    CHECK(quantize(-2.5F, 1, 0, ElementType::S8) == -2);
    CHECK(quantize(2.5F, 1, 1, ElementType::U8) == 3); // the zero point is added after rounding
    CHECK(quantize(300, 1, 0, ElementType::U8) == 255);
    CHECK(quantize(-300, 1, 0, ElementType::U8) == 0);
    CHECK(quantize(-300, 1, 0, ElementType::S8) == -128);
    CHECK(quantize(300, 1, 0, ElementType::S8) == 127);
    CHECK(quantize(1e38F, 1e-38F, 128, ElementType::U8) == 255);
    CHECK(quantize(-INFINITY, 0.1F, 128, ElementType::U8) == 0);
    CHECK(quantize(NAN, 0.1F, 7, ElementType::U8) == 7);
}

TEST_CASE("a value on the grid survives quantization and dequantization") {
    for (int32_t q = 0; q < 256; ++q)
        CHECK(quantize(dequantize(q, 0.037F, 93), 0.037F, 93, ElementType::U8) == q);
}

TEST_CASE("a range that is never negative is u8 with zero point 0") {
    for (bool asymmetric : {false, true}) {
        const QuantParams params = activationParams(0.5F, 6, asymmetric);
        CHECK(params.storage == ElementType::U8);
        CHECK(params.zeroPoint() == 0);
        CHECK(params.scale() == Approx(6.0 / 255));
        CHECK_FALSE(params.axis);
    }
}

TEST_CASE("a symmetric range of both signs is s8 with zero point 0") {
    const QuantParams params = activationParams(-2, 1, false);
    CHECK(params.storage == ElementType::S8);
    CHECK(params.zeroPoint() == 0);
    CHECK(params.scale() == Approx(2.0 / 127));
}

TEST_CASE("an asymmetric range represents zero exactly and clips at most half a step") {
    for (const auto& [lo, hi] : {std::pair(-1.0F, 3.0F),
                                 {-3.0F, 1.0F},
                                 {-0.001F, 5.0F},
                                 {-5.0F, 0.001F},
                                 {-7.0F, -2.0F},
                                 {-1e-6F, 1e-6F},
                                 {-0.37F, 12.1F},
                                 {-FLT_MAX, FLT_MAX}}) {
        INFO(lo << " ... " << hi);
        const QuantParams params = activationParams(lo, hi, true);
        const float scale = params.scale();
        const int32_t zero = params.zeroPoint();
        CHECK(params.storage == ElementType::U8);
        CHECK(std::isfinite(scale));
        CHECK(quantize(0, scale, zero, params.storage) == zero);
        CHECK(dequantize(zero, scale, zero) == 0);
        CHECK(static_cast<double>(scale) * (0 - zero) <= lo + 0.5001 * scale);
        CHECK(static_cast<double>(scale) * (255 - zero) >= std::max(hi, 0.0F) - 0.5001 * scale);
    }
    // Worked by hand: 255 * 1/4 = 63.75, code 64; scale = max(3/191, 1/64).
    CHECK(activationParams(-1, 3, true).zeroPoint() == 64);
    CHECK(activationParams(-1, 3, true).scale() == Approx(3.0 / 191));
}

TEST_CASE("ranges without extent have a usable scale") {
    CHECK(activationParams(0, 0, true).scale() == 1);
    CHECK(activationParams(0, 0, false).scale() == 1);
    CHECK(activationParams(0, FLT_TRUE_MIN, false).scale() > 0);
    CHECK(activationParams(-FLT_TRUE_MIN, FLT_TRUE_MIN, true).scale() > 0);
}

TEST_CASE("a range that is not finite or reversed is refused") {
    CHECK(failureOf([] { activationParams(NAN, 1, true); }).code == ErrorCode::BadInput);
    CHECK(failureOf([] { activationParams(0, INFINITY, true); }).code == ErrorCode::BadInput);
    CHECK(failureOf([] { activationParams(2, 1, true); }).mentions("from 2 to 1"));
}

TEST_CASE("weights get one symmetric scale a channel") {
    const Tensor weights = floats({2, 3}, {1, -2, 0, 0, 0, 0});
    const QuantParams rows = weightParams(weights, 0, 8);
    CHECK(rows.storage == ElementType::S8);
    CHECK(rows.axis == 0);
    CHECK(rows.zeroPoints == std::vector<int32_t>{0, 0});
    CHECK(rows.scales[0] == Approx(2.0 / 127));
    CHECK(rows.scales[1] == 1);
    const QuantParams columns = weightParams(weights, 1, 7);
    CHECK(columns.scales.size() == 3);
    CHECK(columns.scales[0] == Approx(1.0 / 63));
    CHECK(columns.scales[1] == Approx(2.0 / 63));
    CHECK(quantize(-2, columns.scales[1], 0, ElementType::S8) == -63);
}

TEST_CASE("the scale of a channel in the middle sees exactly its own weights") {
    Random random(1);
    const Tensor weights = random.tensor({3, 4, 5});
    const QuantParams params = weightParams(weights, 1, 8);
    for (int64_t c = 0; c < 4; ++c) {
        float largest = 0;
        for (int64_t a = 0; a < 3; ++a)
            for (int64_t b = 0; b < 5; ++b)
                largest = std::max(largest, std::abs(weights.floats()[static_cast<size_t>((a * 4 + c) * 5 + b)]));
        CHECK(params.scales[static_cast<size_t>(c)] == Approx(largest / 127));
    }
}

TEST_CASE("without an axis all weights share the scale of the largest") {
    const QuantParams params = weightParams(floats({2, 3}, {1, -2, 0, 0.5F, 0, 0}), std::nullopt, 8);
    CHECK(!params.axis);
    CHECK(params.zeroPoints == std::vector<int32_t>{0});
    REQUIRE(params.scales.size() == 1);
    CHECK(params.scale() == Approx(2.0 / 127));
}

namespace {

std::vector<std::byte> codesOf(const Tensor& weights, const QuantParams& params) {
    const auto rows = static_cast<size_t>(weights.shape[0]);
    const size_t size = weights.floats().size() / rows;
    std::vector<std::byte> codes(rows * size);
    for (size_t row = 0; row < rows; ++row)
        quantize(weights.floats().subspan(row * size, size), params.scales[params.axis ? row : 0], 0, params.storage,
                 codes.data() + row * size);
    return codes;
}

} // namespace

TEST_CASE("pairs of weights are limited by the least scale at which all of them fit") {
    Random random(3);
    for (const Shape& shape : {Shape{8, 16, 3, 3}, Shape{5, 3, 7, 7}, Shape{4, 65}, Shape{3, 2, 3}})
        for (const std::optional<int> axis : {std::optional(0), std::optional<int>()}) {
            INFO(shape[0] << " rows of " << shape[1] << (axis ? "" : ", one scale"));
            const Tensor weights = random.tensor(shape);
            const QuantParams plain = weightParams(weights, axis, 8), limited = limitedToPairs(weights, plain);
            const int64_t inputs = shape[1], stride = elementCount(shape) / shape[0] / inputs;
            CHECK_FALSE(pairsFit(codesOf(weights, plain), inputs, stride));
            CHECK(pairsFit(codesOf(weights, limited), inputs, stride));
            CHECK(limited.axis == axis);
            for (size_t i = 0; i < plain.scales.size(); ++i) {
                CHECK(limited.scales[i] >= plain.scales[i]);
                CHECK(limited.scales[i] <
                      1.01F * 2 * 127 / 128 * plain.scales[i]); // two largest in a pair at the worst
                if (limited.scales[i] == plain.scales[i])
                    continue;
                QuantParams finer = limited;
                finer.scales[i] *= 0.985F; // a code more or less
                CHECK_FALSE(pairsFit(codesOf(weights, finer), inputs, stride));
            }
        }
}

TEST_CASE("only weights that meet in a sum are limited") {
    const auto scaleOf = [](Shape shape, const std::vector<float>& values) {
        const Tensor weights = floats(std::move(shape), values);
        return limitedToPairs(weights, weightParams(weights, 0, 8)).scale();
    };
    CHECK(scaleOf({1, 2}, {127, 127}) == Approx(127.0 / 64));
    CHECK(scaleOf({1, 2}, {-127, -127}) == Approx(127.0 / 64));
    CHECK(scaleOf({1, 2}, {127, -127}) == 1);         // opposite signs never leave the range of one
    CHECK(scaleOf({1, 2}, {127, 1}) == 1);            // 128 still fits
    CHECK(scaleOf({1, 3}, {0, 127, 127}) == 1);       // input channels 1 and 2 are no pair
    CHECK(scaleOf({1, 1, 2}, {127, 127}) == 1);       // one input channel has no partner
    CHECK(scaleOf({1, 2, 2}, {127, 0, 0, 127}) == 1); // other places of the kernel
    CHECK(scaleOf({1, 2, 2}, {0, 127, 0, 127}) == Approx(127.0 / 64));
    CHECK(scaleOf({1, 2}, {1e-30F, 1e-30F}) == Approx(1e-30 / 64)); // whose product is no float
    CHECK(scaleOf({1, 2}, {0, 0}) == 1);
    const float up = 63.5F; // both halves are rounded to 64, up; 65.5 to 66
    CHECK(scaleOf({1, 4}, {127, 0, up, 64.5F}) == 1);
    CHECK(scaleOf({1, 4}, {127, 0, 62.51F, 65.51F}) > 1); // rounded up both, to 129
    CHECK(scaleOf({1, 4}, {127, 0, 62.51F, 65.51F}) < 1.001F);
}

TEST_CASE("weights that are not finite are refused with the place") {
    const Failure failure = failureOf([] { weightParams(floats({1, 3}, {1, NAN, 2}), 0, 8); });
    CHECK(failure.code == ErrorCode::BadInput);
    CHECK(failure.mentions("number 1"));
    CHECK(failureOf([] { weightParams(floats({1}, {INFINITY}), 0, 8); }).code == ErrorCode::BadInput);
    CHECK(failureOf([] { weightParams(floats({1}, {1}), 1, 8); }).code == ErrorCode::Internal);
}

TEST_CASE("many values get the codes that each would get alone") {
    std::vector<float> values{0.0F, -0.0F, 1e30F, -1e30F, NAN, INFINITY, -INFINITY, 1e-42F};
    for (int i = -700; i <= 700; ++i)
        values.push_back(static_cast<float>(i) * 0.25F); // halves among them
    for (int i = 0; i < 1000; ++i)
        values.push_back(std::sin(static_cast<float>(i)) * 200);
    for (const ElementType storage : {ElementType::U8, ElementType::S8})
        for (const int32_t zeroPoint : {0, 3, 128, 255, -128, 127})
            for (const float scale : {0.5F, 1.0F, 0.37F, 3e-38F}) {
                if (zeroPoint < lowestCode(storage) || zeroPoint > highestCode(storage))
                    continue;
                std::vector<std::byte> codes(values.size());
                quantize(values, scale, zeroPoint, storage, codes.data());
                for (size_t i = 0; i < values.size(); ++i) {
                    const int32_t one = quantize(values[i], scale, zeroPoint, storage);
                    INFO(values[i] << " by " << scale << " and " << zeroPoint);
                    REQUIRE(codes[i] == static_cast<std::byte>(one));
                }
            }
}
