// SPDX-License-Identifier: GPL-3.0-or-later
// LSTM, GRU and RNN as loops over one sample, for readers whose files write gates in different orders.
#pragma once

#include "tests/core/formats/computed.h"

#include <cmath>
#include <vector>

namespace halftone::test {

/// Weights of one direction: for each gate [H, I], [H, H], [H].
struct LoopWeights {
    int inputs, units;
    std::vector<std::vector<float>> weights, recurrent, biases;

    LoopWeights(int gates, int inputSize, int unitCount, unsigned seed) : inputs(inputSize), units(unitCount) {
        for (int gate = 0; gate < gates; ++gate) {
            const auto part = static_cast<unsigned>(gate);
            weights.push_back(numbers(static_cast<size_t>(units * inputs), seed + 3 * part));
            recurrent.push_back(numbers(static_cast<size_t>(units * units), seed + 3 * part + 1));
            biases.push_back(numbers(static_cast<size_t>(units), seed + 3 * part + 2));
        }
    }

    double fromInput(int gate, int unit, const double* x) const {
        double sum = 0;
        for (int i = 0; i < inputs; ++i)
            sum += weights[gate][static_cast<size_t>(unit * inputs + i)] * x[i];
        return sum;
    }
    double fromState(int gate, int unit, const std::vector<double>& state) const {
        double sum = 0;
        for (int i = 0; i < units; ++i)
            sum += recurrent[gate][static_cast<size_t>(unit * units + i)] * state[static_cast<size_t>(i)];
        return sum;
    }
    double gate(int number, int unit, const double* x, const std::vector<double>& state) const {
        return fromInput(number, unit, x) + fromState(number, unit, state) + biases[number][static_cast<size_t>(unit)];
    }
};

inline double sigmoid(double x) {
    return 1 / (1 + std::exp(-x));
}

struct LoopState {
    std::vector<double> state, cell;
    std::vector<double> all; // [T, H]
};

/// Gates i, f, c, o. x [T, I].
inline LoopState lstmLoop(const LoopWeights& w, const std::vector<double>& x, LoopState now, bool backward = false) {
    const int length = static_cast<int>(x.size()) / w.inputs;
    now.all.assign(static_cast<size_t>(length * w.units), 0);
    for (int step = 0; step < length; ++step) {
        const int place = backward ? length - 1 - step : step;
        const double* at = &x[static_cast<size_t>(place * w.inputs)];
        const std::vector<double> before = now.state;
        for (int unit = 0; unit < w.units; ++unit) {
            const auto u = static_cast<size_t>(unit);
            now.cell[u] = sigmoid(w.gate(1, unit, at, before)) * now.cell[u] +
                          sigmoid(w.gate(0, unit, at, before)) * std::tanh(w.gate(2, unit, at, before));
            now.state[u] = sigmoid(w.gate(3, unit, at, before)) * std::tanh(now.cell[u]);
            now.all[static_cast<size_t>(place * w.units) + u] = now.state[u];
        }
    }
    return now;
}

/// Gates z, r, h. x [T, I]; `extra`: added within the reset product, which is then linear before the reset.
inline LoopState gruLoop(const LoopWeights& w, const std::vector<double>& x, LoopState now,
                         const std::vector<float>* extra = nullptr) {
    const int length = static_cast<int>(x.size()) / w.inputs;
    now.all.clear();
    for (int step = 0; step < length; ++step) {
        const double* at = &x[static_cast<size_t>(step * w.inputs)];
        const std::vector<double> before = now.state;
        std::vector<double> reset, kept;
        for (int unit = 0; unit < w.units; ++unit) {
            reset.push_back(sigmoid(w.gate(1, unit, at, before)));
            kept.push_back(reset.back() * before[static_cast<size_t>(unit)]);
        }
        for (int unit = 0; unit < w.units; ++unit) {
            const auto u = static_cast<size_t>(unit);
            const double update = sigmoid(w.gate(0, unit, at, before));
            const double past =
                extra ? reset[u] * (w.fromState(2, unit, before) + (*extra)[u]) : w.fromState(2, unit, kept);
            const double made = std::tanh(w.fromInput(2, unit, at) + w.biases[2][u] + past);
            now.state[u] = (1 - update) * made + update * before[u];
            now.all.push_back(now.state[u]);
        }
    }
    return now;
}

inline std::vector<double> wide(const std::vector<float>& values) {
    return {values.begin(), values.end()};
}

} // namespace halftone::test
