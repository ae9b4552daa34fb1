// SPDX-License-Identifier: GPL-3.0-or-later
// OpenVINO's recurrent layers against loops, and variables that last from one inference to the next.
#include "tests/core/formats/fed.h"
#include "tests/core/formats/ir_maker.h"
#include "tests/core/formats/recurrent_loops.h"

using namespace halftone;
using namespace halftone::test;

namespace {

constexpr int kInputs = 3, kUnits = 2, kLength = 4;
const std::vector<float> kX = numbers(kLength * kInputs, 77), kH{0.25F, -0.5F}, kC{0.75F, -1};

Tensor tensor(const Shape& shape, const std::vector<float>& values) {
    return Tensor::fromFloats(shape, values);
}

/// Of these gates, one behind the other.
std::vector<float> inOrder(const std::vector<std::vector<float>>& gates, const std::vector<size_t>& order) {
    std::vector<float> all;
    for (const size_t gate : order)
        all.insert(all.end(), gates[gate].begin(), gates[gate].end());
    return all;
}

/// Gates i, f, c, o of the loops as OpenVINO writes them.
const std::vector<size_t> kLstmOrder{1, 0, 2, 3};

std::string size(int number) {
    return std::to_string(number);
}

/// Weights, recurrent weights and biases of these directions. `directions`: the first dimension, "2," or nothing.
std::vector<int> weights(IrMaker& maker, const std::vector<const LoopWeights*>& each, const std::vector<size_t>& order,
                         const std::string& directions) {
    std::vector<float> w, r, b;
    for (const LoopWeights* direction : each) {
        const auto add = [&](std::vector<float>& all, const std::vector<std::vector<float>>& gates) {
            const std::vector<float> own = inOrder(gates, order);
            all.insert(all.end(), own.begin(), own.end());
        };
        add(w, direction->weights);
        add(r, direction->recurrent);
        add(b, direction->biases);
    }
    const std::string rows = directions + size(static_cast<int>(order.size()) * kUnits);
    return {maker.floats("w", rows + "," + size(kInputs), w), maker.floats("r", rows + "," + size(kUnits), r),
            maker.floats("b", rows, b)};
}

} // namespace

TEST_CASE("OpenVINO: LSTMSequence in each direction, its gates in OpenVINO's order") {
    const LoopWeights forward(4, kInputs, kUnits, 5), backward(4, kInputs, kUnits, 90);
    const LoopState ahead = lstmLoop(forward, wide(kX), {wide(kH), wide(kC), {}}),
                    back = lstmLoop(forward, wide(kX), {wide(kH), wide(kC), {}}, true),
                    second = lstmLoop(backward, wide(kX), {wide(kC), wide(kH), {}}, true);
    for (const std::string direction : {"forward", "reverse", "bidirectional"}) {
        INFO(direction);
        const bool both = direction == "bidirectional";
        const std::string states = both ? "1,2,2" : "1,1,2";
        IrMaker maker;
        std::vector<int> inputs{maker.parameter("x", "1,4,3"), maker.parameter("h", states),
                                maker.parameter("c", states), maker.integers("lengths", {kLength})};
        std::vector<const LoopWeights*> used{&forward};
        if (both)
            used.push_back(&backward);
        for (const int each : weights(maker, used, kLstmOrder, both ? "2," : "1,"))
            inputs.push_back(each);
        const int y =
            maker.layer("y", "LSTMSequence", "hidden_size=\"2\" direction=\"" + direction + "\"", inputs, 3, "opset5");
        for (int i = 0; i < 3; ++i)
            maker.result(y, i);
        std::vector<float> h = kH, c = kC;
        if (both) {
            h.insert(h.end(), kC.begin(), kC.end());
            c.insert(c.end(), kH.begin(), kH.end());
        }
        const int64_t directions = both ? 2 : 1;
        const auto outputs = feed(readIr(maker), {{"x", tensor({1, kLength, kInputs}, kX)},
                                                  {"h", tensor({1, directions, kUnits}, h)},
                                                  {"c", tensor({1, directions, kUnits}, c)}});
        const LoopState& first = direction == "reverse" ? back : ahead;
        std::vector<double> all = first.all, state = first.state, cell = first.cell;
        if (both) {
            all.insert(all.end(), second.all.begin(), second.all.end());
            state.insert(state.end(), second.state.begin(), second.state.end());
            cell.insert(cell.end(), second.cell.begin(), second.cell.end());
        }
        checkEqual(outputs.at("y"), {1, directions, kLength, kUnits}, all);
        checkEqual(outputs.at("y.1"), {1, directions, kUnits}, state);
        checkEqual(outputs.at("y.2"), {1, directions, kUnits}, cell);
    }
}

TEST_CASE("OpenVINO: GRUSequence with the reset before and behind the recurrent product") {
    const LoopWeights w(3, kInputs, kUnits, 5);
    const std::vector<float> extra{0.5F, -0.25F};
    for (const bool linear : {false, true}) {
        INFO(linear);
        IrMaker maker;
        std::vector<int> inputs{maker.parameter("x", "1,4,3"), maker.parameter("h", "1,1,2"),
                                maker.integers("lengths", {kLength})};
        std::vector<int> operands = weights(maker, {&w}, {0, 1, 2}, "1,");
        if (linear) {
            std::vector<float> b = inOrder(w.biases, {0, 1, 2});
            b.insert(b.end(), extra.begin(), extra.end());
            operands[2] = maker.floats("b4", "1,8", b);
        }
        inputs.insert(inputs.end(), operands.begin(), operands.end());
        const int y = maker.layer("y", "GRUSequence",
                                  std::string("hidden_size=\"2\" direction=\"forward\" linear_before_reset=\"") +
                                      (linear ? "true" : "false") + "\"",
                                  inputs, 2, "opset5");
        maker.result(y);
        maker.result(y, 1);
        const LoopState wanted = gruLoop(w, wide(kX), {wide(kH), {}, {}}, linear ? &extra : nullptr);
        const auto outputs =
            feed(readIr(maker), {{"x", tensor({1, kLength, kInputs}, kX)}, {"h", tensor({1, 1, kUnits}, kH)}});
        checkEqual(outputs.at("y"), {1, 1, kLength, kUnits}, wanted.all);
        checkEqual(outputs.at("y.1"), {1, 1, kUnits}, wanted.state);
    }
}

TEST_CASE("OpenVINO: cells go one step, and their activations are those of the file") {
    const LoopWeights w(4, kInputs, kUnits, 5), plain(1, kInputs, kUnits, 31);
    const std::vector<float> one(kX.begin(), kX.begin() + kInputs);
    IrMaker maker;
    const int x = maker.parameter("x", "1,3"), h = maker.parameter("h", "1,2"), c = maker.parameter("c", "1,2");
    std::vector<int> lstm{x, h, c}, rnn{x, h};
    for (const int each : weights(maker, {&w}, kLstmOrder, ""))
        lstm.push_back(each);
    for (const int each : {maker.floats("pw", "2,3", plain.weights[0]), maker.floats("pr", "2,2", plain.recurrent[0]),
                           maker.floats("pb", "2", plain.biases[0])})
        rnn.push_back(each);
    const int y = maker.layer("y", "LSTMCell", "hidden_size=\"2\"", lstm, 2, "opset4"),
              z = maker.layer("z", "RNNCell", "hidden_size=\"2\" activations=\"ReLU\" clip=\"0.4\"", rnn);
    maker.result(y);
    maker.result(y, 1);
    maker.result(z);
    const auto outputs =
        feed(readIr(maker),
             {{"x", tensor({1, kInputs}, one)}, {"h", tensor({1, kUnits}, kH)}, {"c", tensor({1, kUnits}, kC)}});
    const LoopState wanted = lstmLoop(w, wide(one), {wide(kH), wide(kC), {}});
    checkEqual(outputs.at("y"), {1, kUnits}, wanted.state);
    checkEqual(outputs.at("y.1"), {1, kUnits}, wanted.cell);
    std::vector<double> made;
    const std::vector<double> values = wide(one);
    for (int unit = 0; unit < kUnits; ++unit)
        made.push_back(std::max(0.0, std::clamp(plain.gate(0, unit, values.data(), wide(kH)), -0.4, 0.4)));
    checkEqual(outputs.at("z"), {1, kUnits}, made);
}

TEST_CASE("OpenVINO: recurrent weights and biases of impossible shapes are refused") {
    const auto refusal = [](const std::string& w, const std::string& r, const std::string& b) {
        const auto constant = [](IrMaker& maker, const std::string& name, const std::string& shape, size_t count) {
            return maker.floats(name, shape, numbers(count));
        };
        IrMaker maker;
        const std::vector<int> inputs{maker.parameter("x", "1,4,3"),  maker.parameter("h", "1,1,2"),
                                      maker.integers("lengths", {4}), constant(maker, "w", w, 18),
                                      constant(maker, "r", r, 12),    constant(maker, "b", b, b.empty() ? 1 : 6)};
        maker.result(maker.layer("y", "GRUSequence", "direction=\"forward\"", inputs, 2, "opset5"));
        return refusalOfIr(maker);
    };
    CHECK(refusal("1,6,3", "1,6,2", "1,6") == "read");
    CHECK_REFUSAL(refusal("6,3", "1,6,2", "1,6"), "bad-input", "weights of shape 6x3");
    CHECK_REFUSAL(refusal("1,6,3", "1,4,3", "1,6"), "bad-input", "3 gates of 3 units");
    CHECK_REFUSAL(refusal("1,6,3", "1,6,2", ""), "bad-input", "biases of shape");
    CHECK_REFUSAL(refusal("1,6,3", "1,6,2", "6,1"), "bad-input", "biases of shape 6x1");
}

TEST_CASE("OpenVINO: sequences of different lengths and activations that nobody knows are refused") {
    const LoopWeights w(1, kInputs, kUnits, 5);
    const auto refusal = [&](int64_t length, const std::string& data) {
        IrMaker maker;
        std::vector<int> inputs{maker.parameter("x", "1,4,3"), maker.parameter("h", "1,1,2"),
                                maker.integers("lengths", {length})};
        for (const int each : weights(maker, {&w}, {0}, "1,"))
            inputs.push_back(each);
        maker.result(
            maker.layer("y", "RNNSequence", "hidden_size=\"2\" direction=\"forward\"" + data, inputs, 2, "opset5"));
        return refusalOfIr(maker);
    };
    CHECK(refusal(4, "") == "read");
    CHECK_REFUSAL(refusal(3, ""), "unsupported", "sequences of 3 elements of 4");
    CHECK_REFUSAL(refusal(4, " activations=\"cosh\""), "unsupported", "activation cosh");
    CHECK_REFUSAL(refusal(4, " activations=\"tanh,tanh\""), "bad-input", "2 activations");
}

namespace {

/// y = what is kept + x; what is kept becomes 2 y.
IrMaker stateful(bool assigns) {
    IrMaker maker;
    const int x = maker.parameter("x", "1,2"), first = maker.floats("first", "1,2", {0.5F, 0.5F});
    const int kept = maker.layer(
        "kept", "ReadValue", "variable_id=\"sum\" variable_type=\"f32\" variable_shape=\"1,2\"", {first}, 1, "opset6");
    const int y = maker.layer("y", "Add", "", {kept, x});
    if (assigns)
        maker.layer("set", "Assign", "variable_id=\"sum\"", {maker.layer("twice", "Add", "", {y, y})}, 1, "opset6");
    maker.result(y);
    return maker;
}

} // namespace

TEST_CASE("OpenVINO: what a model keeps is an input, and its new value an output") {
    const ReadModel file = readIr(stateful(true));
    const auto outputs = feed(file, {{"x", tensor({1, 2}, {1, 2})}, {"sum", tensor({1, 2}, {10, 20})}});
    checkEqual(outputs.at("y"), {1, 2}, {11, 22});
    checkEqual(outputs.at("sum_next"), {1, 2}, {22, 44});
    REQUIRE(file.outputs.size() == 2);
    CHECK(file.outputs[1].name == "sum_next");
    REQUIRE(file.diagnostics.size() == 1);
    CHECK(file.diagnostics[0].code == "kept-states");
    CHECK(file.diagnostics[0].message.find("\"sum\" (at first 0.5; then \"sum_next\")") != std::string::npos);
    const ReadModel still = readIr(stateful(false));
    CHECK(feed(still, {{"x", tensor({1, 2}, {1, 2})}, {"sum", tensor({1, 2}, {10, 20})}}).size() == 1);
}
