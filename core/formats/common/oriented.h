// SPDX-License-Identifier: GPL-3.0-or-later
// What readers of channels-last formats (TFLite, TensorFlow) share. The graph's layers are channels first, so a tensor
// of 4 dimensions of the file stands in the graph in one of two orders: as in the file, or with channels first. An
// Oriented tensor knows in which one. The writer turns it (by a Transpose, or by moving the elements of a constant)
// where a layer asks for the other order, once for all layers. Tensors of other ranks are always as in the file.
#pragma once

#include "core/formats/common/layer_writer.h"

#include <array>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace halftone {

enum class AxisOrder { AsInFile, ChannelsFirst };

/// Orders of dimensions as Transpose takes them.
inline constexpr std::array<int64_t, 4> kNhwcToNchw{0, 3, 1, 2}, kNchwToNhwc{0, 2, 3, 1};

/// `tensor` with dimension perm[i] as dimension i, of any element type. `perm` is an order of all dimensions.
Tensor permuted(const Tensor& tensor, std::span<const int64_t> perm);

/// A tensor of the file as it stands in the graph: computed there, or a constant.
struct Oriented {
    std::string name; // the builder's
    AxisOrder order = AxisOrder::AsInFile;

    bool isChannelsFirst() const { return order == AxisOrder::ChannelsFirst; }
    /// Where dimension `inFile`, not counted from the end, stands in the graph.
    int64_t axis(int64_t inFile) const { return isChannelsFirst() ? kNchwToNhwc[static_cast<size_t>(inFile)] : inFile; }
    std::vector<int64_t> axes(const std::vector<int64_t>& inFile) const;
    /// One entry for each dimension, in the order of the graph.
    std::vector<int64_t> dimensions(const std::vector<int64_t>& inFile) const;
    /// The grid with its scales along the same dimension.
    QuantParams grid(QuantParams inFile) const;
};

/// The same memory, whose dimensions are taken to be in the order of the file.
inline Oriented plain(Oriented x) {
    x.order = AxisOrder::AsInFile;
    return x;
}

/// An operator and what it reads. If an operand is channels first, so is the result.
struct Step {
    Op op;
    std::vector<Oriented> inputs;
};

class OrientedWriter : public LayerWriter {
public:
    using LayerWriter::LayerWriter;

    /// From now on what follows from constants alone is computed instead of written. `charge` is told each result, and
    /// throws where they become too large.
    void computeConstants(std::function<void(const Tensor&)> charge) { m_charge = std::move(charge); }

    bool isConstant(const Oriented& x) const { return builder().isConstant(x.name); }
    /// Its value, if that is known while reading; in the order of x.
    const Tensor* known(const Oriented& x) const { return builder().constant(x.name); }
    /// The shape in the file's order, where it is known.
    std::optional<Shape> shape(const Oriented& x) const;
    std::optional<size_t> rank(const Oriented& x) const;

    Oriented asInFile(const Oriented& x) { return x.isChannelsFirst() ? turned(x) : x; }
    /// Throws Error{BadInput} for a tensor that is known not to have 4 dimensions.
    Oriented channelsFirst(const Oriented& x) { return x.isChannelsFirst() ? x : turned(x); }
    /// x channels first if it was turned so before.
    Oriented atHand(const Oriented& x) const;
    /// The operands of a layer that computes element by element, with numpy's broadcasting, in one order. Those of
    /// fewer dimensions get the missing ones.
    std::vector<Oriented> aligned(std::vector<Oriented> operands);
    /// x, which is as in the file, with its dimensions in another order; constants with their grid.
    Oriented permuted(const Oriented& x, const std::vector<int64_t>& perm);

    /// Nodes as LayerWriter adds them. `grid` is that of the file's tensor.
    Oriented add(const Step& step);
    Oriented addBefore(const Step& step);
    Oriented addNamed(const Step& step, const std::string& output, const std::optional<QuantParams>& grid = {});
    /// Adds all of these operators but the last one.
    Step inRow(const std::vector<Op>& ops, Oriented x);
    Oriented constant(const std::string& base, Tensor tensor, const std::optional<QuantParams>& grid = {});
    void addOpaque(const std::string& reason, const std::vector<Oriented>& inputs,
                   const std::vector<std::string>& outputs);

    /// The graph with these outputs, as in the file and under these names.
    Graph finish(const std::vector<std::pair<std::string, Oriented>>& outputs);

private:
    enum class Place { Own, Before };
    Oriented write(const Step& step, const std::string& output, Place place, const std::optional<QuantParams>& grid);
    std::optional<Oriented> computed(const Step& step, const std::string& output, AxisOrder order);
    Oriented turned(const Oriented& x);
    Oriented broadcast(const Oriented& x);
    std::vector<ValueId> idsOf(const std::vector<Oriented>& tensors);

    std::function<void(const Tensor&)> m_charge;
    std::map<std::pair<std::string, AxisOrder>, Oriented> m_turned; // by name and order before
    std::unordered_map<std::string, std::string> m_makers;          // the layer that makes a value, by name
};

} // namespace halftone
