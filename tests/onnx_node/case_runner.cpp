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
#include <onnx/onnx_pb.h>
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

bool isOrdinary(const onnx::ValueInfoProto& value) {
    const std::set<int> types{onnx::TensorProto::FLOAT, onnx::TensorProto::INT32, onnx::TensorProto::INT64,
                              onnx::TensorProto::BOOL,  onnx::TensorProto::UINT8, onnx::TensorProto::INT8};
    return value.type().has_tensor_type() && types.contains(value.type().tensor_type().elem_type());
}

struct Case {
    onnx::ModelProto model;
    std::vector<onnx::TensorProto> inputs; // of the graph, in its order
    std::vector<Tensor> outputs;
};

Tensor tensorOf(onnx::TensorProto proto, const std::string& folder) {
    ExternalData external(folder + "/model.onnx");
    return TensorReader(external, int64_t{1} << 30).read(proto, "A tensor of the test data");
}

Case caseIn(const std::string& folder, int set) {
    Case result{modelIn(folder), {}, {}};
    const fs::path data = fs::path(folder) / fmt::format("test_data_set_{}", set);
    const auto file = [&](const char* kind, int index) { return data / fmt::format("{}_{}.pb", kind, index); };
    for (int i = 0; fs::exists(file("input", i)); ++i)
        result.inputs.push_back(readMessage<onnx::TensorProto>(file("input", i)));
    for (int i = 0; fs::exists(file("output", i)); ++i)
        result.outputs.push_back(tensorOf(readMessage<onnx::TensorProto>(file("output", i)), folder));
    return result;
}

/// The inputs from number `first` on are constants of the file.
onnx::ModelProto withConstants(const Case& test, size_t first) {
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
        const onnx::TensorProto& value = test.inputs.at(number);
        if (number++ >= first) {
            *graph.add_initializer() = value;
            graph.mutable_initializer()->rbegin()->set_name(input.name());
            continue;
        }
        *kept.Add() = input;
    }
    graph.mutable_input()->Swap(&kept);
    return model;
}

std::string differenceOf(const Tensor& got, const Tensor& wanted) {
    if (got.type != wanted.type || got.shape != wanted.shape)
        return fmt::format("is {} {} instead of {} {}", name(got.type), shapeText(got.shape), name(wanted.type),
                           shapeText(wanted.shape));
    const std::vector<double> a = got.toDoubles(), b = wanted.toDoubles();
    for (size_t i = 0; i < a.size(); ++i) {
        const bool same = a[i] == b[i] || (std::isnan(a[i]) && std::isnan(b[i])) ||
                          std::abs(a[i] - b[i]) <= 1e-3 * std::abs(b[i]) + 1e-6;
        if (!same)
            return fmt::format("is {} instead of {} at element {} of {}", a[i], b[i], i, a.size());
    }
    return {};
}

/// The first dimension of the first input that has one.
int64_t batchOf(const Case& test) {
    for (const onnx::TensorProto& input : test.inputs)
        if (input.dims_size() > 0)
            return input.dims(0);
    return 1;
}

/// The first difference; throws Error where the network cannot be run.
std::string runVariant(const Case& test, size_t constantsFrom, const std::string& folder) {
    const fs::path path = fs::temp_directory_path() / fmt::format("halftone-onnx-node-{}.onnx", getpid());
    {
        std::ofstream stream(path, std::ios::binary);
        withConstants(test, constantsFrom).SerializeToOstream(&stream);
    }
    GivenSizes given; // the file may leave them open
    for (size_t i = 0; i < test.inputs.size() && i < constantsFrom; ++i)
        given.shapes[test.model.graph().input(static_cast<int>(i)).name()] = {test.inputs[i].dims().begin(),
                                                                              test.inputs[i].dims().end()};
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
        plan.setInput(i, tensorOf(test.inputs.at(i), folder));
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

CaseInfo caseInfo(const std::string& folder) {
    const onnx::ModelProto model = modelIn(folder);
    CaseInfo info;
    for (const onnx::NodeProto& node : model.graph().node())
        info.operators.insert(node.op_type());
    if (model.graph().node_size() == 1)
        info.op = model.graph().node(0).op_type();
    const auto& inputs = model.graph().input();
    const auto& outputs = model.graph().output();
    info.ordinaryTypes = std::ranges::all_of(inputs, isOrdinary) && std::ranges::all_of(outputs, isOrdinary);
    return info;
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
