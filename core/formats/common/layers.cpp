// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/common/layers.h"

#include "core/graph/element.h"

#include <cmath>
#include <limits>
#include <numeric>

namespace halftone {

namespace {

ValueId operand(LayerWriter& writer, Tensor tensor) {
    return writer.constant(writer.layer() + "_constant", std::move(tensor));
}

} // namespace

std::vector<Op> depthToSpace(const Shape& x, int64_t block, bool together) {
    const int64_t channels = x[1] / (block * block), height = x[2], width = x[3];
    const Reshape result{{0, channels, height * block, width * block}};
    if (together)
        return {Reshape{{0, channels, block, block, height, width}}, Transpose{{0, 1, 4, 2, 5, 3}}, result};
    return {Reshape{{0, block, block, channels, height, width}}, Transpose{{0, 3, 4, 1, 5, 2}}, result};
}

std::vector<Op> spaceToDepth(const Shape& x, int64_t block) {
    const int64_t channels = x[1], height = x[2] / block, width = x[3] / block;
    return {Reshape{{0, channels, height, block, width, block}}, Transpose{{0, 3, 5, 1, 2, 4}},
            Reshape{{0, channels * block * block, height, width}}};
}

std::vector<Op> split(int64_t axis, const std::vector<int64_t>& sizes) {
    std::vector<Op> parts;
    int64_t begin = 0;
    for (const int64_t size : sizes) {
        parts.push_back(Slice{{begin}, {begin + size}, {axis}, {1}});
        begin += size;
    }
    return parts;
}

ValueId normalize(LayerWriter& writer, ValueId x, const std::vector<int64_t>& axes, float epsilon, ValueId scale,
                  ValueId bias) {
    ValueId y = writer.add(Normalize{axes, epsilon}, {x});
    if (scale != kNoValue)
        y = writer.add(Binary{BinaryKind::Mul, {}}, {y, scale});
    if (bias != kNoValue)
        y = writer.add(Binary{BinaryKind::Add, {}}, {y, bias});
    return y;
}

ValueId normalizeRms(LayerWriter& writer, ValueId x, const std::vector<int64_t>& axes, float epsilon, ValueId scale) {
    const ValueId square = writer.add(Unary{UnaryKind::Square}, {x});
    const ValueId mean = writer.add(Reduce{ReduceKind::Mean, axes, true}, {square});
    const ValueId small = operand(writer, Tensor::fromFloats({}, std::span(&epsilon, 1)));
    const ValueId guarded = writer.add(Binary{BinaryKind::Add, {}}, {mean, small});
    const ValueId inverse = writer.add(Unary{UnaryKind::Rsqrt}, {guarded});
    const ValueId y = writer.add(Binary{BinaryKind::Mul, {}}, {x, inverse});
    return scale == kNoValue ? y : writer.add(Binary{BinaryKind::Mul, {}}, {y, scale});
}

ValueId normalizeGroups(LayerWriter& writer, ValueId x, int64_t groups, float epsilon) {
    std::vector<int64_t> back = *writer.builder().shape(x);
    back.front() = 0; // the batch stays what it is
    return writer.addInRow({Reshape{{0, groups, -1}}, Normalize{{2}, epsilon}, Reshape{back}}, x);
}

ValueId mirroredWithEdges(LayerWriter& writer, ValueId x, const std::vector<int64_t>& before,
                          const std::vector<int64_t>& behind) {
    constexpr int64_t kFar = std::numeric_limits<int64_t>::max();
    for (size_t i = 0; i < before.size(); ++i) {
        const auto axis = static_cast<int64_t>(i);
        std::vector<ValueId> parts;
        if (before[i] > 0)
            parts.push_back(writer.add(Slice{{before[i] - 1}, {-kFar}, {axis}, {-1}}, {x}));
        parts.push_back(x);
        if (behind[i] > 0)
            parts.push_back(writer.add(Slice{{-1}, {-1 - behind[i]}, {axis}, {-1}}, {x}));
        if (parts.size() > 1)
            x = writer.add(Concat{axis}, std::move(parts));
    }
    return x;
}

ValueId scaled(LayerWriter& writer, ValueId x, float factor) {
    if (factor == 1)
        return x;
    const ValueId number = operand(writer, Tensor::fromFloats({}, std::span(&factor, 1)));
    return writer.add(Binary{BinaryKind::Mul, {}}, {x, number});
}

namespace {

/// [queries, keys]: 0 where the key is not behind the query, and minus infinity elsewhere.
Tensor causalMask(int64_t queries, int64_t keys, int64_t past) {
    std::vector<float> mask(static_cast<size_t>(queries * keys));
    for (int64_t query = 0; query < queries; ++query)
        for (int64_t key = query + past + 1; key < keys; ++key)
            mask[static_cast<size_t>(query * keys + key)] = -std::numeric_limits<float>::infinity();
    return Tensor::fromFloats({queries, keys}, mask);
}

} // namespace

std::vector<int64_t> swappedEnds(size_t rank) {
    std::vector<int64_t> perm(rank);
    std::iota(perm.begin(), perm.end(), 0);
    std::swap(perm[rank - 1], perm[rank - 2]);
    return perm;
}

AttentionSteps attention(LayerWriter& writer, ValueId q, ValueId k, ValueId v, const AttentionSettings& settings) {
    const auto step = [&](Op op, std::vector<ValueId> inputs) { return writer.add(std::move(op), std::move(inputs)); };
    const auto number = [&](float value) { return operand(writer, Tensor::fromFloats({}, std::span(&value, 1))); };
    const auto positions = [&](ValueId x) {
        const Shape& shape = *writer.builder().shape(x);
        return shape[shape.size() - 2];
    };
    const int64_t queries = positions(q), keys = positions(k);
    const ValueId turned = step(Transpose{swappedEnds(writer.builder().shape(k)->size())}, {k});
    const ValueId raw = scaled(writer, step(MatMul{}, {q, turned}), settings.scale);
    ValueId scores = raw;
    if (settings.softcap != 0) {
        const ValueId bounded = step(Unary{UnaryKind::Tanh}, {scaled(writer, scores, 1 / settings.softcap)});
        scores = scaled(writer, bounded, settings.softcap);
    }
    if (settings.causal)
        scores = step(Binary{BinaryKind::Add, {}}, {scores, operand(writer, causalMask(queries, keys, settings.past))});
    if (settings.added != kNoValue)
        scores = step(Binary{BinaryKind::Add, {}}, {scores, settings.added});
    if (settings.allowed != kNoValue)
        scores = step(Where{}, {settings.allowed, scores, number(-std::numeric_limits<float>::infinity())});
    const ValueId weights = step(Softmax{-1, false, false}, {scores});
    return {step(MatMul{}, {weights, v}), raw, weights};
}

ValueId rotate(LayerWriter& writer, ValueId x, ValueId cosine, ValueId sine, bool interleaved) {
    const Shape shape = *writer.builder().shape(x);
    const int64_t pairs = writer.builder().shape(cosine)->back(), turned = 2 * pairs, channels = shape[3];
    const auto step = [&](Op op, std::vector<ValueId> inputs) { return writer.add(std::move(op), std::move(inputs)); };
    const auto part = [&](ValueId from, int64_t begin, int64_t end, int64_t axis) {
        return step(Slice{{begin}, {end}, {axis}, {1}}, {from});
    };
    const Shape single{shape[0], shape[1], shape[2], pairs, 1};
    ValueId a = kNoValue, b = kNoValue;
    if (interleaved) {
        const ValueId moving = turned == channels ? x : part(x, 0, turned, 3);
        const ValueId split = step(Reshape{{shape[0], shape[1], shape[2], pairs, 2}}, {moving});
        const Shape flat{shape[0], shape[1], shape[2], pairs};
        a = step(Reshape{flat}, {part(split, 0, 1, 4)});
        b = step(Reshape{flat}, {part(split, 1, 2, 4)});
    } else {
        a = part(x, 0, pairs, 3);
        b = part(x, pairs, turned, 3);
    }
    const auto times = [&](ValueId left, ValueId right) { return step(Binary{BinaryKind::Mul, {}}, {left, right}); };
    ValueId real = step(Binary{BinaryKind::Sub, {}}, {times(a, cosine), times(b, sine)});
    ValueId imaginary = step(Binary{BinaryKind::Add, {}}, {times(b, cosine), times(a, sine)});
    ValueId y = kNoValue;
    if (interleaved) {
        real = step(Reshape{single}, {real});
        imaginary = step(Reshape{single}, {imaginary});
        y = step(Reshape{{shape[0], shape[1], shape[2], turned}}, {step(Concat{4}, {real, imaginary})});
    } else {
        y = step(Concat{3}, {real, imaginary});
    }
    return turned == channels ? y : step(Concat{3}, {y, part(x, turned, channels, 3)});
}

std::optional<Tensor> numbersBetween(double start, double end, double step, ElementType type, int64_t most) {
    const double count = step == 0 ? -1 : std::max(0.0, std::ceil((end - start) / step));
    if (!(count >= 0 && count <= static_cast<double>(most)))
        return std::nullopt;
    std::vector<double> values(static_cast<size_t>(count));
    for (size_t i = 0; i < values.size(); ++i)
        values[i] = start + static_cast<double>(i) * step;
    return tensorFromDoubles(type, {static_cast<int64_t>(values.size())}, values);
}

ValueId combine(LayerWriter& writer, BinaryKind kind, const std::vector<ValueId>& operands) {
    ValueId all = operands.front();
    for (size_t i = 1; i < operands.size(); ++i)
        all = writer.add(Binary{kind, {}}, {all, operands[i]});
    return all;
}

} // namespace halftone
