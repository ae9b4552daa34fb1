// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/onnx_node/case_runner.h"

#include "core/base/error.h"
#include "core/base/file.h"
#include "core/base/text.h"
#include "core/engine/compile.h"
#include "core/engine/machine/machine.h"
#include "core/formats/common/external_data.h"
#include "core/formats/onnx/tensors.h"
#include "core/graph/infer.h"
#include "core/graph/validate.h"
#include "core/passes/passes.h"
#include "tests/support/read_model.h"

#include <cmath>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <map>
#include <onnx/onnx-data_pb.h>
#include <onnx/onnx_pb.h>
#include <set>
#include <unistd.h>

namespace halftone::test {

namespace {

namespace fs = std::filesystem;
using namespace onnx_format;

template <class Message> Message readMessage(const fs::path& path) {
    std::ifstream stream(path, std::ios::binary);
    Message message;
    if (!stream || !message.ParseFromIstream(&stream))
        throw Error(ErrorCode::BadInput, fmt::format("{} cannot be read.", path.string()));
    return message;
}

onnx::ModelProto modelIn(const std::string& folder) {
    return readMessage<onnx::ModelProto>(fs::path(folder) / "model.onnx");
}

/// An input as the test data has it: a tensor, a list of tensors, or an optional of either, which may be empty.
struct Given {
    std::vector<onnx::TensorProto> tensors;
    bool isList = false, isOptional = false;

    bool isTensor() const { return !isList && !isOptional; }
};

struct Case {
    onnx::ModelProto model;
    std::vector<Given> inputs;   // of the graph, in its order
    std::vector<Tensor> outputs; // those of a list one after the other
};

Given givenIn(const fs::path& path, const onnx::TypeProto& type) {
    if (type.has_sequence_type()) {
        const auto list = readMessage<onnx::SequenceProto>(path);
        return {{list.tensor_values().begin(), list.tensor_values().end()}, true, false};
    }
    if (!type.has_optional_type()) {
        auto tensor = readMessage<onnx::TensorProto>(path);
        if (type.tensor_type().elem_type() == onnx::TensorProto::BFLOAT16)
            tensor.set_data_type(onnx::TensorProto::BFLOAT16); // the data calls its bits UINT16
        return {{tensor}};
    }
    const auto optional = readMessage<onnx::OptionalProto>(path);
    if (optional.has_sequence_value()) {
        const onnx::SequenceProto& list = optional.sequence_value();
        return {{list.tensor_values().begin(), list.tensor_values().end()}, true, true};
    }
    if (optional.has_tensor_value())
        return {{optional.tensor_value()}, false, true};
    return {{}, false, true};
}

Tensor tensorOf(onnx::TensorProto proto, const std::string& folder) {
    ExternalData external(folder + "/model.onnx");
    return TensorReader(external, int64_t{1} << 30).read(proto, "A tensor of the test data");
}

Case caseIn(const std::string& folder, int set) {
    Case result{modelIn(folder), {}, {}};
    const onnx::GraphProto& graph = result.model.graph();
    const fs::path data = fs::path(folder) / fmt::format("test_data_set_{}", set);
    const auto file = [&](const char* kind, int index) { return data / fmt::format("{}_{}.pb", kind, index); };
    std::set<std::string> weights;
    for (const onnx::TensorProto& weight : graph.initializer())
        weights.insert(weight.name());
    std::vector<onnx::TypeProto> types;
    for (const onnx::ValueInfoProto& input : graph.input())
        if (!weights.contains(input.name()))
            types.push_back(input.type());
    for (size_t i = 0; i < types.size() && fs::exists(file("input", static_cast<int>(i))); ++i)
        result.inputs.push_back(givenIn(file("input", static_cast<int>(i)), types[i]));
    for (int i = 0; i < graph.output_size() && fs::exists(file("output", i)); ++i)
        for (const onnx::TensorProto& tensor : givenIn(file("output", i), graph.output(i).type()).tensors)
            result.outputs.push_back(tensorOf(tensor, folder));
    return result;
}

/// Layers that make a list or an optional of constants.
void addAsLayers(onnx::GraphProto& graph, const std::string& name, const Given& given) {
    std::vector<std::string> tensors;
    for (const onnx::TensorProto& tensor : given.tensors) {
        tensors.push_back(fmt::format("{}_element_{}", name, tensors.size()));
        *graph.add_initializer() = tensor;
        graph.mutable_initializer()->rbegin()->set_name(tensors.back());
    }
    if (given.isList) {
        onnx::NodeProto& list = *graph.add_node();
        list.set_op_type(tensors.empty() ? "SequenceEmpty" : "SequenceConstruct");
        for (const std::string& tensor : tensors)
            list.add_input(tensor);
        tensors = {given.isOptional ? name + "_list" : name};
        list.add_output(tensors.front());
    }
    if (given.isOptional) {
        onnx::NodeProto& optional = *graph.add_node();
        optional.set_op_type("Optional");
        if (!tensors.empty())
            optional.add_input(tensors.front());
        optional.add_output(name);
    }
}

/// The inputs from number `first` on are constants of the file; the others that are tensors are `fed`.
onnx::ModelProto withConstants(const Case& test, size_t first, std::map<std::string, onnx::TensorProto>& fed) {
    onnx::ModelProto model = test.model;
    onnx::GraphProto& graph = *model.mutable_graph();
    std::set<std::string> weights;
    for (const onnx::TensorProto& weight : graph.initializer())
        weights.insert(weight.name());
    google::protobuf::RepeatedPtrField<onnx::ValueInfoProto> kept;
    size_t number = 0;
    for (onnx::ValueInfoProto& input : *graph.mutable_input()) {
        if (weights.contains(input.name())) {
            *kept.Add() = input;
            continue;
        }
        const Given& given = test.inputs.at(number);
        const bool isConstant = number++ >= first;
        if (!given.isTensor()) {
            addAsLayers(graph, input.name(), given);
        } else if (isConstant) {
            *graph.add_initializer() = given.tensors.front();
            graph.mutable_initializer()->rbegin()->set_name(input.name());
        } else {
            fed.emplace(input.name(), given.tensors.front());
            *kept.Add() = input;
        }
    }
    graph.mutable_input()->Swap(&kept);
    return model;
}

std::string differenceOf(const Tensor& got, const Tensor& wanted) {
    if (got.type != wanted.type || got.shape != wanted.shape)
        return fmt::format("is {} {} instead of {} {}", name(got.type), shapeText(got.shape), name(wanted.type),
                           shapeText(wanted.shape));
    const std::vector<double> a = got.toDoubles(), b = wanted.toDoubles();
    double largest = 0;
    for (const double value : b)
        largest = std::isfinite(value) ? std::max(largest, std::abs(value)) : largest;
    for (size_t i = 0; i < a.size(); ++i) {
        const bool same = a[i] == b[i] || (std::isnan(a[i]) && std::isnan(b[i])) ||
                          std::abs(a[i] - b[i]) <= 1e-3 * std::abs(b[i]) + 1e-6 * (1 + largest);
        if (!same)
            return fmt::format("is {} instead of {} at element {} of {}", a[i], b[i], i, a.size());
    }
    return {};
}

/// The first dimension of the first input that has one.
int64_t batchOf(const Case& test) {
    for (const Given& input : test.inputs)
        if (input.isTensor() && input.tensors.front().dims_size() > 0)
            return input.tensors.front().dims(0);
    return 1;
}

/// The first difference; throws Error where the network cannot be run.
std::string runVariant(const Case& test, size_t constantsFrom, const std::string& folder) {
    std::map<std::string, onnx::TensorProto> fed;
    const fs::path path = fs::temp_directory_path() / fmt::format("halftone-onnx-node-{}.onnx", getpid());
    {
        std::ofstream stream(path, std::ios::binary);
        withConstants(test, constantsFrom, fed).SerializeToOstream(&stream);
    }
    GivenSizes given; // the file may leave them open
    for (const auto& [name, tensor] : fed)
        given.shapes[name] = {tensor.dims().begin(), tensor.dims().end()};
    const std::unique_ptr<ModelSource> source = openModel(path.string());
    const Sizes sizes = sizesOf(source->facts(), given, batchOf(test));
    const BoundModel file = source->bind(sizes);
    fs::remove(path);
    refuseUnsupported(file);
    Graph graph = file.graph;
    validate(graph, "reading");
    graph = runPasses(std::move(graph), standardPasses());
    Plan plan = compile(graph, {Precision::Fp32}, Job());
    for (size_t i = 0; i < graph.inputs.size(); ++i)
        plan.setInput(i, tensorOf(fed.at(graph.value(graph.inputs[i]).name), folder));
    plan.run();
    if (plan.outputCount() != test.outputs.size())
        return fmt::format("It has {} outputs instead of {}.", plan.outputCount(), test.outputs.size());
    for (size_t i = 0; i < test.outputs.size(); ++i)
        if (const std::string difference = differenceOf(plan.outputTensor(i), test.outputs[i]); !difference.empty())
            return fmt::format("Output {} {}.", i, difference);
    return {};
}

bool wantsConstant(const Error& error) {
    return error.code() == ErrorCode::Unsupported && error.message().find("computed at run time") != std::string::npos;
}

} // namespace

std::string operatorOf(const std::string& folder) {
    const onnx::ModelProto model = modelIn(folder);
    return model.graph().node_size() == 1 ? model.graph().node(0).op_type() : std::string();
}

CaseResult runCase(const std::string& folder) {
    useThreads(1);
    int ran = 0;
    std::string refusal;
    for (int set = 0; fs::exists(fs::path(folder) / fmt::format("test_data_set_{}", set)); ++set) {
        const Case test = caseIn(folder, set);
        std::set<size_t> variants{0, std::min<size_t>(1, test.inputs.size()), test.inputs.size()};
        for (const size_t constantsFrom : variants) {
            const std::string which = constantsFrom >= test.inputs.size() ? "as it is"
                                      : constantsFrom == 1                ? "with all inputs but the first as constants"
                                                                          : "with all inputs as constants";
            try {
                if (const std::string difference = runVariant(test, constantsFrom, folder); !difference.empty())
                    return {false, fmt::format("{}: {}", which, difference)};
                ++ran;
            } catch (const Error& error) {
                if (!wantsConstant(error))
                    return {false, fmt::format("{}: {}", which, error.message())};
                refusal = error.message();
            }
        }
    }
    return {ran > 0, ran > 0 ? "" : refusal};
}

} // namespace halftone::test
