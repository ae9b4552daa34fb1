// SPDX-License-Identifier: GPL-3.0-or-later
// Which nodes of a bf16 or fp16 plan compute in that type.
#pragma once

#include "core/engine/plan/precision_choice.h"

#include <functional>
#include <string>

namespace halftone::engine {

/// Why this node cannot compute in this type, as a sentence; "" when it can.
using WhyNotFloat = std::function<std::string(const Graph& graph, const Node& node, DataType type)>;

/// By the kernels that oneDNN has on this CPU.
std::string whyNotFloat(const Graph& graph, const Node& node, DataType type);

/// Convolutions and matrix products compute in `type` where `whyNot` has no reason; what lies behind them follows, so
/// that nothing is converted for a light layer alone. `whyNot` is a parameter so that the choice can be checked on any
/// CPU.
PrecisionChoice chooseFloat(const Graph& graph, DataType type, const WhyNotFloat& whyNot = whyNotFloat);

/// `int8` with the layers that it leaves in fp32 in `type`, where chooseFloat() would have them so. Codes stay what
/// they are; the reason of a layer is still why it is not in int8.
PrecisionChoice withOthersIn(PrecisionChoice int8, const Graph& graph, DataType type,
                             const WhyNotFloat& whyNot = whyNotFloat);

} // namespace halftone::engine
