// SPDX-License-Identifier: GPL-3.0-or-later
// What each OpenVINO operator means in Halftone's graph.
#pragma once

#include "core/formats/openvino/layer_view.h"

#include <string_view>

namespace halftone::openvino_format {

/// Reads one layer into the builder; throws Error{BadInput} for a layer that contradicts itself, CannotRun for one that
/// Halftone cannot run, before it adds the layer's own nodes.
using OperatorReader = void (*)(LayerView&);

/// Null for an operator that Halftone does not know. Parameter, Const and Result are none.
OperatorReader operatorReader(std::string_view type);
/// Makes a value for each of its outputs; the others for their first alone.
bool makesAllOutputs(std::string_view type);

/// "f32" as OpenVINO writes element types.
std::optional<ElementType> elementTypeOf(std::string_view name);

// Readers by family, each with a table of its own in a file of its own; null for an operator of another family.
OperatorReader indexReader(std::string_view type);         // finds, marks, replaces, sorts
OperatorReader logicReader(std::string_view type);         // truths
OperatorReader normalizationReader(std::string_view type); // and attention
OperatorReader sequenceReader(std::string_view type);      // recurrent layers and cells
OperatorReader stateReader(std::string_view type);         // what is kept from one inference to the next

// Those of the table in operators.cpp, in files of their own.
void readConvolution(LayerView& layer);
void readGroupConvolution(LayerView& layer);
void readConvolutionBackpropData(LayerView& layer);
void readGroupConvolutionBackpropData(LayerView& layer);
void readMaxPool(LayerView& layer);
void readAvgPool(LayerView& layer);

void readTranspose(LayerView& layer);
void readReshape(LayerView& layer);
void readSqueeze(LayerView& layer);
void readUnsqueeze(LayerView& layer);
void readConcat(LayerView& layer);
void readSplit(LayerView& layer);
void readVariadicSplit(LayerView& layer);
void readStridedSlice(LayerView& layer);
void readSlice(LayerView& layer);
void readPad(LayerView& layer);
void readRange(LayerView& layer);
void readShapeOf(LayerView& layer);
void readTile(LayerView& layer);
void readBroadcast(LayerView& layer);
void readShuffleChannels(LayerView& layer);
void readDepthToSpace(LayerView& layer);
void readSpaceToDepth(LayerView& layer);
void readInterpolate(LayerView& layer);

void readConvert(LayerView& layer);
void readSubtract(LayerView& layer);
void readMultiply(LayerView& layer);
void readFakeQuantize(LayerView& layer);

} // namespace halftone::openvino_format
