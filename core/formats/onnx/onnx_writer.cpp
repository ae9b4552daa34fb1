// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/onnx/onnx_writer.h"

#include "core/base/error.h"
#include "core/formats/onnx/model_writer.h"
#include "core/formats/onnx/written_codes.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace halftone {

namespace {

using namespace onnx_format;

constexpr int64_t kIrVersion = 7, kOpset = 13;
constexpr float kLargestBias = 0x1p30F; // as a code of 32 bits

Tensor codesTensor(ElementType type, const Shape& shape, const std::vector<int32_t>& codes) {
    std::vector<std::byte> bytes;
    for (const int32_t code : codes)
        bytes.push_back(static_cast<std::byte>(static_cast<uint8_t>(code)));
    return Tensor::fromBytes(type, shape, std::move(bytes));
}

class GraphWriter {
public:
    GraphWriter(const Graph& graph, const OnnxWriting& writing)
        : m_graph(graph), m_writing(writing), m_writer(graph), m_written(writtenAsCodes(graph)) {}

    std::string write() {
        onnx::ModelProto& model = m_writer.model();
        model.set_ir_version(kIrVersion);
        model.set_producer_name("Halftone");
        model.set_producer_version(m_writing.version);
        onnx::OperatorSetIdProto& opset = *model.add_opset_import();
        opset.set_domain("");
        opset.set_version(kOpset);
        model.mutable_graph()->set_name(m_graph.name.empty() ? "network" : m_graph.name);
        for (const ValueId input : m_graph.inputs) {
            describe(*model.mutable_graph()->add_input(), input);
            m_writer.beginLayer(m_graph.value(input).name);
            m_read[input] = m_graph.value(input).name;
            if (m_written[static_cast<size_t>(input)])
                m_read[input] = roundTrip(input, m_graph.value(input).name,
                                          m_writer.newTensor(m_graph.value(input).name + "_DequantizeLinear"));
        }
        for (const Node& node : m_graph.nodes())
            writeNode(node);
        for (const ValueId output : m_graph.outputs) {
            describe(*model.mutable_graph()->add_output(), output);
            if (operand(output) != m_graph.value(output).name) // an input or a constant that is an output too
                m_writer.node("Identity", {operand(output)}, m_graph.value(output).name);
        }
        std::string bytes;
        if (model.ByteSizeLong() > (size_t{1} << 31) - 1 || !model.SerializeToString(&bytes))
            throw Error(ErrorCode::Limit, "The model has more than 2 GB, the most that an ONNX file can hold.");
        return bytes;
    }

private:
    void describe(onnx::ValueInfoProto& info, ValueId id) const {
        const Value& value = m_graph.value(id);
        info.set_name(value.name);
        onnx::TypeProto::Tensor& type = *info.mutable_type()->mutable_tensor_type();
        type.set_elem_type(dataTypeOf(value.type));
        type.mutable_shape();
        for (size_t i = 0; i < value.shape.size(); ++i) {
            auto& dim = *type.mutable_shape()->add_dim();
            if (i == 0 && !m_writing.batch.empty())
                dim.set_dim_param(m_writing.batch);
            else
                dim.set_dim_value(value.shape[i]);
        }
    }

    /// The name of the tensor that a reader of this value reads.
    std::string operand(ValueId id) {
        if (id == kNoValue)
            return {};
        const auto known = m_read.find(id);
        if (known != m_read.end())
            return known->second;
        const Value& value = m_graph.value(id);
        return m_read[id] = m_writer.constant(value.name + "_value", *value.constant);
    }

    /// Scale and zero point of a grid as tensors of the file.
    std::pair<std::string, std::string> gridTensors(const std::string& name, const QuantParams& grid) {
        const Shape shape = grid.axis ? Shape{static_cast<int64_t>(grid.scales.size())} : Shape{};
        return {m_writer.constant(name + "_scale", Tensor::fromFloats(shape, grid.scales)),
                m_writer.constant(name + "_zero_point", codesTensor(grid.storage, shape, grid.zeroPoints))};
    }

    /// `raw` to codes and back, as `output`.
    std::string roundTrip(ValueId id, const std::string& raw, const std::string& output) {
        const Value& value = m_graph.value(id);
        const auto [scale, zeroPoint] = gridTensors(value.name, *value.quant);
        const std::string codes = m_writer.node("QuantizeLinear", {raw, scale, zeroPoint},
                                                m_writer.newTensor(value.name + "_QuantizeLinear"));
        return m_writer.node("DequantizeLinear", {codes, scale, zeroPoint}, output);
    }

    void writeNode(const Node& node) {
        m_writer.beginLayer(node.name);
        std::vector<std::string> operands;
        const bool int8 = multipliesCodes(m_graph, node);
        const QuantParams weights = int8 ? weightGrid(node) : QuantParams{};
        for (size_t i = 0; i < node.inputs.size(); ++i) {
            if (int8 && i == 1)
                operands.push_back(weightCodes(node, weights));
            else if (int8 && i == 2 && node.inputs[i] != kNoValue)
                operands.push_back(biasCodes(node, weights));
            else
                operands.push_back(operand(node.inputs[i]));
        }
        m_writer.beginOperator();
        const ValueId result = node.output();
        const std::string& name = m_graph.value(result).name;
        m_read[result] = name;
        if (!m_written[static_cast<size_t>(result)]) {
            writeOperator(m_writer, m_graph, node, operands, name, !m_writing.batch.empty());
            return;
        }
        const std::string raw = m_writer.newTensor(name + "_float");
        writeOperator(m_writer, m_graph, node, operands, raw, !m_writing.batch.empty());
        roundTrip(result, raw, name);
    }

    /// Scales of the weights by output channel, large enough for the bias to be a code of scale x * scale of weights.
    QuantParams weightGrid(const Node& node) const {
        const Value& weights = m_graph.value(node.inputs[1]);
        QuantParams grid = *weights.quant;
        if (node.inputs.size() < 3 || node.inputs[2] == kNoValue)
            return grid;
        const float x = m_graph.value(node.inputs[0]).quant->scale();
        const std::vector<float> bias = m_graph.value(node.inputs[2]).constant->toFloats();
        for (size_t i = 0; i < bias.size(); ++i) {
            float& scale = grid.scales[grid.axis ? i : 0];
            scale = std::max(scale, std::abs(bias[i]) / (x * kLargestBias));
        }
        return grid;
    }

    std::string weightCodes(const Node& node, const QuantParams& grid) {
        const Value& weights = m_graph.value(node.inputs[1]);
        const std::vector<float> values = weights.constant->toFloats();
        const size_t channels = grid.scales.size(), each = values.size() / std::max<size_t>(channels, 1);
        std::vector<std::byte> codes(values.size());
        for (size_t channel = 0; channel < channels; ++channel)
            quantize(std::span(values).subspan(channel * each, each), grid.scales[channel], grid.zeroPoints[channel],
                     grid.storage, codes.data() + channel * each);
        const std::string stored = m_writer.constant(weights.name + "_quantized",
                                                     Tensor::fromBytes(grid.storage, weights.shape, std::move(codes)));
        const auto [scale, zeroPoint] = gridTensors(weights.name, grid);
        const std::string output = m_writer.newTensor(weights.name + "_DequantizeLinear");
        if (!grid.axis)
            return m_writer.node("DequantizeLinear", {stored, scale, zeroPoint}, output);
        return m_writer.node("DequantizeLinear", {stored, scale, zeroPoint}, output, {{"axis", int64_t{0}}});
    }

    std::string biasCodes(const Node& node, const QuantParams& weights) {
        const Value& bias = m_graph.value(node.inputs[2]);
        const float x = m_graph.value(node.inputs[0]).quant->scale();
        const std::vector<float> values = bias.constant->toFloats();
        std::vector<float> scales;
        std::vector<std::byte> bytes(values.size() * sizeof(int32_t));
        auto* codes = reinterpret_cast<int32_t*>(bytes.data());
        for (size_t i = 0; i < values.size(); ++i) {
            scales.push_back(x * weights.scales[weights.axis ? i : 0]);
            codes[i] = static_cast<int32_t>(std::nearbyint(values[i] / scales.back()));
        }
        const Shape shape{static_cast<int64_t>(values.size())};
        const std::string stored =
            m_writer.constant(bias.name + "_quantized", Tensor::fromBytes(ElementType::S32, shape, std::move(bytes)));
        const std::string scale = m_writer.constant(bias.name + "_scale", Tensor::fromFloats(shape, scales));
        const std::string zeroPoint = m_writer.constant(
            bias.name + "_zero_point",
            Tensor::fromBytes(ElementType::S32, shape, std::vector<std::byte>(values.size() * sizeof(int32_t))));
        return m_writer.node("DequantizeLinear", {stored, scale, zeroPoint},
                             m_writer.newTensor(bias.name + "_DequantizeLinear"), {{"axis", int64_t{0}}});
    }

    const Graph& m_graph;
    const OnnxWriting& m_writing;
    ModelWriter m_writer;
    std::vector<bool> m_written;
    std::map<ValueId, std::string> m_read;
};

} // namespace

std::string onnxModel(const Graph& graph, const OnnxWriting& writing) {
    return GraphWriter(graph, writing).write();
}

} // namespace halftone
