// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workflow/describe/report_run.h"

#include "core/base/text.h"

#include <algorithm>

namespace halftone {

namespace {

std::vector<StepPort> ports(const std::vector<PortInfo>& infos) {
    std::vector<StepPort> result;
    for (const PortInfo& info : infos)
        result.push_back({info.value, info.type, info.layout});
    return result;
}

std::vector<std::string> displayed(const std::vector<std::string>& names) {
    std::vector<std::string> result;
    for (const std::string& name : names)
        result.push_back(displayText(name));
    return result;
}

} // namespace

StepKind stepKind(StepInfo::Kind kind) {
    switch (kind) {
    case StepInfo::Kind::Compute: return StepKind::Compute;
    case StepInfo::Kind::ConvertType: return StepKind::ConvertType;
    case StepInfo::Kind::ConvertLayout: return StepKind::ConvertLayout;
    case StepInfo::Kind::ConvertBoth: return StepKind::ConvertBoth;
    case StepInfo::Kind::Copy: return StepKind::Copy;
    }
    return StepKind::Compute;
}

Run describeRun(const Plan& plan, const Measurement& measured, const RunFacts& facts) {
    Run run;
    run.precision = facts.precision;
    run.isa = facts.isa;
    run.threads = facts.threads;
    run.batch = facts.batch;
    run.latencyMs = measured.latency;
    run.firstMs = facts.firstMs;
    run.compileMs = facts.compileMs;
    const PlanMemory memory = plan.memory();
    run.memory = {memory.weightsBytes, memory.arenaBytes, memory.scratchpadBytes, facts.peakRssBytes};
    run.roundMs = measured.roundMs;
    run.stepRounds = measured.stepRounds;
    for (const StepTime& time : measured.steps)
        run.stepsMs += time.medianMs;
    for (size_t i = 0; i < plan.steps().size(); ++i) {
        const StepInfo& info = plan.steps()[i];
        Step step;
        step.index = static_cast<int>(i);
        step.name = displayText(info.name);
        step.kind = stepKind(info.kind);
        step.op = info.op;
        step.kernel = info.kernel;
        step.precision = info.precision;
        step.origins = displayed(info.origins);
        step.inputs = ports(info.inputs);
        step.outputs = ports(info.outputs);
        step.bytes = info.bytes;
        step.weightsBytes = info.weightsBytes;
        step.macs = info.macs;
        step.paddingMacs = info.paddingMacs;
        step.medianMs = measured.steps[i].medianMs;
        step.ci95 = measured.steps[i].ci95;
        step.roundMs = measured.steps[i].roundMs;
        step.share = run.latencyMs.median > 0 ? step.medianMs / run.latencyMs.median : 0;
        step.why = info.why;
        step.choice = info.choice;
        run.steps.push_back(std::move(step));
    }
    run.unexplainedMs = run.latencyMs.median - run.stepsMs;
    if (measured.waitingMs && run.latencyMs.median > 0) {
        run.waitingShare = std::min(1.0, *measured.waitingMs / run.latencyMs.median);
        run.waitingMs = std::clamp(*measured.waitingMs, 0.0, std::max(0.0, run.unexplainedMs));
    }
    run.timingOverheadMs = measured.timingOverheadMs;
    if (run.precision != "fp32" && measured.speedup.factor > 0) {
        run.speedup = measured.speedup.factor;
        run.speedupCi95 = measured.speedup.ci95;
        run.significant = measured.speedup.significant();
        run.grade = measured.speedup.grade;
    }
    return run;
}

void appendConversions(std::vector<Conversion>& conversions, const Run& run, const Plan& plan) {
    for (size_t i = 0; i < run.steps.size(); ++i) {
        const Step& step = run.steps[i];
        if (!isConversion(step.kind))
            continue;
        const StepPort &from = step.inputs.front(), &to = step.outputs.front();
        const StepInfo& info = plan.steps()[i];
        conversions.push_back({run.precision, step.index, step.kind, from.tensor, from.type, to.type, from.layout,
                               to.layout, Edge{displayText(info.producer), displayText(info.consumer)}, step.bytes,
                               step.medianMs, When::EveryInference, step.why});
    }
    for (const OneTimeConversion& once : plan.oneTimeConversions())
        conversions.push_back({run.precision, -1, stepKind(once.kind), once.value, once.fromType, once.toType,
                               once.fromLayout, once.toLayout, Edge{"", displayText(once.consumer)}, once.bytes,
                               std::nullopt, When::Once, once.why});
}

} // namespace halftone
