// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/npy.h"

#include "core/base/checked.h"
#include "core/base/error.h"
#include "core/base/file.h"
#include "core/base/text.h"
#include "core/data/array_bytes.h"
#include "core/data/npy_header.h"

#include <bit>
#include <cstring>
#include <fmt/format.h>
#include <limits>
#include <type_traits>

namespace halftone {

static_assert(std::endian::native == std::endian::little, "arrays are kept and written as they lie in memory");

namespace {

constexpr size_t maxNpyBytes = size_t{4} << 30;

/// Elements of a Fortran-ordered array, brought into C order. Walks the destination in order; `strides` are
/// those of the source, in elements.
std::vector<std::byte> toCOrder(std::span<const std::byte> src, const std::vector<int64_t>& shape, size_t itemSize) {
    std::vector<std::byte> dst(src.size());
    const size_t rank = shape.size();
    std::vector<int64_t> strides(rank, 1), position(rank, 0);
    for (size_t d = 1; d < rank; ++d)
        strides[d] = strides[d - 1] * shape[d - 1];
    int64_t from = 0;
    for (size_t to = 0; to < dst.size(); to += itemSize) {
        std::memcpy(dst.data() + to, src.data() + static_cast<size_t>(from) * itemSize, itemSize);
        for (size_t d = rank; d-- > 0;) {
            from += strides[d];
            if (++position[d] < shape[d])
                break;
            from -= strides[d] * shape[d];
            position[d] = 0;
        }
    }
    return dst;
}

float halfToFloat(uint16_t bits) {
    const uint32_t sign = (bits & 0x8000u) << 16;
    const uint32_t exponent = (bits >> 10) & 0x1F, fraction = bits & 0x3FF;
    if (exponent == 0) {
        const float magnitude = static_cast<float>(fraction) * 0x1p-24f;
        return sign ? -magnitude : magnitude;
    }
    return std::bit_cast<float>(sign | (exponent == 31 ? 0xFFu : exponent + 112) << 23 | fraction << 13);
}

template <class From, class To, class Convert>
std::vector<To> convertAll(const std::vector<std::byte>& bytes, Convert convert) {
    std::vector<To> out(bytes.size() / sizeof(From));
    for (size_t i = 0; i < out.size(); ++i) {
        From value;
        std::memcpy(&value, bytes.data() + i * sizeof value, sizeof value);
        out[i] = convert(value);
    }
    return out;
}

/// Calls `visit` with a zero of the element type that `descr` names; halves come as _Float16's bits in Half.
struct Half {
    uint16_t bits;
};
template <class Visit> auto withElementType(const std::string& descr, Visit visit) {
    const std::string type = descr.substr(1);
    if (type == "b1" || type == "u1")
        return visit(uint8_t{});
    if (type == "u2")
        return visit(uint16_t{});
    if (type == "u4")
        return visit(uint32_t{});
    if (type == "u8")
        return visit(uint64_t{});
    if (type == "i1")
        return visit(int8_t{});
    if (type == "i2")
        return visit(int16_t{});
    if (type == "i4")
        return visit(int32_t{});
    if (type == "i8")
        return visit(int64_t{});
    if (type == "f2")
        return visit(Half{});
    if (type == "f4")
        return visit(float{});
    if (type == "f8")
        return visit(double{});
    throw Error(ErrorCode::Internal, fmt::format("No element type is called \"{}\".", displayText(descr)));
}

} // namespace

NpyArray loadNpy(const std::string& path) {
    return parseNpy(readFile(path, maxNpyBytes), displayText(path));
}

NpyArray parseNpy(std::span<const std::byte> bytes, const std::string& where) {
    NpyHeader header = parseNpyHeader(bytes, where);
    const size_t itemSize = static_cast<size_t>(header.descr[2] - '0');
    const auto data = bytes.subspan(header.dataOffset);
    // Trailing bytes are allowed: numpy writes several arrays one after the other into one file.
    const int64_t wanted = arrayBytes(header.shape, itemSize, where);
    if (static_cast<uint64_t>(wanted) > data.size())
        throw Error(ErrorCode::BadInput,
                    fmt::format("{}: the array of shape {} and type {} needs {} bytes, but the file has {} after its "
                                "header. The file is cut or damaged; save it again.",
                                where, shapeText(header.shape), header.descr, wanted, data.size()),
                    where);
    const auto elements = data.first(static_cast<size_t>(wanted));
    NpyArray array{std::move(header.descr), std::move(header.shape), {}};
    if (header.fortranOrder && array.shape.size() > 1)
        array.bytes = toCOrder(elements, array.shape, itemSize);
    else
        array.bytes.assign(elements.begin(), elements.end());
    return array;
}

std::vector<float> toFloats(const NpyArray& array) {
    return withElementType(array.descr, [&](auto zero) {
        using From = decltype(zero);
        return convertAll<From, float>(array.bytes, [](From value) {
            if constexpr (std::is_same_v<From, Half>)
                return halfToFloat(value.bits);
            else
                return static_cast<float>(value);
        });
    });
}

std::vector<int64_t> toIntegers(const NpyArray& array, const std::string& where) {
    return withElementType(array.descr, [&](auto zero) -> std::vector<int64_t> {
        using From = decltype(zero);
        if constexpr (std::is_integral_v<From>)
            return convertAll<From, int64_t>(array.bytes, [&](From value) {
                if (std::is_same_v<From, uint64_t> && value > static_cast<From>(std::numeric_limits<int64_t>::max()))
                    throw Error(ErrorCode::BadInput, fmt::format("{}: the value {} is too large.", where, value),
                                where);
                return static_cast<int64_t>(value);
            });
        else
            throw Error(
                ErrorCode::BadInput,
                fmt::format("{}: has the type {}, but whole numbers are needed. Save it as int64.", where, array.descr),
                where);
    });
}

void saveNpy(const std::string& path, const NpyArray& array) {
    std::string content = npyHeaderText(array.descr, array.shape);
    content.append(reinterpret_cast<const char*>(array.bytes.data()), array.bytes.size());
    writeFileAtomically(path, content);
}

void saveNpyFloats(const std::string& path, const std::vector<int64_t>& shape, std::span<const float> values) {
    if (static_cast<uint64_t>(elementCount(shape)) != values.size())
        throw Error(ErrorCode::Internal, fmt::format("{}: {} values do not fill the shape {}.", displayText(path),
                                                     values.size(), shapeText(shape)));
    std::string content = npyHeaderText("<f4", shape);
    content.append(reinterpret_cast<const char*>(values.data()), values.size_bytes());
    writeFileAtomically(path, content);
}

} // namespace halftone
