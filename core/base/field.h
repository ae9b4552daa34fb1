// SPDX-License-Identifier: GPL-3.0-or-later
// How a struct lists its fields and an enum its names, so that all that writes and reads them goes through one list.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace halftone {

template <class Struct, class Member> struct Field {
    const char* name;
    Member Struct::*member;
    bool later = false; // came after the first reports: where it is missing the member keeps its default
};
inline constexpr bool later = true;

/// The fields of `Struct` in the order of the file; empty for types that are not objects in JSON.
template <class Struct> inline constexpr auto fieldsOf = std::tuple{};

template <class Struct>
concept HasFields = std::tuple_size_v<std::remove_cvref_t<decltype(fieldsOf<Struct>)>>
!= 0;

/// The values of an enum and their names in JSON: an array of pairs.
template <class Enum> inline constexpr auto namesOf = std::tuple{};

/// The name of a value, ended by a zero as the literal that it is.
template <class Enum> constexpr std::string_view nameIn(Enum wanted) {
    for (const auto& [value, name] : namesOf<Enum>)
        if (value == wanted)
            return name;
    return {};
}
template <class Enum> constexpr std::optional<Enum> valueNamed(std::string_view wanted) {
    for (const auto& [value, name] : namesOf<Enum>)
        if (name == wanted)
            return value;
    return std::nullopt;
}

/// Calls `visit` with each Field of `Struct`.
template <class Struct, class Visit> void forEachField(Visit&& visit) {
    std::apply([&](const auto&... field) { (visit(field), ...); }, fieldsOf<Struct>);
}

// Counts the members of an aggregate: the largest number of initializers that it takes.

struct AnyMember {
    template <class Member> operator Member() const;
};

template <class Struct, size_t... Index> constexpr bool takesInitializers(std::index_sequence<Index...>) {
    return requires {
        Struct{(static_cast<void>(Index), AnyMember{})...};
    };
}

template <class Struct, size_t Count = 0> constexpr size_t memberCount() {
    if constexpr (takesInitializers<Struct>(std::make_index_sequence<Count + 1>{}))
        return memberCount<Struct, Count + 1>();
    else
        return Count;
}

/// Every member of `Struct` has its Field.
template <class Struct>
inline constexpr bool listsAllFields = std::tuple_size_v<std::remove_cvref_t<decltype(fieldsOf<Struct>)>> ==
                                       memberCount<Struct>();

} // namespace halftone
