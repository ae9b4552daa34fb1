// SPDX-License-Identifier: GPL-3.0-or-later
// Sums and products of codes that oneDNN has no kernel for: ours combine codes of any grids, each rounded once.
#pragma once

#include "core/engine/lower/lower.h"

#include <cstddef>
#include <optional>

namespace halftone::engine {

/// Of the two operands of a Binary, the one that holds one value for each channel and is repeated over the dimensions
/// of space; nothing where the other one does not have the shape of the result.
std::optional<size_t> repeatedOperand(const Graph& graph, const Node& node);

/// A PRelu with one constant slope for each channel.
bool isPReluOfChannels(const Graph& graph, const Node& node);
void lowerPReluOfCodes(Builder& builder, const Binary& op);

/// A product with one constant for each index of the last dimension. It writes codes right from real numbers, for
/// layers that read them: a conversion where the file has no such layer.
bool scalesChannels(const Graph& graph, const Node& node);
void lowerScaledChannels(Builder& builder);

/// Operands of one shape.
void lowerCodes(Builder& builder, const Binary& op);
/// One operand repeated over all positions; Add and Mul, whose operands may change places.
void lowerRepeatedCodes(Builder& builder, const Binary& op);

} // namespace halftone::engine
