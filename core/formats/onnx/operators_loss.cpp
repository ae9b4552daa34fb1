// SPDX-License-Identifier: GPL-3.0-or-later
// Losses, which some exports keep behind the network: by the functions that ONNX defines them by.
#include "core/formats/onnx/operators.h"

#include <fmt/format.h>

namespace halftone::onnx_format {

namespace {

/// Of log probabilities [N,C,...] and targets [N,...], operand 1; operand 2 are weights [C].
ValueId negativeLogLikelihood(LayerView& layer, ValueId logs) {
    const ElementType type = layer.builder().type(logs);
    const std::string reduction = layer.text("reduction", "mean");
    if (reduction != "mean" && reduction != "sum" && reduction != "none")
        layer.fail("has a reduction that ONNX does not know");
    ValueId target = layer.input(1), counts = kNoValue; // 1 where a target counts
    if (layer.has("ignore_index")) {
        const ElementType whole = layer.type(1);
        const auto ignored = static_cast<double>(layer.integer("ignore_index"));
        const ValueId left = layer.binary(BinaryKind::Equal, target, layer.number(ignored, whole));
        target = layer.step(Where{}, {left, layer.number(0, whole), target});
        counts = layer.step(Cast{type}, {layer.step(Unary{UnaryKind::Not}, {left})});
    }
    const ValueId positions = layer.step(Squeeze{{1}, true}, {target});
    const ValueId picked = layer.step(Squeeze{{1}}, {layer.step(GatherElements{1}, {logs, positions})});
    ValueId loss = layer.step(Unary{UnaryKind::Neg}, {picked}), weights = counts;
    if (layer.hasInput(2)) {
        weights = layer.step(Gather{0}, {layer.input(2), target});
        if (counts != kNoValue)
            weights = layer.binary(BinaryKind::Mul, weights, counts);
    }
    if (weights != kNoValue)
        loss = layer.binary(BinaryKind::Mul, loss, weights);
    if (reduction == "none")
        return loss;
    if (reduction == "mean" && weights == kNoValue)
        return layer.step(Reduce{ReduceKind::Mean, {}, false}, {loss});
    const ValueId sum = layer.step(Reduce{ReduceKind::Sum, {}, false}, {loss});
    if (reduction == "sum")
        return sum;
    return layer.binary(BinaryKind::Div, sum, layer.step(Reduce{ReduceKind::Sum, {}, false}, {weights}));
}

void requireClasses(LayerView& layer) {
    layer.requireInputs(2, 3);
    if (layer.knownShape(0).size() < 2 || layer.knownShape(1).size() + 1 != layer.knownShape(0).size())
        layer.fail(fmt::format("has {} dimensions of classes and {} of targets", layer.knownShape(0).size(),
                               layer.knownShape(1).size()));
}

} // namespace

Layer readNegativeLogLikelihoodLoss(LayerView& layer) {
    requireClasses(layer);
    return {.results = {negativeLogLikelihood(layer, layer.input(0))}};
}

Layer readSoftmaxCrossEntropyLoss(LayerView& layer) {
    requireClasses(layer);
    const ValueId logs = layer.step(Softmax{1, false, true}, {layer.input(0)});
    const ValueId loss = negativeLogLikelihood(layer, logs);
    return {.results = layer.outputCount() > 1 ? std::vector<ValueId>{loss, logs} : std::vector<ValueId>{loss}};
}

} // namespace halftone::onnx_format
