// SPDX-License-Identifier: GPL-3.0-or-later
// One layer of an OpenVINO model as the readers of operators see it: attributes and operands, checked.
#pragma once

#include "core/formats/common/findings.h"
#include "core/formats/common/layer_checks.h"
#include "core/formats/common/layer_writer.h"
#include "core/formats/model_source.h"
#include "core/formats/openvino/outline.h"

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace halftone::openvino_format {

/// Integers on their way to real numbers: what Convert made of 8-bit weights, before zero point and scale.
struct Codes {
    Tensor integers;
    std::optional<Tensor> zeroPoints; // subtracted already
};

/// What the graph has instead of a variable; `next` is empty where nothing is assigned.
struct StateNames {
    std::string input, next;
};

/// The network while it is read.
struct Network {
    GraphBuilder& builder;
    LayerWriter& writer;
    std::unordered_map<std::string, Codes> codes; // by value
    /// Scales of weights [groups, channels of a group, ...], one for each of both: by value, along all channels in
    /// turn.
    std::unordered_map<std::string, QuantParams> groupedGrids;
    std::unordered_map<std::string, StateNames> states; // by variable
    Findings findings;
    bool quantized = false;
};

class LayerView : public LayerChecks {
public:
    LayerView(const IrLayer& layer, Network& network)
        : LayerChecks(layer.name, layer.type), m_layer(layer), m_network(network) {}

    const std::string& type() const { return m_layer.type; }
    /// The operator set that its type was first or last defined in: "opset4".
    const std::string& opset() const { return m_layer.opset; }
    Network& network() { return m_network; }
    LayerWriter& writer() { return m_network.writer; }

    /// Attributes of <data>. Each throws Error{BadInput} when it is not what is asked for.
    bool has(const char* attribute) const;
    int64_t integer(const char* attribute, std::optional<int64_t> fallback = {}) const;
    float real(const char* attribute, std::optional<float> fallback = {}) const;
    bool flag(const char* attribute, std::optional<bool> fallback = {}) const;
    std::string text(const char* attribute, const char* fallback = "") const;
    std::vector<int64_t> integers(const char* attribute) const;
    std::vector<float> reals(const char* attribute) const;
    /// "sigmoid, tanh": the words between commas.
    std::vector<std::string> texts(const char* attribute) const;
    /// `count` numbers from `least` to 2^31-1; without the attribute each is `fallback`.
    std::vector<int64_t> sizes(const char* attribute, size_t count, int64_t least,
                               std::optional<int64_t> fallback) const;

    /// Operands.
    size_t inputCount() const { return m_layer.inputs.size(); }
    void requireInputs(size_t least, size_t most) const { requireCount(inputCount(), least, most); }
    const std::string& inputName(size_t index) const { return m_layer.inputs[index].value; }
    ValueId input(size_t index) { return m_network.builder.use(inputName(index)); }
    std::vector<ValueId> allInputs();
    const Shape* shape(size_t index) const { return m_network.builder.shape(inputName(index)); }
    /// Throws CannotRun where it is not known.
    size_t rank(size_t index) const { return known(shape(index)).size(); }
    std::optional<QuantParams> grid(size_t index) const {
        const QuantParams* grid = m_network.builder.grid(inputName(index));
        return grid ? std::optional(*grid) : std::nullopt;
    }
    /// The operand does not depend on the network's inputs.
    const Tensor* constant(size_t index) const { return m_network.builder.constant(inputName(index)); }
    /// A weight, which it is however large.
    bool isWeight(size_t index) const { return m_network.builder.isConstant(inputName(index)); }
    /// An operand that is a setting rather than data.
    const Tensor& setting(size_t index, std::string_view what) const { return settingOf(constant(index), what); }
    std::vector<int64_t> integerSetting(size_t index, std::string_view what) const {
        return integersIn(setting(index, what), what);
    }
    int64_t singleSetting(size_t index, std::string_view what) const { return integerIn(setting(index, what), what); }
    float realSetting(size_t index, std::string_view what) const { return realIn(setting(index, what), what); }

    size_t outputCount() const { return m_layer.outputs.size(); }
    const std::string& output(size_t index = 0) const { return m_layer.outputs[index].value; }

    void result(Op op, std::vector<ValueId> inputs, const std::optional<QuantParams>& grid = {}) {
        writer().addNamed(std::move(op), std::move(inputs), {output()}, grid);
    }
    /// The same for a product; one of whole numbers is computed in fp32, exactly as long as sums stay below 2^24.
    void productResult(Op op, std::vector<ValueId> inputs);
    /// Values of nodes that were added already are the layer's results, from the first one on.
    void results(const std::vector<ValueId>& values);
    /// The result is known; no node is needed.
    void constantResult(Tensor tensor, const std::optional<QuantParams>& grid = {}) {
        m_network.builder.addConstant(output(), std::move(tensor), grid);
    }

    void warn(const char* code, std::string_view what) {
        m_network.findings.add(code, what, m_layer.name, m_layer.type);
    }

private:
    pugi::xml_attribute find(const char* attribute) const { return m_layer.xml.child("data").attribute(attribute); }

    const IrLayer& m_layer;
    Network& m_network;
};

} // namespace halftone::openvino_format
