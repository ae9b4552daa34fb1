// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/plan/layout.h"

#include "core/base/checked.h"
#include "core/base/error.h"

#include <algorithm>
#include <cctype>
#include <fmt/format.h>
#include <numeric>
#include <ranges>
#include <ranges>
#include <vector>

namespace halftone::engine {

namespace {

using Dims = dnnl::memory::dims;

/// Dense strides when `order` lists the dimensions from the slowest to the fastest.
Dims denseStrides(const Shape& shape, const std::vector<size_t>& order) {
    Dims strides(shape.size());
    int64_t stride = 1;
    for (const size_t dimension : std::views::reverse(order)) {
        strides[dimension] = stride;
        stride = checkedMul(stride, std::max<int64_t>(shape[dimension], 1), "tensor");
    }
    return strides;
}

/// Dimensions larger than 1, from the largest stride to the smallest.
std::vector<size_t> physicalOrder(const Desc& desc) {
    const Dims dims = desc.get_dims(), strides = desc.get_strides();
    std::vector<size_t> order;
    for (size_t i = 0; i < dims.size(); ++i)
        if (dims[i] != 1)
            order.push_back(i);
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return strides[a] > strides[b]; });
    return order;
}

std::string dimensionLetters(size_t rank) {
    switch (rank) {
    case 1: return "x";
    case 2: return "nc";
    case 3: return "ncw";
    case 4: return "nchw";
    case 5: return "ncdhw";
    default: return std::string("abcdefghijkl").substr(0, rank);
    }
}

} // namespace

const dnnl::engine& cpuEngine() {
    static const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
    return engine;
}

dnnl::primitive_attr userScratchpad() {
    dnnl::primitive_attr attr;
    attr.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    return attr;
}

DataType dataType(ElementType type) {
    switch (type) {
    case ElementType::F32: return DataType::f32;
    case ElementType::S8: return DataType::s8;
    case ElementType::U8: return DataType::u8;
    case ElementType::S32: return DataType::s32;
    default:
        throw Error(ErrorCode::Unsupported, fmt::format("Tensors of type {} cannot be computed with.", name(type)));
    }
}

std::string typeName(DataType type) {
    switch (type) {
    case DataType::f32: return "f32";
    case DataType::s8: return "s8";
    case DataType::u8: return "u8";
    case DataType::s32: return "s32";
    case DataType::bf16: return "bf16";
    case DataType::f16: return "f16";
    default: return "undef";
    }
}

std::string precisionName(DataType type) {
    switch (type) {
    case DataType::bf16: return "bf16";
    case DataType::f16: return "fp16";
    case DataType::s8:
    case DataType::u8: return "int8";
    default: return "fp32";
    }
}

Desc rowMajor(const Shape& shape, DataType type) {
    if (shape.empty())
        return Desc(Dims{1}, type, Dims{1});
    elementCount(shape, "tensor");
    std::vector<size_t> order(shape.size());
    std::iota(order.begin(), order.end(), size_t{0});
    return Desc(shape, type, denseStrides(shape, order));
}

Desc channelsLast(const Shape& shape, DataType type) {
    if (shape.size() < 3)
        return rowMajor(shape, type);
    elementCount(shape, "tensor");
    std::vector<size_t> order{0};
    for (size_t i = 2; i < shape.size(); ++i)
        order.push_back(i);
    order.push_back(1);
    return Desc(shape, type, denseStrides(shape, order));
}

Desc anyLayout(const Shape& shape, DataType type) {
    return Desc(shape, type, dnnl::memory::format_tag::any);
}

bool isBlocked(const Desc& desc) {
    return desc.get_inner_nblks() > 0;
}

bool isDense(const Desc& desc) {
    const int64_t elements = elementCount(desc.get_dims());
    return desc.get_size() == static_cast<size_t>(elements) * dnnl::memory::data_type_size(desc.get_data_type());
}

bool isRowMajor(const Desc& desc) {
    if (!isDense(desc))
        return false;
    if (isBlocked(desc)) { // one block over the channels is row-major when nothing follows the channels
        const Dims dims = desc.get_dims();
        return desc.get_inner_nblks() == 1 && desc.get_inner_idxs()[0] == 1 &&
               std::all_of(dims.begin() + 2, dims.end(), [](auto dim) { return dim == 1; });
    }
    const auto order = physicalOrder(desc);
    return std::is_sorted(order.begin(), order.end());
}

int64_t channelBlock(const Desc& desc) {
    if (isRowMajor(desc))
        return 1;
    const Dims dims = desc.get_dims();
    if (sameLayout(desc, channelsLast(dims, desc.get_data_type())))
        return dims[1];
    if (!isDense(desc) || desc.get_inner_nblks() != 1 || desc.get_inner_idxs()[0] != 1)
        return 0;
    const int64_t block = desc.get_inner_blks()[0];
    Shape blocks = dims;
    blocks[1] /= block;
    const Desc outer(blocks, desc.get_data_type(), desc.get_strides());
    Dims strides = rowMajor(blocks, desc.get_data_type()).get_strides();
    for (auto& stride : strides)
        stride *= block;
    return sameLayout(outer, Desc(blocks, desc.get_data_type(), strides)) ? block : 0;
}

bool sameLayout(const Desc& a, const Desc& b) {
    if (a == b)
        return true;
    if (a.get_dims() != b.get_dims() || a.get_data_type() != b.get_data_type())
        return false;
    if (isBlocked(a) || isBlocked(b))
        return isRowMajor(a) && isRowMajor(b);
    const Dims dims = a.get_dims(), left = a.get_strides(), right = b.get_strides();
    for (size_t i = 0; i < dims.size(); ++i)
        if (dims[i] != 1 && left[i] != right[i])
            return false;
    return a.get_size() == b.get_size();
}

std::string_view weightsLetters(size_t rank, bool grouped) {
    switch (rank - (grouped ? 1 : 0)) {
    case 3: return grouped ? "goiw" : "oiw";
    case 4: return grouped ? "goihw" : "oihw";
    case 5: return grouped ? "goidhw" : "oidhw";
    default: return {};
    }
}

std::string layoutName(const Desc& desc, std::string_view given) {
    if (desc.get_format_kind() != dnnl::memory::format_kind::blocked)
        return "packed";
    const size_t rank = desc.get_dims().size();
    const std::string letters = given.empty() ? dimensionLetters(rank) : std::string(given);
    Dims strides = desc.get_strides();
    // Dimensions of size 1 have no place of their own: the well-known name is taken where one fits.
    for (const Desc& known :
         {rowMajor(desc.get_dims(), desc.get_data_type()), channelsLast(desc.get_dims(), desc.get_data_type())})
        if (!isBlocked(desc) && sameLayout(desc, known)) {
            strides = known.get_strides();
            break;
        }
    std::vector<size_t> order(rank);
    std::iota(order.begin(), order.end(), size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return strides[a] > strides[b]; });
    std::string text;
    const auto blocks = desc.get_inner_idxs();
    const auto sizes = desc.get_inner_blks();
    for (const size_t dimension : order) {
        const bool blocked = std::find(blocks.begin(), blocks.end(), static_cast<int64_t>(dimension)) != blocks.end();
        text += static_cast<char>(blocked ? std::toupper(letters[dimension]) : letters[dimension]);
    }
    for (size_t i = 0; i < blocks.size(); ++i)
        text += fmt::format("{}{}", sizes[i], letters[static_cast<size_t>(blocks[i])]);
    return isDense(desc) || isBlocked(desc) ? text : "strided " + text;
}

} // namespace halftone::engine
