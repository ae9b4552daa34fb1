// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/openvino/openvino_reader.h"

#include "core/base/checked.h"
#include "core/base/error.h"
#include "core/base/text.h"
#include "core/formats/common/kept_states.h"
#include "core/formats/openvino/constants.h"
#include "core/formats/openvino/operators.h"
#include "core/formats/openvino/outline.h"
#include "core/formats/openvino/states.h"
#include "core/formats/openvino/xml.h"

#include <algorithm>
#include <fmt/format.h>
#include <unordered_map>
#include <unordered_set>

namespace halftone {

namespace {

using namespace openvino_format;

constexpr int kNewest = 11;

bool isFrame(const IrLayer& layer) {
    return layer.type == "Parameter" || layer.type == "Const" || layer.type == "Result";
}

/// What is kept of a model between one binding and the next.
struct File {
    File(std::span<const std::byte> bytes, const std::string& path, const ReadLimits& limits)
        : constants(path, limits) {
        parseXml(bytes, limits, document);
        outline = outlineOf(document, limits);
        states = statesOf(outline);
    }

    /// Names of the values that are the network's results, each once; what states become stands behind them.
    std::vector<std::string> results() const {
        std::vector<std::string> values;
        for (const IrLayer& layer : outline.layers)
            if (layer.type == "Result" && !layer.inputs.empty() &&
                std::ranges::count(values, layer.inputs.front().value) == 0)
                values.push_back(layer.inputs.front().value);
        return values;
    }

    pugi::xml_document document;
    IrOutline outline;
    std::vector<State> states;
    Constants constants;
};

/// One graph of the model.
class Reader {
public:
    Reader(File& file, const BoundSizes& sizes, BoundModel& model)
        : m_file(file), m_sizes(sizes), m_model(model), m_builder(file.outline.name, sizes.batch),
          m_writer(m_builder), m_network{m_builder, m_writer, {}, {}, {}, {}, false} {}

    void read() {
        reserveNames();
        addStates();
        for (const size_t position : m_file.outline.order)
            readLayer(m_file.outline.layers[position]);
        finish();
    }

private:
    void reserveNames() {
        for (const IrLayer& layer : m_file.outline.layers) {
            for (const Port& port : layer.outputs)
                m_writer.reserveValue(port.value);
            if (!isFrame(layer))
                m_writer.reserveLayer(layer.name);
        }
        for (const size_t position : m_file.outline.order)
            for (const Port& port : m_file.outline.layers[position].inputs)
                m_valuesRead.insert(port.value);
    }

    /// Behind the inputs of the file.
    void addStates() {
        const size_t first = m_sizes.inputs.size() - m_file.states.size();
        for (size_t i = 0; i < m_file.states.size(); ++i) {
            const State& state = m_file.states[i];
            m_writer.reserveValue(state.input.name);
            m_writer.reserveValue(state.next);
            m_builder.addInput(state.input.name, state.input.type, m_sizes.inputs[first + i]);
            m_network.states.emplace(state.variable, StateNames{state.input.name, state.next});
        }
    }

    void readLayer(const IrLayer& layer) {
        LayerView view(layer, m_network);
        if (layer.type == "Parameter") {
            const size_t input = m_inputs++;
            m_builder.addInput(layer.outputs.front().value, m_model.inputs[input].type, m_sizes.inputs[input]);
            return;
        }
        if (layer.type == "Const") {
            readConst(layer, view);
            return;
        }
        m_writer.startLayer(layer.name);
        try {
            // What OpenVINO makes of several layers when it compiles a model has a set of its own.
            const bool known =
                layer.opset.starts_with("opset") || layer.opset == "ie_internal_opset" || layer.opset.empty();
            const OperatorReader read = known ? operatorReader(layer.type) : nullptr;
            if (!read)
                throw CannotRun{"operator " + layer.type + (known ? "" : " of the set \"" + layer.opset + "\"")};
            if (layer.outputs.empty())
                view.fail("has no output");
            for (size_t i = 1; i < layer.outputs.size() && !makesAllOutputs(layer.type); ++i)
                if (m_valuesRead.contains(layer.outputs[i].value) || isResult(layer.outputs[i].value))
                    view.cannotRun(fmt::format("with its output number {}", i + 1));
            read(view);
        } catch (const CannotRun& limit) {
            readOpaque(layer, limit.reason);
        }
    }

    bool isResult(const std::string& value) const {
        return std::any_of(m_file.outline.layers.begin(), m_file.outline.layers.end(), [&](const IrLayer& layer) {
            return layer.type == "Result" && !layer.inputs.empty() && layer.inputs.front().value == value;
        });
    }

    void readOpaque(const IrLayer& layer, const std::string& reason) {
        std::vector<ValueId> inputs;
        for (const Port& port : layer.inputs)
            if (!m_builder.isConstant(port.value)) // constants would be of no use
                inputs.push_back(m_builder.use(port.value));
        std::vector<std::string> outputs;
        for (const Port& port : layer.outputs)
            outputs.push_back(port.value);
        m_writer.addNamed(Opaque{reason}, std::move(inputs), outputs);
    }

    void readConst(const IrLayer& layer, const LayerView& view) {
        if (layer.outputs.size() != 1)
            view.fail("needs exactly one output");
        const std::string& value = layer.outputs.front().value;
        if (const std::string type = view.text("element_type"); !storageOf(type)) {
            m_writer.startLayer(layer.name);
            m_writer.addNamed(Opaque{"weights of type " + displayText(type, 64)}, {}, {value});
            return;
        }
        m_builder.addConstant(value, m_file.constants.tensor(layer));
    }

    void tellStates() {
        std::vector<KeptState> kept;
        for (const State& state : m_file.states) {
            const Tensor* first = state.first.empty() ? nullptr : m_builder.constant(state.first);
            kept.push_back({state.input.name, state.next,
                            first                 ? firstValueText(*first)
                            : state.first.empty() ? "0"
                                                  : "what the file computes"});
        }
        if (!kept.empty())
            m_model.diagnostics.push_back(aboutKeptStates(kept));
    }

    void finish() {
        m_model.alreadyQuantized = m_network.quantized;
        const std::vector<Diagnostic> found = m_network.findings.diagnostics();
        m_model.diagnostics.insert(m_model.diagnostics.end(), found.begin(), found.end());
        tellStates();
        std::vector<std::string> outputs = m_file.results();
        for (const State& state : m_file.states)
            if (!state.next.empty())
                outputs.push_back(state.next);
        m_model.graph = m_builder.finish(outputs);
        m_model.sizeBytes += m_file.constants.filesBytes();
    }

    File& m_file;
    const BoundSizes& m_sizes;
    BoundModel& m_model;
    GraphBuilder m_builder;
    LayerWriter m_writer;
    Network m_network;
    size_t m_inputs = 0;                          // read so far
    std::unordered_set<std::string> m_valuesRead; // by layers
};

class OpenVinoSource : public ModelSource {
public:
    OpenVinoSource(std::span<const std::byte> bytes, const std::string& path, const ReadLimits& limits)
        : m_file(bytes, path, limits) {
        const IrOutline& outline = m_file.outline;
        m_facts.format = fmt::format("OpenVINO IR v{}", outline.version);
        if (outline.version > kNewest)
            m_facts.diagnostics.push_back(
                {Severity::Warning, "newer-format", "",
                 fmt::format("The model has version {} of OpenVINO's format, newer than {}; parts "
                             "may be misread. Check the results.",
                             outline.version, kNewest)});
        lookAtLayers();
        lookAtOutputs();
    }

private:
    void read(const BoundSizes& sizes, BoundModel& model) override { Reader(m_file, sizes, model).read(); }

    void lookAtLayers() {
        std::vector<ModelInput> inputs;
        std::vector<bool> needed(m_file.outline.layers.size(), false);
        for (const size_t position : m_file.outline.order) {
            const IrLayer& layer = m_file.outline.layers[position];
            needed[position] = true;
            if (layer.type == "Parameter")
                inputs.push_back(declaredInput(layer));
            if (layer.type == "Const")
                countParameters(layer);
        }
        for (size_t i = 0; i < m_file.outline.layers.size(); ++i) {
            const IrLayer& layer = m_file.outline.layers[i];
            if (isFrame(layer) || !needed[i])
                continue;
            m_facts.layers.push_back({layer.name, layer.type});
            ++m_facts.operators[layer.type];
        }
        if (m_facts.layers.empty())
            throw Error(ErrorCode::BadInput,
                        "The model has no layers between its inputs and its results: there is nothing "
                        "to run. Export the model again.");
        m_facts.alreadyQuantized = m_facts.operators.contains("FakeQuantize");
        for (const State& state : m_file.states)
            inputs.push_back(state.input);
        setInputs(std::move(inputs));
    }

    void countParameters(const IrLayer& layer) {
        const std::optional<Storage> storage = storageOf(layer.xml.child("data").attribute("element_type").as_string());
        if (!storage || storage->type == ElementType::S64) // those are shapes and axes
            return;
        const int64_t elements = elementCount(shapeOfConst(layer), layer.name);
        m_facts.parameters += elements;
        m_facts.smallParameters += storage->bits <= 8 && storage->type != ElementType::Bool ? elements : 0;
    }

    void lookAtOutputs() {
        std::unordered_map<std::string_view, const Port*> ports;
        for (const IrLayer& layer : m_file.outline.layers)
            for (const Port& port : layer.outputs)
                ports.emplace(port.value, &port);
        for (const std::string& value : m_file.results())
            m_facts.outputs.push_back(declaredOutput(*ports.at(value), displayText(value)));
        for (const State& state : m_file.states)
            if (!state.next.empty())
                m_facts.outputs.push_back(declaredOutput(*ports.at(state.assigned), state.next));
    }

    File m_file;
};

} // namespace

bool isOpenVino(std::span<const std::byte> bytes) {
    std::string_view text(reinterpret_cast<const char*>(bytes.data()), std::min<size_t>(bytes.size(), 4096));
    if (text.starts_with("\xEF\xBB\xBF"))
        text.remove_prefix(3);
    const size_t begin = text.find_first_not_of(" \t\r\n");
    return begin != std::string_view::npos && text[begin] == '<' && text.find("<net") != std::string_view::npos;
}

std::unique_ptr<ModelSource> openOpenVino(std::span<const std::byte> bytes, const std::string& path,
                                          const ReadLimits& limits) {
    return std::make_unique<OpenVinoSource>(bytes, path, limits);
}

} // namespace halftone
