// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/openvino/broadcast.h"

#include "core/base/checked.h"

namespace halftone::openvino_format {

std::optional<Spread> Spread::over(const Shape& whole, const Tensor& part) {
    if (part.shape.size() > whole.size())
        return std::nullopt;
    Spread spread;
    spread.m_values = part.toFloats();
    spread.m_strides.assign(whole.size(), 0);
    const size_t missing = whole.size() - part.shape.size();
    size_t stride = 1;
    for (size_t i = part.shape.size(); i-- > 0;) {
        if (part.shape[i] == 1)
            continue;
        if (part.shape[i] != whole[missing + i])
            return std::nullopt;
        spread.m_strides[missing + i] = stride;
        spread.m_axes.insert(spread.m_axes.begin(), missing + i);
        stride *= static_cast<size_t>(part.shape[i]);
    }
    return spread;
}

void forEachElement(const Shape& whole, const std::vector<const Spread*>& parts,
                    const std::function<void(size_t, const std::vector<size_t>&)>& visit) {
    const auto count = static_cast<size_t>(elementCount(whole));
    std::vector<size_t> positions(parts.size(), 0);
    std::vector<int64_t> at(whole.size(), 0);
    for (size_t i = 0; i < count; ++i) {
        visit(i, positions);
        for (size_t axis = whole.size(); axis-- > 0;) {
            const bool wraps = ++at[axis] == whole[axis];
            for (size_t k = 0; k < parts.size(); ++k) {
                const size_t stride = parts[k]->strides()[axis];
                positions[k] += stride;
                positions[k] -= wraps ? stride * static_cast<size_t>(whole[axis]) : 0;
            }
            if (!wraps)
                break;
            at[axis] = 0;
        }
    }
}

} // namespace halftone::openvino_format
