// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/tensorflow/network.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/formats/common/oriented.h"
#include "core/graph/evaluate.h"
#include "core/graph/op_traits.h"

#include <algorithm>
#include <fmt/format.h>
#include <unordered_map>

namespace halftone::tensorflow_format {

namespace {

QuantParams permutedGrid(QuantParams grid, std::span<const int64_t> perm) {
    if (grid.axis)
        grid.axis = static_cast<int>(std::ranges::find(perm, *grid.axis) - perm.begin());
    return grid;
}

} // namespace

size_t channelsFirstAxis(size_t axis) {
    return static_cast<size_t>(axisIn(AxisOrder::ChannelsFirst, static_cast<int64_t>(axis)));
}

std::string Network::newName(const std::string& layer, const std::string& role) {
    if (role.empty() && m_given.insert(layer).second)
        return layer;
    std::string name = m_names.unique(role.empty() ? layer : fmt::format("{}/{}", layer, role));
    m_names.add(name);
    return name;
}

Operand Network::addInput(const std::string& layer, ElementType type, const Shape& shape) {
    Operand operand{nullptr, newName(layer, "")};
    m_builder.addInput(operand.name, type, shape);
    return operand;
}

Operand Network::addConstant(const std::string& name, Tensor tensor, const std::optional<QuantParams>& grid) {
    return {std::make_shared<Known>(std::move(tensor), grid), name};
}

std::optional<Shape> Network::shape(const Operand& operand) const {
    const Shape* known = operand.constant ? &operand.constant->tensor.shape : m_builder.shape(operand.name);
    if (!known)
        return std::nullopt;
    if (!operand.channelsFirst)
        return *known;
    Shape result;
    for (size_t axis = 0; axis < 4; ++axis)
        result.push_back((*known)[channelsFirstAxis(axis)]);
    return result;
}

std::optional<size_t> Network::rank(const Operand& operand) const {
    if (operand.channelsFirst)
        return 4;
    const std::optional<Shape> known = shape(operand);
    return known ? std::optional(known->size()) : std::nullopt;
}

Operand Network::asInFile(const Operand& operand, const std::string& layer) {
    return operand.channelsFirst ? turned(operand, layer, false) : operand;
}

Operand Network::channelsFirst(const Operand& operand, const std::string& layer) {
    return operand.channelsFirst ? operand : turned(operand, layer, true);
}

Operand Network::turned(const Operand& operand, const std::string& layer, bool toChannelsFirst) {
    const auto key = std::pair(operand.name, toChannelsFirst);
    if (const auto known = m_turned.find(key); !operand.constant && known != m_turned.end())
        return known->second;
    const auto& perm = toChannelsFirst ? kNhwcToNchw : kNchwToNhwc;
    const std::optional<Shape> known = shape(operand);
    if (operand.constant && known->size() != 4)
        throw Error(
            ErrorCode::BadInput,
            fmt::format("Layer \"{}\" needs a tensor of 4 dimensions, and gets one of shape {}. The file is damaged "
                        "or was exported wrongly; export it again.",
                        layer, shapeText(*known)),
            layer);
    const bool isVector = !operand.constant && known && known->size() == 4 && (*known)[1] == 1 && (*known)[2] == 1;
    Operand result; // in a vector nothing moves
    if (isVector && toChannelsFirst)
        result = emit(layer, "layout", Reshape{{0, (*known)[3], 1, 1}}, {operand});
    else if (isVector)
        result = emit(layer, "layout", Reshape{{0, 1, 1, (*known)[3]}}, {operand});
    else
        result = permuted(layer, operand, {perm.begin(), perm.end()});
    result.channelsFirst = toChannelsFirst;
    if (!result.constant)
        m_turned.emplace(key, result);
    return result;
}

Operand Network::permuted(const std::string& layer, const Operand& operand, const std::vector<int64_t>& perm) {
    Operand result;
    if (operand.constant) {
        if (perm.size() != operand.constant->tensor.shape.size())
            throw Error(ErrorCode::Internal, "A constant has other dimensions than expected. Please report this.");
        std::optional<QuantParams> grid = operand.constant->grid;
        if (grid)
            grid = permutedGrid(*grid, perm);
        result = addConstant(operand.name, halftone::permuted(operand.constant->tensor, perm), grid);
    } else {
        result = emit(layer, "layout", Transpose{perm}, {operand});
    }
    result.channelsFirst = false;
    return result;
}

Operand Network::fold(const std::string& layer, const std::string& name, Op op, const std::vector<Operand>& inputs) {
    Graph graph;
    Node node;
    node.name = layer;
    node.op = std::move(op);
    std::vector<std::optional<Tensor>> tensors;
    for (const Operand& input : inputs) {
        node.inputs.push_back(graph.addConstant(input.name, input.constant->tensor));
        tensors.emplace_back(input.constant->tensor);
    }
    Tensor result = evaluate(graph, node, tensors).front();
    m_tensors.charge(result, fmt::format("The result of layer \"{}\"", layer));
    return {std::make_shared<Known>(std::move(result)), name};
}

Operand Network::emit(const std::string& layer, const std::string& role, Op op, const std::vector<Operand>& inputs,
                      const std::optional<QuantParams>& grid, const std::vector<std::string>& earlierLayers) {
    Operand result;
    if (std::ranges::any_of(inputs, &Operand::dead)) {
        result.dead = true;
        return result;
    }
    if (std::ranges::all_of(inputs, [](const Operand& input) { return input.constant != nullptr; })) {
        const bool keeps = onlyMoves(op) && inputs.front().constant->grid && !inputs.front().constant->grid->axis;
        const std::optional<QuantParams> kept = keeps ? inputs.front().constant->grid : std::nullopt;
        result = std::holds_alternative<Identity>(op) ? inputs.front() : fold(layer, layer, std::move(op), inputs);
        if (kept && !result.constant->grid)
            result.constant = std::make_shared<Known>(result.constant->tensor, kept);
    } else {
        Node node;
        node.name = newName(layer, role);
        node.origins = earlierLayers;
        node.origins.push_back(layer);
        node.op = std::move(op);
        for (const Operand& input : inputs)
            node.inputs.push_back(m_builder.use(use(input)));
        result.name = node.name;
        const std::string name = node.name;
        m_builder.nameValue(m_builder.addNode(std::move(node), {name}, grid).front(), name);
    }
    for (const Operand& input : inputs) {
        result.channelsFirst = result.channelsFirst || input.channelsFirst;
        if (input.deferred)
            result.deferred = input.deferred;
    }
    return result;
}

Operand Network::emitOpaque(const std::string& layer, const std::string& reason, const std::vector<Operand>& inputs) {
    Node node;
    node.name = newName(layer, "");
    node.origins = {layer};
    node.op = Opaque{reason};
    for (const Operand& input : inputs)
        if (!input.dead)
            node.inputs.push_back(m_builder.use(use(input)));
    const std::string name = node.name;
    m_builder.nameValue(m_builder.addNode(std::move(node), {name}).front(), name);
    return {nullptr, name};
}

std::string Network::use(const Operand& operand) {
    if (!operand.constant)
        return operand.name;
    const auto found = m_used.find(operand.constant.get());
    if (found != m_used.end())
        return found->second.second;
    const std::string name = newName(operand.name, "");
    m_builder.addConstant(name, operand.constant->tensor, operand.constant->grid);
    m_used.emplace(operand.constant.get(), std::pair(operand.constant, name));
    return name;
}

Graph Network::finish(const std::vector<std::pair<std::string, Operand>>& outputs) {
    std::vector<std::string> values;
    for (const auto& [name, operand] : outputs)
        values.push_back(use(asInFile(operand, name)));
    Graph graph = m_builder.finish(values);
    std::unordered_map<std::string, ValueId> byName;
    for (size_t id = 0; id < graph.values().size(); ++id)
        byName.emplace(graph.values()[id].name, static_cast<ValueId>(id));
    for (size_t i = 0; i < outputs.size(); ++i) {
        const std::string& wanted = outputs[i].first;
        const auto holder = byName.find(wanted);
        if (holder != byName.end() && holder->second != graph.outputs[i])
            graph.value(holder->second).name = graph.uniqueValueName(wanted + "/nchw");
        graph.value(graph.outputs[i]).name = wanted;
    }
    return graph;
}

} // namespace halftone::tensorflow_format
