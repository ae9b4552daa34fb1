// SPDX-License-Identifier: GPL-3.0-or-later
// The tensors of a TFLite network: what the file says of each, checked, and the constants among them.
#pragma once

#include "core/formats/model_source.h"
#include "core/graph/quant_params.h"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace halftone::tflite_format {

namespace schema {
struct Model;
struct SubGraph;
struct Tensor;
} // namespace schema

struct Scales {
    std::vector<float> scales;
    std::vector<int64_t> zeroPoints; // as many as scales
    std::optional<int> axis;
};

struct TensorInfo {
    std::string name; // unique, displayable
    int8_t typeCode = 0;
    std::optional<ElementType> type; // absent: a type that Halftone has not
    Shape shape;                     // -1 where unknown
    std::optional<Scales> scales;    // of integers that mean real numbers
    bool hasData = false;            // it is a constant
    bool sparse = false, variable = false;
};

/// "FLOAT32", "INT4": the format's own name.
std::string typeName(int8_t code);

struct Constant {
    Tensor tensor;
    std::optional<QuantParams> grid; // of 8-bit codes
};

class Tensors {
public:
    /// Throws Error{BadInput} for shapes, scales and buffers that contradict each other. `file`: all its bytes.
    Tensors(const schema::Model& model, const schema::SubGraph& network, std::span<const std::byte> file,
            const ReadLimits& limits);

    size_t count() const { return m_infos.size(); }
    const TensorInfo& operator[](size_t index) const { return m_infos[index]; }

    /// The grid of an activation, and nothing where its codes have no 8 bits.
    std::optional<QuantParams> grid(size_t index) const;
    /// A constant; quantized ones as the real numbers that they mean, floating-point ones as fp32. Throws
    /// Error{BadInput} where data and shape do not fit, Error{Limit} where all constants together are too large. The
    /// same tensor gives the same constant again.
    const Constant& constant(size_t index);

private:
    Constant read(size_t index);
    std::span<const std::byte> dataOf(const schema::Tensor& tensor, const std::string& what) const;

    const schema::Model& m_model;
    const schema::SubGraph& m_network;
    std::span<const std::byte> m_file;
    int64_t m_bytesLeft;
    std::vector<TensorInfo> m_infos;
    std::unordered_map<size_t, Constant> m_constants;
};

} // namespace halftone::tflite_format
