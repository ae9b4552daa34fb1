// SPDX-License-Identifier: GPL-3.0-or-later
// Positions of values and nodes in a graph.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace halftone {

/// The position of a `Thing`: a number, but never taken for the position of anything else.
template <class Thing> class Id {
public:
    constexpr Id() = default;
    constexpr Id(int32_t position) : m_position(position) {}
    template <class Other> Id(Id<Other>) = delete;
    constexpr operator int32_t() const { return m_position; }
    constexpr Id& operator++() { return ++m_position, *this; }
    constexpr Id& operator--() { return --m_position, *this; }

private:
    int32_t m_position = 0;
};
template <class One, class Other>
requires(!std::same_as<One, Other>) bool operator==(Id<One>, Id<Other>) = delete;

struct Value;
struct Node;
using ValueId = Id<Value>;
using NodeId = Id<Node>;
inline constexpr ValueId kNoValue = -1; // an omitted optional input
inline constexpr NodeId kNoNode = -1;

} // namespace halftone

template <class Thing> struct std::hash<halftone::Id<Thing>> {
    size_t operator()(halftone::Id<Thing> id) const { return std::hash<int32_t>()(id); }
};
