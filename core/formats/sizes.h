// SPDX-License-Identifier: GPL-3.0-or-later
// The sizes that a model file leaves open, or that the user wants otherwise: symbols until a model is bound, numbers
// from then on.
#pragma once

#include "core/graph/tensor.h"
#include "core/request/given_sizes.h"

#include <optional>
#include <string>
#include <vector>

namespace halftone {

/// One dimension of an input or output.
struct Size {
    std::optional<int64_t> number; // that the file gives; empty: open
    std::string symbol;            // by which another one is given; of an output the file's name for it, if any
    bool operator==(const Size&) const = default;
};

/// An input as the file describes it. Symbols are the names that ONNX gives to dimensions. Where there is none, the
/// first dimension is the "batch" and others are called after input and position: "ids.1". Dimensions with one symbol
/// have one size.
struct ModelInput {
    std::string name; // displayable, as in the graph
    ElementType type = ElementType::F32;
    std::vector<Size> shape;
    bool anyRank = false; // the file does not say how many dimensions; the sizes given for "ids.0", "ids.1" ... tell
};

/// An output as the file declares it, which it need not do. What is computed says more once the model is bound.
struct ModelOutput {
    std::string name;        // displayable, as in the graph
    std::string type;        // "f32"; of a type that Halftone has not the file's own name; may be empty
    std::vector<Size> shape; // empty: not known, or a single number; files do not tell these apart
};

} // namespace halftone
