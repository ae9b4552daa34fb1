// SPDX-License-Identifier: GPL-3.0-or-later
// Layers that TensorFlow and TFLite share, over tensors in either order. Each function adds what the layer needs before
// its own operator, and gives this one with its operands, to be written as the format names results. Axes are those of
// the file, not counted from the end; operands are checked already.
#pragma once

#include "core/formats/common/oriented.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace halftone {

Step reduced(OrientedWriter& writer, const Oriented& x, ReduceKind kind, const std::vector<int64_t>& axes,
             bool keepDims);
/// Where along `axis` the largest or smallest element stands.
Step argReduced(OrientedWriter& writer, const Oriented& x, bool largest, int64_t axis);
Step squeezed(OrientedWriter& writer, const Oriented& x, const std::vector<int64_t>& axes);
Step transposed(const Oriented& x, const std::vector<int64_t>& perm);
/// `pads`: begin and end for each dimension in turn.
Step padded(const Oriented& x, const std::vector<int64_t>& pads, PadMode mode, float value);
Step tiled(const Oriented& x, const std::vector<int64_t>& repeats);
/// A size of -1 reaches to the end.
Step sliced(const Oriented& x, const std::vector<int64_t>& begins, const std::vector<int64_t>& sizes);
std::vector<Step> split(const Oriented& x, int64_t axis, const std::vector<int64_t>& sizes);
Step joined(OrientedWriter& writer, const std::vector<Oriented>& operands, int64_t axis);
/// Joined along a new dimension.
Step stacked(OrientedWriter& writer, const std::vector<Oriented>& operands, int64_t axis);
/// The other way round: one of so many parts.
Step unstacked(OrientedWriter& writer, const Oriented& x, int64_t axis, int64_t index);
/// The last two dimensions exchanged.
Oriented withSwappedEnds(OrientedWriter& writer, const Oriented& x, size_t rank);

/// What Python's x[a:b:c, ..., None, d] becomes, https://www.tensorflow.org/api_docs/python/tf/strided_slice
struct StridedCut {
    std::vector<int64_t> begins, ends, steps; // as many of each; no step of 0
    int64_t beginMask = 0, endMask = 0, ellipsisMask = 0, newMask = 0, shrinkMask = 0;

    /// The dimensions of the tensor that it names, and how often it says "...".
    size_t dimensions() const;
    size_t ellipses() const;
};
Step stridedSlice(OrientedWriter& writer, Oriented x, size_t rank, const StridedCut& cut);

/// Settings of the operators that resize height and width.
Resize resizeTo(ResizeMode mode, bool alignCorners, bool halfPixelCenters, int64_t height, int64_t width);
/// Over `radius` channels on both sides; alpha is not divided by their number.
Lrn localResponses(int64_t radius, float bias, float alpha, float beta);

/// Between SpaceToBatchND and BatchToSpaceND: the tensor is in its own place still, and a convolution in between has
/// holes in its kernel instead. Lists of four are begin and end of height, then of width.
struct Spread {
    std::vector<int64_t> block; // height, width
    Pads pads;                  // of the convolution, until it came; then 0
    Pads crops;                 // what is still to be cut off behind it
};
/// `cropsAhead`: of the BatchToSpaceND that ends it, where it is known. What is cut off there needs no padding.
Spread spreadOver(std::vector<int64_t> block, const std::vector<int64_t>& paddings,
                  const std::vector<int64_t>& cropsAhead);
/// Makes holes in the kernel of a convolution in between; false where it is none that can have them.
bool spreadKernel(Conv& convolution, Spread& spread);
/// Nothing where the crops are not those that the convolution was read with.
std::optional<Step> gathered(const Oriented& x, const Spread& spread, const std::vector<int64_t>& crops);

} // namespace halftone
