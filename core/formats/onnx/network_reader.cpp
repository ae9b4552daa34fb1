// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/onnx/network_reader.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/formats/common/layer_writer.h"
#include "core/formats/onnx/layer_view.h"
#include "core/formats/onnx/operators.h"
#include "core/formats/onnx/subgraphs.h"
#include "core/graph/op_traits.h"

#include <algorithm>
#include <fmt/format.h>

namespace halftone::onnx_format {

namespace {

constexpr size_t kMaxDiagnosticsOfAKind = 20;

} // namespace

bool isConstantNode(const onnx::NodeProto& node) {
    return node.op_type() == "Constant" && isDefaultDomain(node.domain());
}

void warn(std::vector<Diagnostic>& diagnostics, const std::string& code, const std::string& where,
          std::string message) {
    const auto sameKind = std::ranges::count(diagnostics, code, &Diagnostic::code);
    if (static_cast<size_t>(sameKind) < kMaxDiagnosticsOfAKind)
        diagnostics.push_back({Severity::Warning, code, where, std::move(message)});
}

namespace {

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

} // namespace

void readNetwork(File& file, const BoundSizes& sizes, BoundModel& model) {
    Reader(file, sizes, model).read();
}

} // namespace halftone::onnx_format
