// SPDX-License-Identifier: GPL-3.0-or-later
// Operands that are codes: with scale and zero point as further operands, they are read as the real numbers that they
// mean. Each function takes the positions of operands of `layer`.
#pragma once

#include "core/formats/onnx/operators.h"

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <vector>

namespace halftone::onnx_format {

bool isEightBit(ElementType type);

/// Scales that are finite and above 0.
std::vector<float> scalesSetting(LayerView& layer, size_t index);

/// The grid of 8-bit codes with these settings. A list of scales belongs to dimension `axis` of a tensor of this rank.
QuantParams gridSetting(LayerView& layer, size_t scaleIndex, size_t zeroPointIndex, int64_t axis = 0, size_t rank = 0);

/// What integers mean, and the grid that they lie on where they have 8 bits.
struct Dequantized {
    Tensor tensor;
    std::optional<QuantParams> grid;
};

Dequantized dequantized(LayerView& layer, size_t index, size_t scaleIndex, size_t zeroPointIndex, int64_t axis);

/// An operand that is codes on this grid.
ValueId codesOn(LayerView& layer, size_t index, const QuantParams& grid);

/// Omitted, or a constant.
bool isSetting(const LayerView& layer, size_t index);

/// The grid that these settings give to a tensor, where it is one grid of 8-bit codes for the whole tensor and known.
std::optional<QuantParams> plainGrid(LayerView& layer, size_t scaleIndex, size_t zeroPointIndex, ElementType codes);

std::vector<ValueId> presentInputs(LayerView& layer, std::initializer_list<size_t> indices);

/// Constant codes as real numbers on their grid.
ValueId constantReal(LayerView& layer, size_t index, size_t scale, size_t zeroPoint, int64_t axis);

/// What the codes of operand `index` mean. Codes that the network is given, and those with a computed scale, are
/// converted by an operator of its own.
ValueId realAt(LayerView& layer, size_t index, size_t scale, size_t zeroPoint, int64_t axis);
/// Whose scale and zero point are the next operands.
ValueId realAt(LayerView& layer, size_t index, int64_t axis = 1);

/// An int32 bias on the grid of the products: scale of x * scale of the weights.
ValueId biasAt(LayerView& layer, size_t index, size_t xScaleIndex, size_t weightScaleIndex, float factor = 1);

/// A layer whose result is stored as codes: on a grid where scale and zero point are settings, else by an operator of
/// its own.
Layer storedAsCodes(LayerView& layer, Op op, std::vector<ValueId> inputs, size_t scaleIndex, size_t zeroPointIndex);

} // namespace halftone::onnx_format
