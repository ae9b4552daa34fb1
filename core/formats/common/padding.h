// SPDX-License-Identifier: GPL-3.0-or-later
// Padding that formats name instead of giving it in numbers.
#pragma once

#include <algorithm>
#include <cstdint>

namespace halftone {

/// Elements added before and behind one dimension.
struct EdgePads {
    int64_t begin = 0, end = 0;
};

/// Padding "SAME" of one dimension: as many elements as make ceil(input / stride) results. An odd one goes to the end
/// (TensorFlow, TFLite, ONNX's SAME_UPPER, OpenVINO's same_upper), or to the begin (SAME_LOWER, same_lower). With
/// stride 1 it does not depend on the input. All sizes are above 0 and below 2^31.
inline EdgePads samePadding(int64_t input, int64_t kernel, int64_t stride, int64_t dilation, bool extraAtEnd = true) {
    const int64_t results = (input + stride - 1) / stride;
    const int64_t total = std::max<int64_t>(0, (results - 1) * stride + (kernel - 1) * dilation + 1 - input);
    const int64_t smaller = total / 2;
    return extraAtEnd ? EdgePads{smaller, total - smaller} : EdgePads{total - smaller, smaller};
}

} // namespace halftone
