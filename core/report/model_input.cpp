// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/model_input.h"

namespace halftone {

bool takesPictures(const Model& model) {
    if (model.inputs.size() != 1 || model.inputs.front().shape.size() != 4)
        return false;
    const std::vector<int64_t>& shape = model.inputs.front().shape;
    const auto isColour = [](int64_t channels) { return channels == 1 || channels == 3; };
    return isColour(shape[1]) || isColour(shape[3]);
}

} // namespace halftone
