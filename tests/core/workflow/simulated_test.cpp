// SPDX-License-Identifier: GPL-3.0-or-later
// Why simulated int8 is slow, in words with the measured figures.
#include "core/workflow/tell/simulated.h"
#include "tests/support/catch.h"

using namespace halftone;

namespace {

Step step(const std::string& op, const std::string& tensor, double ms, int64_t macs = 0) {
    Step step;
    step.kind = op == "Reorder" ? StepKind::ConvertLayout : StepKind::Compute;
    step.op = op;
    step.inputs = {{tensor, "f32", "nhwc"}};
    step.medianMs = ms;
    step.macs = macs;
    return step;
}

Run run(const std::string& precision, double medianMs, std::vector<Step> steps) {
    Run run;
    run.precision = precision;
    run.latencyMs.median = medianMs;
    for (const Step& step : steps)
        run.stepsMs += step.medianMs;
    run.steps = std::move(steps);
    return run;
}

Report measured() {
    Report report;
    TensorRange weights;
    weights.name = "w";
    weights.role = "weight";
    report.tensors = {weights};
    report.runs = {run("fp32", 4, {step("Conv", "x", 4, 100)}), run("int8", 2, {step("Conv", "x", 2, 100)}),
                   run("int8-simulated", 8,
                       {step("FakeQuantize", "x", 1), step("FakeQuantize", "w", 2), step("Reorder", "w", 0.5),
                        step("Reorder", "x", 0.25), step("Conv", "x", 4.25, 100)})};
    return report;
}

} // namespace

TEST_CASE("Simulated int8 is explained by its rounding steps and by what still multiplies fp32") {
    const auto found = explainSimulated(measured());
    REQUIRE(found);
    CHECK(found->code == "simulated-int8");
    CHECK(
        found->message ==
        "Simulated int8 takes 8.00 ms, 2.00x as long as fp32: 1 layers with weights still multiply fp32 numbers "
        "(4.25 ms; 4.00 ms in fp32), and 2 FakeQuantize steps are added, 1 over activations (1.00 ms) and 1 over "
        "weights "
        "(2.00 ms), 37.5 % of its time. Packing the rounded weights at every inference takes 0.500 ms. A training tool "
        "that evaluates a quantized network like this tells its accuracy, not its speed: real int8 takes 2.00 ms.");
}

TEST_CASE("Without a simulated run there is nothing to explain") {
    Report report = measured();
    report.runs.pop_back();
    CHECK_FALSE(explainSimulated(report));
}
