// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/profile/waterfall.h"

#include "core/profile/roofline.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <vector>

namespace halftone {

namespace {

/// Sets of layers that are computed together in one of the runs.
class LayerGroups {
public:
    void join(const Step& step) {
        for (const std::string& layer : step.origins)
            m_parents[find(number(layer))] = find(number(step.origins.front()));
    }
    /// -1 for steps that compute no layer of the file.
    int of(const Step& step) { return step.origins.empty() ? -1 : find(number(step.origins.front())); }

private:
    int number(const std::string& layer) {
        const auto [at, added] = m_numbers.emplace(layer, static_cast<int>(m_parents.size()));
        if (added)
            m_parents.push_back(at->second);
        return at->second;
    }
    int find(int layer) const {
        while (m_parents[static_cast<size_t>(layer)] != layer)
            layer = m_parents[static_cast<size_t>(layer)];
        return layer;
    }

    std::map<std::string, int> m_numbers;
    std::vector<int> m_parents;
};

class Splitter {
public:
    Splitter(const Run& fp32, const Run& int8, double ratioOfPeaks) : m_int8(int8), m_ratio(ratioOfPeaks) {
        for (const Run* run : {&fp32, &int8})
            for (const Step& step : run->steps)
                m_groups.join(step);
        for (const Step& step : fp32.steps)
            m_fp32Ms[m_groups.of(step)] += step.medianMs;
        for (const Step& step : int8.steps)
            m_macs[m_groups.of(step)] += step.macs;
        m_fall.fp32Ms = fp32.latencyMs.median;
        m_fall.int8Ms = int8.latencyMs.median;
        for (const auto& [kind, name] : namesOf<LossKind>)
            m_fall.parts.push_back({kind, 0, {}});
    }

    Waterfall split() {
        for (const Step& step : m_int8.steps) {
            if (isConversion(step.kind))
                add(step.kind == StepKind::ConvertLayout ? LossKind::ConvertLayout : LossKind::ConvertType, step,
                    step.medianMs);
            else
                splitComputing(step);
        }
        part(LossKind::Waiting).ms = m_int8.waitingMs;
        LossPart& unexplained = m_fall.parts.back();
        unexplained.ms = m_fall.int8Ms;
        for (size_t i = 0; i + 1 < m_fall.parts.size(); ++i)
            unexplained.ms -= m_fall.parts[i].ms;
        return std::move(m_fall);
    }

private:
    void splitComputing(const Step& step) {
        const double idealMs = this->idealMs(step);
        double lostMs = step.medianMs - idealMs;
        add(LossKind::Ideal, step, idealMs);
        if (step.macs > 0 ? step.precision != "int8" : step.precision == "fp32" && !step.why.empty()) {
            add(LossKind::NoInt8Kernel, step, lostMs);
            return;
        }
        if (lostMs < 0) {
            add(LossKind::AbovePeak, step, lostMs);
            return;
        }
        if (step.bound == StepBound::Memory || step.bound == StepBound::Overhead) {
            const double limitedMs = std::clamp(step.limitMs.value_or(0) - idealMs, 0.0, lostMs);
            add(step.bound == StepBound::Memory ? LossKind::MemoryBound : LossKind::TooSmall, step, limitedMs);
            lostMs -= limitedMs;
        }
        add(LossKind::BelowPeak, step, lostMs);
    }

    double idealMs(const Step& step) {
        const int group = m_groups.of(step);
        if (step.macs == 0 || group < 0)
            return 0;
        return m_ratio * m_fp32Ms[group] * static_cast<double>(step.macs) / static_cast<double>(m_macs[group]);
    }

    LossPart& part(LossKind kind) { return *std::ranges::find(m_fall.parts, kind, &LossPart::kind); }

    void add(LossKind kind, const Step& step, double ms) {
        if (ms == 0)
            return;
        LossPart& lost = part(kind);
        lost.ms += ms;
        lost.steps.push_back(step.index);
    }

    const Run& m_int8;
    double m_ratio;
    LayerGroups m_groups;
    std::map<int, double> m_fp32Ms;
    std::map<int, int64_t> m_macs; // of the int8 steps
    Waterfall m_fall;
};

} // namespace

std::optional<Waterfall> lossWaterfall(const Report& report) {
    const Run *fp32 = report.run("fp32"), *int8 = report.run("int8");
    if (!report.roofline || !fp32 || !int8 || fp32->threads != int8->threads || fp32->batch != int8->batch)
        return std::nullopt;
    const PeakRate* fp32Peak = peakOf(*report.roofline, "fp32", fp32->threads);
    const PeakRate* int8Peak = peakOf(*report.roofline, "int8", int8->threads);
    if (!fp32Peak || !int8Peak || fp32Peak->gops <= 0 || int8Peak->gops <= 0)
        return std::nullopt;
    return Splitter(*fp32, *int8, fp32Peak->gops / int8Peak->gops).split();
}

} // namespace halftone
