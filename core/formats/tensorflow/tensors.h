// SPDX-License-Identifier: GPL-3.0-or-later
// TensorProto to Tensor and back.
#pragma once

#include "core/formats/tensorflow/messages.h"
#include "core/graph/tensor.h"

#include <optional>
#include <string>

namespace halftone::tensorflow_format {

/// The element type of a DataType; codes (qint8 ...) are integers. Nothing for those that Halftone does not know.
std::optional<ElementType> elementTypeOf(graphdef::DataType type);
/// The type that Halftone computes in where the file has `type`: fp32 for all floating-point numbers.
ElementType computedType(ElementType type);
graphdef::DataType dataTypeOf(ElementType type);
/// Its name in TensorFlow's documents without "DT_", "QUINT8"; "type 99" for an unknown number.
std::string dataTypeName(graphdef::DataType type);

inline constexpr int kMaxRank = 64;

/// Throws Error{BadInput} for a shape of unknown rank or size and for more than kMaxRank dimensions.
Shape constantShape(const graphdef::TensorShapeProto& proto, const std::string& what);

class TensorReader {
public:
    /// `maxBytes` bounds all tensors that this reader returns together.
    explicit TensorReader(int64_t maxBytes) : m_bytesLeft(maxBytes) {}

    /// The tensor, whose data is taken out of the message; `what` names it in messages, for example `The constant
    /// "conv1/weights"`. A list of values that is shorter than the shape demands repeats its last one (TensorFlow's
    /// rule), and an empty one gives zeros. Throws Error{BadInput} when shape and data disagree or the data is there
    /// twice, Error{Unsupported} for an element type that Halftone does not know, Error{Limit} for too many bytes: in
    /// all, or made from nothing by that rule.
    Tensor read(graphdef::TensorProto&& proto, const std::string& what);

    /// Notes memory that is needed for `tensor`, which was computed. Throws Error{Limit} when it is too much.
    void charge(const Tensor& tensor, const std::string& what);

private:
    void charge(int64_t bytes, const Shape& shape, const std::string& what);

    int64_t m_bytesLeft;
    int64_t m_filledLeft = int64_t{256} << 20;
};

/// `type` may also be that of codes with the same size.
void setTensor(graphdef::TensorProto& proto, const Tensor& tensor, graphdef::DataType type);

} // namespace halftone::tensorflow_format
