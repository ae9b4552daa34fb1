// SPDX-License-Identifier: GPL-3.0-or-later
// One layer of an ONNX file as the readers of operators see it: attributes and operands, with type and
// presence checked, so that a reader is a few lines long.
#pragma once

#include "core/formats/common/layer_checks.h"
#include "core/formats/common/layer_writer.h"
#include "core/formats/onnx/messages.h"
#include "core/formats/onnx/tensors.h"

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace halftone::onnx_format {

class LayerView : public LayerChecks {
public:
    LayerView(onnx::NodeProto& proto, int64_t opset, LayerWriter& writer, TensorReader& tensors);

    const std::string& op() const { return m_proto.op_type(); }
    /// Version of the operator set that gives the layer its meaning.
    int64_t opset() const { return m_opset; }

    /// Attributes. Each throws Error{BadInput} when the attribute has another type than the one asked for.
    bool has(std::string_view attribute) const;
    int64_t integer(std::string_view attribute, std::optional<int64_t> fallback = {});
    bool flag(std::string_view attribute, bool fallback);
    float real(std::string_view attribute, float fallback);
    std::string text(std::string_view attribute, const char* fallback);
    std::optional<std::vector<int64_t>> integers(std::string_view attribute);
    /// Empty when it is missing.
    std::vector<float> reals(std::string_view attribute);
    /// Empty when it is missing.
    std::vector<std::string> texts(std::string_view attribute);
    /// Throws CannotRun for one that Halftone does not know.
    ElementType elementType(std::string_view attribute, ElementType fallback);
    /// Nothing when it is missing.
    std::optional<Tensor> tensor(std::string_view attribute);
    /// `rank` numbers from `least` to 2^31-1, each `fallback` when the attribute is missing.
    std::vector<int64_t> sizes(std::string_view attribute, size_t rank, int64_t least, int64_t fallback);
    /// An attribute that says nothing about inference.
    void ignore(std::string_view attribute) { m_read.emplace(attribute); }
    /// The first attribute that nobody asked for.
    std::optional<std::string> unreadAttribute() const;

    /// Operands. An empty name counts as omitted.
    size_t inputCount() const;
    /// The first `least` of them are there.
    void requireInputs(size_t least, size_t most) const;
    bool hasInput(size_t index) const;
    /// Throws Error{BadInput} when the operand is omitted.
    ValueId input(size_t index);
    /// kNoValue when it is omitted.
    ValueId optionalInput(size_t index);
    std::vector<ValueId> allInputs();
    /// The elements of an operand that is a list of tensors, and null for others.
    const std::vector<ValueId>* list(size_t index) const;
    /// All tensors that the layer reads: those of lists, too.
    std::vector<ValueId> tensorsRead();
    /// As the file calls the operand; empty where it has none.
    std::string inputName(size_t index) const;
    /// The operand has a name and is nothing: an optional without an element.
    bool isMissing(size_t index) const { return m_writer.builder().isMissing(inputName(index)); }
    /// The shape, or nothing when it is not certain.
    const Shape* shape(size_t index) const;
    const Shape& knownShape(size_t index) const { return known(shape(index)); }
    /// An operand that is a setting rather than data.
    const Tensor& setting(size_t index, std::string_view what) const;
    std::vector<int64_t> integerSetting(size_t index, std::string_view what) const {
        return integersIn(setting(index, what), what);
    }
    float realSetting(size_t index, std::string_view what) const { return realIn(setting(index, what), what); }

    /// Element type of an operand, as far as it is known.
    ElementType type(size_t index);
    /// Outputs that the layer names.
    size_t outputCount() const { return static_cast<size_t>(m_proto.output_size()); }

    /// For a layer that becomes several operators: one of them, and a constant for it.
    ValueId step(Op op, std::vector<ValueId> inputs, const std::optional<QuantParams>& grid = {}) {
        return m_writer.add(std::move(op), std::move(inputs), grid);
    }
    ValueId operand(Tensor tensor) { return m_writer.constant(name() + "_constant", std::move(tensor)); }
    /// A constant that is a single number.
    ValueId number(double value, ElementType type = ElementType::F32);
    ValueId binary(BinaryKind kind, ValueId a, ValueId b) { return step(Binary{kind, {}}, {a, b}); }
    LayerWriter& writer() { return m_writer; }
    GraphBuilder& builder() { return m_writer.builder(); }

    /// Something that whoever reads the results has to know.
    void note(std::string code, std::string message) { m_notes.push_back({std::move(code), std::move(message)}); }
    struct Note {
        std::string code, message;
    };
    const std::vector<Note>& notes() const { return m_notes; }

    /// The operand does not depend on the network's inputs.
    bool isConstant(size_t index) const;
    /// The grid that an operand lies on which is codes in the file, and null for others.
    const QuantParams* codes(size_t index) const;
    /// A constant operand that the file does not have in this form, named after operand `index`.
    ValueId addConstant(size_t index, Tensor tensor, const std::optional<QuantParams>& grid);

private:
    onnx::AttributeProto* find(std::string_view attribute, onnx::AttributeProto::AttributeType type,
                               const char* typeText);

    onnx::NodeProto& m_proto;
    int64_t m_opset;
    LayerWriter& m_writer;
    TensorReader& m_tensors;
    std::set<std::string, std::less<>> m_read;
    std::vector<Note> m_notes;
};

} // namespace halftone::onnx_format
