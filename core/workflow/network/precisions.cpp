// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workflow/network/precisions.h"

#include "core/base/error.h"
#include "core/engine/machine/machine.h"

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

std::vector<Precision> usualPrecisions(const ModelFacts& file) {
    const bool simulates = std::ranges::any_of(file.operators, [](const auto& counted) {
        return counted.first.starts_with("FakeQuant") || counted.first == "FAKE_QUANT";
    });
    return simulates ? std::vector{Precision::Int8Simulated} : std::vector<Precision>{};
}

bool isQuantized(Precision precision) {
    return precision == Precision::Int8 || precision == Precision::Int8Simulated;
}

} // namespace halftone
