// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/tensorflow/tensorflow_reader.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/formats/tensorflow/layer_view.h"
#include "core/formats/tensorflow/operators.h"
#include "core/formats/tensorflow/outline.h"
#include "core/formats/tensorflow/parse.h"
#include "core/formats/tensorflow/refused_operators.h"

#include <algorithm>
#include <fmt/format.h>
#include <unordered_set>

namespace halftone {

namespace {

using namespace tensorflow_format;

/// Newest version of TensorFlow's operators that this reader was written for.
constexpr int kKnownProducer = 2000;
constexpr int kMaxInputRank = 64;
constexpr size_t kMostListed = 6;

class Reader {
public:
    Reader(graphdef::GraphDef graph, const ReadLimits& limits, const InputShapes& shapes)
        : m_graph(std::move(graph)), m_shapes(shapes), m_network("", limits.tensorBytes, shapes) {}

    ModelFile read() {
        m_file.format = fmt::format("TensorFlow GraphDef {}", m_graph.versions().producer());
        m_outline = outlineOf(m_graph);
        if (m_outline.outputs.empty())
            throw Error(ErrorCode::BadInput, "The graph has no layers: there is nothing to run. Export it again.");
        noteVersions();
        for (const graphdef::FunctionDef& function : m_graph.library().function())
            m_functions.insert(function.signature().name());
        m_results.resize(static_cast<size_t>(m_graph.node_size()));
        m_names.resize(static_cast<size_t>(m_graph.node_size()));
        for (const int position : m_outline.order)
            m_names[static_cast<size_t>(position)] = m_network.nameOfLayer(node(position).name());
        m_network.setChannelsLast(isChannelsLast());
        // Constants first, so that a layer can look ahead at those of later ones.
        for (const int position : m_outline.order)
            if (node(position).op() == "Const")
                readConstant(position);
        for (const int position : m_outline.order)
            if (node(position).op() == "Placeholder")
                readPlaceholder(position);
        for (const int position : m_outline.order)
            if (node(position).op() != "Const" && node(position).op() != "Placeholder")
                readNode(position);
        m_file.graph = m_network.finish(outputs());
        noteCompressedWeights();
        return std::move(m_file);
    }

private:
    const graphdef::NodeDef& node(int position) const { return m_graph.node(position); }
    const std::string& name(int position) const { return m_names[static_cast<size_t>(position)]; }

    void note(Severity severity, const std::string& code, const std::string& where, std::string message) {
        m_file.diagnostics.push_back({severity, code, where, std::move(message)});
    }

    /// Some layer slides a window over pictures, and none of them says that they are NCHW.
    bool isChannelsLast() const {
        bool windows = false;
        for (const int position : m_outline.order) {
            const graphdef::AttrValue* format = attribute(node(position), "data_format");
            if (format && format->s() == "NCHW")
                return false;
            windows = windows || attribute(node(position), "padding");
        }
        return windows;
    }

    void noteVersions() {
        if (m_graph.versions().min_consumer() > kKnownProducer)
            note(Severity::Warning, "newer-format", "",
                 fmt::format(
                     "The graph asks for version {} of TensorFlow's graphs, newer than the versions up to {} that "
                     "Halftone knows; check the results.",
                     m_graph.versions().min_consumer(), kKnownProducer));
    }

    void noteCompressedWeights() {
        if (m_network.compressedWeights() > 0)
            note(Severity::Info, "compressed-weights", "",
                 fmt::format(
                     "{} weights are stored as codes of 8 bits and computed with in fp32 (quantize_weights): they "
                     "make the file smaller, not the network faster.",
                     roundedCount(m_network.compressedWeights())));
    }

    static const graphdef::AttrValue* attribute(const graphdef::NodeDef& node, std::string_view key) {
        for (const graphdef::AttrEntry& entry : node.attr())
            if (entry.key() == key)
                return &entry.value();
        return nullptr;
    }

    [[noreturn]] void refuse(ErrorCode code, int position, const std::string& cause) const {
        throw Error(code,
                    fmt::format("Layer \"{}\" ({}) {}", name(position), displayText(node(position).op(), 64), cause),
                    name(position));
    }

    void readConstant(int position) {
        graphdef::AttrValue* value = nullptr;
        for (graphdef::AttrEntry& entry : *m_graph.mutable_node(position)->mutable_attr())
            if (entry.key() == "value")
                value = entry.mutable_value();
        if (!value || value->value_case() != graphdef::AttrValue::kTensor)
            refuse(ErrorCode::BadInput, position, "has no value. The file is damaged; export it again.");
        const std::string what = fmt::format("The constant \"{}\"", name(position));
        Tensor tensor = m_network.tensors().read(std::move(*value->mutable_tensor()), what);
        m_results[static_cast<size_t>(position)] = {m_network.addConstant(name(position), std::move(tensor))};
    }

    void readPlaceholder(int position) {
        const graphdef::AttrValue* type = attribute(node(position), "dtype");
        const graphdef::DataType dataType = type ? type->type() : graphdef::DT_INVALID;
        const std::optional<ElementType> element = elementTypeOf(dataType);
        if (!element)
            refuse(ErrorCode::Unsupported, position,
                   fmt::format("has the element type {}, which Halftone cannot feed.", dataTypeName(dataType)));
        if (element == ElementType::Bool) {
            // It says whether the network is being trained.
            const std::vector<std::byte> no(1);
            m_results[static_cast<size_t>(position)] = {
                m_network.addConstant(name(position), Tensor::fromBytes(ElementType::Bool, {}, no))};
            note(Severity::Info, "switched-off", name(position),
                 fmt::format("The input \"{}\" is a switch, and is taken as off, as for inference.", name(position)));
            return;
        }
        m_results[static_cast<size_t>(position)] = {
            m_network.addInput(name(position), computedType(*element), placeholderShape(position))};
    }

    Shape placeholderShape(int position) const {
        const graphdef::AttrValue* shape = attribute(node(position), "shape");
        if (!shape || shape->value_case() != graphdef::AttrValue::kShape || shape->shape().unknown_rank()) {
            for (const std::string& key : {name(position), std::string()})
                if (const auto given = m_shapes.find(key); given != m_shapes.end())
                    return given->second;
            refuse(ErrorCode::Unsupported, position,
                   fmt::format(
                       "does not say which shape the input has. Give it with --shape {}=1,224,224,3 and the size of "
                       "your pictures.",
                       name(position)));
        }
        if (shape->shape().dim_size() > kMaxInputRank)
            refuse(ErrorCode::BadInput, position,
                   fmt::format("has {} dimensions; at most {} make sense.", shape->shape().dim_size(), kMaxInputRank));
        Shape result;
        for (const auto& dim : shape->shape().dim()) {
            if (dim.size() < -1)
                refuse(ErrorCode::BadInput, position,
                       fmt::format("has the dimension {}. Export it again.", dim.size()));
            result.push_back(dim.size() == 0 ? -1 : dim.size());
        }
        return result;
    }

    void readNode(int position) {
        const graphdef::NodeDef& proto = node(position);
        if (const auto cause = whyRefused(proto.op()))
            refuse(ErrorCode::Unsupported, position, *cause);
        listLayer(position);
        std::vector<Operand> inputs;
        for (const Endpoint& input : m_outline.inputs[static_cast<size_t>(position)])
            inputs.push_back(operand(input, position));
        std::vector<Operand>& results = m_results[static_cast<size_t>(position)];
        try {
            results = readLayer(position, inputs);
        } catch (const CannotRun& limit) {
            results = {m_network.emitOpaque(name(position), limit.reason, inputs)};
            m_opaque.insert(position);
        }
    }

    std::vector<Operand> readLayer(int position, const std::vector<Operand>& inputs) {
        const graphdef::NodeDef& proto = node(position);
        LayerView layer(proto, name(position), inputs, m_network);
        if (m_functions.contains(proto.op()))
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
                return {layer.rawInput(i), layer.constant(Tensor::fromInt64s({}, std::vector<int64_t>{int64_t(i)}))};
        Operand dead;
        dead.dead = true;
        return {dead, dead};
    }

    const int* soleReader(int position) const {
        const std::vector<int>& readers = m_outline.readers[static_cast<size_t>(position)];
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
            const std::vector<Endpoint>& inputs = m_outline.inputs[static_cast<size_t>(position)];
            if (node(position).op() != "BatchToSpaceND" || inputs.size() != 3)
                continue;
            const std::vector<Operand>& crops = m_results[static_cast<size_t>(inputs[2].node)];
            if (crops.empty() || !crops[0].constant || crops[0].constant->tensor.elements() != 4)
                return {};
            const std::vector<float> values = crops[0].constant->tensor.toFloats();
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

    void listLayer(int position) {
        const std::string op = displayText(node(position).op(), 64);
        m_file.layers.push_back({name(position), op});
        ++m_file.operators[op];
        m_file.alreadyQuantized = m_file.alreadyQuantized || roundsToCodes(op);
    }

    std::vector<std::pair<std::string, Operand>> outputs() {
        std::vector<std::pair<std::string, Operand>> found;
        for (const int position : m_outline.outputs) {
            const std::vector<Operand>& results = m_results[static_cast<size_t>(position)];
            for (size_t port = 0; port < results.size(); ++port)
                if (!results[port].constant && !results[port].dead)
                    found.emplace_back(port == 0 ? name(position) : fmt::format("{}:{}", name(position), port),
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

    graphdef::GraphDef m_graph;
    const InputShapes& m_shapes;
    Network m_network;
    Outline m_outline;
    std::unordered_set<std::string> m_functions;
    std::vector<std::vector<Operand>> m_results; // by position and port
    std::vector<std::string> m_names;            // by position
    std::unordered_set<int> m_opaque;
    ModelFile m_file;
};

} // namespace

ModelFile readTensorFlow(std::span<const std::byte> bytes, const ReadLimits& limits, const InputShapes& shapes) {
    return Reader(parseGraph(bytes, limits), limits, shapes).read();
}

} // namespace halftone
