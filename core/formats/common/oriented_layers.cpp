// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/common/oriented_layers.h"

#include "core/base/checked.h"
#include "core/formats/common/layers.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>

namespace halftone {

namespace {

constexpr int64_t kEnd = std::numeric_limits<int64_t>::max();

bool has(const std::vector<int64_t>& values, int64_t value) {
    return std::ranges::count(values, value) > 0;
}

/// x, as in the file where its dimensions would not be left in the order of the file without these. They are where the
/// channels go, or height and width both.
Oriented beforeRemoving(OrientedWriter& writer, const Oriented& x, const std::vector<int64_t>& axes) {
    return has(axes, 3) || (has(axes, 1) && has(axes, 2)) ? x : writer.asInFile(x);
}

std::vector<int64_t> sorted(std::vector<int64_t> axes) {
    std::ranges::sort(axes);
    return axes;
}

void append(Slice& slice, int64_t axis, int64_t begin, int64_t end, int64_t step = 1) {
    slice.starts.push_back(begin);
    slice.ends.push_back(end);
    slice.axes.push_back(axis);
    slice.steps.push_back(step);
}

Step cut(const Oriented& x, Slice slice) {
    return slice.axes.empty() ? Step{Identity{}, {x}} : Step{std::move(slice), {x}};
}

bool bit(int64_t mask, size_t index) {
    return index < 63 && (mask >> index & 1) != 0;
}

Pads padsOf(const std::vector<int64_t>& beginsAndEnds) {
    return {beginsAndEnds[0], beginsAndEnds[2], beginsAndEnds[1], beginsAndEnds[3]};
}

} // namespace

Step reduced(OrientedWriter& writer, const Oriented& x, ReduceKind kind, const std::vector<int64_t>& axes,
             bool keepDims) {
    if (axes.empty())
        return {Identity{}, {x}};
    const Oriented from = keepDims ? x : beforeRemoving(writer, x, axes);
    return {Reduce{kind, sorted(from.axes(axes)), keepDims}, {keepDims ? from : plain(from)}};
}

Step argReduced(OrientedWriter& writer, const Oriented& x, bool largest, int64_t axis) {
    const Oriented from = beforeRemoving(writer, x, {axis});
    return {ArgReduce{largest, from.axis(axis), false, false}, {plain(from)}};
}

Step squeezed(OrientedWriter& writer, const Oriented& x, const std::vector<int64_t>& axes) {
    const Oriented from = beforeRemoving(writer, x, axes);
    return {Squeeze{sorted(from.axes(axes)), false}, {plain(from)}};
}

Step transposed(const Oriented& x, const std::vector<int64_t>& perm) {
    return {Transpose{x.axes(perm)}, {plain(x)}};
}

Step padded(const Oriented& x, const std::vector<int64_t>& pads, PadMode mode, float value) {
    std::vector<int64_t> begins, ends;
    for (size_t i = 0; i < pads.size(); ++i)
        (i % 2 == 0 ? begins : ends).push_back(pads[i]);
    Pad pad;
    pad.mode = mode;
    pad.value = value;
    pad.pads = x.dimensions(begins);
    const std::vector<int64_t> behind = x.dimensions(ends);
    pad.pads.insert(pad.pads.end(), behind.begin(), behind.end());
    return {std::move(pad), {x}};
}

Step tiled(const Oriented& x, const std::vector<int64_t>& repeats) {
    return {Tile{x.dimensions(repeats)}, {x}};
}

Step sliced(const Oriented& x, const std::vector<int64_t>& begins, const std::vector<int64_t>& sizes) {
    Slice slice;
    for (size_t i = 0; i < begins.size(); ++i)
        if (begins[i] != 0 || sizes[i] != -1)
            append(slice, x.axis(static_cast<int64_t>(i)), begins[i],
                   sizes[i] == -1 ? kEnd : checkedAdd(begins[i], sizes[i], "a slice"));
    return cut(x, std::move(slice));
}

std::vector<Step> split(const Oriented& x, int64_t axis, const std::vector<int64_t>& sizes) {
    std::vector<Step> parts;
    for (Op& part : split(x.axis(axis), sizes))
        parts.push_back({std::move(part), {x}});
    return parts;
}

Step joined(OrientedWriter& writer, const std::vector<Oriented>& operands, int64_t axis) {
    std::vector<Oriented> aligned = writer.aligned(operands);
    const Concat concat{aligned.front().axis(axis)};
    return {concat, std::move(aligned)};
}

Step stacked(OrientedWriter& writer, const std::vector<Oriented>& operands, int64_t axis) {
    std::vector<Oriented> parts;
    for (const Oriented& x : operands)
        parts.push_back(writer.addBefore({Squeeze{{axis}, true}, {writer.asInFile(x)}}));
    return {Concat{axis}, std::move(parts)};
}

Step unstacked(OrientedWriter& writer, const Oriented& x, int64_t axis, int64_t index) {
    const Oriented part = writer.addBefore({Slice{{index}, {index + 1}, {axis}, {1}}, {writer.asInFile(x)}});
    return {Squeeze{{axis}, false}, {part}};
}

Oriented withSwappedEnds(OrientedWriter& writer, const Oriented& x, size_t rank) {
    std::vector<int64_t> perm(rank);
    std::iota(perm.begin(), perm.end(), int64_t{0});
    std::swap(perm[rank - 1], perm[rank - 2]);
    return writer.permuted(writer.asInFile(x), perm);
}

size_t StridedCut::dimensions() const {
    size_t count = 0;
    for (size_t i = 0; i < begins.size(); ++i)
        count += !bit(ellipsisMask, i) && !bit(newMask, i);
    return count;
}

size_t StridedCut::ellipses() const {
    size_t count = 0;
    for (size_t i = 0; i < begins.size(); ++i)
        count += bit(ellipsisMask, i);
    return count;
}

Step stridedSlice(OrientedWriter& writer, Oriented x, size_t rank, const StridedCut& given) {
    if (given.newMask != 0 || given.shrinkMask != 0)
        x = writer.asInFile(x);
    Slice slice;
    std::vector<int64_t> removed, inserted;
    int64_t dimension = 0, resultDimension = 0;
    for (size_t i = 0; i < given.begins.size(); ++i) {
        if (bit(given.ellipsisMask, i)) {
            const auto passed = static_cast<int64_t>(rank - given.dimensions());
            dimension += passed;
            resultDimension += passed;
            continue;
        }
        if (bit(given.newMask, i)) {
            inserted.push_back(resultDimension++);
            continue;
        }
        int64_t begin = given.begins[i], end = given.ends[i], step = given.steps[i];
        if (bit(given.shrinkMask, i)) { // one position; -1 is the last one
            end = begin == -1 ? kEnd : begin + 1;
            step = 1;
            removed.push_back(dimension);
        } else {
            if (bit(given.beginMask, i))
                begin = step > 0 ? 0 : kEnd;
            if (bit(given.endMask, i))
                end = step > 0 ? kEnd : std::numeric_limits<int64_t>::min();
            ++resultDimension;
        }
        if (begin != 0 || end != kEnd || step != 1)
            append(slice, x.axis(dimension), begin, end, step);
        ++dimension;
    }
    Step result = cut(x, std::move(slice));
    if (!removed.empty())
        result = {Squeeze{removed, false}, {writer.addBefore(result)}};
    if (!inserted.empty())
        result = {Squeeze{inserted, true},
                  {std::holds_alternative<Identity>(result.op) ? x : writer.addBefore(result)}};
    return result;
}

Resize resizeTo(ResizeMode mode, bool alignCorners, bool halfPixelCenters, int64_t height, int64_t width) {
    Resize resize;
    resize.mode = mode;
    resize.coordinates = alignCorners                  ? ResizeCoordinates::AlignCorners
                         : !halfPixelCenters           ? ResizeCoordinates::Asymmetric
                         : mode == ResizeMode::Nearest ? ResizeCoordinates::TfHalfPixelForNn
                                                       : ResizeCoordinates::HalfPixel;
    resize.rounding = alignCorners ? ResizeRounding::PreferCeil : ResizeRounding::Floor;
    resize.sizes = {0, 0, height, width};
    return resize;
}

Lrn localResponses(int64_t radius, float bias, float alpha, float beta) {
    const int64_t size = 2 * radius + 1;
    return {size, alpha * static_cast<float>(size), beta, bias};
}

Spread spreadOver(std::vector<int64_t> block, const std::vector<int64_t>& paddings,
                  const std::vector<int64_t>& cropsAhead) {
    Spread spread{std::move(block), padsOf(paddings), {0, 0, 0, 0}};
    if (cropsAhead.empty())
        return spread;
    const Pads ahead = padsOf(cropsAhead);
    for (size_t i = 0; i < spread.pads.size(); ++i) {
        const int64_t common = std::clamp<int64_t>(ahead[i], 0, spread.pads[i]);
        spread.pads[i] -= common;
        spread.crops[i] = -common;
    }
    return spread;
}

bool spreadKernel(Conv& convolution, Spread& spread) {
    const auto all = [](const std::vector<int64_t>& values, int64_t wanted) {
        return std::ranges::all_of(values, [&](int64_t value) { return value == wanted; });
    };
    if (!all(convolution.strides, 1) || !all(convolution.dilations, 1) || !all(convolution.pads, 0))
        return false;
    convolution.dilations = spread.block;
    convolution.pads = std::exchange(spread.pads, {0, 0, 0, 0});
    return true;
}

std::optional<Step> gathered(const Oriented& x, const Spread& spread, const std::vector<int64_t>& crops) {
    const Pads left = padsOf(crops);
    Slice slice;
    for (size_t i = 0; i < 2; ++i) {
        const int64_t begin = left[i] + spread.crops[i], end = left[2 + i] + spread.crops[2 + i];
        if (begin < 0 || end < 0)
            return std::nullopt;
        if (begin != 0 || end != 0)
            append(slice, static_cast<int64_t>(i) + 2, begin, end == 0 ? kEnd : -end);
    }
    return cut(x, std::move(slice));
}

} // namespace halftone
