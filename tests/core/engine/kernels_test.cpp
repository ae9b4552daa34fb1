// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/kernels/kernels.h"

#include "tests/core/engine/engine_test.h"

#include <cmath>
#include <random>

using namespace halftone;
using namespace halftone::engine;
using namespace halftone::test;

namespace {

std::vector<std::byte> randomCodes(size_t count) {
    std::mt19937 random(4);
    std::vector<std::byte> codes(count);
    for (std::byte& code : codes)
        code = static_cast<std::byte>(random());
    return codes;
}

int32_t codeAt(const std::vector<std::byte>& codes, size_t at, ElementType storage) {
    return storage == ElementType::U8 ? static_cast<int32_t>(static_cast<uint8_t>(codes[at]))
                                      : static_cast<int32_t>(static_cast<int8_t>(codes[at]));
}

const QuantParams unsignedGrid{ElementType::U8, {0.05F}, {77}, std::nullopt};
const QuantParams signedGrid{ElementType::S8, {0.02F}, {0}, std::nullopt};

} // namespace

TEST_CASE("the global average of codes is the mean of what they stand for") {
    for (const QuantParams& src : {unsignedGrid, signedGrid})
        for (const auto& [batch, channels, positions] :
             {std::tuple{1, 1, 1}, std::tuple{2, 5, 9}, std::tuple{3, 64, 49}, std::tuple{1, 130, 7}}) {
            const auto codes = randomCodes(static_cast<size_t>(batch * channels * positions));
            const auto results = static_cast<size_t>(batch * channels);
            std::vector<std::byte> floats(results * sizeof(float)), dst(results);
            globalAverage({batch, channels, positions, src, std::nullopt}, codes.data(), floats.data());
            const QuantParams to{ElementType::S8, {0.004F}, {-3}, std::nullopt};
            globalAverage({batch, channels, positions, src, to}, codes.data(), dst.data());
            for (size_t n = 0; n < static_cast<size_t>(batch); ++n)
                for (size_t c = 0; c < static_cast<size_t>(channels); ++c) {
                    double sum = 0;
                    for (size_t p = 0; p < static_cast<size_t>(positions); ++p) {
                        const size_t at = (n * static_cast<size_t>(positions) + p) * static_cast<size_t>(channels) + c;
                        sum += static_cast<double>(src.scale()) * (codeAt(codes, at, src.storage) - src.zeroPoint());
                    }
                    const double mean = sum / positions;
                    const size_t at = n * static_cast<size_t>(channels) + c;
                    CHECK(reinterpret_cast<const float*>(floats.data())[at] == Approx(mean).margin(1e-5));
                    const double wanted = std::clamp(std::nearbyint(mean / 0.004) - 3, -128.0, 127.0);
                    CHECK(std::abs(codeAt(dst, at, ElementType::S8) - wanted) <= 1);
                }
        }
}

TEST_CASE("a table of codes holds the function's result for every code") {
    for (const QuantParams& src : {unsignedGrid, signedGrid})
        for (const QuantParams& dst : {unsignedGrid, signedGrid}) {
            const CodeTable table = codeTable({UnaryKind::Tanh}, src, dst);
            const auto codes = randomCodes(1000);
            std::vector<std::byte> results(codes.size());
            lookUp(table, static_cast<int64_t>(codes.size()), codes.data(), results.data());
            for (size_t i = 0; i < codes.size(); ++i) {
                const double x = static_cast<double>(src.scale()) * (codeAt(codes, i, src.storage) - src.zeroPoint());
                const double wanted = std::nearbyint(std::tanh(x) / static_cast<double>(dst.scale())) + dst.zeroPoint();
                CHECK(codeAt(results, i, dst.storage) == wanted);
            }
        }
}

TEST_CASE("every unary function of floats equals the plain loop's") {
    const std::vector<float> xs{-3, -1, -0.5F, -0.0F, 0.25F, 1, 2.5F, 7};
    for (int kind = 0; kind <= static_cast<int>(UnaryKind::Ceil); ++kind) {
        const Unary op{static_cast<UnaryKind>(kind), 0.3F, 0.6F};
        std::vector<float> results(xs.size());
        mapFloats(op, static_cast<int64_t>(xs.size()), xs.data(), results.data());
        GraphBuilder b;
        const Graph graph = b.build({b.node("f", op, {b.input("x", {8})})});
        const auto wanted = evaluate(graph, {{0, Tensor::fromFloats({8}, xs)}}).at(graph.outputs[0]).toFloats();
        for (size_t i = 0; i < xs.size(); ++i) {
            INFO(opName(Op(op)) << " of " << xs[i]);
            if (std::isnan(wanted[i]) || std::isinf(wanted[i]))
                CHECK(std::isnan(results[i]) == std::isnan(wanted[i]));
            else
                CHECK(results[i] == Approx(wanted[i]).margin(1e-6));
        }
    }
}

TEST_CASE("broadcasting follows the strides and applies activations") {
    const std::vector<float> left{1, 2, 3, 4, 5, 6}, right{10, -20};
    std::vector<float> dst(12);
    broadcast({BinaryKind::Mul, {{UnaryKind::Relu}}, {2, 2, 3}, {0, 3, 1}, {1, 0, 0}}, left.data(), right.data(),
              dst.data());
    CHECK(dst == std::vector<float>{10, 20, 30, 40, 50, 60, 0, 0, 0, 0, 0, 0});
    float scalar = 0;
    broadcast({BinaryKind::Pow, {}, {}, {}, {}}, left.data() + 1, left.data() + 2, &scalar);
    CHECK(scalar == 8);
}
