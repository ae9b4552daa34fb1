// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/common/layer_writer.h"

#include <utility>

namespace halftone {

LayerWriter::LayerWriter(GraphBuilder& builder) : m_builder(builder) {
    m_valueNames.start();
    m_layerNames.start();
}

void LayerWriter::startLayer(const std::string& name, std::vector<std::string> earlier,
                             const std::vector<std::string>& later) {
    m_layer = name;
    m_origins = std::move(earlier);
    m_origins.push_back(name);
    m_origins.insert(m_origins.end(), later.begin(), later.end());
    m_layerNamed = false;
}

std::string LayerWriter::unusedValue(const std::string& base) {
    std::string name = m_valueNames.unique(base);
    m_valueNames.add(name);
    return name;
}

std::string LayerWriter::unusedNode(const std::string& base) {
    std::string name = m_layerNames.unique(base);
    m_layerNames.add(name);
    return name;
}

std::string LayerWriter::ownName(const Op& op) {
    return std::exchange(m_layerNamed, true) ? unusedNode(m_layer + "_" + opName(op)) : m_layer;
}

std::vector<ValueId> LayerWriter::addNode(std::string name, Op op, std::vector<ValueId> inputs,
                                          const std::vector<std::string>& outputs,
                                          const std::optional<QuantParams>& grid) {
    Node node;
    node.name = std::move(name);
    node.origins = m_origins;
    node.op = std::move(op);
    node.inputs = std::move(inputs);
    return m_builder.addNode(std::move(node), outputs, grid);
}

ValueId LayerWriter::add(Op op, std::vector<ValueId> inputs, const std::optional<QuantParams>& grid) {
    std::string name = ownName(op);
    const std::string output = unusedValue(m_layer + "_" + opName(op));
    return addNode(std::move(name), std::move(op), std::move(inputs), {output}, grid).front();
}

std::vector<ValueId> LayerWriter::addSeveral(Op op, std::vector<ValueId> inputs, size_t results) {
    std::string name = ownName(op);
    std::vector<std::string> outputs;
    for (size_t i = 0; i < results; ++i)
        outputs.push_back(unusedValue(m_layer + "_" + opName(op)));
    return addNode(std::move(name), std::move(op), std::move(inputs), outputs, std::nullopt);
}

ValueId LayerWriter::addInRow(std::vector<Op> ops, ValueId x) {
    for (Op& op : ops)
        x = add(std::move(op), {x});
    return x;
}

void LayerWriter::addNamed(Op op, std::vector<ValueId> inputs, const std::vector<std::string>& outputs,
                           const std::optional<QuantParams>& grid) {
    std::string name = ownName(op);
    const std::vector<ValueId> results = addNode(std::move(name), std::move(op), std::move(inputs), outputs, grid);
    for (size_t i = 0; i < results.size(); ++i)
        m_builder.nameValue(results[i], outputs[i]);
}

ValueId LayerWriter::addBefore(Op op, std::vector<ValueId> inputs) {
    const std::string suffix = "_" + opName(op), output = unusedValue(m_layer + suffix);
    return addNode(unusedNode(m_layer + suffix), std::move(op), std::move(inputs), {output}, std::nullopt).front();
}

void LayerWriter::addNamedBefore(Op op, std::vector<ValueId> inputs, const std::string& output,
                                 const std::string& suffix) {
    const std::vector<ValueId> results =
        addNode(unusedNode(m_layer + suffix), std::move(op), std::move(inputs), {output}, std::nullopt);
    m_builder.nameValue(results.front(), output);
}

ValueId LayerWriter::constant(const std::string& base, Tensor tensor, const std::optional<QuantParams>& grid) {
    const std::string name = unusedValue(base);
    m_builder.addConstant(name, std::move(tensor), grid);
    return m_builder.use(name);
}

void LayerWriter::nameValue(ValueId id, const std::string& name, const std::optional<QuantParams>& grid) {
    if (!m_builder.nameValue(id, name)) {
        id = add(Identity{}, {id});
        m_builder.nameValue(id, name);
    }
    m_builder.setGrid(id, grid);
}

} // namespace halftone
