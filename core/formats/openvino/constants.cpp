// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/openvino/constants.h"

#include "core/base/checked.h"
#include "core/base/error.h"
#include "core/base/text.h"
#include "core/formats/common/layer_checks.h"
#include "core/formats/common/packed_codes.h"
#include "core/formats/openvino/operators.h"
#include "core/formats/openvino/xml.h"
#include "core/graph/element.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fmt/format.h>

namespace halftone::openvino_format {

namespace {

/// NormalFloat of 4 bits (Dettmers et al. 2023, arXiv 2305.14314, appendix E).
constexpr std::array<float, 16> kNormalFloats{-1.0F,
                                              -0.6961928009986877F,
                                              -0.5250730514526367F,
                                              -0.39491748809814453F,
                                              -0.28444138169288635F,
                                              -0.18477343022823334F,
                                              -0.09105003625154495F,
                                              0.0F,
                                              0.07958029955625534F,
                                              0.16093020141124725F,
                                              0.24611230194568634F,
                                              0.33791524171829224F,
                                              0.44070982933044434F,
                                              0.5626170039176941F,
                                              0.7229568362236023F,
                                              1.0F};

/// Numbers of 4 bits, two in a byte, the first in the lower half.
Tensor unpacked(const Storage& storage, const Shape& shape, std::span<const std::byte> packed) {
    const auto count = static_cast<size_t>(elementCount(shape));
    if (storage.isTable) {
        std::vector<float> values(count);
        for (size_t i = 0; i < count; ++i)
            values[i] = kNormalFloats[static_cast<size_t>(packedCode(packed, i, storage.bits))];
        return Tensor::fromFloats(shape, values);
    }
    std::vector<std::byte> bytes(count);
    for (size_t i = 0; i < count; ++i) {
        const int code = packedCode(packed, i, storage.bits);
        bytes[i] = static_cast<std::byte>(storage.isSigned && code > 7 ? code - 16 : code);
    }
    return Tensor::fromBytes(storage.type, shape, std::move(bytes));
}

} // namespace

std::optional<Storage> storageOf(const std::string& elementType) {
    if (elementType == "i4")
        return Storage{ElementType::S8, 4, true, false};
    if (elementType == "u4")
        return Storage{ElementType::U8, 4, false, false};
    if (elementType == "nf4")
        return Storage{ElementType::F32, 4, false, true};
    const std::optional<ElementType> type = elementTypeOf(elementType);
    return type ? std::optional(Storage{*type, static_cast<int>(8 * sizeOf(*type)), false, false}) : std::nullopt;
}

Shape shapeOfConst(const IrLayer& layer) {
    const LayerChecks checks(layer.name, layer.type);
    const auto sizes = integersOf(attributeOf(layer, "shape"));
    if (!sizes)
        checks.fail("has no whole numbers as shape");
    return checks.sizesOf(*sizes, sizes->size(), 0, "shape");
}

Constants::Constants(const std::string& path, const ReadLimits& limits)
    : m_external(path), m_weights(std::filesystem::path(path).stem().string() + ".bin"),
      m_bytesLeft(limits.tensorBytes) {}

const Tensor& Constants::tensor(const IrLayer& layer) {
    const auto known = m_tensors.find(&layer);
    return known != m_tensors.end() ? known->second : m_tensors.emplace(&layer, read(layer)).first->second;
}

Tensor Constants::read(const IrLayer& layer) {
    const LayerChecks checks(layer.name, layer.type);
    const std::string typeName = attributeOf(layer, "element_type");
    const Storage storage = storageOf(typeName).value();
    const std::string what = fmt::format("The constant \"{}\"", layer.name);
    const Shape shape = shapeOfConst(layer);
    const int64_t elements = elementCount(shape, what), each = static_cast<int64_t>(storage.bits);
    const int64_t bytes = checkedMul(elements, each, what) / 8 + (elements * each % 8 != 0 ? 1 : 0);
    const auto place = [&](const char* attribute) {
        const auto number = integerOf(attributeOf(layer, attribute));
        if (!number || *number < 0)
            checks.fail(fmt::format("has the {} \"{}\", which is no number", attribute,
                                    displayText(attributeOf(layer, attribute), 64)));
        return *number;
    };
    const int64_t offset = place("offset"), size = place("size");
    if (size < bytes)
        checks.fail(fmt::format("of {} {} has {} bytes and needs {}", shapeText(shape), typeName, size, bytes));
    m_bytesLeft -= checkedMul(elements, static_cast<int64_t>(std::max(sizeOf(storage.type), sizeof(float))), what);
    if (m_bytesLeft < 0)
        throw Error(ErrorCode::Limit, "The constants of the network need more memory than allowed.");
    std::vector<std::byte> content;
    if (bytes > 0)
        content = m_external.read({m_weights, offset, bytes}, bytes, what);
    if (storage.bits == 4)
        return unpacked(storage, shape, content);
    Tensor tensor = Tensor::fromBytes(storage.type, shape, std::move(content));
    return isFloatType(storage.type) && storage.type != ElementType::F32 ? castTensor(tensor, ElementType::F32)
                                                                         : tensor;
}

} // namespace halftone::openvino_format
