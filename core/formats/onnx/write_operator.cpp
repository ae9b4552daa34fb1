// SPDX-License-Identifier: GPL-3.0-or-later
// What each operator of the graph is in ONNX's operator set 13.
#include "core/formats/onnx/model_writer.h"

#include "core/base/error.h"
#include "core/base/text.h"

#include <fmt/format.h>
#include <numbers>
#include <numeric>

namespace halftone::onnx_format {

namespace {

class OperatorWriter {
public:
    OperatorWriter(ModelWriter& writer, const Graph& graph, const Node& node, const std::vector<std::string>& operands,
                   std::string output, bool symbolicBatch)
        : m_writer(writer), m_graph(graph), m_node(node), m_in(operands), m_out(std::move(output)),
          m_symbolicBatch(symbolicBatch) {}

    void operator()(const Conv& op) {
        const std::string result = beforePostOps(op.postOps);
        m_writer.node("Conv", {m_in[0], m_in[1], in(2)}, result,
                      {{"strides", op.strides},
                       {"dilations", op.dilations},
                       {"pads", op.pads},
                       {"group", op.groups},
                       {"kernel_shape", kernelOf(1)}});
        postOps(op.postOps, result);
    }

    void operator()(const ConvTranspose& op) {
        const std::string result = beforePostOps(op.postOps);
        m_writer.node("ConvTranspose", {m_in[0], m_in[1], in(2)}, result,
                      {{"strides", op.strides},
                       {"dilations", op.dilations},
                       {"pads", op.pads},
                       {"output_padding", op.outputPadding},
                       {"group", op.groups},
                       {"kernel_shape", kernelOf(1)}});
        postOps(op.postOps, result);
    }

    /// Gemm where rows are multiplied, which runtimes know in int8; else a product with the transposed weights.
    void operator()(const FullyConnected& op) {
        const std::string result = beforePostOps(op.postOps);
        if (shape(m_node.inputs[0]).size() == 2) {
            m_writer.node("Gemm", {m_in[0], m_in[1], in(2)}, result, {{"transB", int64_t{1}}});
        } else {
            const std::string turned =
                m_writer.node("Transpose", {m_in[1]}, fresh("transposed"), {{"perm", std::vector<int64_t>{1, 0}}});
            const bool bias = !in(2).empty();
            const std::string product = m_writer.node("MatMul", {m_in[0], turned}, bias ? fresh("product") : result);
            if (bias)
                m_writer.node("Add", {product, in(2)}, result);
        }
        postOps(op.postOps, result);
    }

    void operator()(const MatMul&) { m_writer.node("MatMul", {m_in[0], m_in[1]}, m_out); }

    void operator()(const Gemm& op) {
        m_writer.node(
            "Gemm", {m_in[0], m_in[1], in(2)}, m_out,
            {{"alpha", op.alpha}, {"beta", op.beta}, {"transA", int64_t{op.transA}}, {"transB", int64_t{op.transB}}});
    }

    void operator()(const Pool& op) {
        const bool max = op.kind == PoolKind::Max;
        if (op.global) {
            m_writer.node(max ? "GlobalMaxPool" : "GlobalAveragePool", {m_in[0]}, m_out);
            return;
        }
        if (max) {
            m_writer.node("MaxPool", {m_in[0]}, m_out,
                          {{"kernel_shape", op.kernel},
                           {"strides", op.strides},
                           {"dilations", op.dilations},
                           {"pads", op.pads},
                           {"ceil_mode", int64_t{op.ceilMode}}});
            return;
        }
        for (const int64_t dilation : op.dilations)
            if (dilation != 1)
                refuse("an average with dilations");
        m_writer.node("AveragePool", {m_in[0]}, m_out,
                      {{"kernel_shape", op.kernel},
                       {"strides", op.strides},
                       {"pads", op.pads},
                       {"ceil_mode", int64_t{op.ceilMode}},
                       {"count_include_pad", int64_t{op.kind == PoolKind::AverageIncludePad}}});
    }

    void operator()(const BatchNorm& op) {
        const std::string result = beforePostOps(op.postOps);
        m_writer.node("BatchNormalization", {m_in[0], m_in[1], m_in[2], m_in[3], m_in[4]}, result,
                      {{"epsilon", op.epsilon}});
        postOps(op.postOps, result);
    }

    void operator()(const Normalize& op) {
        const std::string mean = m_writer.node("ReduceMean", {m_in[0]}, fresh("mean"), {{"axes", op.axes}});
        const std::string centred = m_writer.node("Sub", {m_in[0], mean}, fresh("centred"));
        const std::string square = m_writer.node("Mul", {centred, centred}, fresh("square"));
        const std::string variance = m_writer.node("ReduceMean", {square}, fresh("variance"), {{"axes", op.axes}});
        const std::string positive = m_writer.node("Add", {variance, number("epsilon", op.epsilon)}, fresh("positive"));
        const std::string deviation = m_writer.node("Sqrt", {positive}, fresh("deviation"));
        m_writer.node("Div", {centred, deviation}, m_out);
    }

    void operator()(const Lrn& op) {
        m_writer.node("LRN", {m_in[0]}, m_out,
                      {{"size", op.size}, {"alpha", op.alpha}, {"beta", op.beta}, {"bias", op.bias}});
    }

    void operator()(const Unary& op) { unary(op, m_in[0], m_out); }

    void operator()(const Binary& op) {
        const std::string result = beforePostOps(op.postOps);
        binary(op.kind, result);
        postOps(op.postOps, result);
    }

    void operator()(const Softmax& op) {
        const Shape& x = shape(m_node.inputs[0]);
        const auto rank = static_cast<int64_t>(x.size());
        const int64_t axis = op.axis < 0 ? op.axis + rank : op.axis;
        const char* name = op.log ? "LogSoftmax" : "Softmax";
        if (!op.coerce2d || axis == rank - 1) {
            m_writer.node(name, {m_in[0]}, m_out, {{"axis", axis}});
            return;
        }
        const std::string flat = m_writer.node("Flatten", {m_in[0]}, fresh("flat"), {{"axis", axis}});
        const std::string rows = m_writer.node(name, {flat}, fresh("rows"), {{"axis", int64_t{1}}});
        m_writer.node("Reshape", {rows, integers("shape", target(x, x))}, m_out);
    }

    void operator()(const Reduce& op) {
        std::vector<int64_t> axes = op.axes;
        if (axes.empty()) {
            axes.resize(shape(m_node.inputs[0]).size());
            std::iota(axes.begin(), axes.end(), 0);
        }
        if (op.kind == ReduceKind::Sum) {
            m_writer.node("ReduceSum", {m_in[0], integers("axes", axes)}, m_out, {{"keepdims", int64_t{op.keepDims}}});
            return;
        }
        m_writer.node(opName(op).c_str(), {m_in[0]}, m_out, {{"axes", axes}, {"keepdims", int64_t{op.keepDims}}});
    }

    void operator()(const ArgReduce& op) {
        m_writer.node(
            op.largest ? "ArgMax" : "ArgMin", {m_in[0]}, m_out,
            {{"axis", op.axis}, {"keepdims", int64_t{op.keepDims}}, {"select_last_index", int64_t{op.selectLast}}});
    }

    void operator()(const Reshape&) { reshape(); }
    void operator()(const Flatten&) { reshape(); }
    void operator()(const Squeeze&) { reshape(); }

    void operator()(const Transpose& op) {
        if (op.perm.empty())
            m_writer.node("Transpose", {m_in[0]}, m_out);
        else
            m_writer.node("Transpose", {m_in[0]}, m_out, {{"perm", op.perm}});
    }

    void operator()(const Concat& op) { m_writer.node("Concat", m_in, m_out, {{"axis", op.axis}}); }

    void operator()(const Slice& op) {
        std::vector<int64_t> axes = op.axes, steps = op.steps;
        if (axes.empty()) {
            axes.resize(op.starts.size());
            std::iota(axes.begin(), axes.end(), 0);
        }
        if (steps.empty())
            steps.resize(op.starts.size(), 1);
        m_writer.node("Slice",
                      {m_in[0], integers("starts", op.starts), integers("ends", op.ends), integers("axes", axes),
                       integers("steps", steps)},
                      m_out);
    }

    void operator()(const Pad& op) {
        if (op.mode == PadMode::Wrap)
            refuse("a pad that begins again at the other end");
        const char* mode = op.mode == PadMode::Constant ? "constant" : op.mode == PadMode::Reflect ? "reflect" : "edge";
        m_writer.node("Pad", {m_in[0], integers("pads", op.pads), number("value", op.value)}, m_out,
                      {{"mode", std::string(mode)}});
    }

    void operator()(const Gather& op) { m_writer.node("Gather", {m_in[0], m_in[1]}, m_out, {{"axis", op.axis}}); }
    void operator()(const Expand& op) { m_writer.node("Expand", {m_in[0], integers("shape", op.target)}, m_out); }
    void operator()(const Tile& op) { m_writer.node("Tile", {m_in[0], integers("repeats", op.repeats)}, m_out); }

    void operator()(const Resize& op) {
        static constexpr const char* kModes[] = {"nearest", "linear", "cubic"};
        static constexpr const char* kRoundings[] = {"round_prefer_floor", "round_prefer_ceil", "floor", "ceil"};
        if (op.coordinates == ResizeCoordinates::TfCropAndResize ||
            op.coordinates == ResizeCoordinates::TfHalfPixelForNn ||
            op.coordinates == ResizeCoordinates::HalfPixelSymmetric)
            refuse("a resize with these coordinates");
        const char* coordinates = op.coordinates == ResizeCoordinates::HalfPixel          ? "half_pixel"
                                  : op.coordinates == ResizeCoordinates::PytorchHalfPixel ? "pytorch_half_pixel"
                                  : op.coordinates == ResizeCoordinates::AlignCorners     ? "align_corners"
                                                                                          : "asymmetric";
        std::vector<std::string> inputs{m_in[0], ""};
        if (!op.scales.empty()) {
            inputs.push_back(m_writer.constant(
                m_out + "_scales", Tensor::fromFloats({static_cast<int64_t>(op.scales.size())}, op.scales)));
        } else {
            std::vector<float> scales; // sizes would fix the batch
            const Shape &from = shape(m_node.inputs[0]), &to = shape(m_node.output());
            for (size_t i = 0; i < from.size(); ++i)
                scales.push_back(static_cast<float>(to[i]) / static_cast<float>(from[i]));
            inputs.push_back(m_writer.constant(m_out + "_scales",
                                               Tensor::fromFloats({static_cast<int64_t>(scales.size())}, scales)));
        }
        m_writer.node("Resize", inputs, m_out,
                      {{"mode", std::string(kModes[static_cast<size_t>(op.mode)])},
                       {"coordinate_transformation_mode", std::string(coordinates)},
                       {"nearest_mode", std::string(kRoundings[static_cast<size_t>(op.rounding)])},
                       {"cubic_coeff_a", op.cubicA},
                       {"exclude_outside", int64_t{op.excludeOutside}}});
    }

    void operator()(const GridSample&) { refuse("GridSample"); }
    void operator()(const RoiAlign& op) {
        if (op.halfPixel)
            refuse("RoiAlign with regions between elements");
        m_writer.node("RoiAlign", {m_in[0], m_in[1], m_in[2]}, m_out,
                      {{"output_height", op.height},
                       {"output_width", op.width},
                       {"sampling_ratio", op.samples},
                       {"spatial_scale", op.scale},
                       {"mode", std::string(op.largest ? "max" : "avg")}});
    }
    void operator()(const Det&) { m_writer.node("Det", {m_in[0]}, m_out); }
    void operator()(const Where&) { m_writer.node("Where", {m_in[0], m_in[1], m_in[2]}, m_out); }

    void operator()(const ShapeOf& op) {
        if (op.start == 0 && op.end >= static_cast<int64_t>(shape(m_node.inputs[0]).size())) {
            m_writer.node("Shape", {m_in[0]}, m_out);
            return;
        }
        const std::string whole = m_writer.node("Shape", {m_in[0]}, fresh("shape"));
        m_writer.node("Slice", {whole, integers("starts", {op.start}), integers("ends", {op.end})}, m_out);
    }

    void operator()(const QuantizeLinear& op) {
        m_writer.node("QuantizeLinear", {m_in[0], m_in[1], in(2)}, m_out, {{"axis", op.axis}});
    }
    void operator()(const DequantizeLinear& op) {
        m_writer.node("DequantizeLinear", {m_in[0], m_in[1], in(2)}, m_out, {{"axis", op.axis}});
    }
    void operator()(const Cast& op) {
        m_writer.node("Cast", {m_in[0]}, m_out, {{"to", static_cast<int64_t>(dataTypeOf(op.to))}});
    }
    void operator()(const Identity&) { m_writer.node("Identity", {m_in[0]}, m_out); }
    void operator()(const GatherElements& op) {
        m_writer.node("GatherElements", {m_in[0], m_in[1]}, m_out, {{"axis", op.axis}});
    }
    void operator()(const GatherNd& op) {
        m_writer.node("GatherND", {m_in[0], m_in[1]}, m_out, {{"batch_dims", op.batchDims}});
    }
    void operator()(const ScatterElements& op) {
        if (op.mode != ScatterMode::Replace)
            refuse("ScatterElements that combines values");
        m_writer.node("ScatterElements", {m_in[0], m_in[1], m_in[2]}, m_out, {{"axis", op.axis}});
    }
    void operator()(const ScatterNd& op) {
        if (op.mode != ScatterMode::Replace)
            refuse("ScatterND that combines values");
        m_writer.node("ScatterND", {m_in[0], m_in[1], m_in[2]}, m_out);
    }
    void operator()(const CumSum& op) {
        m_writer.node("CumSum", {m_in[0], integers("axis", {op.axis})}, m_out,
                      {{"exclusive", int64_t{op.exclusive}}, {"reverse", int64_t{op.reverse}}});
    }
    void operator()(const TopValues&) { refuseSeveralResults(); }
    void operator()(const Recurrent&) { refuseSeveralResults(); }
    void operator()(const Opaque& op) { refuse(op.reason); }

private:
    const Shape& shape(ValueId value) const { return m_graph.value(value).shape; }
    std::string in(size_t index) const { return index < m_in.size() ? m_in[index] : std::string(); }
    std::string fresh(const char* what) { return m_writer.newTensor(m_out + "_" + what); }
    std::string integers(const char* what, const std::vector<int64_t>& values) {
        return m_writer.integers(m_out + "_" + what, values);
    }
    std::string number(const char* what, float value) { return m_writer.number(m_out + "_" + what, value); }

    [[noreturn]] void refuseSeveralResults() const {
        const std::string shown = displayText(m_node.name);
        throw Error(ErrorCode::Unsupported,
                    fmt::format("The layer {} ({}) has several results, which Halftone cannot write as ONNX yet.",
                                shown, opName(m_node.op)),
                    shown);
    }
    [[noreturn]] void refuse(const std::string& what) const {
        const std::string shown = displayText(m_node.name);
        throw Error(ErrorCode::Unsupported,
                    fmt::format("The layer {} ({}) cannot be written as ONNX: {} is not in operator set 13.", shown,
                                opName(m_node.op), what),
                    shown);
    }

    std::vector<int64_t> kernelOf(size_t weights) const {
        const Shape& shape = this->shape(m_node.inputs[weights]);
        return {shape.begin() + 2, shape.end()};
    }

    /// The result's shape as a target: where the batch may change, its dimension follows the input.
    std::vector<int64_t> target(const Shape& from, const Shape& to) const {
        std::vector<int64_t> target = to;
        if (m_symbolicBatch && !from.empty() && !to.empty())
            target[0] = from[0] == to[0] ? 0 : -1;
        return target;
    }

    void reshape() {
        const std::vector<int64_t> shape = target(this->shape(m_node.inputs[0]), this->shape(m_node.output()));
        m_writer.node("Reshape", {m_in[0], integers("shape", shape)}, m_out);
    }

    std::string beforePostOps(const PostOps& postOps) { return postOps.empty() ? m_out : fresh("result"); }

    void postOps(const PostOps& postOps, std::string value) {
        for (size_t i = 0; i < postOps.size(); ++i) {
            const std::string next = i + 1 == postOps.size() ? m_out : fresh("result");
            if (const auto* activation = std::get_if<Unary>(&postOps[i]))
                unary(*activation, value, next);
            else if (const auto* prelu = std::get_if<PReluInput>(&postOps[i]))
                m_writer.node("PRelu", {value, m_in[static_cast<size_t>(prelu->input)]}, next);
            else if (const auto* mul = std::get_if<MulInput>(&postOps[i]))
                m_writer.node("Mul", {value, m_in[static_cast<size_t>(mul->input)]}, next);
            else
                m_writer.node("Add", {value, m_in[static_cast<size_t>(std::get<AddInput>(postOps[i]).input)]}, next);
            value = next;
        }
    }

    void binary(BinaryKind kind, const std::string& result) {
        const std::string &a = m_in[0], &b = m_in[1];
        switch (kind) {
        case BinaryKind::FloorDiv:
        case BinaryKind::FloorMod: {
            const std::string quotient = m_writer.node("Div", {a, b}, fresh("quotient"));
            const bool mod = kind == BinaryKind::FloorMod;
            const std::string floor = m_writer.node("Floor", {quotient}, mod ? fresh("floor") : result);
            if (mod)
                m_writer.node("Sub", {a, m_writer.node("Mul", {floor, b}, fresh("whole"))}, result);
            return;
        }
        case BinaryKind::TruncMod: m_writer.node("Mod", {a, b}, result, {{"fmod", int64_t{1}}}); return;
        case BinaryKind::ShiftLeft:
        case BinaryKind::ShiftRight:
            m_writer.node("BitShift", {a, b}, result,
                          {{"direction", std::string(kind == BinaryKind::ShiftLeft ? "LEFT" : "RIGHT")}});
            return;
        case BinaryKind::BitwiseAnd:
        case BinaryKind::BitwiseOr:
        case BinaryKind::BitwiseXor: refuse(nameOf(kind));
        case BinaryKind::LessOrEqual: m_writer.node("LessOrEqual", {a, b}, result); return;
        case BinaryKind::GreaterOrEqual: m_writer.node("GreaterOrEqual", {a, b}, result); return;
        default: m_writer.node(opName(Binary{kind, {}}).c_str(), {a, b}, result); return;
        }
    }

    void unary(const Unary& op, const std::string& x, const std::string& result) {
        const auto step = [&](const char* name, std::vector<std::string> inputs) {
            return m_writer.node(name, std::move(inputs), fresh(name));
        };
        switch (op.kind) {
        case UnaryKind::Clip:
            m_writer.node("Clip", {x, number("min", op.alpha), number("max", op.beta)}, result);
            return;
        case UnaryKind::LeakyRelu:
        case UnaryKind::Elu:
        case UnaryKind::Celu:
        case UnaryKind::ThresholdedRelu: m_writer.node(opName(op).c_str(), {x}, result, {{"alpha", op.alpha}}); return;
        case UnaryKind::Shrink: m_writer.node("Shrink", {x}, result, {{"lambd", op.alpha}, {"bias", op.beta}}); return;
        case UnaryKind::BitwiseNot: refuse("BitwiseNot");
        case UnaryKind::Selu: m_writer.node("Selu", {x}, result, {{"alpha", op.alpha}, {"gamma", op.beta}}); return;
        case UnaryKind::HardSigmoid:
            m_writer.node("HardSigmoid", {x}, result, {{"alpha", op.alpha}, {"beta", op.beta}});
            return;
        case UnaryKind::HardSwish: {
            const std::string gate =
                m_writer.node("HardSigmoid", {x}, fresh("gate"), {{"alpha", op.alpha}, {"beta", op.beta}});
            m_writer.node("Mul", {x, gate}, result);
            return;
        }
        case UnaryKind::Swish: {
            const std::string scaled = op.alpha == 1 ? x : step("Mul", {x, number("alpha", op.alpha)});
            m_writer.node("Mul", {x, step("Sigmoid", {scaled})}, result);
            return;
        }
        case UnaryKind::Mish: m_writer.node("Mul", {x, step("Tanh", {step("Softplus", {x})})}, result); return;
        case UnaryKind::Square: m_writer.node("Mul", {x, x}, result); return;
        case UnaryKind::Rsqrt: m_writer.node("Reciprocal", {step("Sqrt", {x})}, result); return;
        case UnaryKind::Gelu:
        case UnaryKind::GeluTanh: {
            std::string inner;
            if (op.kind == UnaryKind::Gelu) {
                inner = step("Erf", {step("Mul", {x, number("factor", 1 / std::numbers::sqrt2_v<float>)})});
            } else {
                const std::string cube = step("Mul", {step("Mul", {x, x}), x});
                const std::string sum = step("Add", {x, step("Mul", {cube, number("cubic", 0.044715F)})});
                const float factor = std::numbers::sqrt2_v<float> * std::numbers::inv_sqrtpi_v<float>;
                inner = step("Tanh", {step("Mul", {sum, number("factor", factor)})});
            }
            const std::string half = step("Mul", {x, number("half", 0.5F)});
            m_writer.node("Mul", {half, step("Add", {inner, number("one", 1)})}, result);
            return;
        }
        default: m_writer.node(opName(op).c_str(), {x}, result); return;
        }
    }

    ModelWriter& m_writer;
    const Graph& m_graph;
    const Node& m_node;
    const std::vector<std::string>& m_in;
    std::string m_out;
    bool m_symbolicBatch;
};

} // namespace

void writeOperator(ModelWriter& writer, const Graph& graph, const Node& node, const std::vector<std::string>& operands,
                   const std::string& output, bool symbolicBatch) {
    std::visit(OperatorWriter(writer, graph, node, operands, output, symbolicBatch), node.op);
}

} // namespace halftone::onnx_format
