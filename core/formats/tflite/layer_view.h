// SPDX-License-Identifier: GPL-3.0-or-later
// One layer of a TFLite file as the readers of operators see it: operands by name, settings checked.
#pragma once

#include "core/formats/common/findings.h"
#include "core/formats/common/layer_checks.h"
#include "core/formats/common/oriented_layers.h"
#include "core/formats/tflite/schema_generated.h"
#include "core/formats/tflite/states.h"
#include "core/formats/tflite/tensors.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace halftone::tflite_format {

/// The network while it is read.
struct Network {
    const schema::SubGraph& graph;
    std::span<const std::byte> file;
    int depth; // of nested tables
    Tensors& tensors;
    GraphBuilder& builder;
    OrientedWriter& writer;
    std::map<size_t, Oriented> made;           // inputs and results of earlier layers, by tensor
    std::unordered_map<size_t, Spread> spread; // by tensor
    const States& states;
    std::unordered_map<std::string, Oriented> variables; // what they hold, by name
    Findings findings;
};

class LayerView : public LayerChecks {
public:
    LayerView(const schema::Operator& op, std::string_view opName, std::string name, Network& network)
        : LayerChecks(std::move(name), opName), m_operator(op), m_network(network) {}

    OrientedWriter& writer() { return m_network.writer; }
    /// For layers that formats share, which know no order but that of the file.
    LayerWriter& steps() { return m_network.writer; }

    size_t inputCount() const { return m_operator.inputs() ? m_operator.inputs()->size() : 0; }
    size_t outputCount() const { return m_operator.outputs() ? m_operator.outputs()->size() : 0; }
    void requireInputs(size_t least, size_t most) const { requireCount(inputCount(), least, most); }
    /// Whether operand `index` is there rather than omitted.
    bool has(size_t index) const;
    /// An operand, channels first if it is at hand so. Throws Error{BadInput} where it is omitted or not made yet,
    /// CannotRun for a constant that cannot be read.
    Oriented input(size_t index);
    std::vector<Oriented> allInputs();
    Oriented asInFile(size_t index) { return writer().asInFile(input(index)); }
    /// An operand in the order of the file, for steps().
    ValueId value(size_t index) { return m_network.builder.use(asInFile(index).name); }
    Oriented channelsFirst(size_t index) { return writer().channelsFirst(input(index)); }
    const std::string& output(size_t index = 0) const { return outputInfo(index).name; }

    const TensorInfo& inputInfo(size_t index) const;
    const TensorInfo& outputInfo(size_t index = 0) const;
    /// How operand `index` is spread; null where it is not. From here on this layer may read it: others are refused.
    const Spread* spread(size_t index);
    void markSpread(Spread spread) { m_network.spread[outputIndex(0)] = std::move(spread); }
    /// Crops of the BATCH_TO_SPACE_ND behind the only layer that reads the result; empty where there is none.
    std::vector<int64_t> cropsAhead() const;
    bool isConstant(size_t index) { return writer().isConstant(input(index)); }
    /// The grid that a constant operand lies on.
    std::optional<QuantParams> constantGrid(size_t index);
    /// The grid of a result.
    std::optional<QuantParams> grid(size_t index = 0) const;

    /// Shape in the file's order, where it is certain.
    std::optional<Shape> shape(size_t index);
    Shape knownShape(size_t index) {
        const std::optional<Shape> found = shape(index);
        return known(found ? &*found : nullptr);
    }
    /// As computed, or else as the file says.
    size_t rank(size_t index);
    /// `axis`, which may count from the end, of an operand.
    int64_t axis(size_t index, int64_t axis) { return axisOf(axis, rank(index)); }

    /// The settings of the operator, of the kind with this number in the format's list, or null where there are none.
    template <class Options> const Options* optionsOrNull(uint8_t kind) const {
        if (m_operator.options_type() != kind || !m_operator.options())
            return nullptr;
        const auto* options = reinterpret_cast<const Options*>(m_operator.options());
        if (!verifies(*options))
            fail("has damaged settings");
        return options;
    }
    template <class Options> const Options& options(uint8_t kind) const {
        const Options* options = optionsOrNull<Options>(kind);
        if (!options)
            fail("lacks its settings");
        return *options;
    }
    std::span<const uint8_t> customOptions() const;

    /// An operand that is a setting rather than data.
    const Tensor& setting(size_t index, std::string_view what) { return settingOf(writer().known(input(index)), what); }
    std::vector<int64_t> integers(size_t index, std::string_view what) {
        return integersIn(setting(index, what), what);
    }

    /// Throws Error{Unsupported}: for what cannot even be cut off, because the tensors around it are read otherwise
    /// than the file says.
    [[noreturn]] void refuseSpread(std::string_view with) const;

    /// An activation that is one; throws CannotRun for None too.
    Unary activation(schema::Activation activation) const;
    /// Writes a result: the step and the activation behind it, on the result's grid.
    void result(const Step& step, schema::Activation activation = schema::Activation::None);
    void result(size_t index, const Step& step) { resultOn(grid(index), step, index); }
    void resultOn(const std::optional<QuantParams>& grid, const Step& step, size_t index = 0);
    /// A result that steps() have made already.
    void valueResult(ValueId value, size_t index = 0);
    /// What operand `index`, a variable tensor, holds from now on. Throws Error{BadInput} where it is none.
    void keep(size_t index, ValueId value);
    /// What the variable behind handle `index` holds. Throws CannotRun where that is not known.
    Oriented variable(size_t index);
    void assign(size_t index, const Oriented& value);
    /// The result is known; no node is needed.
    void constantResult(const Tensor& tensor, const std::optional<QuantParams>& grid);

    void warn(const char* code, std::string_view what) { m_network.findings.add(code, what, name(), shownOp()); }

private:
    template <class Options> bool verifies(const Options& options) const {
        flatbuffers::Verifier verifier(reinterpret_cast<const uint8_t*>(m_network.file.data()), m_network.file.size(),
                                       static_cast<flatbuffers::uoffset_t>(m_network.depth));
        return options.Verify(verifier);
    }
    size_t inputIndex(size_t index) const;
    size_t outputIndex(size_t index) const;
    const std::string& variableName(size_t index) const;

    const schema::Operator& m_operator;
    Network& m_network;
    bool m_readsSpread = false;
};

} // namespace halftone::tflite_format
