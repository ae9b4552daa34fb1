// SPDX-License-Identifier: GPL-3.0-or-later
// Which nodes of an int8 plan run in int8, and which tensors are stored as 8-bit codes.
#pragma once

#include "core/engine/plan/precision_choice.h"

namespace halftone::engine {

/// Convolutions, transposed ones too, and fully connected layers run in int8 when their tensors lie on 8-bit grids and
/// oneDNN has a kernel for it that is not its plain reference loop. Layers that only move or combine values (pooling,
/// addition, concatenation, reshape, activation) stay in int8 when an int8 layer follows; a tensor is stored as codes
/// when an int8 layer reads it. Where the grids are meant (Graph::gridsAreMeant), all tensors on one are stored as
/// codes or, where their layer computes in fp32, rounded as they are.
PrecisionChoice chooseInt8(const Graph& graph);

/// Computes nothing in int8 and rounds in fp32 what chooseInt8() would compute with: weights of int8 layers, what they
/// read and what they store. What lies on the grid already, because it was only moved there, is not rounded again.
PrecisionChoice simulateInt8(const Graph& graph);

} // namespace halftone::engine
