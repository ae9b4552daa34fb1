#include "core/workflow/precisions.h"

#include "core/base/error.h"
#include "core/engine/machine.h"

#include <algorithm>

namespace halftone {

std::vector<Precision> precisionsToRun(const std::vector<Precision>& requested, const std::string& isa) {
    std::vector<Precision> result{Precision::Fp32, Precision::Int8};
    for (const Precision precision : requested) {
        if (const std::string why = whyUnsupported(precision, isa); !why.empty())
            throw Error(ErrorCode::Usage, why);
        if (std::ranges::count(result, precision) == 0)
            result.push_back(precision);
    }
    return result;
}

bool isQuantized(Precision precision) { return precision == Precision::Int8 || precision == Precision::Int8Simulated; }

} // namespace halftone
