// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workflow/samples/npy_tensor.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/graph/element.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace halftone {

namespace {

struct NamedType {
    ElementType type;
    const char* descr; // without the byte order
};

constexpr std::array kTypes{
    NamedType{ElementType::F32, "f4"}, NamedType{ElementType::F16, "f2"}, NamedType{ElementType::F64, "f8"},
    NamedType{ElementType::S8, "i1"},  NamedType{ElementType::U8, "u1"},  NamedType{ElementType::S16, "i2"},
    NamedType{ElementType::U16, "u2"}, NamedType{ElementType::S32, "i4"}, NamedType{ElementType::U32, "u4"},
    NamedType{ElementType::S64, "i8"}, NamedType{ElementType::U64, "u8"}, NamedType{ElementType::Bool, "b1"}};

} // namespace

Tensor tensorOf(const NpyArray& array, ElementType type, const std::string& where) {
    const auto named = std::ranges::find_if(
        kTypes, [&](const NamedType& each) { return std::string_view(array.descr).substr(1) == each.descr; });
    if (named == kTypes.end() || (isFloatType(named->type) && !isFloatType(type)))
        throw Error(ErrorCode::Usage,
                    fmt::format("{} holds numbers of type {}, and the network wants {}.", displayText(where),
                                array.descr, name(type)),
                    displayText(where));
    return castTensor(Tensor::fromBytes(named->type, array.shape, array.bytes), type);
}

NpyArray npyOf(const Tensor& tensor) {
    if (tensor.type == ElementType::BF16)
        return npyOf(castTensor(tensor, ElementType::F32));
    const auto named = std::ranges::find(kTypes, tensor.type, &NamedType::type);
    const std::string order = sizeOf(tensor.type) == 1 ? "|" : "<";
    return {order + named->descr, tensor.shape, {tensor.bytes.begin(), tensor.bytes.end()}};
}

} // namespace halftone
