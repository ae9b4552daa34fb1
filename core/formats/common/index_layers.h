// SPDX-License-Identifier: GPL-3.0-or-later
// Layers that several formats have and that find, mark or replace elements by their positions. Operands' shapes are
// known, and axes are not counted from the end.
#pragma once

#include "core/formats/common/layer_writer.h"

namespace halftone {

/// Positions [rank, count] (s64) of the elements that are not zero, in order.
Tensor nonZeroPositions(const Tensor& x);

/// `on` where the new dimension `axis`, `depth` long, is at the position that `positions` says, and `off` elsewhere;
/// both are single numbers. Positions below 0 count from the end, or mark nothing, as those beyond it do.
ValueId oneHot(LayerWriter& writer, ValueId positions, int64_t depth, int64_t axis, ValueId on, ValueId off,
               bool fromEnd);

/// Dimension `axis` of the data replaced by those of the indices, for each element of `batchDims` leading dimensions,
/// which both share; axis >= batchDims.
ValueId gather(LayerWriter& writer, ValueId data, ValueId indices, int64_t axis, int64_t batchDims);

/// The data with what the indices name along `axis` replaced by the updates, in which the dimensions of the indices
/// stand in the place of that one.
ValueId scatterAlong(LayerWriter& writer, ValueId data, ValueId indices, ValueId updates, int64_t axis);

/// Elements of these dimensions in reversed order.
Slice reversed(const std::vector<int64_t>& axes);

} // namespace halftone
