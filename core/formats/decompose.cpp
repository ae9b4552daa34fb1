// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/decompose.h"

namespace halftone {

ValueId depthToSpace(GraphBuilder& builder, const std::string& layer, ValueId x, int64_t block, bool together) {
    const Shape shape = *builder.shape(x);
    const int64_t channels = shape[1] / (block * block), height = shape[2], width = shape[3];
    const std::vector<int64_t> apart = together ? std::vector<int64_t>{0, channels, block, block, height, width}
                                                : std::vector<int64_t>{0, block, block, channels, height, width};
    const std::vector<int64_t> perm =
        together ? std::vector<int64_t>{0, 1, 4, 2, 5, 3} : std::vector<int64_t>{0, 3, 4, 1, 5, 2};
    const ValueId split = builder.addStep(layer, Reshape{apart}, {x});
    const ValueId moved = builder.addStep(layer, Transpose{perm}, {split});
    return builder.addStep(layer, Reshape{{0, channels, height * block, width * block}}, {moved});
}

ValueId spaceToDepth(GraphBuilder& builder, const std::string& layer, ValueId x, int64_t block) {
    const Shape shape = *builder.shape(x);
    const int64_t channels = shape[1], height = shape[2] / block, width = shape[3] / block;
    const ValueId split = builder.addStep(layer, Reshape{{0, channels, height, block, width, block}}, {x});
    const ValueId moved = builder.addStep(layer, Transpose{{0, 3, 5, 1, 2, 4}}, {split});
    return builder.addStep(layer, Reshape{{0, channels * block * block, height, width}}, {moved});
}

std::vector<ValueId> split(GraphBuilder& builder, const std::string& layer, ValueId x, int64_t axis,
                           const std::vector<int64_t>& sizes) {
    std::vector<ValueId> parts;
    int64_t start = 0;
    for (const int64_t size : sizes) {
        parts.push_back(builder.addStep(layer, Slice{{start}, {start + size}, {axis}, {1}}, {x}));
        start += size;
    }
    return parts;
}

ValueId normalize(GraphBuilder& builder, const std::string& layer, ValueId x, const std::vector<int64_t>& axes,
                  float epsilon, ValueId scale, ValueId bias) {
    ValueId y = builder.addStep(layer, Normalize{axes, epsilon}, {x});
    if (scale != kNoValue)
        y = builder.addStep(layer, Binary{BinaryKind::Mul, {}}, {y, scale});
    if (bias != kNoValue)
        y = builder.addStep(layer, Binary{BinaryKind::Add, {}}, {y, bias});
    return y;
}

ValueId combine(GraphBuilder& builder, const std::string& layer, BinaryKind kind,
                const std::vector<ValueId>& operands) {
    ValueId all = operands.front();
    for (size_t i = 1; i < operands.size(); ++i)
        all = builder.addStep(layer, Binary{kind, {}}, {all, operands[i]});
    return all;
}

} // namespace halftone
