// SPDX-License-Identifier: GPL-3.0-or-later
// The three ways in which TensorFlow's QuantizeV2 and Dequantize map numbers to codes.
#pragma once

#include "core/graph/quant_params.h"

#include <optional>

namespace halftone::tensorflow_format {

struct LegacyCodes {
    enum class Mode {
        MinCombined, // the ends of the range are the lowest and highest code: 0 is in general no code
        MinFirst,    // the same with the range moved so that 0 is a code
        Scaled,      // symmetric: 0 is the code 0
    };
    Mode mode = Mode::MinCombined;
    float min = 0, max = 0; // min < max
    bool isSigned = false;  // qint8 instead of quint8
    bool narrow = false;    // Scaled: the lowest code of qint8 is not used

    /// What `code` means. From the definitions in https://www.tensorflow.org/api_docs/python/tf/raw_ops/Dequantize
    float meaning(int code) const;
    /// The same for all codes, where one of them means 0 exactly.
    std::optional<QuantParams> grid() const;
};

} // namespace halftone::tensorflow_format
