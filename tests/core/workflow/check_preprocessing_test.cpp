// SPDX-License-Identifier: GPL-3.0-or-later
// Wrong preprocessing, channel order and labels: what is noticed, what is not, and the cure.
#include "core/workflow/preprocessing/check_preprocessing.h"

#include "core/engine/compile.h"
#include "core/workflow/jobs/profile.h"
#include "core/workflow/jobs/write_model.h"
#include "core/workflow/preprocessing/input_expectation.h"
#include "core/workflow/preprocessing/preprocessing_candidates.h"
#include "core/workflow/samples/feed.h"
#include "tests/support/catch.h"
#include "tests/support/data_dir.h"
#include "tests/support/graph_builder.h"
#include "tests/support/temporary_folder.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <thread>

using namespace halftone;
using namespace halftone::test;

namespace {

using Cure = std::map<std::string, std::string>;

/// Pictures of one colour each, whose brightness runs from dark to light in every class.
class Colours : public PictureDataset {
public:
    explicit Colours(int64_t count, int64_t classes = 3, bool labelled = true, int delayMs = 0)
        : PictureDataset("colours", "npz", infos(count, classes, labelled)), m_delayMs(delayMs) {}
    Picture picture(int64_t index) const override {
        std::this_thread::sleep_for(std::chrono::milliseconds(m_delayMs));
        const auto light = static_cast<uint8_t>(100 + index % 100), dark = static_cast<uint8_t>(index % 60);
        std::vector<uint8_t> pixel(3, dark);
        pixel[static_cast<size_t>(index % 3)] = light;
        std::vector<uint8_t> pixels;
        for (int i = 0; i < 16; ++i)
            pixels.insert(pixels.end(), pixel.begin(), pixel.end());
        return {4, 4, 3, pixels};
    }

private:
    static std::vector<SampleInfo> infos(int64_t count, int64_t classes, bool labelled) {
        std::vector<SampleInfo> infos;
        for (int64_t i = 0; i < count; ++i)
            infos.push_back({"picture " + std::to_string(i), labelled ? i % classes : -1});
        return infos;
    }

    int m_delayMs; // to read a picture
};

/// Pictures whose centre has red and blue swapped; one in ten has them swapped at its border too. Only 2 x 2 of 4 x 4
/// pixels are the centre.
class Framed : public PictureDataset {
public:
    explicit Framed(int64_t count) : PictureDataset("framed", "npz", infos(count)) {}
    Picture picture(int64_t index) const override {
        const int64_t label = sample(index).label;
        std::vector<uint8_t> pixels;
        for (int y = 0; y < 4; ++y)
            for (int x = 0; x < 4; ++x) {
                const bool centre = (x == 1 || x == 2) && (y == 1 || y == 2);
                const int64_t shown = centre || index % 10 == 0 ? 2 - label : label;
                for (int64_t c = 0; c < 3; ++c)
                    pixels.push_back(c == shown ? 200 : 20);
            }
        return {4, 4, 3, pixels};
    }

private:
    static std::vector<SampleInfo> infos(int64_t count) {
        std::vector<SampleInfo> infos;
        for (int64_t i = 0; i < count; ++i)
            infos.push_back({"picture " + std::to_string(i), i % 3});
        return infos;
    }
};

/// Class `first` + the channel that is lightest, counted from the last one where `blueFirst`.
LoadedModel lightestChannel(int64_t classes, int64_t first, bool blueFirst = false) {
    GraphBuilder b;
    const ValueId x = b.input("x", {1, 3, 4, 4});
    std::vector<float> weights(static_cast<size_t>(classes) * 3);
    for (int64_t c = 0; c < 3; ++c)
        weights[static_cast<size_t>((first + (blueFirst ? 2 - c : c)) * 3 + c)] = 1;
    const ValueId mean = b.node("Mean", Pool{.kind = PoolKind::AverageExcludePad, .global = true}, {x});
    std::vector<float> biases(static_cast<size_t>(classes), -10); // no picture is of the classes around these
    std::fill_n(biases.begin() + first, 3, 0.F);
    const ValueId y = b.node("Conv", Conv{{1, 1}, {1, 1}, {0, 0, 0, 0}, 1, {}},
                             {mean, b.constant("w", Tensor::fromFloats({classes, 3, 1, 1}, weights)),
                              b.constant("b", Tensor::fromFloats({classes}, biases))});
    LoadedModel model;
    model.graph = model.file.graph = b.build({y});
    return model;
}

Preprocessing with(ChannelOrder order, int labelOffset = 0) {
    Preprocessing signedPixels = preprocessingPreset("signed");
    signedPixels.channels = order;
    signedPixels.labelOffset = labelOffset;
    return named(signedPixels);
}

struct Checked {
    std::optional<Diagnostic> found;
    size_t answers = 0;
};

/// Everything, as the main job does it: accuracy first.
Checked check(const LoadedModel& model, const PictureSamples& pictures) {
    Job job;
    Plan fp32 = compile(model.graph, {Precision::Fp32}, job), other = compile(model.graph, {Precision::Fp32}, job);
    Stages stages(job, {{"Comparing", 1}, {"Checking", 1}});
    stages.next();
    Answers answers;
    compareAccuracy({{"fp32", &fp32}, {"int8", &other}}, pictures,
                    judgedOutput(model.graph, OutputKind::Auto, pictures.dataset().labelled()),
                    evenlySpread(pictures.size(), pictures.size()), stages, &answers);
    stages.next();
    return {checkPreprocessing({model, fp32, pictures, answers, std::nullopt}, stages), answers.samples.size()};
}

/// What fp32 says of all pictures as they come.
Answers answersOf(Plan& fp32, const PictureSamples& pictures) {
    Job job;
    Stages stages(job, {{"Answering", 1}});
    stages.next();
    Answers answers{{}, {}, static_cast<int64_t>(fp32.output(0).size())};
    forEachBatch(fp32, pictures, evenlySpread(pictures.size(), pictures.size()), stages,
                 [&](std::span<const int64_t> rows) {
                     fp32.run();
                     answers.samples.push_back(rows.front());
                     answers.classes.push_back(argMax(fp32.output(0)));
                 });
    return answers;
}

Checked checkColours(const Preprocessing& preprocessing, int64_t classes = 3, int64_t first = 0) {
    const PictureSamples pictures(std::make_shared<Colours>(120), preprocessing, {{1, 3, 4, 4}}, 0);
    return check(lightestChannel(classes, first), pictures);
}

JobRequest realRequest(const std::string& dir, const std::string& model, const Preprocessing& preprocessing,
                       int64_t samples) {
    JobRequest request;
    request.modelPath = dir + "/" + model;
    const bool imagenet = model.find("mobilenet") != std::string::npos;
    request.dataPath = dir + "/images/" + (imagenet ? "imagenet500" : "cifar10_test_jpeg.tar.gz");
    request.preprocessing = preprocessing;
    request.maxSamples = samples;
    request.calibrationSamples = 5;
    request.timeBudgetS = 0.05;
    return request;
}

const std::vector<std::string> kCodes{"wrong-preprocessing", "channel-order", "label-offset", "low-accuracy",
                                      "guessing"};

std::optional<Diagnostic> aboutInput(const Report& report) {
    const auto found = std::ranges::find_if(
        report.diagnostics, [](const Diagnostic& one) { return std::ranges::find(kCodes, one.code) != kCodes.end(); });
    return found == report.diagnostics.end() ? std::nullopt : std::optional(*found);
}

} // namespace

TEST_CASE("Pictures and labels that suit the network are not spoken of") {
    const Checked right = checkColours(with(ChannelOrder::Rgb));
    CHECK(right.answers == 120);
    CHECK_FALSE(right.found);
    CHECK_FALSE(checkColours(with(ChannelOrder::Rgb, 1), 5, 1).found);
}

TEST_CASE("Labels one class off are noticed from the answers alone") {
    const Checked below = checkColours(with(ChannelOrder::Rgb), 5, 1);
    REQUIRE(below.found);
    CHECK(below.found->code == "label-offset");
    CHECK(below.found->cure == Cure{{"label-offset", "1"}});
    CHECK(below.found->message ==
          "The labels look one class off: fp32 is right on 0.0 % of 120 pictures, and on 100.0 % "
          "with each label one higher.");
    const Checked above = checkColours(with(ChannelOrder::Rgb, 2), 5, 1);
    REQUIRE(above.found);
    CHECK(above.found->cure == Cure{{"label-offset", "1"}});
    CHECK_THAT(above.found->message, Contains("one lower"));
}

TEST_CASE("Red and blue the wrong way round are noticed") {
    for (const bool blueFirst : {false, true}) {
        const auto [wrong, cure] =
            blueFirst ? std::pair(ChannelOrder::Rgb, "bgr") : std::pair(ChannelOrder::Bgr, "rgb");
        const PictureSamples pictures(std::make_shared<Colours>(120), with(wrong), {{1, 3, 4, 4}}, 0);
        const Checked swapped = check(lightestChannel(3, 0, blueFirst), pictures);
        REQUIRE(swapped.found);
        CHECK(swapped.found->code == "channel-order");
        CHECK(swapped.found->cure == Cure{{"channels", cure}});
    }
}

TEST_CASE("Few pictures prove nothing") {
    const PictureSamples pictures(std::make_shared<Colours>(6), with(ChannelOrder::Bgr), {{1, 3, 4, 4}}, 0);
    const Checked few = check(lightestChannel(3, 0), pictures);
    REQUIRE(few.found);
    CHECK(few.found->code == "guessing"); // 2 of 6
    CHECK(few.found->cure.empty());
}

TEST_CASE("Where fp32 is right on few pictures it is said that no setting is known to be better") {
    const PictureSamples pictures(std::make_shared<Colours>(120, 10), with(ChannelOrder::Rgb), {{1, 3, 4, 4}}, 0);
    const Checked few = check(lightestChannel(20, 0), pictures); // 12 of the labels are those of the lightest channel
    REQUIRE(few.found);
    CHECK(few.found->code == "low-accuracy");
    CHECK(few.found->cure.empty());
    CHECK(few.found->message == "fp32 is right on 12 of 120 pictures, few for 20 classes. Check the preprocessing, the "
                                "labels and the label offset. No other preset is surely better with these pictures.");
}

TEST_CASE("Swapped channels are offered where another crop helps as well") {
    const PictureSamples pictures(std::make_shared<Framed>(120), with(ChannelOrder::Bgr), {{1, 3, 4, 4}}, 0);
    Job job;
    const LoadedModel model = lightestChannel(3, 0);
    Plan fp32 = compile(model.graph, {Precision::Fp32}, job);
    const Answers answers = answersOf(fp32, pictures);
    Preprocessing centre = with(ChannelOrder::Bgr);
    centre.cropSize = 2;
    Stages stages(job, {{"Checking", 1}});
    stages.next();
    const auto alone = tryPreprocessings(fp32, pictures, answers, {centre}, 5, stages);
    REQUIRE(alone);
    CHECK(alone->sure);
    CHECK(alone->right == alone->samples); // more than with swapped channels
    const auto better = tryPreprocessings(fp32, pictures, answers, {with(ChannelOrder::Rgb), centre}, 5, stages);
    REQUIRE(better);
    CHECK(better->sure);
    CHECK(better->preprocessing == with(ChannelOrder::Rgb));
}

TEST_CASE("Time in which nothing is computed does not end a trial") {
    constexpr int readingMs = 5;
    const PictureSamples pictures(std::make_shared<Colours>(120, 3, true, readingMs), with(ChannelOrder::Bgr),
                                  {{1, 3, 4, 4}}, 0);
    Job job;
    const LoadedModel model = lightestChannel(3, 0);
    Plan fp32 = compile(model.graph, {Precision::Fp32}, job);
    const Answers answers = answersOf(fp32, pictures);
    Stages stages(job, {{"Checking", 1}});
    stages.next();
    const auto better = tryPreprocessings(fp32, pictures, answers, {with(ChannelOrder::Rgb)}, 0.1, stages);
    REQUIRE(better);
    CHECK(better->sure);
    CHECK(better->samples * readingMs > 100);
}

TEST_CASE("Where fp32 is right on most pictures swapped channels alone are worth trying, or nothing") {
    const PictureSamples pictures(std::make_shared<Colours>(120), with(ChannelOrder::Rgb), {{1, 3, 4, 4}}, 0);
    const auto others = otherPreprocessings(pictures.preprocessing(), pictures.input());
    const auto worthy = [&](int64_t wrong) {
        Answers answers{evenlySpread(120, 120), {}, 3};
        for (const int64_t sample : answers.samples)
            answers.classes.push_back((pictures.info(sample).label + (sample < wrong ? 1 : 0)) % 3);
        return worthTrying(pictures, answers, others);
    };
    CHECK(worthy(60).size() == others.size());
    REQUIRE(worthy(9).size() == 1);
    CHECK(worthy(9).front().channels == ChannelOrder::Bgr);
    CHECK(worthy(3).empty());
}

TEST_CASE("A trial can be cancelled") {
    const PictureSamples pictures(std::make_shared<Colours>(60), with(ChannelOrder::Bgr), {{1, 3, 4, 4}}, 0);
    Job job;
    const LoadedModel model = lightestChannel(3, 0);
    Plan fp32 = compile(model.graph, {Precision::Fp32}, job);
    Stages stages(job, {{"Checking", 1}});
    stages.next();
    Answers answers{evenlySpread(60, 60), std::vector<int64_t>(60, 0), 3};
    job.cancel();
    CHECK_THROWS_AS(checkPreprocessing({model, fp32, pictures, answers, std::nullopt}, stages), Cancelled);
}

TEST_CASE("The fewest options lead from one preprocessing to the other") {
    const auto preset = [](const char* name) { return preprocessingPreset(name); };
    CHECK(cureFor(preset("imagenet-torch"), preset("imagenet-tf")) == Cure{{"preset", "imagenet-tf"}});
    CHECK(cureFor(preset("imagenet-keras"), preset("imagenet-tf")) == Cure{{"label-offset", "1"}});
    CHECK(cureFor(preset("unit"), preset("imagenet-dlib")) == Cure{{"preset", "imagenet-dlib"}});
    Preprocessing better = preset("imagenet-caffe");
    better.channels = ChannelOrder::Rgb;
    CHECK(cureFor(preset("imagenet-caffe"), better) == Cure{{"channels", "rgb"}});
    CHECK(cureFor(preset("unit"), better) == Cure{{"channels", "rgb"}, {"preset", "imagenet-caffe"}});
    Preprocessing typed = preset("signed"); // its values would win over those of a preset
    typed.preset = "custom";
    CHECK(cureFor(typed, preset("unit")) == Cure{{"mean", "0"}, {"std", "255"}});
    CHECK(cureFor(typed, typed).empty());
}

TEST_CASE("Each way to prepare pixels is tried once, red and blue swapped first") {
    const auto others = otherPreprocessings(preprocessingPreset("imagenet-keras"), {3, 224, 224, false});
    REQUIRE_FALSE(others.empty());
    CHECK(others.front().channels == ChannelOrder::Bgr);
    CHECK(others.front().mean == std::vector<float>{127.5F});
    const auto named = [&](const char* name) { return std::ranges::count(others, name, &Preprocessing::preset); };
    CHECK(named("imagenet-tf") == 0); // the same pixels
    CHECK(named("imagenet-torch") == 1);
    CHECK(named("mnist") == 0);
    const auto grey = otherPreprocessings(preprocessingPreset("mnist"), {1, 28, 28, false});
    CHECK(std::ranges::count(grey, "fashion-mnist", &Preprocessing::preset) == 1);
    CHECK(std::ranges::count(grey, "imagenet-torch", &Preprocessing::preset) == 0); // has a mean for each colour
}

TEST_CASE("The grid of a file tells which numbers its input takes") {
    const auto fits = [](double lo, double hi, const char* preset, bool symmetric = false) {
        const InputFit fit({InputExpectation::Source::Grid, {{lo, hi}}, symmetric}, {}, 3);
        return fit.fit(preprocessingPreset(preset));
    };
    CHECK(fits(-1, 0.992, "imagenet-tf") > 0.99);
    CHECK(fits(-1, 0.992, "imagenet-torch") < InputFit::kLeast);
    CHECK(fits(-1, 0.992, "unit") < InputFit::kLeast);
    CHECK(fits(-1, 0.992, "raw") < InputFit::kLeast);
    CHECK(fits(-2.12, 2.64, "imagenet-torch") > 0.99);
    CHECK(fits(-2.12, 2.64, "cifar10-own") > InputFit::kLeast); // close enough
    CHECK(fits(0, 255, "raw") > 0.99);
    CHECK(fits(0, 255, "unit") < 0.01);
    CHECK(fits(-1, 0.992, "unit", true) > 0.99); // half of a symmetric grid stays empty
    CHECK(fits(-1, 0.992, "raw", true) < InputFit::kLeast);
    const InputFit fit({InputExpectation::Source::Grid, {{-1, 0.9921875}}, false}, {}, 3);
    CHECK(fit.clips(preprocessingPreset("imagenet-torch")));
    CHECK(fit.clips(preprocessingPreset("raw")));
    CHECK_FALSE(fit.clips(preprocessingPreset("unit")));
    CHECK_FALSE(fit.clips(preprocessingPreset("signed"))); // by a step alone
    CHECK(fit.mismatch(preprocessingPreset("imagenet-torch")) ==
          "as -2.12 to 2.64, but it was quantized for -1.00 to 0.992");
}

TEST_CASE("A normalization that reads the input tells its mean and deviation, others say nothing") {
    const auto model = [](float mean, float variance, bool behindConv) {
        GraphBuilder b;
        const ValueId x = b.input("x", {1, 3, 4, 4});
        const auto three = [&](const char* name, float value) {
            return b.constant(name, Tensor::fromFloats({3}, std::vector<float>(3, value)));
        };
        const ValueId read = behindConv ? b.conv("Conv", x, 3, 3) : x;
        LoadedModel model;
        model.graph = model.file.graph =
            b.build({b.node("Norm", BatchNorm{},
                            {read, three("scale", 1), three("bias", 0), three("mean", mean), three("var", variance)})});
        return model;
    };
    const auto expected = expectedInput(model(120, 60 * 60, false));
    REQUIRE(expected);
    CHECK(expected->source == InputExpectation::Source::Normalization);
    REQUIRE(expected->channels.size() == 3);
    CHECK(expected->channels[0].lo == Approx(0));
    CHECK(expected->channels[0].hi == Approx(240));
    CHECK_FALSE(expectedInput(model(120, 60 * 60, true)));
    CHECK_FALSE(expectedInput(model(0, 1, false))); // as it was before any training

    const std::vector<Interval> colours(3, {10, 230}); // of pictures
    const InputFit fit(*expected, colours, 3);
    CHECK(fit.fit(preprocessingPreset("raw")) > 0.85);
    CHECK(fit.fit(preprocessingPreset("unit")) < 0.01);
    CHECK_THAT(fit.mismatch(preprocessingPreset("unit")),
               Contains("with mean 0.471 and deviation 0.216") && Contains("trained on mean 120 and deviation 60.0"));
}

TEST_CASE("Pictures without labels are judged by what the file says, and the preset that gives it is offered") {
    const PictureSamples pictures(std::make_shared<Colours>(20, 3, false), preprocessingPreset("unit"), {{1, 3, 4, 4}},
                                  0);
    LoadedModel model = lightestChannel(3, 0);
    CHECK_FALSE(check(model, pictures).found);
    model.onGrids = model.graph;
    model.onGrids->value(model.onGrids->inputs.front()).quant = QuantParams{ElementType::U8, {0.0078125F}, {128}, {}};
    const Checked checked = check(model, pictures);
    REQUIRE(checked.found);
    CHECK(checked.found->code == "wrong-preprocessing");
    CHECK(checked.found->cure == Cure{{"preset", "signed"}});
    CHECK_THAT(checked.found->message, Contains("as 0 to 1.00, but it was quantized for -1.00 to 0.992"));
}

TEST_CASE("Wrong settings of real models are noticed, and the cure gives their accuracy") {
    HALFTONE_REQUIRE_DATA(dir);
    Preprocessing swapped = preprocessingPreset("cifar10");
    swapped.preset = "custom";
    swapped.channels = ChannelOrder::Bgr;
    struct Case {
        std::string model;
        Preprocessing wrong;
        int64_t samples;
        std::string code;
        Cure cure;
        double least; // fp32 top-1 with the cure
    };
    const std::string preset = "wrong-preprocessing";
    const Case cases[] = {
        // Its file is quantized for -1 to 0.99, and class 0 is the background.
        {"onnx/mobilenet_v2_1.0_224_qdq.onnx",
         preprocessingPreset("imagenet-torch"),
         60,
         preset,
         {{"preset", "imagenet-tf"}},
         0.7},
        {"onnx/mobilenet_v1_0.25_128_fp32.onnx",
         preprocessingPreset("imagenet-keras"),
         200,
         "label-offset",
         {{"label-offset", "1"}},
         0.33},
        {"onnx/resnet20_cifar10.onnx", swapped, 400, "channel-order", {{"channels", "rgb"}}, 0.75},
        {"tf/mlperftiny_resnet8_fp32.pb", preprocessingPreset("unit"), 100, preset, {{"preset", "raw"}}, 0.65},
    };
    for (const Case& one : cases) {
        INFO(one.model);
        Job job;
        const Report report = profileModel(realRequest(dir, one.model, one.wrong, one.samples), job);
        const auto found = aboutInput(report);
        REQUIRE(found);
        INFO(found->message);
        CHECK(found->code == one.code);
        CHECK(found->cure == one.cure);

        Preprocessing cured = one.wrong;
        if (const auto named = one.cure.find("preset"); named != one.cure.end())
            cured = preprocessingPreset(named->second);
        if (one.cure.contains("label-offset"))
            cured.labelOffset = 1;
        if (one.cure.contains("channels"))
            cured.channels = ChannelOrder::Rgb;
        const Report again = profileModel(realRequest(dir, one.model, cured, one.samples), job);
        CHECK_FALSE(aboutInput(again));
        CHECK(again.accuracy->top1->share.at("fp32") >= one.least);
    }
}

TEST_CASE("Right settings of real models are not spoken of") {
    HALFTONE_REQUIRE_DATA(dir);
    const std::pair<const char*, const char*> cases[] = {
        {"onnx/mobilenet_v1_0.25_128_fp32.onnx", "imagenet-tf"},
        {"onnx/mobilenet_v1_0.25_128_qdq.onnx", "imagenet-tf"},
        {"tflite/mobilenet_v1_0.25_128_quant.tflite", "imagenet-tf"},
        {"tf/mobilenet_v1_0.25_128_fakequant.pb", "imagenet-tf"},
        {"onnx/resnet20_cifar10.onnx", "cifar10"},
        {"onnx/resnet20_cifar10_qdq_s8s8_pc.onnx", "cifar10"},
        {"onnx/resnet20_cifar10_qop_u8s8_pc.onnx", "cifar10"},
        {"onnx/resnet20_cifar10jpeg_qdq_s8s8_pc.onnx", "cifar10"},
        {"onnx/mlperftiny_resnet8_qdq.onnx", "raw"},
        {"tflite/mlperftiny_resnet8_int8.tflite", "raw"},
        {"tf/mlperftiny_resnet8_fakequant_perchannel.pb", "raw"},
    };
    for (const auto& [model, preset] : cases) {
        INFO(model);
        Job job;
        const Report report = profileModel(realRequest(dir, model, preprocessingPreset(preset), 100), job);
        const auto found = aboutInput(report);
        INFO((found ? found->message : ""));
        CHECK_FALSE(found);
    }
}

TEST_CASE("A model that is written with ranges of wrong pictures comes with the cure") {
    HALFTONE_REQUIRE_DATA(dir);
    const TemporaryFolder folder;
    WriteRequest request{realRequest(dir, "onnx/mobilenet_v1_0.25_128_qdq.onnx", preprocessingPreset("raw"), 20),
                         folder.path("written.onnx"), "test"};
    Job job;
    const std::vector<Diagnostic> found = writeModel(request, job).diagnostics;
    const auto wrong = std::ranges::find(found, "wrong-preprocessing", &Diagnostic::code);
    REQUIRE(wrong != found.end());
    CHECK(wrong->cure == Cure{{"preset", "imagenet-keras"}}); // without answers nothing is said of labels
    request.job.preprocessing = preprocessingPreset("imagenet-tf");
    CHECK(std::ranges::count(writeModel(request, job).diagnostics, "wrong-preprocessing", &Diagnostic::code) == 0);
}
