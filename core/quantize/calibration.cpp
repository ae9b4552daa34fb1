#include "core/quantize/calibration.h"

#include "core/base/error.h"
#include "core/base/text.h"

#include <fmt/format.h>

namespace halftone {

void Calibration::observe(ValueId value, std::span<const float> elements) try {
    m_tensors[value].add(elements);
} catch (const Error& error) {
    const std::string name = displayText(m_graph.value(value).name);
    throw Error(error.code(),
                fmt::format("The tensor {} has values that are not finite (NaN or infinity) on the calibration data. "
                            "Check the preprocessing and the model's weights.",
                            name),
                name);
}

} // namespace halftone
