// SPDX-License-Identifier: GPL-3.0-or-later
// How a file that was exported for one batch is bound to another: the one place that knows.
#pragma once

#include "core/graph/op.h"
#include "core/graph/tensor.h"

#include <cstdint>

namespace halftone {

/// The batch that the file is made for, and the one that it is bound to. Where the file leaves it open both are equal.
struct BatchChange {
    int64_t from = 0, to = 0;
    bool changes() const { return from != to; }
};

/// `op` as it is meant for an input of shape `x`: 0, -1 and the file's own batch become numbers. The first number is
/// the batch where it is the file's and either the elements fit only then, or another number is left open (-1) and the
/// input begins with the batch. Throws Error without a layer where the elements do not fit.
Reshape inNumbers(const Reshape& op, const Shape& x, const BatchChange& batch);

/// The same for the sizes of a Resize, the first of which is the batch; 0 keeps a dimension.
Resize inNumbers(Resize op, const Shape& x, const BatchChange& batch);

} // namespace halftone
