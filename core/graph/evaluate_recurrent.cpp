// SPDX-License-Identifier: GPL-3.0-or-later
// RNN, GRU and LSTM by the formulas of ONNX's documents, one sample and one element of the sequence at a time.
#include "core/graph/evaluate_rules.h"

#include <algorithm>
#include <cmath>

namespace halftone {

namespace {

class Sequence {
public:
    Sequence(const Recurrent& op, const Inputs& inputs, const Results& results)
        : m_op(op), m_x(inputs[0]->toDoubles()), m_weights(inputs[1]->toDoubles()), m_recurrent(inputs[2]->toDoubles()),
          m_bias(given(inputs, 3)), m_peepholes(given(inputs, 6)), m_states(given(inputs, 4)),
          m_cells(given(inputs, 5)), m_length(inputs[0]->shape[0]), m_batch(inputs[0]->shape[1]),
          m_size(inputs[0]->shape[2]), m_hidden(inputs[2]->shape[2]), m_directions(inputs[2]->shape[0]),
          m_gates(gatesOf(op.kind)) {
        const auto states = static_cast<size_t>(elementCount(results[1].shape));
        m_states.resize(states);
        m_cells.resize(states);
        m_all.resize(static_cast<size_t>(elementCount(results[0].shape)));
    }

    std::vector<Tensor> run(const Results& results) {
        for (int64_t direction = 0; direction < m_directions; ++direction)
            for (int64_t sample = 0; sample < m_batch; ++sample)
                for (int64_t i = 0; i < m_length; ++i) {
                    const bool backward = direction == 1 || m_op.backward;
                    step(direction, sample, backward ? m_length - 1 - i : i);
                }
        std::vector<Tensor> tensors{tensorFromDoubles(results[0].type, results[0].shape, m_all),
                                    tensorFromDoubles(results[1].type, results[1].shape, m_states)};
        if (results.size() > 2)
            tensors.push_back(tensorFromDoubles(results[2].type, results[2].shape, m_cells));
        return tensors;
    }

private:
    static std::vector<double> given(const Inputs& inputs, size_t index) {
        return index < inputs.size() && inputs[index] ? inputs[index]->toDoubles() : std::vector<double>{};
    }

    double activated(int64_t direction, size_t which, double x) const {
        const size_t each = m_op.activations.size() / static_cast<size_t>(m_directions);
        if (m_op.clip > 0)
            x = std::clamp(x, -static_cast<double>(m_op.clip), static_cast<double>(m_op.clip));
        return applyUnary(m_op.activations[static_cast<size_t>(direction) * each + which], x);
    }
    double bias(int64_t direction, int64_t row, bool ofRecurrent) const {
        const int64_t rows = m_gates * m_hidden;
        return m_bias.empty() ? 0 : m_bias[static_cast<size_t>((2 * direction + (ofRecurrent ? 1 : 0)) * rows + row)];
    }
    /// Row `row` of the weights times x at this place.
    double fromInput(int64_t direction, int64_t sample, int64_t place, int64_t row) const {
        const double* weights = &m_weights[static_cast<size_t>((direction * m_gates * m_hidden + row) * m_size)];
        const double* x = &m_x[static_cast<size_t>((place * m_batch + sample) * m_size)];
        double sum = bias(direction, row, false);
        for (int64_t i = 0; i < m_size; ++i)
            sum += weights[i] * x[i];
        return sum;
    }
    double fromState(int64_t direction, int64_t row, const std::vector<double>& state) const {
        const double* weights = &m_recurrent[static_cast<size_t>((direction * m_gates * m_hidden + row) * m_hidden)];
        double sum = bias(direction, row, true);
        for (int64_t i = 0; i < m_hidden; ++i)
            sum += weights[i] * state[static_cast<size_t>(i)];
        return sum;
    }
    double peephole(int64_t direction, int64_t gate, int64_t unit) const {
        return m_peepholes.empty() ? 0 : m_peepholes[static_cast<size_t>((direction * 3 + gate) * m_hidden + unit)];
    }

    void step(int64_t direction, int64_t sample, int64_t place) {
        const auto first = static_cast<size_t>((direction * m_batch + sample) * m_hidden);
        const auto begin = m_states.begin() + static_cast<ptrdiff_t>(first);
        const std::vector<double> state(begin, begin + m_hidden);
        const auto gate = [&](int64_t number, int64_t unit) {
            const int64_t row = number * m_hidden + unit;
            return fromInput(direction, sample, place, row) + fromState(direction, row, state);
        };
        std::vector<double> reset(state.size());
        if (m_op.kind == RecurrentKind::Gru)
            for (int64_t unit = 0; unit < m_hidden; ++unit)
                reset[static_cast<size_t>(unit)] = activated(direction, 0, gate(1, unit));
        std::vector<double> kept(state.size());
        for (size_t unit = 0; unit < kept.size(); ++unit)
            kept[unit] = reset[unit] * state[unit];
        for (int64_t unit = 0; unit < m_hidden; ++unit) {
            const size_t at = first + static_cast<size_t>(unit);
            double next = 0;
            if (m_op.kind == RecurrentKind::Rnn) {
                next = activated(direction, 0, gate(0, unit));
            } else if (m_op.kind == RecurrentKind::Gru) {
                const double update = activated(direction, 0, gate(0, unit));
                const int64_t row = 2 * m_hidden + unit;
                const double before = m_op.linearBeforeReset
                                          ? reset[static_cast<size_t>(unit)] * fromState(direction, row, state)
                                          : fromState(direction, row, kept);
                const double made = activated(direction, 1, fromInput(direction, sample, place, row) + before);
                next = (1 - update) * made + update * state[static_cast<size_t>(unit)];
            } else {
                const double had = m_cells[at];
                const double in = activated(direction, 0, gate(0, unit) + peephole(direction, 0, unit) * had),
                             forget = activated(direction, 0, gate(2, unit) + peephole(direction, 2, unit) * had);
                m_cells[at] = forget * had + in * activated(direction, 1, gate(3, unit));
                const double out = activated(direction, 0, gate(1, unit) + peephole(direction, 1, unit) * m_cells[at]);
                const size_t each = m_op.activations.size() / static_cast<size_t>(m_directions);
                next = out * applyUnary(m_op.activations[static_cast<size_t>(direction) * each + 2], m_cells[at]);
            }
            m_states[at] = next;
            m_all[static_cast<size_t>(((place * m_directions + direction) * m_batch + sample) * m_hidden + unit)] =
                next;
        }
    }

    const Recurrent& m_op;
    std::vector<double> m_x, m_weights, m_recurrent, m_bias, m_peepholes, m_states, m_cells, m_all;
    int64_t m_length, m_batch, m_size, m_hidden, m_directions, m_gates;
};

} // namespace

std::vector<Tensor> evaluateOp(const Recurrent& op, const Inputs& inputs, const Results& results) {
    return Sequence(op, inputs, results).run(results);
}

} // namespace halftone
