// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/common/layer_checks.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/graph/element.h"

#include <fmt/format.h>
#include <limits>

namespace halftone {

namespace {

constexpr int64_t kMostNumbers = 4096; // of a setting; more is data

}

LayerChecks::LayerChecks(std::string layer, std::string_view op)
    : m_layer(std::move(layer)), m_op(displayText(std::string(op), 64)) {}

void LayerChecks::fail(std::string_view cause) const {
    throw Error(ErrorCode::BadInput,
                fmt::format("Layer \"{}\" ({}) {}. The file is damaged or was exported wrongly; export it again.",
                            m_layer, m_op, cause),
                m_layer);
}

void LayerChecks::cannotRun(std::string_view with) const {
    throw CannotRun{fmt::format("{} {}", m_op, with)};
}

int64_t LayerChecks::axisOf(int64_t axis, size_t rank) const {
    const auto dimensions = static_cast<int64_t>(rank);
    if (axis < -dimensions || axis >= dimensions)
        fail(fmt::format("has the axis {} for a tensor of {} dimensions", axis, rank));
    return axis < 0 ? axis + dimensions : axis;
}

const Shape& LayerChecks::known(const Shape* shape) const {
    if (!shape)
        cannotRun("of a tensor of unknown shape");
    return *shape;
}

const std::vector<int64_t>& LayerChecks::sizesOf(const std::vector<int64_t>& values, size_t count, int64_t least,
                                                 std::string_view attribute) const {
    if (values.size() != count)
        fail(fmt::format("has {} numbers in its attribute {} and needs {}", values.size(), attribute, count));
    for (const int64_t value : values)
        if (value < least || value > std::numeric_limits<int32_t>::max())
            fail(fmt::format("has the impossible value {} in its attribute {}", value, attribute));
    return values;
}

void LayerChecks::requireMirrored(const Shape& shape, const std::vector<int64_t>& before,
                                  const std::vector<int64_t>& behind) const {
    if (before.size() != shape.size() || behind.size() != shape.size())
        fail(fmt::format("has {} and {} pads for {} dimensions", before.size(), behind.size(), shape.size()));
    for (size_t i = 0; i < shape.size(); ++i)
        if (before[i] < 0 || behind[i] < 0 || before[i] > shape[i] || behind[i] > shape[i])
            fail(fmt::format("mirrors {} and {} of {} elements", before[i], behind[i], shape[i]));
}

const Tensor& LayerChecks::settingOf(const Tensor* constant, std::string_view what) const {
    if (!constant)
        cannotRun(fmt::format("with {} computed at run time", what));
    return *constant;
}

std::vector<int64_t> LayerChecks::integersIn(const Tensor& setting, std::string_view what) const {
    if (isFloatType(setting.type))
        fail(fmt::format("has {} that is not a list of whole numbers", what));
    if (setting.elements() > kMostNumbers)
        fail(fmt::format("has {} of {} numbers", what, setting.elements()));
    return setting.toInt64s();
}

int64_t LayerChecks::integerIn(const Tensor& setting, std::string_view what) const {
    const std::vector<int64_t> values = integersIn(setting, what);
    if (values.size() != 1)
        fail(fmt::format("has {} that is not a single number", what));
    return values.front();
}

float LayerChecks::realIn(const Tensor& setting, std::string_view what) const {
    if (setting.elements() != 1)
        fail(fmt::format("has {} that is not a single number", what));
    return setting.toFloats().front();
}

void LayerChecks::requireCount(size_t inputs, size_t least, size_t most) const {
    if (inputs < least || inputs > most)
        fail(fmt::format("has {} inputs and needs {}", inputs,
                         least == most ? std::to_string(least) : fmt::format("{} to {}", least, most)));
}

} // namespace halftone
