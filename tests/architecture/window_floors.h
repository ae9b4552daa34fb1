// SPDX-License-Identifier: GPL-3.0-or-later
// The floors inside ui, as ui/README.md draws them.
#pragma once

#include <string>

namespace halftone::test {

/// Why `file` may not include `target`, as violation() says it; empty when it may, and where one of them lies
/// elsewhere.
std::string brokenWindowFloor(const std::string& file, const std::string& target);

} // namespace halftone::test
