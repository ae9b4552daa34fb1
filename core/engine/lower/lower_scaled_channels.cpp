// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/checked.h"
#include "core/base/text.h"
#include "core/engine/kernels/scale_shift.h"
#include "core/engine/lower/lower_codes.h"

#include <fmt/format.h>

namespace halftone::engine {

bool scalesChannels(const Graph& graph, const Node& node) {
    const auto* binary = std::get_if<Binary>(&node.op);
    if (!binary || binary->kind != BinaryKind::Mul || !binary->postOps.empty())
        return false;
    const Value &x = graph.value(node.inputs[0]), &factors = graph.value(node.inputs[1]);
    return !x.constant && x.type == ElementType::F32 && factors.constant && factors.type == ElementType::F32 &&
           x.shape.size() > 1 && factors.shape == Shape{x.shape.back()} && x.shape == graph.value(node.output()).shape;
}

void lowerScaledChannels(Builder& builder) {
    const Node& node = builder.node();
    const ValueId x = node.inputs[0], output = node.output();
    const Shape& shape = builder.shape(x);
    const auto grid = storedGrid(builder, output);
    const std::string name = displayText(node.name);
    const Form src = builder.require(x, rowMajor(shape, DataType::f32), std::nullopt,
                                     fmt::format("{} multiplies its channels in fp32.", name));
    const Form dst = builder.define(output, rowMajor(shape, dataType(grid->storage)), grid);
    ScaleShift params{.channels = shape.back(),
                      .positions = elementCount(shape) / shape.back(),
                      .scale = builder.graph().value(node.inputs[1]).constant->toFloats(),
                      .shift = std::vector(static_cast<size_t>(shape.back()), 0.0F),
                      .dst = grid};
    const bool ofTheFile = !node.origins.empty();
    StepInfo info = builder.describe("halftone:scale-shift", ofTheFile ? builder.precision() : "", {x}, {src}, dst);
    if (!ofTheFile) {
        info.name = fmt::format("{} to {}, its channels divided", displayText(builder.graph().value(x).name),
                                typeName(dataType(grid->storage)));
        info.kind = StepInfo::Kind::ConvertType;
        info.op = "Reorder";
        info.outputs.front().value = info.inputs.front().value; // the same tensor, seen from outside
        info.producer = builder.producerName(x);
        info.consumer = builder.readerName(output);
        info.why =
            "Its channels are divided by factors of their own while they are rounded, so that one grid suits all.";
    }
    builder.addKernel(
        std::move(info), {src, dst},
        [params = std::move(params)](const std::vector<std::byte*>& at) {
            return [params, at] { scaleAndShift(params, at[0], at[1]); };
        },
        output, dst);
}

} // namespace halftone::engine
