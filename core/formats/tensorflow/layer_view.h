// SPDX-License-Identifier: GPL-3.0-or-later
// One node of a TensorFlow graph as the readers of operators see it: attributes with their defaults, operands, and the
// nodes of the network that it becomes.
#pragma once

#include "core/formats/common/layer_checks.h"
#include "core/formats/tensorflow/messages.h"
#include "core/formats/tensorflow/network.h"

#include <string>
#include <string_view>
#include <vector>

namespace halftone::tensorflow_format {

class LayerView : public LayerChecks {
public:
    LayerView(const graphdef::NodeDef& proto, std::string name, std::vector<Operand> inputs, Network& network)
        : LayerChecks(std::move(name), proto.op()), m_proto(proto), m_inputs(std::move(inputs)), m_network(network) {}

    const std::string& op() const { return m_proto.op(); }
    Network& network() { return m_network; }
    OrientedWriter& writer() { return m_network.writer; }

    /// Attributes; a missing one has the default that TensorFlow gives it. Each throws Error{BadInput} when the
    /// attribute is of another kind than the one asked for.
    bool has(std::string_view attribute) const;
    int64_t integer(std::string_view attribute, int64_t fallback) const;
    bool flag(std::string_view attribute, bool fallback) const;
    float real(std::string_view attribute, float fallback) const;
    std::string text(std::string_view attribute, const char* fallback) const;
    std::vector<int64_t> integers(std::string_view attribute) const;
    graphdef::DataType type(std::string_view attribute, graphdef::DataType fallback) const;
    const graphdef::AttrValue* value(std::string_view attribute) const;
    /// Four positive numbers, one for each dimension in the order of data_format; all 1 where the attribute is missing
    /// and `required` is not set.
    std::vector<int64_t> fourSizes(std::string_view attribute, bool required) const;
    /// data_format is NHWC.
    bool channelsLast() const;

    size_t inputCount() const { return m_inputs.size(); }
    void requireInputs(size_t least, size_t most) const { requireCount(inputCount(), least, most); }
    /// An operand that is complete, and no codes.
    Operand input(size_t index);
    /// The same for operators that compute element by element or channel by channel, which may stand between
    /// SpaceToBatchND and BatchToSpaceND.
    Operand pointwiseInput(size_t index);
    /// As it is, possibly with something still to be done to it.
    const Operand& rawInput(size_t index) const { return m_inputs[index]; }
    std::vector<Operand> allInputs();
    Oriented asInFile(size_t index) { return writer().asInFile(input(index)); }
    /// The operand in another order; the same is still to be done to it.
    Operand asInFile(Operand operand);
    Operand channelsFirst(Operand operand);
    /// As feature maps of this file are best kept.
    Operand asFeatureMap(const Operand& operand);
    /// Operands of a layer that computes element by element, in one order.
    std::vector<Operand> aligned(std::vector<Operand> operands);
    /// An operand that is a setting rather than data.
    const Tensor& setting(size_t index, std::string_view what) const {
        return settingOf(m_network.writer.known(m_inputs.at(index)), what);
    }
    std::vector<int64_t> integerSetting(size_t index, std::string_view what) const {
        return integersIn(setting(index, what), what);
    }
    int64_t integerSettingAt(size_t index, std::string_view what) const {
        return integerIn(setting(index, what), what);
    }
    float realSetting(size_t index, std::string_view what) const { return realIn(setting(index, what), what); }

    bool isConstant(const Oriented& operand) const { return m_network.writer.isConstant(operand); }
    /// Shape and rank as the file has them, where they are known; the others throw CannotRun.
    std::optional<Shape> shape(const Oriented& operand) const { return m_network.writer.shape(operand); }
    std::optional<size_t> rank(const Oriented& operand) const { return m_network.writer.rank(operand); }
    Shape shapeOf(const Oriented& operand) const {
        const std::optional<Shape> found = shape(operand);
        return known(found ? &*found : nullptr);
    }
    size_t rankOf(const Oriented& operand) const {
        const std::optional<size_t> found = rank(operand);
        return found ? *found : known(nullptr).size();
    }
    /// A dimension of the file, not counted from the end. Throws for one that the operand does not have.
    int64_t axisOf(const Oriented& operand, int64_t axis) const { return LayerChecks::axisOf(axis, rankOf(operand)); }

    /// The layer's own operator. What is still to be done to an operand is to be done to the result.
    Operand result(Op op, const std::vector<Operand>& inputs, const std::optional<QuantParams>& grid = {});
    Operand result(const Step& step, const std::optional<QuantParams>& grid = {});
    /// What comes before.
    Operand step(Op op, const std::vector<Operand>& inputs);
    /// The result is known; no node is needed.
    Operand constantResult(Tensor tensor, const std::optional<QuantParams>& grid = {}) {
        return m_network.addConstant(name(), std::move(tensor), grid);
    }
    /// A constant that the file does not have.
    Oriented constant(Tensor tensor) { return writer().constant(name() + "_constant", std::move(tensor)); }

    /// Crops of the BatchToSpaceND that ends what this layer begins, and empty where there is none ahead.
    std::vector<int64_t> cropsAhead;
    /// The result is read once, by a layer that adds to it or subtracts from it.
    bool shiftFollows = false;

private:
    const graphdef::AttrValue* find(std::string_view attribute, graphdef::AttrValue::ValueCase kind,
                                    const char* kindText) const;
    Operand completed(const Operand& operand);

    const graphdef::NodeDef& m_proto;
    std::vector<Operand> m_inputs;
    Network& m_network;
};

} // namespace halftone::tensorflow_format
