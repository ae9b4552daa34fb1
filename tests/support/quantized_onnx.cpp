// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/quantized_onnx.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <numeric>
#include <stdexcept>

namespace halftone::test {

namespace {

using Array = QuantizedOnnx::Array;

[[noreturn]] void fail(const std::string& what) {
    throw std::runtime_error("QuantizedOnnx: " + what);
}

size_t count(const Shape& shape) {
    return static_cast<size_t>(std::accumulate(shape.begin(), shape.end(), int64_t{1}, std::multiplies<>()));
}

template <typename T> std::vector<double> numbers(const std::string& bytes) {
    std::vector<T> typed(bytes.size() / sizeof(T));
    std::memcpy(typed.data(), bytes.data(), typed.size() * sizeof(T));
    return {typed.begin(), typed.end()};
}

Array arrayOf(const onnx::TensorProto& proto) {
    Array array{{proto.dims().begin(), proto.dims().end()}, {}};
    const std::string& raw = proto.raw_data();
    switch (proto.data_type()) {
    case onnx::TensorProto::FLOAT:
        array.values = raw.empty() ? std::vector<double>(proto.float_data().begin(), proto.float_data().end())
                                   : numbers<float>(raw);
        break;
    case onnx::TensorProto::INT64:
        array.values = raw.empty() ? std::vector<double>(proto.int64_data().begin(), proto.int64_data().end())
                                   : numbers<int64_t>(raw);
        break;
    case onnx::TensorProto::INT32:
    case onnx::TensorProto::INT8:
    case onnx::TensorProto::UINT8:
        if (raw.empty())
            array.values.assign(proto.int32_data().begin(), proto.int32_data().end());
        else if (proto.data_type() == onnx::TensorProto::INT32)
            array.values = numbers<int32_t>(raw);
        else
            array.values = proto.data_type() == onnx::TensorProto::INT8 ? numbers<int8_t>(raw) : numbers<uint8_t>(raw);
        break;
    default: fail("constant " + proto.name());
    }
    if (array.values.size() != count(array.shape))
        fail("size of " + proto.name());
    return array;
}

const onnx::AttributeProto* attribute(const onnx::NodeProto& node, const std::string& name) {
    for (const onnx::AttributeProto& each : node.attribute())
        if (each.name() == name)
            return &each;
    return nullptr;
}

std::vector<int64_t> integers(const onnx::NodeProto& node, const std::string& name, std::vector<int64_t> otherwise) {
    const onnx::AttributeProto* found = attribute(node, name);
    return found ? std::vector<int64_t>(found->ints().begin(), found->ints().end()) : otherwise;
}

int64_t integer(const onnx::NodeProto& node, const std::string& name, int64_t otherwise) {
    const onnx::AttributeProto* found = attribute(node, name);
    return found ? found->i() : otherwise;
}

/// One factor for each element of dimension `axis`, or one for all.
double along(const Array& factors, const Shape& shape, int64_t axis, size_t index) {
    if (factors.values.size() == 1)
        return factors.values.front();
    size_t inner = 1;
    for (size_t d = static_cast<size_t>(axis) + 1; d < shape.size(); ++d)
        inner *= static_cast<size_t>(shape[d]);
    return factors.values.at(index / inner % factors.values.size());
}

Array convolved(const onnx::NodeProto& node, const Array& x, const Array& w, const Array* bias) {
    const std::vector<int64_t> strides = integers(node, "strides", {1, 1}), pads = integers(node, "pads", {0, 0, 0, 0});
    const onnx::AttributeProto* autoPad = attribute(node, "auto_pad");
    if (integers(node, "dilations", {1, 1}) != std::vector<int64_t>{1, 1} || (autoPad && autoPad->s() != "NOTSET"))
        fail("setting of " + node.name());
    const int64_t groups = integer(node, "group", 1), perGroup = w.shape[0] / groups;
    const int64_t height = (x.shape[2] + pads[0] + pads[2] - w.shape[2]) / strides[0] + 1;
    const int64_t width = (x.shape[3] + pads[1] + pads[3] - w.shape[3]) / strides[1] + 1;
    Array y{{1, w.shape[0], height, width}, {}};
    y.values.resize(count(y.shape));
    const double* weight = w.values.data();
    for (int64_t o = 0; o < w.shape[0]; ++o) {
        double* plane = y.values.data() + o * height * width;
        std::fill_n(plane, height * width, bias ? bias->values[static_cast<size_t>(o)] : 0.0);
        for (int64_t c = 0; c < w.shape[1]; ++c) {
            const double* source = x.values.data() + (o / perGroup * w.shape[1] + c) * x.shape[2] * x.shape[3];
            for (int64_t ky = 0; ky < w.shape[2]; ++ky)
                for (int64_t kx = 0; kx < w.shape[3]; ++kx, ++weight)
                    for (int64_t oy = 0; oy < height; ++oy) {
                        const int64_t iy = oy * strides[0] + ky - pads[0];
                        for (int64_t ox = 0; iy >= 0 && iy < x.shape[2] && ox < width; ++ox) {
                            const int64_t ix = ox * strides[1] + kx - pads[1];
                            if (ix >= 0 && ix < x.shape[3])
                                plane[oy * width + ox] += *weight * source[iy * x.shape[3] + ix];
                        }
                    }
        }
    }
    return y;
}

Array multiplied(const onnx::NodeProto& node, const Array& a, const Array& b, const Array* c) {
    if (integer(node, "transA", 0) != 0 || integer(node, "transB", 0) != 1 || a.shape[0] != 1)
        fail("setting of " + node.name());
    Array y{{1, b.shape[0]}, {}};
    const auto length = static_cast<size_t>(b.shape[1]);
    for (size_t n = 0; n < static_cast<size_t>(b.shape[0]); ++n)
        y.values.push_back(std::inner_product(a.values.begin(), a.values.end(),
                                              b.values.begin() + static_cast<std::ptrdiff_t>(n * length),
                                              c ? c->values.at(n) : 0.0));
    return y;
}

/// Over all positions of a plane, however the file says it.
Array averaged(const onnx::NodeProto& node, const Array& x) {
    if (node.op_type() != "GlobalAveragePool" &&
        integers(node, "kernel_shape", {}) != std::vector<int64_t>{x.shape[2], x.shape[3]})
        fail("kernel of " + node.name());
    Array y{{1, x.shape[1], 1, 1}, {}};
    const size_t plane = count(x.shape) / static_cast<size_t>(x.shape[1]);
    for (auto at = x.values.begin(); at != x.values.end(); at += static_cast<std::ptrdiff_t>(plane))
        y.values.push_back(std::accumulate(at, at + static_cast<std::ptrdiff_t>(plane), 0.0) /
                           static_cast<double>(plane));
    return y;
}

/// y[i] = x[i * step + start] along every dimension where that exists, else 0.
Array moved(const Array& x, const Shape& shape, const std::vector<int64_t>& start, const std::vector<int64_t>& step) {
    Array y{shape, std::vector<double>(count(shape))};
    for (size_t i = 0; i < y.values.size(); ++i) {
        size_t left = i, source = 0, stride = 1;
        bool inside = true;
        for (size_t d = shape.size(); d-- > 0;) {
            const int64_t at = static_cast<int64_t>(left % static_cast<size_t>(shape[d])) * step[d] + start[d];
            left /= static_cast<size_t>(shape[d]);
            inside = inside && at >= 0 && at < x.shape[d];
            source += stride * static_cast<size_t>(inside ? at : 0);
            stride *= static_cast<size_t>(x.shape[d]);
        }
        y.values[i] = inside ? x.values[source] : 0;
    }
    return y;
}

Array sliced(const Array& x, const Array& starts, const Array& ends, const Array& axes, const Array& steps) {
    Shape shape = x.shape;
    std::vector<int64_t> start(shape.size(), 0), step(shape.size(), 1);
    for (size_t i = 0; i < axes.values.size(); ++i) {
        const auto axis = static_cast<size_t>(axes.values[i]);
        start[axis] = static_cast<int64_t>(starts.values[i]);
        step[axis] = static_cast<int64_t>(steps.values[i]);
        const auto end = static_cast<int64_t>(std::min(ends.values[i], static_cast<double>(shape[axis])));
        shape[axis] = (end - start[axis] + step[axis] - 1) / step[axis];
    }
    return moved(x, shape, start, step);
}

Array padded(const Array& x, const Array& pads) {
    Shape shape = x.shape;
    std::vector<int64_t> start;
    for (size_t d = 0; d < shape.size(); ++d) {
        start.push_back(-static_cast<int64_t>(pads.values[d]));
        shape[d] += static_cast<int64_t>(pads.values[d] + pads.values[d + shape.size()]);
    }
    return moved(x, shape, start, std::vector<int64_t>(shape.size(), 1));
}

Array softmax(Array x) {
    const double largest = *std::ranges::max_element(x.values);
    double sum = 0;
    for (double& value : x.values)
        sum += value = std::exp(value - largest);
    for (double& value : x.values)
        value /= sum;
    return x;
}

} // namespace

int RoundedTensor::code(size_t index) const {
    return static_cast<int>(std::clamp<double>(std::nearbyint(exact[index] - zeroPoint) + zeroPoint, lowest, highest));
}

double RoundedTensor::distanceToTie(size_t index) const {
    return std::abs(exact[index] - std::floor(exact[index]) - 0.5);
}

QuantizedOnnx::QuantizedOnnx(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!m_model.ParseFromIstream(&file))
        fail("cannot read " + path);
    for (const onnx::TensorProto& tensor : m_model.graph().initializer()) {
        m_constants[tensor.name()] = arrayOf(tensor);
        if (tensor.data_type() == onnx::TensorProto::INT8)
            m_codeRanges[tensor.name()] = {-128, 127};
        if (tensor.data_type() == onnx::TensorProto::UINT8)
            m_codeRanges[tensor.name()] = {0, 255};
    }
}

void QuantizedOnnx::setWeights(size_t layer, const std::vector<float>& weights) {
    m_weights[layer] = weights;
}

struct QuantizedOnnx::Run {
    const QuantizedOnnx& model;
    const Rounding& rounding;
    std::map<std::string, Array> values;

    const Array& at(const onnx::NodeProto& node, int input) const {
        const auto found = values.find(node.input(input));
        return found != values.end() ? found->second : model.m_constants.at(node.input(input));
    }
    const Array* optional(const onnx::NodeProto& node, int input) const {
        return input < node.input_size() && !node.input(input).empty() ? &at(node, input) : nullptr;
    }

    /// What the codes mean whose scale and zero point are the next operands.
    Array real(const onnx::NodeProto& node, int input, int64_t axis) const {
        Array x = at(node, input);
        const Array zero{{}, {0}};
        const Array* zeroPoint = optional(node, input + 2);
        for (size_t i = 0; i < x.values.size(); ++i)
            x.values[i] = (x.values[i] - along(zeroPoint ? *zeroPoint : zero, x.shape, axis, i)) *
                          along(at(node, input + 1), x.shape, axis, i);
        return x;
    }

    /// An int32 bias on the grid of the products.
    Array realBias(const onnx::NodeProto& node, int input) const {
        Array bias = at(node, input);
        for (size_t i = 0; i < bias.values.size(); ++i)
            bias.values[i] *= at(node, 1).values.front() * along(at(node, 4), bias.shape, 0, i);
        return bias;
    }

    Array weights(size_t layer, Array file) const {
        if (const auto found = model.m_weights.find(layer); found != model.m_weights.end()) {
            if (found->second.size() != file.values.size())
                fail("other weights of another size");
            file.values.assign(found->second.begin(), found->second.end());
        }
        return file;
    }

    Array rounded(const onnx::NodeProto& node, Array x, int scaleInput) const {
        RoundedTensor tensor;
        tensor.scale = at(node, scaleInput).values.front();
        tensor.zeroPoint = static_cast<int>(at(node, scaleInput + 1).values.front());
        std::tie(tensor.lowest, tensor.highest) = model.m_codeRanges.at(node.input(scaleInput + 1));
        tensor.names.push_back(node.output(0));
        for (const onnx::NodeProto& reader : model.m_model.graph().node())
            if (reader.op_type() == "DequantizeLinear" && reader.input(0) == node.output(0))
                tensor.names.push_back(reader.output(0));
        if (node.op_type() == "QuantizeLinear")
            tensor.names.push_back(node.input(0));
        for (const double value : x.values)
            tensor.exact.push_back(value / tensor.scale + tensor.zeroPoint);
        const std::vector<int> other = rounding(tensor);
        for (size_t i = 0; i < x.values.size(); ++i)
            x.values[i] = other.empty() ? tensor.code(i) : other.at(i);
        return x;
    }

    Array sum(const Array& a, const Array& b) const {
        if (a.shape != b.shape)
            fail("shapes of a sum");
        Array y = a;
        for (size_t i = 0; i < y.values.size(); ++i)
            y.values[i] += b.values[i];
        return y;
    }

    Array computed(const onnx::NodeProto& node, size_t layer) const {
        const std::string& op = node.op_type();
        if (op == "QuantizeLinear")
            return rounded(node, at(node, 0), 1);
        if (op == "DequantizeLinear")
            return real(node, 0, integer(node, "axis", 1));
        if (op == "Conv")
            return convolved(node, at(node, 0), weights(layer, at(node, 1)), optional(node, 2));
        if (op == "QLinearConv") {
            const Array bias = realBias(node, 8);
            return rounded(node, convolved(node, real(node, 0, 0), weights(layer, real(node, 3, 0)), &bias), 6);
        }
        if (op == "Gemm")
            return multiplied(node, at(node, 0), weights(layer, at(node, 1)), optional(node, 2));
        if (op == "QGemm") {
            const Array bias = realBias(node, 6);
            return rounded(node, multiplied(node, real(node, 0, 0), weights(layer, real(node, 3, 0)), &bias), 7);
        }
        if (op == "Add")
            return sum(at(node, 0), at(node, 1));
        if (op == "QLinearAdd")
            return rounded(node, sum(real(node, 0, 0), real(node, 3, 0)), 6);
        if (op == "AveragePool" || op == "GlobalAveragePool")
            return averaged(node, at(node, 0));
        if (op == "QLinearAveragePool")
            return rounded(node, averaged(node, real(node, 0, 0)), 3);
        if (op == "Relu" || op == "Clip") {
            Array x = at(node, 0);
            for (double& value : x.values)
                value = op == "Relu" ? std::max(value, 0.0)
                                     : std::clamp(value, at(node, 1).values.front(), at(node, 2).values.front());
            return x;
        }
        if (op == "Flatten")
            return {{1, static_cast<int64_t>(at(node, 0).values.size())}, at(node, 0).values};
        if (op == "Slice")
            return sliced(at(node, 0), at(node, 1), at(node, 2), at(node, 3), at(node, 4));
        if (op == "Pad")
            return padded(at(node, 0), at(node, 1));
        if (op == "Softmax")
            return softmax(at(node, 0));
        fail("operator " + op);
    }
};

std::vector<double> QuantizedOnnx::run(const std::vector<float>& input, const Shape& shape,
                                       const Rounding& rounding) const {
    Run run{*this, rounding, {}};
    for (const onnx::ValueInfoProto& each : m_model.graph().input())
        if (!m_constants.contains(each.name()))
            run.values[each.name()] = {shape, {input.begin(), input.end()}};
    for (int i = 0; i < m_model.graph().node_size(); ++i) {
        const onnx::NodeProto& node = m_model.graph().node(i);
        run.values[node.output(0)] = run.computed(node, static_cast<size_t>(i));
    }
    return run.values.at(m_model.graph().output(0).name()).values;
}

} // namespace halftone::test
