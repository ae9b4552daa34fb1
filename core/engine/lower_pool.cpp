#include "core/engine/lower.h"

#include "core/base/text.h"
#include "core/engine/kernels.h"

#include <algorithm>
#include <fmt/format.h>
#include <string_view>

namespace halftone::engine {

namespace {

using PoolDesc = dnnl::pooling_forward::primitive_desc;

bool isGlobalAverage(const Pool& op) { return op.global && op.kind != PoolKind::Max; }

void lowerGlobalAverageInt8(Builder& builder) {
    const Node& node = builder.node();
    const ValueId input = node.inputs[0], output = node.outputs.front();
    const Shape& shape = builder.shape(input);
    const auto& srcGrid = builder.graph().value(input).quant;
    const auto dstGrid = storedGrid(builder, output);
    const Form src = builder.require(input, channelsLast(shape, storedType(srcGrid)), srcGrid,
                                     fmt::format("{} averages codes channel by channel.", displayText(node.name)));
    const Form dst = builder.define(output, channelsLast(builder.shape(output), storedType(dstGrid)), dstGrid);
    GlobalAverage kernel{shape[0], shape[1], 1, *srcGrid, dstGrid};
    for (size_t i = 2; i < shape.size(); ++i)
        kernel.positions *= shape[i];
    builder.addKernel(builder.describe("halftone:global_average", "int8", {input}, {src}, dst), {src, dst},
                      [kernel](const std::vector<std::byte*>& pointers) {
                          return [kernel, pointers] { globalAverage(kernel, pointers[0], pointers[1]); };
                      },
                      output, dst);
}

} // namespace

void lowerPool(Builder& builder, const Pool& op) {
    const Node& node = builder.node();
    const ValueId input = node.inputs[0], output = node.outputs.front();
    const bool int8 = builder.int8(builder.currentNode());
    if (int8 && isGlobalAverage(op))
        return lowerGlobalAverageInt8(builder);
    const Shape &in = builder.shape(input), &out = builder.shape(output);
    const size_t spatial = in.size() - 2;
    dnnl::memory::dims kernel(spatial), strides(spatial, 1), dilations(spatial, 0), begin(spatial, 0), end(spatial, 0);
    const bool countsPadding = op.kind == PoolKind::AverageIncludePad &&
                               std::ranges::any_of(op.pads, [](int64_t pad) { return pad > 0; });
    for (size_t i = 0; i < spatial; ++i) {
        kernel[i] = op.global ? in[i + 2] : op.kernel[i];
        if (op.global)
            continue;
        strides[i] = op.strides[i];
        dilations[i] = op.dilations[i] - 1;
        begin[i] = op.pads[i];
        // With ceilMode the last window may reach beyond the padding: oneDNN wants that written down as padding.
        const int64_t extent = (kernel[i] - 1) * op.dilations[i] + 1;
        end[i] = (out[i + 2] - 1) * strides[i] + extent - in[i + 2] - begin[i];
        if (countsPadding && end[i] > op.pads[i + spatial])
            refuse(builder, "an average that counts padding with windows beyond the padding is not supported");
        end[i] = std::max<int64_t>(end[i], 0);
    }
    const dnnl::algorithm algorithm = op.kind == PoolKind::Max ? dnnl::algorithm::pooling_max
                                      : countsPadding          ? dnnl::algorithm::pooling_avg_include_padding
                                                               : dnnl::algorithm::pooling_avg_exclude_padding;
    const auto grid = int8 ? builder.graph().value(input).quant : std::nullopt;
    const std::string need = fmt::format("{} pools {}.", displayText(node.name), int8 ? "codes channels-last" : "fp32");
    Form src = int8 ? builder.require(input, channelsLast(in, storedType(grid)), grid, need)
                    : builder.requireFp32(input, need);
    dnnl::primitive_attr attr;
    attr.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    const auto describeFor = [&](const Form& form) {
        return PoolDesc(cpuEngine(), dnnl::prop_kind::forward_inference, algorithm, form.desc,
                        anyLayout(out, form.desc.get_data_type()), strides, kernel, dilations, begin, end, attr);
    };
    PoolDesc desc = describeFor(src);
    if (std::string_view(desc.impl_info_str()).starts_with("ref")) {
        src = builder.require(input, channelsLast(in, src.desc.get_data_type()), grid,
                              fmt::format("{} has only a slow kernel for {}.", displayText(node.name),
                                          layoutName(src.desc)));
        desc = describeFor(src);
    }
    const Form dst = builder.define(output, desc.dst_desc(), grid);
    builder.addPrimitive(builder.describe(desc.impl_info_str(), int8 ? "int8" : "fp32", {input}, {src}, dst),
                         dnnl::pooling_forward(desc), desc.scratchpad_desc(),
                         {{DNNL_ARG_SRC, src}, {DNNL_ARG_DST, dst}}, output);
}

} // namespace halftone::engine
