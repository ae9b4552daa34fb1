// SPDX-License-Identifier: GPL-3.0-or-later
// What steps take, collected over several plans of one network: predicts the latency of a plan that was never run.
#pragma once

#include "core/engine/plan/plan.h"

#include <map>
#include <span>
#include <string>
#include <vector>

namespace halftone {

class StepTimes {
public:
    /// The steps of a plan that was measured in turn with the other references; `latencyMs` is that of plain runs. They
    /// set the scale: the machine may be slower at other times.
    void addReference(const std::vector<StepInfo>& steps, std::span<const double> stepMs, double latencyMs);
    /// The steps of another plan, measured at another time: scaled so that those which a reference has too take as long
    /// as there. Returns that factor.
    double add(const std::vector<StepInfo>& steps, std::span<const double> stepMs);

    /// The same step (layer, kernel, types and layouts) as measured. What was never measured: a layer as in its other
    /// forms in this precision, a conversion by its bytes.
    double ms(const StepInfo& step) const;
    /// Of all steps, without the cost of the clock between them, which the references tell.
    double latencyMs(const std::vector<StepInfo>& steps) const;
    /// A conversion that reads and writes so many bytes, by a line fitted to all that were measured; 0 where none was.
    double conversionMs(int64_t bytes) const;

private:
    struct Conversion {
        double bytes, ms;
    };
    void note(const StepInfo& step, double ms);
    void fitConversions();

    std::map<std::string, std::vector<double>> m_times;      // by all that makes a step what it is
    std::map<std::string, double> m_references;              // the same of the references alone
    std::map<std::string, std::vector<double>> m_layerTimes; // by layer and precision
    std::vector<Conversion> m_conversions;
    double m_stepsMs = 0, m_latencyMs = 0; // of the references
    double m_conversionMs = 0, m_msPerByte = 0;
    int64_t m_steps = 0;
};

} // namespace halftone
