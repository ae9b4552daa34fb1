// SPDX-License-Identifier: GPL-3.0-or-later
// Element types, shapes and immutable constant tensors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace halftone {

enum class ElementType { F32, F16, BF16, F64, S8, U8, S16, U16, S32, U32, S64, U64, Bool };

/// Bytes of one element.
size_t sizeOf(ElementType type);
/// Short name as shown to users: "f32", "u8", "s64", "bool".
std::string_view name(ElementType type);

/// Logical dimensions, NCHW for pictures, each a number: what files leave open stays outside of graphs
/// (formats/sizes.h). Empty is a scalar.
using Shape = std::vector<int64_t>;

struct TensorType {
    ElementType type = ElementType::F32;
    Shape shape;
    bool operator==(const TensorType&) const = default;
};

/// Immutable bytes in whatever container they came; copies share it.
class SharedBytes {
public:
    SharedBytes() = default;
    template <class Container>
    requires(sizeof(typename Container::value_type) == 1) SharedBytes(Container container) {
        const auto owner = std::make_shared<const Container>(std::move(container));
        m_size = owner->size();
        m_data = std::shared_ptr<const std::byte>(owner, reinterpret_cast<const std::byte*>(owner->data()));
    }

    const std::byte* data() const { return m_data.get(); }
    size_t size() const { return m_size; }
    const std::byte* begin() const { return data(); }
    const std::byte* end() const { return data() + size(); }
    bool operator==(const SharedBytes& other) const;

private:
    std::shared_ptr<const std::byte> m_data;
    size_t m_size = 0;
};

/// An immutable, dense, row-major constant. Copies share the bytes.
struct Tensor {
    ElementType type = ElementType::F32;
    Shape shape;
    SharedBytes bytes;

    /// Throws Error{BadInput} when the number of bytes is not what type and shape demand.
    static Tensor fromBytes(ElementType type, Shape shape, SharedBytes bytes);
    static Tensor fromFloats(Shape shape, std::span<const float> values);
    static Tensor fromInt64s(Shape shape, std::span<const int64_t> values);

    int64_t elements() const;
    /// Values converted from any element type.
    std::vector<float> toFloats() const;
    std::vector<double> toDoubles() const;
    /// Throws Error{BadInput} for floating-point tensors.
    std::vector<int64_t> toInt64s() const;
    /// Direct view; only for ElementType::F32.
    std::span<const float> floats() const;
    /// A direct view where the tensor is F32, otherwise of `store`, which then gets the converted values.
    std::span<const float> floats(std::vector<float>& store) const;

    bool operator==(const Tensor& other) const;
};

} // namespace halftone
