// SPDX-License-Identifier: GPL-3.0-or-later
// Halftone's side of the comparison with its peers: loads one model in one precision, then runs it whenever the driver
// asks. Speaks lines on stdin and stdout as peer_worker.py does; peers.py starts both.
#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/data/npy.h"
#include "core/engine/compile.h"
#include "core/workflow/network/load.h"
#include "core/workflow/network/quantize_model.h"
#include "core/workflow/samples/array_samples.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cstdio>
#include <fmt/format.h>
#include <iostream>
#include <numeric>
#include <string>

namespace {

using namespace halftone;

struct WorkerOptions {
    std::string model, precision = "fp32", input, calibration, output;
    int64_t batch = 1;
    int threads = 1;
};

/// Milliseconds of each stage between opening the file and the end of the first inference.
class StageClock {
public:
    template <typename Work> auto time(const char* stage, const Work& work) {
        const int64_t start = nowNs();
        auto result = work();
        m_stages += fmt::format("{}\"{}\": {:.3f}", m_stages.empty() ? "" : ", ", stage, addMs(nowNs() - start));
        return result;
    }
    std::string json() const { return fmt::format("{{\"loadMs\": {:.3f}, \"stages\": {{{}}}}}", m_totalMs, m_stages); }

private:
    double addMs(int64_t ns) {
        m_totalMs += static_cast<double>(ns) / 1e6;
        return static_cast<double>(ns) / 1e6;
    }

    std::string m_stages;
    double m_totalMs = 0;
};

/// Finding the ranges belongs to making the int8 model, as the peers' quantized files are made beforehand: its time is
/// not counted as loading.
Graph quantizedGraph(const LoadedModel& model, const WorkerOptions& options, const MachineInfo& machine, Job& job,
                     StageClock& clock) {
    const std::shared_ptr<const Dataset> dataset = openDataset(options.calibration);
    const ArraySamples samples(std::dynamic_pointer_cast<const ArrayDataset>(dataset), networkInputs(model.graph),
                               model.file.batchSize(), 0, 0, 1);
    std::vector<int64_t> indices(static_cast<size_t>(samples.size()));
    std::iota(indices.begin(), indices.end(), 0);
    Plan fp32 = compile(model.graph, {Precision::Fp32}, job);
    Stages stages(job, {{"Calibrating ranges", 1}});
    stages.next();
    const ModelQuantizer quantizer(model, fp32, samples, indices, {}, machine, stages);
    return clock.time("quantize", [&] { return quantizer.quantize().graph; });
}

Plan load(const WorkerOptions& options, Job& job, StageClock& clock) {
    const MachineInfo machine = machineInfo();
    BoundModel file = clock.time("read", [&] {
        const std::unique_ptr<ModelSource> source = openModel(options.model);
        return source->bind(sizesOf(source->facts(), {}, options.batch));
    });
    const LoadedModel model = clock.time("passes", [&] { return prepareModel(std::move(file), job); });
    useThreads(options.threads); // after reading, as the program does: pinned threads hand their mask on
    const bool int8 = options.precision == "int8";
    const Graph graph = int8 ? quantizedGraph(model, options, machine, job, clock) : model.graph;
    Plan plan = clock.time("compile", [&] { return compile(graph, {int8 ? Precision::Int8 : Precision::Fp32}, job); });
    const std::vector<float> input = toFloats(loadNpy(options.input));
    if (input.size() != plan.input(0).size())
        throw Error(ErrorCode::Usage, fmt::format("{} has {} values; the network wants {}.", options.input,
                                                  input.size(), plan.input(0).size()));
    std::ranges::copy(input, plan.input(0).begin());
    clock.time("first", [&] {
        plan.run();
        return 0;
    });
    return plan;
}

/// Answers "run K" with the nanoseconds of K inferences, as a JSON list, until the input ends.
void serve(Plan& plan) {
    std::vector<int64_t> timesNs;
    for (std::string line; std::getline(std::cin, line);) {
        size_t count = 0;
        if (!line.starts_with("run ") ||
            std::from_chars(line.data() + 4, line.data() + line.size(), count).ec != std::errc{})
            throw Error(ErrorCode::Usage, fmt::format("\"{}\" is no request; write run K.", line));
        timesNs.resize(count);
        for (int64_t& ns : timesNs) {
            const int64_t start = nowNs();
            plan.run();
            ns = nowNs() - start;
        }
        fmt::print("[{}]\n", fmt::join(timesNs, ", "));
        std::fflush(stdout);
    }
}

} // namespace

int main(int argc, char** argv) {
    WorkerOptions options;
    CLI::App program("Runs one model for the comparison with other runtimes.", "halftone_worker");
    program.add_option("MODEL", options.model, "ONNX file")->required();
    program.add_option("--precision", options.precision)->check(CLI::IsMember({"fp32", "int8"}));
    program.add_option("--batch", options.batch);
    program.add_option("--threads", options.threads);
    program.add_option("--input", options.input, ".npy of the whole batch")->required();
    program.add_option("--calibration", options.calibration, "int8: .npy of samples to find ranges with");
    program.add_option("--output", options.output, "The first output is written here, as .npy")->required();
    CLI11_PARSE(program, argc, argv);
    try {
        Job job;
        StageClock clock;
        Plan plan = load(options, job, clock);
        saveNpyFloats(options.output, plan.outputShape(0), plan.output(0));
        fmt::print("{}\n", clock.json());
        std::fflush(stdout);
        serve(plan);
    } catch (const std::exception& error) {
        fmt::print(stderr, "halftone_worker: {}\n", error.what());
        return 1;
    }
}
