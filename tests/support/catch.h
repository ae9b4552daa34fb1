// SPDX-License-Identifier: GPL-3.0-or-later
// Catch2, version 2 or 3. Matchers by name: Catch::Matchers as a whole would make Approx ambiguous.
#pragma once

#ifdef HALFTONE_CATCH2_V3
#include <catch2/catch_all.hpp>
using Catch::Approx;
/// Version 2's name: text that contains `part`.
inline auto Contains(const std::string& part) {
    return Catch::Matchers::ContainsSubstring(part);
}
#else
#include <catch2/catch.hpp>
inline auto Contains(const std::string& part) {
    return Catch::Matchers::Contains(part);
}
#endif
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;
