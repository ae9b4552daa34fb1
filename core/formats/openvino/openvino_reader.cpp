// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/openvino/openvino_reader.h"

#include "core/base/checked.h"
#include "core/base/error.h"
#include "core/base/text.h"
#include "core/formats/external_data.h"
#include "core/formats/openvino/operators.h"
#include "core/formats/openvino/outline.h"
#include "core/formats/openvino/xml.h"
#include "core/graph/element.h"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <unordered_set>

namespace halftone {

namespace {

using namespace openvino_format;

constexpr int kNewest = 11;
constexpr size_t kMaxRank = 64;

class Reader {
public:
    Reader(std::span<const std::byte> bytes, const std::string& path, const ReadLimits& limits,
           const InputShapes& shapes)
        : m_external(path), m_bytesLeft(limits.tensorBytes), m_weights(weightsBeside(path)) {
        parseXml(bytes, limits, m_document);
        m_outline = outlineOf(m_document, limits);
        m_builder.emplace(m_outline.name, shapes);
        m_writer.emplace(*m_builder);
        m_network.emplace(Network{*m_builder, *m_writer, {}, {}, {}, false});
    }

    ModelFile read() {
        m_file.format = fmt::format("OpenVINO IR v{}", m_outline.version);
        if (m_outline.version > kNewest)
            m_file.diagnostics.push_back(
                {Severity::Warning, "newer-format", "",
                 fmt::format("The model has version {} of OpenVINO's format, newer than {}; parts "
                             "may be misread. Check the results.",
                             m_outline.version, kNewest)});
        listLayers();
        for (const size_t position : m_outline.order)
            readLayer(m_outline.layers[position]);
        finish();
        return std::move(m_file);
    }

private:
    static std::string weightsBeside(const std::string& path) {
        return std::filesystem::path(path).stem().string() + ".bin";
    }

    static bool isFrame(const IrLayer& layer) {
        return layer.type == "Parameter" || layer.type == "Const" || layer.type == "Result";
    }

    void listLayers() {
        for (const IrLayer& layer : m_outline.layers) {
            for (const Port& port : layer.outputs)
                m_writer->reserveValue(port.value);
            if (isFrame(layer))
                continue;
            m_writer->reserveLayer(layer.name);
        }
        std::vector<bool> needed(m_outline.layers.size(), false);
        for (const size_t position : m_outline.order) {
            needed[position] = true;
            for (const Port& port : m_outline.layers[position].inputs)
                m_valuesRead.insert(port.value);
        }
        for (size_t i = 0; i < m_outline.layers.size(); ++i) {
            const IrLayer& layer = m_outline.layers[i];
            if (isFrame(layer) || !needed[i])
                continue;
            m_file.layers.push_back({layer.name, layer.type});
            ++m_file.operators[layer.type];
        }
        if (m_file.layers.empty())
            throw Error(ErrorCode::BadInput,
                        "The model has no layers between its inputs and its results: there is nothing "
                        "to run. Export the model again.");
    }

    void readLayer(const IrLayer& layer) {
        LayerView view(layer, *m_network);
        if (layer.type == "Parameter") {
            readParameter(layer, view);
            return;
        }
        if (layer.type == "Const") {
            readConst(layer, view);
            return;
        }
        m_writer->startLayer(layer.name);
        try {
            const bool known = layer.opset.starts_with("opset") || layer.opset.empty();
            const OperatorReader read = known ? operatorReader(layer.type) : nullptr;
            if (!read)
                throw CannotRun{"operator " + layer.type + (known ? "" : " of the set \"" + layer.opset + "\"")};
            if (layer.outputs.empty())
                view.fail("has no output");
            for (size_t i = 1; i < layer.outputs.size() && !makesAllOutputs(layer.type); ++i)
                if (m_valuesRead.contains(layer.outputs[i].value) || isResult(layer.outputs[i].value))
                    view.cannotRun(fmt::format("with its output number {}", i + 1));
            read(view);
        } catch (const CannotRun& limit) {
            readOpaque(layer, limit.reason);
        }
    }

    bool isResult(const std::string& value) const {
        return std::any_of(m_outline.layers.begin(), m_outline.layers.end(), [&](const IrLayer& layer) {
            return layer.type == "Result" && !layer.inputs.empty() && layer.inputs.front().value == value;
        });
    }

    void readOpaque(const IrLayer& layer, const std::string& reason) {
        std::vector<ValueId> inputs;
        for (const Port& port : layer.inputs)
            if (!m_builder->isConstant(port.value)) // constants would be of no use
                inputs.push_back(m_builder->use(port.value));
        std::vector<std::string> outputs;
        for (const Port& port : layer.outputs)
            outputs.push_back(port.value);
        m_writer->addNamed(Opaque{reason}, std::move(inputs), outputs);
    }

    void readParameter(const IrLayer& layer, const LayerView& view) {
        if (layer.outputs.size() != 1)
            view.fail("needs exactly one output");
        const std::string typeName = view.text("element_type");
        const std::optional<ElementType> type = elementTypeOf(typeName);
        if (!type)
            throw Error(ErrorCode::Unsupported,
                        fmt::format("The input \"{}\" has the element type \"{}\", which Halftone cannot feed.",
                                    layer.name, displayText(typeName, 64)),
                        layer.name);
        m_builder->addInput(layer.outputs.front().value, isFloatType(*type) ? ElementType::F32 : *type,
                            parameterShape(layer, view));
    }

    /// Numbers; "?", -1 and ranges are unknown dimensions.
    static Shape parameterShape(const IrLayer& layer, const LayerView& view) {
        const std::string text = view.text("shape");
        if (text.find("...") != std::string::npos)
            throw Error(
                ErrorCode::Unsupported,
                fmt::format("The input \"{}\" has an unknown number of dimensions. Convert the model with the shape "
                            "of its input.",
                            layer.name),
                layer.name);
        Shape shape;
        for (size_t begin = 0; begin < text.size() || (begin == text.size() && begin > 0);) {
            const size_t end = std::min(text.find(',', begin), text.size());
            const auto dim = integersOf(text.substr(begin, end - begin));
            const bool known = dim && dim->size() == 1 && dim->front() > 0;
            if (dim && (dim->size() != 1 || dim->front() < -1))
                view.fail(fmt::format("has the shape \"{}\"", displayText(text, 64)));
            shape.push_back(known ? dim->front() : -1);
            begin = end + 1;
            if (shape.size() > kMaxRank)
                view.fail(fmt::format("has more than {} dimensions", kMaxRank));
        }
        return shape;
    }

    void readConst(const IrLayer& layer, const LayerView& view) {
        if (layer.outputs.size() != 1)
            view.fail("needs exactly one output");
        const std::string& value = layer.outputs.front().value;
        const std::optional<ElementType> type = elementTypeOf(view.text("element_type"));
        if (!type) {
            m_writer->startLayer(layer.name);
            m_writer->addNamed(Opaque{"weights of type " + displayText(view.text("element_type"), 64)}, {}, {value});
            return;
        }
        const std::string what = fmt::format("The constant \"{}\"", layer.name);
        const Shape shape = view.sizes("shape", view.integers("shape").size(), 0, {});
        const int64_t bytes = checkedMul(elementCount(shape, what), static_cast<int64_t>(sizeOf(*type)), what);
        const auto place = [&](const char* attribute) {
            const auto number = integerOf(view.text(attribute));
            if (!number || *number < 0)
                view.fail(fmt::format("has the {} \"{}\", which is no number", attribute,
                                      displayText(view.text(attribute), 64)));
            return *number;
        };
        const int64_t offset = place("offset"), size = place("size");
        if (size < bytes)
            view.fail(fmt::format("of {} {} has {} bytes and needs {}", shapeText(shape), name(*type), size, bytes));
        m_bytesLeft -=
            checkedMul(elementCount(shape, what), static_cast<int64_t>(std::max(sizeOf(*type), sizeof(float))), what);
        if (m_bytesLeft < 0)
            throw Error(ErrorCode::Limit, "The constants of the network need more memory than allowed.");
        Tensor tensor = Tensor::fromBytes(*type, shape,
                                          bytes == 0 ? std::vector<std::byte>{}
                                                     : m_external.read({m_weights, offset, bytes}, bytes, what));
        if (isFloatType(*type) && *type != ElementType::F32)
            tensor = castTensor(tensor, ElementType::F32);
        m_builder->addConstant(value, std::move(tensor));
    }

    void finish() {
        std::vector<std::string> outputs;
        for (const IrLayer& layer : m_outline.layers)
            if (layer.type == "Result" &&
                std::find(outputs.begin(), outputs.end(), layer.inputs.at(0).value) == outputs.end())
                outputs.push_back(layer.inputs.front().value);
        m_file.alreadyQuantized = m_network->quantized;
        const std::vector<Diagnostic> found = diagnosticsOf(m_network->findings);
        m_file.diagnostics.insert(m_file.diagnostics.end(), found.begin(), found.end());
        m_file.graph = m_builder->finish(outputs);
        m_file.sizeBytes = m_external.filesBytes();
    }

    pugi::xml_document m_document;
    IrOutline m_outline;
    ExternalData m_external;
    int64_t m_bytesLeft;
    std::string m_weights; // name of the file beside the model
    std::optional<GraphBuilder> m_builder;
    std::optional<LayerWriter> m_writer;
    std::optional<Network> m_network;
    std::unordered_set<std::string> m_valuesRead; // by layers
    ModelFile m_file;
};

} // namespace

bool isOpenVino(std::span<const std::byte> bytes) {
    std::string_view text(reinterpret_cast<const char*>(bytes.data()), std::min<size_t>(bytes.size(), 4096));
    if (text.starts_with("\xEF\xBB\xBF"))
        text.remove_prefix(3);
    const size_t begin = text.find_first_not_of(" \t\r\n");
    return begin != std::string_view::npos && text[begin] == '<' && text.find("<net") != std::string_view::npos;
}

ModelFile readOpenVino(std::span<const std::byte> bytes, const std::string& path, const ReadLimits& limits,
                       const InputShapes& shapes) {
    return Reader(bytes, path, limits, shapes).read();
}

} // namespace halftone
