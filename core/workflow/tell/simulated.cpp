// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workflow/tell/simulated.h"

#include "core/base/text.h"

#include <fmt/format.h>
#include <set>

namespace halftone {

namespace {

struct Part {
    int steps = 0;
    double ms = 0;
    void add(const Step& step) {
        ++steps;
        ms += step.medianMs;
    }
};

/// Steps with multiplications.
Part multiplying(const Run& run) {
    Part part;
    for (const Step& step : run.steps)
        if (step.macs > 0)
            part.add(step);
    return part;
}

std::string timesFp32(double factor) {
    if (factor >= 1)
        return fmt::format("{:.2f}x as long as fp32", factor);
    return fmt::format("{:.2f}x the time of fp32", factor);
}

} // namespace

std::optional<Diagnostic> explainSimulated(const Report& report) {
    const Run *simulated = report.run("int8-simulated"), *fp32 = report.run("fp32"), *int8 = report.run("int8");
    if (!simulated || !fp32 || !int8 || fp32->latencyMs.median <= 0)
        return std::nullopt;
    std::set<std::string> weights;
    for (const TensorRange& tensor : report.tensors)
        if (tensor.role == "weight")
            weights.insert(tensor.name);
    Part activationRounding, weightRounding, weightPacking;
    for (const Step& step : simulated->steps) {
        const bool ofWeights = !step.inputs.empty() && weights.contains(step.inputs.front().tensor);
        if (step.op == "FakeQuantize")
            (ofWeights ? weightRounding : activationRounding).add(step);
        else if (isConversion(step.kind) && ofWeights)
            weightPacking.add(step);
    }
    const Part layers = multiplying(*simulated), sameLayers = multiplying(*fp32);
    const double roundingMs = activationRounding.ms + weightRounding.ms;
    std::string message = fmt::format(
        "Simulated int8 takes {} ms, {}: {} layers with weights still multiply fp32 numbers ({} ms; {} ms in fp32), "
        "and {} FakeQuantize steps are added, {} over activations ({} ms) and {} over weights ({} ms), {:.1f} % of its "
        "time.",
        threeDigits(simulated->latencyMs.median), timesFp32(simulated->latencyMs.median / fp32->latencyMs.median),
        layers.steps, threeDigits(layers.ms), threeDigits(sameLayers.ms),
        activationRounding.steps + weightRounding.steps, activationRounding.steps, threeDigits(activationRounding.ms),
        weightRounding.steps, threeDigits(weightRounding.ms),
        simulated->stepsMs > 0 ? 100 * roundingMs / simulated->stepsMs : 0);
    if (weightPacking.steps > 0)
        message +=
            fmt::format(" Packing the rounded weights at every inference takes {} ms.", threeDigits(weightPacking.ms));
    message += fmt::format(" A training tool that evaluates a quantized network like this tells its accuracy, not its "
                           "speed: real int8 takes {} ms.",
                           threeDigits(int8->latencyMs.median));
    return Diagnostic{Severity::Info, "simulated-int8", "", message};
}

} // namespace halftone
