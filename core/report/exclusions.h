// SPDX-License-Identifier: GPL-3.0-or-later
// The layers that should not be in int8, as other quantizers want to be told.
#pragma once

#include "core/report/report.h"

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace halftone {

enum class ExclusionFormat {
    OnnxRuntime,      // nodes_to_exclude of onnxruntime.quantization.quantize_static
    Nncf,             // ignored_scope of nncf.quantize
    NeuralCompressor, // op_name_dict of neural_compressor.PostTrainingQuantConfig
    Tflite            // denylisted_nodes of tf.lite.experimental.QuantizationDebugOptions
};

struct NamedExclusionFormat {
    ExclusionFormat value;
    std::string_view name;  // as on the command line
    std::string_view title; // for people
};
inline constexpr std::array kExclusionFormats{
    NamedExclusionFormat{ExclusionFormat::OnnxRuntime, "ort-exclude", "ONNX Runtime nodes_to_exclude"},
    NamedExclusionFormat{ExclusionFormat::Nncf, "nncf-ignored", "NNCF IgnoredScope"},
    NamedExclusionFormat{ExclusionFormat::NeuralCompressor, "inc-ops", "Neural Compressor op_name_dict"},
    NamedExclusionFormat{ExclusionFormat::Tflite, "tflite-denylist", "TFLite denylisted_nodes"}};

/// Those of the plan that do not run in int8, in the order of execution; without a plan those that the user kept in
/// fp32. May be empty.
std::vector<std::string> excludedLayers(const Report& report);

/// One Python statement with a line break at its end: `nodes_to_exclude = [...]`, `ignored_scope =
/// nncf.IgnoredScope(names=[...])`, `op_name_dict = {...}`, `denylisted_nodes = [...]`. TFLite is told the tensors that
/// the layers compute, as far as the report knows them, the others the layers. `report` names the tensors.
std::string exclusionText(const Report& report, const std::vector<std::string>& layers, ExclusionFormat format);

} // namespace halftone
