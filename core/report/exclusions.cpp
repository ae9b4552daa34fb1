// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/exclusions.h"

#include <fmt/format.h>

namespace halftone {

namespace {

/// As a Python string; names are UTF-8, which Python's sources are too.
std::string literal(const std::string& text) {
    std::string result = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\')
            result += '\\';
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F)
            result += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
        else
            result += c;
    }
    return result + '"';
}

/// `open`, one line an entry, `close`; all on one line where there is none.
std::string block(const std::string& open, const std::vector<std::string>& entries, const std::string& close) {
    std::string text = open;
    for (const std::string& entry : entries)
        text += (text == open ? "\n    " : "    ") + entry + ",\n";
    return text + close + '\n';
}

std::string tensorOf(const Report& report, const std::string& layer) {
    if (report.errors)
        for (const LayerError& error : report.errors->layers)
            if (error.layer == layer && !error.tensor.empty())
                return error.tensor;
    for (const TensorRange& tensor : report.tensors)
        if (tensor.role == "activation" && tensor.layer == layer)
            return tensor.name;
    return layer;
}

} // namespace

std::vector<std::string> excludedLayers(const Report& report) {
    if (!report.plan)
        return report.options.quantization.keptFp32;
    std::vector<std::string> layers;
    for (const PlanLayer& layer : report.plan->layers)
        if (layer.precision != "int8")
            layers.push_back(layer.layer);
    return layers;
}

std::string exclusionText(const Report& report, const std::vector<std::string>& layers, ExclusionFormat format) {
    std::vector<std::string> names;
    for (const std::string& layer : layers)
        names.push_back(literal(format == ExclusionFormat::Tflite ? tensorOf(report, layer) : layer));
    switch (format) {
    case ExclusionFormat::OnnxRuntime: return block("nodes_to_exclude = [", names, "]");
    case ExclusionFormat::Nncf: return block("ignored_scope = nncf.IgnoredScope(names=[", names, "])");
    case ExclusionFormat::NeuralCompressor:
        for (std::string& name : names)
            name += R"(: {"activation": {"dtype": ["fp32"]}, "weight": {"dtype": ["fp32"]}})";
        return block("op_name_dict = {", names, "}");
    case ExclusionFormat::Tflite: return block("denylisted_nodes = [", names, "]");
    }
    return {};
}

} // namespace halftone
