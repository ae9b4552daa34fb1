// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/common/layer_writer.h"

#include <utility>

namespace halftone {

LayerWriter::LayerWriter(GraphBuilder& builder) : m_builder(builder) {
    m_valueNames.start();
    m_layerNames.start();
}

void LayerWriter::startLayer(const std::string& name) {
    m_layer = name;
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

void LayerWriter::addNode(std::string name, Op op, std::vector<ValueId> inputs, const std::vector<std::string>& outputs,
                          const std::optional<QuantParams>& grid) {
    Node node;
    node.name = std::move(name);
    node.origins = {m_layer};
    node.op = std::move(op);
    node.inputs = std::move(inputs);
    m_builder.addNode(std::move(node), outputs, grid);
}

ValueId LayerWriter::add(Op op, std::vector<ValueId> inputs, const std::optional<QuantParams>& grid) {
    const std::string output = unusedValue(m_layer + "_" + opName(op));
    addNamed(std::move(op), std::move(inputs), {output}, grid);
    return m_builder.use(output);
}

void LayerWriter::addNamed(Op op, std::vector<ValueId> inputs, const std::vector<std::string>& outputs,
                           const std::optional<QuantParams>& grid) {
    std::string name = std::exchange(m_layerNamed, true) ? unusedNode(m_layer + "_" + opName(op)) : m_layer;
    addNode(std::move(name), std::move(op), std::move(inputs), outputs, grid);
}

ValueId LayerWriter::addBefore(Op op, std::vector<ValueId> inputs) {
    const std::string suffix = "_" + opName(op), output = unusedValue(m_layer + suffix);
    addNamedBefore(std::move(op), std::move(inputs), output, suffix);
    return m_builder.use(output);
}

void LayerWriter::addNamedBefore(Op op, std::vector<ValueId> inputs, const std::string& output,
                                 const std::string& suffix) {
    addNode(unusedNode(m_layer + suffix), std::move(op), std::move(inputs), {output}, std::nullopt);
}

ValueId LayerWriter::constant(const std::string& base, Tensor tensor, const std::optional<QuantParams>& grid) {
    const std::string name = unusedValue(base);
    m_builder.addConstant(name, std::move(tensor), grid);
    return m_builder.use(name);
}

} // namespace halftone
