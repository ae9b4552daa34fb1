// SPDX-License-Identifier: GPL-3.0-or-later
// What each TFLite operator means in Halftone's graph. Activations are channels last in the file and channels first in
// the graph (core/formats/common/oriented.h). A quantized tensor is read as the real numbers that its codes mean, lying
// on a grid; so an operator of codes has the graph of any other, and its result a grid.
#pragma once

#include "core/formats/tflite/layer_view.h"

namespace halftone::tflite_format {

/// Reads one layer into the builder; throws Error{BadInput} for a layer that contradicts itself, CannotRun for one
/// that Halftone cannot run, before it adds the layer's own nodes.
using OperatorReader = void (*)(LayerView&);

/// "CONV_2D", or "operator number 300".
std::string operatorName(int32_t code);
/// Code of operators that the file names itself.
inline constexpr int32_t kCustom = 32;
/// The options of reductions, in the union of all options.
inline constexpr uint8_t kReducer = 27;

/// Null for an operator that Halftone does not know.
OperatorReader operatorReader(int32_t code);
/// Of an operator that the file names itself.
OperatorReader customReader(const std::string& name);

/// Changes what is kept, and gives nothing.
bool givesNothing(std::string_view name);

// Readers by family, each with a table of its own in a file of its own; null for an operator of another family.
OperatorReader indexReader(std::string_view name);    // finds, marks, replaces, sorts, makes of nothing but a shape
OperatorReader sequenceReader(std::string_view name); // recurrent layers
OperatorReader stateReader(std::string_view name);    // variables, and what else keeps something

// Those of the table in operators.cpp, in files of their own.
void readConv2d(LayerView& layer);
void readDepthwiseConv2d(LayerView& layer);
void readFullyConnected(LayerView& layer);
void readTransposeConv(LayerView& layer);
void readSpaceToBatch(LayerView& layer);
void readBatchToSpace(LayerView& layer);
void readTransposeConvWithBias(LayerView& layer);
void readAveragePool(LayerView& layer);
void readMaxPool(LayerView& layer);

void readReshape(LayerView& layer);
void readSqueeze(LayerView& layer);
void readExpandDims(LayerView& layer);
void readTranspose(LayerView& layer);
void readConcatenation(LayerView& layer);
void readPad(LayerView& layer);
void readMirrorPad(LayerView& layer);
void readSlice(LayerView& layer);
void readStridedSlice(LayerView& layer);
void readSplit(LayerView& layer);
void readSplitV(LayerView& layer);
void readPack(LayerView& layer);
void readUnpack(LayerView& layer);

void readResizeBilinear(LayerView& layer);
void readResizeNearest(LayerView& layer);
void readDepthToSpace(LayerView& layer);
void readSpaceToDepth(LayerView& layer);
void readLocalResponseNormalization(LayerView& layer);
void readTile(LayerView& layer);
void readBroadcastTo(LayerView& layer);
void readShape(LayerView& layer);
void readArgMax(LayerView& layer);
void readArgMin(LayerView& layer);

} // namespace halftone::tflite_format
