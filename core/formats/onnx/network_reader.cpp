// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/onnx/network_reader.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/formats/common/layer_writer.h"
#include "core/formats/onnx/constant_node.h"
#include "core/formats/onnx/layer_view.h"
#include "core/formats/onnx/operators.h"
#include "core/formats/onnx/subgraphs.h"
#include "core/formats/onnx/unroll.h"
#include "core/graph/op_traits.h"

#include <algorithm>
#include <fmt/format.h>

namespace halftone::onnx_format {

namespace {

constexpr size_t kMaxDiagnosticsOfAKind = 20;

} // namespace

void warn(std::vector<Diagnostic>& diagnostics, const std::string& code, const std::string& where,
          std::string message) {
    const auto sameKind = std::ranges::count(diagnostics, code, &Diagnostic::code);
    if (static_cast<size_t>(sameKind) < kMaxDiagnosticsOfAKind)
        diagnostics.push_back({Severity::Warning, code, where, std::move(message)});
}

namespace {

/// Layers that are read together: those of the file's graph, or of one run of a body.
struct Part {
    onnx::GraphProto& graph;
    const std::vector<std::vector<Guard>>& guards; // of each layer
    const Outline& outline;
    const DynamicLayers& dynamic;

    const std::vector<Guard>& guardsOf(int position) const { return guards[static_cast<size_t>(position)]; }
    const std::string& nameOf(int position) const { return outline.layerNames[static_cast<size_t>(position)]; }
};

/// One graph of the file.
class Reader {
public:
    Reader(File& file, const BoundSizes& sizes, BoundModel& model)
        : m_file(file), m_model(model), m_builder(displayText(file.graph().name()), sizes.batch), m_writer(m_builder),
          m_unroller(m_writer, [this](BodyRun& run) { readRun(run); }) {
        reserveNames();
        readWeights();
        for (size_t i = 0; i < sizes.inputs.size(); ++i)
            m_builder.addInput(m_file.inputs[i]->name(), model.inputs[i].type, sizes.inputs[i]);
    }

    void read() {
        readPart({*m_file.model.mutable_graph(), m_file.guards, m_file.outline, m_file.dynamic});
        m_model.graph = m_builder.finish(outputs());
        m_model.sizeBytes += m_file.external.filesBytes();
        m_model.diagnostics.insert(m_model.diagnostics.end(), m_file.tensors.diagnostics().begin(),
                                   m_file.tensors.diagnostics().end());
    }

private:
    const onnx::GraphProto& graph() const { return m_file.graph(); }

    void readPart(const Part& part) {
        for (const int position : part.outline.order)
            readWhereTaken(part, position);
    }

    /// Its layers stand behind the layer that runs them.
    void readRun(BodyRun& run) {
        std::vector<FileLayer> layers;
        for (int i = 0; i < run.graph.node_size(); ++i)
            layers.push_back({run.outline.layerNames[static_cast<size_t>(i)], operatorName(run.graph.node(i))});
        const auto around = std::ranges::find(m_model.layers, m_writer.layer(), &FileLayer::name);
        m_model.layers.insert(around == m_model.layers.end() ? around : around + 1, layers.begin(), layers.end());
        static const DynamicLayers none;
        readPart({run.graph, run.guards, run.outline, none});
    }

    /// Those of a list of tensors are outputs of their own.
    std::vector<std::string> outputs() {
        std::vector<std::string> names;
        for (const onnx::ValueInfoProto& output : graph().output()) {
            const std::vector<ValueId>* list = m_builder.list(output.name());
            const std::string shown = displayText(output.name());
            if (m_builder.isMissing(output.name()) || (list && list->empty()))
                throw Error(ErrorCode::Unsupported,
                            fmt::format("The output \"{}\" holds no tensor. Export the model without it.", shown),
                            shown);
            if (!list) {
                names.push_back(output.name());
                continue;
            }
            m_writer.startLayer(output.name());
            for (size_t i = 0; i < list->size(); ++i) {
                names.push_back(m_writer.unusedValue(fmt::format("{}/{}", output.name(), i)));
                m_writer.nameValue((*list)[i], names.back());
            }
        }
        return names;
    }

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
    void readWhereTaken(const Part& part, int position) {
        if (part.dynamic.inside.contains(position) || isInBranchNotTaken(part.guardsOf(position)) ||
            readsLeftOutBranch(part, position))
            return;
        try {
            readNode(part, position);
        } catch (const Error& error) {
            const std::vector<Guard>& guards = part.guardsOf(position);
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
    bool readsLeftOutBranch(const Part& part, int position) {
        const onnx::NodeProto& choice = part.graph.node(position);
        if (choice.domain() != kBranchDomain)
            return false;
        const bool keepsThen = !m_leftOut.contains({choice.input(0), true});
        if (keepsThen == !m_leftOut.contains({choice.input(0), false}))
            return false;
        m_writer.startLayer(part.nameOf(position));
        const std::string& kept = choice.input(keepsThen ? 1 : 2);
        if (const std::vector<ValueId>* list = m_builder.list(kept))
            m_builder.addList(choice.output(0), *list);
        else if (m_builder.isMissing(kept))
            m_builder.addMissing(choice.output(0));
        else
            m_writer.addNamed(Identity{}, {m_builder.use(kept)}, {choice.output(0)});
        return true;
    }

    void readNode(const Part& part, int position) {
        const auto chain = part.dynamic.ends.find(position);
        const bool ends = chain != part.dynamic.ends.end();
        onnx::NodeProto product = ends ? chain->second.product : onnx::NodeProto();
        onnx::NodeProto& proto = ends ? product : *part.graph.mutable_node(position);
        const std::string& name = ends ? chain->second.name : part.nameOf(position);
        m_writer.startLayer(name, {}, ends ? chain->second.others : std::vector<std::string>{});
        LayerView view(proto, std::min(m_file.opset, kNewestOpset), m_writer, m_file.tensors);
        view.ignore("consumed_inputs"); // of operator sets before 6: memory that may be reused
        if (isConstantNode(proto)) {
            m_builder.addConstant(proto.output(0), constantOf(proto, view, m_file.tensors));
            return;
        }
        Op op;
        std::vector<ValueId> inputs;
        std::vector<std::string> outputs;
        std::optional<QuantParams> grid;
        try {
            if (runsABody(proto) && !isModelFunction(proto)) {
                nameResults(proto, view, m_unroller.unroll(proto, view));
                warnOfUnread(proto, name, view);
                return;
            }
            Layer layer = readLayer(part, proto, view);
            for (const LayerView::Note& note : view.notes())
                warn(m_model.diagnostics, note.code, name, note.message);
            outputs = {proto.output(0)};
            grid = layer.grid;
            if (layer.codes)
                m_builder.markCodes(outputs.front(), *grid);
            if (layer.missing || layer.list) {
                if (layer.missing)
                    m_builder.addMissing(outputs.front());
                else
                    m_builder.addList(outputs.front(), std::move(*layer.list));
                warnOfUnread(proto, name, view);
                return;
            }
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
            inputs = view.tensorsRead();
            for (const std::string& value : valuesFromOutside(proto))
                if (const std::vector<ValueId>* list = m_builder.list(value))
                    inputs.insert(inputs.end(), list->begin(), list->end());
                else if (!m_builder.isMissing(value))
                    inputs.push_back(m_builder.use(value));
            std::copy_if(proto.output().begin(), proto.output().end(), std::back_inserter(outputs),
                         [](const std::string& output) { return !output.empty(); });
        }
        if (!part.guardsOf(position).empty())
            m_builder.requireShapes({name, op, inputs}); // while the branch can still be left out
        m_writer.addNamed(std::move(op), std::move(inputs), outputs, grid);
    }

    bool isInBranchNotTaken(const std::vector<Guard>& guards) const {
        return std::ranges::any_of(guards, [&](const Guard& guard) {
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

    /// The outputs of a layer that has become others are these values.
    void nameResults(const onnx::NodeProto& proto, const LayerView& view, const std::vector<std::string>& values) {
        for (int i = 0; i < proto.output_size(); ++i) {
            const std::string &output = proto.output(i), &value = values[static_cast<size_t>(i)];
            if (output.empty())
                continue;
            if (const std::vector<ValueId>* list = m_builder.list(value)) {
                m_builder.addList(output, *list);
            } else if (m_builder.isMissing(value)) {
                m_builder.addMissing(output);
            } else {
                if (value.empty())
                    view.fail(fmt::format("has no value for its output number {}", i + 1));
                const QuantParams* grid = m_builder.grid(value);
                m_writer.nameValue(m_builder.use(value), output, grid ? std::optional(*grid) : std::nullopt);
                if (const QuantParams* codes = m_builder.codes(value))
                    m_builder.markCodes(output, *codes);
            }
        }
    }

    bool isModelFunction(const onnx::NodeProto& proto) const {
        return m_file.functions.contains({proto.domain(), proto.op_type()});
    }

    Layer readLayer(const Part& part, const onnx::NodeProto& proto, LayerView& view) const {
        if (isModelFunction(proto))
            throw CannotRun{"the model's own function " + operatorName(proto)};
        const OperatorReader read = operatorReader(proto.domain(), proto.op_type());
        if (!read)
            throw CannotRun{"operator " + operatorName(proto)};
        if (std::ranges::all_of(proto.output(), [](const std::string& output) { return output.empty(); }))
            view.fail("has no output");
        if (proto.op_type() == "QuantizeLinear" && m_file.fewBits.contains(view.inputName(2)))
            view.cannotRun("to codes of less than 8 bits");
        const size_t firstStep = m_builder.nodeCount();
        Layer layer = read(view);
        if (layer.results.empty() && proto.output(0).empty())
            view.fail("has no first output");
        for (int i = static_cast<int>(std::max<size_t>(1, layer.results.size())); i < proto.output_size(); ++i)
            if (part.outline.valuesRead.contains(proto.output(i)))
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

    File& m_file;
    BoundModel& m_model;
    GraphBuilder m_builder;
    LayerWriter m_writer;
    Unroller m_unroller;
    std::set<std::pair<std::string, bool>> m_leftOut; // branches that cannot be read, by condition and guard
};

} // namespace

void readNetwork(File& file, const BoundSizes& sizes, BoundModel& model) {
    Reader(file, sizes, model).read();
}

} // namespace halftone::onnx_format
