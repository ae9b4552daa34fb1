// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/tflite/states.h"

#include "core/base/text.h"
#include "core/formats/common/kept_states.h"
#include "core/formats/tflite/operators.h"
#include "core/graph/name_index.h"

#include <algorithm>
#include <set>

namespace halftone::tflite_format {

namespace {

constexpr uint8_t kCallOnce = 103, kVarHandle = 111;

/// Settings of an operator that were checked before they are read, or null.
template <class Options>
const Options* optionsOf(const schema::Operator& op, uint8_t kind, std::span<const std::byte> file, int depth) {
    if (op.options_type() != kind || !op.options())
        return nullptr;
    const auto* options = reinterpret_cast<const Options*>(op.options());
    flatbuffers::Verifier verifier(reinterpret_cast<const uint8_t*>(file.data()), file.size(),
                                   static_cast<flatbuffers::uoffset_t>(depth));
    return options->Verify(verifier) ? options : nullptr;
}

std::optional<size_t> tensorAt(const flatbuffers::Vector<int32_t>* indices, size_t position) {
    if (!indices || position >= indices->size())
        return std::nullopt;
    const int32_t index = indices->Get(static_cast<flatbuffers::uoffset_t>(position));
    return index < 0 ? std::nullopt : std::optional(static_cast<size_t>(index));
}

class Finder {
public:
    Finder(const schema::Model& model, std::span<const std::byte> file, const ReadLimits& limits, const CodeOf& codeOf)
        : m_model(model), m_file(file), m_limits(limits), m_codeOf(codeOf) {}

    States run(const schema::SubGraph& network, const Tensors& tensors) {
        m_names.start();
        for (size_t i = 0; i < tensors.count(); ++i)
            m_names.add(tensors[i].name);
        for (size_t i = 0; network.inputs() && i < network.inputs()->size(); ++i)
            m_variableTensors.insert(*tensorAt(network.inputs(), i)); // fed already
        for (const schema::Operator* op : *network.operators())
            look(*op, tensors);
        std::vector<State> kept;
        for (State& state : m_states.kept) {
            const auto set = m_set.find(state.variable);
            const bool changes = state.variable.empty() || m_assigned.contains(state.variable);
            if (!changes && set != m_set.end()) {
                m_states.fixed.emplace(state.variable, set->second);
                continue;
            }
            if (set != m_set.end())
                state.first = set->second.tensor;
            state.firstUnknown = !state.first && !state.variable.empty();
            if (changes)
                state.next = unused(keptStateOutput(state.name));
            kept.push_back(std::move(state));
        }
        m_states.kept = std::move(kept);
        return std::move(m_states);
    }

private:
    std::string unused(const std::string& base) {
        std::string name = m_names.unique(base);
        m_names.add(name);
        return name;
    }

    std::string variableOf(const std::unordered_map<size_t, std::string>& handles, std::optional<size_t> tensor) {
        const auto found = tensor ? handles.find(*tensor) : handles.end();
        return found == handles.end() ? std::string() : found->second;
    }

    void addHandle(const schema::Operator& op, std::unordered_map<size_t, std::string>& handles) {
        const auto* options = optionsOf<schema::VarHandle>(op, kVarHandle, m_file, m_limits.depth);
        if (const auto handle = tensorAt(op.outputs(), 0); options && handle)
            handles.emplace(*handle, (options->container() ? options->container()->str() + "/" : std::string("/")) +
                                         (options->shared_name() ? options->shared_name()->str() : std::string()));
    }

    void look(const schema::Operator& op, const Tensors& tensors) {
        const std::string name = operatorName(m_codeOf(op));
        if (name == "CALL_ONCE")
            lookAtSetUp(op);
        else if (name == "VAR_HANDLE")
            addHandle(op, m_states.variableOf);
        else if (name == "ASSIGN_VARIABLE")
            m_assigned.insert(variableOf(m_states.variableOf, tensorAt(op.inputs(), 0)));
        else if (name == "READ_VARIABLE")
            addVariable(variableOf(m_states.variableOf, tensorAt(op.inputs(), 0)), tensorAt(op.outputs(), 0), tensors);
        else
            addVariableTensors(op, tensors);
    }

    /// A variable that is read before it is assigned; one that cannot be fed is left to the layer that reads it.
    void addVariable(const std::string& variable, std::optional<size_t> result, const Tensors& tensors) {
        if (variable.empty() || !result || m_assigned.contains(variable) || !m_read.insert(variable).second ||
            !tensors[*result].type)
            return;
        const std::string shown = displayText(variable.substr(variable.find('/') + 1));
        m_states.kept.push_back({unused(shown.empty() ? tensors[*result].name : shown), {}, *result, variable, {}});
    }

    void addVariableTensors(const schema::Operator& op, const Tensors& tensors) {
        for (size_t i = 0; op.inputs() && i < op.inputs()->size(); ++i) {
            const auto tensor = tensorAt(op.inputs(), i);
            if (tensor && tensors[*tensor].variable && !tensors[*tensor].hasData && tensors[*tensor].type &&
                m_variableTensors.insert(*tensor).second)
                m_states.kept.push_back({tensors[*tensor].name, {}, *tensor, {}, {}});
        }
    }

    /// What a network that runs once before all others gives to variables, as far as it is constant.
    void lookAtSetUp(const schema::Operator& op) {
        const auto* options = optionsOf<schema::CallOnce>(op, kCallOnce, m_file, m_limits.depth);
        const auto index = options ? static_cast<size_t>(options->init_subgraph_index()) : 0;
        if (index == 0 || index >= m_model.subgraphs()->size())
            return;
        m_states.setUp.push_back(index);
        const schema::SubGraph& network = *m_model.subgraphs()->Get(static_cast<flatbuffers::uoffset_t>(index));
        if (!network.operators())
            return;
        Tensors tensors(m_model, network, m_file, m_limits);
        std::unordered_map<size_t, std::string> handles;
        for (const schema::Operator* each : *network.operators()) {
            const std::string name = operatorName(m_codeOf(*each));
            if (name == "VAR_HANDLE")
                addHandle(*each, handles);
            const auto value = tensorAt(each->inputs(), 1);
            if (name != "ASSIGN_VARIABLE" || !value || *value >= tensors.count())
                continue;
            const std::string variable = variableOf(handles, tensorAt(each->inputs(), 0));
            const TensorInfo& info = tensors[*value];
            if (!variable.empty() && info.hasData && info.type && !info.sparse)
                m_set.insert_or_assign(variable, tensors.constant(*value));
        }
    }

    const schema::Model& m_model;
    std::span<const std::byte> m_file;
    const ReadLimits& m_limits;
    const CodeOf& m_codeOf;
    NameIndex m_names;
    States m_states;
    std::set<std::string> m_assigned, m_read;
    std::set<size_t> m_variableTensors;
    std::map<std::string, Constant> m_set; // by variable
};

} // namespace

States statesOf(const schema::Model& model, const schema::SubGraph& network, const Tensors& tensors,
                std::span<const std::byte> file, const ReadLimits& limits, const CodeOf& codeOf) {
    return Finder(model, file, limits, codeOf).run(network, tensors);
}

} // namespace halftone::tflite_format
