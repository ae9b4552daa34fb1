// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/onnx/tensors.h"

#include "core/base/checked.h"
#include "core/base/error.h"
#include "core/base/text.h"
#include "core/graph/element.h"

#include <bit>
#include <charconv>
#include <cstring>
#include <fmt/format.h>
#include <set>

namespace halftone::onnx_format {

static_assert(std::endian::native == std::endian::little, "raw_data is little-endian and is taken over as it is");

namespace {

constexpr int kMaxRank = 64;
constexpr size_t kMaxDiagnostics = 20;

struct DataType {
    const char* name;
    std::optional<ElementType> type;
};

// Index: TensorProto.DataType.
const DataType kDataTypes[] = {
    {"UNDEFINED", {}},
    {"FLOAT", ElementType::F32},
    {"UINT8", ElementType::U8},
    {"INT8", ElementType::S8},
    {"UINT16", ElementType::U16},
    {"INT16", ElementType::S16},
    {"INT32", ElementType::S32},
    {"INT64", ElementType::S64},
    {"STRING", {}},
    {"BOOL", ElementType::Bool},
    {"FLOAT16", ElementType::F16},
    {"DOUBLE", ElementType::F64},
    {"UINT32", ElementType::U32},
    {"UINT64", ElementType::U64},
    {"COMPLEX64", {}},
    {"COMPLEX128", {}},
    {"BFLOAT16", ElementType::BF16},
    {"FLOAT8E4M3FN", {}},
    {"FLOAT8E4M3FNUZ", {}},
    {"FLOAT8E5M2", {}},
    {"FLOAT8E5M2FNUZ", {}},
    {"UINT4", {}},
    {"INT4", {}},
    {"FLOAT4E2M1", {}},
    {"FLOAT8E8M0", {}},
    {"UINT2", {}},
    {"INT2", {}},
};

Error bad(const std::string& what, const std::string& cause) {
    return Error(ErrorCode::BadInput,
                 fmt::format("{} {}. The file is damaged; download or export it again.", what, cause), what);
}

/// Elements of one of the typed fields, each checked to fit into To.
template <class To, class Field>
std::vector<std::byte> fromField(const Field& field, int64_t elements, const std::string& what) {
    if (field.size() != elements)
        throw bad(what, fmt::format("has {} values but its shape needs {}", field.size(), elements));
    std::vector<std::byte> bytes(static_cast<size_t>(elements) * sizeof(To));
    auto* to = reinterpret_cast<To*>(bytes.data());
    for (const auto value : field) {
        *to = static_cast<To>(value);
        if constexpr (std::is_integral_v<To>)
            if (static_cast<decltype(value)>(*to) != value)
                throw bad(what, fmt::format("holds the value {}, which does not fit into its element type", value));
        ++to;
    }
    return bytes;
}

std::vector<std::byte> fromTypedField(const onnx::TensorProto& proto, ElementType type, int64_t elements,
                                      const std::string& what) {
    switch (type) {
    case ElementType::F32: return fromField<float>(proto.float_data(), elements, what);
    case ElementType::F64: return fromField<double>(proto.double_data(), elements, what);
    case ElementType::S64: return fromField<int64_t>(proto.int64_data(), elements, what);
    case ElementType::U64: return fromField<uint64_t>(proto.uint64_data(), elements, what);
    case ElementType::U32: return fromField<uint32_t>(proto.uint64_data(), elements, what);
    case ElementType::S32: return fromField<int32_t>(proto.int32_data(), elements, what);
    case ElementType::S16: return fromField<int16_t>(proto.int32_data(), elements, what);
    case ElementType::S8: return fromField<int8_t>(proto.int32_data(), elements, what);
    case ElementType::U8:
    case ElementType::Bool: return fromField<uint8_t>(proto.int32_data(), elements, what);
    case ElementType::U16:
    case ElementType::F16: // bit patterns
    case ElementType::BF16: return fromField<uint16_t>(proto.int32_data(), elements, what);
    }
    throw Error(ErrorCode::Internal, "An element type is out of range. Please report this.");
}

/// Whole numbers of less than 8 bits, several in a byte, the first one in its lowest bits.
struct FewBits {
    int bits = 0;
    bool isSigned = false;
};
std::optional<FewBits> fewBits(int dataType) {
    switch (dataType) { // numbers that older releases of ONNX do not know
    case 21: return FewBits{4, false};
    case 22: return FewBits{4, true};
    case 25: return FewBits{2, false};
    case 26: return FewBits{2, true};
    default: return std::nullopt;
    }
}

std::vector<std::byte> unpacked(const SharedBytes& packed, FewBits type, int64_t elements) {
    std::vector<std::byte> bytes(static_cast<size_t>(elements));
    const auto mask = (1U << type.bits) - 1, sign = type.isSigned ? 1U << (type.bits - 1) : 0U;
    for (size_t i = 0; i < bytes.size(); ++i) {
        const size_t bit = i * static_cast<size_t>(type.bits);
        const unsigned code = std::to_integer<unsigned>(packed.data()[bit / 8]) >> (bit % 8) & mask;
        bytes[i] = static_cast<std::byte>((code ^ sign) - sign);
    }
    return bytes;
}

Shape shapeOf(const onnx::TensorProto& proto, const std::string& what) {
    if (proto.dims_size() > kMaxRank)
        throw bad(what, fmt::format("has {} dimensions; at most {} make sense", proto.dims_size(), kMaxRank));
    Shape shape(proto.dims().begin(), proto.dims().end());
    for (int64_t dim : shape)
        if (dim < 0)
            throw bad(what, fmt::format("has the negative dimension {}", dim));
    return shape;
}

std::optional<int64_t> wholeNumber(const std::string& text) {
    int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value < 0)
        return std::nullopt;
    return value;
}

} // namespace

std::optional<ElementType> elementTypeOf(int dataType) {
    if (dataType < 0 || static_cast<size_t>(dataType) >= std::size(kDataTypes))
        return std::nullopt;
    return kDataTypes[dataType].type;
}

bool isOfFewBits(int dataType) {
    return fewBits(dataType).has_value();
}

std::string dataTypeName(int dataType) {
    if (dataType < 0 || static_cast<size_t>(dataType) >= std::size(kDataTypes))
        return fmt::format("type {}", dataType);
    return kDataTypes[dataType].name;
}

Tensor TensorReader::read(onnx::TensorProto& proto, const std::string& what) {
    if (const auto known = m_read.find(&proto); known != m_read.end())
        return known->second;
    Tensor tensor = decode(proto, what);
    std::string name = std::move(*proto.mutable_name());
    proto.Clear();
    proto.set_name(std::move(name));
    return m_read.emplace(&proto, std::move(tensor)).first->second;
}

Tensor TensorReader::readCopy(onnx::TensorProto proto, const std::string& what) {
    return decode(proto, what);
}

Tensor TensorReader::decode(onnx::TensorProto& proto, const std::string& what) {
    const std::optional<FewBits> few = fewBits(proto.data_type());
    const std::optional<ElementType> type =
        few ? (few->isSigned ? ElementType::S8 : ElementType::U8) : elementTypeOf(proto.data_type());
    if (!type)
        throw Error(ErrorCode::Unsupported,
                    fmt::format("{} has the element type {}, which Halftone cannot read. Export the model with "
                                "32-bit floats.",
                                what, dataTypeName(proto.data_type())),
                    what);
    if (proto.has_segment())
        throw Error(ErrorCode::Unsupported, fmt::format("{} is split into segments, which Halftone cannot read.", what),
                    what);
    Shape shape = shapeOf(proto, what);
    const int64_t elements = elementCount(shape, what);
    const int64_t heldBytes = checkedMul(elements, static_cast<int64_t>(sizeOf(*type)), what);
    const int64_t wantedBytes = few ? (elements - 1 + 8 / few->bits) / (8 / few->bits) : heldBytes;
    if (heldBytes > m_bytesLeft)
        throw Error(ErrorCode::Limit,
                    fmt::format("{} ({}, {} bytes) makes the weights larger than allowed.", what, shapeText(shape),
                                wantedBytes),
                    what);
    m_bytesLeft -= heldBytes;

    const bool external = proto.data_location() == onnx::TensorProto::EXTERNAL;
    const bool raw = !proto.raw_data().empty();
    const int typed = (proto.float_data_size() > 0) + (proto.int32_data_size() > 0) + (proto.int64_data_size() > 0) +
                      (proto.double_data_size() > 0) + (proto.uint64_data_size() > 0) + (proto.string_data_size() > 0);
    if (external + raw + typed > 1)
        throw bad(what, "keeps its values in more than one place");

    SharedBytes bytes;
    if (external) {
        bytes = readExternal(proto, wantedBytes, what);
    } else if (raw) {
        if (static_cast<int64_t>(proto.raw_data().size()) != wantedBytes)
            throw bad(what, fmt::format("has {} bytes of data but its shape {} needs {}", proto.raw_data().size(),
                                        shapeText(shape), wantedBytes));
        bytes = std::move(*proto.mutable_raw_data());
    } else {
        bytes = fromTypedField(proto, few ? ElementType::U8 : *type, few ? wantedBytes : elements, what);
    }
    if (few)
        bytes = unpacked(bytes, *few, elements);
    return Tensor::fromBytes(*type, std::move(shape), std::move(bytes));
}

std::vector<std::byte> TensorReader::readExternal(const onnx::TensorProto& proto, int64_t wantedBytes,
                                                  const std::string& what) {
    ExternalRange range;
    std::set<std::string> seen;
    for (const onnx::StringStringEntryProto& entry : proto.external_data()) {
        if (!seen.insert(entry.key()).second) {
            warn(what, fmt::format("{} gives the key \"{}\" of its external data twice; the first counts.", what,
                                   displayText(entry.key(), 64)));
            continue;
        }
        const auto number = [&] {
            if (const std::optional<int64_t> value = wholeNumber(entry.value()))
                return *value;
            throw bad(what, fmt::format("has the {} \"{}\" in its external data, which is no whole number of bytes",
                                        entry.key(), displayText(entry.value(), 64)));
        };
        if (entry.key() == "location")
            range.location = entry.value();
        else if (entry.key() == "offset")
            range.offset = number();
        else if (entry.key() == "length")
            range.length = number();
        else if (entry.key() != "checksum")
            warn(what, fmt::format("{} has the unknown key \"{}\" in its external data; it is ignored.", what,
                                   displayText(entry.key(), 64)));
    }
    return m_external.read(range, wantedBytes, what);
}

void TensorReader::warn(const std::string& where, std::string message) {
    if (m_diagnostics.size() < kMaxDiagnostics)
        m_diagnostics.push_back({Severity::Warning, "external-data", where, std::move(message)});
}

} // namespace halftone::onnx_format
