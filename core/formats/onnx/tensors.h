// SPDX-License-Identifier: GPL-3.0-or-later
// TensorProto to Tensor: every element type that Halftone knows, from every place where ONNX may keep the
// data.
#pragma once

#include "core/base/diagnostic.h"
#include "core/formats/common/external_data.h"
#include "core/formats/onnx/messages.h"
#include "core/graph/tensor.h"

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace halftone::onnx_format {

/// The element type of a TensorProto.DataType; nothing for those that Halftone does not know.
std::optional<ElementType> elementTypeOf(int dataType);
/// Its name in the ONNX documents, "FLOAT8E4M3FN"; "type 99" for an unknown number.
std::string dataTypeName(int dataType);

/// Elements of 2 or 4 bits, which become elements of 8.
bool isOfFewBits(int dataType);

class TensorReader {
public:
    /// `maxBytes` bounds all tensors that this reader returns together.
    TensorReader(ExternalData& external, int64_t maxBytes) : m_external(external), m_bytesLeft(maxBytes) {}

    /// The tensor; `what` names it in messages, for example `The weight "conv1.weight"`. Empties the message's
    /// data, so that weights are not held twice; the same message gives the same tensor again. Throws Error{BadInput}
    /// when shape and data disagree or the data is kept in more than one place, Error{Unsupported} for an element type
    /// that Halftone does not know, Error{Limit} for too many bytes.
    Tensor read(onnx::TensorProto& proto, const std::string& what);

    /// The same for a small message that keeps its data.
    Tensor readCopy(onnx::TensorProto proto, const std::string& what);

    /// Oddities met so far that do no harm.
    const std::vector<Diagnostic>& diagnostics() const { return m_diagnostics; }

private:
    Tensor decode(onnx::TensorProto& proto, const std::string& what);
    std::vector<std::byte> readExternal(const onnx::TensorProto& proto, int64_t wantedBytes, const std::string& what);
    void warn(const std::string& where, std::string message);

    ExternalData& m_external;
    int64_t m_bytesLeft;
    std::unordered_map<const onnx::TensorProto*, Tensor> m_read;
    std::vector<Diagnostic> m_diagnostics;
};

} // namespace halftone::onnx_format
