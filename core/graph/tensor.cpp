// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/graph/tensor.h"

#include "core/base/text.h"
#include "core/graph/element.h"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>

namespace halftone {

namespace {

template <class To> std::vector<To> converted(const Tensor& tensor) {
    return visitType(tensor.type, [&]<class T>(std::type_identity<T>) {
        const std::span<const T> from = elementsAs<T>(tensor);
        std::vector<To> to(from.size());
        for (size_t i = 0; i < from.size(); ++i)
            to[i] = convertElement<To>(arithmetic(from[i]));
        return to;
    });
}

std::vector<std::byte> copyOf(const void* data, size_t sizeBytes) {
    std::vector<std::byte> bytes(sizeBytes);
    if (sizeBytes > 0)
        std::memcpy(bytes.data(), data, sizeBytes);
    return bytes;
}

} // namespace

size_t sizeOf(ElementType type) {
    return visitType(type, []<class T>(std::type_identity<T>) { return sizeof(T); });
}

std::string_view name(ElementType type) {
    switch (type) {
    case ElementType::F32: return "f32";
    case ElementType::F16: return "f16";
    case ElementType::BF16: return "bf16";
    case ElementType::F64: return "f64";
    case ElementType::S8: return "s8";
    case ElementType::U8: return "u8";
    case ElementType::S16: return "s16";
    case ElementType::U16: return "u16";
    case ElementType::S32: return "s32";
    case ElementType::U32: return "u32";
    case ElementType::S64: return "s64";
    case ElementType::U64: return "u64";
    case ElementType::Bool: return "bool";
    }
    return "?";
}

Tensor Tensor::fromBytes(ElementType type, Shape shape, SharedBytes bytes) {
    const int64_t wanted = checkedMul(elementCount(shape, "The shape of a constant"),
                                      static_cast<int64_t>(sizeOf(type)), "The size of a constant");
    if (static_cast<uint64_t>(wanted) != bytes.size())
        throw Error(ErrorCode::BadInput, fmt::format("A constant of type {} and shape {} needs {} bytes and has {}. "
                                                     "The file is damaged or was exported wrongly; export it again.",
                                                     name(type), shapeText(shape), wanted, bytes.size()));
    return {type, std::move(shape), std::move(bytes)};
}

Tensor Tensor::fromFloats(Shape shape, std::span<const float> values) {
    return fromBytes(ElementType::F32, std::move(shape), copyOf(values.data(), values.size_bytes()));
}

Tensor Tensor::fromInt64s(Shape shape, std::span<const int64_t> values) {
    return fromBytes(ElementType::S64, std::move(shape), copyOf(values.data(), values.size_bytes()));
}

int64_t Tensor::elements() const {
    return elementCount(shape);
}

std::vector<float> Tensor::toFloats() const {
    return converted<float>(*this);
}

std::vector<double> Tensor::toDoubles() const {
    return converted<double>(*this);
}

std::vector<int64_t> Tensor::toInt64s() const {
    if (isFloatType(type))
        throw Error(ErrorCode::BadInput,
                    fmt::format("Whole numbers were expected in a constant of type {} and shape {}. The file is "
                                "damaged or was exported wrongly; export it again.",
                                name(type), shapeText(shape)));
    return converted<int64_t>(*this);
}

std::span<const float> Tensor::floats() const {
    if (type != ElementType::F32)
        throw Error(ErrorCode::Internal,
                    fmt::format("A constant of type {} was read as f32. Please report this.", name(type)));
    return elementsAs<float>(*this);
}

std::span<const float> Tensor::floats(std::vector<float>& store) const {
    if (type == ElementType::F32)
        return floats();
    store = toFloats();
    return store;
}

bool SharedBytes::operator==(const SharedBytes& other) const {
    return m_data == other.m_data || std::equal(begin(), end(), other.begin(), other.end());
}

bool Tensor::operator==(const Tensor& other) const {
    return type == other.type && shape == other.shape && bytes == other.bytes;
}

Tensor castTensor(const Tensor& tensor, ElementType to) {
    if (tensor.type == to)
        return tensor;
    return visitType(tensor.type, [&]<class From>(std::type_identity<From>) {
        return visitType(to, [&]<class To>(std::type_identity<To>) {
            const std::span<const From> from = elementsAs<From>(tensor);
            return makeTensor<To>(to, tensor.shape, [&](size_t i) { return convertElement<To>(arithmetic(from[i])); });
        });
    });
}

Tensor tensorFromDoubles(ElementType type, Shape shape, std::span<const double> values) {
    return visitType(type, [&]<class To>(std::type_identity<To>) {
        return makeTensor<To>(type, std::move(shape), [&](size_t i) { return convertElement<To>(values[i]); });
    });
}

} // namespace halftone
