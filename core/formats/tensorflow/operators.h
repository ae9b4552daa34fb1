// SPDX-License-Identifier: GPL-3.0-or-later
// What each TensorFlow operator means in Halftone's graph.
#pragma once

#include "core/formats/tensorflow/layer_view.h"

#include <string_view>
#include <unordered_map>
#include <vector>

namespace halftone::tensorflow_format {

/// Reads one layer and returns its results, by port; further ports of the operator are not computed. Throws
/// Error{BadInput} for a layer that contradicts TensorFlow, CannotRun for one that Halftone cannot run.
using OperatorReader = std::vector<Operand> (*)(LayerView&);

/// The reader of an operator, or null when Halftone does not know it.
OperatorReader operatorReader(std::string_view op);

/// The graph was trained or converted for 8 bits: operators that round activations.
bool roundsToCodes(std::string_view op);

// By family, in files of their own.
OperatorReader elementwiseReader(std::string_view op);
OperatorReader madeReader(std::string_view op);
OperatorReader partsReader(std::string_view op);
OperatorReader quantizedReader(std::string_view op);
OperatorReader reduceReader(std::string_view op);
OperatorReader shapeReader(std::string_view op);
OperatorReader windowReader(std::string_view op);

/// The operators of a family.
using OperatorReaders = std::unordered_map<std::string_view, OperatorReader>;
/// Null where the family has no such operator.
OperatorReader readerOf(const OperatorReaders& family, std::string_view op);

} // namespace halftone::tensorflow_format
