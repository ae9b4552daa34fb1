// SPDX-License-Identifier: GPL-3.0-or-later
// What readers of channels-last formats (TFLite, TensorFlow) share. The graph's layers are channels first, so a tensor
// of 4 dimensions of the file may stand in the graph in one of two orders, or in both: as in the file, or with channels
// first. This keeps which orders there are, adds the other one (a Transpose, or a constant with its elements moved)
// where a layer asks for it, and knows how axes and operands follow. Tensors of other ranks are always as in the file.
#pragma once

#include "core/formats/common/layer_writer.h"

#include <array>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace halftone {

enum class AxisOrder { AsInFile, ChannelsFirst };

/// Orders of dimensions as Transpose takes them.
inline constexpr std::array<int64_t, 4> kNhwcToNchw{0, 3, 1, 2}, kNchwToNhwc{0, 2, 3, 1};

/// `tensor` with dimension perm[i] as dimension i, of any element type. `perm` is an order of all dimensions.
Tensor permuted(const Tensor& tensor, std::span<const int64_t> perm);

/// Where dimension `axis` (0 to 3) of a tensor of 4 dimensions is in this order.
int64_t axisIn(AxisOrder order, int64_t axis);

/// One entry for each of 4 dimensions, in the order of this order.
template <class T> std::vector<T> dimensionsIn(AxisOrder order, const std::vector<T>& inFile) {
    if (order == AxisOrder::AsInFile)
        return inFile;
    std::vector<T> result;
    for (const int64_t dimension : kNhwcToNchw)
        result.push_back(inFile[static_cast<size_t>(dimension)]);
    return result;
}

/// The grid of a tensor of 4 dimensions in this order, its scales along the same dimension.
QuantParams gridIn(AxisOrder order, QuantParams grid);

class NhwcBuilder : public LayerWriter {
public:
    using LayerWriter::LayerWriter;

    /// An output of the network; all of them before the first layer.
    void markOutput(const std::string& name) { m_outputs.insert(name); }

    /// The order in which a value is at hand: ChannelsFirst where it is in both.
    AxisOrder order(const std::string& name) const;
    /// The shape in the file's order, where it is known.
    std::optional<Shape> shape(const std::string& name) const;

    ValueId asInFile(const std::string& name);
    /// Throws Error{BadInput} for a tensor that is known not to have 4 dimensions.
    ValueId channelsFirst(const std::string& name);
    ValueId in(AxisOrder order, const std::string& name) {
        return order == AxisOrder::ChannelsFirst ? channelsFirst(name) : asInFile(name);
    }

    /// The operands of a layer that computes element by element, with numpy's broadcasting, in one order: that of the
    /// result. Operands of fewer dimensions get the missing ones.
    struct Operands {
        std::vector<ValueId> values;
        AxisOrder order = AxisOrder::AsInFile;
    };
    Operands elementwise(const std::vector<std::string>& names);

    using LayerWriter::add;
    /// The node that makes value `output` of the file, in this order. `grid` is that of the file's tensor.
    void add(Op op, std::vector<ValueId> inputs, const std::string& output, AxisOrder order = AxisOrder::AsInFile,
             const std::optional<QuantParams>& grid = {});
    /// The same for a node with several outputs, all as in the file.
    void add(Op op, std::vector<ValueId> inputs, const std::vector<std::string>& outputs);
    /// The graph with these outputs, as in the file.
    Graph finish(const std::vector<std::string>& outputs);

private:
    struct Orders {
        std::string inFile, channelsFirst; // names in the builder; empty: not at hand
        std::string layer;                 // that makes it
    };
    Orders& ordersOf(const std::string& name);
    const Orders* find(const std::string& name) const;
    void addMoved(const std::string& key, const std::string& newKey, AxisOrder to);
    ValueId broadcastChannelsFirst(const std::string& name);

    std::set<std::string> m_outputs;
    std::unordered_map<std::string, Orders> m_orders;
};

} // namespace halftone
