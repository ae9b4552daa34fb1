// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/plan/precision_choice.h"

#include <fmt/format.h>
#include <string_view>

namespace halftone::engine {

PrecisionChoice PrecisionChoice::fp32(const Graph& graph) {
    const size_t nodes = graph.nodes().size(), values = graph.values().size();
    return {std::vector<bool>(nodes), std::vector<DataType>(nodes, DataType::f32), std::vector<std::string>(nodes),
            std::vector<bool>(values), std::vector<bool>(values)};
}

std::string whyNotKernel(const dnnl::primitive_desc_base& desc, const std::string& precision) {
    if (!desc)
        return fmt::format("oneDNN has no {} kernel for this shape on this CPU.", precision);
    if (std::string_view(desc.impl_info_str()).starts_with("ref"))
        return fmt::format("oneDNN has only its slow reference loop for this shape in {} on this CPU.", precision);
    return {};
}

} // namespace halftone::engine
