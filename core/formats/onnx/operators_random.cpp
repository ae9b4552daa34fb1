// SPDX-License-Identifier: GPL-3.0-or-later
// Operators that draw random numbers: here they are drawn once, while the file is read, so that two runs of a network
// agree and can be compared.
#include "core/formats/onnx/operators.h"
#include "core/graph/element.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <fmt/format.h>
#include <numbers>
#include <random>

namespace halftone::onnx_format {

namespace {

constexpr int64_t kMostRandom = int64_t{1} << 26;

/// Numbers of [0, 1), the same ones for the same seed.
class Draw {
public:
    explicit Draw(float seed) : m_random(std::bit_cast<uint32_t>(seed)) {}
    double uniform() { return static_cast<double>(m_random() >> 11) * 0x1p-53; }
    /// By Box and Muller.
    double normal() {
        const double length = std::sqrt(-2 * std::log(1 - uniform()));
        return length * std::cos(2 * std::numbers::pi * uniform());
    }

private:
    std::mt19937_64 m_random;
};

Draw drawOf(LayerView& layer) {
    layer.note(
        "fixed-random-numbers",
        fmt::format("Layer \"{}\" ({}) draws random numbers at every inference; Halftone draws them once, so its "
                    "results do not vary and are not those of another program.",
                    layer.name(), layer.shownOp()));
    return Draw(layer.real("seed", 0));
}

template <bool normal> Tensor drawn(LayerView& layer, const Shape& shape, ElementType type) {
    const char *first = normal ? "mean" : "low", *second = normal ? "scale" : "high";
    const double from = layer.real(first, 0), to = layer.real(second, 1);
    if (!isFloatType(type))
        layer.fail(fmt::format("draws numbers of type {}", name(type)));
    if (std::ranges::any_of(shape, [](int64_t size) { return size < 0; }) ||
        elementCount(shape, "its shape") > kMostRandom)
        layer.cannotRun("of more than 2^26 numbers");
    Draw draw = drawOf(layer);
    std::vector<double> values(static_cast<size_t>(elementCount(shape)));
    for (double& value : values)
        value = normal ? from + to * draw.normal() : from + (to - from) * draw.uniform();
    return tensorFromDoubles(type, shape, values);
}

} // namespace

template <bool normal> Layer readRandom(LayerView& layer) {
    layer.requireInputs(0, 0);
    const std::optional<std::vector<int64_t>> shape = layer.integers("shape");
    if (!shape)
        layer.fail("lacks the attribute shape");
    return {Identity{}, {}, {}, false, drawn<normal>(layer, *shape, layer.elementType("dtype", ElementType::F32))};
}
template Layer readRandom<false>(LayerView& layer);
template Layer readRandom<true>(LayerView& layer);

template <bool normal> Layer readRandomLike(LayerView& layer) {
    layer.requireInputs(1, 1);
    const Shape shape = layer.knownShape(0);
    return {Identity{}, {}, {}, false, drawn<normal>(layer, shape, layer.elementType("dtype", layer.type(0)))};
}
template Layer readRandomLike<false>(LayerView& layer);
template Layer readRandomLike<true>(LayerView& layer);

/// 1 with the probability that x says.
Layer readBernoulli(LayerView& layer) {
    layer.requireInputs(1, 1);
    const Shape shape = layer.knownShape(0);
    const ElementType type = layer.elementType("dtype", layer.type(0));
    const ValueId numbers = layer.operand(drawn<false>(layer, shape, layer.type(0)));
    return {Cast{type}, {layer.binary(BinaryKind::Less, numbers, layer.input(0))}};
}

} // namespace halftone::onnx_format
