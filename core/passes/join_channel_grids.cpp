// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/graph/op_traits.h"
#include "core/passes/passes.h"
#include "core/passes/rewriter.h"

#include <algorithm>
#include <vector>

namespace halftone {

namespace {

constexpr size_t factorInput = 1, shiftInput = 2; // weights and bias, of a normalization too

/// Functions with f(s x) = s f(x) for s > 0, channel by channel.
bool passesFactors(const Op& op) {
    const auto* unary = std::get_if<Unary>(&op);
    return std::holds_alternative<Pool>(op) || std::holds_alternative<Identity>(op) ||
           (unary && (unary->kind == UnaryKind::Relu || unary->kind == UnaryKind::LeakyRelu));
}

/// Of a layer that can multiply each of its channels; null of others.
template <class AnyOp> auto* postOpsOfWriter(AnyOp& op) {
    return std::holds_alternative<Conv>(op) || std::holds_alternative<BatchNorm>(op) ? postOpsOf(op) : nullptr;
}

/// A clip that ends no code of any channel: its bounds can go to the ends of the grid, where the codes end anyway.
bool endsBehindCodes(const Unary& op, const QuantParams& grid) {
    if (op.kind != UnaryKind::Clip)
        return false;
    for (size_t c = 0; c < grid.scales.size(); ++c)
        if (quantize(op.alpha, grid.scales[c], grid.zeroPoint(), grid.storage) != lowestCode(grid.storage) ||
            quantize(op.beta, grid.scales[c], grid.zeroPoint(), grid.storage) != highestCode(grid.storage))
            return false;
    return true;
}

/// One zero point for all channels, and scales that fp32 can take the ratios of.
bool differsInScaleAlone(const QuantParams& grid) {
    const auto [least, largest] = std::ranges::minmax(grid.scales);
    return std::ranges::all_of(grid.zeroPoints, [&](int32_t point) { return point == grid.zeroPoint(); }) &&
           least > 0 && largest / least < 1e12F;
}

/// The tensors that a factor for each channel goes through, from the layer that can make it to those that undo it.
class Region {
public:
    Region(Rewriter& rewriter, ValueId first)
        : m_rewriter(rewriter), m_grid(*rewriter.graph().value(first).quant), m_joins(spread(first)) {}

    bool joins() const { return m_joins && m_writer != kNoNode && !m_readers.empty(); }

    /// The largest scale stays, so that no value becomes larger than it was allowed to be.
    void join() {
        const float common = *std::ranges::max_element(m_grid.scales);
        std::vector<double> factors;
        for (const float scale : m_grid.scales)
            factors.push_back(static_cast<double>(common) / scale);
        scaleRows(m_writer, factorInput, factors);
        scaleRows(m_writer, shiftInput, factors);
        moveBounds(common);
        for (const NodeId reader : m_readers) {
            const auto rows = static_cast<size_t>(weightsOf(graph().node(reader)).shape[0]);
            std::vector<double> inverse;
            for (size_t row = 0; row < rows; ++row)
                inverse.push_back(1 / factors[row / (rows / factors.size())]);
            scaleRows(reader, factorInput, inverse);
        }
        for (const ValueId value : m_values)
            if (std::optional<QuantParams>& grid = m_rewriter.edit().value(value).quant)
                grid = QuantParams{m_grid.storage, {common}, {m_grid.zeroPoint()}, std::nullopt};
    }

private:
    const Graph& graph() const { return m_rewriter.graph(); }
    const Value& weightsOf(const Node& node) const { return graph().value(node.inputs[factorInput]); }

    bool spread(ValueId value) {
        if (std::ranges::find(m_values, value) != m_values.end())
            return true;
        const std::optional<QuantParams>& grid = graph().value(value).quant;
        if (m_rewriter.isOutput(value) || (grid && *grid != m_grid))
            return false;
        m_values.push_back(value);
        const std::vector<NodeId> readers = m_rewriter.readers(value);
        return spreadBack(m_rewriter.producer(value)) &&
               std::ranges::all_of(readers, [&](NodeId reader) { return spreadOn(reader, value); });
    }

    bool spreadBack(NodeId maker) {
        if (maker == kNoNode)
            return false;
        const Node& node = graph().node(maker);
        if (passesFactors(node.op))
            return spread(node.inputs.front());
        m_writer = maker;
        return canWrite(node);
    }

    bool spreadOn(NodeId reader, ValueId value) {
        const Node& node = graph().node(reader);
        if (passesFactors(node.op))
            return spread(node.output());
        m_readers.push_back(reader);
        const auto* conv = std::get_if<Conv>(&node.op);
        return conv && std::ranges::count(node.inputs, value) == 1 && node.inputs.front() == value &&
               conv->groups == static_cast<int64_t>(m_grid.scales.size()) && canScale(node);
    }

    bool canWrite(const Node& node) const {
        const auto* postOps = postOpsOfWriter(node.op);
        const bool shifts = node.inputs.size() > shiftInput && node.inputs[shiftInput] != kNoValue;
        if (!postOps || m_grid.axis != 1 || !canScale(node) || (shifts && !isRealConstant(node.inputs[shiftInput])))
            return false;
        const bool onGrid = graph().value(node.output()).quant.has_value();
        return std::ranges::all_of(*postOps, [&](const PostOp& postOp) {
            const auto* unary = std::get_if<Unary>(&postOp);
            const bool last = &postOp == &postOps->back();
            return unary && (passesFactors(*unary) || (last && onGrid && endsBehindCodes(*unary, m_grid)));
        });
    }

    /// A constant whose scales, if it has any, can follow the output channels.
    bool canScale(const Node& node) const {
        const Value& weights = weightsOf(node);
        return weights.constant && weights.type == ElementType::F32 &&
               (!weights.quant || weights.quant->axis.value_or(0) == 0);
    }
    bool isRealConstant(ValueId value) const {
        return graph().isConstant(value) && graph().value(value).type == ElementType::F32 &&
               !graph().value(value).quant;
    }

    /// The codes of weights stay those of the file, because their scales follow.
    void scaleRows(NodeId id, size_t input, const std::vector<double>& factors) {
        const std::vector<ValueId>& inputs = graph().node(id).inputs;
        if (inputs.size() <= input || inputs[input] == kNoValue)
            return;
        const Value before = graph().value(inputs[input]);
        m_rewriter.setConstant(id, input, scaled(*before.constant, factors), before.name);
        if (!before.quant)
            return;
        QuantParams grid = *before.quant;
        if (!grid.axis) {
            grid.axis = 0;
            grid.scales.resize(factors.size(), grid.scale());
            grid.zeroPoints.resize(factors.size(), grid.zeroPoint());
        }
        for (size_t row = 0; row < factors.size(); ++row)
            grid.scales[row] = static_cast<float>(grid.scales[row] * factors[row]);
        m_rewriter.edit().value(graph().node(id).inputs[input]).quant = std::move(grid);
    }

    static Tensor scaled(const Tensor& tensor, const std::vector<double>& factors) {
        std::vector<float> values = tensor.toFloats();
        const size_t perRow = values.size() / factors.size();
        for (size_t i = 0; i < values.size(); ++i)
            values[i] = static_cast<float>(values[i] * factors[i / perRow]);
        return Tensor::fromFloats(tensor.shape, values);
    }

    void moveBounds(float common) {
        PostOps& postOps = *postOpsOfWriter(m_rewriter.edit().node(m_writer).op);
        auto* last = postOps.empty() ? nullptr : std::get_if<Unary>(&postOps.back());
        if (last && last->kind == UnaryKind::Clip)
            *last = {UnaryKind::Clip, dequantize(lowestCode(m_grid.storage), common, m_grid.zeroPoint()),
                     dequantize(highestCode(m_grid.storage), common, m_grid.zeroPoint())};
    }

    Rewriter& m_rewriter;
    const QuantParams m_grid;
    std::vector<ValueId> m_values;
    NodeId m_writer = kNoNode;
    std::vector<NodeId> m_readers;
    bool m_joins;
};

} // namespace

Graph joinChannelGrids(Graph graph) {
    Rewriter rewriter(std::move(graph));
    for (ValueId value = 0; value < static_cast<ValueId>(rewriter.graph().values().size()); ++value) {
        const std::optional<QuantParams>& grid = rewriter.graph().value(value).quant;
        if (!grid || !grid->axis || rewriter.graph().isConstant(value) || !differsInScaleAlone(*grid))
            continue;
        if (Region region(rewriter, value); region.joins())
            region.join();
    }
    return std::move(rewriter).finish();
}

} // namespace halftone
