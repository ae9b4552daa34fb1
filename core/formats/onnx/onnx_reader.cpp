// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/onnx/onnx_reader.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/formats/common/layer_writer.h"
#include "core/formats/onnx/dynamic_layers.h"
#include "core/formats/onnx/layer_view.h"
#include "core/formats/onnx/messages.h"
#include "core/formats/onnx/operators.h"
#include "core/formats/onnx/outline.h"
#include "core/formats/onnx/subgraphs.h"
#include "core/formats/onnx/tensors.h"
#include "core/formats/onnx/wire_scan.h"
#include "core/graph/op_traits.h"

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
constexpr int64_t kOldestOpset = 1, kNewestOpset = 25;
constexpr int kMaxRank = 64;
constexpr size_t kMaxDiagnosticsOfAKind = 20;

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

/// What is kept of a file between one binding and the next.
struct File {
    File(onnx::ModelProto message, const std::string& path, const ReadLimits& limits)
        : model(std::move(message)), external(path), tensors(external, limits.tensorBytes) {}

    const onnx::GraphProto& graph() const { return model.graph(); }

    onnx::ModelProto model;
    ExternalData external;
    TensorReader tensors;
    std::vector<std::vector<Guard>> guards; // of each layer
    Outline outline;
    DynamicLayers dynamic;
    std::vector<const onnx::ValueInfoProto*> inputs;         // of the network
    std::set<std::pair<std::string, std::string>> functions; // domain and name
    int64_t opset = 0;
};

bool isConstantNode(const onnx::NodeProto& node) {
    return node.op_type() == "Constant" && isDefaultDomain(node.domain());
}

/// Adds a warning unless there are enough of its kind.
void warn(std::vector<Diagnostic>& diagnostics, const std::string& code, const std::string& where,
          std::string message) {
    const auto sameKind = std::ranges::count(diagnostics, code, &Diagnostic::code);
    if (static_cast<size_t>(sameKind) < kMaxDiagnosticsOfAKind)
        diagnostics.push_back({Severity::Warning, code, where, std::move(message)});
}

/// One graph of the file.
class Reader {
public:
    Reader(File& file, const BoundSizes& sizes, BoundModel& model)
        : m_file(file), m_model(model), m_builder(displayText(file.graph().name()), sizes.batch), m_writer(m_builder) {
        reserveNames();
        readWeights();
        for (size_t i = 0; i < sizes.inputs.size(); ++i)
            m_builder.addInput(m_file.inputs[i]->name(), model.inputs[i].type, sizes.inputs[i]);
    }

    void read() {
        for (int position : m_file.outline.order)
            readWhereTaken(position);
        std::vector<std::string> outputs;
        for (const onnx::ValueInfoProto& output : graph().output())
            outputs.push_back(output.name());
        m_model.graph = m_builder.finish(outputs);
        m_model.sizeBytes += m_file.external.filesBytes();
        m_model.diagnostics.insert(m_model.diagnostics.end(), m_file.tensors.diagnostics().begin(),
                                   m_file.tensors.diagnostics().end());
    }

private:
    const onnx::GraphProto& graph() const { return m_file.graph(); }

    void reserveNames() {
        for (const onnx::ValueInfoProto* input : m_file.inputs)
            m_writer.reserveValue(input->name());
        for (const onnx::TensorProto& weight : graph().initializer())
            m_writer.reserveValue(weight.name());
        for (const onnx::NodeProto& node : graph().node())
            for (const std::string& output : node.output())
                m_writer.reserveValue(output);
        for (const std::string& layer : m_file.outline.layerNames)
            m_writer.reserveLayer(layer);
    }

    void readWeights() {
        for (onnx::TensorProto& weight : *m_file.model.mutable_graph()->mutable_initializer()) {
            const std::string name = weight.name();
            m_builder.addConstant(name,
                                  m_file.tensors.read(weight, fmt::format("The weight \"{}\"", displayText(name))));
        }
    }

    /// A branch that contradicts ONNX at these sizes is not the one that they are meant for, where nobody knows yet
    /// which one is.
    void readWhereTaken(int position) {
        if (m_file.dynamic.inside.contains(position) || isInBranchNotTaken(position) || readsLeftOutBranch(position))
            return;
        try {
            readNode(position);
        } catch (const Error& error) {
            const std::vector<Guard>& guards = m_file.guards[static_cast<size_t>(position)];
            const auto open = std::ranges::find_if(guards.rbegin(), guards.rend(), [&](const Guard& guard) {
                return !m_builder.constant(guard.condition);
            });
            if (error.code() != ErrorCode::BadInput || open == guards.rend())
                throw;
            if (!m_leftOut.emplace(open->condition, open->holds).second)
                return;
            const std::string cause = error.message().substr(0, error.message().find(" The file is damaged"));
            const std::string layer = displayText(open->layer);
            warn(
                m_model.diagnostics, "branch-left-out", layer,
                fmt::format("The {} branch of \"{}\" (If) cannot be computed at these sizes, so the other one is taken "
                            "whatever its condition says. {}",
                            open->holds ? "then" : "else", layer, cause));
        }
    }

    /// The choice between two branches of which one was left out is the other one.
    bool readsLeftOutBranch(int position) {
        const onnx::NodeProto& choice = graph().node(position);
        if (choice.domain() != kBranchDomain)
            return false;
        const bool keepsThen = !m_leftOut.contains({choice.input(0), true});
        if (keepsThen == !m_leftOut.contains({choice.input(0), false}))
            return false;
        const std::string& name = m_file.outline.layerNames[static_cast<size_t>(position)];
        m_writer.startLayer(name);
        m_writer.addNamed(Identity{}, {m_builder.use(choice.input(keepsThen ? 1 : 2))}, {choice.output(0)});
        return true;
    }

    void readNode(int position) {
        const auto chain = m_file.dynamic.ends.find(position);
        const bool ends = chain != m_file.dynamic.ends.end();
        onnx::NodeProto& proto = ends ? chain->second.product : *m_file.model.mutable_graph()->mutable_node(position);
        const std::string& name = ends ? chain->second.name : m_file.outline.layerNames[static_cast<size_t>(position)];
        m_writer.startLayer(name, {}, ends ? chain->second.others : std::vector<std::string>{});
        LayerView view(proto, std::min(m_file.opset, kNewestOpset), m_writer, m_file.tensors);
        view.ignore("consumed_inputs"); // of operator sets before 6: memory that may be reused
        if (isConstantNode(proto)) {
            readConstantNode(proto, name, view);
            return;
        }
        Op op;
        std::vector<ValueId> inputs;
        std::vector<std::string> outputs;
        std::optional<QuantParams> grid;
        try {
            Layer layer = readLayer(proto, view);
            outputs = {proto.output(0)};
            grid = layer.grid;
            if (layer.codes)
                m_builder.markCodes(outputs.front(), *grid);
            if (!layer.results.empty()) {
                nameResults(proto, layer);
                warnOfUnread(proto, name, view);
                return;
            }
            if (layer.constant) {
                m_builder.addConstant(outputs.front(), std::move(*layer.constant), grid);
                return;
            }
            op = std::move(layer.op);
            inputs = std::move(layer.inputs);
            warnOfUnread(proto, name, view);
        } catch (const CannotRun& limit) {
            op = Opaque{limit.reason};
            inputs = view.allInputs();
            for (const std::string& value : valuesFromOutside(proto))
                inputs.push_back(m_builder.use(value));
            std::copy_if(proto.output().begin(), proto.output().end(), std::back_inserter(outputs),
                         [](const std::string& output) { return !output.empty(); });
        }
        if (!m_file.guards[static_cast<size_t>(position)].empty())
            m_builder.requireShapes({name, op, inputs}); // while the branch can still be left out
        m_writer.addNamed(std::move(op), std::move(inputs), outputs, grid);
    }

    bool isInBranchNotTaken(int position) const {
        return std::ranges::any_of(m_file.guards[static_cast<size_t>(position)], [&](const Guard& guard) {
            const Tensor* condition = m_builder.constant(guard.condition);
            return m_leftOut.contains({guard.condition, guard.holds}) ||
                   (condition && condition->elements() == 1 && (condition->toFloats().front() != 0) != guard.holds);
        });
    }

    void warnOfUnread(const onnx::NodeProto& proto, const std::string& name, const LayerView& view) {
        if (const auto unread = view.unreadAttribute())
            warn(m_model.diagnostics, "unknown-attribute", name,
                 fmt::format("Layer \"{}\" ({}) has the attribute {}, which Halftone does not know and ignores.", name,
                             operatorName(proto), displayText(*unread, 64)));
    }

    void nameResults(const onnx::NodeProto& proto, const Layer& layer) {
        for (size_t i = 0; i < layer.results.size() && i < static_cast<size_t>(proto.output_size()); ++i) {
            const std::string& output = proto.output(static_cast<int>(i));
            if (output.empty())
                continue;
            m_writer.nameValue(layer.results[i], output, layer.grid);
            if (layer.codes && i > 0)
                m_builder.markCodes(output, *layer.grid);
        }
    }

    Layer readLayer(const onnx::NodeProto& proto, LayerView& view) const {
        if (m_file.functions.contains({proto.domain(), proto.op_type()}))
            throw CannotRun{"the model's own function " + operatorName(proto)};
        const OperatorReader read = operatorReader(proto.domain(), proto.op_type());
        if (!read)
            throw CannotRun{"operator " + operatorName(proto)};
        if (std::ranges::all_of(proto.output(), [](const std::string& output) { return output.empty(); }))
            view.fail("has no output");
        const size_t firstStep = m_builder.nodeCount();
        Layer layer = read(view);
        if (layer.results.empty() && proto.output(0).empty())
            view.fail("has no first output");
        for (int i = static_cast<int>(std::max<size_t>(1, layer.results.size())); i < proto.output_size(); ++i)
            if (m_file.outline.valuesRead.contains(proto.output(i)))
                view.cannotRun(fmt::format("with its output number {}", i + 1));
        if (!quantizedReader(proto.domain(), proto.op_type()))
            layOnGrid(layer, view, firstStep);
        return layer;
    }

    /// A layer that does not know of codes can only move them.
    void layOnGrid(Layer& layer, const LayerView& view, size_t firstStep) const {
        bool onlyKeeps = !layer.results.empty() || keepsGrid(layer.op);
        for (size_t step = firstStep; step < m_builder.nodeCount(); ++step)
            onlyKeeps = onlyKeeps && keepsGrid(m_builder.node(step).op);
        const QuantParams* grid = nullptr;
        for (size_t i = 0; i < view.inputCount(); ++i) {
            const QuantParams* other = view.codes(i);
            if (other && ((grid && *grid != *other) || !onlyKeeps))
                view.cannotRun("of codes that it would compute with");
            grid = other ? other : grid;
        }
        if (!grid)
            return;
        layer.grid = *grid;
        layer.codes = true;
    }

    void readConstantNode(onnx::NodeProto& proto, const std::string& name, const LayerView& view) {
        if (proto.output_size() != 1 || proto.output(0).empty())
            view.fail("has no output, or more than one");
        if (proto.attribute_size() != 1)
            view.fail("needs exactly one value");
        onnx::AttributeProto& value = *proto.mutable_attribute(0);
        const auto has = [&](const char* attribute, onnx::AttributeProto::AttributeType type) {
            return value.name() == attribute && value.type() == type;
        };
        Tensor tensor;
        if (has("value", onnx::AttributeProto::TENSOR) && value.has_t())
            tensor = m_file.tensors.read(*value.mutable_t(), fmt::format("The constant \"{}\"", name));
        else if (has("value_float", onnx::AttributeProto::FLOAT))
            tensor = Tensor::fromFloats({}, std::vector<float>{value.f()});
        else if (has("value_floats", onnx::AttributeProto::FLOATS)) {
            const std::vector<float> values(value.floats().begin(), value.floats().end());
            tensor = Tensor::fromFloats({value.floats_size()}, values);
        } else if (has("value_int", onnx::AttributeProto::INT))
            tensor = Tensor::fromInt64s({}, std::vector<int64_t>{value.i()});
        else if (has("value_ints", onnx::AttributeProto::INTS)) {
            const std::vector<int64_t> values(value.ints().begin(), value.ints().end());
            tensor = Tensor::fromInt64s({value.ints_size()}, values);
        } else if (value.name() == "value_string" || value.name() == "value_strings" || value.name() == "sparse_value")
            throw Error(
                ErrorCode::Unsupported,
                fmt::format("The constant \"{}\" is a text or a sparse tensor, which Halftone cannot read.", name),
                name);
        else
            view.fail(fmt::format("has an attribute {} that is no value", displayText(value.name(), 64)));
        m_builder.addConstant(proto.output(0), std::move(tensor));
    }

    File& m_file;
    BoundModel& m_model;
    GraphBuilder m_builder;
    LayerWriter m_writer;
    std::set<std::pair<std::string, bool>> m_leftOut; // branches that cannot be read, by condition and guard
};

class OnnxSource : public ModelSource {
public:
    OnnxSource(onnx::ModelProto model, const std::string& path, const ReadLimits& limits)
        : m_file(std::move(model), path, limits) {
        m_file.opset = opsetOf(m_file.model, m_facts.diagnostics);
        m_facts.format = fmt::format("ONNX opset {}", m_file.opset);
        requireReadable();
        m_file.guards = inlineBranches(*m_file.model.mutable_graph());
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

    void read(const BoundSizes& sizes, BoundModel& model) override { Reader(m_file, sizes, model).read(); }

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
