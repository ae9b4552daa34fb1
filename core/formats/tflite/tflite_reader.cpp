// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/tflite/tflite_reader.h"

#include "core/base/checked.h"
#include "core/base/error.h"
#include "core/base/text.h"
#include "core/formats/common/kept_states.h"
#include "core/formats/tflite/operators.h"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>
#include <set>
#include <string_view>
#include <utility>

namespace halftone {

namespace {

using namespace tflite_format;

constexpr uint32_t kVersion = 3;
constexpr flatbuffers::uoffset_t kMaxTables = 1'000'000;

const schema::Model& parse(std::span<const std::byte> bytes, const ReadLimits& limits) {
    const auto* data = reinterpret_cast<const uint8_t*>(bytes.data());
    flatbuffers::Verifier verifier(data, bytes.size(), static_cast<flatbuffers::uoffset_t>(limits.depth), kMaxTables);
    if (!schema::VerifyModelBuffer(verifier))
        throw Error(
            ErrorCode::BadInput,
            fmt::format("The file is a damaged TensorFlow Lite model, or one of more than {} parts. Download or "
                        "export it again.",
                        kMaxTables));
    const schema::Model& model = *schema::GetModel(data);
    if (model.version() != kVersion)
        throw Error(
            ErrorCode::Unsupported,
            fmt::format("The file has version {} of TensorFlow Lite's format; Halftone reads version {}. Convert "
                        "the model again with a current TensorFlow.",
                        model.version(), kVersion));
    if (!model.subgraphs() || model.subgraphs()->size() == 0)
        throw Error(ErrorCode::BadInput, "The model holds no network. Export it again.");
    const schema::SubGraph& network = *model.subgraphs()->Get(0);
    if (!network.operators() || network.operators()->size() == 0)
        throw Error(ErrorCode::BadInput, "The model has no layers: there is nothing to run. Export it again.");
    if (!network.outputs() || network.outputs()->size() == 0)
        throw Error(ErrorCode::BadInput, "The model has no outputs. Export it with at least one output.");
    if (network.operators()->size() > static_cast<uint64_t>(limits.nodes))
        throw Error(ErrorCode::Limit, fmt::format("The network has {} layers, more than the {} that are allowed.",
                                                  network.operators()->size(), limits.nodes));
    return model;
}

[[noreturn]] void refuse(const std::string& cause, const std::string& where) {
    throw Error(ErrorCode::BadInput, cause + " The file is damaged or was exported wrongly; export it again.", where);
}

void tellGrid(std::vector<Diagnostic>& diagnostics, const std::string& code, const TensorInfo& info,
              const std::optional<QuantParams>& grid, const std::string& subject) {
    std::string range;
    if (grid)
        range =
            fmt::format(", {:.6g} to {:.6g}",
                        static_cast<double>(dequantize(lowestCode(grid->storage), grid->scale(), grid->zeroPoint())),
                        static_cast<double>(dequantize(highestCode(grid->storage), grid->scale(), grid->zeroPoint())));
    diagnostics.push_back({Severity::Info, code, info.name,
                           fmt::format("{} that they mean: (code {:+}) * {:.6g}{}.", subject,
                                       -info.scales->zeroPoints.front(), info.scales->scales.front(), range)});
}

/// What is kept of a model between one binding and the next.
struct File {
    File(std::span<const std::byte> content, const ReadLimits& readLimits)
        : bytes(content), limits(readLimits), model(parse(bytes, limits)), graph(*model.subgraphs()->Get(0)),
          tensors(model, graph, bytes, limits) {}
    File(const File&) = delete; // others refer to its parts
    File& operator=(const File&) = delete;

    std::span<const std::byte> bytes;
    ReadLimits limits;
    const schema::Model& model;
    const schema::SubGraph& graph;
    Tensors tensors;
    States states;
    std::vector<size_t> inputs; // tensors that are fed; states come behind them
    std::vector<std::string> layerNames;

    const schema::Operator& layer(size_t index) const {
        return *graph.operators()->Get(static_cast<flatbuffers::uoffset_t>(index));
    }

    const schema::OperatorCode& operatorOf(const schema::Operator& op) const {
        const auto* codes = model.operator_codes();
        if (!codes || op.opcode_index() >= codes->size())
            refuse(fmt::format("A layer refers to operator {} of {}.", op.opcode_index(), codes ? codes->size() : 0),
                   "");
        return *codes->Get(op.opcode_index());
    }

    /// Old files have a byte for it, newer ones a number as well.
    int32_t codeOf(const schema::Operator& op) const {
        const schema::OperatorCode& code = operatorOf(op);
        return std::max<int32_t>(code.deprecated_builtin_code(), code.builtin_code());
    }

    std::string operatorNameOf(const schema::Operator& op) const {
        const int32_t code = codeOf(op);
        if (code != kCustom)
            return operatorName(code);
        const auto* name = operatorOf(op).custom_code();
        return name && name->size() > 0 ? displayText(name->str(), 64) : "CUSTOM";
    }
};

/// One graph of the model.
class Reader {
public:
    Reader(File& file, const BoundSizes& sizes, BoundModel& model)
        : m_file(file), m_model(model), m_graph(file.graph), m_tensors(file.tensors),
          m_builder(m_graph.name() ? displayText(m_graph.name()->str()) : std::string(), sizes.batch),
          m_writer(m_builder), m_network{m_graph, file.bytes, file.limits.depth, m_tensors, m_builder, m_writer,
                                         {},      {},         file.states,       {},        {}} {
        const size_t fed = file.inputs.size();
        for (size_t i = 0; i < sizes.inputs.size(); ++i) {
            const State* state = i < fed ? nullptr : &file.states.kept[i - fed];
            const size_t tensor = state ? state->tensor : file.inputs[i];
            const Oriented input{model.inputs[i].name};
            if (state && !state->variable.empty())
                m_network.variables.emplace(state->variable, input);
            else
                m_network.made.emplace(tensor, input);
            m_builder.addInput(input.name, model.inputs[i].type, sizes.inputs[i], m_tensors.grid(tensor));
        }
    }

    void read() {
        reserveNames();
        for (size_t i = 0; i < m_file.layerNames.size(); ++i)
            readLayer(i);
        finish();
    }

private:
    void reserveNames() {
        for (size_t i = 0; i < m_tensors.count(); ++i)
            m_writer.reserveValue(m_tensors[i].name);
        for (const std::string& name : m_file.layerNames)
            m_writer.reserveLayer(name);
        for (const State& state : m_file.states.kept) {
            m_writer.reserveValue(state.name);
            m_writer.reserveValue(state.next);
        }
        for (const auto& [variable, value] : m_file.states.fixed)
            m_network.variables.emplace(variable, m_writer.constant(displayText(variable), value.tensor, value.grid));
    }

    void readLayer(size_t index) {
        const schema::Operator& op = m_file.layer(index);
        const std::string& layer = m_file.layerNames[index];
        LayerView view(op, m_file.operatorNameOf(op), layer, m_network);
        m_writer.startLayer(layer);
        std::set<size_t> made;
        for (size_t i = 0; i < view.outputCount(); ++i)
            if (m_network.made.contains(outputOf(op, i)) || view.outputInfo(i).hasData ||
                !made.insert(outputOf(op, i)).second)
                refuse(fmt::format("The tensor \"{}\" is made twice.", view.outputInfo(i).name),
                       view.outputInfo(i).name);
        try {
            const int32_t code = m_file.codeOf(op);
            const OperatorReader read =
                code == kCustom ? customReader(m_file.operatorNameOf(op)) : operatorReader(code);
            if (!read)
                throw CannotRun{"operator " + m_file.operatorNameOf(op)};
            if (view.outputCount() == 0 && !givesNothing(m_file.operatorNameOf(op)))
                view.fail("has no output");
            read(view);
        } catch (const CannotRun& limit) {
            readOpaque(op, view, limit.reason);
        }
    }

    static size_t outputOf(const schema::Operator& op, size_t index) {
        return static_cast<size_t>(op.outputs()->Get(static_cast<flatbuffers::uoffset_t>(index)));
    }

    void readOpaque(const schema::Operator& op, LayerView& view, const std::string& reason) {
        std::vector<Oriented> inputs;
        for (size_t i = 0; i < view.inputCount(); ++i)
            if (view.has(i)) {
                const auto tensor = static_cast<size_t>(op.inputs()->Get(static_cast<flatbuffers::uoffset_t>(i)));
                const auto made = m_network.made.find(tensor);
                if (made != m_network.made.end()) // its constants would be of no use
                    inputs.push_back(m_writer.asInFile(made->second));
            }
        std::vector<std::string> outputs;
        for (size_t i = 0; i < view.outputCount(); ++i) {
            outputs.push_back(view.output(i));
            m_network.made.insert_or_assign(outputOf(op, i), Oriented{view.output(i)});
        }
        m_writer.addOpaque(reason, inputs, outputs);
    }

    void finish() {
        std::vector<std::pair<std::string, Oriented>> outputs;
        for (const int32_t output : *m_graph.outputs()) {
            const auto index = static_cast<size_t>(output);
            const TensorInfo& info = m_tensors[index];
            const auto made = m_network.made.find(index);
            if (made == m_network.made.end() && !m_builder.isConstant(info.name))
                refuse(fmt::format("The output \"{}\" is made by no layer.", info.name), info.name);
            if (std::ranges::count(outputs, info.name, &std::pair<std::string, Oriented>::first) > 0)
                refuse(fmt::format("The output \"{}\" is listed twice.", info.name), info.name);
            if (m_network.spread.contains(index))
                throw Error(ErrorCode::Unsupported,
                            fmt::format("The output \"{}\" lies between SPACE_TO_BATCH_ND and BATCH_TO_SPACE_ND, which "
                                        "Halftone reads as one layer only.",
                                        info.name),
                            info.name);
            outputs.emplace_back(info.name, made == m_network.made.end() ? Oriented{info.name} : made->second);
            if (info.scales)
                tellGrid(m_model.diagnostics, "quantized-output", info, m_tensors.grid(index),
                         fmt::format("The file's output \"{}\" is codes of type {}; Halftone's is the real numbers",
                                     info.name, name(*info.type)));
        }
        addStates(outputs);
        tellWideActivations();
        const std::vector<Diagnostic> found = m_network.findings.diagnostics();
        m_model.diagnostics.insert(m_model.diagnostics.end(), found.begin(), found.end());
        m_model.graph = m_writer.finish(outputs);
    }

    /// What states became, where the layers that change them were read.
    void addStates(std::vector<std::pair<std::string, Oriented>>& outputs) {
        for (const State& state : m_file.states.kept) {
            const Oriented& held =
                state.variable.empty() ? m_network.made.at(state.tensor) : m_network.variables.at(state.variable);
            if (!state.next.empty() && held.name != state.name)
                outputs.emplace_back(state.next, held);
        }
    }

    void tellWideActivations() {
        const auto isWide = [&](size_t tensor) {
            return m_tensors[tensor].scales && m_tensors[tensor].type == ElementType::S16;
        };
        size_t count = 0;
        std::string first;
        for (const auto& [tensor, made] : m_network.made)
            if (isWide(tensor) && ++count == 1)
                first = m_tensors[tensor].name;
        if (count > 0)
            m_model.diagnostics.push_back(
                {Severity::Warning, "wide-codes", first,
                 fmt::format(
                     "{} tensors (first \"{}\") are codes of 16 bits in the file; Halftone computes them as real "
                     "numbers.",
                     count, first)});
    }

    File& m_file;
    BoundModel& m_model;
    const schema::SubGraph& m_graph;
    Tensors& m_tensors;
    GraphBuilder m_builder;
    OrientedWriter m_writer;
    Network m_network;
};

class TfliteSource : public ModelSource {
public:
    TfliteSource(std::span<const std::byte> bytes, const ReadLimits& limits) : m_file(bytes, limits) {
        m_facts.format = fmt::format("TensorFlow Lite {}", kVersion);
        checkReferences();
        m_file.states = statesOf(m_file.model, m_file.graph, m_file.tensors, bytes, limits,
                                 [this](const schema::Operator& op) { return m_file.codeOf(op); });
        lookAtLayers();
        lookAtInputs();
        lookAtOutputs();
        lookAtTensors();
        tellStates();
        const std::set<size_t> setUp(m_file.states.setUp.begin(), m_file.states.setUp.end());
        if (m_file.model.subgraphs()->size() > 1 + setUp.size())
            m_facts.diagnostics.push_back({Severity::Warning, "several-networks", "",
                                           fmt::format("The file holds {} networks; Halftone reads the first one.",
                                                       m_file.model.subgraphs()->size())});
    }

private:
    void read(const BoundSizes& sizes, BoundModel& model) override { Reader(m_file, sizes, model).read(); }

    size_t layerCount() const { return m_file.graph.operators()->size(); }

    /// Every tensor and operator that is referred to exists.
    void checkReferences() const {
        const auto check = [&](const flatbuffers::Vector<int32_t>* indices, bool mayBeOmitted, const std::string& who) {
            for (size_t i = 0; indices && i < indices->size(); ++i) {
                const int32_t index = indices->Get(static_cast<flatbuffers::uoffset_t>(i));
                if (!(mayBeOmitted && index == -1) &&
                    (index < 0 || static_cast<size_t>(index) >= m_file.tensors.count()))
                    refuse(fmt::format("{} refers to tensor {} of {}.", who, index, m_file.tensors.count()), "");
            }
        };
        check(m_file.graph.inputs(), false, "The list of inputs");
        check(m_file.graph.outputs(), false, "The list of outputs");
        for (size_t i = 0; i < layerCount(); ++i) {
            const std::string who = fmt::format("Layer number {}", i);
            check(m_file.layer(i).inputs(), true, who);
            check(m_file.layer(i).outputs(), false, who);
            m_file.operatorOf(m_file.layer(i)); // throws
        }
    }

    /// Layers have no names in the file; they are told apart by what they make.
    void lookAtLayers() {
        NameIndex taken;
        taken.start();
        for (size_t i = 0; i < layerCount(); ++i) {
            const schema::Operator& layer = m_file.layer(i);
            const auto* outputs = layer.outputs();
            const std::string op = m_file.operatorNameOf(layer);
            const std::string name =
                taken.unique(outputs && outputs->size() > 0 ? m_file.tensors[static_cast<size_t>(outputs->Get(0))].name
                                                            : fmt::format("{}_{}", op, i));
            taken.add(name);
            m_file.layerNames.push_back(name);
            m_facts.layers.push_back({name, op});
            ++m_facts.operators[op];
        }
    }

    void lookAtInputs() {
        const auto* indices = m_file.graph.inputs();
        std::vector<ModelInput> inputs;
        for (size_t i = 0; indices && i < indices->size(); ++i) {
            const auto index = static_cast<size_t>(indices->Get(static_cast<flatbuffers::uoffset_t>(i)));
            const TensorInfo& info = m_file.tensors[index];
            if (info.hasData)
                continue; // a constant that is listed among the inputs
            if (std::ranges::count(m_file.inputs, index) > 0)
                refuse(fmt::format("The input \"{}\" is listed twice.", info.name), info.name);
            if (!info.type)
                throw Error(ErrorCode::Unsupported,
                            fmt::format("The input \"{}\" has the element type {}, which Halftone cannot feed.",
                                        info.name, typeName(info.typeCode)),
                            info.name);
            const bool quantized = info.scales.has_value();
            ModelInput input{info.name, quantized ? ElementType::F32 : *info.type, declaredSizes(info)};
            m_file.inputs.push_back(index);
            inputs.push_back(std::move(input));
            if (quantized)
                tellGrid(
                    m_facts.diagnostics, "quantized-input", info, m_file.tensors.grid(index),
                    fmt::format("The file's input \"{}\" takes codes of type {}; Halftone's takes the real numbers",
                                info.name, name(*info.type)));
        }
        for (const State& state : m_file.states.kept) {
            const TensorInfo& info = m_file.tensors[state.tensor];
            inputs.push_back({state.name, info.scales ? ElementType::F32 : *info.type, declaredSizes(info)});
        }
        setInputs(std::move(inputs));
    }

    void lookAtOutputs() {
        const auto declare = [&](const std::string& outputName, const TensorInfo& info) {
            m_facts.outputs.push_back(
                {outputName,
                 info.type ? std::string(name(info.scales ? ElementType::F32 : *info.type)) : typeName(info.typeCode),
                 declaredSizes(info)});
        };
        for (const int32_t output : *m_file.graph.outputs())
            declare(m_file.tensors[static_cast<size_t>(output)].name, m_file.tensors[static_cast<size_t>(output)]);
        for (const State& state : m_file.states.kept)
            if (!state.next.empty())
                declare(state.next, m_file.tensors[state.tensor]);
    }

    void tellStates() {
        std::vector<KeptState> kept;
        for (const State& state : m_file.states.kept)
            kept.push_back({state.name, state.next,
                            state.first          ? firstValueText(*state.first)
                            : state.firstUnknown ? "what the file computes"
                                                 : "0"});
        if (!kept.empty())
            m_facts.diagnostics.push_back(aboutKeptStates(kept));
    }

    static std::vector<Size> declaredSizes(const TensorInfo& info) {
        std::vector<Size> sizes;
        for (const int64_t dim : info.shape)
            sizes.push_back({dim > 0 ? std::optional(dim) : std::nullopt, {}});
        return sizes;
    }

    void lookAtTensors() {
        m_facts.alreadyQuantized = m_facts.operators.contains("FAKE_QUANT");
        for (size_t i = 0; i < m_file.tensors.count(); ++i) {
            const TensorInfo& info = m_file.tensors[i];
            const bool eightBit = info.type == ElementType::U8 || info.type == ElementType::S8;
            m_facts.alreadyQuantized = m_facts.alreadyQuantized || (eightBit && info.scales);
            if (info.hasData && info.type && info.type != ElementType::S64 && info.type != ElementType::S32 &&
                std::ranges::none_of(info.shape, [](int64_t dim) { return dim < 0; })) {
                m_facts.parameters += elementCount(info.shape, info.name);
                m_facts.smallParameters += eightBit ? elementCount(info.shape, info.name) : 0;
            }
        }
    }

    File m_file;
};

} // namespace

bool isTflite(std::span<const std::byte> bytes) {
    constexpr std::string_view identifier = "TFL3";
    return bytes.size() >= 8 && std::memcmp(bytes.data() + 4, identifier.data(), identifier.size()) == 0;
}

std::unique_ptr<ModelSource> openTflite(std::span<const std::byte> bytes, const ReadLimits& limits) {
    return std::make_unique<TfliteSource>(bytes, limits);
}

} // namespace halftone
