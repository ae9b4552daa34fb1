// SPDX-License-Identifier: GPL-3.0-or-later
// RNN, GRU and LSTM in fp32. The products with the elements of the sequence are made first and for all of them, in
// parallel; then each sample and direction goes through the sequence by itself. Allocates nothing.
#pragma once

#include "core/graph/op.h"

#include <cstdint>
#include <span>
#include <vector>

namespace halftone::engine {

struct RecurrentShape {
    Recurrent op;
    int64_t length = 1, batch = 1, size = 1, hidden = 1; // T, N, I, H of the operator

    int64_t directions() const { return op.bothDirections ? 2 : 1; }
    int64_t rows() const { return gatesOf(op.kind) * hidden; }
    /// Floats that the kernel needs beside operands and results.
    int64_t scratch() const;
};

/// Weights as the kernel reads them: those of one input or state beside each other.
struct RecurrentWeights {
    std::vector<float> input;     // [D, I, rows]
    std::vector<float> recurrent; // [D, H, rows]
    std::vector<float> bias; // [D, rows + H]: of both products, then of a GRU's recurrent one that is reset behind it
    std::vector<float> peepholes; // [D, 3 * H], or empty
};
/// `weights` [D, rows, I], `recurrent` [D, rows, H]; `bias` [D, 2 * rows] and `peepholes` may be empty.
RecurrentWeights packRecurrent(const RecurrentShape& shape, std::span<const float> weights,
                               std::span<const float> recurrent, std::span<const float> bias,
                               std::span<const float> peepholes);

/// First state and cell may be null: zeros. `lastCell` is null but for an LSTM.
struct RecurrentOperands {
    const float *x, *input, *recurrent, *bias, *peepholes, *firstState, *firstCell;
    float *states, *lastState, *lastCell, *scratch;
};
void runRecurrent(const RecurrentShape& shape, const RecurrentOperands& operands);

} // namespace halftone::engine
