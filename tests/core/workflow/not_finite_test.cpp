// SPDX-License-Identifier: GPL-3.0-or-later
// Networks in which NaN and infinity are meant, and those in which they are a fault.
#include "core/workflow/tell/not_finite.h"

#include "core/engine/compile.h"
#include "core/engine/machine/machine.h"
#include "core/quantize/bias_correction.h"
#include "core/quantize/quantize.h"
#include "core/quantize/weight_rounding.h"
#include "core/report/json.h"
#include "core/workflow/compare/accuracy.h"
#include "core/workflow/compare/layer_errors.h"
#include "core/workflow/describe/report_run.h"
#include "core/workflow/jobs/profile.h"
#include "core/workflow/samples/calibrate.h"
#include "tests/support/catch.h"
#include "tests/support/data_dir.h"
#include "tests/support/graph_builder.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <limits>

using namespace halftone;
using halftone::test::GraphBuilder;

namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

/// Every second position is masked.
Tensor mask(float value) {
    std::vector<float> values(64, 0);
    for (size_t i = 0; i < values.size(); i += 2)
        values[i] = value;
    return Tensor::fromFloats({1, 1, 8, 8}, values);
}

/// conv -> + mask of -infinity -> relu -> conv, and x / x that a Where takes the NaN out of -> conv.
Graph network() {
    GraphBuilder b;
    const ValueId x = b.input("x", {1, 3, 8, 8});
    const ValueId first = b.relu("positive", b.conv("first", x, 3, 8));
    const ValueId masked = b.add("masked", first, b.constant("mask", mask(-kInfinity)));
    const ValueId second = b.conv("second", b.relu("finite", masked), 8, 8);
    const ValueId zero = b.number("zero", 0);
    const ValueId isZero = b.node("is zero", Binary{BinaryKind::Equal}, {first, zero});
    const ValueId ratio = b.node("ratio", Binary{BinaryKind::Div}, {first, first});
    const ValueId chosen = b.node("chosen", Where{}, {isZero, zero, ratio});
    return b.build({second, b.conv("third", chosen, 8, 8)});
}

struct Quantized {
    Graph graph, quantized;
    RandomSamples samples{8, 5};
    LayerInputs inputs;
    Calibration calibration;

    explicit Quantized(Graph network) : graph(std::move(network)), inputs(graph, 256), calibration(calibrated()) {
        quantized = quantize(graph, calibration, {});
        quantized = correctBiases(roundWeights(std::move(quantized), inputs), graph, inputs);
    }
    Calibration calibrated() {
        useThreads(1);
        Job job;
        Stages stages(job, {{"", 1}});
        stages.next();
        Plan fp32 = compile(graph, {Precision::Fp32}, job);
        return calibrate(graph, fp32, samples, evenlySpread(8, 8), inputs, stages);
    }
    const Value& value(const std::string& name) const {
        return *std::ranges::find(quantized.values(), name, &Value::name);
    }
};

const StepInfo& step(const Plan& plan, const std::string& node) {
    const auto found = std::ranges::find(plan.steps(), node, &StepInfo::name);
    REQUIRE(found != plan.steps().end());
    return *found;
}

/// Pictures of 8 x 8; those with an odd number are black.
class Squares : public PictureDataset {
public:
    explicit Squares(int64_t count) : PictureDataset("squares", "npz", infos(count)) {}
    Picture picture(int64_t index) const override {
        std::vector<uint8_t> pixels(64);
        for (size_t i = 0; i < pixels.size(); ++i)
            pixels[i] = index % 2 ? 0 : static_cast<uint8_t>(1 + i + static_cast<size_t>(index));
        return {8, 8, 1, pixels};
    }

private:
    static std::vector<SampleInfo> infos(int64_t count) {
        std::vector<SampleInfo> infos;
        for (int64_t i = 0; i < count; ++i)
            infos.push_back({fmt::format("square {}", i), 0});
        return infos;
    }
};

/// Pictures through `graph` in fp32 and, as int8, through `other`.
ComparedAccuracy compared(const Graph& graph, const Graph& other, int64_t count) {
    useThreads(1);
    Job job;
    Stages stages(job, {{"", 1}});
    stages.next();
    Plan fp32 = compile(graph, {Precision::Fp32}, job), int8 = compile(other, {Precision::Fp32}, job);
    Preprocessing grey;
    grey.channels = ChannelOrder::Gray;
    const PictureSamples samples(std::make_shared<Squares>(count), grey, {fp32.inputShape(0)}, 0);
    return compareAccuracy({{"fp32", &fp32}, {"int8", &int8}}, samples, judgedOutput(graph, OutputKind::Auto, true),
                           evenlySpread(count, count), stages);
}

/// Classes of x / x, which are NaN for black pictures where nothing is added to the divisor.
Graph ratioClasses(float added) {
    GraphBuilder b;
    const ValueId x = b.node("flat", Flatten{}, {b.input("x", {1, 1, 8, 8})});
    const ValueId ratio = b.node("ratio", Binary{BinaryKind::Div}, {x, b.add("divisor", x, b.number("added", added))});
    return b.build({b.node("classes", FullyConnected{}, {ratio, b.constant("w", Shape{10, 64})})});
}

} // namespace

TEST_CASE("Masks of infinity and 0 / 0 behind a Where stay out of int8 and stop nothing else") {
    const Quantized q(network());
    for (const char* name : {"masked_y", "ratio_y"}) {
        INFO(name);
        CHECK_FALSE(q.value(name).quant);
    }
    for (const char* name : {"x", "positive_y", "finite_y", "chosen_y"}) {
        INFO(name);
        CHECK(q.value(name).quant);
    }
    Job job;
    const Plan plan = compile(q.quantized, {Precision::Int8}, job);
    for (const char* name : {"first", "second", "third"})
        CHECK(step(plan, name).precision == "int8");
    CHECK(step(plan, "masked").precision == "fp32");
    Run run;
    for (const StepInfo& info : plan.steps()) {
        Step& added = run.steps.emplace_back();
        added.name = info.name;
        added.kind = stepKind(info.kind);
        added.precision = info.precision;
        added.why = info.why;
        for (const PortInfo& input : info.inputs)
            added.inputs.push_back({input.value, input.type, input.layout});
    }
    explainNotFinite(run, whyWithoutGrid(q.graph, q.calibration));
    for (const Step& each : run.steps)
        CHECK(Contains("masked_y held NaN or infinity while calibrating (2048 of 4096 values)").match(each.why) ==
              (each.name == "finite"));

    const std::vector<Diagnostic> told = tellNotFinite(q.graph, q.calibration);
    REQUIRE(told.size() == 1);
    CHECK(told[0].severity == Severity::Info);
    CHECK(told[0].code == "not-finite");
    CHECK(told[0].where == "masked_y");
    CHECK_THAT(told[0].message, Contains("2 tensors") &&
                                    Contains(fmt::format("masked_y ({} of {} values)", 8 * 256, 8 * 512)) &&
                                    Contains("ratio_y"));
}

TEST_CASE("A tensor that held NaN or infinity is listed without a grid, with their number") {
    const Quantized q(network());
    const QuantizeOptions options;
    const std::vector<TensorRange> ranges = describeRanges(q.quantized, {q.graph, q.calibration, options, {}, {}});
    const auto masked = std::ranges::find(ranges, "masked_y", &TensorRange::name);
    REQUIRE(masked != ranges.end());
    CHECK(masked->notFinite == 8 * 256);
    CHECK(masked->scales.empty());
    CHECK(masked->storage.empty());
    CHECK(masked->clippedShare == 0);
    CHECK_THAT(masked->clipNote, Contains("2048 of 4096 values were NaN or infinite"));
    CHECK(masked->observedMin >= 0);
    const auto finite = std::ranges::find(ranges, "finite_y", &TensorRange::name);
    REQUIRE(finite != ranges.end());
    CHECK(finite->notFinite == 0);
    CHECK(finite->scales.size() == 1);
}

TEST_CASE("Errors of layers are told of finite values alone") {
    Quantized q(network());
    Job job;
    Plan int8 = compile(q.quantized, {Precision::Int8, false}, job);
    Report report;
    report.errors = analyseErrors({q.graph, q.quantized, int8, q.samples, {0, 1, 2, 3}, {}, {}}, job, [](double) {});
    for (const LayerError& layer : report.errors->layers) {
        INFO(layer.layer);
        CHECK(std::isfinite(layer.accumulated.cosine));
        CHECK(std::isfinite(layer.accumulated.maxAbs));
        CHECK(layer.local.has_value() == layer.notMeasured.empty());
    }
    CHECK_NOTHROW(toJson(report)); // it refuses what is not finite
    const auto masked = std::ranges::find(report.errors->layers, "masked", &LayerError::layer);
    REQUIRE(masked != report.errors->layers.end());
    CHECK(masked->accumulated.sqnrDb.value_or(100) > 20);
    CHECK(masked->notMeasured == "It is not in int8.");
}

TEST_CASE("An output that is NaN in fp32 is warned of, with the tensor where it began") {
    GraphBuilder b;
    const ValueId first = b.relu("positive", b.conv("first", b.input("x", {1, 3, 8, 8}), 3, 8));
    const ValueId ratio = b.node("ratio", Binary{BinaryKind::Div}, {first, first});
    const Quantized q(b.build({b.conv("last", ratio, 8, 8)}));
    Job job;
    const Plan plan = compile(q.quantized, {Precision::Int8}, job);
    CHECK(step(plan, "last").precision == "fp32");
    CHECK_THAT(step(plan, "last").why, Contains("ratio_y has no range"));
    const std::vector<Diagnostic> told = tellNotFinite(q.graph, q.calibration);
    REQUIRE(told.size() == 2);
    CHECK(told[1].severity == Severity::Warning);
    CHECK(told[1].code == "outputs-not-finite");
    CHECK(told[1].where == "last_y");
    CHECK_THAT(told[1].message, Contains("ratio_y"));
    // Neither correction was made from NaN.
    for (const Value& value : q.quantized.values())
        if (value.constant)
            for (const float weight : value.constant->toFloats())
                REQUIRE(std::isfinite(weight));
}

TEST_CASE("Pictures whose fp32 output is NaN are left out of the accuracy, with a warning") {
    const ComparedAccuracy found = compared(ratioClasses(0), ratioClasses(0), 10);
    REQUIRE(found.accuracy);
    CHECK(found.accuracy->samples == 5);
    CHECK(found.accuracy->agreement == 1);
    CHECK(found.accuracy->outputs.cosine == Approx(1));
    REQUIRE(found.diagnostics.size() == 1);
    CHECK(found.diagnostics[0].severity == Severity::Warning);
    CHECK(found.diagnostics[0].where == "square 1");
    CHECK_THAT(found.diagnostics[0].message, Contains("5 of 10 pictures"));
}

TEST_CASE("Where fp32 gives NaN for all pictures there is no accuracy") {
    const Graph nothing = [] {
        GraphBuilder b;
        const ValueId x = b.node("flat", Flatten{}, {b.input("x", {1, 1, 8, 8})});
        const ValueId nan = b.constant("nan", Tensor::fromFloats({1, 64}, std::vector<float>(64, std::nanf(""))));
        return b.build({b.add("classes", x, nan)});
    }();
    const ComparedAccuracy found = compared(nothing, nothing, 4);
    CHECK_FALSE(found.accuracy);
    REQUIRE(found.diagnostics.size() == 1);
    CHECK_THAT(found.diagnostics[0].message, Contains("4 of 4 pictures"));
}

TEST_CASE("A picture that int8 alone gives NaN for is wrong there, and is warned of") {
    const ComparedAccuracy found = compared(ratioClasses(1), ratioClasses(0), 10);
    REQUIRE(found.accuracy);
    CHECK(found.accuracy->samples == 10);
    CHECK(*found.accuracy->agreement <= 0.5);
    CHECK(std::isfinite(found.accuracy->outputs.cosine));
    for (const ChangedSample& changed : found.accuracy->changed)
        CHECK(std::isfinite(changed.distance));
    REQUIRE(found.diagnostics.size() == 1);
    CHECK_THAT(found.diagnostics[0].message, Contains("In int8") && Contains("5 of 10 pictures"));
}

TEST_CASE("Real files with masks of infinity and NaN that a Where takes out are profiled") {
    HALFTONE_REQUIRE_DATA(dataDir);
    for (const char* file : {"b13_inf_const", "b13_inf_where"}) {
        INFO(file);
        JobRequest request;
        request.modelPath = dataDir + "/cases/" + file + ".onnx";
        request.timeBudgetS = 0.05;
        request.calibrationSamples = 4;
        request.threads = 1;
        Job job;
        const Report report = profileModel(request, job);
        CHECK(reportFromJson(toJson(report), "report.json") == report);
        const auto told = std::ranges::find(report.diagnostics, "not-finite", &Diagnostic::code);
        REQUIRE(told != report.diagnostics.end());
        CHECK(told->severity == Severity::Info);
        CHECK(std::ranges::none_of(report.diagnostics,
                                   [](const Diagnostic& each) { return each.code == "outputs-not-finite"; }));
        CHECK(std::ranges::any_of(report.tensors, [](const TensorRange& tensor) { return tensor.notFinite > 0; }));
    }
}
