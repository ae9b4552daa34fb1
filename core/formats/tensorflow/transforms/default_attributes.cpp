// SPDX-License-Identifier: GPL-3.0-or-later
// add_default_attributes: the defaults of the operators that networks consist of, from TensorFlow's list of operators.
#include "core/formats/tensorflow/transforms/graph_editor.h"
#include "core/formats/tensorflow/transforms/transforms.h"

#include <unordered_map>
#include <variant>

namespace halftone::tensorflow_format {

namespace {

struct Default {
    std::string_view key;
    std::variant<bool, int64_t, float, const char*, std::vector<int64_t>> value;
};

using Defaults = std::vector<Default>;

const Defaults kConvolution = {{"data_format", "NHWC"},
                               {"dilations", std::vector<int64_t>{1, 1, 1, 1}},
                               {"explicit_paddings", std::vector<int64_t>{}}};
const Defaults kConv2D = {{"data_format", "NHWC"},
                          {"dilations", std::vector<int64_t>{1, 1, 1, 1}},
                          {"explicit_paddings", std::vector<int64_t>{}},
                          {"use_cudnn_on_gpu", true}};
const Defaults kBatchNorm = {{"epsilon", 1e-4F}, {"data_format", "NHWC"}, {"is_training", true}};
const Defaults kReduction = {{"keep_dims", false}};
const Defaults kFormat = {{"data_format", "NHWC"}};
const Defaults kFakeQuant = {{"num_bits", int64_t{8}}, {"narrow_range", false}};
const Defaults kResize = {{"align_corners", false}, {"half_pixel_centers", false}};

const std::unordered_map<std::string_view, Defaults> kDefaults = {
    {"AvgPool", kFormat},
    {"BiasAdd", kFormat},
    {"Conv2D", kConv2D},
    {"Conv2DBackpropInput", kConv2D},
    {"DepthToSpace", kFormat},
    {"DepthwiseConv2dNative", kConvolution},
    {"Dequantize", {{"mode", "MIN_COMBINED"}, {"narrow_range", false}, {"axis", int64_t{-1}}}},
    {"FakeQuantWithMinMaxArgs", {{"min", -6.0F}, {"max", 6.0F}, {"num_bits", int64_t{8}}, {"narrow_range", false}}},
    {"FakeQuantWithMinMaxVars", kFakeQuant},
    {"FakeQuantWithMinMaxVarsPerChannel", kFakeQuant},
    {"FusedBatchNorm", kBatchNorm},
    {"FusedBatchNormV2", kBatchNorm},
    {"FusedBatchNormV3", kBatchNorm},
    {"LRN", {{"depth_radius", int64_t{5}}, {"bias", 1.0F}, {"alpha", 1.0F}, {"beta", 0.5F}}},
    {"LeakyRelu", {{"alpha", 0.2F}}},
    {"MatMul", {{"transpose_a", false}, {"transpose_b", false}}},
    {"Max", kReduction},
    {"MaxPool", kFormat},
    {"Mean", kReduction},
    {"Min", kReduction},
    {"Pack", {{"axis", int64_t{0}}}},
    {"Prod", kReduction},
    {"QuantizeV2",
     {{"mode", "MIN_COMBINED"},
      {"round_mode", "HALF_AWAY_FROM_ZERO"},
      {"narrow_range", false},
      {"axis", int64_t{-1}},
      {"ensure_minimum_range", 0.01F}}},
    {"ResizeBilinear", kResize},
    {"ResizeNearestNeighbor", kResize},
    {"SpaceToDepth", kFormat},
    {"Squeeze", {{"squeeze_dims", std::vector<int64_t>{}}}},
    {"StridedSlice",
     {{"begin_mask", int64_t{0}},
      {"end_mask", int64_t{0}},
      {"ellipsis_mask", int64_t{0}},
      {"new_axis_mask", int64_t{0}},
      {"shrink_axis_mask", int64_t{0}}}},
    {"Sum", kReduction},
    {"Unpack", {{"axis", int64_t{0}}}},
};

struct Setter {
    graphdef::AttrValue& attribute;

    void operator()(bool value) const { attribute.set_b(value); }
    void operator()(int64_t value) const { attribute.set_i(value); }
    void operator()(float value) const { attribute.set_f(value); }
    void operator()(const char* value) const { attribute.set_s(value); }
    void operator()(const std::vector<int64_t>& values) const {
        auto& list = *attribute.mutable_list();
        for (const int64_t value : values)
            list.add_i(value);
    }
};

} // namespace

void addDefaultAttributes(graphdef::GraphDef& graph, const TransformContext&) {
    for (graphdef::NodeDef& node : *graph.mutable_node()) {
        const auto defaults = kDefaults.find(node.op());
        if (defaults == kDefaults.end())
            continue;
        for (const Default& each : defaults->second)
            if (!attributeOf(node, each.key))
                std::visit(Setter{attributeFor(node, each.key)}, each.value);
    }
}

} // namespace halftone::tensorflow_format
