// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/tensorflow/tensors.h"

#include "core/base/checked.h"
#include "core/base/error.h"
#include "core/base/text.h"
#include "core/graph/element.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <fmt/format.h>

namespace halftone::tensorflow_format {

static_assert(std::endian::native == std::endian::little, "tensor_content is little-endian and is taken over as it is");

namespace {

Error bad(const std::string& what, const std::string& cause) {
    return Error(ErrorCode::BadInput,
                 fmt::format("{} {}. The file is damaged; download or export it again.", what, cause), what);
}

/// The values of a typed field, the last one repeated up to `elements`.
template <class To, class Field>
std::vector<std::byte> fromField(const Field& field, int64_t elements, const std::string& what) {
    if (field.size() > elements)
        throw bad(what, fmt::format("has {} values but its shape has room for {}", field.size(), elements));
    std::vector<std::byte> bytes(static_cast<size_t>(elements) * sizeof(To)); // zeros
    auto* to = reinterpret_cast<To*>(bytes.data());
    for (const auto value : field) {
        *to = static_cast<To>(value);
        if constexpr (std::is_integral_v<To>)
            if (static_cast<decltype(value)>(*to) != value)
                throw bad(what, fmt::format("holds the value {}, which does not fit into its element type", value));
        ++to;
    }
    if (field.size() > 0)
        std::fill_n(to, elements - field.size(), to[-1]);
    return bytes;
}

int64_t typedValues(const graphdef::TensorProto& proto) {
    return int64_t{0} + proto.float_val_size() + proto.double_val_size() + proto.int_val_size() +
           proto.string_val_size() + proto.scomplex_val_size() + proto.int64_val_size() + proto.bool_val_size() +
           proto.dcomplex_val_size() + proto.half_val_size() + proto.uint32_val_size() + proto.uint64_val_size();
}

std::vector<std::byte> fromTypedField(const graphdef::TensorProto& proto, ElementType type, int64_t elements,
                                      const std::string& what) {
    const auto checked = [&](std::vector<std::byte> bytes, int64_t used) {
        if (used != typedValues(proto))
            throw bad(what, "keeps its values in more than one place, or in that of another element type");
        return bytes;
    };
    switch (type) {
    case ElementType::F32: return checked(fromField<float>(proto.float_val(), elements, what), proto.float_val_size());
    case ElementType::F64:
        return checked(fromField<double>(proto.double_val(), elements, what), proto.double_val_size());
    case ElementType::S64:
        return checked(fromField<int64_t>(proto.int64_val(), elements, what), proto.int64_val_size());
    case ElementType::U64:
        return checked(fromField<uint64_t>(proto.uint64_val(), elements, what), proto.uint64_val_size());
    case ElementType::U32:
        return checked(fromField<uint32_t>(proto.uint32_val(), elements, what), proto.uint32_val_size());
    case ElementType::Bool: return checked(fromField<uint8_t>(proto.bool_val(), elements, what), proto.bool_val_size());
    case ElementType::F16: // bit patterns
    case ElementType::BF16:
        return checked(fromField<uint16_t>(proto.half_val(), elements, what), proto.half_val_size());
    case ElementType::S32: return checked(fromField<int32_t>(proto.int_val(), elements, what), proto.int_val_size());
    case ElementType::S16: return checked(fromField<int16_t>(proto.int_val(), elements, what), proto.int_val_size());
    case ElementType::S8: return checked(fromField<int8_t>(proto.int_val(), elements, what), proto.int_val_size());
    case ElementType::U8: return checked(fromField<uint8_t>(proto.int_val(), elements, what), proto.int_val_size());
    case ElementType::U16: return checked(fromField<uint16_t>(proto.int_val(), elements, what), proto.int_val_size());
    }
    throw Error(ErrorCode::Internal, "An element type is out of range. Please report this.");
}

} // namespace

std::optional<ElementType> elementTypeOf(graphdef::DataType type) {
    switch (type) {
    case graphdef::DT_FLOAT: return ElementType::F32;
    case graphdef::DT_DOUBLE: return ElementType::F64;
    case graphdef::DT_HALF: return ElementType::F16;
    case graphdef::DT_BFLOAT16: return ElementType::BF16;
    case graphdef::DT_QINT8:
    case graphdef::DT_INT8: return ElementType::S8;
    case graphdef::DT_QUINT8:
    case graphdef::DT_UINT8: return ElementType::U8;
    case graphdef::DT_QINT16:
    case graphdef::DT_INT16: return ElementType::S16;
    case graphdef::DT_QUINT16:
    case graphdef::DT_UINT16: return ElementType::U16;
    case graphdef::DT_QINT32:
    case graphdef::DT_INT32: return ElementType::S32;
    case graphdef::DT_UINT32: return ElementType::U32;
    case graphdef::DT_INT64: return ElementType::S64;
    case graphdef::DT_UINT64: return ElementType::U64;
    case graphdef::DT_BOOL: return ElementType::Bool;
    default: return std::nullopt;
    }
}

ElementType computedType(ElementType type) {
    return isFloatType(type) ? ElementType::F32 : type;
}

graphdef::DataType dataTypeOf(ElementType type) {
    switch (type) {
    case ElementType::F32: return graphdef::DT_FLOAT;
    case ElementType::F64: return graphdef::DT_DOUBLE;
    case ElementType::F16: return graphdef::DT_HALF;
    case ElementType::BF16: return graphdef::DT_BFLOAT16;
    case ElementType::S8: return graphdef::DT_INT8;
    case ElementType::U8: return graphdef::DT_UINT8;
    case ElementType::S16: return graphdef::DT_INT16;
    case ElementType::U16: return graphdef::DT_UINT16;
    case ElementType::S32: return graphdef::DT_INT32;
    case ElementType::U32: return graphdef::DT_UINT32;
    case ElementType::S64: return graphdef::DT_INT64;
    case ElementType::U64: return graphdef::DT_UINT64;
    case ElementType::Bool: return graphdef::DT_BOOL;
    }
    throw Error(ErrorCode::Internal, "An element type is out of range. Please report this.");
}

std::string dataTypeName(graphdef::DataType type) {
    const std::string& name = graphdef::DataType_Name(type);
    return name.starts_with("DT_") ? name.substr(3) : fmt::format("type {}", static_cast<int>(type));
}

Shape constantShape(const graphdef::TensorShapeProto& proto, const std::string& what) {
    if (proto.unknown_rank())
        throw bad(what, "does not say how many dimensions it has");
    if (proto.dim_size() > kMaxRank)
        throw bad(what, fmt::format("has {} dimensions; at most {} make sense", proto.dim_size(), kMaxRank));
    Shape shape;
    for (const auto& dim : proto.dim()) {
        if (dim.size() < 0)
            throw bad(what, fmt::format("has the dimension {}", dim.size()));
        shape.push_back(dim.size());
    }
    return shape;
}

Tensor TensorReader::read(graphdef::TensorProto&& proto, const std::string& what) {
    const std::optional<ElementType> type = elementTypeOf(proto.dtype());
    if (!type)
        throw Error(
            ErrorCode::Unsupported,
            fmt::format("{} has the element type {}, which Halftone cannot read.", what, dataTypeName(proto.dtype())),
            what);
    Shape shape = constantShape(proto.tensor_shape(), what);
    const int64_t elements = elementCount(shape, what);
    const int64_t wantedBytes = checkedMul(elements, static_cast<int64_t>(sizeOf(*type)), what);
    charge(wantedBytes, shape, what);
    const std::string& content = proto.tensor_content();
    if (!content.empty()) {
        if (typedValues(proto) > 0)
            throw bad(what, "keeps its values in more than one place");
        if (static_cast<int64_t>(content.size()) != wantedBytes)
            throw bad(what, fmt::format("has {} bytes of data but its shape {} needs {}", content.size(),
                                        shapeText(shape), wantedBytes));
        return Tensor::fromBytes(*type, std::move(shape), std::move(*proto.mutable_tensor_content()));
    }
    if (typedValues(proto) < elements) {
        if (wantedBytes > m_filledLeft)
            throw Error(
                ErrorCode::Limit,
                fmt::format("{} of shape {} consists of one value repeated, and would take {} MB. It is damaged or "
                            "not meant to be opened.",
                            what, shapeText(shape), wantedBytes >> 20),
                what);
        m_filledLeft -= wantedBytes;
    }
    std::vector<std::byte> bytes = fromTypedField(proto, *type, elements, what);
    return Tensor::fromBytes(*type, std::move(shape), std::move(bytes));
}

void TensorReader::charge(const Tensor& tensor, const std::string& what) {
    charge(static_cast<int64_t>(tensor.bytes.size()), tensor.shape, what);
}

void TensorReader::charge(int64_t bytes, const Shape& shape, const std::string& what) {
    if (bytes > m_bytesLeft)
        throw Error(
            ErrorCode::Limit,
            fmt::format("{} ({}, {} bytes) makes the weights larger than allowed.", what, shapeText(shape), bytes),
            what);
    m_bytesLeft -= bytes;
}

void setTensor(graphdef::TensorProto& proto, const Tensor& tensor, graphdef::DataType type) {
    proto.Clear();
    proto.set_dtype(type);
    for (const int64_t dim : tensor.shape)
        proto.mutable_tensor_shape()->add_dim()->set_size(dim);
    proto.mutable_tensor_shape();
    proto.set_tensor_content(tensor.bytes.data(), tensor.bytes.size());
}

} // namespace halftone::tensorflow_format
