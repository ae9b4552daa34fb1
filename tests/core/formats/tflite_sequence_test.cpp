// SPDX-License-Identifier: GPL-3.0-or-later
// TensorFlow Lite's recurrent layers against loops, and what a network keeps from run to run.
#include "tests/core/formats/fed.h"
#include "tests/core/formats/model_maker.h"
#include "tests/core/formats/recurrent_loops.h"
#include "tests/core/formats/tflite_maker.h"

#include <algorithm>

using namespace halftone;
using namespace halftone::test;

namespace {

constexpr int kLstm = 16, kMul = 18, kRnn = 24, kSvdf = 27, kUnidirectionalRnn = 35, kUnidirectionalLstm = 44,
              kBidirectionalLstm = 52, kCallOnce = 129, kVarHandle = 142, kReadVariable = 143, kAssignVariable = 144;
constexpr int kInputs = 3, kUnits = 2, kLength = 4;

/// Tensors of one direction behind each other: 4 weights, 4 recurrent ones, no peepholes, 4 biases, no projection.
std::vector<int> lstmOperands(TfliteMaker& maker, const LoopWeights& w, const std::string& prefix,
                              bool quantized = false) {
    std::vector<int> operands;
    const auto add = [&](const std::string& name, const std::vector<int>& shape, const std::vector<float>& values) {
        if (!quantized || shape.size() == 1)
            return maker.floats(prefix + name, shape, values);
        std::vector<int8_t> codes;
        for (const float value : values)
            codes.push_back(static_cast<int8_t>(std::lround(value * 64)));
        return maker.constant(prefix + name, shape, kInt8, codes, {{1.0F / 64}, {0}});
    };
    for (size_t gate = 0; gate < 4; ++gate)
        operands.push_back(add("w" + std::to_string(gate), {kUnits, kInputs}, w.weights[gate]));
    for (size_t gate = 0; gate < 4; ++gate)
        operands.push_back(add("r" + std::to_string(gate), {kUnits, kUnits}, w.recurrent[gate]));
    operands.insert(operands.end(), 3, kNoTensor);
    for (size_t gate = 0; gate < 4; ++gate)
        operands.push_back(add("b" + std::to_string(gate), {kUnits}, w.biases[gate]));
    operands.insert(operands.end(), 2, kNoTensor);
    return operands;
}

/// x -> UNIDIRECTIONAL_SEQUENCE_LSTM -> y; `change` may change the operands.
template <class Change>
std::string lstmFile(const LoopWeights& w, bool timeMajor, bool quantized, float cellClip, const Change& change) {
    TfliteMaker maker;
    const std::vector<int> shape =
        timeMajor ? std::vector<int>{kLength, 1, kInputs} : std::vector<int>{1, kLength, kInputs};
    const std::vector<int> result{shape[0], shape[1], kUnits};
    std::vector<int> operands{maker.tensor("x", shape)};
    const std::vector<int> weights = lstmOperands(maker, w, "", quantized);
    operands.insert(operands.end(), weights.begin(), weights.end());
    operands.push_back(maker.variable("h", {1, kUnits}));
    operands.push_back(maker.variable("c", {1, kUnits}));
    const int y = maker.tensor("y", result);
    change(maker, operands);
    maker.op(kUnidirectionalLstm, operands, {y}, 71,
             tfl::CreateSequenceLstm(maker.builder(), tfl::Activation::Tanh, cellClip, 0, timeMajor));
    return maker.bytes({0}, {y});
}

std::string lstmFile(const LoopWeights& w, bool timeMajor, bool quantized = false, float cellClip = 0) {
    return lstmFile(w, timeMajor, quantized, cellClip, [](TfliteMaker&, std::vector<int>&) {});
}

Tensor tensor(const Shape& shape, const std::vector<float>& values) {
    return Tensor::fromFloats(shape, values);
}

const std::vector<float> kX = numbers(kLength * kInputs, 77), kH{0.25F, -0.5F}, kC{0.75F, -1};

} // namespace

TEST_CASE("TFLite: an LSTM takes its states as inputs and gives the new ones away") {
    const LoopWeights w(4, kInputs, kUnits, 5);
    const LoopState wanted = lstmLoop(w, wide(kX), {wide(kH), wide(kC), {}});
    for (const bool timeMajor : {false, true}) {
        INFO(timeMajor);
        const ReadModel file = readBytes(lstmFile(w, timeMajor));
        const Shape x = timeMajor ? Shape{kLength, 1, kInputs} : Shape{1, kLength, kInputs},
                    y = timeMajor ? Shape{kLength, 1, kUnits} : Shape{1, kLength, kUnits};
        const auto outputs =
            feed(file, {{"x", tensor(x, kX)}, {"h", tensor({1, kUnits}, kH)}, {"c", tensor({1, kUnits}, kC)}});
        checkEqual(outputs.at("y"), y, wanted.all);
        checkEqual(outputs.at("h_next"), {1, kUnits}, wanted.state);
        checkEqual(outputs.at("c_next"), {1, kUnits}, wanted.cell);
        REQUIRE(file.outputs.size() == 3);
        CHECK(file.outputs[1].name == "h_next");
        REQUIRE(file.diagnostics.size() == 1);
        CHECK(file.diagnostics[0].code == "kept-states");
        CHECK(file.diagnostics[0].message.find("\"h\" (at first 0; then \"h_next\")") != std::string::npos);
    }
    CHECK(readBytes(lstmFile(w, false, false, 10)).diagnostics.back().code == "cell-clip");
}

TEST_CASE("TFLite: 8-bit weights of an LSTM of real numbers are the numbers that they mean") {
    LoopWeights w(4, kInputs, kUnits, 5);
    for (auto* gates : {&w.weights, &w.recurrent})
        for (std::vector<float>& gate : *gates)
            for (float& value : gate)
                value = static_cast<float>(std::lround(value * 64)) / 64;
    const LoopState wanted = lstmLoop(w, wide(kX), {wide(kH), wide(kC), {}});
    const auto outputs = feed(
        readBytes(lstmFile(w, false, true)),
        {{"x", tensor({1, kLength, kInputs}, kX)}, {"h", tensor({1, kUnits}, kH)}, {"c", tensor({1, kUnits}, kC)}});
    checkEqual(outputs.at("y"), {1, kLength, kUnits}, wanted.all);
}

TEST_CASE("TFLite: LSTMs with projections, coupled gates or layer normalization are refused by name") {
    const LoopWeights w(4, kInputs, kUnits, 5);
    const auto refusal = [&](const auto& change) -> std::string {
        try {
            refuseUnsupported(readBytes(lstmFile(w, false, false, 0, change)));
        } catch (const Error& error) {
            return error.message();
        }
        return "read";
    };
    CHECK(refusal([](TfliteMaker& maker, std::vector<int>& operands) {
              operands[16] = maker.floats("p", {2, 2}, {1, 2, 3, 4});
          }).find("with a projection") != std::string::npos);
    CHECK(refusal([](TfliteMaker&, std::vector<int>& operands) {
              operands[1] = operands[5] = kNoTensor;
          }).find("with coupled gates") != std::string::npos);
    CHECK(refusal([](TfliteMaker& maker, std::vector<int>& operands) {
              for (int i = 0; i < 4; ++i)
                  operands.push_back(maker.floats("n" + std::to_string(i), {2}, {1, 2}));
          }).find("with layer normalization") != std::string::npos);
    CHECK(refusal([](TfliteMaker& maker, std::vector<int>& operands) {
              operands[13] = maker.floats("b", {3}, {1, 2, 3});
          }).find("of gates of shapes 2 and 3") != std::string::npos);
    CHECK(refusal([](TfliteMaker& maker, std::vector<int>& operands) {
              operands[18] = maker.floats("fixed", {1, 2}, {1, 2});
          }).find("is no variable") != std::string::npos);
}

TEST_CASE("TFLite: peepholes let the gates see the cell") {
    const LoopWeights w(4, kInputs, kUnits, 5);
    const std::vector<float> p[3] = {{0.5F, -1}, {0.25F, 2}, {-0.75F, 1.5F}}; // i, f, o
    const std::string bytes = lstmFile(w, false, false, 0, [&](TfliteMaker& maker, std::vector<int>& operands) {
        for (size_t i = 0; i < 3; ++i)
            operands[9 + i] = maker.floats("p" + std::to_string(i), {kUnits}, p[i]);
    });
    std::vector<double> h = wide(kH), c = wide(kC), wanted;
    for (int t = 0; t < kLength; ++t) {
        const std::vector<double> x = wide(kX), before = h;
        const double* at = &x[static_cast<size_t>(t * kInputs)];
        for (int u = 0; u < kUnits; ++u) {
            const auto k = static_cast<size_t>(u);
            const double in = sigmoid(w.gate(0, u, at, before) + p[0][k] * c[k]),
                         forget = sigmoid(w.gate(1, u, at, before) + p[1][k] * c[k]);
            c[k] = forget * c[k] + in * std::tanh(w.gate(2, u, at, before));
            h[k] = sigmoid(w.gate(3, u, at, before) + p[2][k] * c[k]) * std::tanh(c[k]);
            wanted.push_back(h[k]);
        }
    }
    const auto outputs = feed(
        readBytes(bytes),
        {{"x", tensor({1, kLength, kInputs}, kX)}, {"h", tensor({1, kUnits}, kH)}, {"c", tensor({1, kUnits}, kC)}});
    checkEqual(outputs.at("y"), {1, kLength, kUnits}, wanted);
}

TEST_CASE("TFLite: an LSTM in both directions gives both results side by side") {
    const LoopWeights forward(4, kInputs, kUnits, 5), backward(4, kInputs, kUnits, 90);
    TfliteMaker maker;
    std::vector<int> operands{maker.tensor("x", {1, kLength, kInputs})};
    for (const auto& [w, prefix] : {std::pair(&forward, "f"), std::pair(&backward, "b")}) {
        const std::vector<int> weights = lstmOperands(maker, *w, prefix);
        operands.insert(operands.end(), weights.begin(), weights.end());
    }
    for (const char* name : {"fh", "fc", "bh", "bc"})
        operands.push_back(maker.variable(name, {1, kUnits}));
    operands.insert(operands.end(), 9, kNoTensor);
    const int y = maker.tensor("y", {1, kLength, 2 * kUnits});
    maker.op(kBidirectionalLstm, operands, {y}, 69,
             tfl::CreateBidirectionalLstm(maker.builder(), tfl::Activation::Tanh, 0, 0, true, false));
    const Tensor h = tensor({1, kUnits}, kH), c = tensor({1, kUnits}, kC);
    const auto outputs = feed(readBytes(maker.bytes({0}, {y})),
                              {{"x", tensor({1, kLength, kInputs}, kX)}, {"fh", h}, {"fc", c}, {"bh", c}, {"bc", h}});
    const LoopState a = lstmLoop(forward, wide(kX), {wide(kH), wide(kC), {}}),
                    b = lstmLoop(backward, wide(kX), {wide(kC), wide(kH), {}}, true);
    std::vector<double> wanted;
    for (size_t t = 0; t < kLength; ++t)
        for (const LoopState* each : {&a, &b})
            for (size_t u = 0; u < kUnits; ++u)
                wanted.push_back(each->all[t * kUnits + u]);
    checkEqual(outputs.at("y"), {1, kLength, 2 * kUnits}, wanted);
    checkEqual(outputs.at("bh_next"), {1, kUnits}, b.state);
    checkEqual(outputs.at("fc_next"), {1, kUnits}, a.cell);
}

TEST_CASE("TFLite: cells of one element and plain recurrent layers") {
    const LoopWeights w(4, kInputs, kUnits, 5), plain(1, kInputs, kUnits, 31);
    const std::vector<float> one(kX.begin(), kX.begin() + kInputs);
    const Tensor h = tensor({1, kUnits}, kH), c = tensor({1, kUnits}, kC);
    TfliteMaker cell;
    std::vector<int> operands{cell.tensor("x", {1, kInputs})};
    const std::vector<int> weights = lstmOperands(cell, w, "");
    operands.insert(operands.end(), weights.begin(), weights.end());
    operands.push_back(cell.variable("h", {1, kUnits}));
    operands.push_back(cell.variable("c", {1, kUnits}));
    const int y = cell.tensor("y", {1, kUnits});
    cell.op(kLstm, operands, {y}, 14, tfl::CreateLstm(cell.builder(), tfl::Activation::Tanh));
    const LoopState wanted = lstmLoop(w, wide(one), {wide(kH), wide(kC), {}});
    const auto outputs = feed(readBytes(cell.bytes({0}, {y})), {{"x", tensor({1, kInputs}, one)}, {"h", h}, {"c", c}});
    checkEqual(outputs.at("y"), {1, kUnits}, wanted.state);
    checkEqual(outputs.at("c_next"), {1, kUnits}, wanted.cell);
    for (const bool sequence : {false, true}) {
        INFO(sequence);
        TfliteMaker maker;
        const int x = maker.tensor("x",
                                   sequence ? std::vector<int>{1, kLength, kInputs} : std::vector<int>{1, kInputs}),
                  from = maker.floats("w", {kUnits, kInputs}, plain.weights[0]),
                  back = maker.floats("r", {kUnits, kUnits}, plain.recurrent[0]),
                  bias = maker.floats("b", {kUnits}, plain.biases[0]), state = maker.variable("h", {1, kUnits}),
                  out =
                      maker.tensor("y", sequence ? std::vector<int>{1, kLength, kUnits} : std::vector<int>{1, kUnits});
        if (sequence)
            maker.op(kUnidirectionalRnn, {x, from, back, bias, state}, {out}, 31,
                     tfl::CreateSequenceRnn(maker.builder(), false, tfl::Activation::Relu));
        else
            maker.op(kRnn, {x, from, back, bias, state}, {out}, 7,
                     tfl::CreateActivated(maker.builder(), tfl::Activation::Relu));
        std::vector<double> now = wide(kH), all;
        for (int t = 0; t < (sequence ? kLength : 1); ++t) {
            const std::vector<double> before = now, values = wide(kX);
            for (int u = 0; u < kUnits; ++u) {
                now[static_cast<size_t>(u)] =
                    std::max(0.0, plain.gate(0, u, &values[static_cast<size_t>(t * kInputs)], before));
                all.push_back(now[static_cast<size_t>(u)]);
            }
        }
        const Tensor fed = sequence ? tensor({1, kLength, kInputs}, kX) : tensor({1, kInputs}, one);
        const auto made = feed(readBytes(maker.bytes({0}, {out})), {{"x", fed}, {"h", h}});
        checkEqual(made.at("y"), sequence ? Shape{1, kLength, kUnits} : Shape{1, kUnits}, all);
        checkEqual(made.at("h_next"), {1, kUnits}, now);
    }
}

TEST_CASE("TFLite: SVDF keeps the last features and weighs them") {
    constexpr size_t kFeatures = 4, kMemory = 3, kRank = 2;
    const auto features = numbers(kFeatures * kInputs, 3), time = numbers(kFeatures * kMemory, 4),
               had = numbers(kFeatures * kMemory, 6);
    const std::vector<float> x(kX.begin(), kX.begin() + kInputs);
    TfliteMaker maker;
    const int in = maker.tensor("x", {1, kInputs}), f = maker.floats("f", {kFeatures, kInputs}, features),
              t = maker.floats("t", {kFeatures, kMemory}, time), bias = maker.floats("b", {2}, {0.5F, -0.25F}),
              state = maker.variable("s", {1, kFeatures * kMemory}), y = maker.tensor("y", {1, 2});
    maker.op(kSvdf, {in, f, t, bias, state}, {y}, 6, tfl::CreateSvdf(maker.builder(), kRank, tfl::Activation::Relu));
    std::vector<double> sums{0.5, -0.25}, now;
    for (size_t i = 0; i < kFeatures; ++i) {
        double newest = 0;
        for (size_t k = 0; k < kInputs; ++k)
            newest += static_cast<double>(features[i * kInputs + k]) * x[k];
        for (size_t k = 0; k < kMemory; ++k) {
            now.push_back(k + 1 < kMemory ? had[i * kMemory + k + 1] : newest);
            sums[i / kRank] += now.back() * time[i * kMemory + k];
        }
    }
    for (double& sum : sums)
        sum = std::max(sum, 0.0);
    const auto outputs = feed(readBytes(maker.bytes({0}, {y})),
                              {{"x", tensor({1, kInputs}, x)}, {"s", tensor({1, kFeatures * kMemory}, had)}});
    checkEqual(outputs.at("y"), {1, 2}, sums);
    checkEqual(outputs.at("s_next"), {1, kFeatures * kMemory}, now);
}

namespace {

/// y = variable * x, and the variable becomes x where `assigns`; a network that runs once gives it 0.5.
std::string variableFile(bool assigns, bool sets = true) {
    TfliteMaker maker;
    const int x = maker.tensor("x", {2}), handle = maker.tensor("handle", {}, kResource),
              value = maker.tensor("value", {2}), y = maker.tensor("y", {2});
    const auto addHandle = [](TfliteMaker& each, int tensor) {
        each.op(kVarHandle, {}, {tensor}, 111, tfl::CreateVarHandleDirect(each.builder(), "", "gain"));
    };
    if (sets)
        maker.op(kCallOnce, {}, {}, 103, tfl::CreateCallOnce(maker.builder(), 1));
    addHandle(maker, handle);
    maker.op(kReadVariable, {handle}, {value});
    if (assigns)
        maker.op(kAssignVariable, {handle, x}, {});
    maker.op(kMul, {value, x}, {y});
    if (sets)
        maker.network([&](TfliteMaker& other) {
            const int own = other.tensor("own", {}, kResource), first = other.floats("first", {2}, {0.5F, 0.5F});
            addHandle(other, own);
            other.op(kAssignVariable, {own, first}, {});
        });
    return maker.bytes({0}, {y});
}

} // namespace

TEST_CASE("TFLite: variables are inputs and outputs where they change, and constants where they do not") {
    const Tensor x = tensor({2}, {3, 4});
    const ReadModel file = readBytes(variableFile(true));
    const auto outputs = feed(file, {{"x", x}, {"gain", tensor({2}, {10, 100})}});
    checkEqual(outputs.at("y"), {2}, {30, 400});
    checkEqual(outputs.at("gain_next"), {2}, {3, 4});
    REQUIRE(file.diagnostics.size() == 1);
    CHECK(file.diagnostics[0].message.find("\"gain\" (at first 0.5; then \"gain_next\")") != std::string::npos);
    const ReadModel fixed = readBytes(variableFile(false));
    CHECK(fixed.diagnostics.empty());
    checkEqual(feed(fixed, {{"x", x}}).at("y"), {2}, {1.5, 2});
    const ReadModel unset = readBytes(variableFile(false, false));
    checkEqual(feed(unset, {{"x", x}, {"gain", tensor({2}, {1, 2})}}).at("y"), {2}, {3, 8});
    CHECK(unset.diagnostics[0].message.find("what the file computes") != std::string::npos);
}
