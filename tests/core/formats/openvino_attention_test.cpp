// SPDX-License-Identifier: GPL-3.0-or-later
// OpenVINO's attention, normalizations and weights of 4 bits against loops.
#include "tests/core/formats/computed.h"
#include "tests/core/formats/fed.h"
#include "tests/core/formats/ir_maker.h"

#include <cmath>
#include <limits>

using namespace halftone;
using namespace halftone::test;

namespace {

constexpr size_t kHeads = 2, kQueries = 3, kKeys = 4, kChannels = 5;

/// softmax(q * k^T * scale + mask) * v of one head after the other.
std::vector<double> attentionLoop(const std::vector<float>& q, const std::vector<float>& k, const std::vector<float>& v,
                                  double scale, const std::vector<double>& mask) {
    std::vector<double> result;
    for (size_t h = 0; h < kHeads; ++h)
        for (size_t i = 0; i < kQueries; ++i) {
            std::vector<double> scores(kKeys);
            double sum = 0;
            for (size_t j = 0; j < kKeys; ++j) {
                for (size_t c = 0; c < kChannels; ++c)
                    scores[j] +=
                        static_cast<double>(q[(h * kQueries + i) * kChannels + c]) * k[(h * kKeys + j) * kChannels + c];
                scores[j] = std::exp(scores[j] * scale + mask[i * kKeys + j]);
                sum += scores[j];
            }
            for (size_t c = 0; c < kChannels; ++c) {
                double value = 0;
                for (size_t j = 0; j < kKeys; ++j)
                    value += scores[j] / sum * v[(h * kKeys + j) * kChannels + c];
                result.push_back(value);
            }
        }
    return result;
}

const std::vector<float> kQ = numbers(kHeads * kQueries * kChannels, 1), kK = numbers(kHeads * kKeys * kChannels, 2),
                         kV = numbers(kHeads * kKeys * kChannels, 3);
constexpr double kNever = -std::numeric_limits<double>::infinity();

std::map<std::string, Tensor> attended(const std::string& data, const std::vector<int> (*more)(IrMaker&),
                                       const std::string& batch = "1,2,", Shape lead = {1, 2}) {
    IrMaker maker;
    std::vector<int> inputs{maker.parameter("q", batch + "3,5"), maker.parameter("k", batch + "4,5"),
                            maker.parameter("v", batch + "4,5")};
    for (const int each : more(maker))
        inputs.push_back(each);
    maker.result(maker.layer("y", "ScaledDotProductAttention", data, inputs, 1, "opset13"));
    const auto shaped = [&](int64_t positions, const std::vector<float>& values) {
        Shape shape = lead;
        shape.insert(shape.end(), {positions, kChannels});
        return Tensor::fromFloats(shape, values);
    };
    return feed(readIr(maker), {{"q", shaped(3, kQ)}, {"k", shaped(4, kK)}, {"v", shaped(4, kV)}});
}

} // namespace

TEST_CASE("OpenVINO: scaled dot product attention with masks, a scale, and in causal order") {
    const double usual = 1 / std::sqrt(static_cast<double>(kChannels));
    const std::vector<double> none(kQueries * kKeys, 0);
    const auto nothing = [](IrMaker&) -> const std::vector<int> { return {}; };
    checkEqual(attended("causal=\"false\"", nothing).at("y"), {1, 2, 3, 5}, attentionLoop(kQ, kK, kV, usual, none));
    checkEqual(attended("causal=\"false\"", nothing, "2,", {2}).at("y"), {2, 3, 5},
               attentionLoop(kQ, kK, kV, usual, none));
    const auto added = [](IrMaker& maker) -> const std::vector<int> {
        return {maker.floats("mask", "3,4", {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}), maker.floats("scale", "", {0.5F})};
    };
    std::vector<double> mask;
    for (int i = 0; i < 12; ++i)
        mask.push_back(i);
    checkEqual(attended("causal=\"false\"", added).at("y"), {1, 2, 3, 5}, attentionLoop(kQ, kK, kV, 0.5, mask));
    const auto allowed = [](IrMaker& maker) -> const std::vector<int> {
        return {maker.constant<uint8_t>("mask", "boolean", "1,1,1,4", {1, 0, 1, 1})};
    };
    std::vector<double> hidden = none, causal = none;
    for (size_t i = 0; i < kQueries; ++i) {
        hidden[i * kKeys + 1] = kNever;
        for (size_t j = i + 1; j < kKeys; ++j)
            causal[i * kKeys + j] = kNever;
    }
    checkEqual(attended("causal=\"false\"", allowed).at("y"), {1, 2, 3, 5}, attentionLoop(kQ, kK, kV, usual, hidden));
    const auto noMask = [](IrMaker& maker) -> const std::vector<int> {
        return {maker.floats("mask", "", {0}), maker.floats("scale", "", {0.25F})};
    };
    checkEqual(attended("causal=\"true\"", noMask).at("y"), {1, 2, 3, 5}, attentionLoop(kQ, kK, kV, 0.25, causal));
}

TEST_CASE("OpenVINO: MVN along any dimensions, with each place of its epsilon") {
    const std::vector<float> x = numbers(24, 9);
    const auto normalized = [&](const std::string& data, const std::vector<int64_t>& axes) {
        IrMaker maker;
        const int in = maker.parameter("x", "2,3,4"), along = maker.integers("axes", axes);
        maker.result(maker.layer("y", "MVN", data, {in, along}, 1, "opset6"));
        return compute(readIr(maker), Tensor::fromFloats({2, 3, 4}, x)).outputs[0];
    };
    const auto wanted = [&](bool outside, bool divides) { // along dimensions 0 and 2
        std::vector<double> result(24);
        for (size_t c = 0; c < 3; ++c) {
            double mean = 0, variance = 0;
            const auto each = [&](const auto& visit) {
                for (size_t n = 0; n < 2; ++n)
                    for (size_t i = 0; i < 4; ++i)
                        visit((n * 3 + c) * 4 + i);
            };
            each([&](size_t i) { mean += x[i] / 8.0; });
            each([&](size_t i) { variance += (x[i] - mean) * (x[i] - mean) / 8; });
            const double deviation = outside ? std::sqrt(variance) + 0.125 : std::sqrt(variance + 0.125);
            each([&](size_t i) { result[i] = (x[i] - mean) / (divides ? deviation : 1); });
        }
        return result;
    };
    const std::string data = "eps=\"0.125\" normalize_variance=\"true\" eps_mode=";
    checkEqual(normalized(data + "\"INSIDE_SQRT\"", {0, -1}), {2, 3, 4}, wanted(false, true));
    checkEqual(normalized(data + "\"outside_sqrt\"", {2, 0}), {2, 3, 4}, wanted(true, true));
    checkEqual(normalized("eps=\"0.125\" normalize_variance=\"false\" eps_mode=\"inside_sqrt\"", {0, 2}), {2, 3, 4},
               wanted(false, false));
}

TEST_CASE("OpenVINO: RMS and group normalization") {
    const std::vector<float> x = numbers(8, 4);
    IrMaker rms;
    const int in = rms.parameter("x", "2,4"), gamma = rms.floats("gamma", "4", {1, 2, 3, 4});
    rms.result(rms.layer("y", "RMS", "epsilon=\"0.25\"", {in, gamma}, 1, "ie_internal_opset"));
    std::vector<double> wanted;
    for (size_t n = 0; n < 2; ++n) {
        double sum = 0;
        for (size_t i = 0; i < 4; ++i)
            sum += static_cast<double>(x[n * 4 + i]) * x[n * 4 + i];
        for (size_t i = 0; i < 4; ++i)
            wanted.push_back(x[n * 4 + i] / std::sqrt(sum / 4 + 0.25) * static_cast<double>(i + 1));
    }
    checkEqual(compute(readIr(rms), Tensor::fromFloats({2, 4}, x)).outputs[0], {2, 4}, wanted);
    IrMaker groups;
    const int y = groups.parameter("x", "1,4,2"), scale = groups.floats("scale", "4", {1, 2, 3, 4}),
              bias = groups.floats("bias", "4", {5, 6, 7, 8});
    groups.result(
        groups.layer("y", "GroupNormalization", "num_groups=\"2\" epsilon=\"0.25\"", {y, scale, bias}, 1, "opset12"));
    wanted.clear();
    for (size_t g = 0; g < 2; ++g) {
        double mean = 0, variance = 0;
        for (size_t i = 0; i < 4; ++i)
            mean += x[g * 4 + i] / 4.0;
        for (size_t i = 0; i < 4; ++i)
            variance += (x[g * 4 + i] - mean) * (x[g * 4 + i] - mean) / 4;
        for (size_t i = 0; i < 4; ++i) {
            const auto channel = static_cast<double>(g * 2 + i / 2);
            wanted.push_back((x[g * 4 + i] - mean) / std::sqrt(variance + 0.25) * (channel + 1) + channel + 5);
        }
    }
    checkEqual(compute(readIr(groups), Tensor::fromFloats({1, 4, 2}, x)).outputs[0], {1, 4, 2}, wanted);
}

namespace {

/// Weights [2, 2, 2] of 4 bits, their scales [2, 2, 1], in one matrix [2, 4] that x is multiplied with.
IrMaker fourBits(const std::string& type, bool points) {
    IrMaker maker;
    const int x = maker.parameter("x", "1,4"),
              codes = maker.constant<uint8_t>("w", type, "2,2,2", {0x10, 0x7F, 0x98, 0x3C});
    int real = maker.layer("real", "Convert", "destination_type=\"f16\"", {codes});
    if (points) {
        const int zero = maker.constant<uint8_t>("z", type, "2,2,1", {0x21, 0x43}),
                  zeroReal = maker.layer("zreal", "Convert", "destination_type=\"f16\"", {zero});
        real = maker.layer("moved", "Subtract", "", {real, zeroReal});
    }
    const int scale = maker.floats("s", "2,2,1", {0.5F, 2, 1, 4}),
              scaled = maker.layer("scaled", "Multiply", "", {real, scale}), shape = maker.integers("shape", {2, 4}),
              whole = maker.layer("whole", "Reshape", "special_zero=\"false\"", {scaled, shape}),
              weights = maker.layer("weights", "Convert", "destination_type=\"f32\"", {whole});
    maker.result(maker.layer("y", "MatMul", "transpose_a=\"false\" transpose_b=\"true\"", {x, weights}));
    return maker;
}

} // namespace

TEST_CASE("OpenVINO: weights of 4 bits are the numbers that their codes mean, the first code in the lower half") {
    const auto product = [](const IrMaker& maker) {
        return compute(readIr(maker), Tensor::fromFloats({1, 4}, std::vector<float>{1, 10, 100, 1000})).outputs[0];
    };
    // Codes 0 1 | 15 7 and 8 9 | 12 3, as i4: 0 1 | -1 7 and -8 -7 | -4 3.
    checkEqual(product(fourBits("i4", false)), {1, 2}, {5 - 200 + 14000, -78 - 1600 + 12000});
    // Less 1 | 2 and 3 | 4.
    checkEqual(product(fourBits("u4", true)), {1, 2}, {-0.5 + 2600 + 10000, 5 + 60 + 3200 - 4000});
    const ReadModel file = readIr(fourBits("u4", true));
    CHECK(file.smallParameters == 12);
    CHECK(file.diagnostics.empty());
    constexpr double n1 = -0.6961928009986877, n3 = -0.39491748809814453, n8 = 0.07958029955625534,
                     n9 = 0.16093020141124725, n12 = 0.44070982933044434;
    checkEqual(product(fourBits("nf4", false)), {1, 2}, {-0.5 + 5 * n1 + 200, n8 + 10 * n9 + 400 * n12 + 4000 * n3});
}
