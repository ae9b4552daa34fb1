// SPDX-License-Identifier: GPL-3.0-or-later
// A tensor of the file while the graph is built.
#pragma once

#include "core/formats/common/oriented_layers.h"

#include <memory>
#include <string>
#include <utility>
#include <variant>

namespace halftone::tensorflow_format {

struct Deferred;

struct Operand : Oriented {
    Operand() = default;
    Operand(Oriented tensor) : Oriented(std::move(tensor)) {}

    /// What is still to be done to the tensor before it is the one of the file.
    std::shared_ptr<const Deferred> deferred = {};
    /// In the file these are codes; here they are the numbers that the codes mean.
    bool areCodes = false;
    /// In a branch that is never taken.
    bool dead = false;
};

/// The first operand of a normalization that is written out, x * factor + shift, whose addition is still to come.
struct Scaled {
    Oriented factor;   // constant, one number for each channel, in the layout of the first operand
    std::string layer; // that multiplies
};

struct Deferred {
    std::variant<Scaled, Spread> what;
};

} // namespace halftone::tensorflow_format
