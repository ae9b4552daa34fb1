// SPDX-License-Identifier: GPL-3.0-or-later
// Constants that numpy's broadcasting spreads over a larger one.
#pragma once

#include "core/graph/tensor.h"

#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

namespace halftone::openvino_format {

/// A constant with as many dimensions as the one it is spread over, each of them 1 or the same.
class Spread {
public:
    /// Nothing where `part` does not fit into `whole`.
    static std::optional<Spread> over(const Shape& whole, const Tensor& part);

    float at(size_t index) const { return m_values[index]; }
    size_t size() const { return m_values.size(); }
    const std::vector<float>& values() const { return m_values; }
    /// Dimensions of the whole along which the values differ.
    const std::vector<size_t>& axes() const { return m_axes; }
    /// How many elements of `values` one step along each dimension of the whole is.
    const std::vector<size_t>& strides() const { return m_strides; }

private:
    std::vector<float> m_values;
    std::vector<size_t> m_axes, m_strides;
};

/// Calls visit(i, positions) for every element i of `whole`, positions[k] being where parts[k] has its value for it.
void forEachElement(const Shape& whole, const std::vector<const Spread*>& parts,
                    const std::function<void(size_t, const std::vector<size_t>&)>& visit);

} // namespace halftone::openvino_format
