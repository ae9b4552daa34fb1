// SPDX-License-Identifier: GPL-3.0-or-later
// Arrays that hold all samples, the first dimension counting them.
#include "core/base/checked.h"
#include "core/base/error.h"
#include "core/base/text.h"
#include "core/data/array_dataset.h"
#include "core/data/dataset_kinds.h"
#include "core/data/labels.h"

#include <algorithm>
#include <fmt/format.h>

namespace halftone {

namespace {

class ArrayTable final : public ArrayDataset {
public:
    ArrayTable(const std::string& path, const char* kind, std::vector<SampleInfo> samples, std::vector<ArrayInfo> infos,
               std::vector<NpyArray> arrays)
        : ArrayDataset(path, kind, std::move(samples), {}, std::move(infos)), m_arrays(std::move(arrays)) {}

    SampleArray array(int64_t index, size_t which, int64_t /*longest*/) const override {
        const NpyArray& all = m_arrays.at(which);
        const size_t each = all.bytes.size() / static_cast<size_t>(size());
        const auto first = all.bytes.begin() + static_cast<ptrdiff_t>(static_cast<size_t>(index) * each);
        const NpyArray one{all.descr, arrays()[which].shape, {first, first + static_cast<ptrdiff_t>(each)}};
        return {one.shape, toFloats(one)};
    }

private:
    std::vector<NpyArray> m_arrays;
};

bool namesLabels(const std::string& name) {
    constexpr std::string_view known[] = {"labels", "label", "targets", "y", "y_test", "y_train"};
    return std::ranges::find(known, name) != std::end(known);
}

bool isOneNumberASample(const NpyArray& array) {
    const bool whole = array.descr[1] == 'i' || array.descr[1] == 'u' || array.descr[1] == 'b';
    return whole && (array.shape.size() == 1 || (array.shape.size() == 2 && array.shape[1] == 1));
}

} // namespace

std::unique_ptr<Dataset> openArrays(const std::string& path, const char* kind, std::vector<NamedArray> arrays,
                                    const std::string& labelsPath) {
    const std::string where = displayText(path);
    std::vector<int64_t> labels;
    std::string labelsWhere = displayText(labelsPath);
    if (!labelsPath.empty())
        labels = readLabelList(labelsPath);
    for (auto it = arrays.begin(); arrays.size() > 1 && it != arrays.end();) {
        if (!namesLabels(it->name) || !isOneNumberASample(it->array)) {
            ++it;
            continue;
        }
        if (labels.empty()) {
            labelsWhere = where + ": " + displayText(it->name);
            labels = toIntegers(it->array, labelsWhere);
        }
        it = arrays.erase(it);
    }
    std::vector<ArrayInfo> infos;
    std::vector<NpyArray> values;
    int64_t count = 0;
    for (NamedArray& named : arrays) {
        const std::vector<int64_t>& shape = named.array.shape;
        const std::string what = named.name.empty() ? "the array" : "the array " + displayText(named.name);
        if (shape.empty())
            throw Error(
                ErrorCode::BadInput,
                fmt::format("{}: {} is a single number. Its first dimension must count the samples.", where, what),
                where);
        if (values.empty())
            count = shape[0];
        if (shape[0] != count)
            throw Error(ErrorCode::BadInput,
                        fmt::format("{}: {} holds {} samples, {} holds {}. The first dimension of each array must "
                                    "count the same samples.",
                                    where, what, shape[0], displayText(infos.front().name), count),
                        where);
        infos.push_back({named.name, {shape.begin() + 1, shape.end()}, {shape.begin() + 1, shape.end()}});
        values.push_back(std::move(named.array));
    }
    if (!labels.empty())
        checkLabels(labels, count, SampleKind::Sample, labelsWhere);
    return std::make_unique<ArrayTable>(path, kind, numbered(count, labels), std::move(infos), std::move(values));
}

} // namespace halftone
