// SPDX-License-Identifier: GPL-3.0-or-later
// What each ONNX operator means in Halftone's graph, by operator set version.
#pragma once

#include "core/formats/onnx/layer_view.h"
#include "core/graph/op.h"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace halftone::onnx_format {

/// An operator and its operands; settings that ONNX passes as inputs are part of `op`.
struct Layer {
    Op op;
    std::vector<ValueId> inputs;
    std::optional<QuantParams> grid = {}; // that the result lies on
    bool codes = false;                   // the file has the result as codes on that grid
    std::optional<Tensor> constant = {};  // the result, where it is known: no operator is needed then
    std::vector<ValueId> results = {};    // of steps that were added already, one for each output: no operator then
    bool missing = false;                 // the result is an optional without an element: the same
    std::optional<std::vector<ValueId>> list = {}; // the elements of the result that is a list of tensors: the same
};

/// Reads one layer; throws Error{BadInput} for a layer that contradicts ONNX, CannotRun for one that Halftone
/// cannot run.
using OperatorReader = Layer (*)(LayerView&);

/// The reader of an operator of the default domain or of com.microsoft, or null when Halftone does not know it.
/// Constant is not among them: it is a tensor, not a layer.
OperatorReader operatorReader(const std::string& domain, std::string_view op);

/// Of ONNX's own operators that compute element by element.
OperatorReader elementwiseReader(std::string_view op);

/// Of the operators that compute with codes, or convert to them and from them. A tensor of codes is read as the real
/// numbers that the codes mean, lying on a grid: QuantizeLinear and DequantizeLinear change nothing but the grid, and
/// QLinearConv is a Conv whose result has one. So a quantized model has the same graph as any other.
OperatorReader quantizedReader(const std::string& domain, std::string_view op);

/// Of these, those that compute on whole numbers, and those whose ranges are found at run time.
OperatorReader integerReader(const std::string& domain, std::string_view op);

/// Of the operators of com.microsoft that are several of ONNX's own in one.
OperatorReader microsoftReader(std::string_view op);

/// An If whose branches are layers of the graph: the result of one of them.
Layer readBranches(LayerView& layer);

/// Operators that compute with or convert to integers, of any domain: the model was quantized before.
bool belongsToQuantizedModel(std::string_view op);

// By family, in files of their own.
Layer readConv(LayerView& layer);
/// The convolution alone, without operands; its weights are operand `weights`.
Layer readConvWithWeights(LayerView& layer, size_t weights);
/// The pool alone.
Pool averagePool(LayerView& layer);
Layer readMaxPool(LayerView& layer);
Layer readAveragePool(LayerView& layer);
Layer readGlobalAveragePool(LayerView& layer);
Layer readGlobalMaxPool(LayerView& layer);
Layer readGlobalLpPool(LayerView& layer);
Layer readLpPool(LayerView& layer);

Layer readConvTranspose(LayerView& layer);

Layer readReshape(LayerView& layer);
Layer readFlatten(LayerView& layer);
Layer readSqueeze(LayerView& layer);
Layer readUnsqueeze(LayerView& layer);
Layer readTranspose(LayerView& layer);
Layer readConcat(LayerView& layer);
Layer readSlice(LayerView& layer);
Layer readPad(LayerView& layer);
Layer readSplit(LayerView& layer);
Layer readDepthToSpace(LayerView& layer);
Layer readSpaceToDepth(LayerView& layer);
Layer readExpand(LayerView& layer);
Layer readTile(LayerView& layer);
Layer readGather(LayerView& layer);
Layer readShape(LayerView& layer);
Layer readSize(LayerView& layer);
Layer readConstantOfShape(LayerView& layer);
Layer readRange(LayerView& layer);

Layer readResize(LayerView& layer);
Layer readUpsample(LayerView& layer);

Layer readBatchNormalization(LayerView& layer);
Layer readInstanceNormalization(LayerView& layer);
Layer readLayerNormalization(LayerView& layer);
Layer readGroupNormalization(LayerView& layer);
Layer readMeanVarianceNormalization(LayerView& layer);
Layer readLpNormalization(LayerView& layer);
Layer readLrn(LayerView& layer);
Layer readRmsNormalization(LayerView& layer);

Layer readAttention(LayerView& layer);
Layer readRotaryEmbedding(LayerView& layer);
Layer readMicrosoftAttention(LayerView& layer);
/// The same of these; `mask` and `scoreBias` are operands that may be omitted.
Layer microsoftAttention(LayerView& layer, ValueId x, ValueId weights, ValueId bias, size_t mask, size_t scoreBias);
/// com.microsoft: ids of words and segments, tables of words, positions and segments, scale, shift, which `table`
/// gives by their operand number, and a mask. `positions`: ids of positions, or kNoValue.
Layer embedLayerNormalization(LayerView& layer, const std::function<ValueId(size_t)>& table, ValueId positions);
Layer readMicrosoftRotaryEmbedding(LayerView& layer);
Layer readMultiHeadAttention(LayerView& layer);

/// With these weights, laid out as ONNX has them; the other operands are those of the layer.
template <RecurrentKind kind> Layer readRecurrentWith(LayerView& layer, ValueId weights, ValueId recurrentWeights);
/// Instantiated for all kinds.
template <RecurrentKind kind> Layer readRecurrent(LayerView& layer);
Layer readCumSum(LayerView& layer);
Layer readGatherElements(LayerView& layer);
Layer readGatherNd(LayerView& layer);
Layer readScatterElements(LayerView& layer);
Layer readScatterNd(LayerView& layer);
Layer readTopK(LayerView& layer);

Layer readGridSample(LayerView& layer);
Layer readRoiAlign(LayerView& layer);
Layer readAffineGrid(LayerView& layer);
Layer readCenterCropPad(LayerView& layer);
Layer readCol2Im(LayerView& layer);
Layer readMaxUnpool(LayerView& layer);
Layer readNonMaxSuppression(LayerView& layer);

Layer readHannWindow(LayerView& layer);
Layer readHammingWindow(LayerView& layer);
Layer readBlackmanWindow(LayerView& layer);
Layer readDft(LayerView& layer);
Layer readStft(LayerView& layer);
Layer readMelWeightMatrix(LayerView& layer);

/// Instantiated for both; else the numbers are uniform.
template <bool normal> Layer readRandom(LayerView& layer);
template <bool normal> Layer readRandomLike(LayerView& layer);
Layer readBernoulli(LayerView& layer);

Layer readNegativeLogLikelihoodLoss(LayerView& layer);
Layer readSoftmaxCrossEntropyLoss(LayerView& layer);

Layer readUnique(LayerView& layer);
Layer readTfIdfVectorizer(LayerView& layer);

/// An operand as it is: a tensor, a list of tensors, or nothing.
Layer passedOn(LayerView& layer, size_t index);
Layer readSequenceEmpty(LayerView& layer);
Layer readSequenceConstruct(LayerView& layer);
Layer readSequenceInsert(LayerView& layer);
Layer readSequenceErase(LayerView& layer);
Layer readSequenceAt(LayerView& layer);
Layer readSequenceLength(LayerView& layer);
Layer readSplitToSequence(LayerView& layer);
Layer readConcatFromSequence(LayerView& layer);
Layer readOptional(LayerView& layer);
Layer readOptionalHasElement(LayerView& layer);
Layer readOptionalGetElement(LayerView& layer);

Layer readCompress(LayerView& layer);
Layer readEinsum(LayerView& layer);
Layer readEyeLike(LayerView& layer);
Layer readHardmax(LayerView& layer);
Layer readReverseSequence(LayerView& layer);
Layer readIsInf(LayerView& layer);
Layer readIsNan(LayerView& layer);
Layer readNonZero(LayerView& layer);
Layer readOneHot(LayerView& layer);
Layer readTrilu(LayerView& layer);

} // namespace halftone::onnx_format
