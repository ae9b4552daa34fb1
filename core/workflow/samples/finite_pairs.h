// SPDX-License-Identifier: GPL-3.0-or-later
// Which values of two results are compared.
#pragma once

#include <cmath>
#include <cstddef>
#include <span>

namespace halftone {

/// Calls visit(exact, found) with the values of fp32 and of another precision, side by side. Where fp32 itself is NaN
/// or infinite, as masks are meant to be, there is nothing to compare. Where only the other one is, it counts as 0, as
/// a code makes of NaN: no sum over pairs is ever anything but finite.
template <class Visit> void forFinitePairs(std::span<const float> exact, std::span<const float> found, Visit&& visit) {
    for (size_t i = 0; i < exact.size(); ++i)
        if (std::isfinite(exact[i]))
            visit(static_cast<double>(exact[i]), std::isfinite(found[i]) ? static_cast<double>(found[i]) : 0.0);
}

} // namespace halftone
