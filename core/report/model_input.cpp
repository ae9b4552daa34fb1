// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/model_input.h"

namespace halftone {

std::optional<size_t> channelDimension(const std::vector<int64_t>& shape) {
    if (shape.size() == 4)
        for (const size_t dimension : {1, 3})
            if (shape[dimension] == 1 || shape[dimension] == 3)
                return dimension;
    return std::nullopt;
}

bool takesPictures(const Model& model) {
    return model.inputs.size() == 1 && channelDimension(model.inputs.front().shape).has_value();
}

} // namespace halftone
