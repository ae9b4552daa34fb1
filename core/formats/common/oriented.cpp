// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/common/oriented.h"

#include "core/base/checked.h"
#include "core/base/error.h"
#include "core/base/text.h"
#include "core/graph/evaluate.h"
#include "core/graph/op_traits.h"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>
#include <numeric>

namespace halftone {

namespace {

/// Beside its first and channel dimensions it has nothing to be moved around.
bool isVector(const std::optional<Shape>& inFile) {
    return inFile && inFile->size() == 4 && (*inFile)[1] == 1 && (*inFile)[2] == 1;
}

std::optional<QuantParams> permutedGrid(const QuantParams* grid, std::span<const int64_t> perm) {
    if (!grid)
        return std::nullopt;
    QuantParams result = *grid;
    if (grid->axis)
        result.axis = static_cast<int>(std::ranges::find(perm, *grid->axis) - perm.begin());
    return result;
}

} // namespace

Tensor permuted(const Tensor& tensor, std::span<const int64_t> perm) {
    const size_t rank = tensor.shape.size();
    Shape shape(rank);
    std::vector<size_t> strides(rank), inputStrides(rank, 1);
    for (size_t i = rank; i-- > 1;)
        inputStrides[i - 1] = inputStrides[i] * static_cast<size_t>(tensor.shape[i]);
    for (size_t i = 0; i < rank; ++i) {
        shape[i] = tensor.shape[static_cast<size_t>(perm[i])];
        strides[i] = inputStrides[static_cast<size_t>(perm[i])];
    }
    const size_t size = sizeOf(tensor.type), count = tensor.bytes.size() / size;
    std::vector<std::byte> bytes(tensor.bytes.size());
    std::vector<int64_t> at(rank, 0);
    size_t from = 0;
    for (size_t i = 0; i < count; ++i) {
        std::memcpy(bytes.data() + i * size, tensor.bytes.data() + from * size, size);
        for (size_t axis = rank; axis-- > 0;) {
            from += strides[axis];
            if (++at[axis] < shape[axis])
                break;
            from -= strides[axis] * static_cast<size_t>(shape[axis]);
            at[axis] = 0;
        }
    }
    return Tensor::fromBytes(tensor.type, std::move(shape), std::move(bytes));
}

std::vector<int64_t> Oriented::axes(const std::vector<int64_t>& inFile) const {
    std::vector<int64_t> result;
    for (const int64_t each : inFile)
        result.push_back(axis(each));
    return result;
}

std::vector<int64_t> Oriented::dimensions(const std::vector<int64_t>& inFile) const {
    std::vector<int64_t> result(inFile.size());
    for (size_t i = 0; i < inFile.size(); ++i)
        result[static_cast<size_t>(axis(static_cast<int64_t>(i)))] = inFile[i];
    return result;
}

QuantParams Oriented::grid(QuantParams inFile) const {
    if (inFile.axis)
        inFile.axis = static_cast<int>(axis(*inFile.axis));
    return inFile;
}

std::optional<Shape> OrientedWriter::shape(const Oriented& x) const {
    const Shape* known = builder().shape(x.name);
    if (!known || (x.isChannelsFirst() && known->size() != 4))
        return std::nullopt;
    Shape result;
    for (size_t i = 0; i < known->size(); ++i)
        result.push_back((*known)[static_cast<size_t>(x.axis(static_cast<int64_t>(i)))]);
    return result;
}

std::optional<size_t> OrientedWriter::rank(const Oriented& x) const {
    if (x.isChannelsFirst())
        return 4;
    const Shape* known = builder().shape(x.name);
    return known ? std::optional(known->size()) : std::nullopt;
}

Oriented OrientedWriter::turned(const Oriented& x) {
    if (const auto known = m_turned.find({x.name, x.order}); known != m_turned.end())
        return known->second;
    const bool toFirst = !x.isChannelsFirst();
    const std::optional<Shape> shape = this->shape(x);
    if (shape && shape->size() != 4)
        throw Error(ErrorCode::BadInput,
                    fmt::format("Layer \"{}\" reads \"{}\" of shape {}, which should have 4 dimensions. The file is "
                                "damaged or was exported wrongly; export it again.",
                                layer(), displayText(x.name), shapeText(*shape)),
                    layer());
    const std::string suffix = toFirst ? "_nchw" : "_nhwc";
    const auto& perm = toFirst ? kNhwcToNchw : kNchwToNhwc;
    const Oriented result{unusedValue(x.name + suffix), toFirst ? AxisOrder::ChannelsFirst : AxisOrder::AsInFile};
    if (isConstant(x)) {
        builder().addConstant(result.name, halftone::permuted(*known(x), perm),
                              permutedGrid(builder().grid(x.name), perm));
    } else {
        Op op = Transpose{{perm.begin(), perm.end()}};
        if (isVector(shape)) // nothing moves
            op = toFirst ? Reshape{{0, (*shape)[3], 1, 1}} : Reshape{{0, 1, 1, (*shape)[3]}};
        addNamedBefore(std::move(op), idsOf({x}), result.name, suffix);
        m_makers.emplace(result.name, layer());
    }
    m_turned.emplace(std::pair(x.name, x.order), result);
    m_turned.emplace(std::pair(result.name, result.order), x);
    return result;
}

Oriented OrientedWriter::atHand(const Oriented& x) const {
    const auto known = m_turned.find({x.name, AxisOrder::AsInFile});
    return x.isChannelsFirst() || isConstant(x) || known == m_turned.end() ? x : known->second;
}

/// x, of at most 4 dimensions, as it must be to meet tensors that are channels first.
Oriented OrientedWriter::broadcast(const Oriented& x) {
    const size_t rank = this->rank(x).value();
    if (rank == 4)
        return channelsFirst(x);
    const Shape inFile = shape(x).value();
    if (elementCount(inFile) == 1)
        return x; // fits every shape
    if (isConstant(x)) {
        std::optional<QuantParams> grid;
        if (const QuantParams* inFewer = builder().grid(x.name)) {
            grid = *inFewer;
            if (grid->axis)
                *grid->axis += static_cast<int>(4 - rank);
        }
        Shape full(4 - rank, 1);
        full.insert(full.end(), inFile.begin(), inFile.end());
        const Tensor& tensor = *known(x);
        return channelsFirst(constant(x.name, Tensor::fromBytes(tensor.type, full, tensor.bytes), grid));
    }
    std::vector<int64_t> missing(4 - rank);
    std::iota(missing.begin(), missing.end(), 0);
    return channelsFirst(addBefore({Squeeze{missing, true}, {x}}));
}

std::vector<Oriented> OrientedWriter::aligned(std::vector<Oriented> operands) {
    if (operands.size() == 1 || std::ranges::none_of(operands, &Oriented::isChannelsFirst))
        return operands;
    const bool canTurn = std::ranges::all_of(operands, [&](const Oriented& x) { return rank(x).value_or(5) <= 4; });
    for (Oriented& x : operands)
        x = canTurn ? broadcast(x) : asInFile(x);
    return operands;
}

Oriented OrientedWriter::permuted(const Oriented& x, const std::vector<int64_t>& perm) {
    if (!isConstant(x))
        return addBefore({Transpose{perm}, {x}});
    const Tensor& tensor = *known(x);
    if (perm.size() != tensor.shape.size())
        throw Error(ErrorCode::Internal, "A constant has other dimensions than expected. Please report this.");
    return constant(x.name, halftone::permuted(tensor, perm), permutedGrid(builder().grid(x.name), perm));
}

Oriented OrientedWriter::add(const Step& step) {
    return write(step, unusedValue(layer() + "_" + opName(step.op)), Place::Own, {});
}

Oriented OrientedWriter::addBefore(const Step& step) {
    return write(step, unusedValue(layer() + "_" + opName(step.op)), Place::Before, {});
}

Oriented OrientedWriter::addNamed(const Step& step, const std::string& output, const std::optional<QuantParams>& grid) {
    return write(step, output, Place::Own, grid);
}

Oriented OrientedWriter::write(const Step& step, const std::string& output, Place place,
                               const std::optional<QuantParams>& grid) {
    const bool first = std::ranges::any_of(step.inputs, &Oriented::isChannelsFirst);
    Oriented result{output, first ? AxisOrder::ChannelsFirst : AxisOrder::AsInFile};
    if (m_charge && !grid)
        if (const auto known = computed(step, output, result.order))
            return *known;
    if (place == Place::Own)
        LayerWriter::addNamed(step.op, idsOf(step.inputs), {output},
                              grid ? std::optional(result.grid(*grid)) : std::nullopt);
    else
        addNamedBefore(step.op, idsOf(step.inputs), output, "_" + opName(step.op));
    m_makers.emplace(output, layer());
    return result;
}

/// The result of a step that reads constants alone.
std::optional<Oriented> OrientedWriter::computed(const Step& step, const std::string& output, AxisOrder order) {
    if (!std::ranges::all_of(step.inputs, [&](const Oriented& x) { return isConstant(x); }))
        return std::nullopt;
    if (std::holds_alternative<Identity>(step.op))
        return step.inputs.front();
    Graph graph;
    Node node;
    node.name = layer();
    node.op = step.op;
    std::vector<std::optional<Tensor>> operands;
    for (const Oriented& x : step.inputs) {
        node.inputs.push_back(graph.addConstant(x.name, *known(x)));
        operands.emplace_back(*known(x));
    }
    Tensor tensor = evaluate(graph, node, operands).front();
    m_charge(tensor);
    const QuantParams* grid = builder().grid(step.inputs.front().name);
    builder().addConstant(output, std::move(tensor),
                          onlyMoves(step.op) && grid && !grid->axis ? std::optional(*grid) : std::nullopt);
    return Oriented{output, order};
}

Step OrientedWriter::inRow(const std::vector<Op>& ops, Oriented x) {
    for (size_t i = 0; i + 1 < ops.size(); ++i)
        x = addBefore({ops[i], {x}});
    return {ops.back(), {x}};
}

Oriented OrientedWriter::constant(const std::string& base, Tensor tensor, const std::optional<QuantParams>& grid) {
    const std::string name = unusedValue(base);
    builder().addConstant(name, std::move(tensor), grid);
    return {name};
}

void OrientedWriter::addOpaque(const std::string& reason, const std::vector<Oriented>& inputs,
                               const std::vector<std::string>& outputs) {
    LayerWriter::addNamed(Opaque{reason}, idsOf(inputs), outputs);
    for (const std::string& output : outputs)
        m_makers.emplace(output, layer());
}

std::vector<ValueId> OrientedWriter::idsOf(const std::vector<Oriented>& tensors) {
    std::vector<ValueId> ids;
    for (const Oriented& x : tensors)
        ids.push_back(builder().use(x.name));
    return ids;
}

Graph OrientedWriter::finish(const std::vector<std::pair<std::string, Oriented>>& outputs) {
    std::vector<std::string> names;
    for (const auto& [name, x] : outputs) {
        startLayer(m_makers[x.name]);
        names.push_back(asInFile(x).name);
    }
    Graph graph = builder().finish(names);
    // An output keeps its name for the order that it has in the file.
    std::unordered_map<std::string, ValueId> byName;
    for (size_t id = 0; id < graph.values().size(); ++id)
        byName.emplace(graph.values()[id].name, static_cast<ValueId>(id));
    for (size_t i = 0; i < outputs.size(); ++i) {
        const std::string wanted = displayText(outputs[i].first);
        const auto holder = byName.find(wanted);
        if (holder != byName.end() && holder->second != graph.outputs[i])
            graph.value(holder->second).name = graph.uniqueValueName(wanted + "_nchw");
        graph.value(graph.outputs[i]).name = wanted;
    }
    return graph;
}

} // namespace halftone
