// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/common/einsum.h"

#include "core/formats/common/cannot_run.h"

#include <algorithm>
#include <map>
#include <set>

namespace halftone {

namespace {

bool has(const std::string& labels, char label) {
    return labels.find(label) != std::string::npos;
}

/// A tensor and the labels of its dimensions.
struct Labelled {
    ValueId value;
    std::string labels;
};

class Contraction {
public:
    explicit Contraction(LayerWriter& writer) : m_writer(writer) {}

    void learnSizes(const Labelled& operand) {
        const Shape* shape = m_writer.builder().shape(operand.value);
        if (!shape)
            throw CannotRun{"Einsum of tensors of unknown shape"};
        if (shape->size() != operand.labels.size())
            throw CannotRun{"Einsum of operands with other dimensions than its equation"};
        for (size_t i = 0; i < shape->size(); ++i)
            if (m_sizes.emplace(operand.labels[i], (*shape)[i]).first->second != (*shape)[i])
                throw CannotRun{"Einsum of dimensions that differ"};
    }

    /// Sums over the dimensions that are not in `kept`.
    Labelled summed(const Labelled& x, const std::string& kept) {
        std::vector<int64_t> axes;
        std::string left;
        for (size_t i = 0; i < x.labels.size(); ++i)
            if (has(kept, x.labels[i]))
                left += x.labels[i];
            else
                axes.push_back(static_cast<int64_t>(i));
        return axes.empty() ? x : Labelled{m_writer.add(Reduce{ReduceKind::Sum, axes, false}, {x.value}), left};
    }

    Labelled inOrder(const Labelled& x, const std::string& labels) {
        if (x.labels == labels)
            return x;
        std::vector<int64_t> perm;
        for (const char label : labels)
            perm.push_back(static_cast<int64_t>(x.labels.find(label)));
        return {m_writer.add(Transpose{perm}, {x.value}), labels};
    }

    /// The product of both, summed over what both have and `kept` has not.
    Labelled product(const Labelled& left, const Labelled& right, const std::string& kept) {
        const Labelled a = summed(left, kept + right.labels), b = summed(right, kept + left.labels);
        std::string batch, inner, rows, columns;
        for (const char label : a.labels)
            (!has(b.labels, label) ? rows : has(kept, label) ? batch : inner) += label;
        for (const char label : b.labels)
            if (!has(a.labels, label))
                columns += label;
        const ValueId x = matrix(a, batch, rows, inner), y = matrix(b, batch, inner, columns);
        const ValueId product = m_writer.add(MatMul{}, {x, y});
        const std::string labels = batch + rows + columns;
        return {m_writer.add(Reshape{shapeOf(labels), true}, {product}), labels};
    }

private:
    Shape shapeOf(const std::string& labels) const {
        Shape shape;
        for (const char label : labels)
            shape.push_back(m_sizes.at(label));
        return shape;
    }
    int64_t sizeOf(const std::string& labels) const {
        int64_t size = 1;
        for (const char label : labels)
            size *= m_sizes.at(label);
        return size;
    }
    /// [batch, rows, columns], the labels of each as one dimension.
    ValueId matrix(const Labelled& x, const std::string& batch, const std::string& rows, const std::string& columns) {
        const Labelled ordered = inOrder(x, batch + rows + columns);
        const Shape shape{sizeOf(batch), sizeOf(rows), sizeOf(columns)};
        return *m_writer.builder().shape(ordered.value) == shape ? ordered.value
                                                                 : m_writer.add(Reshape{shape, true}, {ordered.value});
    }

    LayerWriter& m_writer;
    std::map<char, int64_t> m_sizes;
};

} // namespace

std::optional<EinsumEquation> parseEinsum(std::string equation) {
    std::erase(equation, ' ');
    const size_t arrow = equation.find("->");
    const std::string left = equation.substr(0, arrow);
    EinsumEquation parsed;
    std::map<char, int> seen;
    for (size_t begin = 0; begin <= left.size();) {
        const size_t end = std::min(left.find(',', begin), left.size());
        parsed.operands.push_back(left.substr(begin, end - begin));
        begin = end + 1;
    }
    for (const std::string& operand : parsed.operands) {
        if (std::set<char>(operand.begin(), operand.end()).size() != operand.size())
            return std::nullopt;
        for (const char label : operand)
            ++seen[label];
    }
    if (arrow != std::string::npos)
        parsed.result = equation.substr(arrow + 2);
    else // what stands once, in the order of the alphabet
        for (const auto& [label, times] : seen)
            if (times == 1)
                parsed.result += label;
    const auto isLetter = [](const auto& entry) {
        return (entry.first >= 'a' && entry.first <= 'z') || (entry.first >= 'A' && entry.first <= 'Z');
    };
    const std::string& result = parsed.result;
    const bool known = std::ranges::all_of(result, [&](char label) { return seen.contains(label); });
    const bool once = std::set<char>(result.begin(), result.end()).size() == result.size();
    return known && once && std::ranges::all_of(seen, isLetter) ? std::optional(parsed) : std::nullopt;
}

ValueId einsum(LayerWriter& writer, const EinsumEquation& equation, const std::vector<ValueId>& operands) {
    Contraction contraction(writer);
    std::vector<Labelled> labelled;
    for (size_t i = 0; i < operands.size(); ++i) {
        labelled.push_back({operands[i], equation.operands[i]});
        contraction.learnSizes(labelled.back());
    }
    Labelled all = labelled.front();
    for (size_t i = 1; i < labelled.size(); ++i) {
        std::string kept = equation.result;
        for (size_t later = i + 1; later < labelled.size(); ++later)
            kept += labelled[later].labels;
        all = contraction.product(all, labelled[i], kept);
    }
    return contraction.inOrder(contraction.summed(all, equation.result), equation.result).value;
}

} // namespace halftone
