// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workflow/network/load.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/graph/infer.h"
#include "core/graph/validate.h"
#include "core/workflow/samples/array_samples.h"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>

namespace halftone {

namespace {

std::vector<Port> ports(const Graph& graph, const std::vector<ValueId>& values) {
    std::vector<Port> result;
    for (const ValueId id : values) {
        const Value& value = graph.value(id);
        result.push_back({displayText(value.name), std::string(name(value.type)), value.shape});
    }
    return result;
}

Port declared(const std::string& name, const std::string& type, const std::vector<Size>& shape) {
    Port port{name, type, {}};
    for (const Size& size : shape)
        port.shape.push_back(size.number.value_or(-1));
    if (std::ranges::any_of(shape, [](const Size& size) { return !size.number && !size.symbol.empty(); }))
        for (const Size& size : shape)
            port.symbols.push_back(size.number ? std::string() : size.symbol);
    return port;
}

/// Also where every output has no elements.
void requireVariableResult(const LoadedModel& model) {
    const Graph& graph = model.graph;
    if (!std::ranges::all_of(graph.outputs, [&](ValueId output) { return graph.isConstant(output); }))
        return;
    std::vector<std::string> outputs;
    for (const Port& output : ports(graph, graph.outputs))
        outputs.push_back(fmt::format("{} ({})", output.name, shapeText(output.shape)));
    const std::string shown = displayText(std::filesystem::path(model.file.path).filename().string());
    throw Error(ErrorCode::Unsupported,
                fmt::format("{}: What the network gives, {}, is the same for every input, so there is nothing to run. "
                            "Check the shapes of its inputs, or export the model again.",
                            shown, join(outputs, ", ")),
                shown);
}

/// Files that store int8 and compute fp32 are taken for int8 networks, and then nobody knows why they are not faster.
std::optional<Diagnostic> aboutSmallWeights(const ModelFacts& file) {
    const double share =
        static_cast<double>(file.smallParameters) / static_cast<double>(std::max<int64_t>(file.parameters, 1));
    constexpr double kMost = 0.5;
    if (share < kMost)
        return std::nullopt;
    return Diagnostic{
        Severity::Info, "small-weights", "",
        fmt::format("{} % of the weights are stored in 8 bits or fewer, but what they are multiplied with is not "
                    "quantized: that makes the file smaller, not faster. fp32 computes with the numbers that "
                    "the codes mean; int8 is Halftone's own quantization of the network.",
                    percentage(share))};
}

} // namespace

Sizes sizesFor(const ModelFacts& file, const GivenSizes& given, int64_t batch, const Dataset* data) {
    Sizes sizes = sizesOf(file, given, batch);
    if (const auto* arrays = dynamic_cast<const ArrayDataset*>(data))
        sizes.merge(sizesOfArrays(file.inputs, file.batch, sizes, *arrays));
    return sizes;
}

LoadedModel loadModel(const std::string& path, const GivenSizes& given, int64_t batch, const Job& job,
                      const Dataset* data, std::span<const Pass> passes) {
    if (batch < 1)
        throw Error(ErrorCode::Usage, fmt::format("The batch size is {}; it must be at least 1.", batch));
    const std::unique_ptr<ModelSource> source = openModel(path);
    job.checkCancelled();
    return prepareModel(source->bind(sizesFor(source->facts(), given, batch, data)), job, passes);
}

LoadedModel prepareModel(BoundModel file, const Job& job, std::span<const Pass> passes) {
    LoadedModel model{std::move(file), {}, {}};
    job.checkCancelled();
    refuseUnsupported(model.file);
    if (model.file.graph.inputs.empty()) {
        const std::string shown = displayText(std::filesystem::path(model.file.path).filename().string());
        throw Error(ErrorCode::Unsupported,
                    fmt::format("{}: The network has no inputs, so its result is constant and there is nothing to run. "
                                "Export the model with its inputs.",
                                shown),
                    shown);
    }
    Graph graph = model.file.graph;
    validate(graph, "reading");
    const auto optimized = [&](Graph read) {
        job.checkCancelled();
        return runPasses(std::move(read), passes,
                         [&](std::string_view, int64_t, const Graph&) { job.checkCancelled(); });
    };
    if (hasActivationGrids(graph)) {
        graph = saturateGrids(moveGrids(foldConstants(std::move(graph))));
        model.onGrids = optimized(graph);
    } else if (const auto found = aboutSmallWeights(model.file))
        model.file.diagnostics.push_back(*found);
    model.graph = optimized(withoutGrids(std::move(graph)));
    requireVariableResult(model);
    return model;
}

int64_t weightsBytes(const Graph& graph) {
    int64_t bytes = 0;
    for (const Value& value : graph.values()) {
        if (!value.constant)
            continue;
        const int64_t elements = value.constant->elements();
        bytes += value.quant ? elements + static_cast<int64_t>(value.quant->scales.size() * sizeof(float))
                             : elements * static_cast<int64_t>(sizeOf(value.type));
    }
    return bytes;
}

int64_t totalMacs(const Graph& graph) {
    int64_t total = 0;
    for (const Node& node : graph.nodes())
        total += macs(graph, node);
    return total;
}

Model describeFile(const ModelFacts& file) {
    Model result;
    result.path = displayText(file.path, 4096);
    result.name = displayText(std::filesystem::path(file.path).filename().string());
    result.format = file.format;
    result.sha256 = file.sha256;
    result.sizeBytes = file.sizeBytes;
    result.operators = file.operators;
    result.alreadyQuantized = file.alreadyQuantized;
    result.parameters = file.parameters;
    for (const ModelInput& input : file.inputs) {
        result.inputs.push_back(declared(input.name, std::string(name(input.type)), input.shape));
        result.inputs.back().unknownRank = input.anyRank;
        for (const Size& size : input.shape)
            if (!size.number && size.symbol != file.batch && std::ranges::count(result.openSizes, size.symbol) == 0)
                result.openSizes.push_back(size.symbol);
    }
    for (const ModelOutput& output : file.outputs) {
        result.outputs.push_back(declared(output.name, output.type, output.shape));
        result.outputs.back().unknownRank = output.shape.empty();
    }
    return result;
}

Model describeModel(const LoadedModel& model) {
    Model result = describeFile(model.file);
    result.parameters = 0; // those that the network takes
    for (const Value& value : model.file.graph.values())
        if (value.constant && value.type != ElementType::S64) // those are shapes and axes
            result.parameters += value.constant->elements();
    result.inputs = ports(model.graph, model.graph.inputs);
    result.outputs = ports(model.graph, model.graph.outputs);
    result.macs = totalMacs(model.graph) / model.file.batchSize();
    result.fp32WeightsBytes = weightsBytes(model.graph);
    return result;
}

} // namespace halftone
