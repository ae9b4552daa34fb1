// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/request/sample_kind.h"

namespace halftone {

std::string wordFor(SampleKind kind, int64_t count) {
    return std::string(nameIn(kind)) + (count == 1 ? "" : "s");
}

} // namespace halftone
