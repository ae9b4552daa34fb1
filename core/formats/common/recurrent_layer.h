// SPDX-License-Identifier: GPL-3.0-or-later
// RNN, GRU and LSTM of all formats: they differ in the order of gates, in where the batch stands, and in how biases are
// written. The graph has ONNX's form of them (Recurrent in graph/op.h).
#pragma once

#include "core/formats/common/layer_checks.h"
#include "core/formats/common/layer_writer.h"

#include <optional>
#include <string>
#include <vector>

namespace halftone {

/// The activation of this name, which knows no case, with ONNX's settings where the file gives none. Nothing for a name
/// that is no activation of a recurrent layer.
std::optional<Unary> recurrentActivation(std::string name, std::optional<float> alpha = {},
                                         std::optional<float> beta = {});
/// Names of those that a layer of one direction has where its file does not say.
std::vector<std::string> usualActivations(RecurrentKind kind);

/// "forward", "reverse" or "bidirectional", as ONNX and OpenVINO call it.
void setDirection(Recurrent& op, const LayerChecks& layer, const std::string& direction);

/// Weights [D, gates * rows, ...] or a bias [D, gates * rows] of known shape, with gate order[i] of the file as gate i.
ValueId reorderedGates(LayerWriter& writer, ValueId x, const std::vector<int64_t>& order);

/// The bias [D, 2*G*H] of the graph from [D, G*H + recurrentRows], whose shape is known: the first G*H numbers are the
/// sums of both biases, those behind them are the last of the recurrent product, whose other ones are 0.
ValueId summedBias(LayerWriter& writer, ValueId bias, int64_t recurrentRows = 0);

/// Operands as Recurrent has them; all behind the weights may be kNoValue.
struct RecurrentOperands {
    ValueId x = kNoValue, weights = kNoValue, recurrentWeights = kNoValue, bias = kNoValue, state = kNoValue,
            cell = kNoValue, peepholes = kNoValue;
    bool batchFirst = false; // x is [N, T, I], states and cells [N, D, H]
};

/// Recurrent's results: states [T, D, N, H], the last state and the last cell [D, N, H]; with the batch first [N, T, D,
/// H] and [N, D, H].
std::vector<ValueId> recurrent(LayerWriter& writer, const Recurrent& op, const RecurrentOperands& operands);

} // namespace halftone
