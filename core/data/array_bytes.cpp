// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/array_bytes.h"

#include "core/base/checked.h"
#include "core/base/error.h"

namespace halftone {

int64_t arrayBytes(const std::vector<int64_t>& shape, size_t itemSize, const std::string& where) {
    try {
        const std::string what = where + ": the array";
        return checkedMul(elementCount(shape, what), static_cast<int64_t>(itemSize), what);
    } catch (const Error& error) { // checked arithmetic knows no place
        throw Error(ErrorCode::BadInput, error.message() + " The file is damaged; save it again.", where);
    }
}

} // namespace halftone
