// SPDX-License-Identifier: GPL-3.0-or-later
// One node of a TensorFlow graph as the readers of operators see it: attributes with their defaults, operands, and the
// nodes of the network that it becomes.
#pragma once

#include "core/formats/common/cannot_run.h"
#include "core/formats/tensorflow/messages.h"
#include "core/formats/tensorflow/network.h"

#include <string>
#include <string_view>
#include <vector>

namespace halftone::tensorflow_format {

class LayerView {
public:
    LayerView(const graphdef::NodeDef& proto, std::string name, std::vector<Operand> inputs, Network& network)
        : m_proto(proto), m_name(std::move(name)), m_inputs(std::move(inputs)), m_network(network) {}

    const std::string& op() const { return m_proto.op(); }
    const std::string& name() const { return m_name; }
    Network& network() { return m_network; }

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
    void requireInputs(size_t least, size_t most) const;
    /// An operand that is complete, and no codes.
    Operand input(size_t index);
    /// The same for operators that compute element by element or channel by channel, which may stand between
    /// SpaceToBatchND and BatchToSpaceND.
    Operand pointwiseInput(size_t index);
    /// As it is, possibly with something still to be done to it.
    const Operand& rawInput(size_t index) const { return m_inputs[index]; }
    std::vector<Operand> allInputs();
    /// An operand in the layout of the file, and as NCHW where the file has NHWC.
    Operand inFileLayout(size_t index) { return m_network.asInFile(input(index), m_name); }
    Operand asChannelsFirst(const Operand& operand) { return m_network.channelsFirst(operand, m_name); }
    /// The value of an operand that is a setting rather than data; throws CannotRun{"`op` with `what` computed at run
    /// time"} when it is not constant.
    const Tensor& setting(size_t index, std::string_view what) const;
    std::vector<int64_t> integerSetting(size_t index, std::string_view what) const;
    int64_t integerSettingAt(size_t index, std::string_view what) const;
    float realSetting(size_t index, std::string_view what) const;

    /// The shape as the file has it; throws CannotRun when it is not known.
    Shape shapeOf(const Operand& operand) const;
    /// An axis from the file as a dimension of this operand, whatever its layout. Throws for one that it does not have.
    size_t axisOf(const Operand& operand, int64_t axis) const;

    Operand emit(Op op, const std::vector<Operand>& inputs, const std::string& role = {},
                 const std::optional<QuantParams>& grid = {}) {
        return m_network.emit(m_name, role, std::move(op), inputs, grid);
    }
    Operand constant(Tensor tensor, const std::optional<QuantParams>& grid = {}) {
        return m_network.addConstant(m_name, std::move(tensor), grid);
    }

    /// Throws Error{BadInput}: "Layer "conv1" (Conv2D) `cause`. ..."
    [[noreturn]] void fail(std::string_view cause) const;
    /// Throws CannotRun{"`op` `with`"}.
    [[noreturn]] void cannotRun(std::string_view with) const;

    /// Crops of the BatchToSpaceND that ends what this layer begins, and empty where there is none ahead.
    std::vector<int64_t> cropsAhead;
    /// The result is read once, by a layer that adds to it or subtracts from it.
    bool shiftFollows = false;

private:
    const graphdef::AttrValue* find(std::string_view attribute, graphdef::AttrValue::ValueCase kind,
                                    const char* kindText) const;
    Operand completed(const Operand& operand);

    const graphdef::NodeDef& m_proto;
    std::string m_name;
    std::vector<Operand> m_inputs;
    Network& m_network;
};

} // namespace halftone::tensorflow_format
