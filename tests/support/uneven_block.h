// SPDX-License-Identifier: GPL-3.0-or-later
// A part of a transformer whose channels differ as those of trained ones do.
#pragma once

#include "tests/support/graph_builder.h"

namespace halftone::test {

constexpr int64_t kWidth = 16, kHidden = 32;
const Shape kSequence{2, 6, kWidth};

/// Ones, every eighth a hundred times as large.
inline Tensor outliers(int64_t size) {
    std::vector<float> values(static_cast<size_t>(size), 1.0F);
    for (size_t i = 0; i < values.size(); i += 8)
        values[i] = 100;
    return Tensor::fromFloats({size}, values);
}

/// The half of a transformer's block behind its attention: a few channels of "scale_y" and "up_y" are far larger.
inline Graph unevenBlock() {
    GraphBuilder b;
    const ValueId x =
        b.node("scale", Binary{BinaryKind::Mul, {}}, {b.input("x", kSequence), b.constant("g", outliers(kWidth))});
    std::vector<float> weights = noise({kHidden, kWidth}, 1).toFloats();
    for (size_t i = 0; i < weights.size(); ++i)
        weights[i] *= i / kWidth % 8 == 0 ? 1 : 0.01F;
    const ValueId up = b.node("up", FullyConnected{{Unary{UnaryKind::Gelu}}},
                              {x, b.constant("wu", Tensor::fromFloats({kHidden, kWidth}, weights))});
    const ValueId down = b.node("down", FullyConnected{}, {up, b.constant("wd", Shape{kWidth, kHidden})});
    return b.build({b.add("sum", x, down)});
}

} // namespace halftone::test
