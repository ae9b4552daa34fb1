// What each ONNX operator means in Halftone's graph, by operator set version.
#pragma once

#include "core/formats/onnx/layer_view.h"
#include "core/graph/op.h"

#include <string>
#include <string_view>
#include <vector>

namespace halftone::onnx_format {

/// An operator and its operands; settings that ONNX passes as inputs are part of `op`.
struct Layer {
    Op op;
    std::vector<ValueId> inputs;
};

/// Reads one layer; throws Error{BadInput} for a layer that contradicts ONNX, CannotRun for one that Halftone
/// cannot run.
using OperatorReader = Layer (*)(LayerView&);

/// The reader of an operator of the default domain, or null when Halftone does not know it. Constant is not
/// among them: it is a tensor, not a layer.
OperatorReader operatorReader(std::string_view op);

/// Operators that compute with or convert to integers, of any domain: the model was quantized before.
bool belongsToQuantizedModel(std::string_view op);

// By family, in files of their own.
Layer readConv(LayerView& layer);
Layer readMaxPool(LayerView& layer);
Layer readAveragePool(LayerView& layer);
Layer readGlobalAveragePool(LayerView& layer);
Layer readGlobalMaxPool(LayerView& layer);

Layer readReshape(LayerView& layer);
Layer readFlatten(LayerView& layer);
Layer readSqueeze(LayerView& layer);
Layer readUnsqueeze(LayerView& layer);
Layer readTranspose(LayerView& layer);
Layer readConcat(LayerView& layer);
Layer readSlice(LayerView& layer);
Layer readPad(LayerView& layer);

} // namespace halftone::onnx_format
