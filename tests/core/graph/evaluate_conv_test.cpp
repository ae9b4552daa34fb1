// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/core/graph/nodes.h"

using namespace halftone;
using namespace halftone::test;

namespace {

/// The convolution seen from its input: every element of x is added, times a weight, to each output that it
/// reaches. Any number of spatial dimensions.
std::vector<double> scattered(const Conv& op, const Tensor& x, const Tensor& w, const Tensor* bias,
                              const Shape& result) {
    const size_t spatial = x.shape.size() - 2;
    const auto step = [](std::vector<int64_t>& index, const Shape& shape) { // false after the last index
        for (size_t i = shape.size(); i-- > 0; index[i] = 0)
            if (++index[i] < shape[i])
                return true;
        return false;
    };
    const auto at = [](const std::vector<int64_t>& index, const Shape& shape) {
        int64_t offset = 0;
        for (size_t i = 0; i < shape.size(); ++i)
            offset = offset * shape[i] + index[i];
        return static_cast<size_t>(offset);
    };
    int64_t inner = 1, outputs = 1;
    for (size_t i = 0; i < result.size(); ++i)
        (i < 2 ? outputs : inner) *= result[i];
    std::vector<double> y(static_cast<size_t>(outputs * inner));
    for (size_t i = 0; bias && i < y.size(); ++i)
        y[i] = bias->floats()[i / static_cast<size_t>(inner) % static_cast<size_t>(result[1])];

    const int64_t perGroupIn = x.shape[1] / op.groups, perGroupOut = w.shape[0] / op.groups;
    std::vector<int64_t> from(x.shape.size(), 0);
    do {
        std::vector<int64_t> weight(w.shape.size(), 0);
        do {
            std::vector<int64_t> to(result.size(), 0);
            to[0] = from[0];
            to[1] = weight[0];
            bool reached = from[1] / perGroupIn == weight[0] / perGroupOut && from[1] % perGroupIn == weight[1];
            for (size_t i = 0; i < spatial && reached; ++i) {
                const int64_t start = from[2 + i] + op.pads[i] - weight[2 + i] * op.dilations[i];
                to[2 + i] = start / op.strides[i];
                reached = start >= 0 && start % op.strides[i] == 0 && to[2 + i] < result[2 + i];
            }
            if (reached)
                y[at(to, result)] += static_cast<double>(x.floats()[at(from, x.shape)]) *
                                     static_cast<double>(w.floats()[at(weight, w.shape)]);
        } while (step(weight, w.shape));
    } while (step(from, x.shape));
    return y;
}

} // namespace

TEST_CASE("a convolution computed by hand") {
    const Conv op{{1, 1}, {1, 1}, {1, 0, 0, 1}, 1, {}};
    const Tensor x = floats({1, 1, 2, 2}, {1, 2, 3, 4});
    const Tensor w = floats({1, 1, 2, 2}, {1, 10, 100, 1000});
    // One row of zeros above, one column to the right.
    CHECK(run(op, {x, w}) == floats({1, 1, 2, 2}, {2100, 200, 4321, 402}));
    CHECK(run(op, {x, w, floats({1}, {0.5F})}) == floats({1, 1, 2, 2}, {2100.5F, 200.5F, 4321.5F, 402.5F}));
    CHECK(run(op, {x, w, std::nullopt}) == run(op, {x, w}));
}

TEST_CASE("groups see only their own channels") {
    const Conv op{{1, 1}, {1, 1}, {0, 0, 0, 0}, 2, {}};
    const Tensor x = floats({1, 4, 1, 1}, {1, 2, 3, 4});
    const Tensor w = floats({2, 2, 1, 1}, {1, 10, 1, 10});
    CHECK(run(op, {x, w}) == floats({1, 2, 1, 1}, {21, 43}));
}

TEST_CASE("convolutions of one to three dimensions agree with adding up from the input") {
    Random random(4);
    for (int i = 0; i < 300; ++i) {
        const auto spatial = static_cast<size_t>(random.integer(1, 3));
        Conv op;
        op.groups = random.integer(1, 3);
        Shape x = {random.integer(1, 2), op.groups * random.integer(1, 2)};
        Shape w = {op.groups * random.integer(1, 2), x[1] / op.groups};
        for (size_t d = 0; d < spatial; ++d) {
            op.strides.push_back(random.integer(1, 3));
            op.dilations.push_back(random.integer(1, 3));
            x.push_back(random.integer(1, 7));
            w.push_back(random.integer(1, 3));
        }
        for (size_t d = 0; d < 2 * spatial; ++d)
            op.pads.push_back(random.integer(0, 4));
        for (size_t d = 0; d < spatial; ++d)
            x[2 + d] = std::max(x[2 + d], (w[2 + d] - 1) * op.dilations[d] + 1);
        const Tensor input = random.tensor(x), weights = random.tensor(w), bias = random.tensor({w[0]});
        const bool withBias = random.integer(0, 1) == 1;
        INFO("case " << i << ": x " << Catch::Detail::stringify(x) << " w " << Catch::Detail::stringify(w));
        const Tensor y = run(op, {input, weights, withBias ? std::optional(bias) : std::nullopt});
        const std::vector<double> expected = scattered(op, input, weights, withBias ? &bias : nullptr, y.shape);
        const std::vector<double> actual = y.toDoubles();
        REQUIRE(actual.size() == expected.size());
        double largest = 0;
        for (size_t k = 0; k < expected.size(); ++k)
            largest = std::max(largest, std::abs(actual[k] - expected[k]));
        CHECK(largest < 1e-6);
    }
}

TEST_CASE("sums are kept in double until the end") {
    // In float, 2^24 + 1 is 2^24 and the ones would be lost.
    const Tensor x = floats({1, 4, 1}, {16777216, 1, 1, -16777216});
    const Tensor w = floats({1, 4, 1}, {1, 1, 1, 1});
    CHECK(run(Conv{{1}, {1}, {0, 0}, 1, {}}, {x, w}).floats()[0] == 2);
    CHECK(run(FullyConnected{}, {floats({1, 4}, {16777216, 1, 1, -16777216}), floats({1, 4}, {1, 1, 1, 1})})
              .floats()[0] == 2);
}

TEST_CASE("post-ops are applied in order") {
    const Tensor x = floats({1, 1, 3}, {-1, 2, 5});
    const Tensor w = floats({1, 1, 1}, {1});
    const Tensor other = floats({1, 1, 3}, {-3, -3, -3});
    const auto conv = [](PostOps postOps) { return Conv{{1}, {1}, {0, 0}, 1, std::move(postOps)}; };
    CHECK(run(conv({AddInput{3}, Unary{}}), {x, w, std::nullopt, other}) == floats({1, 1, 3}, {0, 0, 2}));
    CHECK(run(conv({Unary{}, AddInput{3}}), {x, w, std::nullopt, other}) == floats({1, 1, 3}, {-3, -1, 2}));
    CHECK(run(conv({Unary{UnaryKind::Clip, 0, 3}, Unary{UnaryKind::Square, 0, 0}}), {x, w}) ==
          floats({1, 1, 3}, {0, 4, 9}));
}

TEST_CASE("half precision is computed in double and rounded once") {
    const auto half = [](const Tensor& x) { return run(Cast{ElementType::F16}, {x}); };
    const Tensor y =
        run(Conv{{1}, {1}, {0, 0}, 1, {}}, {half(floats({1, 3, 1}, {2048, 1, 1})), half(floats({1, 3, 1}, {1, 1, 1}))});
    CHECK(y.type == ElementType::F16);
    CHECK(y.toFloats() == std::vector<float>{2050}); // adding in half would give 2048
}
