// SPDX-License-Identifier: GPL-3.0-or-later
// Operators on signals: windows, Fourier transforms, weights of the mel scale.
#include "core/base/checked.h"
#include "core/formats/onnx/operators.h"
#include "core/graph/element.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <numbers>
#include <numeric>

namespace halftone::onnx_format {

namespace {

constexpr int64_t kMostNumbers = int64_t{1} << 26; // of a constant that is made here
constexpr double kTwoPi = 2 * std::numbers::pi;

int64_t sizeSetting(LayerView& layer, size_t index, std::string_view what, int64_t least = 1) {
    const std::vector<int64_t> values = layer.integerSetting(index, what);
    if (values.size() != 1 || values.front() < least || values.front() > kMostNumbers)
        layer.fail(fmt::format("has an impossible {}", what));
    return values.front();
}

/// The real and imaginary parts of the results of a Fourier transform of `length` points, for the parts of the points:
/// [points * parts, results * 2]. Points behind `length` do not count.
Tensor fourierMatrix(int64_t points, int64_t parts, int64_t length, int64_t results, bool inverse) {
    const double sign = inverse ? 1 : -1, scale = inverse ? 1 / static_cast<double>(length) : 1;
    std::vector<float> matrix(static_cast<size_t>(points * parts * results * 2));
    for (int64_t point = 0; point < std::min(points, length); ++point)
        for (int64_t result = 0; result < results; ++result) {
            const double angle =
                sign * kTwoPi * static_cast<double>(point * result % length) / static_cast<double>(length);
            const double cosine = scale * std::cos(angle), sine = scale * std::sin(angle);
            const auto at = [&](int64_t part) {
                return static_cast<size_t>(((point * parts + part) * results + result) * 2);
            };
            matrix[at(0)] = static_cast<float>(cosine);
            matrix[at(0) + 1] = static_cast<float>(sine);
            if (parts == 2) {
                matrix[at(1)] = static_cast<float>(-sine);
                matrix[at(1) + 1] = static_cast<float>(cosine);
            }
        }
    return Tensor::fromFloats({points * parts, results * 2}, matrix);
}

/// Of dimension `axis` of x [..., points, ..., 1 or 2], a product with a matrix: [..., results, ..., 2].
ValueId fourier(LayerView& layer, ValueId x, size_t axis, int64_t length, bool onesided, bool inverse) {
    const Shape shape = layer.known(layer.builder().shape(x));
    const size_t rank = shape.size(), last = rank - 2;
    const int64_t points = shape[axis], parts = shape.back(), results = onesided ? length / 2 + 1 : length;
    if (points < 1 || checkedMul(checkedMul(points * parts, results, "its matrix"), 2, "its matrix") > kMostNumbers)
        layer.cannotRun(fmt::format("of {} points", points));
    std::vector<int64_t> swapped(rank);
    std::iota(swapped.begin(), swapped.end(), 0);
    std::swap(swapped[axis], swapped[last]);
    const auto turned = [&](ValueId value) { return axis == last ? value : layer.step(Transpose{swapped}, {value}); };
    Shape flat = shape;
    std::swap(flat[axis], flat[last]);
    flat.pop_back();
    flat.back() = points * parts;
    const ValueId matrix =
        layer.operand(castTensor(fourierMatrix(points, parts, length, results, inverse), layer.builder().type(x)));
    const ValueId product = layer.step(MatMul{}, {layer.step(Reshape{flat, true}, {turned(x)}), matrix});
    flat.back() = results;
    flat.push_back(2);
    return turned(layer.step(Reshape{flat, true}, {product}));
}

/// A sum of cosines over `size` points of a period, or of one less (`periodic` = 0).
template <size_t terms> Layer cosineWindow(LayerView& layer, const std::array<double, terms>& factors) {
    layer.requireInputs(1, 1);
    const int64_t size = sizeSetting(layer, 0, "size");
    const ElementType type = layer.elementType("output_datatype", ElementType::F32);
    const double period = static_cast<double>(layer.flag("periodic", true) || size == 1 ? size : size - 1);
    std::vector<double> values(static_cast<size_t>(size), 0);
    for (size_t i = 0; i < values.size(); ++i)
        for (size_t term = 0; term < terms; ++term)
            values[i] += factors[term] * std::cos(kTwoPi * static_cast<double>(term * i) / period);
    return {Identity{}, {}, {}, false, tensorFromDoubles(type, {size}, values)};
}

} // namespace

Layer readHannWindow(LayerView& layer) {
    return cosineWindow<2>(layer, {0.5, -0.5});
}

Layer readHammingWindow(LayerView& layer) {
    return cosineWindow<2>(layer, {25.0 / 46, -21.0 / 46});
}

Layer readBlackmanWindow(LayerView& layer) {
    return cosineWindow<3>(layer, {0.42, -0.5, 0.08});
}

Layer readDft(LayerView& layer) {
    layer.requireInputs(1, layer.opset() < 20 ? 2 : 3);
    const Shape shape = layer.knownShape(0);
    if (shape.size() < 2 || (shape.back() != 1 && shape.back() != 2))
        layer.fail("reads a tensor whose last dimension is not real and imaginary part");
    int64_t given = layer.opset() < 20 ? layer.integer("axis", 1) : -2;
    if (layer.hasInput(2)) {
        const std::vector<int64_t> axis = layer.integerSetting(2, "an axis");
        if (axis.size() != 1)
            layer.fail("has more than one axis");
        given = axis.front();
    }
    const auto axis = static_cast<size_t>(layer.axisOf(given, shape.size()));
    if (axis + 1 == shape.size())
        layer.fail("transforms the dimension of real and imaginary part");
    const bool inverse = layer.flag("inverse", false), onesided = layer.flag("onesided", false);
    if (inverse && onesided)
        layer.cannotRun("with onesided and inverse");
    const int64_t length = layer.hasInput(1) ? sizeSetting(layer, 1, "length") : shape[axis];
    return {.results = {fourier(layer, layer.input(0), axis, length, onesided, inverse)}};
}

/// Signal [N, samples, 1 or 2], step between frames, window, length of a frame.
Layer readStft(LayerView& layer) {
    layer.requireInputs(2, 4);
    Shape shape = layer.knownShape(0);
    ValueId signal = layer.input(0);
    if (shape.size() == 2) {
        signal = layer.step(Squeeze{{2}, true}, {signal});
        shape.push_back(1);
    }
    if (shape.size() != 3 || (shape[2] != 1 && shape[2] != 2))
        layer.fail(fmt::format("reads a signal of {} dimensions", shape.size()));
    const int64_t step = sizeSetting(layer, 1, "step between frames");
    const Shape* window = layer.shape(2);
    if (!layer.hasInput(3) && (!window || window->size() != 1))
        layer.fail("has neither a window nor a length of its frames");
    const int64_t length = layer.hasInput(3) ? sizeSetting(layer, 3, "length of a frame") : window->front();
    if (length < 1 || length > shape[1])
        layer.fail(fmt::format("has frames of {} samples in a signal of {}", length, shape[1]));
    const int64_t frames = (shape[1] - length) / step + 1;
    if (checkedMul(frames, length, "its frames") > kMostNumbers)
        layer.cannotRun(fmt::format("of {} frames", frames));
    std::vector<int64_t> samples;
    for (int64_t frame = 0; frame < frames; ++frame)
        for (int64_t i = 0; i < length; ++i)
            samples.push_back(frame * step + i);
    ValueId x = layer.step(Gather{1}, {signal, layer.operand(Tensor::fromInt64s({frames, length}, samples))});
    if (layer.hasInput(2))
        x = layer.binary(BinaryKind::Mul, x, layer.step(Squeeze{{1}, true}, {layer.input(2)}));
    return {.results = {fourier(layer, x, 2, length, layer.flag("onesided", true), false)}};
}

/// Triangles that overlap by half, of equal width on the mel scale: [frequencies, bins].
Layer readMelWeightMatrix(LayerView& layer) {
    layer.requireInputs(5, 5);
    const int64_t bins = sizeSetting(layer, 0, "number of bins"),
                  length = sizeSetting(layer, 1, "length of a transform"), rate = sizeSetting(layer, 2, "sample rate"),
                  frequencies = length / 2 + 1;
    const double low = layer.realSetting(3, "a lowest frequency"), high = layer.realSetting(4, "a highest frequency");
    const ElementType type = layer.elementType("output_datatype", ElementType::F32);
    if (!(low >= 0 && low <= high && high <= static_cast<double>(rate)) ||
        checkedMul(frequencies, bins, "its matrix") > kMostNumbers)
        layer.fail("has impossible frequencies");
    const auto mel = [](double hertz) { return 2595 * std::log10(1 + hertz / 700); };
    const double step = (mel(high) - mel(low)) / static_cast<double>(bins + 2);
    const auto edge = [&](int64_t i) {
        const double hertz = 700 * (std::pow(10, (mel(low) + step * static_cast<double>(i)) / 2595) - 1);
        return static_cast<int64_t>(std::floor(static_cast<double>(length + 1) * hertz / static_cast<double>(rate)));
    };
    std::vector<double> matrix(static_cast<size_t>(frequencies * bins), 0);
    for (int64_t bin = 0; bin < bins; ++bin) {
        const int64_t begin = edge(bin), middle = edge(bin + 1), end = edge(bin + 2);
        const auto put = [&](int64_t frequency, int64_t part, int64_t whole) {
            if (frequency >= 0 && frequency < frequencies)
                matrix[static_cast<size_t>(frequency * bins + bin)] =
                    static_cast<double>(part) / static_cast<double>(whole);
        };
        if (begin == middle)
            put(middle, 1, 1);
        for (int64_t i = begin; i <= middle && begin < middle; ++i)
            put(i, i - begin, middle - begin);
        for (int64_t i = middle; i < end; ++i)
            put(i, end - i, end - middle);
    }
    return {Identity{}, {}, {}, false, tensorFromDoubles(type, {frequencies, bins}, matrix)};
}

} // namespace halftone::onnx_format
