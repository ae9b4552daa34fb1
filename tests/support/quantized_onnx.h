// SPDX-License-Identifier: GPL-3.0-or-later
// Quantized ONNX files computed by plain loops in double, straight from the file's messages: no reader, pass or kernel
// of Halftone has a part in it. For the operators of the quantized files in the data folder; throws std::runtime_error
// naming any other.
#pragma once

#include "core/formats/onnx/messages.h"
#include "core/graph/tensor.h"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace halftone::test {

/// A tensor that the file rounds to codes.
struct RoundedTensor {
    std::vector<std::string>
        names; // of its codes, of the numbers that they mean, of what was rounded: those that exist
    double scale = 1;
    int zeroPoint = 0, lowest = 0, highest = 0;
    std::vector<double> exact; // the codes before rounding and saturation

    int code(size_t index) const;
    /// How far the exact value lies from where rounding changes, in quanta: 0 to 0.5.
    double distanceToTie(size_t index) const;
};

class QuantizedOnnx {
public:
    struct Array {
        Shape shape;
        std::vector<double> values;
    };
    /// Sees each rounded tensor, and may give other codes to go on with; none: the rounded ones.
    using Rounding = std::function<std::vector<int>(const RoundedTensor&)>;

    explicit QuantizedOnnx(const std::string& path);

    /// The layer at this position in the file computes with these numbers instead of its weights and its bias.
    void setWeights(size_t layer, const std::vector<float>& weights);

    /// The output of the network for one sample.
    std::vector<double> run(const std::vector<float>& input, const Shape& shape, const Rounding& rounding) const;

private:
    struct Run;
    onnx::ModelProto m_model;
    std::map<std::string, Array> m_constants;
    std::map<std::string, std::pair<int, int>> m_codeRanges; // of constants of 8 bits: zero points tell the type
    std::map<size_t, std::vector<float>> m_weights;
};

} // namespace halftone::test
