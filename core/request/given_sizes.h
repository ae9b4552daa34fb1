// SPDX-License-Identifier: GPL-3.0-or-later
// What the user says of sizes that a model file leaves open, or that are wanted otherwise.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace halftone {

/// Numbers by symbol.
using Sizes = std::map<std::string, int64_t>;
/// Shapes by the name of the input in the file; "" names the only input.
using InputShapes = std::map<std::string, std::vector<int64_t>>;

/// What the user says of sizes: one by one, and as whole shapes of inputs.
struct GivenSizes {
    Sizes sizes;
    InputShapes shapes;
    bool operator==(const GivenSizes&) const = default;
};

} // namespace halftone
