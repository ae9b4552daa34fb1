// SPDX-License-Identifier: GPL-3.0-or-later
// The main job on the bundled sample, which is part of the repository: never skipped.
#include "core/base/error.h"
#include "core/engine/compile.h"
#include "core/report/json.h"
#include "core/request/command_line.h"
#include "core/workflow/compare/accuracy.h"
#include "core/workflow/jobs/job_input.h"
#include "core/workflow/jobs/plan.h"
#include "core/workflow/jobs/profile.h"
#include "core/workflow/samples/feed.h"
#include "tests/support/catch.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

using namespace halftone;

namespace {

const std::string sampleDir = HALFTONE_SAMPLE_DIR;

JobRequest request(bool withData = true) {
    JobRequest request;
    request.modelPath = sampleDir + "/fashion_resnet.onnx";
    if (withData)
        request.dataPath = sampleDir + "/fashion_test_1000.npz";
    request.preprocessing = preprocessingPreset("fashion-mnist");
    request.threads = 1;
    request.timeBudgetS = 0.2;
    return request;
}

Report profiled(const JobRequest& request) {
    Job job;
    return profileModel(request, job);
}

/// One profile with data and one without serve all cases that only look at them.
const Report& withData() {
    static const Report report = profiled(request());
    return report;
}
const Report& withoutData() {
    static const Report report = profiled(request(false));
    return report;
}

bool has(const Report& report, const std::string& code) {
    return std::ranges::any_of(report.diagnostics, [&](const Diagnostic& found) { return found.code == code; });
}

} // namespace

TEST_CASE("A report reads back from JSON as it was written") {
    for (const Report* report : {&withData(), &withoutData()})
        CHECK(reportFromJson(toJson(*report), "report.json") == *report);
}

TEST_CASE("Every step has a limit of this machine, and the waterfall leads from fp32 to int8") {
    for (const Report* report : {&withData(), &withoutData()}) {
        REQUIRE(report->roofline);
        for (const Run& run : report->runs)
            for (const Step& step : run.steps) {
                INFO(run.precision << " " << step.name);
                REQUIRE(step.limitMs);
                CHECK(*step.limitMs >= report->roofline->overheadMs);
                CHECK(step.bound != StepBound::None);
                CHECK(step.weightsBytes < step.bytes);
                CHECK((step.weightsBytes > 0) == (step.macs > 0));
            }
        REQUIRE(report->waterfall);
        const Waterfall& fall = *report->waterfall;
        CHECK(fall.fp32Ms == report->run("fp32")->latencyMs.median);
        CHECK(fall.int8Ms == report->run("int8")->latencyMs.median);
        double sum = 0;
        for (const LossPart& part : fall.parts) {
            sum += part.ms;
            if (part.kind == LossKind::AbovePeak)
                CHECK(part.ms <= 0);
            else if (part.kind != LossKind::Unexplained)
                CHECK(part.ms >= 0);
            for (const int step : part.steps)
                CHECK(step < static_cast<int>(report->run("int8")->steps.size()));
        }
        CHECK(sum == Approx(fall.int8Ms));
    }
}

TEST_CASE("The head of the report tells tool, machine and model") {
    const Report& report = withData();
    CHECK(report.schema == reportSchema);
    CHECK(report.command == commandLine(JobKind::Profile, request()));
    CHECK(report.options.request == request());
    CHECK(report.tool.onednn.starts_with("3."));
    CHECK_FALSE(report.machine.cpu.empty());
    CHECK_FALSE(report.machine.isa.empty());
    CHECK(report.machine.cores >= 1);
    CHECK(report.machine.threads == 1);
    CHECK(report.model.name == "fashion_resnet.onnx");
    CHECK(report.model.format.starts_with("ONNX opset "));
    CHECK(report.model.sha256.size() == 64);
    CHECK(report.model.inputs.front().shape == std::vector<int64_t>{1, 1, 28, 28});
    CHECK(report.model.outputs.front().shape == std::vector<int64_t>{1, 10});
    CHECK(report.model.parameters == 383'362); // 381,778 trained ones, and the statistics of the batch norms
    CHECK(report.model.macs == 37'200'192);
    CHECK(report.model.fp32WeightsBytes > 3 * report.model.int8WeightsBytes);
    CHECK(report.model.int8WeightsBytes > 0);
    CHECK_FALSE(report.model.alreadyQuantized);
    CHECK(report.options.timeBudgetS == 0.2);
    CHECK(report.options.batch == 1);
}

TEST_CASE("The steps and the unexplained part make up the whole time") {
    for (const Run& run : withData().runs) {
        double steps = 0, shares = 0;
        for (const Step& step : run.steps) {
            steps += step.medianMs;
            shares += step.share;
        }
        CHECK(run.stepsMs == Approx(steps));
        CHECK(run.stepsMs + run.unexplainedMs == Approx(run.latencyMs.median));
        CHECK(shares == Approx(run.stepsMs / run.latencyMs.median)); // one base for every share: the whole
        CHECK(run.waitingMs >= 0);
        CHECK(run.waitingMs <= std::max(0.0, run.unexplainedMs));
        for (const Step& step : run.steps)
            CHECK(step.roundMs.size() == run.stepRounds.size());
        CHECK(run.latencyMs.n >= 10);
        CHECK(run.latencyMs.ci95.lo <= run.latencyMs.median);
        CHECK(run.latencyMs.median <= run.latencyMs.ci95.hi);
        CHECK(run.compileMs > 0);
        CHECK(run.firstMs > 0);
        CHECK(run.memory.weightsBytes > 0);
        CHECK(run.memory.arenaBytes > 0);
        CHECK(run.memory.peakRssBytes > run.memory.arenaBytes);
        CHECK(run.threads == 1);
        CHECK(run.batch == 1);
    }
}

TEST_CASE("There is an fp32 and an int8 run, and most of int8 computes in int8") {
    const Report& report = withData();
    REQUIRE(report.runs.size() == 2);
    const auto computing = [](const Run& run, const std::string& precision) {
        return std::ranges::count_if(
            run.steps, [&](const Step& step) { return step.kind == StepKind::Compute && step.precision == precision; });
    };
    REQUIRE(report.run("fp32"));
    REQUIRE(report.run("int8"));
    CHECK(computing(*report.run("fp32"), "int8") == 0);
    CHECK(computing(*report.run("int8"), "int8") > 3 * computing(*report.run("int8"), "fp32"));
    int64_t macs = 0, int8Macs = 0;
    for (const Step& step : report.run("int8")->steps) {
        macs += step.macs;
        int8Macs += step.precision == "int8" ? step.macs : 0;
        if (step.kind == StepKind::Compute && step.precision == "fp32")
            CHECK_FALSE(step.why.empty());
        CHECK(step.kernel.find("ref") == std::string::npos);
    }
    CHECK(int8Macs >= 0.99 * static_cast<double>(macs));
    CHECK(macs == report.model.macs);
}

TEST_CASE("Every layer of the file appears once and has its place in both runs") {
    const Report& report = withData();
    std::set<std::string> names;
    int count = 0;
    for (const auto& [op, number] : report.model.operators)
        count += number;
    CHECK(static_cast<int>(report.layers.size()) == count);
    double executedMs = 0;
    for (const Layer& layer : report.layers) {
        CHECK(names.insert(layer.name).second);
        CHECK(layer.originIndex == static_cast<int>(names.size()) - 1);
        for (const Run& run : report.runs) {
            REQUIRE(layer.byPrecision.contains(run.precision));
            const LayerRun& placed = layer.byPrecision.at(run.precision);
            CHECK((placed.status == LayerStatus::Executed) == placed.medianMs.has_value());
            CHECK((placed.status == LayerStatus::Fused) == !placed.into.empty());
            CHECK((placed.status == LayerStatus::Eliminated) == (placed.step < 0));
        }
        if (layer.byPrecision.at("fp32").medianMs)
            executedMs += *layer.byPrecision.at("fp32").medianMs;
        if (layer.op == "Conv") {
            CHECK(layer.byPrecision.at("int8").precision == "int8");
            CHECK(layer.reason.empty());
        }
    }
    double stepMs = 0; // time of no step is lost or counted twice
    for (const Step& step : report.run("fp32")->steps)
        stepMs += step.origins.empty() ? 0 : step.medianMs;
    CHECK(executedMs == Approx(stepMs));
}

TEST_CASE("Every step names layers of the file, and every fused layer an executed one") {
    const Report& report = withData();
    std::set<std::string> names;
    for (const Layer& layer : report.layers)
        names.insert(layer.name);
    for (const Run& run : report.runs)
        for (const Step& step : run.steps) {
            for (const std::string& origin : step.origins)
                CHECK(names.contains(origin));
            CHECK((step.kind != StepKind::Compute || !step.origins.empty()));
        }
    for (const Layer& layer : report.layers)
        for (const auto& [precision, placed] : layer.byPrecision)
            if (placed.status == LayerStatus::Fused)
                CHECK(names.contains(placed.into));
}

TEST_CASE("Every conversion says why it is there and belongs to a step of its run") {
    const Report& report = withData();
    CHECK_FALSE(report.conversions.empty());
    for (const Conversion& conversion : report.conversions) {
        INFO(conversion.run << " " << conversion.tensor);
        CHECK(conversion.why.size() > 10);
        CHECK((conversion.fromType != conversion.toType || conversion.fromLayout != conversion.toLayout));
        CHECK(conversion.bytes > 0);
        if (conversion.when == When::Once) {
            CHECK(conversion.step == -1);
            CHECK_FALSE(conversion.medianMs);
        } else {
            const Step& step = report.run(conversion.run)->steps.at(static_cast<size_t>(conversion.step));
            CHECK(step.kind == conversion.kind);
            CHECK(step.medianMs == conversion.medianMs);
        }
    }
    for (const Run& run : report.runs)
        for (const Step& step : run.steps)
            if (isConversion(step.kind))
                CHECK(std::ranges::any_of(report.conversions, [&](const Conversion& conversion) {
                    return conversion.run == run.precision && conversion.step == step.index;
                }));
}

TEST_CASE("int8 is as accurate as fp32 within a point, and fp32 is as accurate as trained") {
    const Report& report = withData();
    REQUIRE(report.accuracy);
    REQUIRE(report.accuracy->top1);
    REQUIRE(report.accuracy->top5);
    const Accuracy& accuracy = *report.accuracy;
    CHECK(accuracy.samples == 900); // the other 100 of the data set gave the ranges
    CHECK(accuracy.alsoCalibrated == 0);
    const double fp32 = accuracy.top1->share.at("fp32"), int8 = accuracy.top1->share.at("int8");
    CHECK(fp32 >= 0.91); // 92.5 % on all 10,000 pictures; 900 of them scatter by 0.9 points
    CHECK(std::abs(fp32 - int8) <= 0.01);
    CHECK(accuracy.top5->share.at("fp32") > 0.99);
    CHECK(accuracy.top1->ci95.at("int8").lo < int8);
    CHECK(int8 < accuracy.top1->ci95.at("int8").hi);
    CHECK(*accuracy.agreement == Approx(1 - accuracy.changed.size() / 900.0));
    int64_t gained = 0;
    for (const ChangedSample& changed : accuracy.changed) {
        CHECK(changed.fp32 != changed.int8);
        gained += (changed.int8 == changed.label) - (changed.fp32 == changed.label);
    }
    CHECK(int8 - fp32 == Approx(gained / 900.0).margin(1e-9));
    CHECK(accuracy.mcnemar->wrongToRight - accuracy.mcnemar->rightToWrong == gained);
    CHECK(*accuracy.outputs.sqnrDb > 20);
    CHECK(accuracy.outputs.cosine > 0.99);
    CHECK(*report.verdict.accuracyDrop == Approx(100 * (fp32 - int8)).margin(1e-9));
    CHECK_FALSE(has(report, "guessing"));
}

TEST_CASE("Changed samples come with both outputs and a picture, the most distant first") {
    JobRequest coarse = request();
    coarse.quantization.ranges = RangeMethod::Percentile;
    coarse.quantization.percentile = 99; // clips what counts; with the defaults hardly a sample changes
    const Report report = profiled(coarse);
    const Accuracy& accuracy = *report.accuracy;
    REQUIRE_FALSE(accuracy.changed.empty());
    CHECK(accuracy.moved.size() == 20);
    for (const std::vector<ChangedSample>& list : {accuracy.changed, accuracy.moved}) {
        CHECK(std::ranges::is_sorted(list, std::ranges::greater(), &ChangedSample::distance));
        for (const ChangedSample& sample : list) {
            INFO(sample.sample);
            CHECK(sample.picture.starts_with("/9j/")); // FF D8 FF
            CHECK(sample.distance > 0);
            for (const auto& [precision, predicted] :
                 {std::pair("fp32", sample.fp32), std::pair("int8", sample.int8)}) {
                const std::vector<Score>& top = sample.top.at(precision);
                REQUIRE(top.size() == 5);
                CHECK(top.front().index == predicted);
                CHECK(std::ranges::is_sorted(top, std::ranges::greater(), &Score::value));
            }
        }
    }
    for (const ChangedSample& sample : accuracy.moved)
        CHECK((sample.fp32 == sample.int8 && sample.change == "same"));
}

namespace {

/// What is counted one by one of the values that the network computes in fp32 for the pictures calibrated with.
struct Direct {
    double share = 0, steps = 0; // outside by more than half a step; the farthest
    int64_t values = 0;
};

std::map<std::string, Direct> countedOneByOne(const Report& report, const JobRequest& request) {
    Job job;
    const LoadedModel model = loadModel(request.modelPath, {}, 1, job);
    const JobInput input(request, model, openData(request));
    Plan fp32 = compile(model.graph, {Precision::Fp32}, job);
    std::map<std::string, Direct> counted;
    for (const int64_t sample : input.calibration()) {
        fillBatch(fp32, input.samples(), {sample}, 0);
        fp32.runObserved([&](ValueId value, std::span<const float> elements) {
            const std::string& name = model.graph.value(value).name;
            const auto tensor = std::ranges::find(report.tensors, name, &TensorRange::name);
            if (tensor == report.tensors.end())
                return;
            Direct& direct = counted[name];
            for (const float element : elements) {
                const double x = element;
                const double steps = std::max(tensor->clipMin - x, x - tensor->clipMax) / tensor->scales.front();
                direct.share += steps > 0.5;
                direct.steps = std::max(direct.steps, steps);
            }
            direct.values += std::ssize(elements);
        });
    }
    for (auto& [name, direct] : counted)
        direct.share /= static_cast<double>(direct.values);
    return counted;
}

} // namespace

TEST_CASE("What is said to be clipped is what counting all values one by one finds") {
    JobRequest coarse = request();
    coarse.quantization.ranges = RangeMethod::Percentile;
    coarse.quantization.percentile = 97;
    coarse.maxSamples = 20;
    for (const auto& [asked, report] : {std::pair(request(), withData()), std::pair(coarse, profiled(coarse))}) {
        const auto counted = countedOneByOne(report, asked);
        CHECK(counted.size() > 5);
        for (const auto& [name, direct] : counted) {
            const TensorRange& tensor = *std::ranges::find(report.tensors, name, &TensorRange::name);
            INFO(name << " of " << direct.values << " values, " << tensor.clipMin << " to " << tensor.clipMax);
            CHECK(tensor.clippedShare == Approx(direct.share).epsilon(0.05).margin(2e-4));
            CHECK(tensor.clippedBySteps == Approx(direct.steps > 0.5 ? direct.steps : 0).epsilon(1e-3));
        }
        // The picture itself: half of its pixels are black, exactly at the least value. All of them are counted.
        const TensorRange& picture = report.tensors.front();
        CHECK(picture.clippedShare == Approx(counted.at(picture.name).share).epsilon(0.03).margin(1e-6));
    }
}

TEST_CASE("Ranges are those of the data, with counts, scales and grids that fit together") {
    const Report& report = withData();
    int weights = 0, activations = 0;
    for (const TensorRange& tensor : report.tensors) {
        INFO(tensor.name);
        CHECK_FALSE(tensor.synthetic);
        CHECK(tensor.observedMin <= tensor.observedMax);
        CHECK(tensor.clipMin < tensor.clipMax);
        CHECK(tensor.scales.size() == tensor.zeroPoints.size());
        CHECK(std::ranges::all_of(tensor.scales, [](double scale) { return scale > 0; }));
        CHECK(tensor.clippedShare >= 0);
        CHECK(tensor.clippedShare < 0.02); // rare large values, which the least squared error gives up
        CHECK((tensor.clippedShare > 0) == (tensor.clippedBySteps > 0));
        CHECK(tensor.notFinite == 0);
        CHECK_FALSE(tensor.histogram.counts.empty());
        CHECK(tensor.axis.has_value() == (tensor.scales.size() > 1));
        if (tensor.role == "weight") {
            ++weights;
            CHECK(tensor.storage == "s8");
            CHECK(tensor.channelMin.size() == tensor.scales.size());
        } else {
            ++activations;
            CHECK(tensor.role == "activation");
        }
    }
    CHECK(weights > 5);
    CHECK(activations > 5);
    CHECK(report.data->calibrationSamples == 100);
    CHECK(report.data->samples == 900);
    CHECK(report.data->labelled);
    CHECK(report.data->kind == "npz");
    CHECK(report.data->preprocessing.preset == "fashion-mnist");
}

TEST_CASE(
    "Every activation has a range by each method, the chosen one among them, and tells how far it can be trusted") {
    int activations = 0;
    for (const TensorRange& tensor : withData().tensors) {
        INFO(tensor.name);
        CHECK(tensor.health.has_value() == (tensor.role == "activation"));
        CHECK(tensor.candidates.size() == (tensor.role == "activation" ? 5 : 0));
        if (!tensor.health)
            continue;
        ++activations;
        const auto chosen = std::ranges::find(tensor.candidates, tensor.method, &RangeCandidate::method);
        REQUIRE(chosen != tensor.candidates.end());
        CHECK(chosen->clipMin == tensor.clipMin);
        CHECK(chosen->clipMax == tensor.clipMax);
        CHECK(chosen->clippedShare == tensor.clippedShare);
        CHECK(chosen->sqnrDb == tensor.sqnrDb);
        const std::vector<RangeGrowth>& growth = tensor.health->growth;
        REQUIRE(growth.size() == 7); // 1, 2, 5, 10, 20, 50, 100
        CHECK(growth.back().samples == 100);
        CHECK(growth.back().min == tensor.observedMin);
        CHECK(growth.back().max == tensor.observedMax);
        CHECK_FALSE(tensor.health->maxSample.empty());
        REQUIRE(tensor.health->heldOutClippedShare);
        CHECK(*tensor.health->heldOutClippedShare == Approx(tensor.clippedShare).margin(0.005));
    }
    CHECK(activations > 5);
}

TEST_CASE("All pictures calibrated with leave none to try the ranges on") {
    JobRequest every = request();
    every.calibrationSamples = 1000; // the whole data set
    every.maxSamples = 20;
    for (const TensorRange& tensor : profiled(every).tensors)
        if (tensor.health) {
            CHECK_FALSE(tensor.health->heldOutClippedShare);
            CHECK(tensor.health->growth.size() == 10); // 1, 2, 5, 10 ... 1000
        }
}

TEST_CASE("Two runs give the same accuracy, ranges and steps") {
    const Report again = profiled(request());
    CHECK(again.accuracy == withData().accuracy);
    CHECK(again.tensors == withData().tensors);
    CHECK(again.model == withData().model);
    for (const char* precision : {"fp32", "int8"}) {
        const auto &a = again.run(precision)->steps, &b = withData().run(precision)->steps;
        REQUIRE(a.size() == b.size());
        for (size_t i = 0; i < a.size(); ++i) {
            CHECK(a[i].name == b[i].name);
            CHECK(a[i].kernel == b[i].kernel);
        }
    }
}

TEST_CASE("Without data only times are told, and ranges are marked as synthetic") {
    const Report& report = withoutData();
    CHECK_FALSE(report.data);
    CHECK_FALSE(report.accuracy);
    CHECK_FALSE(report.verdict.accuracyDrop);
    CHECK_FALSE(report.tensors.empty());
    for (const TensorRange& tensor : report.tensors) {
        CHECK(tensor.synthetic == (tensor.role == "activation"));
        CHECK_FALSE(tensor.health);
    }
    CHECK(has(report, "synthetic-data"));
    CHECK_THAT(report.verdict.sentence, Contains("Timing only: no pictures were given, so accuracy is unknown."));
    CHECK(report.runs.size() == 2);
    CHECK(report.run("int8")->latencyMs.n >= 10);
    const std::string json = toJson(report);
    CHECK_THAT(json, Contains("\"data\": null"));
    CHECK_THAT(json, Contains("\"accuracy\": null"));
}

TEST_CASE("A batch gives the same accuracy as single pictures") {
    JobRequest batched = request(), single = request();
    batched.maxSamples = single.maxSamples = 101; // the last batch is not full
    batched.calibrationSamples = single.calibrationSamples = 12;
    batched.batch = 4;
    const Report four = profiled(batched), one = profiled(single);
    CHECK(four.accuracy->samples == 101);
    CHECK(four.accuracy->top1 == one.accuracy->top1);
    REQUIRE(four.tensors.size() == one.tensors.size());
    for (size_t i = 0; i < one.tensors.size(); ++i) {
        const TensorRange &a = four.tensors[i], &b = one.tensors[i];
        INFO(a.name);
        CHECK(a.observedMax == Approx(b.observedMax)); // other kernels round differently
        CHECK(a.clippedShare == Approx(b.clippedShare).margin(1e-4));
        REQUIRE(a.health.has_value() == b.health.has_value());
        if (a.health) {
            CHECK(a.health->stableAfter == b.health->stableAfter);
            CHECK(a.health->maxSample == b.health->maxSample);
            CHECK(a.health->growth.size() == b.health->growth.size());
        }
    }
    CHECK(four.model.macs == one.model.macs);
    CHECK(four.model.inputs.front().shape.front() == 4);
    CHECK(four.run("int8")->batch == 4);
}

TEST_CASE("A plan keeps its time, or says what the least is") {
    for (const double budgetS : {1e-6, 3.0}) {
        JobRequest plan = request();
        plan.maxSamples = 50;
        plan.timeBudgetS = budgetS;
        Job job;
        const Report report = planModel(plan, job);
        REQUIRE(report.plan);
        CHECK(report.plan->timeBudgetS == budgetS);
        CHECK((report.plan->usedS > budgetS) == has(report, "plan-budget"));
        CHECK_FALSE(report.plan->front.empty());
    }
}

TEST_CASE("A cancel in any stage ends the job") {
    for (int stage = 1; stage <= 6; ++stage) {
        struct Canceller : JobListener {
            Job* job = nullptr;
            int at = 0;
            void stage(int index, int, const std::string&) override {
                if (index == at)
                    job->cancel();
            }
        } canceller;
        Job job(&canceller);
        canceller.job = &job;
        canceller.at = stage;
        JobRequest brief = request();
        brief.maxSamples = brief.calibrationSamples = 5;
        brief.timeBudgetS = 0.01;
        CHECK_THROWS_AS(profileModel(brief, job), Cancelled);
    }
}

TEST_CASE("Wrong preprocessing that makes the network guess is pointed out, with the cure") {
    JobRequest wrong = request();
    wrong.preprocessing.mean = {5000};
    wrong.preprocessing.preset = "custom";
    wrong.maxSamples = 200;
    wrong.calibrationSamples = 10;
    const Report report = profiled(wrong);
    CHECK_FALSE(has(report, "guessing"));
    const auto found = std::ranges::find(report.diagnostics, "wrong-preprocessing", &Diagnostic::code);
    REQUIRE(found != report.diagnostics.end());
    CHECK(found->cure == std::map<std::string, std::string>{{"mean", "72.94"}});
    CHECK_THAT(report.verdict.sentence, Contains("The preprocessing looks wrong"));
    JobRequest plan = wrong;
    plan.timeBudgetS = 10; // a share of it is for trials, on a busy machine too
    Job job;
    const Report planned = planModel(plan, job);
    CHECK(has(planned, "plan-wrong-preprocessing"));
    CHECK_THAT(planned.verdict.sentence, Contains("The preprocessing looks wrong"));
}

TEST_CASE("Few right answers of fp32 are told for what they are") {
    const auto code = [](int64_t right, int64_t samples, int64_t classes) {
        const auto found = warnOfLowAccuracy(right, samples, classes);
        return found ? found->code : "";
    };
    CHECK(code(26, 200, 10) == "guessing");     // 95 % of the interval: 9.0 to 18.4 %
    CHECK(code(30, 200, 10) == "low-accuracy"); // 10.7 to 20.6 %
    CHECK(code(80, 200, 10).empty());
    CHECK(code(12, 100, 1001) == "low-accuracy"); // 7.0 to 19.8 %
    CHECK(code(40, 100, 1001).empty());           // as small networks are
    CHECK(code(18, 100, 1001).empty());           // or less, by chance: up to 26.7 %
    CHECK(code(3, 6, 2) == "guessing");
    CHECK(code(0, 0, 10).empty());
    CHECK(
        warnOfLowAccuracy(12, 100, 1001)->message ==
        "fp32 is right on 12 of 100 pictures, few for 1001 classes. Check the preprocessing, the labels and the label "
        "offset.");
}

TEST_CASE("Settings out of their range are refused before anything is read") {
    const auto refused = [](const auto& change) {
        JobRequest wrong;
        wrong.modelPath = "nowhere.onnx";
        change(wrong);
        Job job;
        try {
            profileModel(wrong, job);
        } catch (const Error& error) {
            return error.code() == ErrorCode::Usage;
        }
        return false;
    };
    CHECK_FALSE(refused([](JobRequest&) {}));
    CHECK(refused([](JobRequest& wrong) { wrong.threads = -1; }));
    CHECK(refused([](JobRequest& wrong) { wrong.threads = 1025; }));
    CHECK(refused([](JobRequest& wrong) { wrong.batch = 0; }));
    CHECK(refused([](JobRequest& wrong) { wrong.timeBudgetS = 0; }));
    CHECK(refused([](JobRequest& wrong) { wrong.timeBudgetS = std::nan(""); }));
    CHECK(refused([](JobRequest& wrong) { wrong.maxSamples = -1; }));
    CHECK(refused([](JobRequest& wrong) { wrong.calibrationSamples = 0; }));
}

TEST_CASE("A label offset that leaves the network's classes is refused before the work") {
    JobRequest wrong = request();
    wrong.preprocessing.labelOffset = 1;
    struct Counter : JobListener {
        int stages = 0;
        void stage(int, int, const std::string&) override { ++stages; }
    } counter;
    Job job(&counter);
    CHECK_THROWS_WITH(profileModel(wrong, job), Contains("offset") && Contains("classes 0 to 9"));
    CHECK(counter.stages == 1);
}

TEST_CASE("Inspecting tells what the file is and measures nothing") {
    Job job;
    const Report report = inspectModel(request(), job);
    CHECK(report.model.parameters == withData().model.parameters);
    CHECK(report.model.macs == withData().model.macs);
    CHECK(report.model.operators == withData().model.operators);
    CHECK(report.model.int8WeightsBytes == 0);
    CHECK(report.runs.empty());
    CHECK(report.layers.empty());
    CHECK(reportFromJson(toJson(report), "report.json") == report);
}
