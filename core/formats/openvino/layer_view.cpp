// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/openvino/layer_view.h"

#include "core/formats/openvino/xml.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace halftone::openvino_format {

namespace {

constexpr size_t kMaxFindings = 20;

}

void LayerView::warn(const char* code, std::string_view what) {
    const auto same = std::find_if(m_network.findings.begin(), m_network.findings.end(), [&](const Finding& finding) {
        return finding.code == code && finding.what == what;
    });
    if (same != m_network.findings.end())
        ++same->others;
    else if (m_network.findings.size() < kMaxFindings)
        m_network.findings.push_back({code, std::string(what), m_layer.name, m_layer.type, 0});
}

std::vector<Diagnostic> diagnosticsOf(const std::vector<Finding>& findings) {
    std::vector<Diagnostic> result;
    for (const Finding& finding : findings)
        result.push_back({Severity::Warning, finding.code, finding.layer,
                          fmt::format("Layer \"{}\" ({}) {}{}.", finding.layer, finding.type, finding.what,
                                      finding.others == 0   ? std::string()
                                      : finding.others == 1 ? "; so does another layer"
                                                            : fmt::format("; so do {} other layers", finding.others))});
    return result;
}

bool LayerView::has(const char* attribute) const {
    return !find(attribute).empty();
}

int64_t LayerView::integer(const char* attribute, std::optional<int64_t> fallback) const {
    if (!has(attribute) && fallback)
        return *fallback;
    const auto value = integersOf(find(attribute).as_string());
    if (!value || value->size() != 1)
        fail(fmt::format("has no whole number as {}", attribute));
    return value->front();
}

float LayerView::real(const char* attribute, std::optional<float> fallback) const {
    if (!has(attribute) && fallback)
        return *fallback;
    const auto value = realOf(find(attribute).as_string());
    if (!value || !std::isfinite(*value))
        fail(fmt::format("has no number as {}", attribute));
    return static_cast<float>(*value);
}

bool LayerView::flag(const char* attribute, std::optional<bool> fallback) const {
    if (!has(attribute) && fallback)
        return *fallback;
    const std::string_view text = find(attribute).as_string();
    if (text == "true" || text == "True" || text == "1")
        return true;
    if (text != "false" && text != "False" && text != "0")
        fail(fmt::format("has an attribute {} that is neither true nor false", attribute));
    return false;
}

std::string LayerView::text(const char* attribute, const char* fallback) const {
    return find(attribute).as_string(fallback);
}

std::vector<int64_t> LayerView::integers(const char* attribute) const {
    const auto values = integersOf(find(attribute).as_string());
    if (!values)
        fail(fmt::format("has no whole numbers as {}", attribute));
    return *values;
}

std::vector<int64_t> LayerView::sizes(const char* attribute, size_t count, int64_t least,
                                      std::optional<int64_t> fallback) const {
    if (!has(attribute) && fallback)
        return std::vector<int64_t>(count, *fallback);
    return sizesOf(integers(attribute), count, least, attribute);
}

std::vector<ValueId> LayerView::allInputs() {
    std::vector<ValueId> values;
    for (size_t i = 0; i < inputCount(); ++i)
        values.push_back(input(i));
    return values;
}

} // namespace halftone::openvino_format
