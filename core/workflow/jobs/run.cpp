// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workflow/jobs/run.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/engine/compile.h"
#include "core/quantize/batch_rows.h"
#include "core/workflow/jobs/job_base.h"
#include "core/workflow/jobs/job_input.h"
#include "core/workflow/network/load.h"
#include "core/workflow/network/precisions.h"
#include "core/workflow/network/quantize_model.h"
#include "core/workflow/samples/calibrate.h"
#include "core/workflow/samples/npy_tensor.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fmt/format.h>
#include <limits>
#include <memory>

namespace halftone {

namespace {

[[noreturn]] void refuseShape(const std::string& input, const Shape& given, const Shape& wanted) {
    throw Error(ErrorCode::Usage,
                fmt::format("The input {} has the shape {}; the network wants {}.", displayText(input),
                            shapeText(given), shapeText(wanted)),
                displayText(input));
}

struct Input {
    Tensor tensor; // of the network's element type
    std::vector<float> values;
};

std::map<std::string, Input> loadInputs(const RunRequest& request, const ModelFacts& file) {
    std::map<std::string, Input> inputs;
    for (const auto& [inputName, path] : request.inputs) {
        const auto known = std::ranges::find(file.inputs, inputName, &ModelInput::name);
        if (known == file.inputs.end()) {
            std::vector<std::string> names;
            for (const ModelInput& input : file.inputs)
                names.push_back(input.name);
            throw Error(ErrorCode::Usage, fmt::format("The network has no input {}; its inputs are {}.",
                                                      displayText(inputName), join(names, ", ")));
        }
        Tensor tensor = tensorOf(loadNpy(path), known->type, path);
        inputs[inputName] = {tensor, tensor.toFloats()};
    }
    for (const ModelInput& input : file.inputs)
        if (!inputs.contains(input.name))
            throw Error(ErrorCode::Usage,
                        fmt::format("The input {0} is missing. Give it as --input {0}=FILE.npy.", input.name));
    return inputs;
}

void copyInputs(Plan& plan, const Graph& graph, const std::map<std::string, Input>& inputs) {
    for (size_t i = 0; i < plan.inputCount(); ++i) {
        const std::string& inputName = graph.value(graph.inputs[i]).name;
        const Input& input = inputs.at(inputName);
        if (input.tensor.shape != plan.inputShape(i))
            refuseShape(inputName, input.tensor.shape, plan.inputShape(i));
        plan.setInput(i, input.tensor);
    }
}

/// The user's sizes, and those of the given inputs that the file leaves open or that are the batch.
Sizes sizesOfInputs(const ModelFacts& file, const GivenSizes& given, const std::map<std::string, Input>& inputs) {
    Sizes sizes = sizesOf(file, given, 1);
    sizes.erase(file.batch);
    for (const ModelInput& input : file.inputs) {
        const Shape& shape = inputs.at(input.name).tensor.shape;
        Shape wanted;
        bool fits = input.anyRank || input.shape.size() == shape.size();
        for (size_t i = 0; i < input.shape.size(); ++i) {
            const Size& size = input.shape[i];
            const bool isFree = !size.number || size.symbol == file.batch;
            const auto known = sizes.find(size.symbol);
            wanted.push_back(known != sizes.end() ? known->second : isFree ? -1 : *size.number);
            fits = fits && (wanted[i] < 0 || wanted[i] == shape[i]) && (size.symbol != file.batch || shape[i] > 0);
            if (fits && isFree)
                sizes.emplace(size.symbol, shape[i]);
        }
        if (!fits)
            refuseShape(input.name, shape, wanted);
        for (size_t i = 0; input.anyRank && i < shape.size(); ++i)
            sizes.emplace(fmt::format("{}.{}", input.name, i), shape[i]);
    }
    return sizes;
}

/// The user's inputs, row by row.
class GivenSamples : public Samples {
public:
    explicit GivenSamples(const Plan& plan, const Graph& graph, const std::map<std::string, Input>& inputs)
        : m_rows(static_cast<int64_t>(samplesIn(plan.inputShape(0)))) {
        for (const ValueId input : graph.inputs)
            m_inputs.push_back(inputs.at(graph.value(input).name).values);
    }
    int64_t size() const override { return m_rows; }
    void fill(int64_t index, std::span<float> dst) const override { fillFurther(0, index, dst); }
    void fillFurther(size_t input, int64_t index, std::span<float> dst) const override {
        std::ranges::copy(std::span(m_inputs[input]).subspan(static_cast<size_t>(index) * dst.size(), dst.size()),
                          dst.begin());
    }

private:
    int64_t m_rows;
    std::vector<std::vector<float>> m_inputs;
};

Graph quantizedGraph(const RunRequest& request, const LoadedModel& model, Plan& fp32, const MachineInfo& machine,
                     const std::map<std::string, Input>& inputs, Job& job) {
    Stages stages(job, {{"Calibrating ranges", 5, true}}); // nothing is known yet
    stages.next();
    const auto quantized = [&](const Samples& samples, int64_t calibrationSamples) {
        return ModelQuantizer(model, fp32, samples, evenlySpread(calibrationSamples, samples.size()),
                              request.job.quantization, machine, stages)
            .quantize()
            .graph;
    };
    if (request.job.dataPath.empty())
        return quantized(GivenSamples(fp32, model.graph, inputs), std::numeric_limits<int64_t>::max());
    const JobInput data(request.job, model, openData(request.job));
    return quantized(data.samples(), request.job.calibrationSamples);
}

std::string fileNameOf(const std::string& output) {
    std::string name = output;
    for (char& c : name)
        if (!std::isalnum(static_cast<unsigned char>(c)) && c != '.' && c != '-' && c != '_')
            c = '_';
    return (name.empty() || name[0] == '.' ? "output" + name : name) + ".npy";
}

} // namespace

std::vector<std::string> runModel(const RunRequest& request, Job& job) {
    if (request.job.modelPath.empty())
        throw Error(ErrorCode::Usage, "The MODEL is missing.");
    checkSettings(request.job.threads, request.job.calibrationSamples, request.job.quantization);
    const MachineInfo machine = machineInfo();
    precisionsToRun({request.precision}, machine.isa);
    const std::unique_ptr<ModelSource> source = openModel(request.job.modelPath);
    const std::map<std::string, Input> inputs = loadInputs(request, source->facts());
    const LoadedModel model =
        prepareModel(source->bind(sizesOfInputs(source->facts(), request.job.sizes, inputs)), job);
    for (const Diagnostic& found : model.file.diagnostics) {
        if (found.code == "cut-tail" && !request.cut)
            throw Error(ErrorCode::Unsupported, found.message + " Ask for that with --cut, if it is wanted.",
                        found.where);
        job.listener().diagnostic(found);
    }
    useThreads(threadsOf(request.job, machine));

    Plan plan = compile(model.graph, {isQuantized(request.precision) ? Precision::Fp32 : request.precision}, job);
    copyInputs(plan, model.graph, inputs);
    if (isQuantized(request.precision)) {
        plan = compile(quantizedGraph(request, model, plan, machine, inputs, job), {request.precision}, job);
        copyInputs(plan, model.graph, inputs);
    }
    plan.run();

    std::error_code failed;
    std::filesystem::create_directories(request.outputFolder, failed);
    if (failed)
        throw Error(ErrorCode::Io, fmt::format("{}: cannot create the folder: {}.", displayText(request.outputFolder),
                                               failed.message()));
    std::vector<std::string> written;
    for (size_t i = 0; i < plan.outputCount(); ++i) {
        const std::string& outputName = model.graph.value(model.graph.outputs[i]).name;
        written.push_back((std::filesystem::path(request.outputFolder) / fileNameOf(outputName)).string());
        saveNpy(written.back(), npyOf(plan.outputTensor(i)));
    }
    return written;
}

} // namespace halftone
