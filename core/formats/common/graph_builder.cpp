// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/common/graph_builder.h"

#include "core/base/checked.h"
#include "core/base/error.h"
#include "core/base/text.h"
#include "core/graph/evaluate.h"
#include "core/graph/infer.h"

#include <algorithm>
#include <fmt/format.h>

namespace halftone {

namespace {

// Shapes, axes and bounds are that small; weights are left to the pass that folds constants.
constexpr int64_t kMaxFoldedElements = 4096;

/// Completely known, and no larger than a tensor can be: readers compute with the dimensions.
bool isSensible(const Shape& shape) {
    try {
        requireSensibleSize(shape, "it");
        return true;
    } catch (const Error&) {
        return false;
    }
}

} // namespace

ValueId GraphBuilder::addValue(const std::string& valueName, ElementType type) {
    Value value;
    value.name = m_graph.uniqueValueName(displayText(valueName));
    value.type = type;
    m_types.emplace_back();
    return m_graph.addValue(std::move(value));
}

void GraphBuilder::addInput(const std::string& name, ElementType type, const Shape& shape,
                            const std::optional<QuantParams>& grid) {
    const ValueId id = addValue(name, type);
    m_values.emplace(name, id);
    m_named.insert(id);
    m_graph.value(id).quant = grid;
    m_graph.value(id).shape = shape;
    m_graph.inputs.push_back(id);
    if (isSensible(shape))
        m_types[static_cast<size_t>(id)] = TensorType{type, shape};
}

void GraphBuilder::addConstant(const std::string& name, Tensor tensor, const std::optional<QuantParams>& grid) {
    m_constants.emplace(name, std::move(tensor));
    if (grid)
        m_constantGrids.emplace(name, *grid);
}

ValueId GraphBuilder::addOperand(const std::string& valueName, Tensor tensor) {
    m_types.push_back(TensorType{tensor.type, tensor.shape});
    return m_graph.addConstant(displayText(valueName) + "#constant", std::move(tensor));
}

const QuantParams* GraphBuilder::grid(const std::string& name) const {
    if (const auto constant = m_constantGrids.find(name); constant != m_constantGrids.end())
        return &constant->second;
    const auto value = m_values.find(name);
    if (value == m_values.end() || !m_graph.value(value->second).quant)
        return nullptr;
    return &*m_graph.value(value->second).quant;
}

const QuantParams* GraphBuilder::codes(const std::string& name) const {
    const auto found = m_codes.find(name);
    return found == m_codes.end() ? nullptr : &found->second;
}

const std::vector<ValueId>* GraphBuilder::list(const std::string& name) const {
    const auto found = m_lists.find(name);
    return found == m_lists.end() ? nullptr : &found->second;
}

ValueId GraphBuilder::use(const std::string& name) {
    if (const auto known = m_values.find(name); known != m_values.end())
        return known->second;
    const auto constant = m_constants.find(name);
    if (constant == m_constants.end())
        throw Error(ErrorCode::Internal,
                    fmt::format("The value \"{}\" is read before it is made. Please report this.", displayText(name)));
    const ValueId id = m_graph.addConstant(displayText(name), constant->second);
    m_types.push_back(TensorType{constant->second.type, constant->second.shape});
    if (const auto grid = m_constantGrids.find(name); grid != m_constantGrids.end())
        m_graph.value(id).quant = grid->second;
    m_values.emplace(name, id);
    m_named.insert(id);
    return id;
}

const Tensor* GraphBuilder::constant(const std::string& name) const {
    if (const auto weight = m_constants.find(name); weight != m_constants.end())
        return &weight->second;
    const auto value = m_values.find(name);
    return value == m_values.end() ? nullptr : constant(value->second);
}

const Tensor* GraphBuilder::constant(ValueId id) const {
    if (m_graph.isConstant(id))
        return &*m_graph.value(id).constant;
    const auto found = m_folded.find(id);
    return found == m_folded.end() ? nullptr : &found->second;
}

const Shape* GraphBuilder::shape(const std::string& name) const {
    if (const auto weight = m_constants.find(name); weight != m_constants.end())
        return &weight->second.shape;
    const auto found = m_values.find(name);
    return found == m_values.end() ? nullptr : shape(found->second);
}

const Shape* GraphBuilder::shape(ValueId id) const {
    const std::optional<TensorType>& type = m_types[static_cast<size_t>(id)];
    return type ? &type->shape : nullptr;
}

std::vector<ValueId> GraphBuilder::addNode(Node node, const std::vector<std::string>& outputs,
                                           const std::optional<QuantParams>& grid) {
    for (const std::string& name : outputs)
        node.outputs.push_back(addValue(name, ElementType::F32));
    std::vector<ValueId> results = node.outputs;
    if (grid)
        m_graph.value(results.front()).quant = grid;
    addToGraph(std::move(node));
    return results;
}

bool GraphBuilder::nameValue(ValueId id, const std::string& name) {
    if (m_named.contains(id) || m_graph.isConstant(id))
        return false;
    Value& value = m_graph.value(id);
    if (const std::string shown = displayText(name); value.name != shown)
        value.name = m_graph.uniqueValueName(shown);
    m_values.emplace(name, id);
    m_named.insert(id);
    return true;
}

void GraphBuilder::setGrid(ValueId id, const std::optional<QuantParams>& grid) {
    m_graph.value(id).quant = grid;
}

void GraphBuilder::addToGraph(Node added) {
    added.name = m_graph.uniqueNodeName(added.name); // steps inside of layers may have taken it
    try {
        inNumbers(added);
    } catch (const Error&) {
        // infer() will say so.
    }
    const Node& node = m_graph.node(m_graph.addNode(std::move(added)));
    if (node.outputs.empty())
        return;
    try {
        infer(node);
        fold(node);
    } catch (const Error&) {
        // The same.
    }
    for (const ValueId output : node.outputs)
        if (const std::optional<TensorType>& type = m_types[static_cast<size_t>(output)])
            m_graph.value(output).type = type->type;
}

void GraphBuilder::inNumbers(Node& node) const {
    auto* reshape = std::get_if<Reshape>(&node.op);
    auto* resize = std::get_if<Resize>(&node.op);
    const Shape* x = (reshape || resize) && !node.inputs.empty() ? shape(node.inputs.front()) : nullptr;
    if (x && reshape)
        *reshape = halftone::inNumbers(*reshape, *x, m_batch);
    else if (x)
        *resize = halftone::inNumbers(*resize, *x, m_batch);
}

/// Nothing where that is not known.
std::optional<Results> GraphBuilder::resultsOf(const Node& node) const {
    const auto type = [&](ValueId id) { return m_types[static_cast<size_t>(id)]; };
    const auto known = [&](ValueId id) { return id == kNoValue || type(id).has_value(); };
    if (std::holds_alternative<Opaque>(node.op) || !std::ranges::all_of(node.inputs, known))
        return std::nullopt;
    Operands operands;
    for (const ValueId id : node.inputs)
        operands.push_back(id == kNoValue ? std::nullopt : type(id));
    return halftone::resultsOf(node, operands);
}

void GraphBuilder::requireShapes(Node node) const {
    inNumbers(node);
    resultsOf(node);
}

void GraphBuilder::infer(const Node& node) {
    const std::optional<Results> results = resultsOf(node);
    for (size_t i = 0; results && i < std::min(results->size(), node.outputs.size()); ++i)
        m_types[static_cast<size_t>(node.outputs[i])] = (*results)[i];
}

void GraphBuilder::fold(const Node& node) {
    const auto onGrid = [&](ValueId output) { return m_graph.value(output).quant.has_value(); };
    if (std::ranges::any_of(node.outputs, onGrid))
        return; // its value would have to be rounded first
    const auto isSmall = [&](ValueId id) {
        const std::optional<TensorType>& type = m_types[static_cast<size_t>(id)];
        return type && elementCount(type->shape) <= kMaxFoldedElements;
    };
    if (node.inputs.empty() || !std::ranges::all_of(node.outputs, isSmall))
        return;
    if (const auto* shape = std::get_if<ShapeOf>(&node.op)) {
        m_folded.emplace(node.output(), shapeTensor(*shape, m_types[static_cast<size_t>(node.inputs.front())]->shape));
        return;
    }
    std::vector<std::optional<Tensor>> operands;
    for (const ValueId id : node.inputs) {
        const Tensor* tensor = id == kNoValue ? nullptr : constant(id);
        if (id != kNoValue && (!tensor || !isSmall(id)))
            return;
        operands.push_back(tensor ? std::optional(*tensor) : std::nullopt);
    }
    std::vector<Tensor> results = evaluate(m_graph, node, operands);
    for (size_t i = 0; i < node.outputs.size(); ++i)
        m_folded.emplace(node.outputs[i], std::move(results.at(i)));
}

ElementType GraphBuilder::type(ValueId id) const {
    return m_graph.value(id).type;
}

ValueId GraphBuilder::asCodes(ValueId value, const QuantParams& grid) {
    const std::string name = m_graph.value(value).name;
    const NodeId producer = m_graph.producers()[static_cast<size_t>(value)];
    const std::vector<std::string> origins =
        producer == kNoNode ? std::vector<std::string>{name} : m_graph.node(producer).origins;
    m_graph.value(value).name = m_graph.uniqueValueName(name + "#real");
    const Shape shape = grid.axis ? Shape{static_cast<int64_t>(grid.scales.size())} : Shape{};
    std::vector<std::byte> points;
    for (const int32_t point : grid.zeroPoints)
        points.push_back(static_cast<std::byte>(point));
    const ValueId scale = addOperand(name, Tensor::fromFloats(shape, grid.scales));
    const ValueId zeroPoint = addOperand(name, Tensor::fromBytes(grid.storage, shape, std::move(points)));
    const ValueId codes = addValue(name + "#codes", grid.storage);
    m_graph.value(codes).name = name; // which nothing has any more
    addToGraph({name + "#codes",
                QuantizeLinear{grid.storage, grid.axis.value_or(0)},
                {value, scale, zeroPoint},
                {codes},
                origins});
    return codes;
}

Graph GraphBuilder::finish(const std::vector<std::string>& outputs) {
    for (const std::string& name : outputs) {
        const QuantParams* grid = codes(name);
        m_graph.outputs.push_back(grid ? asCodes(use(name), *grid) : use(name));
    }
    return std::move(m_graph);
}

} // namespace halftone
