// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/kernels/recurrent.h"

#include "core/base/vectors.h"
#include "core/graph/evaluate_rules.h"

#include <algorithm>
#include <cmath>

namespace halftone::engine {

namespace {

constexpr int64_t kBlock = 64; // sums that stay in registers

/// sums[0..columns) += x[0..count) * matrix, whose rows are `stride` apart.
HALFTONE_FUSED_VECTORS void addProduct(const float* __restrict x, int64_t count, const float* __restrict matrix,
                                       int64_t stride, int64_t columns, float* __restrict sums) {
    int64_t begin = 0;
    for (; begin + kBlock <= columns; begin += kBlock) {
        float block[kBlock];
        std::copy_n(sums + begin, kBlock, block);
        for (int64_t i = 0; i < count; ++i)
            for (int64_t k = 0; k < kBlock; ++k)
                block[k] += x[i] * matrix[i * stride + begin + k];
        std::copy_n(block, kBlock, sums + begin);
    }
    for (int64_t i = 0; i < count; ++i)
        for (int64_t k = begin; k < columns; ++k)
            sums[k] += x[i] * matrix[i * stride + k];
}

/// `src` [rows, columns] as [columns, rows].
void appendTransposed(std::span<const float> src, int64_t rows, int64_t columns, std::vector<float>& dst) {
    for (int64_t column = 0; column < columns; ++column)
        for (int64_t row = 0; row < rows; ++row)
            dst.push_back(src[static_cast<size_t>(row * columns + column)]);
}

/// One sample in one direction.
class Walk {
public:
    Walk(const RecurrentShape& shape, const RecurrentOperands& operands, int64_t direction, int64_t sample)
        : m_shape(shape), m_direction(direction), m_sample(sample), m_hidden(shape.hidden), m_rows(shape.rows()),
          m_recurrent(operands.recurrent + direction * m_hidden * m_rows),
          m_resetBias(operands.bias + direction * (m_rows + m_hidden) + m_rows),
          m_peepholes(operands.peepholes ? operands.peepholes + direction * 3 * m_hidden : nullptr),
          m_activations(&shape.op.activations[static_cast<size_t>(direction) * shape.op.activations.size() /
                                              static_cast<size_t>(shape.directions())]) {
        const int64_t row = direction * shape.batch + sample;
        m_state = operands.lastState + row * m_hidden;
        m_cell = operands.lastCell ? operands.lastCell + row * m_hidden : nullptr;
        m_products = operands.scratch;
        m_space = operands.scratch + shape.directions() * shape.length * shape.batch * m_rows + row * 2 * m_hidden;
        m_states = operands.states;
        copyFirst(operands.firstState, row, m_state);
        copyFirst(operands.firstCell, row, m_cell);
    }

    void run() {
        for (int64_t i = 0; i < m_shape.length; ++i) {
            const bool backward = m_direction == 1 || m_shape.op.backward;
            const int64_t place = backward ? m_shape.length - 1 - i : i;
            float* gates = m_products + ((m_direction * m_shape.length + place) * m_shape.batch + m_sample) * m_rows;
            switch (m_shape.op.kind) {
            case RecurrentKind::Rnn: rnn(gates); break;
            case RecurrentKind::Gru: gru(gates); break;
            case RecurrentKind::Lstm: lstm(gates); break;
            }
            std::copy_n(m_state, m_hidden,
                        m_states +
                            ((place * m_shape.directions() + m_direction) * m_shape.batch + m_sample) * m_hidden);
        }
    }

private:
    void copyFirst(const float* from, int64_t row, float* to) const {
        if (to && from)
            std::copy_n(from + row * m_hidden, m_hidden, to);
        else if (to)
            std::fill_n(to, m_hidden, 0.0F);
    }

    float activated(size_t which, float x) const {
        if (m_shape.op.clip > 0)
            x = std::clamp(x, -m_shape.op.clip, m_shape.op.clip);
        return applied(which, x);
    }
    float applied(size_t which, float x) const {
        switch (m_activations[which].kind) {
        case UnaryKind::Sigmoid: return 1 / (1 + std::exp(-x));
        case UnaryKind::Tanh: return std::tanh(x);
        default: return static_cast<float>(applyUnary(m_activations[which], x));
        }
    }

    void rnn(float* gates) {
        addProduct(m_state, m_hidden, m_recurrent, m_rows, m_rows, gates);
        for (int64_t i = 0; i < m_hidden; ++i)
            m_state[i] = activated(0, gates[i]);
    }

    void gru(float* gates) {
        float* candidate = gates + 2 * m_hidden;
        addProduct(m_state, m_hidden, m_recurrent, m_rows, 2 * m_hidden, gates);
        for (int64_t i = 0; i < 2 * m_hidden; ++i)
            gates[i] = activated(0, gates[i]);
        const float* reset = gates + m_hidden;
        float *kept = m_space, *before = m_space + m_hidden;
        if (m_shape.op.linearBeforeReset) {
            std::copy_n(m_resetBias, m_hidden, before);
            addProduct(m_state, m_hidden, m_recurrent + 2 * m_hidden, m_rows, m_hidden, before);
            for (int64_t i = 0; i < m_hidden; ++i)
                candidate[i] += reset[i] * before[i];
        } else {
            for (int64_t i = 0; i < m_hidden; ++i)
                kept[i] = reset[i] * m_state[i];
            addProduct(kept, m_hidden, m_recurrent + 2 * m_hidden, m_rows, m_hidden, candidate);
        }
        for (int64_t i = 0; i < m_hidden; ++i)
            m_state[i] = (1 - gates[i]) * activated(1, candidate[i]) + gates[i] * m_state[i];
    }

    void lstm(float* gates) {
        addProduct(m_state, m_hidden, m_recurrent, m_rows, m_rows, gates);
        const auto peephole = [&](int64_t gate, int64_t i) {
            return m_peepholes ? m_peepholes[gate * m_hidden + i] : 0;
        };
        for (int64_t i = 0; i < m_hidden; ++i) {
            const float had = m_cell[i], in = activated(0, gates[i] + peephole(0, i) * had),
                        forget = activated(0, gates[2 * m_hidden + i] + peephole(2, i) * had);
            m_cell[i] = forget * had + in * activated(1, gates[3 * m_hidden + i]);
            const float out = activated(0, gates[m_hidden + i] + peephole(1, i) * m_cell[i]);
            m_state[i] = out * applied(2, m_cell[i]);
        }
    }

    const RecurrentShape& m_shape;
    int64_t m_direction, m_sample, m_hidden, m_rows;
    const float *m_recurrent, *m_resetBias, *m_peepholes;
    const Unary* m_activations;
    float *m_state, *m_cell, *m_products, *m_space, *m_states;
};

} // namespace

int64_t RecurrentShape::scratch() const {
    return directions() * batch * (length * rows() + 2 * hidden);
}

RecurrentWeights packRecurrent(const RecurrentShape& shape, std::span<const float> weights,
                               std::span<const float> recurrent, std::span<const float> bias,
                               std::span<const float> peepholes) {
    const auto rows = static_cast<size_t>(shape.rows()), hidden = static_cast<size_t>(shape.hidden);
    const auto each = [&](std::span<const float> all, size_t direction) {
        const size_t size = all.size() / static_cast<size_t>(shape.directions());
        return all.subspan(direction * size, size);
    };
    RecurrentWeights packed;
    for (size_t direction = 0; direction < static_cast<size_t>(shape.directions()); ++direction) {
        appendTransposed(each(weights, direction), shape.rows(), shape.size, packed.input);
        appendTransposed(each(recurrent, direction), shape.rows(), shape.hidden, packed.recurrent);
        std::vector<float> both(rows + hidden);
        if (!bias.empty()) {
            const std::span<const float> own = each(bias, direction);
            const bool apart = shape.op.kind == RecurrentKind::Gru && shape.op.linearBeforeReset;
            for (size_t row = 0; row < rows; ++row)
                both[row] = own[row] + (apart && row >= 2 * hidden ? 0 : own[rows + row]);
            for (size_t i = 0; apart && i < hidden; ++i)
                both[rows + i] = own[rows + 2 * hidden + i];
        }
        packed.bias.insert(packed.bias.end(), both.begin(), both.end());
    }
    packed.peepholes.assign(peepholes.begin(), peepholes.end());
    return packed;
}

void runRecurrent(const RecurrentShape& shape, const RecurrentOperands& operands) {
    const int64_t rows = shape.rows(), places = shape.length * shape.batch, directions = shape.directions();
#pragma omp parallel for
    for (int64_t i = 0; i < directions * places; ++i) {
        const int64_t direction = i / places, place = i % places;
        float* sums = operands.scratch + i * rows;
        std::copy_n(operands.bias + direction * (rows + shape.hidden), rows, sums);
        addProduct(operands.x + place * shape.size, shape.size, operands.input + direction * shape.size * rows, rows,
                   rows, sums);
    }
#pragma omp parallel for
    for (int64_t i = 0; i < directions * shape.batch; ++i)
        Walk(shape, operands, i / shape.batch, i % shape.batch).run();
}

} // namespace halftone::engine
