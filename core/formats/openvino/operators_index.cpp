// SPDX-License-Identifier: GPL-3.0-or-later
// Operators that find, mark, replace or sort elements by their positions, and sums over named dimensions.
#include "core/base/text.h"
#include "core/formats/common/einsum.h"
#include "core/formats/common/index_layers.h"
#include "core/formats/openvino/operators.h"
#include "core/graph/element.h"

#include <algorithm>
#include <fmt/format.h>
#include <unordered_map>

namespace halftone::openvino_format {

namespace {

/// Whole numbers in the type that the file wants.
ValueId positionsAs(LayerView& layer, ValueId positions, const char* attribute, const char* usual) {
    const std::string text = layer.text(attribute, usual);
    if (text != "i32" && text != "i64")
        layer.cannotRun("with positions of type " + displayText(text, 32));
    return text == "i64" ? positions : layer.writer().add(Cast{ElementType::S32}, {positions});
}

/// A dimension that is an operand.
int64_t axisAt(LayerView& layer, size_t index, size_t rank) {
    return layer.axisOf(layer.singleSetting(index, "a dimension"), rank);
}

void readGather(LayerView& layer) {
    layer.requireInputs(3, 3);
    const int64_t axis = axisAt(layer, 2, layer.rank(0)), given = layer.integer("batch_dims", 0),
                  batch = given < 0 ? given + static_cast<int64_t>(layer.rank(1)) : given;
    if (batch < 0 || batch > axis || batch > static_cast<int64_t>(layer.rank(1)))
        layer.fail(fmt::format("shares {} dimensions and looks up along dimension {}", batch, axis));
    if (batch == 0)
        layer.result(Gather{axis}, {layer.input(0), layer.input(1)});
    else
        layer.results({gather(layer.writer(), layer.input(0), layer.input(1), axis, batch)});
}

void readGatherElements(LayerView& layer) {
    layer.requireInputs(2, 2);
    layer.result(GatherElements{layer.integer("axis")}, layer.allInputs());
}

/// Before operator set 8 the shared dimensions of the result are one.
void readGatherNd(LayerView& layer) {
    layer.requireInputs(2, 2);
    const int64_t batch = layer.integer("batch_dims", 0);
    if (batch < 0 || static_cast<size_t>(batch) >= layer.rank(1) || static_cast<size_t>(batch) > layer.rank(0))
        layer.fail(fmt::format("shares {} dimensions", batch));
    if (layer.opset() != "opset5" || batch < 2) {
        layer.result(GatherNd{batch}, layer.allInputs());
        return;
    }
    const ValueId found = layer.writer().add(GatherNd{batch}, layer.allInputs());
    Shape shape = layer.known(layer.writer().builder().shape(found));
    const auto behind = shape.begin() + batch;
    Shape target{-1};
    target.insert(target.end(), behind, shape.end());
    layer.result(Reshape{target, true}, {found});
}

ScatterMode scatterMode(LayerView& layer) {
    static const std::unordered_map<std::string, ScatterMode> modes = {{"none", ScatterMode::Replace},
                                                                       {"sum", ScatterMode::Add},
                                                                       {"prod", ScatterMode::Mul},
                                                                       {"min", ScatterMode::Min},
                                                                       {"max", ScatterMode::Max}};
    const std::string reduction = layer.text("reduction", "none");
    const auto found = modes.find(reduction);
    if (found == modes.end())
        layer.cannotRun("with the reduction " + displayText(reduction, 32));
    if (!layer.flag("use_init_val", true) && found->second != ScatterMode::Replace)
        layer.cannotRun("that leaves out the values that it replaces");
    return found->second;
}

/// data, indices, updates, axis.
void readScatterUpdate(LayerView& layer) {
    layer.requireInputs(4, 4);
    const int64_t axis = axisAt(layer, 3, layer.rank(0));
    if (layer.rank(2) + 1 != layer.rank(0) + layer.rank(1))
        layer.fail(fmt::format("has updates of {} dimensions for indices of {}", layer.rank(2), layer.rank(1)));
    layer.results({scatterAlong(layer.writer(), layer.input(0), layer.input(1), layer.input(2), axis)});
}

void readScatterElements(LayerView& layer) {
    layer.requireInputs(4, 4);
    const int64_t axis = axisAt(layer, 3, layer.rank(0));
    layer.result(ScatterElements{axis, scatterMode(layer)}, {layer.input(0), layer.input(1), layer.input(2)});
}

void readScatterNd(LayerView& layer) {
    layer.requireInputs(3, 3);
    layer.result(ScatterNd{scatterMode(layer)}, layer.allInputs());
}

void readNonZero(LayerView& layer) {
    layer.requireInputs(1, 1);
    const Tensor positions = nonZeroPositions(layer.setting(0, "values"));
    const bool wide = layer.text("output_type", "i64") == "i64";
    layer.constantResult(wide ? positions : castTensor(positions, ElementType::S32));
}

/// positions, depth, the values where it is and elsewhere.
void readOneHot(LayerView& layer) {
    layer.requireInputs(4, 4);
    constexpr int64_t kMost = 1 << 24;
    const int64_t depth = layer.singleSetting(1, "a depth");
    if (depth < 1 || depth > kMost)
        layer.fail("has an impossible depth");
    const int64_t axis = layer.axisOf(layer.integer("axis", -1), layer.rank(0) + 1);
    const bool fromEnd = layer.text("negative_indices_mode", "ignore_negative") == "normalize";
    layer.results({oneHot(layer.writer(), layer.input(0), depth, axis, layer.input(2), layer.input(3), fromEnd)});
}

void readCumSum(LayerView& layer) {
    layer.requireInputs(1, 2);
    const int64_t axis = layer.inputCount() > 1 ? axisAt(layer, 1, layer.rank(0)) : 0;
    const bool exclusive = layer.flag("exclusive", false);
    layer.result(CumSum{axis, exclusive, layer.flag("reverse", false)}, {layer.input(0)});
}

/// The largest or smallest values along one dimension, the best one first, and where they stand.
void readTopK(LayerView& layer) {
    layer.requireInputs(2, 2);
    TopValues op;
    op.count = layer.singleSetting(1, "a number of values");
    op.axis = layer.axisOf(layer.integer("axis"), layer.rank(0));
    const std::string mode = layer.text("mode");
    if (mode != "max" && mode != "min")
        layer.fail("has a mode that OpenVINO does not know");
    op.largest = mode == "max";
    if (op.count > 1 && layer.text("sort", "value") == "index")
        layer.cannotRun("with values in the order of their positions");
    std::vector<ValueId> results = layer.writer().addSeveral(op, {layer.input(0)}, 2);
    results[1] = positionsAs(layer, results[1], "index_element_type", "i32");
    results.resize(std::min<size_t>(2, layer.outputCount()));
    layer.results(results);
}

void readReverse(LayerView& layer) {
    layer.requireInputs(2, 2);
    std::vector<int64_t> axes;
    if (layer.text("mode", "index") == "mask") {
        const std::vector<int64_t> mask = layer.integerSetting(1, "dimensions");
        for (size_t i = 0; i < mask.size(); ++i)
            if (mask[i] != 0)
                axes.push_back(static_cast<int64_t>(i));
    } else {
        axes = layer.integerSetting(1, "dimensions");
    }
    layer.result(reversed(axes), {layer.input(0)});
}

void readEinsum(LayerView& layer) {
    const std::string text = layer.text("equation");
    const auto equation = parseEinsum(text);
    if (!equation)
        layer.cannotRun("with the equation " + displayText(text, 64));
    if (equation->operands.size() != layer.inputCount())
        layer.fail(fmt::format("has {} inputs and an equation of {}", layer.inputCount(), equation->operands.size()));
    layer.results({einsum(layer.writer(), *equation, layer.allInputs())});
}

} // namespace

OperatorReader indexReader(std::string_view type) {
    static const std::unordered_map<std::string_view, OperatorReader> readers = {
        {"CumSum", readCumSum},
        {"Einsum", readEinsum},
        {"Gather", readGather},
        {"GatherElements", readGatherElements},
        {"GatherND", readGatherNd},
        {"NonZero", readNonZero},
        {"OneHot", readOneHot},
        {"Reverse", readReverse},
        {"ScatterElementsUpdate", readScatterElements},
        {"ScatterNDUpdate", readScatterNd},
        {"ScatterUpdate", readScatterUpdate},
        {"TopK", readTopK},
    };
    const auto found = readers.find(type);
    return found == readers.end() ? nullptr : found->second;
}

} // namespace halftone::openvino_format
