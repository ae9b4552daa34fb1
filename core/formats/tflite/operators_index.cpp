// SPDX-License-Identifier: GPL-3.0-or-later
// Operators that find, mark, replace, sort or add up elements, and those that make tensors of nothing but a shape.
#include "core/formats/common/index_layers.h"
#include "core/formats/common/layers.h"
#include "core/formats/tflite/operators.h"
#include "core/graph/element.h"

#include <fmt/format.h>
#include <unordered_map>

namespace halftone::tflite_format {

namespace {

constexpr uint8_t kGather = 23, kOneHot = 61, kCumSum = 102;

ValueId asS32(LayerView& layer, ValueId positions) {
    return layer.steps().add(Cast{ElementType::S32}, {positions});
}

void readGather(LayerView& layer) {
    layer.requireInputs(2, 2);
    const auto* options = layer.optionsOrNull<schema::Gather>(kGather);
    const int64_t axis = layer.axis(0, options ? options->axis() : 0), given = options ? options->batch_dims() : 0,
                  batch = given < 0 ? given + static_cast<int64_t>(layer.rank(1)) : given;
    if (batch < 0 || batch > axis || batch > static_cast<int64_t>(layer.rank(1)))
        layer.fail(fmt::format("shares {} dimensions and looks up along dimension {}", batch, axis));
    if (batch == 0) {
        layer.result({Gather{axis}, {layer.asInFile(0), layer.asInFile(1)}});
        return;
    }
    layer.knownShape(0);
    layer.knownShape(1);
    layer.valueResult(gather(layer.steps(), layer.value(0), layer.value(1), axis, batch));
}

void readGatherNd(LayerView& layer) {
    layer.requireInputs(2, 2);
    layer.result({GatherNd{0}, {layer.asInFile(0), layer.asInFile(1)}});
}

/// Rows of a table; the table is the second operand.
void readEmbeddingLookup(LayerView& layer) {
    layer.requireInputs(2, 2);
    layer.result({Gather{0}, {layer.asInFile(1), layer.asInFile(0)}});
}

std::vector<int64_t> shapeAt(LayerView& layer, size_t index) {
    std::vector<int64_t> shape = layer.integers(index, "a shape");
    for (const int64_t dim : shape)
        if (dim < 0)
            layer.fail(fmt::format("has a shape with the dimension {}", dim));
    return shape;
}

Oriented zero(LayerView& layer, ElementType type) {
    constexpr double value = 0;
    return layer.writer().constant(layer.output() + "_zero", tensorFromDoubles(type, {}, std::span(&value, 1)));
}

/// Zeros with what the indices name; what is named twice is the sum.
void readScatterNd(LayerView& layer) {
    layer.requireInputs(3, 3);
    const std::optional<ElementType> type = layer.inputInfo(1).type;
    if (!type)
        layer.cannotRun("of type " + typeName(layer.inputInfo(1).typeCode));
    const bool quantized = layer.inputInfo(1).scales.has_value();
    const std::vector<int64_t> shape = shapeAt(layer, 2);
    const Oriented zeros = layer.writer().add({Expand{shape}, {zero(layer, quantized ? ElementType::F32 : *type)}});
    layer.result({ScatterNd{ScatterMode::Add}, {zeros, layer.asInFile(0), layer.asInFile(1)}});
}

void readOneHot(LayerView& layer) {
    layer.requireInputs(4, 4);
    constexpr int64_t kMost = 1 << 24;
    const std::vector<int64_t> depths = layer.integers(1, "a depth");
    if (depths.size() != 1 || depths[0] < 1 || depths[0] > kMost)
        layer.fail("has an impossible depth");
    const size_t rank = layer.knownShape(0).size() + 1;
    const auto* options = layer.optionsOrNull<schema::OneHot>(kOneHot);
    const int64_t axis = layer.axisOf(options ? options->axis() : -1, rank);
    layer.valueResult(oneHot(layer.steps(), layer.value(0), depths[0], axis, layer.value(2), layer.value(3), false));
}

void readCumSum(LayerView& layer) {
    layer.requireInputs(2, 2);
    const std::vector<int64_t> axes = layer.integers(1, "a dimension");
    if (axes.size() != 1)
        layer.fail("adds up along more than one dimension");
    const auto* options = layer.optionsOrNull<schema::CumSum>(kCumSum);
    layer.result({CumSum{layer.axis(0, axes.front()), options && options->exclusive(), options && options->reverse()},
                  {layer.asInFile(0)}});
}

/// The largest values along the last dimension, and where they stand.
void readTopK(LayerView& layer) {
    layer.requireInputs(2, 2);
    const std::vector<int64_t> count = layer.integers(1, "a number of values");
    if (count.size() != 1)
        layer.fail("takes more than one number of values");
    const std::vector<ValueId> results =
        layer.steps().addSeveral(TopValues{-1, count.front(), true}, {layer.value(0)}, 2);
    layer.valueResult(results[0]);
    if (layer.outputCount() > 1)
        layer.valueResult(asS32(layer, results[1]), 1);
}

/// With one operand: the positions [count, rank] of what is true.
void readWhere(LayerView& layer) {
    layer.requireInputs(1, 1);
    const Tensor& x = layer.setting(0, "conditions");
    const Tensor inFile = layer.input(0).isChannelsFirst() ? permuted(x, kNchwToNhwc) : x;
    constexpr int64_t swapped[]{1, 0};
    layer.constantResult(permuted(nonZeroPositions(inFile), swapped), {});
}

void readRange(LayerView& layer) {
    layer.requireInputs(3, 3);
    const Tensor& start = layer.setting(0, "a start");
    std::optional<Tensor> numbers =
        numbersBetween(layer.realIn(start, "a start"), layer.realIn(layer.setting(1, "an end"), "an end"),
                       layer.realIn(layer.setting(2, "a step"), "a step"), start.type);
    if (!numbers)
        layer.fail("makes an impossible list of numbers");
    layer.constantResult(*numbers, {});
}

/// A shape, one number.
void readFill(LayerView& layer) {
    layer.requireInputs(2, 2);
    layer.result({Expand{shapeAt(layer, 0)}, {layer.asInFile(1)}});
}

void readZerosLike(LayerView& layer) {
    layer.requireInputs(1, 1);
    const ElementType type = layer.steps().builder().type(layer.value(0));
    layer.result({Expand{layer.knownShape(0)}, {zero(layer, type)}});
}

void readRank(LayerView& layer) {
    layer.requireInputs(1, 1);
    const auto rank = static_cast<double>(layer.knownShape(0).size());
    layer.constantResult(tensorFromDoubles(ElementType::S32, {}, std::span(&rank, 1)), {});
}

void readReverse(LayerView& layer) {
    layer.requireInputs(2, 2);
    std::vector<int64_t> axes;
    for (const int64_t axis : layer.integers(1, "dimensions"))
        axes.push_back(layer.axis(0, axis));
    layer.result({reversed(axes), {layer.asInFile(0)}});
}

/// All are true where the smallest is, and one is where the largest is.
template <ReduceKind kind> void readReduceTruths(LayerView& layer) {
    layer.requireInputs(2, 2);
    const auto* options = layer.optionsOrNull<schema::Reducer>(kReducer);
    std::vector<int64_t> axes;
    for (const int64_t axis : layer.integers(1, "dimensions"))
        axes.push_back(layer.axis(0, axis));
    if (axes.empty()) {
        layer.result({Identity{}, {layer.asInFile(0)}});
        return;
    }
    const Reduce op{kind, axes, options && options->keep_dims()};
    const Step best = layer.writer().inRow({Cast{ElementType::F32}, op, Cast{ElementType::Bool}}, layer.asInFile(0));
    layer.result(best);
}

} // namespace

OperatorReader indexReader(std::string_view name) {
    static const std::unordered_map<std::string_view, OperatorReader> readers = {
        {"CUMSUM", readCumSum},
        {"EMBEDDING_LOOKUP", readEmbeddingLookup},
        {"FILL", readFill},
        {"GATHER", readGather},
        {"GATHER_ND", readGatherNd},
        {"ONE_HOT", readOneHot},
        {"RANGE", readRange},
        {"RANK", readRank},
        {"REDUCE_ALL", readReduceTruths<ReduceKind::Min>},
        {"REDUCE_ANY", readReduceTruths<ReduceKind::Max>},
        {"REVERSE_V2", readReverse},
        {"SCATTER_ND", readScatterNd},
        {"TOPK_V2", readTopK},
        {"WHERE", readWhere},
        {"ZEROS_LIKE", readZerosLike},
    };
    const auto found = readers.find(name);
    return found == readers.end() ? nullptr : found->second;
}

} // namespace halftone::tflite_format
