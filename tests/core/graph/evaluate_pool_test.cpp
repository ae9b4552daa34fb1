// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/core/graph/nodes.h"

#include <cfloat>

using namespace halftone;
using namespace halftone::test;

namespace {

Pool pool(PoolKind kind, std::vector<int64_t> kernel, std::vector<int64_t> strides, Pads pads, bool ceilMode = false,
          std::vector<int64_t> dilations = {}) {
    if (dilations.empty())
        dilations.assign(kernel.size(), 1);
    return {kind, false, std::move(kernel), std::move(strides), std::move(dilations), std::move(pads), ceilMode};
}

/// Two-dimensional pooling on a copy of the plane with its padding written out: NaN for padding that counts,
/// infinity for what ceil mode adds beyond it.
double pooledFromCopy(const Pool& op, const Tensor& x, int64_t oy, int64_t ox) {
    const int64_t height = x.shape[2], width = x.shape[3];
    const int64_t rows = op.pads[0] + height + op.pads[2], columns = op.pads[1] + width + op.pads[3];
    const int64_t beyond = 40;
    std::vector<double> copy(static_cast<size_t>((rows + beyond) * (columns + beyond)), INFINITY);
    const auto cell = [&](int64_t y, int64_t column) -> double& {
        return copy[static_cast<size_t>(y * (columns + beyond) + column)];
    };
    for (int64_t y = 0; y < rows; ++y)
        for (int64_t column = 0; column < columns; ++column)
            cell(y, column) = NAN;
    for (int64_t y = 0; y < height; ++y)
        for (int64_t column = 0; column < width; ++column)
            cell(op.pads[0] + y, op.pads[1] + column) = x.floats()[static_cast<size_t>(y * width + column)];

    double sum = 0, largest = -INFINITY, inside = 0, counted = 0;
    for (int64_t ky = 0; ky < op.kernel[0]; ++ky)
        for (int64_t kx = 0; kx < op.kernel[1]; ++kx) {
            const double value =
                cell(oy * op.strides[0] + ky * op.dilations[0], ox * op.strides[1] + kx * op.dilations[1]);
            counted += std::isinf(value) ? 0 : 1;
            if (std::isfinite(value)) {
                inside += 1;
                sum += value;
                largest = std::max(largest, value);
            }
        }
    if (op.kind == PoolKind::Max)
        return inside > 0 ? largest : -FLT_MAX;
    const double divisor = op.kind == PoolKind::AverageIncludePad ? counted : inside;
    return divisor > 0 ? sum / divisor : 0;
}

} // namespace

TEST_CASE("pooling computed by hand") {
    const Tensor x = floats({1, 1, 3, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9});
    CHECK(run(pool(PoolKind::Max, {2, 2}, {1, 1}, {0, 0, 0, 0}), {x}) == floats({1, 1, 2, 2}, {5, 6, 8, 9}));
    CHECK(run(pool(PoolKind::AverageExcludePad, {2, 2}, {2, 2}, {1, 1, 0, 0}), {x}) ==
          floats({1, 1, 2, 2}, {1, 2.5F, 5.5F, 7}));
    CHECK(run(pool(PoolKind::AverageIncludePad, {2, 2}, {2, 2}, {1, 1, 0, 0}), {x}) ==
          floats({1, 1, 2, 2}, {0.25F, 1.25F, 2.75F, 7}));
    CHECK(run(pool(PoolKind::Max, {2, 2}, {1, 1}, {0, 0, 0, 0}, false, {2, 2}), {x}) == floats({1, 1, 1, 1}, {9}));
    CHECK(run(Pool{PoolKind::AverageIncludePad, true, {}, {}, {}, {}, false}, {x}) == floats({1, 1, 1, 1}, {5}));
    CHECK(run(Pool{PoolKind::Max, true, {}, {}, {}, {}, false}, {x}) == floats({1, 1, 1, 1}, {9}));
}

TEST_CASE("a window that hangs over the end counts the padding but not what lies beyond") {
    const Tensor x = floats({1, 1, 3}, {2, 4, 6});
    CHECK(run(pool(PoolKind::AverageIncludePad, {2}, {2}, {0, 0}, true), {x}) == floats({1, 1, 2}, {3, 6}));
    CHECK(run(pool(PoolKind::AverageIncludePad, {4}, {2}, {0, 1}, true), {x}) == floats({1, 1, 1}, {3}));
    CHECK(run(pool(PoolKind::AverageIncludePad, {3}, {3}, {1, 1}, true), {x}) == floats({1, 1, 2}, {2, 3}));
    CHECK(run(pool(PoolKind::Max, {2}, {2}, {0, 0}, true), {floats({1, 1, 3}, {-5, -4, -6})}) ==
          floats({1, 1, 2}, {-4, -6}));
}

TEST_CASE("padding never wins a maximum") {
    const Tensor x = floats({1, 1, 2}, {-5, -7});
    CHECK(run(pool(PoolKind::Max, {3}, {1}, {1, 1}), {x}) == floats({1, 1, 2}, {-5, -5}));
}

TEST_CASE("a window wholly in the padding has the lowest maximum and the average 0") {
    const Tensor x = floats({1, 1, 1}, {3});
    CHECK(run(pool(PoolKind::Max, {1}, {1}, {1, 1}), {x}) == floats({1, 1, 3}, {-FLT_MAX, 3, -FLT_MAX}));
    CHECK(run(pool(PoolKind::AverageExcludePad, {1}, {1}, {1, 1}), {x}) == floats({1, 1, 3}, {0, 3, 0}));
    const Tensor bytes = run(Cast{ElementType::U8}, {x});
    CHECK(run(pool(PoolKind::Max, {1}, {1}, {1, 1}), {bytes}).toInt64s() == std::vector<int64_t>{0, 3, 0});
}

TEST_CASE("pooling agrees with pooling a copy that has its padding written out") {
    Random random(5);
    int compared = 0;
    for (int i = 0; i < 600; ++i) {
        const auto kind = static_cast<PoolKind>(random.integer(0, 2));
        Pool op = pool(kind, {random.integer(1, 4), random.integer(1, 4)}, {random.integer(1, 3), random.integer(1, 3)},
                       {}, random.integer(0, 1) == 1, {random.integer(1, 2), random.integer(1, 2)});
        for (int k = 0; k < 4; ++k)
            op.pads.push_back(random.integer(0, 3));
        const Tensor x = random.tensor({1, 1, random.integer(1, 8), random.integer(1, 8)});
        bool fits = true;
        for (size_t d = 0; d < 2; ++d)
            fits = fits && (op.kernel[d] - 1) * op.dilations[d] + 1 <= x.shape[2 + d] + op.pads[d] + op.pads[2 + d];
        if (!fits)
            continue;
        const Tensor y = run(op, {x});
        INFO("case " << i << " kind " << static_cast<int>(kind));
        for (int64_t oy = 0; oy < y.shape[2]; ++oy)
            for (int64_t ox = 0; ox < y.shape[3]; ++ox, ++compared)
                CHECK(y.floats()[static_cast<size_t>(oy * y.shape[3] + ox)] ==
                      static_cast<float>(pooledFromCopy(op, x, oy, ox)));
    }
    CHECK(compared > 2000);
}

TEST_CASE("planes are pooled apart, in one and three dimensions too") {
    CHECK(run(pool(PoolKind::Max, {2}, {2}, {0, 0}), {counting({2, 2, 4})}) ==
          floats({2, 2, 2}, {1, 3, 5, 7, 9, 11, 13, 15}));
    CHECK(run(pool(PoolKind::AverageExcludePad, {2, 2, 2}, {1, 1, 1}, {0, 0, 0, 0, 0, 0}),
              {counting({1, 2, 2, 2, 2})}) == floats({1, 2, 1, 1, 1}, {3.5F, 11.5F}));
}
