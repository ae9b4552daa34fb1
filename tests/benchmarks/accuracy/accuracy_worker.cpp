// SPDX-License-Identifier: GPL-3.0-or-later
// Halftone's side of the comparison of accuracy with its peers: quantizes one model with some samples and writes its
// outputs for others. compare_accuracy.py starts it.
#include "core/base/error.h"
#include "core/data/npy.h"
#include "core/engine/compile.h"
#include "core/workflow/network/quantize_model.h"
#include "core/workflow/samples/array_samples.h"
#include "core/workflow/samples/feed.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <fmt/format.h>
#include <memory>
#include <string>

namespace {

using namespace halftone;

struct WorkerOptions {
    std::string model, precision = "int8", weightLimit, calibration, evaluation, output;
    int threads = 0;
};

/// The rows of an .npy file, one a sample.
ArraySamples rowsOf(const std::string& path, const LoadedModel& model) {
    const std::shared_ptr<const Dataset> dataset = openDataset(path);
    return {std::dynamic_pointer_cast<const ArrayDataset>(dataset), networkInputs(model.graph), 1, 0, 0, 1};
}

std::vector<int64_t> all(const Samples& samples) {
    return evenlySpread(samples.size(), samples.size());
}

Plan planOf(const LoadedModel& model, const WorkerOptions& options, const MachineInfo& machine, Stages& stages,
            Job& job) {
    Plan fp32 = compile(model.graph, {Precision::Fp32}, job);
    const Precision precision = precisionNamed(options.precision).value();
    if (precision == Precision::Fp32)
        return fp32;
    QuantizeOptions quantization;
    quantization.weightLimit = valueNamed<WeightLimit>(options.weightLimit);
    const ArraySamples samples = rowsOf(options.calibration, model);
    const ModelQuantizer quantizer(model, fp32, samples, all(samples), quantization, machine, stages);
    return compile(quantizer.quantize().graph, {precision}, job);
}

void evaluate(const WorkerOptions& options) {
    const MachineInfo machine = machineInfo();
    useThreads(options.threads > 0 ? options.threads : machine.cores);
    Job job;
    Stages stages(job, {{"Evaluating", 1}});
    stages.next();
    const LoadedModel model = loadModel(options.model, {}, 1, job);
    Plan plan = planOf(model, options, machine, stages, job);
    const ArraySamples samples = rowsOf(options.evaluation, model);
    std::vector<float> outputs;
    forEachBatch(plan, samples, all(samples), stages, [&](std::span<const int64_t>) {
        plan.run();
        outputs.insert(outputs.end(), plan.output(0).begin(), plan.output(0).end());
    });
    saveNpyFloats(options.output, {samples.size(), static_cast<int64_t>(plan.output(0).size())}, outputs);
}

} // namespace

int main(int argc, char** argv) {
    WorkerOptions options;
    CLI::App program("Quantizes one model and evaluates it, for the comparison with other quantizers.",
                     "accuracy_worker");
    program.add_option("MODEL", options.model, "ONNX file")->required();
    program.add_option("--precision", options.precision)->check(CLI::IsMember({"fp32", "int8", "int8-simulated"}));
    program.add_option("--weight-limit", options.weightLimit)->check(CLI::IsMember({"full", "pairs", "7-bit"}));
    program.add_option("--threads", options.threads);
    program.add_option("--calibration", options.calibration, ".npy of samples to find ranges with");
    program.add_option("--evaluation", options.evaluation, ".npy of samples to run")->required();
    program.add_option("--output", options.output, "The first output of each is written here, as .npy")->required();
    CLI11_PARSE(program, argc, argv);
    try {
        evaluate(options);
    } catch (const std::exception& error) {
        fmt::print(stderr, "accuracy_worker: {}\n", error.what());
        return 1;
    }
}
