// SPDX-License-Identifier: GPL-3.0-or-later
// TensorFlow Lite models made in a few lines, good and bad.
#pragma once

#include "core/formats/tflite/schema_generated.h"
#include "core/graph/tensor.h"

#include <cstring>
#include <string>
#include <utility>
#include <vector>

namespace halftone::test {

namespace tfl = tflite_format::schema;

// Numbers of the format.
inline constexpr int8_t kFloat32 = 0, kFloat16 = 1, kInt32 = 2, kUint8 = 3, kString = 5, kBool = 6, kInt16 = 7,
                        kInt8 = 9, kResource = 13;
inline constexpr int kNoTensor = -1;

struct Quantized {
    std::vector<float> scales;
    std::vector<int64_t> zeroPoints;
    int axis = 0;
};

class TfliteMaker {
public:
    TfliteMaker() { m_buffers.push_back(tfl::CreateBuffer(m_builder)); } // the empty one

    /// An activation, an input or an output.
    int tensor(const std::string& name, const std::vector<int>& shape, int8_t type = kFloat32,
               const Quantized& quantized = {}) {
        return add(name, shape, type, quantized, 0);
    }
    /// What lasts from run to run.
    int variable(const std::string& name, const std::vector<int>& shape) {
        m_tensors.push_back(tfl::CreateTensorDirect(m_builder, &shape, kFloat32, 0, name.c_str(), 0, true));
        return static_cast<int>(m_tensors.size() - 1);
    }
    /// A network behind the first one; `make` adds its tensors and operators.
    template <class Make> void network(const Make& make) {
        std::vector<flatbuffers::Offset<tfl::Tensor>> tensors;
        std::vector<flatbuffers::Offset<tfl::Operator>> operators;
        std::swap(tensors, m_tensors);
        std::swap(operators, m_operators);
        make(*this);
        const std::vector<int> none;
        m_others.push_back(tfl::CreateSubGraphDirect(m_builder, &m_tensors, &none, &none, &m_operators, "other"));
        std::swap(tensors, m_tensors);
        std::swap(operators, m_operators);
    }
    template <class T>
    int constant(const std::string& name, const std::vector<int>& shape, int8_t type, const std::vector<T>& values,
                 const Quantized& quantized = {}) {
        std::vector<uint8_t> bytes(values.size() * sizeof(T));
        if (!bytes.empty())
            std::memcpy(bytes.data(), values.data(), bytes.size());
        m_buffers.push_back(tfl::CreateBuffer(m_builder, m_builder.CreateVector(bytes)));
        return add(name, shape, type, quantized, static_cast<uint32_t>(m_buffers.size() - 1));
    }
    int floats(const std::string& name, const std::vector<int>& shape, const std::vector<float>& values) {
        return constant(name, shape, kFloat32, values);
    }
    int integers(const std::string& name, const std::vector<int>& values) {
        return constant(name, {static_cast<int>(values.size())}, kInt32, values);
    }
    /// An operator; `options`: what a generated Create... function made, and its number in the format's list.
    template <class Options>
    void op(int code, const std::vector<int>& inputs, const std::vector<int>& outputs, uint8_t optionsType,
            flatbuffers::Offset<Options> options) {
        const auto in = m_builder.CreateVector(inputs), out = m_builder.CreateVector(outputs);
        m_operators.push_back(tfl::CreateOperator(m_builder, opcode(code), in, out, optionsType, options.o));
    }
    void op(int code, const std::vector<int>& inputs, const std::vector<int>& outputs) {
        op(code, inputs, outputs, 0, flatbuffers::Offset<tfl::Unread>());
    }
    void custom(const std::string& name, const std::vector<int>& inputs, const std::vector<int>& outputs,
                const std::vector<uint8_t>& settings = {}) {
        m_codes.push_back(tfl::CreateOperatorCodeDirect(m_builder, 32, name.c_str(), 1, 32));
        m_codeOf.push_back(-1);
        const auto in = m_builder.CreateVector(inputs), out = m_builder.CreateVector(outputs);
        const auto custom = m_builder.CreateVector(settings);
        m_operators.push_back(
            tfl::CreateOperator(m_builder, static_cast<uint32_t>(m_codes.size() - 1), in, out, 0, 0, custom));
    }
    flatbuffers::FlatBufferBuilder& builder() { return m_builder; }

    std::string bytes(const std::vector<int>& inputs, const std::vector<int>& outputs, uint32_t version = 3) {
        const auto graph = tfl::CreateSubGraphDirect(m_builder, &m_tensors, &inputs, &outputs, &m_operators, "net");
        std::vector<flatbuffers::Offset<tfl::SubGraph>> graphs{graph};
        graphs.insert(graphs.end(), m_others.begin(), m_others.end());
        tfl::FinishModelBuffer(m_builder,
                               tfl::CreateModelDirect(m_builder, version, &m_codes, &graphs, "", &m_buffers));
        return {reinterpret_cast<const char*>(m_builder.GetBufferPointer()), m_builder.GetSize()};
    }

private:
    int add(const std::string& name, const std::vector<int>& shape, int8_t type, const Quantized& quantized,
            uint32_t buffer) {
        flatbuffers::Offset<tfl::Quantization> quantization;
        if (!quantized.scales.empty())
            quantization = tfl::CreateQuantizationDirect(m_builder, nullptr, nullptr, &quantized.scales,
                                                         &quantized.zeroPoints, 0, 0, quantized.axis);
        m_tensors.push_back(tfl::CreateTensorDirect(m_builder, &shape, type, buffer, name.c_str(), quantization));
        return static_cast<int>(m_tensors.size() - 1);
    }
    uint32_t opcode(int code) {
        for (size_t i = 0; i < m_codeOf.size(); ++i)
            if (m_codeOf[i] == code)
                return static_cast<uint32_t>(i);
        m_codeOf.push_back(code);
        m_codes.push_back(tfl::CreateOperatorCode(m_builder, static_cast<int8_t>(std::min(code, 127)), 0, 1, code));
        return static_cast<uint32_t>(m_codes.size() - 1);
    }

    flatbuffers::FlatBufferBuilder m_builder;
    std::vector<flatbuffers::Offset<tfl::Buffer>> m_buffers;
    std::vector<flatbuffers::Offset<tfl::Tensor>> m_tensors;
    std::vector<flatbuffers::Offset<tfl::Operator>> m_operators;
    std::vector<flatbuffers::Offset<tfl::SubGraph>> m_others;
    std::vector<flatbuffers::Offset<tfl::OperatorCode>> m_codes;
    std::vector<int> m_codeOf;
};

} // namespace halftone::test
