// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/tensorflow/tensorflow_reader.h"

#include "core/base/checked.h"
#include "core/base/error.h"
#include "core/base/text.h"
#include "core/formats/tensorflow/layer_view.h"
#include "core/formats/tensorflow/operators.h"
#include "core/formats/tensorflow/outline.h"
#include "core/formats/tensorflow/parse.h"
#include "core/formats/tensorflow/refused_operators.h"
#include "core/formats/tensorflow/tensors.h"
#include "core/graph/name_index.h"

#include <algorithm>
#include <fmt/format.h>
#include <unordered_map>
#include <unordered_set>

namespace halftone {

namespace {

using namespace tensorflow_format;

/// Newest version of TensorFlow's operators that this reader was written for.
constexpr int kKnownProducer = 2000;
constexpr size_t kMostListed = 6;
constexpr int64_t kMostResults = 4096; // of one layer

const graphdef::AttrValue* attribute(const graphdef::NodeDef& node, std::string_view key) {
    for (const graphdef::AttrEntry& entry : node.attr())
        if (entry.key() == key)
            return &entry.value();
    return nullptr;
}

std::string outputName(const std::string& layer, int port) {
    return port == 0 ? layer : fmt::format("{}:{}", layer, port);
}

/// The type that the attributes of a layer give its results, as Halftone computes them; "" where they give none.
std::string resultType(const graphdef::NodeDef& node) {
    static const std::unordered_set<std::string_view> kUnlikeOperands = {
        "Dequantize", "Equal",      "Greater", "GreaterEqual", "Less", "LessEqual",
        "NotEqual",   "QuantizeV2", "Rank",    "Shape",        "Size"};
    const std::string& op = node.op();
    if (!operatorReader(op) || kUnlikeOperands.contains(op))
        return {};
    const char* key = op == "Cast"               ? "DstT"
                      : op.starts_with("Arg")    ? "output_type"
                      : op.starts_with("Gather") ? "Tparams"
                                                 : "T";
    const graphdef::AttrValue* type = attribute(node, key);
    const std::optional<ElementType> element = type ? elementTypeOf(type->type()) : std::nullopt;
    return element ? std::string(halftone::name(computedType(*element))) : std::string();
}

/// What is kept of a graph between one binding and the next.
struct File {
    File(graphdef::GraphDef message, const ReadLimits& readLimits)
        : graph(std::move(message)), limits(readLimits), tensors(limits.tensorBytes), outline(outlineOf(graph)),
          names(static_cast<size_t>(graph.node_size())) {
        NameIndex taken;
        taken.start();
        for (const int position : outline.order) {
            std::string& name = names[static_cast<size_t>(position)];
            name = taken.unique(displayText(node(position).name())); // two may look the same
            taken.add(name);
        }
    }

    const graphdef::NodeDef& node(int position) const { return graph.node(position); }
    const std::string& name(int position) const { return names[static_cast<size_t>(position)]; }

    [[noreturn]] void refuse(ErrorCode code, int position, const std::string& cause) const {
        throw Error(code,
                    fmt::format("Layer \"{}\" ({}) {}", name(position), displayText(node(position).op(), 64), cause),
                    name(position));
    }

    graphdef::GraphDef graph;
    ReadLimits limits;
    TensorReader tensors;
    Outline outline;
    std::vector<std::string> names;   // by position
    std::vector<int> inputs;          // positions
    std::unordered_set<int> switches; // positions of inputs that are taken as off
    std::unordered_set<std::string> functions;
    std::unordered_map<int, Tensor> constants; // by position; read so far
    bool channelsLast = false;
};

/// One network of the graph.
class Reader {
public:
    Reader(File& file, const BoundSizes& sizes, BoundModel& model)
        : m_file(file), m_model(model), m_network(file.limits.tensorBytes, sizes.batch),
          m_results(static_cast<size_t>(file.graph.node_size())) {
        for (const int position : file.outline.order)
            m_network.reserve(name(position));
        m_network.channelsLast = file.channelsLast;
        // Constants first, so that a layer can look ahead at those of later ones.
        for (const int position : file.outline.order)
            if (node(position).op() == "Const")
                readConstant(position);
        for (size_t i = 0; i < sizes.inputs.size(); ++i) {
            const std::string input = m_network.resultName(name(file.inputs[i]));
            m_network.builder.addInput(input, model.inputs[i].type, sizes.inputs[i]);
            m_results[static_cast<size_t>(file.inputs[i])] = {Oriented{input}};
        }
        const std::vector<std::byte> no(1);
        for (const int position : file.switches)
            m_results[static_cast<size_t>(position)] = {
                m_network.addConstant(name(position), Tensor::fromBytes(ElementType::Bool, {}, no))};
    }

    void read() {
        for (const int position : m_file.outline.order)
            if (node(position).op() != "Const" && node(position).op() != "Placeholder")
                readNode(position);
        m_model.graph = m_network.writer.finish(outputs());
        noteCompressedWeights();
    }

private:
    const graphdef::NodeDef& node(int position) const { return m_file.node(position); }
    const std::string& name(int position) const { return m_file.name(position); }

    void note(Severity severity, const std::string& code, const std::string& where, std::string message) {
        m_model.diagnostics.push_back({severity, code, where, std::move(message)});
    }

    [[noreturn]] void refuse(ErrorCode code, int position, const std::string& cause) const {
        m_file.refuse(code, position, cause);
    }

    void noteCompressedWeights() {
        if (m_network.compressedWeights > 0)
            note(Severity::Info, "compressed-weights", "",
                 fmt::format(
                     "{} weights are stored as codes of 8 bits and computed with in fp32 (quantize_weights): they "
                     "make the file smaller, not the network faster.",
                     roundedCount(m_network.compressedWeights)));
    }

    void readConstant(int position) {
        const std::string what = fmt::format("The constant \"{}\"", name(position));
        const auto known = m_file.constants.find(position);
        if (known == m_file.constants.end())
            m_file.constants.emplace(position, constant(position, what));
        const Tensor& tensor = m_file.constants.at(position);
        m_network.tensors.charge(tensor, what);
        m_results[static_cast<size_t>(position)] = {m_network.addConstant(name(position), tensor)};
    }

    Tensor constant(int position, const std::string& what) {
        graphdef::AttrValue* value = nullptr;
        for (graphdef::AttrEntry& entry : *m_file.graph.mutable_node(position)->mutable_attr())
            if (entry.key() == "value")
                value = entry.mutable_value();
        if (!value || value->value_case() != graphdef::AttrValue::kTensor)
            refuse(ErrorCode::BadInput, position, "has no value. The file is damaged; export it again.");
        return m_file.tensors.read(std::move(*value->mutable_tensor()), what);
    }

    void readNode(int position) {
        std::vector<Operand> inputs;
        for (const Endpoint& input : m_file.outline.inputs[static_cast<size_t>(position)])
            inputs.push_back(operand(input, position));
        std::vector<Operand>& results = m_results[static_cast<size_t>(position)];
        m_network.writer.startLayer(name(position));
        try {
            results = readLayer(position, inputs);
        } catch (const CannotRun& limit) {
            std::vector<Oriented> read;
            for (const Operand& input : inputs)
                if (!input.dead)
                    read.push_back(input);
            const std::string output = m_network.resultName(name(position));
            m_network.writer.addOpaque(limit.reason, read, {output});
            results = {Oriented{output}};
            m_opaque.insert(position);
        }
    }

    std::vector<Operand> readLayer(int position, const std::vector<Operand>& inputs) {
        const graphdef::NodeDef& proto = node(position);
        LayerView layer(proto, name(position), inputs, m_network);
        if (m_file.functions.contains(proto.op()))
            throw CannotRun{"the model's own function " + displayText(proto.op(), 64)};
        if (proto.op() == "Switch" || proto.op() == "Merge")
            return proto.op() == "Switch" ? readSwitch(layer) : readMerge(layer);
        if (std::ranges::any_of(inputs, &Operand::dead)) {
            Operand dead;
            dead.dead = true;
            return std::vector<Operand>(8, dead);
        }
        const OperatorReader read = operatorReader(proto.op());
        if (!read)
            throw CannotRun{"operator " + displayText(proto.op(), 64)};
        layer.shiftFollows = shiftFollows(position);
        if (proto.op() == "SpaceToBatchND")
            layer.cropsAhead = cropsAhead(position);
        return read(layer);
    }

    /// data, which of two ways it goes -> the results of both ways, one of which is dead.
    static std::vector<Operand> readSwitch(LayerView& layer) {
        layer.requireInputs(2, 2);
        const bool way = layer.setting(1, "a condition").toFloats().at(0) != 0;
        std::vector<Operand> results(2, layer.rawInput(0));
        results[way ? 0 : 1].dead = true;
        return results;
    }

    static std::vector<Operand> readMerge(LayerView& layer) {
        for (size_t i = 0; i < layer.inputCount(); ++i)
            if (!layer.rawInput(i).dead)
                return {layer.rawInput(i),
                        layer.constantResult(Tensor::fromInt64s({}, std::vector<int64_t>{int64_t(i)}))};
        Operand dead;
        dead.dead = true;
        return {dead, dead};
    }

    const int* soleReader(int position) const {
        const std::vector<int>& readers = m_file.outline.readers[static_cast<size_t>(position)];
        return readers.size() == 1 ? readers.data() : nullptr;
    }

    bool shiftFollows(int position) const {
        const int* reader = soleReader(position);
        if (!reader)
            return false;
        const std::string& op = node(*reader).op();
        return op == "Add" || op == "AddV2" || op == "BiasAdd" || op == "Sub";
    }

    std::vector<int64_t> cropsAhead(int position) const {
        constexpr int kFarthest = 8;
        for (int i = 0; i < kFarthest; ++i) {
            const int* reader = soleReader(position);
            if (!reader)
                return {};
            position = *reader;
            const std::vector<Endpoint>& inputs = m_file.outline.inputs[static_cast<size_t>(position)];
            if (node(position).op() != "BatchToSpaceND" || inputs.size() != 3)
                continue;
            const std::vector<Operand>& crops = m_results[static_cast<size_t>(inputs[2].node)];
            const Tensor* known = crops.empty() ? nullptr : m_network.writer.known(crops[0]);
            if (!known || known->elements() != 4)
                return {};
            const std::vector<float> values = known->toFloats();
            return {values.begin(), values.end()};
        }
        return {};
    }

    Operand operand(const Endpoint& input, int reader) const {
        const std::vector<Operand>& results = m_results[static_cast<size_t>(input.node)];
        if (m_opaque.contains(input.node))
            return results.front();
        if (static_cast<size_t>(input.port) < results.size())
            return results[static_cast<size_t>(input.port)];
        const bool isKnown = node(input.node).op().starts_with("FusedBatchNorm") && input.port < 6;
        refuse(isKnown ? ErrorCode::Unsupported : ErrorCode::BadInput, reader,
               fmt::format("reads result number {} of layer \"{}\" ({}), {}", input.port, name(input.node),
                           displayText(node(input.node).op(), 64),
                           isKnown ? "which is for training. Export the graph for inference."
                                   : "which has none. The file is damaged; export it again."));
    }

    std::vector<std::pair<std::string, Oriented>> outputs() {
        std::vector<std::pair<std::string, Oriented>> found;
        for (const int position : m_file.outline.outputs) {
            const std::vector<Operand>& results = m_results[static_cast<size_t>(position)];
            for (size_t port = 0; port < results.size(); ++port)
                if (!m_network.writer.isConstant(results[port]) && !results[port].dead)
                    found.emplace_back(outputName(name(position), static_cast<int>(port)),
                                       completeOutput(results[port], position));
        }
        if (found.empty())
            throw Error(ErrorCode::BadInput,
                        "No result of the graph depends on an input: there is nothing to run. Export it again.");
        if (found.size() > 1) {
            std::vector<std::string> names;
            for (size_t i = 0; i < std::min(found.size(), kMostListed); ++i)
                names.push_back(found[i].first);
            if (found.size() > kMostListed)
                names.push_back(fmt::format("and {} more", found.size() - kMostListed));
            note(Severity::Info, "several-outputs", "",
                 fmt::format(
                     "The graph does not say what its outputs are; all {} results that no layer reads are taken: {}. "
                     "Cut it to those you want with halftone-cli transform and strip_unused_nodes.",
                     found.size(), join(names, ", ")));
        }
        return found;
    }

    Operand completeOutput(const Operand& result, int position) const {
        if (result.areCodes || result.deferred)
            refuse(ErrorCode::Unsupported, position,
                   "ends the network with a tensor that a further layer must complete.");
        return result;
    }

    File& m_file;
    BoundModel& m_model;
    Network m_network;
    std::vector<std::vector<Operand>> m_results; // by position and port
    std::unordered_set<int> m_opaque;
};

class TensorFlowSource : public ModelSource {
public:
    TensorFlowSource(graphdef::GraphDef graph, const ReadLimits& limits) : m_file(std::move(graph), limits) {
        m_facts.format = fmt::format("TensorFlow GraphDef {}", m_file.graph.versions().producer());
        if (m_file.outline.outputs.empty())
            throw Error(ErrorCode::BadInput, "The graph has no layers: there is nothing to run. Export it again.");
        noteVersions();
        for (const graphdef::FunctionDef& function : m_file.graph.library().function())
            m_file.functions.insert(function.signature().name());
        m_file.channelsLast = isChannelsLast();
        lookAtNodes();
        lookAtOutputs();
    }

private:
    void read(const BoundSizes& sizes, BoundModel& model) override { Reader(m_file, sizes, model).read(); }

    const graphdef::NodeDef& node(int position) const { return m_file.node(position); }
    const std::string& name(int position) const { return m_file.name(position); }

    void note(Severity severity, const std::string& code, const std::string& where, std::string message) {
        m_facts.diagnostics.push_back({severity, code, where, std::move(message)});
    }

    /// Some layer slides a window over pictures, and none of them says that they are NCHW.
    bool isChannelsLast() const {
        bool windows = false;
        for (const int position : m_file.outline.order) {
            const graphdef::AttrValue* format = attribute(node(position), "data_format");
            if (format && format->s() == "NCHW")
                return false;
            windows = windows || attribute(node(position), "padding");
        }
        return windows;
    }

    void noteVersions() {
        if (m_file.graph.versions().min_consumer() > kKnownProducer)
            note(Severity::Warning, "newer-format", "",
                 fmt::format(
                     "The graph asks for version {} of TensorFlow's graphs, newer than the versions up to {} that "
                     "Halftone knows; check the results.",
                     m_file.graph.versions().min_consumer(), kKnownProducer));
    }

    void lookAtNodes() {
        std::vector<ModelInput> inputs;
        for (const int position : m_file.outline.order) {
            const graphdef::NodeDef& proto = node(position);
            if (proto.op() == "Const") {
                m_facts.parameters += parametersIn(position);
            } else if (proto.op() == "Placeholder") {
                lookAtPlaceholder(position, inputs);
            } else {
                if (const auto cause = whyRefused(proto.op()))
                    m_file.refuse(ErrorCode::Unsupported, position, *cause);
                listLayer(position);
            }
        }
        setInputs(std::move(inputs));
    }

    /// Of layers with several results those that a number of results names.
    void lookAtOutputs() {
        for (const int position : m_file.outline.outputs) {
            const graphdef::NodeDef& proto = node(position);
            const graphdef::AttrValue* count = attribute(proto, proto.op() == "Unpack" ? "num" : "num_split");
            const graphdef::AttrValue* shapes = attribute(proto, "_output_shapes");
            const int64_t results = count ? std::clamp<int64_t>(count->i(), 1, kMostResults) : 1;
            for (int port = 0; port < static_cast<int>(results); ++port) {
                ModelOutput output{outputName(name(position), port), resultType(proto), {}};
                if (shapes && port < shapes->list().shape_size() && shapes->list().shape(port).dim_size() <= kMaxRank)
                    output.shape = declaredSizes(shapes->list().shape(port));
                m_facts.outputs.push_back(std::move(output));
            }
        }
    }

    /// Lists of integers are shapes and axes.
    int64_t parametersIn(int position) const {
        const graphdef::AttrValue* value = attribute(node(position), "value");
        if (!value || value->tensor().dtype() == graphdef::DT_INT32 || value->tensor().dtype() == graphdef::DT_INT64)
            return 0;
        return elementCount(constantShape(value->tensor().tensor_shape(), name(position)));
    }

    void lookAtPlaceholder(int position, std::vector<ModelInput>& inputs) {
        const graphdef::AttrValue* type = attribute(node(position), "dtype");
        const graphdef::DataType dataType = type ? type->type() : graphdef::DT_INVALID;
        const std::optional<ElementType> element = elementTypeOf(dataType);
        if (!element)
            m_file.refuse(ErrorCode::Unsupported, position,
                          fmt::format("has the element type {}, which Halftone cannot feed.", dataTypeName(dataType)));
        if (element == ElementType::Bool) {
            // It says whether the network is being trained.
            m_file.switches.insert(position);
            note(Severity::Info, "switched-off", name(position),
                 fmt::format("The input \"{}\" is a switch, and is taken as off, as for inference.", name(position)));
            return;
        }
        m_file.inputs.push_back(position);
        const std::optional<std::vector<Size>> shape = placeholderShape(position);
        inputs.push_back({name(position), computedType(*element), shape.value_or(std::vector<Size>{}), !shape});
    }

    /// Nothing where the file does not say how many dimensions there are.
    std::optional<std::vector<Size>> placeholderShape(int position) const {
        const graphdef::AttrValue* shape = attribute(node(position), "shape");
        if (!shape || shape->value_case() != graphdef::AttrValue::kShape || shape->shape().unknown_rank())
            return std::nullopt;
        if (shape->shape().dim_size() > kMaxRank)
            m_file.refuse(
                ErrorCode::BadInput, position,
                fmt::format("has {} dimensions; at most {} make sense.", shape->shape().dim_size(), kMaxRank));
        for (const auto& dim : shape->shape().dim())
            if (dim.size() < -1)
                m_file.refuse(ErrorCode::BadInput, position,
                              fmt::format("has the dimension {}. Export it again.", dim.size()));
        return declaredSizes(shape->shape());
    }

    static std::vector<Size> declaredSizes(const graphdef::TensorShapeProto& shape) {
        std::vector<Size> sizes;
        for (const auto& dim : shape.dim())
            sizes.push_back({dim.size() > 0 ? std::optional<int64_t>(dim.size()) : std::nullopt, {}});
        return sizes;
    }

    void listLayer(int position) {
        const std::string op = displayText(node(position).op(), 64);
        m_facts.layers.push_back({name(position), op});
        ++m_facts.operators[op];
        m_facts.alreadyQuantized = m_facts.alreadyQuantized || roundsToCodes(op);
    }

    File m_file;
};

} // namespace

std::unique_ptr<ModelSource> openTensorFlow(std::span<const std::byte> bytes, const ReadLimits& limits) {
    return std::make_unique<TensorFlowSource>(parseGraph(bytes, limits), limits);
}

} // namespace halftone
