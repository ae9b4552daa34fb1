// SPDX-License-Identifier: GPL-3.0-or-later
// Weights and settings of an OpenVINO model, which lie in a file beside it.
#pragma once

#include "core/formats/common/external_data.h"
#include "core/formats/model_source.h"
#include "core/formats/openvino/outline.h"

#include <optional>
#include <string>
#include <unordered_map>

namespace halftone::openvino_format {

/// How the elements of a Const are stored.
struct Storage {
    ElementType type = ElementType::F32; // that Halftone has them in, before floating-point ones become fp32
    int bits = 32;
    bool isSigned = false; // of 4 bits: two's complement
    bool isTable = false;  // of 4 bits: indices of the values of nf4
};
/// "i8", "u4", "nf4"; nothing for a type that Halftone does not read.
std::optional<Storage> storageOf(const std::string& elementType);

/// Throws Error{BadInput} for one that is none.
Shape shapeOfConst(const IrLayer& layer);

class Constants {
public:
    /// `path`: of the .xml.
    Constants(const std::string& path, const ReadLimits& limits);

    /// The tensor of a Const whose type can be read; the same one for the same layer, floating-point ones as fp32.
    /// Throws Error{BadInput} where shape, size and file do not fit, Error{Limit} where all of them together are too
    /// large.
    const Tensor& tensor(const IrLayer& layer);

    /// Of the files that were read so far.
    int64_t filesBytes() const { return m_external.filesBytes(); }

private:
    Tensor read(const IrLayer& layer);

    ExternalData m_external;
    std::string m_weights; // name of the file beside the model
    int64_t m_bytesLeft;
    std::unordered_map<const IrLayer*, Tensor> m_tensors; // read so far
};

} // namespace halftone::openvino_format
