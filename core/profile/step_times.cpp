// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/profile/step_times.h"

#include "core/profile/statistics.h"

#include <algorithm>
#include <fmt/format.h>

namespace halftone {

namespace {

std::string identity(const StepInfo& step) {
    std::string text = fmt::format("{}\n{}\n{}", step.name, step.kernel, step.precision);
    for (const auto* ports : {&step.inputs, &step.outputs})
        for (const PortInfo& port : *ports)
            text += fmt::format("\n{} {} {}", port.value, port.type, port.layout);
    return text;
}

std::string layer(const StepInfo& step) {
    return fmt::format("{}\n{}", step.name, step.precision);
}

} // namespace

void StepTimes::note(const StepInfo& step, double ms) {
    m_times[identity(step)].push_back(ms);
    if (step.kind == StepInfo::Kind::Compute)
        m_layerTimes[layer(step)].push_back(ms);
    else
        m_conversions.push_back({static_cast<double>(step.bytes), ms});
}

void StepTimes::addReference(const std::vector<StepInfo>& steps, std::span<const double> stepMs, double latencyMs) {
    for (size_t i = 0; i < steps.size(); ++i) {
        note(steps[i], stepMs[i]);
        m_references[identity(steps[i])] = stepMs[i];
        m_stepsMs += stepMs[i];
    }
    m_latencyMs += latencyMs;
    m_steps += static_cast<int64_t>(steps.size());
    fitConversions();
}

double StepTimes::add(const std::vector<StepInfo>& steps, std::span<const double> stepMs) {
    double known = 0, here = 0;
    for (size_t i = 0; i < steps.size(); ++i)
        if (const auto reference = m_references.find(identity(steps[i])); reference != m_references.end()) {
            known += reference->second;
            here += stepMs[i];
        }
    const double scale = here > 0 ? known / here : 1;
    for (size_t i = 0; i < steps.size(); ++i)
        if (!m_references.contains(identity(steps[i])))
            note(steps[i], scale * stepMs[i]);
    fitConversions();
    return scale;
}

void StepTimes::fitConversions() {
    if (m_conversions.empty())
        return;
    double n = 0, bytes = 0, ms = 0, squares = 0, products = 0;
    for (const Conversion& conversion : m_conversions) {
        n += 1;
        bytes += conversion.bytes;
        ms += conversion.ms;
        squares += conversion.bytes * conversion.bytes;
        products += conversion.bytes * conversion.ms;
    }
    const double spread = n * squares - bytes * bytes;
    // Of a single size the line is not known; neither part of a cost is ever negative.
    m_msPerByte = spread > 1e-9 * n * squares ? (n * products - bytes * ms) / spread : ms / bytes;
    m_msPerByte = std::clamp(m_msPerByte, 0.0, ms / bytes);
    m_conversionMs = (ms - m_msPerByte * bytes) / n;
}

double StepTimes::conversionMs(int64_t bytes) const {
    return m_conversionMs + m_msPerByte * static_cast<double>(bytes);
}

double StepTimes::ms(const StepInfo& step) const {
    if (const auto times = m_times.find(identity(step)); times != m_times.end())
        return median(times->second);
    if (step.kind != StepInfo::Kind::Compute)
        return conversionMs(step.bytes);
    if (const auto times = m_layerTimes.find(layer(step)); times != m_layerTimes.end())
        return median(times->second);
    return 0;
}

double StepTimes::latencyMs(const std::vector<StepInfo>& steps) const {
    const double unexplained = m_steps > 0 ? (m_latencyMs - m_stepsMs) / static_cast<double>(m_steps) : 0;
    double sum = 0;
    for (const StepInfo& step : steps)
        sum += ms(step) + unexplained;
    return sum;
}

} // namespace halftone
