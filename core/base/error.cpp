// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/error.h"

namespace halftone {

const char* name(ErrorCode code) {
    switch (code) {
    case ErrorCode::BadInput: return "bad-input";
    case ErrorCode::Unsupported: return "unsupported";
    case ErrorCode::Io: return "io";
    case ErrorCode::Limit: return "limit";
    case ErrorCode::Usage: return "usage";
    case ErrorCode::Internal: return "internal";
    }
    return "internal";
}

} // namespace halftone
