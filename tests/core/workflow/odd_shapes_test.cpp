// SPDX-License-Identifier: GPL-3.0-or-later
// Whole jobs on networks with values without dimensions, tensors without elements and extreme extents: they run, or are
// refused in words.
#include "core/base/error.h"
#include "core/data/npy.h"
#include "core/workflow/jobs/plan.h"
#include "core/workflow/jobs/profile.h"
#include "core/workflow/jobs/run.h"
#include "core/workflow/jobs/sweep.h"
#include "core/workflow/samples/npy_tensor.h"
#include "tests/core/formats/model_maker.h"
#include "tests/support/catch.h"
#include "tests/support/temporary_folder.h"

#include <cmath>

using namespace halftone;
using namespace halftone::test;

namespace {

const TemporaryFolder& folder() {
    static const TemporaryFolder folder;
    return folder;
}

JobRequest requestFor(const ModelMaker& model, const std::string& name) {
    JobRequest request;
    request.modelPath = folder().write(name + ".onnx", model.bytes());
    request.threads = 1;
    request.timeBudgetS = 0.05;
    request.calibrationSamples = 3;
    return request;
}

Report profiled(const ModelMaker& model, const std::string& name, int64_t batch = 1) {
    JobRequest request = requestFor(model, name);
    request.batch = batch;
    Job job;
    return profileModel(request, job);
}

std::string refusalOf(const ModelMaker& model, const std::string& name) {
    try {
        profiled(model, name);
    } catch (const Error& error) {
        return error.message();
    }
    return "it ran";
}

/// x, without dimensions -> Neg -> relu(-x) + 0.5
ModelMaker scalarModel() {
    ModelMaker model;
    model.input("x", {});
    model.floats("half", {}, {0.5F});
    model.node("Neg", {"x"}, {"n"}, "neg");
    model.node("Relu", {"n"}, {"r"}, "relu");
    model.node("Add", {"r", "half"}, {"y"}, "add");
    model.output("y");
    return model;
}

/// x [1,3,6,6] -> Conv -> mean of everything, without dimensions
ModelMaker meanModel() {
    ModelMaker model;
    model.input("x", {-1, 3, 6, 6});
    model.weight("w", {4, 3, 3, 3}, 0.1F);
    model.node("Conv", {"x", "w"}, {"c"}, "conv");
    set(model.node("ReduceMean", {"c"}, {"y"}, "mean"), "keepdims", int64_t{0});
    model.output("y");
    return model;
}

/// x [1,1,4,8] cut to [1,0,4,8], which is added to itself.
ModelMaker emptyModel() {
    ModelMaker model;
    model.input("x", {1, 1, 4, 8});
    for (const char* name : {"start", "end"})
        model.integers(name, {0});
    model.integers("axis", {1});
    model.node("Slice", {"x", "start", "end", "axis"}, {"e"}, "empty");
    model.node("Sum", {"e", "e", "e"}, {"s"}, "sum");
    return model;
}

} // namespace

TEST_CASE("a network of values without dimensions is profiled") {
    const Report report = profiled(scalarModel(), "scalar");
    REQUIRE(report.runs.size() >= 2);
    CHECK(report.model.inputs.front().shape.empty());
    CHECK(report.model.outputs.front().shape.empty());
    CHECK(report.errors);
}

TEST_CASE("a network that ends in a value without dimensions is profiled at any batch") {
    for (const int64_t batch : {1, 3}) {
        const Report report = profiled(meanModel(), "mean", batch);
        CHECK(report.model.outputs.front().shape.empty());
        REQUIRE(report.errors);
        for (const LayerError& layer : report.errors->layers)
            if (layer.accumulated.mse > 0)
                CHECK(std::isfinite(layer.accumulated.maxAbs));
    }
}

TEST_CASE("a network of values without dimensions is run in every precision") {
    RunRequest request;
    request.job.modelPath = folder().write("scalar.onnx", scalarModel().bytes());
    request.job.threads = 1;
    request.inputs["x"] = folder().path("x.npy");
    saveNpyFloats(request.inputs["x"], {}, std::vector<float>{-2});
    for (const Precision precision : kPrecisions) {
        if (precision == Precision::F16)
            continue; // few CPUs have it
        request.precision = precision;
        request.outputFolder = folder().path(name(precision));
        Job job;
        std::vector<std::string> written;
        try {
            written = runModel(request, job);
        } catch (const Error& error) {
            INFO(error.message());
            CHECK(precision == Precision::Bf16); // where the CPU has none
            CHECK(error.code() == ErrorCode::Usage);
            continue;
        }
        REQUIRE(written.size() == 1);
        const NpyArray array = loadNpy(written.front());
        CHECK(array.shape.empty());
        REQUIRE(toFloats(array).size() == 1);
        CHECK_THAT(static_cast<double>(toFloats(array).front()), WithinAbs(2.5, 0.02));
    }
}

TEST_CASE("a network of values without dimensions is planned and swept") {
    Job job;
    JobRequest plan = requestFor(scalarModel(), "scalar");
    plan.timeBudgetS = 1;
    CHECK(planModel(plan, job).plan);
    JobRequest sweep = requestFor(scalarModel(), "scalar");
    sweep.sweep = {{1}, {1}};
    const Report report = sweepModel(sweep, job);
    REQUIRE(report.sweep);
    for (const SweepPoint& point : report.sweep->points)
        CHECK(point.failure == "");
}

TEST_CASE("a tensor without elements leaves the rest of the network to run") {
    ModelMaker model = emptyModel();
    set(model.node("Concat", {"x", "s", "x"}, {"j"}, "join"), "axis", int64_t{1});
    model.node("Relu", {"j"}, {"y"}, "relu");
    model.output("y");
    model.output("s");
    const Report report = profiled(model, "empty");
    REQUIRE(report.model.outputs.size() == 2);
    CHECK(report.model.outputs.front().shape == Shape{1, 2, 4, 8});
    CHECK(report.model.outputs.back().shape == Shape{1, 0, 4, 8});
}

TEST_CASE("a network whose outputs have no elements is refused in words") {
    ModelMaker model = emptyModel();
    model.node("Neg", {"s"}, {"y"}, "neg");
    model.output("y");
    const std::string says = refusalOf(model, "nothing");
    CHECK(says.find("y (1x0x4x8)") != std::string::npos);
    CHECK(says.find("nothing to run") != std::string::npos);
}

TEST_CASE("a picture wider than the memory is refused with both numbers") {
    ModelMaker model;
    model.input("x", {1, 1, 1, int64_t{1} << 39});
    model.weight("w", {1, 1, 1, 3});
    set(model.node("Conv", {"x", "w"}, {"y"}, "conv"), "pads", std::vector<int64_t>{0, 1, 0, 1});
    model.output("y");
    const std::string says = refusalOf(model, "wide");
    CHECK(says.find("needs 2199 GB of memory, and this machine has") != std::string::npos);
}
