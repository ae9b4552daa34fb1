// SPDX-License-Identifier: GPL-3.0-or-later
// Values without dimensions inside the engine.
#pragma once

#include "core/graph/graph.h"

namespace halftone::engine {

/// The same network, in which every value without dimensions has one of size 1: what kernels and their descriptors
/// take. Ids stay. What moves a scalar to a scalar becomes a Reshape, because its settings are for no dimension.
Graph withDimensions(Graph graph);

} // namespace halftone::engine
