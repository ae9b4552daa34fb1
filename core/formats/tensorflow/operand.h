// SPDX-License-Identifier: GPL-3.0-or-later
// A tensor of the file while the graph is built: known already, or computed by nodes of the graph.
#pragma once

#include "core/graph/quant_params.h"
#include "core/graph/tensor.h"

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace halftone::tensorflow_format {

struct Known {
    Tensor tensor;
    std::optional<QuantParams> grid;
};

struct Deferred;

struct Operand {
    std::shared_ptr<const Known> constant; // null where it is computed at run time
    std::string name;                      // of the value in the graph
    /// The file has this tensor of 4 dimensions as NHWC; here it is NCHW.
    bool channelsFirst = false;
    /// What is still to be done to the tensor before it is the one of the file.
    std::shared_ptr<const Deferred> deferred = {};
    /// In the file these are codes; here they are the numbers that the codes mean.
    bool areCodes = false;
    /// In a branch that is never taken.
    bool dead = false;
};

/// The first operand of a normalization that is written out, x * factor + shift, whose addition is still to come.
struct Scaled {
    Operand factor;    // constant, one number for each channel, in the layout of the first operand
    std::string layer; // that multiplies
};

/// Between SpaceToBatchND and BatchToSpaceND: the tensor is in its own place still, and a convolution in between has
/// holes in its kernel.
struct Spread {
    std::vector<int64_t> block;              // of height and width
    std::vector<int64_t> padBegin, padEnd;   // of height and width, before the convolution; then 0
    std::vector<int64_t> cropBegin, cropEnd; // still to be cut off behind it
};

struct Deferred {
    std::variant<Scaled, Spread> what;
};

} // namespace halftone::tensorflow_format
