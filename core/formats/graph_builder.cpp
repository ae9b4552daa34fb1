#include "core/formats/graph_builder.h"

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

} // namespace

ValueId GraphBuilder::addValue(const std::string& name, ElementType type, Shape shape) {
    Value value;
    value.name = m_graph.uniqueValueName(displayText(name));
    value.type = type;
    value.shape = std::move(shape);
    const ValueId id = m_graph.addValue(std::move(value));
    m_values.emplace(name, id);
    return id;
}

void GraphBuilder::addInput(const std::string& name, ElementType type, const Shape& shape,
                            const std::optional<QuantParams>& grid) {
    Shape forBatchOne = shape;
    if (!forBatchOne.empty() && forBatchOne[0] < 0)
        forBatchOne[0] = 1;
    const bool known = std::all_of(forBatchOne.begin(), forBatchOne.end(), [](int64_t dim) { return dim >= 0; });
    const ValueId id = addValue(name, type, forBatchOne);
    m_graph.value(id).quant = grid;
    if (known)
        m_shapeKnown.insert(id);
    m_graph.inputs.push_back(id);
    m_inputShapes.push_back(shape);
}

void GraphBuilder::addConstant(const std::string& name, Tensor tensor, const std::optional<QuantParams>& grid) {
    m_constants.emplace(name, std::move(tensor));
    if (grid)
        m_constantGrids.emplace(name, *grid);
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

ValueId GraphBuilder::use(const std::string& name) {
    if (const auto known = m_values.find(name); known != m_values.end())
        return known->second;
    const auto constant = m_constants.find(name);
    if (constant == m_constants.end())
        throw Error(ErrorCode::Internal,
                    fmt::format("The value \"{}\" is read before it is made. Please report this.", displayText(name)));
    const ValueId id = m_graph.addConstant(displayText(name), constant->second);
    if (const auto grid = m_constantGrids.find(name); grid != m_constantGrids.end())
        m_graph.value(id).quant = grid->second;
    m_values.emplace(name, id);
    m_shapeKnown.insert(id);
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
    const auto folded = m_folded.find(id);
    return folded == m_folded.end() ? nullptr : &folded->second;
}

const Shape* GraphBuilder::shape(const std::string& name) const {
    if (const Tensor* tensor = constant(name))
        return &tensor->shape;
    const auto found = m_values.find(name);
    if (found == m_values.end() || !m_shapeKnown.contains(found->second))
        return nullptr;
    return &m_graph.value(found->second).shape;
}

void GraphBuilder::addNode(Node node, const std::vector<std::string>& outputs, const std::optional<QuantParams>& grid) {
    for (const std::string& name : outputs)
        node.outputs.push_back(addValue(name, ElementType::F32, {}));
    if (grid)
        m_graph.value(node.outputs.front()).quant = grid;
    const NodeId id = m_graph.addNode(std::move(node));
    try {
        inferShapes(m_graph.node(id));
        fold(m_graph.node(id));
    } catch (const Error&) {
        // The network may fit together for another batch size. If not, infer() will say so.
    }
}

void GraphBuilder::inferShapes(const Node& node) {
    const auto known = [&](ValueId id) { return id == kNoValue || m_shapeKnown.contains(id); };
    if (std::holds_alternative<Opaque>(node.op) || !std::all_of(node.inputs.begin(), node.inputs.end(), known))
        return;
    const auto inferred = inferNode(m_graph, node);
    for (size_t i = 0; i < inferred.size() && i < node.outputs.size(); ++i) {
        Value& value = m_graph.value(node.outputs[i]);
        value.type = inferred[i].first;
        value.shape = inferred[i].second;
        m_shapeKnown.insert(node.outputs[i]);
    }
}

void GraphBuilder::fold(const Node& node) {
    if (node.outputs.empty() || m_graph.value(node.outputs.front()).quant)
        return; // there is none, or it would have to be rounded first
    const auto isSmall = [&](ValueId id) {
        return m_shapeKnown.contains(id) && elementCount(m_graph.value(id).shape) <= kMaxFoldedElements;
    };
    if (node.inputs.empty() || !std::all_of(node.outputs.begin(), node.outputs.end(), isSmall))
        return;
    std::vector<std::optional<Tensor>> operands;
    for (ValueId id : node.inputs) {
        const Tensor* tensor = id == kNoValue ? nullptr : constant(id);
        if (id != kNoValue && (!tensor || !isSmall(id)))
            return;
        operands.push_back(tensor ? std::optional(*tensor) : std::nullopt);
    }
    const std::vector<Tensor> results = evaluate(m_graph, node, operands);
    for (size_t i = 0; i < results.size() && i < node.outputs.size(); ++i)
        m_folded.emplace(node.outputs[i], results[i]);
}

Graph GraphBuilder::finish(const std::vector<std::string>& outputs) {
    for (const std::string& name : outputs)
        m_graph.outputs.push_back(use(name));
    for (size_t i = 0; i < m_graph.inputs.size(); ++i)
        m_graph.value(m_graph.inputs[i]).shape = m_inputShapes[i];
    for (const Node& node : m_graph.nodes())
        for (ValueId id : node.outputs)
            m_graph.value(id).shape.clear();
    return std::move(m_graph);
}

} // namespace halftone
