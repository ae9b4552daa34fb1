// SPDX-License-Identifier: GPL-3.0-or-later
// Transforms that take normalizations into the weights of the layer before them.
#include "core/formats/tensorflow/tensors.h"
#include "core/formats/tensorflow/transforms/graph_editor.h"
#include "core/formats/tensorflow/transforms/transforms.h"

#include "core/base/error.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace halftone::tensorflow_format {

namespace {

bool isConvolution(const graphdef::NodeDef& node) {
    return node.op() == "Conv2D" || node.op() == "DepthwiseConv2dNative";
}

/// Results of a layer with these weights: [H,W,C,M] of a depthwise convolution gives C*M, all others the last
/// dimension.
int64_t channelsOf(const graphdef::NodeDef& layer, const Tensor& weights) {
    if (weights.shape.empty())
        return 0;
    const bool depthwise = layer.op() == "DepthwiseConv2dNative" && weights.shape.size() == 4;
    return depthwise ? weights.shape[2] * weights.shape[3] : weights.shape.back();
}

/// weights * scale along the results of the layer.
Tensor scaled(const Tensor& weights, std::span<const float> scale) {
    std::vector<float> values = weights.toFloats();
    for (size_t i = 0; i < values.size(); ++i)
        values[i] *= scale[i % scale.size()];
    return Tensor::fromFloats(weights.shape, values);
}

void setWeights(graphdef::NodeDef& node, const Tensor& tensor) {
    setTensor(*attributeFor(node, "value").mutable_tensor(), tensor, graphdef::DT_FLOAT);
}

Error unfitting(const graphdef::NodeDef& node, const std::string& what, int64_t count, int64_t channels) {
    return Error(ErrorCode::BadInput,
                 fmt::format("Layer \"{}\" ({}) has {} {} for {} channels. The file is damaged; export it again.",
                             shownName(node), node.op(), count, what, channels),
                 shownName(node));
}

/// A layer with its weights, which nobody else reads.
struct Linear {
    graphdef::NodeDef* layer = nullptr;
    graphdef::NodeDef* weights = nullptr;
};

/// The convolution whose result 0 data input `index` of `node` is.
std::optional<Linear> convolutionBefore(const GraphIndex& index, const graphdef::NodeDef& node, int input) {
    graphdef::NodeDef* layer = index.input(node, input);
    if (!layer || !isConvolution(*layer) || index.readers(layer->name()) != 1)
        return std::nullopt;
    graphdef::NodeDef* weights = index.ownWeights(*layer, 1);
    return weights ? std::optional(Linear{layer, weights}) : std::nullopt;
}

struct ScaleAndShift {
    std::vector<float> scale, shift;
};

std::optional<std::vector<float>> parameter(const GraphIndex& index, const graphdef::NodeDef& node, int input) {
    const graphdef::NodeDef* constant = index.input(node, input);
    if (!constant || constant->op() != "Const")
        return std::nullopt;
    return constantOf(*constant).toFloats();
}

float realOf(const graphdef::NodeDef& node, std::string_view key, float fallback) {
    const graphdef::AttrValue* value = attributeOf(node, key);
    return value ? value->f() : fallback;
}

bool flagOf(const graphdef::NodeDef& node, std::string_view key, bool fallback) {
    const graphdef::AttrValue* value = attributeOf(node, key);
    return value ? value->b() : fallback;
}

/// What the normalization does to each channel; nothing for one whose parameters are not constant.
std::optional<ScaleAndShift> normalizationOf(const GraphIndex& index, const graphdef::NodeDef& node) {
    const bool isOld = node.op() == "BatchNormWithGlobalNormalization";
    if (!isOld && flagOf(node, "is_training", true))
        return std::nullopt;
    const auto gamma = parameter(index, node, isOld ? 4 : 1), beta = parameter(index, node, isOld ? 3 : 2),
               mean = parameter(index, node, isOld ? 1 : 3), variance = parameter(index, node, isOld ? 2 : 4);
    if (!gamma || !beta || !mean || !variance)
        return std::nullopt;
    const auto channels = static_cast<int64_t>(variance->size());
    for (const auto& each : {*gamma, *beta, *mean})
        if (each.size() != variance->size())
            throw unfitting(node, "parameters", static_cast<int64_t>(each.size()), channels);
    const float epsilon = isOld ? realOf(node, "variance_epsilon", 1e-3F) : realOf(node, "epsilon", 1e-4F);
    const bool scales = !isOld || flagOf(node, "scale_after_normalization", true);
    ScaleAndShift result;
    for (size_t c = 0; c < variance->size(); ++c) {
        const float scale = (scales ? (*gamma)[c] : 1) / std::sqrt((*variance)[c] + epsilon);
        result.scale.push_back(scale);
        result.shift.push_back((*beta)[c] - (*mean)[c] * scale);
    }
    return result;
}

bool isChannelsFirst(const graphdef::NodeDef& node) {
    const graphdef::AttrValue* format = attributeOf(node, "data_format");
    return format && format->s() == "NCHW";
}

/// `node` becomes a BiasAdd of `x`, under its own name.
void becomeBiasAdd(graphdef::NodeDef& node, const std::string& x, const std::string& offset,
                   const graphdef::NodeDef& convolution) {
    graphdef::NodeDef bias;
    bias.set_name(node.name());
    bias.set_op("BiasAdd");
    bias.set_device(node.device());
    bias.add_input(x);
    bias.add_input(offset);
    attributeFor(bias, "T").set_type(graphdef::DT_FLOAT);
    if (const graphdef::AttrValue* format = attributeOf(convolution, "data_format"))
        attributeFor(bias, "data_format") = *format;
    node = std::move(bias);
}

std::string unusedName(const GraphIndex& index, const std::string& base) {
    std::string name = base;
    for (int i = 1; index.find(name); ++i)
        name = fmt::format("{}_{}", base, i);
    return name;
}

/// The convolutions that a normalization follows: one, also with BatchToSpaceND between, or the two of a concatenation.
struct Before {
    std::vector<Linear> convolutions;
    std::string x; // what the normalization reads
};

std::optional<Before> before(const GraphIndex& index, const graphdef::NodeDef& node) {
    graphdef::NodeDef* x = index.input(node, 0);
    if (!x || index.readers(x->name()) != 1)
        return std::nullopt;
    Before result{{}, node.input(0)};
    if (x->op() == "ConcatV2" || x->op() == "Concat") {
        const int first = x->op() == "Concat" ? 1 : 0;
        const auto axis = parameter(index, *x, x->op() == "Concat" ? 0 : 2);
        const bool joinsChannels = axis && axis->size() == 1 && ((*axis)[0] == 3 || (*axis)[0] == -1);
        if (dataInputs(*x).size() != 3 || !joinsChannels || isChannelsFirst(node))
            return std::nullopt;
        for (const int input : {first, first + 1}) {
            const auto linear = convolutionBefore(index, *x, input);
            if (!linear)
                return std::nullopt;
            result.convolutions.push_back(*linear);
        }
        return result;
    }
    const auto linear = convolutionBefore(index, x->op() == "BatchToSpaceND" ? *x : node, 0);
    if (!linear)
        return std::nullopt;
    result.convolutions.push_back(*linear);
    return result;
}

/// Folds one normalization; false when there is none left that can be.
bool foldOne(graphdef::GraphDef& graph) {
    GraphIndex index(graph);
    for (graphdef::NodeDef& node : *graph.mutable_node()) {
        if (node.op() != "BatchNormWithGlobalNormalization" && node.op() != "FusedBatchNorm")
            continue;
        const auto found = before(index, node);
        const auto affine = found ? normalizationOf(index, node) : std::nullopt;
        if (!affine || index.hasFurtherResultsRead(node.name()))
            continue;
        int64_t channels = 0;
        for (const Linear& linear : found->convolutions)
            channels += channelsOf(*linear.layer, constantOf(*linear.weights));
        if (channels != static_cast<int64_t>(affine->scale.size()))
            throw unfitting(node, "parameters", static_cast<int64_t>(affine->scale.size()), channels);
        size_t begin = 0;
        for (const Linear& linear : found->convolutions) {
            const Tensor weights = constantOf(*linear.weights);
            const auto count = static_cast<size_t>(channelsOf(*linear.layer, weights));
            setWeights(*linear.weights, scaled(weights, std::span(affine->scale).subspan(begin, count)));
            begin += count;
        }
        const graphdef::NodeDef& convolution = *found->convolutions.front().layer;
        const std::string offset = unusedName(index, convolution.name() + "_bn_offset");
        const Tensor shift = Tensor::fromFloats({static_cast<int64_t>(affine->shift.size())}, affine->shift);
        becomeBiasAdd(node, found->x, offset, convolution);
        *graph.add_node() = constantNode(offset, shift, graphdef::DT_FLOAT);
        return true;
    }
    return false;
}

} // namespace

void foldBatchNorms(graphdef::GraphDef& graph, const TransformContext& context) {
    GraphIndex index(graph);
    std::unordered_set<std::string> removed;
    for (graphdef::NodeDef& node : *graph.mutable_node()) {
        if (node.op() != "Mul" || node.input_size() != 2)
            continue;
        graphdef::NodeDef* layer = index.input(node, 0);
        const bool isLinear = layer && (isConvolution(*layer) || layer->op() == "MatMul");
        graphdef::NodeDef* factor = index.ownWeights(node, 1);
        if (!isLinear || !factor || index.readers(layer->name()) != 1 || context.isBorder(layer->name()))
            continue;
        graphdef::NodeDef* weights = index.ownWeights(*layer, 1);
        const graphdef::AttrValue* transposed = attributeOf(*layer, "transpose_b");
        if (!weights || (transposed && transposed->b()))
            continue;
        const Tensor tensor = constantOf(*weights);
        const std::vector<float> scale = constantOf(*factor).toFloats();
        const int64_t channels = channelsOf(*layer, tensor);
        if (static_cast<int64_t>(scale.size()) != channels)
            throw unfitting(node, "factors", static_cast<int64_t>(scale.size()), channels);
        setWeights(*weights, scaled(tensor, scale));
        removed.insert(layer->name());
        removed.insert(factor->name());
        const std::string name = node.name();
        node = *layer;
        node.set_name(name);
    }
    removeNamed(graph, removed);
}

void foldOldBatchNorms(graphdef::GraphDef& graph, const TransformContext& context) {
    (void)context;
    while (foldOne(graph)) {
    }
}

} // namespace halftone::tensorflow_format
