// SPDX-License-Identifier: GPL-3.0-or-later
// A model file, opened and bound in one call.
#pragma once

#include "core/formats/model_source.h"

#include <memory>
#include <string>
#include <utility>

namespace halftone::test {

/// Bound to its own batch, or to 1 where that is free, and ready to be bound again.
struct ReadModel : BoundModel {
    std::shared_ptr<ModelSource> source;

    Graph at(int64_t batch) const { return source->bind(sizesOf(source->facts(), {}, batch)).graph; }
};

inline ReadModel readSource(std::shared_ptr<ModelSource> source, const GivenSizes& given = {}) {
    Sizes sizes = sizesOf(source->facts(), given, 1);
    for (const ModelInput& input : source->facts().inputs)
        for (const Size& size : input.shape)
            if (size.number && size.symbol == source->facts().batch)
                sizes[size.symbol] = *size.number;
    BoundModel bound = source->bind(sizes);
    return {std::move(bound), std::move(source)};
}

inline ReadModel readModel(const std::string& path, const ReadLimits& limits = {}, const GivenSizes& given = {}) {
    return readSource(openModel(path, limits), given);
}

} // namespace halftone::test
