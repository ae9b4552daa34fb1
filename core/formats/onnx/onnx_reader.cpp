// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/onnx/onnx_reader.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/formats/onnx/constant_node.h"
#include "core/formats/onnx/inline_functions.h"
#include "core/formats/onnx/messages.h"
#include "core/formats/onnx/nested_constants.h"
#include "core/formats/onnx/network_reader.h"
#include "core/formats/onnx/operators.h"
#include "core/formats/onnx/outline.h"
#include "core/formats/onnx/wire_scan.h"

#include <algorithm>
#include <fmt/format.h>
#include <limits>
#include <map>
#include <string_view>
#include <unordered_set>
#include <utility>

namespace halftone {

namespace {

using namespace onnx_format;

constexpr int64_t kOldestIr = 3, kNewestIr = 13;
constexpr int64_t kOldestOpset = 1;
constexpr int kMaxRank = 64;

onnx::ModelProto parse(std::span<const std::byte> bytes, const ReadLimits& limits) {
    const WireCounts counts = scanWire(bytes, limits);
    if (counts.graphs == 0)
        throw Error(ErrorCode::BadInput, "The file is not an ONNX model: it holds no graph. Export the model again.");
    if (counts.graphs > 1)
        throw Error(ErrorCode::BadInput,
                    fmt::format("The file holds {} graphs where a model has one: several files were joined, or it is "
                                "damaged. Export the model again.",
                                counts.graphs));
    onnx::ModelProto model;
    if (!model.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
        throw Error(ErrorCode::BadInput, "The file is not an ONNX model or is damaged. Download or export it again.");
    return model;
}

bool usesDefaultDomain(const onnx::GraphProto& graph) {
    return std::any_of(graph.node().begin(), graph.node().end(),
                       [](const onnx::NodeProto& node) { return isDefaultDomain(node.domain()); });
}

/// Version of the default operator set.
int64_t opsetOf(const onnx::ModelProto& model, std::vector<Diagnostic>& diagnostics) {
    if (model.ir_version() < kOldestIr)
        throw Error(ErrorCode::Unsupported, fmt::format("The file has ONNX format version {}; Halftone reads "
                                                        "version {} and later. Export the model with "
                                                        "a current version of ONNX.",
                                                        model.ir_version(), kOldestIr));
    if (model.ir_version() > kNewestIr)
        diagnostics.push_back({Severity::Warning, "newer-format", "",
                               fmt::format("The file has ONNX format version {}, newer than the versions up to {} that "
                                           "Halftone knows; parts may be missed.",
                                           model.ir_version(), kNewestIr)});
    std::map<std::string, int64_t> versions;
    for (const onnx::OperatorSetIdProto& import : model.opset_import()) {
        const std::string domain = isDefaultDomain(import.domain()) ? std::string() : import.domain();
        const auto [entry, isNew] = versions.emplace(domain, import.version());
        if (!isNew && entry->second != import.version())
            throw Error(ErrorCode::BadInput,
                        fmt::format("The model asks for two versions of the operator "
                                    "set \"{}\": {} and {}. Export the model again.",
                                    domain.empty() ? "ai.onnx" : displayText(domain), entry->second, import.version()));
    }
    const auto found = versions.find("");
    if (found == versions.end() && !versions.empty() && !usesDefaultDomain(model.graph()))
        return kNewestOpset; // every layer is of another domain, and will be refused by its name
    if (found == versions.end())
        throw Error(ErrorCode::BadInput,
                    "The model does not say which version of ONNX's operators it uses (no opset_import for "
                    "ai.onnx). Export the model again.");
    const int64_t opset = found->second;
    if (opset < kOldestOpset)
        throw Error(ErrorCode::Unsupported, fmt::format("The model uses operator set {}; Halftone reads {} "
                                                        "to {}. Export the model with operator set 13, or "
                                                        "convert it with onnx.version_converter.",
                                                        opset, kOldestOpset, kNewestOpset));
    if (opset > kNewestOpset)
        diagnostics.push_back(
            {Severity::Warning, "newer-opset", "",
             fmt::format("The model uses operator set {}, newer than {}; its operators are read as those of "
                         "{}. Check the results.",
                         opset, kNewestOpset, kNewestOpset)});
    return opset;
}

/// A weight that is no list of integers (shapes, axes).
int64_t parametersIn(const onnx::TensorProto& weight) {
    if (weight.data_type() == onnx::TensorProto::INT64)
        return 0;
    int64_t elements = 1;
    for (const int64_t dim : weight.dims()) {
        if (dim <= 0 || dim > std::numeric_limits<int64_t>::max() / elements)
            return 0; // reading it will say more
        elements *= dim;
    }
    return elements;
}

// Of ONNX 1.16; older headers of it lack them.
constexpr int kUint4 = 21, kInt4 = 22;

class OnnxSource : public ModelSource {
public:
    OnnxSource(onnx::ModelProto model, const std::string& path, const ReadLimits& limits)
        : m_file(std::move(model), path, limits) {
        m_file.opset = opsetOf(m_file.model, m_facts.diagnostics);
        m_facts.format = fmt::format("ONNX opset {}", m_file.opset);
        requireReadable();
        inlineFunctions(m_file.model, m_file.opset);
        m_file.guards = inlineBranches(*m_file.model.mutable_graph());
        liftConstants(*m_file.model.mutable_graph());
        m_file.outline = outlineOf(graph(), m_file.guards);
        for (const onnx::FunctionProto& function : m_file.model.functions())
            m_file.functions.emplace(function.domain(), function.name());
        lookAtInputs();
        for (const onnx::ValueInfoProto& output : graph().output())
            m_facts.outputs.push_back(describeOutput(output));
        lookAtLayers();
        readChainsAsOne();
    }

private:
    const onnx::GraphProto& graph() const { return m_file.graph(); }

    void read(const BoundSizes& sizes, BoundModel& model) override { readNetwork(m_file, sizes, model); }

    void readChainsAsOne() {
        m_file.dynamic = dynamicLayersOf(graph(), m_file.outline);
        for (const int position : m_file.dynamic.quantizers) {
            onnx::NodeProto& quantizer = *m_file.model.mutable_graph()->mutable_node(position);
            quantizer.set_domain(kDynamicDomain);
            quantizer.mutable_output()->DeleteSubrange(1, quantizer.output_size() - 1);
        }
    }

    void requireReadable() const {
        if (graph().sparse_initializer_size() > 0)
            throw Error(ErrorCode::Unsupported,
                        fmt::format("The model stores the weight \"{}\" as a sparse tensor, which Halftone "
                                    "cannot read. Export the "
                                    "model with dense weights.",
                                    displayText(graph().sparse_initializer(0).values().name())));
        if (std::all_of(graph().node().begin(), graph().node().end(), isConstantNode))
            throw Error(ErrorCode::BadInput,
                        "The model has no layers: there is nothing to run. Export the model again.");
        if (graph().output_size() == 0)
            throw Error(ErrorCode::BadInput, "The model has no outputs. Export the model with at least one output.");
    }

    void lookAtInputs() {
        std::unordered_set<std::string_view> weights; // up to IR version 3 they are listed among the inputs
        for (const onnx::TensorProto& weight : graph().initializer()) {
            weights.insert(weight.name());
            if (isOfFewBits(weight.data_type()))
                m_file.fewBits.insert(weight.name());
            count(weight);
        }
        std::vector<ModelInput> inputs;
        for (const onnx::ValueInfoProto& input : graph().input())
            if (!weights.contains(input.name())) {
                m_file.inputs.push_back(&input);
                inputs.push_back(describe(input));
            }
        setInputs(std::move(inputs));
    }

    void count(const onnx::TensorProto& weight) {
        const int64_t elements = parametersIn(weight);
        m_facts.parameters += elements;
        switch (weight.data_type()) {
        case onnx::TensorProto::INT8:
        case onnx::TensorProto::UINT8:
        case kUint4:
        case kInt4: m_facts.smallParameters += elements; break;
        default: break;
        }
    }

    ModelInput describe(const onnx::ValueInfoProto& input) {
        const std::string shown = displayText(input.name());
        const auto refuse = [&](ErrorCode code, const std::string& cause) {
            throw Error(code, fmt::format("The input \"{}\" {}", shown, cause), shown);
        };
        if (input.name().empty())
            refuse(ErrorCode::BadInput, "has no name. Export the model again.");
        if (!input.type().has_tensor_type())
            refuse(ErrorCode::Unsupported, "is not a tensor, and Halftone runs networks of tensors only.");
        const onnx::TypeProto::Tensor& tensor = input.type().tensor_type();
        const std::optional<ElementType> type = elementTypeOf(tensor.elem_type());
        if (!type)
            refuse(ErrorCode::Unsupported, fmt::format("has the element type {}, which Halftone cannot feed.",
                                                       dataTypeName(tensor.elem_type())));
        if (!tensor.has_shape())
            refuse(ErrorCode::Unsupported, "has no shape. Export the model with the shape of its input.");
        if (tensor.shape().dim_size() > kMaxRank)
            refuse(ErrorCode::BadInput,
                   fmt::format("has {} dimensions; at most {} make sense.", tensor.shape().dim_size(), kMaxRank));
        ModelInput result{shown, *type, {}};
        for (const onnx::TensorShapeProto::Dimension& dim : tensor.shape().dim()) {
            if (dim.has_dim_value() && dim.dim_value() < -1)
                refuse(ErrorCode::BadInput,
                       fmt::format("has the negative dimension {}. Export the model again.", dim.dim_value()));
            if (dim.has_dim_value() && dim.dim_value() <= 0)
                warn(m_facts.diagnostics, "odd-input-shape", shown,
                     fmt::format("The input \"{}\" has a dimension of {}, which is read as unknown.", shown,
                                 dim.dim_value()));
            result.shape.push_back(declaredSize(dim));
        }
        return result;
    }

    static ModelOutput describeOutput(const onnx::ValueInfoProto& output) {
        ModelOutput result{displayText(output.name()), {}, {}};
        const onnx::TypeProto::Tensor& tensor = output.type().tensor_type(); // empty where it is none
        if (tensor.elem_type() != onnx::TensorProto::UNDEFINED) {
            const std::optional<ElementType> type = elementTypeOf(tensor.elem_type());
            result.type = type ? std::string(name(*type)) : dataTypeName(tensor.elem_type());
        }
        if (tensor.shape().dim_size() <= kMaxRank)
            for (const onnx::TensorShapeProto::Dimension& dim : tensor.shape().dim())
                result.shape.push_back(declaredSize(dim));
        return result;
    }

    static Size declaredSize(const onnx::TensorShapeProto::Dimension& dim) {
        if (dim.has_dim_value() && dim.dim_value() > 0)
            return {dim.dim_value(), {}};
        return {{}, isName(dim.dim_param()) ? displayText(dim.dim_param()) : std::string()};
    }

    /// Some exporters give all open dimensions one of these, whether they are equal or not.
    static bool isName(const std::string& symbol) { return symbol != "?" && symbol != "None" && symbol != "-1"; }

    void lookAtLayers() {
        for (int i = 0; i < graph().node_size(); ++i) {
            const onnx::NodeProto& proto = graph().node(i);
            if (isConstantNode(proto)) {
                for (const onnx::AttributeProto& value : proto.attribute())
                    if (value.has_t())
                        count(value.t());
                continue;
            }
            m_facts.layers.push_back({m_file.outline.layerNames[static_cast<size_t>(i)], operatorName(proto)});
            ++m_facts.operators[operatorName(proto)];
            m_facts.alreadyQuantized = m_facts.alreadyQuantized || belongsToQuantizedModel(proto.op_type());
        }
    }

    File m_file;
};

} // namespace

std::unique_ptr<ModelSource> openOnnx(std::span<const std::byte> bytes, const std::string& path,
                                      const ReadLimits& limits) {
    return std::make_unique<OnnxSource>(parse(bytes, limits), path, limits);
}

} // namespace halftone
