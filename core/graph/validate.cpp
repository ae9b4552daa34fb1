// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/graph/validate.h"

#include "core/base/checked.h"
#include "core/base/error.h"
#include "core/base/text.h"
#include "core/graph/infer.h"

#include <cmath>
#include <fmt/format.h>
#include <unordered_set>

namespace halftone {

namespace {

class Validator {
public:
    Validator(const Graph& graph, const std::string& stage) : m_graph(graph), m_stage(stage) {}

    void run() {
        checkIds();
        checkNames();
        checkOrder();
        for (const Value& value : m_graph.values())
            checkValue(value);
        checkShapes();
        for (const Node& node : m_graph.nodes())
            checkReshape(node);
    }

private:
    [[noreturn]] void broken(const std::string& rule) const {
        throw Error(ErrorCode::Internal, fmt::format("After {}: {}. Please report this.", m_stage, rule), m_stage);
    }

    void checkIds() const {
        const auto check = [&](const std::vector<ValueId>& ids, bool mayBeOmitted, const std::string& where) {
            for (ValueId id : ids)
                if (!(mayBeOmitted && id == kNoValue) && (id < 0 || static_cast<size_t>(id) >= m_graph.values().size()))
                    broken(fmt::format("{} refers to value {}, which does not exist", where, id));
        };
        check(m_graph.inputs, false, "the list of inputs");
        check(m_graph.outputs, false, "the list of outputs");
        for (const Node& node : m_graph.nodes()) {
            check(node.inputs, true, quoted(node));
            check(node.outputs, false, quoted(node));
        }
    }

    void checkNames() const {
        const auto check = [&](const auto& items, const char* kind) {
            std::unordered_set<std::string_view> names;
            for (const auto& item : items)
                if (!names.insert(item.name).second)
                    broken(fmt::format("two {} have the name \"{}\"", kind, displayText(item.name)));
        };
        check(m_graph.values(), "values");
        check(m_graph.nodes(), "nodes");
    }

    /// Every value has one source, and the source comes before its readers.
    void checkOrder() {
        m_hasSource.assign(m_graph.values().size(), false);
        const auto makes = [&](ValueId id, const std::string& who) {
            const Value& value = m_graph.value(id);
            if (value.constant || m_hasSource[static_cast<size_t>(id)])
                broken(fmt::format("{} makes value \"{}\", which has a source already", who, displayText(value.name)));
            m_hasSource[static_cast<size_t>(id)] = true;
        };
        const auto reads = [&](ValueId id, const std::string& who) {
            if (!m_graph.isConstant(id) && !m_hasSource[static_cast<size_t>(id)])
                broken(
                    fmt::format("{} reads value \"{}\" before it is made", who, displayText(m_graph.value(id).name)));
        };
        for (ValueId id : m_graph.inputs)
            makes(id, "the list of inputs");
        for (const Node& node : m_graph.nodes()) {
            for (ValueId id : node.inputs)
                if (id != kNoValue)
                    reads(id, quoted(node));
            for (ValueId id : node.outputs)
                makes(id, quoted(node));
        }
        for (ValueId id : m_graph.outputs)
            reads(id, "the list of outputs");
    }

    void checkValue(const Value& value) const {
        const std::string shown = displayText(value.name);
        if (value.constant) {
            const Tensor& tensor = *value.constant;
            if (tensor.type != value.type || tensor.shape != value.shape)
                broken(fmt::format("value \"{}\" is {} {} and its constant {} {}", shown, name(value.type),
                                   shapeText(value.shape), name(tensor.type), shapeText(tensor.shape)));
            const uint64_t wanted = static_cast<uint64_t>(tensor.elements()) * sizeOf(tensor.type);
            const uint64_t has = tensor.bytes.size();
            if (has != wanted)
                broken(fmt::format("constant \"{}\" has {} bytes instead of {}", shown, has, wanted));
        }
        for (const int64_t dim : value.shape)
            if (dim < 0)
                broken(fmt::format("value \"{}\" has the shape {}", shown, shapeText(value.shape)));
        if (value.quant)
            checkQuant(value, *value.quant, shown);
    }

    /// A target is the shape of the result: what files say with 0 and -1 is a number in a graph.
    void checkReshape(const Node& node) const {
        const auto* reshape = std::get_if<Reshape>(&node.op);
        if (reshape && reshape->target != m_graph.value(node.outputs.front()).shape)
            broken(fmt::format("{} makes {} and says {}", quoted(node),
                               shapeText(m_graph.value(node.outputs.front()).shape), shapeText(reshape->target)));
    }

    void checkQuant(const Value& value, const QuantParams& quant, const std::string& shown) const {
        if (quant.storage != ElementType::U8 && quant.storage != ElementType::S8)
            broken(fmt::format("value \"{}\" is quantized to {}", shown, name(quant.storage)));
        int64_t wanted = 1;
        if (quant.axis) {
            if (*quant.axis < 0 || static_cast<size_t>(*quant.axis) >= value.shape.size())
                broken(fmt::format("value \"{}\" is quantized along axis {} of {}", shown, *quant.axis,
                                   shapeText(value.shape)));
            wanted = value.shape[static_cast<size_t>(*quant.axis)];
        }
        if (static_cast<int64_t>(quant.scales.size()) != wanted || quant.zeroPoints.size() != quant.scales.size())
            broken(fmt::format("value \"{}\" has {} scales and {} zero points instead of {}", shown,
                               quant.scales.size(), quant.zeroPoints.size(), wanted));
        for (float scale : quant.scales)
            if (!std::isfinite(scale) || scale <= 0)
                broken(fmt::format("value \"{}\" has the scale {}", shown, scale));
        for (int32_t zeroPoint : quant.zeroPoints)
            if (zeroPoint < lowestCode(quant.storage) || zeroPoint > highestCode(quant.storage))
                broken(fmt::format("value \"{}\" has the zero point {}", shown, zeroPoint));
    }

    /// Shapes as inference finds them. What comes after an Opaque node is not known.
    void checkShapes() const {
        Graph inferred;
        try {
            inferred = infer(m_graph);
        } catch (const Error& error) {
            broken(error.message());
        }
        for (size_t i = 0; i < m_graph.values().size(); ++i) {
            const Value& has = m_graph.values()[i];
            const Value& wanted = inferred.values()[i];
            if (has.type != wanted.type || has.shape != wanted.shape)
                broken(fmt::format("value \"{}\" is {} {} and inference finds {} {}", displayText(has.name),
                                   name(has.type), shapeText(has.shape), name(wanted.type), shapeText(wanted.shape)));
        }
    }

    static std::string quoted(const Node& node) {
        return fmt::format("node \"{}\" ({})", displayText(node.name), opName(node.op));
    }

    const Graph& m_graph;
    const std::string& m_stage;
    std::vector<bool> m_hasSource;
};

} // namespace

void validate(const Graph& graph, const std::string& stage) {
    Validator(graph, stage).run();
}

} // namespace halftone
