// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/profile/step_times.h"

#include "tests/support/catch.h"

using namespace halftone;

namespace {

StepInfo layer(const std::string& name, const std::string& precision, const std::string& reads,
               const std::string& writes) {
    StepInfo step;
    step.name = name;
    step.kernel = "jit:" + precision;
    step.precision = precision;
    step.inputs = {{"x", reads, "nhwc"}};
    step.outputs = {{"y", writes, "nhwc"}};
    return step;
}

StepInfo conversion(const std::string& name, int64_t bytes) {
    StepInfo step;
    step.name = name;
    step.kind = StepInfo::Kind::ConvertType;
    step.bytes = bytes;
    return step;
}

} // namespace

TEST_CASE("a step takes what it took, wherever it was measured") {
    const StepInfo a = layer("a", "fp32", "f32", "f32"), b = layer("b", "fp32", "f32", "f32");
    const StepInfo codes = layer("b", "int8", "u8", "u8"), floats = layer("b", "int8", "u8", "f32");
    StepTimes times;
    times.addReference({a, b}, std::vector<double>{1.0, 2.0}, 3.0);
    times.addReference({a, codes}, std::vector<double>{1.0, 0.5}, 1.5);
    CHECK(times.ms(b) == 2.0);
    CHECK(times.ms(codes) == 0.5);
    CHECK(times.ms(floats) == 0.5); // the nearest that is known
    times.add({a, floats}, std::vector<double>{1.0, 0.7});
    CHECK(times.ms(floats) == Approx(0.7));
    CHECK(times.latencyMs({a, floats}) == Approx(1.7));
}

TEST_CASE("what was measured while the machine was slower is scaled by what both have") {
    const StepInfo a = layer("a", "fp32", "f32", "f32"), b = layer("b", "fp32", "f32", "f32");
    const StepInfo other = layer("b", "int8", "u8", "f32");
    StepTimes times;
    times.addReference({a, b}, std::vector<double>{1.0, 2.0}, 3.0);
    times.add({a, other}, std::vector<double>{2.0, 1.0}); // everything took twice as long
    CHECK(times.ms(other) == Approx(0.5));
    CHECK(times.ms(a) == 1.0);
}

TEST_CASE("the clock between the steps is not part of a predicted latency") {
    const StepInfo a = layer("a", "fp32", "f32", "f32"), b = layer("b", "fp32", "f32", "f32");
    StepTimes times;
    times.addReference({a, b}, std::vector<double>{1.1, 2.1}, 3.0);
    CHECK(times.latencyMs({a, b}) == Approx(3.0));
    CHECK(times.latencyMs({a}) == Approx(1.0));
}

TEST_CASE("a conversion that was never measured takes what its bytes cost") {
    StepTimes times;
    times.addReference({conversion("p", 1000), conversion("q", 3000)}, std::vector<double>{0.02, 0.04}, 0.06);
    CHECK(times.ms(conversion("r", 2000)) == Approx(0.03));
    CHECK(times.conversionMs(0) == Approx(0.01));
    StepTimes single;
    single.addReference({conversion("p", 1000)}, std::vector<double>{0.02}, 0.02);
    CHECK(single.ms(conversion("r", 2000)) == Approx(0.04));
}
