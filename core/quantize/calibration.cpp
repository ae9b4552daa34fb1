#include "core/quantize/calibration.h"

#include "core/base/error.h"
#include "core/base/text.h"

#include <fmt/format.h>

namespace halftone {

namespace {

int64_t batchOf(const Graph& graph) {
    if (graph.inputs.empty() || graph.value(graph.inputs.front()).shape.empty())
        return 1;
    return graph.value(graph.inputs.front()).shape.front();
}

} // namespace

Calibration::Calibration(const Graph& graph) : m_graph(graph), m_batch(batchOf(graph)) {}

void Calibration::observe(ValueId value, std::span<const float> elements, int64_t samples) try {
    m_tensors[value].add(elements, m_batch, samples == 0 ? m_batch : samples);
} catch (const Error& error) {
    const std::string name = displayText(m_graph.value(value).name);
    throw Error(error.code(),
                fmt::format("The tensor {} has values that are not finite (NaN or infinity) on the calibration data. "
                            "Check the preprocessing and the model's weights.",
                            name),
                name);
}

} // namespace halftone
