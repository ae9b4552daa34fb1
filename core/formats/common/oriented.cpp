// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/common/oriented.h"

#include "core/base/checked.h"
#include "core/base/error.h"
#include "core/base/text.h"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>
#include <numeric>

namespace halftone {

namespace {

const std::array<int64_t, 4>& orderTo(AxisOrder order) {
    return order == AxisOrder::ChannelsFirst ? kNhwcToNchw : kNchwToNhwc;
}

/// Beside its first and channel dimensions it has nothing to be moved around.
bool isVector(const Shape& shape, AxisOrder order) {
    const size_t height = order == AxisOrder::ChannelsFirst ? 2 : 1;
    return shape.size() == 4 && shape[height] == 1 && shape[height + 1] == 1;
}

Tensor withLeadingOnes(const Tensor& tensor) {
    Shape shape(4 - tensor.shape.size(), 1);
    shape.insert(shape.end(), tensor.shape.begin(), tensor.shape.end());
    return Tensor::fromBytes(tensor.type, shape, tensor.bytes);
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

int64_t axisIn(AxisOrder order, int64_t axis) {
    return order == AxisOrder::AsInFile ? axis : kNchwToNhwc[static_cast<size_t>(axis)];
}

QuantParams gridIn(AxisOrder order, QuantParams grid) {
    if (grid.axis)
        grid.axis = static_cast<int>(axisIn(order, *grid.axis));
    return grid;
}

NhwcBuilder::Orders& NhwcBuilder::ordersOf(const std::string& name) {
    const auto [entry, isNew] = m_orders.try_emplace(name);
    if (isNew)
        entry->second.inFile = name; // an input or a constant
    return entry->second;
}

const NhwcBuilder::Orders* NhwcBuilder::find(const std::string& name) const {
    const auto found = m_orders.find(name);
    return found == m_orders.end() ? nullptr : &found->second;
}

AxisOrder NhwcBuilder::order(const std::string& name) const {
    const Orders* orders = find(name);
    return orders && !orders->channelsFirst.empty() ? AxisOrder::ChannelsFirst : AxisOrder::AsInFile;
}

std::optional<Shape> NhwcBuilder::shape(const std::string& name) const {
    const Orders* orders = find(name);
    if (!orders || !orders->inFile.empty()) {
        const Shape* shape = builder().shape(orders ? orders->inFile : name);
        return shape ? std::optional(*shape) : std::nullopt;
    }
    const Shape* shape = builder().shape(orders->channelsFirst);
    if (!shape || shape->size() != 4)
        return std::nullopt;
    Shape result;
    for (const int64_t dimension : kNchwToNhwc)
        result.push_back((*shape)[static_cast<size_t>(dimension)]);
    return result;
}

void NhwcBuilder::add(Op op, std::vector<ValueId> inputs, const std::string& output, AxisOrder order,
                      const std::optional<QuantParams>& grid) {
    // An output of the network keeps its name for the order that it has in the file.
    const bool otherOrder = order == AxisOrder::ChannelsFirst && m_outputs.contains(output);
    const std::string key = otherOrder ? unusedValue(output + "_nchw") : output;
    addNamed(std::move(op), std::move(inputs), {key}, grid ? std::optional(gridIn(order, *grid)) : std::nullopt);
    m_orders.insert_or_assign(output,
                              order == AxisOrder::ChannelsFirst ? Orders{"", key, layer()} : Orders{key, "", layer()});
}

void NhwcBuilder::add(Op op, std::vector<ValueId> inputs, const std::vector<std::string>& outputs) {
    addNamed(std::move(op), std::move(inputs), outputs);
    for (const std::string& output : outputs)
        m_orders.insert_or_assign(output, Orders{output, "", layer()});
}

/// Adds the value or constant `key` in the other order `to`, as `newKey`.
void NhwcBuilder::addMoved(const std::string& key, const std::string& newKey, AxisOrder to) {
    if (builder().isConstant(key)) {
        const QuantParams* grid = builder().grid(key);
        builder().addConstant(newKey, permuted(*builder().constant(key), orderTo(to)),
                              grid ? std::optional(gridIn(to, *grid)) : std::nullopt);
        return;
    }
    const bool first = to == AxisOrder::ChannelsFirst;
    Op op = Transpose{{orderTo(to).begin(), orderTo(to).end()}};
    if (const Shape* shape = builder().shape(key);
        shape && isVector(*shape, first ? AxisOrder::AsInFile : AxisOrder::ChannelsFirst))
        op = first ? Reshape{{0, (*shape)[3], 1, 1}} : Reshape{{0, 1, 1, (*shape)[1]}};
    addNamedBefore(std::move(op), {builder().use(key)}, newKey, first ? "_nchw" : "_nhwc");
}

ValueId NhwcBuilder::asInFile(const std::string& name) {
    Orders& orders = ordersOf(name);
    if (orders.inFile.empty()) {
        orders.inFile = m_outputs.contains(name) ? name : unusedValue(name + "_nhwc");
        addMoved(orders.channelsFirst, orders.inFile, AxisOrder::AsInFile);
    }
    return builder().use(orders.inFile);
}

ValueId NhwcBuilder::channelsFirst(const std::string& name) {
    if (const auto known = shape(name); known && known->size() != 4)
        throw Error(ErrorCode::BadInput,
                    fmt::format("Layer \"{}\" reads \"{}\" of shape {}, which should have 4 dimensions. The file is "
                                "damaged or was exported wrongly; export it again.",
                                layer(), displayText(name), shapeText(*known)),
                    layer());
    Orders& orders = ordersOf(name);
    if (orders.channelsFirst.empty()) {
        orders.channelsFirst = unusedValue(name + "_nchw");
        addMoved(orders.inFile, orders.channelsFirst, AxisOrder::ChannelsFirst);
    }
    return builder().use(orders.channelsFirst);
}

ValueId NhwcBuilder::broadcastChannelsFirst(const std::string& name) {
    const Shape known = shape(name).value();
    const size_t rank = known.size();
    if (rank == 4)
        return channelsFirst(name);
    if (elementCount(known) == 1)
        return asInFile(name); // fits every shape
    if (builder().isConstant(name)) {
        const QuantParams* inFile = builder().grid(name);
        std::optional<QuantParams> grid = inFile ? std::optional(*inFile) : std::nullopt;
        if (grid && grid->axis)
            grid->axis = static_cast<int>(axisIn(AxisOrder::ChannelsFirst, *grid->axis + 4 - static_cast<int>(rank)));
        return constant(name + "_nchw", permuted(withLeadingOnes(*builder().constant(name)), kNhwcToNchw), grid);
    }
    std::vector<int64_t> missing(4 - rank);
    std::iota(missing.begin(), missing.end(), 0);
    const ValueId full = addBefore(Squeeze{missing, true}, {asInFile(name)});
    return addBefore(Transpose{{kNhwcToNchw.begin(), kNhwcToNchw.end()}}, {full});
}

NhwcBuilder::Operands NhwcBuilder::elementwise(const std::vector<std::string>& names) {
    bool anyFirst = false, possible = true;
    for (const std::string& name : names) {
        const std::optional<Shape> known = shape(name);
        anyFirst = anyFirst || (order(name) == AxisOrder::ChannelsFirst && !builder().isConstant(name));
        possible = possible && known && known->size() <= 4;
    }
    Operands operands;
    operands.order = anyFirst && (possible || names.size() == 1) ? AxisOrder::ChannelsFirst : AxisOrder::AsInFile;
    for (const std::string& name : names)
        operands.values.push_back(operands.order == AxisOrder::AsInFile ? asInFile(name)
                                  : names.size() == 1                   ? channelsFirst(name)
                                                                        : broadcastChannelsFirst(name));
    return operands;
}

Graph NhwcBuilder::finish(const std::vector<std::string>& outputs) {
    std::vector<std::string> keys;
    for (const std::string& output : outputs) {
        startLayer(ordersOf(output).layer);
        asInFile(output);
        keys.push_back(ordersOf(output).inFile);
    }
    return builder().finish(keys);
}

} // namespace halftone
