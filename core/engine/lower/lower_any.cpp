// SPDX-License-Identifier: GPL-3.0-or-later
// Operators on elements of other types than fp32, and those that read positions: loops of our own where there are some,
// in the order of the file.
#include "core/engine/kernels/any_elements.h"
#include "core/engine/lower/lower.h"

#include "core/base/checked.h"
#include "core/base/text.h"
#include "core/graph/element.h"
#include "core/graph/evaluate.h"
#include "core/graph/op_traits.h"
#include "core/graph/shape_rules.h"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>
#include <numeric>

namespace halftone::engine {

namespace {

constexpr const char* kElementsKernel = "halftone:elements";
constexpr int64_t kMostPositions = int64_t{1} << 22; // that a step lists

/// As plans keep it: constants of all float types are fp32.
TensorType typeOf(const Value& value) {
    return {value.constant && isFloatType(value.type) ? ElementType::F32 : value.type, value.shape};
}

class Lowering {
public:
    explicit Lowering(Builder& builder) : m_builder(builder), m_graph(builder.graph()), m_node(builder.node()) {}

    bool operator()(const Binary& op) {
        if (!op.postOps.empty() || type(0) != type(1))
            return false;
        return rows(binaryKernel(op.kind, type(0)));
    }
    bool operator()(const Unary& op) { return op.kind == UnaryKind::Not && rows(notKernel()); }
    bool operator()(const Cast& op) { return rows(castKernel(type(0), op.to)); }
    bool operator()(const Where&) { return type(1) == type(2) && rows(whereKernel(sizeOf(type(1)))); }
    bool operator()(const DequantizeLinear&) {
        const auto isNumber = [&](size_t i) { return elementCount(value(i).shape) == 1; };
        const bool point = m_node.inputs.size() > 2 && m_node.inputs[2] != kNoValue;
        if (type(1) != ElementType::F32 || !isNumber(1) || (point && (type(2) != type(0) || !isNumber(2))))
            return false;
        return rows(dequantizeKernel(type(0), point));
    }
    bool operator()(const Gather& op) { return gather(op); }
    bool operator()(const ScatterNd& op) { return op.mode == ScatterMode::Replace && scatter(); }
    bool operator()(const Concat& op) { return join(op); }
    template <class Kind> bool operator()(const Kind& op) {
        if (traitsOf(op).keepsOrder)
            return keep();
        if constexpr (std::is_same_v<Kind, Transpose> || std::is_same_v<Kind, Slice> || std::is_same_v<Kind, Expand> ||
                      std::is_same_v<Kind, Tile>)
            return move();
        return false;
    }

private:
    const Value& value(size_t input) const { return m_graph.value(m_node.inputs[input]); }
    ElementType type(size_t input) const { return typeOf(value(input)).type; }
    bool isEmpty() const {
        return std::ranges::any_of(
                   m_node.inputs,
                   [&](ValueId id) { return id != kNoValue && elementCount(m_graph.value(id).shape) == 0; }) ||
               elementCount(m_graph.value(m_node.output()).shape) == 0;
    }

    /// In the order of the file.
    Form operand(size_t input) {
        const ValueId id = m_node.inputs[input];
        if (type(input) != ElementType::F32)
            return m_builder.form(id);
        return m_builder.require(id, rowMajor(m_graph.value(id).shape, DataType::f32), std::nullopt,
                                 fmt::format("{} reads elements in the order of the file.", displayText(m_node.name)));
    }

    void add(const std::vector<Form>& operands, const std::vector<ValueId>& sources, const Builder::Bind& bind) {
        const ValueId output = m_node.output();
        const Form result = m_builder.define(output, plainDesc(m_graph.value(output)), std::nullopt);
        std::vector<Form> forms = operands;
        forms.push_back(result);
        m_builder.addKernel(m_builder.describe(kElementsKernel, "fp32", sources, operands, result), forms, bind,
                            m_graph.value(output).type == ElementType::F32 ? output : kNoValue, result);
    }

    bool rows(RowKernel kernel) {
        if (!kernel || isEmpty())
            return false;
        std::vector<TensorType> types;
        std::vector<Form> forms;
        std::vector<ValueId> sources;
        const Value& result = m_graph.value(m_node.output());
        for (size_t i = 0; i < m_node.inputs.size(); ++i) {
            if (m_node.inputs[i] == kNoValue)
                continue;
            types.push_back(typeOf(value(i)));
            if (types.back().shape.size() > result.shape.size()) // a single number with more dimensions
                types.back().shape.clear();
            forms.push_back(operand(i));
            sources.push_back(m_node.inputs[i]);
        }
        add(forms, sources,
            [kernel, broadcast = rowSteps({result.type, result.shape}, types)](const std::vector<std::byte*>& at) {
                std::array<const std::byte*, kMostOperands> operands{};
                std::copy(at.begin(), at.end() - 1, operands.begin());
                return [kernel, broadcast, operands, y = at.back()] { runRows(broadcast, kernel, operands, y); };
            });
        return true;
    }

    bool keep() {
        if (type(0) == ElementType::F32)
            return false;
        m_builder.alias(m_node.output(), m_builder.form(m_node.inputs[0]));
        return true;
    }

    /// Where the elements of the result come from does not depend on what they are.
    bool move() {
        const Value &x = value(0), &y = m_graph.value(m_node.output());
        if (isEmpty() || elementCount(x.shape) > kMostPositions || elementCount(y.shape) > kMostPositions)
            return false;
        std::vector<int64_t> numbers(static_cast<size_t>(elementCount(x.shape)));
        std::iota(numbers.begin(), numbers.end(), 0);
        Node alone = m_node;
        alone.inputs.clear(); // evaluation reads the operator and the name
        const Tensor moved = evaluate(Graph(), alone, {Tensor::fromInt64s(x.shape, numbers)}).front();
        const std::vector<int64_t> from = moved.toInt64s();
        const Form source = operand(0);
        add({source}, {m_node.inputs[0]},
            [positions = std::vector<int32_t>(from.begin(), from.end()),
             bytes = sizeOf(type(0))](const std::vector<std::byte*>& at) {
                return [positions, bytes, at] { pick(positions, bytes, at[0], at[1]); };
            });
        return true;
    }

    bool gather(const Gather& op) {
        const Value& data = value(0);
        const ElementType indices = type(1);
        if (isEmpty() || (indices != ElementType::S64 && indices != ElementType::S32))
            return false;
        const size_t axis = normalizedAxis(op.axis, data.shape.size());
        const std::span<const int64_t> shape(data.shape);
        const GatherRows params{elementCount(shape.first(axis)), shape[axis], elementCount(value(1).shape),
                                static_cast<size_t>(elementCount(shape.subspan(axis + 1))) * sizeOf(type(0)),
                                displayText(m_node.name)};
        add({operand(0), operand(1)}, m_node.inputs, [params, indices](const std::vector<std::byte*>& at) {
            return [params, indices, at] {
                if (indices == ElementType::S64)
                    gatherRows(params, at[0], reinterpret_cast<const int64_t*>(at[1]), at[2]);
                else
                    gatherRows(params, at[0], reinterpret_cast<const int32_t*>(at[1]), at[2]);
            };
        });
        return true;
    }

    bool scatter() {
        if (isEmpty() || type(1) != ElementType::S64 || type(0) != type(2))
            return false;
        const Shape &shape = value(0).shape, &indices = value(1).shape;
        const auto named = static_cast<size_t>(indices.back());
        const size_t bytes = sizeOf(type(0));
        const ScatterParts params{shape,
                                  named,
                                  bytes,
                                  elementCount(indices) / indices.back(),
                                  static_cast<size_t>(elementCount(std::span(shape).subspan(named))) * bytes,
                                  displayText(m_node.name)};
        add({operand(0), operand(1), operand(2)}, m_node.inputs, [params](const std::vector<std::byte*>& at) {
            return [params, at] { scatterParts(params, at[0], reinterpret_cast<const int64_t*>(at[1]), at[2], at[3]); };
        });
        return true;
    }

    bool join(const Concat& op) {
        if (isEmpty() || type(0) == ElementType::F32)
            return false;
        const size_t axis = normalizedAxis(op.axis, value(0).shape.size());
        const int64_t outer = elementCount(std::span(value(0).shape).first(axis));
        std::vector<Form> forms;
        std::vector<size_t> parts;
        for (size_t i = 0; i < m_node.inputs.size(); ++i) {
            forms.push_back(operand(i));
            parts.push_back(static_cast<size_t>(elementCount(value(i).shape) / outer) * sizeOf(type(i)));
        }
        add(forms, m_node.inputs, [parts, outer](const std::vector<std::byte*>& at) {
            return [parts, outer, at] {
                std::byte* to = at.back();
                for (int64_t row = 0; row < outer; ++row)
                    for (size_t i = 0; i < parts.size(); to += parts[i++])
                        std::memcpy(to, at[i] + static_cast<size_t>(row) * parts[i], parts[i]);
            };
        });
        return true;
    }

    Builder& m_builder;
    const Graph& m_graph;
    const Node& m_node;
};

} // namespace

void lowerAny(Builder& builder, const std::string& why) {
    if (builder.node().outputs.size() != 1 || !std::visit(Lowering(builder), builder.node().op))
        lowerReference(builder, why);
}

} // namespace halftone::engine
