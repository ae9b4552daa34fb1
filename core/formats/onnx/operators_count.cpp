// SPDX-License-Identifier: GPL-3.0-or-later
// Operators that look for equal elements: distinct ones, and how often short sequences of them occur.
#include "core/base/checked.h"
#include "core/formats/common/layers.h"
#include "core/formats/onnx/operators.h"
#include "core/graph/element.h"
#include "core/graph/offsets.h"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <numeric>

namespace halftone::onnx_format {

namespace {

/// Of equal rows the first one stands for all.
struct Distinct {
    std::vector<int64_t> first, which, counts; // of each distinct row; of each row the distinct one it is; how many
};

/// `rows` of `length` elements each; the distinct ones in their order, or in that of the file.
template <class T> Distinct distinct(std::span<const T> x, int64_t rows, int64_t length, bool sorted) {
    const auto row = [&](int64_t i) { return x.subspan(static_cast<size_t>(i * length), static_cast<size_t>(length)); };
    const auto less = [&](int64_t a, int64_t b) {
        return std::ranges::lexicographical_compare(
            row(a), row(b), [](const T& left, const T& right) { return arithmetic(left) < arithmetic(right); });
    };
    std::map<int64_t, std::vector<int64_t>, decltype(less)> equal(less); // by the first one of them
    for (int64_t i = 0; i < rows; ++i)
        equal[i].push_back(i);
    std::vector<const std::vector<int64_t>*> groups;
    for (const auto& [first, all] : equal)
        groups.push_back(&all);
    if (!sorted)
        std::ranges::sort(groups, {}, [](const std::vector<int64_t>* all) { return all->front(); });
    Distinct result;
    result.which.resize(static_cast<size_t>(rows));
    for (size_t group = 0; group < groups.size(); ++group) {
        result.first.push_back(groups[group]->front());
        result.counts.push_back(static_cast<int64_t>(groups[group]->size()));
        for (const int64_t each : *groups[group])
            result.which[static_cast<size_t>(each)] = static_cast<int64_t>(group);
    }
    return result;
}

} // namespace

/// How many there are depends on what they are: only known elements can be told apart.
Layer readUnique(LayerView& layer) {
    layer.requireInputs(1, 1);
    const Tensor x = layer.setting(0, "values");
    const bool sorted = layer.flag("sorted", true), whole = !layer.has("axis");
    const Shape shape = whole ? Shape{x.elements()} : x.shape;
    if (shape.empty())
        layer.fail("looks along a dimension of a single number");
    const int64_t axis = whole ? 0 : layer.axisOf(layer.integer("axis"), shape.size());
    // A row is what has one index along the axis.
    std::vector<int64_t> perm(shape.size());
    std::iota(perm.begin(), perm.end(), 0);
    std::rotate(perm.begin(), perm.begin() + axis, perm.begin() + axis + 1);
    OffsetTables tables;
    const std::vector<int64_t> strides = stridesOf(shape);
    for (const int64_t dim : perm)
        tables.push_back(evenOffsets(shape[static_cast<size_t>(dim)], strides[static_cast<size_t>(dim)]));
    const int64_t rows = shape[static_cast<size_t>(axis)];
    const Distinct found = visitType(x.type, [&]<class T>(std::type_identity<T>) {
        const std::span<const T> elements = elementsAs<T>(x);
        std::vector<T> turned;
        forEachOffset(tables, [&](int64_t offset) { turned.push_back(elements[static_cast<size_t>(offset)]); });
        return distinct<T>(turned, rows, rows > 0 ? static_cast<int64_t>(turned.size()) / rows : 0, sorted);
    });
    const auto list = [&](const std::vector<int64_t>& numbers) {
        return layer.operand(Tensor::fromInt64s({static_cast<int64_t>(numbers.size())}, numbers));
    };
    const ValueId given = whole ? layer.step(Reshape{{-1}}, {layer.input(0)}) : layer.input(0);
    Layer result{.results = {layer.step(Gather{axis}, {given, list(found.first)}), list(found.first), list(found.which),
                             list(found.counts)}};
    result.results.resize(std::clamp<size_t>(layer.outputCount(), 1, 4));
    return result;
}

namespace {

/// Sequences of one length, and the columns of the result that count them.
struct Grams {
    int64_t length = 1;
    std::vector<int64_t> elements, columns;
};

/// Those of `pool`; `begins` says where those of each length begin.
std::vector<Grams> gramsOf(LayerView& layer, const std::vector<int64_t>& pool, const std::vector<int64_t>& begins,
                           const std::vector<int64_t>& columns) {
    std::vector<Grams> all;
    size_t next = 0;
    for (size_t i = 0; i < begins.size(); ++i) {
        const auto length = static_cast<int64_t>(i) + 1, size = static_cast<int64_t>(pool.size()),
                   end = i + 1 < begins.size() ? begins[i + 1] : size;
        if (begins[i] < 0 || begins[i] > end || end > size || (end - begins[i]) % length != 0)
            layer.fail("has counts of sequences that do not fit its pool");
        Grams grams{length, {pool.begin() + begins[i], pool.begin() + end}, {}};
        for (int64_t k = 0; k < (end - begins[i]) / length; ++k, ++next) {
            if (next >= columns.size())
                layer.fail("has more sequences than columns");
            grams.columns.push_back(columns[next]);
        }
        all.push_back(std::move(grams));
    }
    return all;
}

/// How often each of `grams` occurs in x [..., length], with `gap` elements between two of its own: [..., grams].
ValueId occurrences(LayerView& layer, ValueId x, const Shape& shape, const Grams& grams, int64_t gap) {
    const int64_t span = (grams.length - 1) * (gap + 1) + 1, places = shape.back() - span + 1,
                  count = static_cast<int64_t>(grams.columns.size());
    const auto rank = static_cast<int64_t>(shape.size());
    std::vector<int64_t> positions;
    for (int64_t place = 0; place < places; ++place)
        for (int64_t i = 0; i < grams.length; ++i)
            positions.push_back(place + i * (gap + 1));
    const ValueId windows =
        layer.step(Gather{rank - 1}, {x, layer.operand(Tensor::fromInt64s({places, grams.length}, positions))});
    const Tensor wanted = castTensor(Tensor::fromInt64s({count, grams.length}, grams.elements), layer.type(0));
    const ValueId equal =
        layer.binary(BinaryKind::Equal, layer.step(Squeeze{{rank}, true}, {windows}), layer.operand(wanted));
    const ValueId number = layer.step(Cast{ElementType::F32}, {equal}); // [..., places, grams, length]
    const ValueId whole = layer.step(Reduce{ReduceKind::Min, {rank + 1}, false}, {number});
    return layer.step(Reduce{ReduceKind::Sum, {rank - 1}, false}, {whole});
}

} // namespace

/// x [C] or [N,C] of whole numbers -> [columns] or [N, columns].
Layer readTfIdfVectorizer(LayerView& layer) {
    layer.requireInputs(1, 1);
    if (layer.has("pool_strings"))
        layer.cannotRun("of texts");
    const Shape shape = layer.knownShape(0);
    const auto list = [&](const char* attribute) { return layer.integers(attribute).value_or(std::vector<int64_t>{}); };
    const std::vector<int64_t> columns = list("ngram_indexes");
    const std::vector<float> weights = layer.reals("weights");
    const int64_t least = layer.integer("min_gram_length"), most = layer.integer("max_gram_length"),
                  gaps = layer.integer("max_skip_count");
    const std::string mode = layer.text("mode", "TF");
    if ((shape.size() != 1 && shape.size() != 2) || columns.empty() || least < 1 || most < least || gaps < 0 ||
        gaps > 1000 || (mode != "TF" && mode != "IDF" && mode != "TFIDF") ||
        (!weights.empty() && weights.size() != columns.size()))
        layer.fail("has settings that contradict each other");
    const int64_t width = *std::ranges::max_element(columns) + 1;
    if (*std::ranges::min_element(columns) < 0 || width > 1 << 24)
        layer.fail("has impossible columns");
    std::vector<ValueId> parts;
    std::vector<int64_t> order; // the column of each part
    for (const Grams& grams : gramsOf(layer, list("pool_int64s"), list("ngram_counts"), columns)) {
        if (grams.length < least || grams.length > most || grams.columns.empty())
            continue;
        std::vector<ValueId> counts;
        for (int64_t gap = 0; gap <= (grams.length == 1 ? 0 : gaps); ++gap)
            if ((grams.length - 1) * (gap + 1) < shape.back())
                counts.push_back(occurrences(layer, layer.input(0), shape, grams, gap));
        if (counts.empty())
            continue;
        parts.push_back(combine(layer.writer(), BinaryKind::Add, counts));
        order.insert(order.end(), grams.columns.begin(), grams.columns.end());
    }
    const auto last = static_cast<int64_t>(shape.size()) - 1;
    Shape zero = shape; // a column that nothing counts
    zero.back() = 1;
    std::vector<int64_t> from(static_cast<size_t>(width), static_cast<int64_t>(order.size()));
    for (size_t i = 0; i < order.size(); ++i)
        from[static_cast<size_t>(order[i])] = static_cast<int64_t>(i);
    parts.push_back(layer.step(Expand{zero}, {layer.number(0)}));
    ValueId y =
        layer.step(Gather{last}, {layer.step(Concat{last}, parts), layer.operand(Tensor::fromInt64s({width}, from))});
    if (mode == "IDF") // whether it occurs
        y = layer.step(Unary{UnaryKind::Sign}, {y});
    if (mode == "TF" || weights.empty())
        return {.results = {y}};
    std::vector<float> byColumn(static_cast<size_t>(width), 0);
    for (size_t i = 0; i < columns.size(); ++i)
        byColumn[static_cast<size_t>(columns[i])] = weights[i];
    return {.results = {layer.binary(BinaryKind::Mul, y, layer.operand(Tensor::fromFloats({width}, byColumn)))}};
}

} // namespace halftone::onnx_format
