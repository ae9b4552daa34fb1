// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/openvino/openvino_reader.h"

#include "core/base/checked.h"
#include "core/base/error.h"
#include "core/base/text.h"
#include "core/formats/common/external_data.h"
#include "core/formats/openvino/operators.h"
#include "core/formats/openvino/outline.h"
#include "core/formats/openvino/xml.h"
#include "core/graph/element.h"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <unordered_map>
#include <unordered_set>

namespace halftone {

namespace {

using namespace openvino_format;

constexpr int kNewest = 11;
constexpr size_t kMaxRank = 64;

bool isFrame(const IrLayer& layer) {
    return layer.type == "Parameter" || layer.type == "Const" || layer.type == "Result";
}

/// What is kept of a model between one binding and the next.
struct File {
    File(std::span<const std::byte> bytes, const std::string& path, const ReadLimits& limits)
        : external(path), weights(std::filesystem::path(path).stem().string() + ".bin"), bytesLeft(limits.tensorBytes) {
        parseXml(bytes, limits, document);
        outline = outlineOf(document, limits);
    }

    /// Names of the values that are the network's results, each once.
    std::vector<std::string> outputs() const {
        std::vector<std::string> values;
        for (const IrLayer& layer : outline.layers)
            if (layer.type == "Result" && !layer.inputs.empty() &&
                std::ranges::count(values, layer.inputs.front().value) == 0)
                values.push_back(layer.inputs.front().value);
        return values;
    }

    pugi::xml_document document;
    IrOutline outline;
    ExternalData external;
    std::string weights; // name of the file beside the model
    int64_t bytesLeft;
    std::unordered_map<const IrLayer*, Tensor> constants; // read so far
};

/// One graph of the model.
class Reader {
public:
    Reader(File& file, const BoundSizes& sizes, BoundModel& model)
        : m_file(file), m_sizes(sizes), m_model(model), m_builder(file.outline.name, sizes.batch),
          m_writer(m_builder), m_network{m_builder, m_writer, {}, {}, {}, false} {}

    void read() {
        reserveNames();
        for (const size_t position : m_file.outline.order)
            readLayer(m_file.outline.layers[position]);
        finish();
    }

private:
    void reserveNames() {
        for (const IrLayer& layer : m_file.outline.layers) {
            for (const Port& port : layer.outputs)
                m_writer.reserveValue(port.value);
            if (!isFrame(layer))
                m_writer.reserveLayer(layer.name);
        }
        for (const size_t position : m_file.outline.order)
            for (const Port& port : m_file.outline.layers[position].inputs)
                m_valuesRead.insert(port.value);
    }

    void readLayer(const IrLayer& layer) {
        LayerView view(layer, m_network);
        if (layer.type == "Parameter") {
            const size_t input = m_inputs++;
            m_builder.addInput(layer.outputs.front().value, m_model.inputs[input].type, m_sizes.inputs[input]);
            return;
        }
        if (layer.type == "Const") {
            readConst(layer, view);
            return;
        }
        m_writer.startLayer(layer.name);
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
        return std::any_of(m_file.outline.layers.begin(), m_file.outline.layers.end(), [&](const IrLayer& layer) {
            return layer.type == "Result" && !layer.inputs.empty() && layer.inputs.front().value == value;
        });
    }

    void readOpaque(const IrLayer& layer, const std::string& reason) {
        std::vector<ValueId> inputs;
        for (const Port& port : layer.inputs)
            if (!m_builder.isConstant(port.value)) // constants would be of no use
                inputs.push_back(m_builder.use(port.value));
        std::vector<std::string> outputs;
        for (const Port& port : layer.outputs)
            outputs.push_back(port.value);
        m_writer.addNamed(Opaque{reason}, std::move(inputs), outputs);
    }

    void readConst(const IrLayer& layer, const LayerView& view) {
        if (layer.outputs.size() != 1)
            view.fail("needs exactly one output");
        const std::string& value = layer.outputs.front().value;
        if (const auto known = m_file.constants.find(&layer); known != m_file.constants.end()) {
            m_builder.addConstant(value, known->second);
            return;
        }
        const std::optional<ElementType> type = elementTypeOf(view.text("element_type"));
        if (!type) {
            m_writer.startLayer(layer.name);
            m_writer.addNamed(Opaque{"weights of type " + displayText(view.text("element_type"), 64)}, {}, {value});
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
        m_file.bytesLeft -=
            checkedMul(elementCount(shape, what), static_cast<int64_t>(std::max(sizeOf(*type), sizeof(float))), what);
        if (m_file.bytesLeft < 0)
            throw Error(ErrorCode::Limit, "The constants of the network need more memory than allowed.");
        Tensor tensor = Tensor::fromBytes(
            *type, shape,
            bytes == 0 ? std::vector<std::byte>{} : m_file.external.read({m_file.weights, offset, bytes}, bytes, what));
        if (isFloatType(*type) && *type != ElementType::F32)
            tensor = castTensor(tensor, ElementType::F32);
        m_builder.addConstant(value, tensor);
        m_file.constants.emplace(&layer, std::move(tensor));
    }

    void finish() {
        m_model.alreadyQuantized = m_network.quantized;
        const std::vector<Diagnostic> found = diagnosticsOf(m_network.findings);
        m_model.diagnostics.insert(m_model.diagnostics.end(), found.begin(), found.end());
        m_model.graph = m_builder.finish(m_file.outputs());
        m_model.sizeBytes += m_file.external.filesBytes();
    }

    File& m_file;
    const BoundSizes& m_sizes;
    BoundModel& m_model;
    GraphBuilder m_builder;
    LayerWriter m_writer;
    Network m_network;
    size_t m_inputs = 0;                          // read so far
    std::unordered_set<std::string> m_valuesRead; // by layers
};

class OpenVinoSource : public ModelSource {
public:
    OpenVinoSource(std::span<const std::byte> bytes, const std::string& path, const ReadLimits& limits)
        : m_file(bytes, path, limits) {
        const IrOutline& outline = m_file.outline;
        m_facts.format = fmt::format("OpenVINO IR v{}", outline.version);
        if (outline.version > kNewest)
            m_facts.diagnostics.push_back(
                {Severity::Warning, "newer-format", "",
                 fmt::format("The model has version {} of OpenVINO's format, newer than {}; parts "
                             "may be misread. Check the results.",
                             outline.version, kNewest)});
        lookAtLayers();
        lookAtOutputs();
    }

private:
    void read(const BoundSizes& sizes, BoundModel& model) override { Reader(m_file, sizes, model).read(); }

    void lookAtLayers() {
        GraphBuilder builder("");
        LayerWriter writer(builder);
        Network nothing{builder, writer, {}, {}, {}, false}; // attributes need no network
        std::vector<ModelInput> inputs;
        std::vector<bool> needed(m_file.outline.layers.size(), false);
        for (const size_t position : m_file.outline.order) {
            const IrLayer& layer = m_file.outline.layers[position];
            const LayerView view(layer, nothing);
            needed[position] = true;
            if (layer.type == "Parameter")
                inputs.push_back(parameter(layer, view));
            if (layer.type == "Const") {
                const int64_t elements = parametersIn(view);
                m_facts.parameters += elements;
                const std::string type = view.text("element_type");
                m_facts.smallParameters += type == "i8" || type == "u8" ? elements : 0;
            }
        }
        for (size_t i = 0; i < m_file.outline.layers.size(); ++i) {
            const IrLayer& layer = m_file.outline.layers[i];
            if (isFrame(layer) || !needed[i])
                continue;
            m_facts.layers.push_back({layer.name, layer.type});
            ++m_facts.operators[layer.type];
        }
        if (m_facts.layers.empty())
            throw Error(ErrorCode::BadInput,
                        "The model has no layers between its inputs and its results: there is nothing "
                        "to run. Export the model again.");
        m_facts.alreadyQuantized = m_facts.operators.contains("FakeQuantize");
        setInputs(std::move(inputs));
    }

    void lookAtOutputs() {
        std::unordered_map<std::string_view, const Port*> ports;
        for (const IrLayer& layer : m_file.outline.layers)
            for (const Port& port : layer.outputs)
                ports.emplace(port.value, &port);
        for (const std::string& value : m_file.outputs()) {
            const Port& port = *ports.at(value);
            ModelOutput output{displayText(value), port.precision, {}};
            if (const std::optional<ElementType> type = elementTypeOfPrecision(port.precision))
                output.type = name(isFloatType(*type) ? ElementType::F32 : *type);
            for (const int64_t size : port.shape)
                output.shape.push_back({size >= 0 ? std::optional(size) : std::nullopt, {}});
            m_facts.outputs.push_back(std::move(output));
        }
    }

    /// Ports write types in another way than attributes do: "FP32", "I64", "BOOL".
    static std::optional<ElementType> elementTypeOfPrecision(std::string precision) {
        std::ranges::transform(precision, precision.begin(),
                               [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
        if (precision.starts_with("fp"))
            precision.erase(1, 1);
        return elementTypeOf(precision == "bool" ? "boolean" : precision);
    }

    static int64_t parametersIn(const LayerView& view) {
        const std::optional<ElementType> type = elementTypeOf(view.text("element_type"));
        if (!type || *type == ElementType::S64) // those are shapes and axes
            return 0;
        return elementCount(view.sizes("shape", view.integers("shape").size(), 0, {}));
    }

    static ModelInput parameter(const IrLayer& layer, const LayerView& view) {
        if (layer.outputs.size() != 1)
            view.fail("needs exactly one output");
        const std::string typeName = view.text("element_type");
        const std::optional<ElementType> type = elementTypeOf(typeName);
        if (!type)
            throw Error(ErrorCode::Unsupported,
                        fmt::format("The input \"{}\" has the element type \"{}\", which Halftone cannot feed.",
                                    layer.name, displayText(typeName, 64)),
                        layer.name);
        return {displayText(layer.outputs.front().value), isFloatType(*type) ? ElementType::F32 : *type,
                parameterShape(layer, view)};
    }

    /// Numbers; "?", -1 and ranges are unknown dimensions.
    static std::vector<Size> parameterShape(const IrLayer& layer, const LayerView& view) {
        const std::string text = view.text("shape");
        if (text.find("...") != std::string::npos)
            throw Error(
                ErrorCode::Unsupported,
                fmt::format("The input \"{}\" has an unknown number of dimensions. Convert the model with the shape "
                            "of its input.",
                            layer.name),
                layer.name);
        std::vector<Size> shape;
        for (size_t begin = 0; begin < text.size() || (begin == text.size() && begin > 0);) {
            const size_t end = std::min(text.find(',', begin), text.size());
            const auto dim = integersOf(text.substr(begin, end - begin));
            const bool known = dim && dim->size() == 1 && dim->front() > 0;
            if (dim && (dim->size() != 1 || dim->front() < -1))
                view.fail(fmt::format("has the shape \"{}\"", displayText(text, 64)));
            shape.push_back({known ? std::optional(dim->front()) : std::nullopt, {}});
            begin = end + 1;
            if (shape.size() > kMaxRank)
                view.fail(fmt::format("has more than {} dimensions", kMaxRank));
        }
        return shape;
    }

    File m_file;
};

} // namespace

bool isOpenVino(std::span<const std::byte> bytes) {
    std::string_view text(reinterpret_cast<const char*>(bytes.data()), std::min<size_t>(bytes.size(), 4096));
    if (text.starts_with("\xEF\xBB\xBF"))
        text.remove_prefix(3);
    const size_t begin = text.find_first_not_of(" \t\r\n");
    return begin != std::string_view::npos && text[begin] == '<' && text.find("<net") != std::string_view::npos;
}

std::unique_ptr<ModelSource> openOpenVino(std::span<const std::byte> bytes, const std::string& path,
                                          const ReadLimits& limits) {
    return std::make_unique<OpenVinoSource>(bytes, path, limits);
}

} // namespace halftone
