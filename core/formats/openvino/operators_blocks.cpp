// SPDX-License-Identifier: GPL-3.0-or-later
// Operators that move channels among each other, or between channels and pixels.
#include "core/formats/common/layers.h"
#include "core/formats/openvino/operators.h"

#include <fmt/format.h>

namespace halftone::openvino_format {

namespace {

struct Blocks {
    int64_t size = 1;
    bool depthFirst = false;
    Shape picture; // [N,C,H,W]
};

Blocks blocksOf(LayerView& layer) {
    layer.requireInputs(1, 1);
    Blocks blocks{layer.integer("block_size", 1), false, layer.known(layer.shape(0))};
    const std::string mode = layer.text("mode", "blocks_first");
    blocks.depthFirst = mode == "depth_first";
    if (!blocks.depthFirst && mode != "blocks_first")
        layer.fail("has a mode that OpenVINO does not know");
    if (blocks.picture.size() != 4)
        layer.cannotRun(fmt::format("of {} dimensions", blocks.picture.size()));
    if (blocks.size < 1 || blocks.size > (1 << 15))
        layer.fail(fmt::format("has blocks of {} elements", blocks.size));
    return blocks;
}

void rowResult(LayerView& layer, std::vector<Op> ops) {
    Op last = ops.back();
    ops.pop_back();
    layer.result(last, {layer.writer().addInRow(std::move(ops), layer.input(0))});
}

} // namespace

/// Dimension `axis` as [group, rest], both exchanged.
void readShuffleChannels(LayerView& layer) {
    layer.requireInputs(1, 1);
    const size_t rank = layer.rank(0);
    const auto axis = static_cast<size_t>(layer.axisOf(layer.integer("axis", 1), rank));
    const int64_t group = layer.integer("group", 1);
    const Shape shape = *layer.shape(0);
    if (group < 1 || shape[axis] % group != 0)
        layer.fail(fmt::format("has {} groups for {} channels", group, shape[axis]));
    std::vector<int64_t> apart, together = shape, perm;
    for (size_t i = 0; i < rank; ++i) {
        if (i == axis)
            apart.push_back(group);
        apart.push_back(i == axis ? shape[i] / group : shape[i]);
    }
    for (size_t i = 0; i < apart.size(); ++i)
        perm.push_back(static_cast<int64_t>(i == axis ? axis + 1 : i == axis + 1 ? axis : i));
    if (axis > 0)
        apart.front() = together.front() = 0; // the batch stays what it is
    const ValueId split = layer.writer().add(Reshape{apart}, {layer.input(0)});
    const ValueId moved = layer.writer().add(Transpose{perm}, {split});
    layer.result(Reshape{together}, {moved});
}

void readDepthToSpace(LayerView& layer) {
    const Blocks blocks = blocksOf(layer);
    if (blocks.picture[1] % (blocks.size * blocks.size) != 0)
        layer.fail(fmt::format("makes blocks of {0} x {0} from {1} channels", blocks.size, blocks.picture[1]));
    rowResult(layer, depthToSpace(blocks.picture, blocks.size, blocks.depthFirst));
}

void readSpaceToDepth(LayerView& layer) {
    const Blocks blocks = blocksOf(layer);
    if (blocks.depthFirst)
        layer.cannotRun("with the elements of a block beside each other");
    if (blocks.picture[2] % blocks.size != 0 || blocks.picture[3] % blocks.size != 0)
        layer.fail(
            fmt::format("takes blocks of {0} x {0} from {1} x {2}", blocks.size, blocks.picture[2], blocks.picture[3]));
    rowResult(layer, spaceToDepth(blocks.picture, blocks.size));
}

} // namespace halftone::openvino_format
