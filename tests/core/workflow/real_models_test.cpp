// SPDX-License-Identifier: GPL-3.0-or-later
// Real models and pictures against the outputs and predictions of another runtime.
#include "core/data/npy.h"
#include "core/engine/compile.h"
#include "core/engine/machine/machine.h"
#include "core/report/json.h"
#include "core/workflow/compare/accuracy.h"
#include "core/workflow/jobs/profile.h"
#include "core/workflow/jobs/run.h"
#include "core/workflow/network/load.h"
#include "core/workflow/network/quantize_model.h"
#include "core/workflow/samples/calibrate.h"
#include "core/workflow/samples/feed.h"
#include "tests/support/allocations.h"
#include "tests/support/catch.h"
#include "tests/support/data_dir.h"
#include "tests/support/golden.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <unistd.h>
#include <utility>

using namespace halftone;
using namespace halftone::test;
using nlohmann::json;

namespace {

namespace fs = std::filesystem;

/// Removed at the end.
struct Folder {
    fs::path path = fs::temp_directory_path() / ("halftone-workflow-" + std::to_string(getpid()));
    Folder() { fs::create_directories(path); }
    ~Folder() { fs::remove_all(path); }
};

void checkGolden(const std::string& dataDir, const std::string& model, const json& golden) {
    INFO(model);
    const Folder folder;
    RunRequest request;
    request.job.modelPath = dataDir + "/onnx/" + model;
    request.outputFolder = (folder.path / "out").string();
    request.job.threads = 1;
    for (const auto& [name, shape] : golden.at("inputs").items()) {
        request.inputs[name] = (folder.path / "input.npy").string();
        saveNpyFloats(request.inputs[name], shape.get<Shape>(), goldenInput(shape.get<Shape>()));
    }
    Job job;
    const std::vector<std::string> written = runModel(request, job);
    REQUIRE(written.size() == golden.at("outputs").size());
    for (size_t i = 0; i < written.size(); ++i) {
        const json& expected = golden["outputs"][i];
        const NpyArray array = loadNpy(written[i]);
        const std::vector<float> values = toFloats(array);
        const auto stored = readFloats(dataDir + "/golden/" + expected.at("file").get<std::string>());
        const auto stride = expected.at("stride").get<size_t>();
        const auto most = expected.at("absmax").get<double>();
        const double tolerance = 1e-4 * most + 1e-8; // probabilities that another runtime rounds to 0
        CHECK(array.shape == expected.at("shape").get<Shape>());
        REQUIRE(stored.size() == (values.size() + stride - 1) / stride);
        double largest = 0, sum = 0;
        for (size_t at = 0; at < stored.size(); ++at)
            largest = std::max(largest, std::abs(static_cast<double>(stored[at]) - values[at * stride]));
        for (const float value : values)
            sum += value;
        CHECK(largest <= tolerance);
        CHECK_THAT(sum, WithinAbs(expected.at("sum").get<double>(), tolerance * static_cast<double>(values.size())));
        if (most > 0)
            CHECK(argMax(values) == expected.at("argmax").get<int64_t>());
    }
}

/// File name -> predicted class.
std::map<std::string, int64_t> predictions(const std::string& path) {
    std::map<std::string, int64_t> result;
    std::ifstream file(path);
    std::string line, name, label, top1;
    std::getline(file, line); // file,label,top1,score
    while (std::getline(file, line)) {
        std::istringstream cells(line);
        std::getline(cells, name, ',');
        std::getline(cells, label, ',');
        std::getline(cells, top1, ',');
        result[name] = std::stoll(top1);
    }
    return result;
}

/// Every tenth picture, predicted in fp32; at most one may differ from the reference (JPEG decoders round differently).
void checkPredictions(const std::string& dataDir, const std::string& model, const std::string& preset,
                      const std::string& reference) {
    INFO(model);
    Job job;
    const LoadedModel loaded = loadModel(dataDir + "/onnx/" + model, {}, 1, job);
    Plan plan = compile(loaded.graph, {Precision::Fp32}, job);
    const Preprocessing preprocessing = preprocessingPreset(preset);
    const PictureSamples samples(openPictures(dataDir + "/images/imagenet500"), preprocessing, {plan.inputShape(0)},
                                 50);
    REQUIRE(samples.size() == 50);
    const auto expected = predictions(dataDir + "/golden/" + reference);
    int different = 0;
    Stages stages(job, {{"Comparing", 1}});
    stages.next();
    forEachBatch(plan, samples, evenlySpread(50, 50), stages, [&](std::span<const int64_t> batch) {
        plan.run();
        const std::string file = fs::path(samples.info(batch.front()).name).filename().string();
        REQUIRE(expected.contains(file));
        different += argMax(plan.output(0)) - preprocessing.labelOffset != expected.at(file);
    });
    CHECK(different <= 1);
}

} // namespace

TEST_CASE("fp32 outputs of real models equal those of another runtime") {
    HALFTONE_REQUIRE_DATA(dir);
    const json golden = json::parse(std::ifstream(dir + "/golden/golden.json"));
    int models = 0;
    for (const auto& [model, expected] : golden.items()) {
        if (model.find("_qdq") != std::string::npos || model.find("_qop") != std::string::npos)
            continue; // their own test runs them in int8
        checkGolden(dir, model, expected);
        ++models;
    }
    CHECK(models == 16);
}

TEST_CASE("Predictions for real pictures equal those of another runtime") {
    HALFTONE_REQUIRE_DATA(dir);
    checkPredictions(dir, "resnet34_imagenet_f16w.onnx", "imagenet-dlib", "preds_resnet34_fp32.csv");
    checkPredictions(dir, "mobilenet_v2_1.0_224_fp32.onnx", "imagenet-tf", "preds_mobilenet_v2_fp32.csv");
    checkPredictions(dir, "mobilenet_v1_0.25_128_fp32.onnx", "imagenet-tf", "preds_mobilenet_v1_025_fp32.csv");
}

TEST_CASE("Every convolution of ResNet-34 runs in int8, none by a reference kernel, and every conversion says why") {
    HALFTONE_REQUIRE_DATA(dir);
    JobRequest request;
    request.modelPath = dir + "/onnx/resnet34_imagenet_f16w.onnx";
    request.dataPath = dir + "/images/imagenet500";
    request.preprocessing = preprocessingPreset("imagenet-dlib");
    request.maxSamples = 25;
    request.calibrationSamples = 25;
    request.threads = 1;
    request.timeBudgetS = 0.2;
    Job job;
    const Report report = profileModel(request, job);
    CHECK(reportFromJson(toJson(report), "report.json") == report);
    int convolutions = 0;
    for (const Layer& layer : report.layers) {
        if (layer.op != "Conv")
            continue;
        INFO(layer.name);
        ++convolutions;
        CHECK(layer.byPrecision.at("int8").status == LayerStatus::Executed);
        CHECK(layer.byPrecision.at("int8").precision == "int8");
    }
    CHECK(convolutions == 33); // its shortcuts pool and pad
    for (const Run& run : report.runs)
        for (const Step& step : run.steps) {
            INFO(run.precision << " " << step.name);
            CHECK_FALSE(step.kernel.starts_with("ref"));
            CHECK(step.kernel.find(":ref") == std::string::npos);
        }
    for (const Conversion& conversion : report.conversions)
        CHECK_FALSE(conversion.why.empty());
    CHECK(report.accuracy->top1->share.at("fp32") >= 0.7);
    CHECK(std::abs(report.accuracy->top1->share.at("fp32") - report.accuracy->top1->share.at("int8")) < 0.1); // 2 of 25
    CHECK(report.data->labelled);
}

TEST_CASE("A transposed convolution is an int8 layer of the report, with the error of its own and its ranges") {
    HALFTONE_REQUIRE_DATA(dir);
    JobRequest request;
    request.modelPath = dir + "/tflite/selfie_segmentation.tflite";
    request.dataPath = dir + "/images/imagenet500";
    request.preprocessing = preprocessingPreset("unit");
    request.maxSamples = 4;
    request.calibrationSamples = 4;
    request.threads = 1;
    request.timeBudgetS = 0.1;
    Job job;
    const Report report = profileModel(request, job);
    const auto layer = std::ranges::find(report.layers, "Convolution2DTransposeBias", &Layer::op);
    REQUIRE(layer != report.layers.end());
    CHECK(layer->byPrecision.at("int8").precision == "int8");
    const auto weights = std::ranges::find_if(
        report.tensors, [&](const TensorRange& range) { return range.role == "weight" && range.layer == layer->name; });
    REQUIRE(weights != report.tensors.end());
    CHECK(weights->axis == 1);
    CHECK(*weights->sqnrDb > 30);
    const auto error = std::ranges::find(report.errors->layers, layer->name, &LayerError::layer);
    REQUIRE(error != report.errors->layers.end());
    REQUIRE(error->local);
    CHECK(*error->local->sqnrDb > 10);
}

TEST_CASE("No layer of any network runs in oneDNN's reference loops, in fp32 or int8") {
    HALFTONE_REQUIRE_DATA(dir);
    useThreads(2);
    QuantizeOptions plain; // what corrects rounding changes no kernel
    plain.rounding = plain.biasCorrection = plain.equalization = Switch::Off;
    int networks = 0;
    for (const char* folder : {"onnx", "tf", "tflite"})
        for (const auto& entry : fs::directory_iterator(dir + "/" + folder)) {
            const std::string file = entry.path().filename().string();
            const auto names = [&](const char* part) { return file.find(part) != std::string::npos; };
            if (names("_q") || names("int8") || names("ptq") || names("resnet34") || names("fakequant"))
                continue; // the network of another file, quantized, or a large one of plain convolutions
            INFO(file);
            GivenSizes sizes;
            if (names("PP-OCRv4_det") || names("ppocr_mobile"))
                sizes.shapes["x"] = {1, 3, 64, 64};
            Job job;
            const LoadedModel model = loadModel(entry.path().string(), sizes, 1, job);
            Plan fp32 = compile(model.graph, {Precision::Fp32}, job);
            Stages stages(job, {{"Calibrating ranges", 1}});
            const ModelQuantizer quantizer(model, fp32, RandomSamples(1, 1), {0}, plain, machineInfo(), stages);
            const Plan int8 =
                compile(quantizer.quantize().graph, {.precision = Precision::Int8, .timeKernels = false}, job);
            for (const Plan* plan : {&std::as_const(fp32), &int8})
                for (const StepInfo& step : plan->steps()) {
                    INFO(step.name << " " << step.kernel);
                    CHECK_FALSE(step.kernel.starts_with("ref"));
                    CHECK(step.kernel.find("+ref") == std::string::npos);
                }
            ++networks;
        }
    CHECK(networks >= 20);
    useThreads(1);
}

TEST_CASE("A model with operators that cannot be run is inspected all the same, and refused by name when run") {
    HALFTONE_REQUIRE_DATA(dir);
    const std::string path = dir + "/edge/onnx/Polygraphy/loop.onnx";
    Job job;
    const Report report = inspectModel({.modelPath = path}, job);
    CHECK(report.model.operators.at("Loop") == 1);
    REQUIRE_FALSE(report.diagnostics.empty());
    CHECK(report.diagnostics.back().code == "unsupported");
    JobRequest request;
    request.modelPath = path;
    CHECK_THROWS_WITH(profileModel(request, job), Contains("Loop"));
}

TEST_CASE("A network without inputs or with unknown dimensions is inspected with a warning and not run") {
    HALFTONE_REQUIRE_DATA(dir);
    struct Example {
        const char *file, *code, *says;
    };
    for (const auto& [file, code, says] : {Example{"identity_with_initializer.onnx", "unsupported", "no inputs"},
                                           Example{"dynamic_identity.onnx", "bad-input", "--size "}}) {
        std::string path;
        for (const auto& entry : fs::recursive_directory_iterator(dir + "/edge/onnx"))
            if (entry.path().filename() == file)
                path = entry.path().string();
        INFO(file);
        REQUIRE_FALSE(path.empty());
        Job job;
        const Report report = inspectModel({.modelPath = path}, job);
        REQUIRE_FALSE(report.diagnostics.empty());
        CHECK(report.diagnostics.back().code == code);
        CHECK_THAT(report.diagnostics.back().message, Contains(says) && EndsWith("."));
        JobRequest request;
        request.modelPath = path;
        CHECK_THROWS_WITH(profileModel(request, job), Contains(says));
    }
}

TEST_CASE("One scale for all weights of a layer collapses MobileNet, one a channel does not") {
    HALFTONE_REQUIRE_DATA(dir);
    JobRequest request;
    request.modelPath = dir + "/onnx/mobilenet_v1_0.25_128_fp32.onnx";
    request.dataPath = dir + "/images/imagenet500";
    request.preprocessing = preprocessingPreset("imagenet-tf");
    request.maxSamples = 150;
    request.calibrationSamples = 20;
    request.timeBudgetS = 0.1;
    // Corrections mend a part of the collapse.
    request.quantization.rounding = request.quantization.biasCorrection = request.quantization.equalization =
        Switch::Off;
    std::map<bool, double> dropPoints;
    for (const bool perChannel : {true, false}) {
        request.quantization.weights = perChannel ? WeightScales::PerChannel : WeightScales::PerTensor;
        Job job;
        const Report report = profileModel(request, job);
        CHECK(report.options.quantization.weights == (perChannel ? "per-channel" : "per-tensor"));
        const auto& share = report.accuracy->top1->share;
        dropPoints[perChannel] = 100 * (share.at("fp32") - share.at("int8"));
    }
    INFO("top-1 falls by " << dropPoints[true] << " and " << dropPoints[false] << " points");
    CHECK(dropPoints[true] < 6);
    CHECK(dropPoints[false] > 20);
}

TEST_CASE("Real models run without allocating, in fp32 and int8") {
    HALFTONE_REQUIRE_DATA(dir);
    useThreads(2);
    for (const char* name : {"resnet20_cifar10.onnx", "mobilenet_v1_0.25_128_fp32.onnx", "mlperftiny_resnet8_fp32.onnx",
                             "open-closed-eye.onnx"}) {
        INFO(name);
        Job job;
        const LoadedModel model = loadModel(dir + "/onnx/" + name, {}, 1, job);
        Plan fp32 = compile(model.graph, {Precision::Fp32}, job);
        fillBatch(fp32, RandomSamples(1, 1), {0}, 0);
        Stages stages(job, {{"Calibrating ranges", 1}});
        const ModelQuantizer quantizer(model, fp32, RandomSamples(1, 1), {0}, {}, machineInfo(), stages);
        Plan int8 = compile(quantizer.quantize().graph, {Precision::Int8}, job);
        for (Plan* plan : {&fp32, &int8}) {
            plan->run();
            const halftone::test::Allocations allocations = halftone::test::allocationsIn([&] { plan->run(); });
            INFO(allocations.first);
            CHECK(allocations.count == 0);
        }
    }
    useThreads(1);
}
