// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/batch_setting.h"

#include <algorithm>

namespace halftone {

namespace {

/// A list for two batch sizes, and the input's shape for both.
struct Setting {
    std::vector<int64_t> numbers, other;
    const Shape *shape = nullptr, *otherShape = nullptr;

    bool depends(size_t i) const { return numbers[i] != other[i]; }
    /// Number i is dimension `dim` of the input.
    bool isDimension(size_t i, ptrdiff_t dim) const {
        if (!shape || !otherShape || dim < 0 || static_cast<size_t>(dim) >= shape->size())
            return false;
        const auto at = static_cast<size_t>(dim);
        return numbers[i] == (*shape)[at] && other[i] == (*otherShape)[at];
    }
};

std::optional<Setting> settingOf(const GraphBuilder& builder, const std::string& name, ValueId x) {
    const auto [one, two] = builder.constantForBatches(name);
    if (!one || !two || one->shape != two->shape)
        return std::nullopt;
    const auto [shape, otherShape] = builder.shapeForBatches(x);
    return Setting{one->toInt64s(), two->toInt64s(), shape, otherShape};
}

/// Numbers that depend on the batch become `own`, which says that the dimension, `shift` places before, stays as it is.
std::optional<std::vector<int64_t>> withOwn(const GraphBuilder& builder, const std::string& name, ValueId x,
                                            int64_t own, bool alignedAtEnd) {
    std::optional<Setting> setting = settingOf(builder, name, x);
    if (!setting)
        return std::nullopt;
    for (size_t i = 0; i < setting->numbers.size(); ++i) {
        if (!setting->depends(i))
            continue;
        ptrdiff_t dim = static_cast<ptrdiff_t>(i);
        if (alignedAtEnd && setting->shape)
            dim += static_cast<ptrdiff_t>(setting->shape->size()) - static_cast<ptrdiff_t>(setting->numbers.size());
        if (!setting->isDimension(i, dim))
            return std::nullopt;
        setting->numbers[i] = own;
    }
    return setting->numbers;
}

} // namespace

std::optional<std::vector<int64_t>> reshapeTarget(const GraphBuilder& builder, const std::string& name, ValueId x) {
    std::optional<Setting> setting = settingOf(builder, name, x);
    if (!setting)
        return std::nullopt;
    bool open = std::ranges::count(setting->numbers, -1) > 0;
    for (size_t i = 0; i < setting->numbers.size(); ++i) {
        if (!setting->depends(i))
            continue;
        if (setting->isDimension(i, static_cast<ptrdiff_t>(i))) {
            setting->numbers[i] = 0;
        } else if (!open) {
            setting->numbers[i] = -1;
            open = true;
        } else {
            return std::nullopt;
        }
    }
    return setting->numbers;
}

std::optional<std::vector<int64_t>> expandTarget(const GraphBuilder& builder, const std::string& name, ValueId x) {
    return withOwn(builder, name, x, 1, true);
}

std::optional<std::vector<int64_t>> resizeSizes(const GraphBuilder& builder, const std::string& name, ValueId x) {
    return withOwn(builder, name, x, 0, false);
}

} // namespace halftone
