// SPDX-License-Identifier: GPL-3.0-or-later
// Which entries of a vocabulary a text begins with.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace halftone {

/// Immutable. A search takes the length of the longest entry that the text shares a beginning with, whatever the
/// others.
class PrefixIndex {
public:
    struct Entry {
        std::string text;
        int64_t id = 0;
    };
    struct Match {
        size_t length = 0; // bytes; 0: none
        int64_t id = 0;
    };

    PrefixIndex() = default;
    /// Empty texts are left out; of equal ones the first counts.
    explicit PrefixIndex(std::vector<Entry> entries);

    /// Calls visit(match) for every entry that `text` begins with, the shortest first.
    template <class Visit> void eachPrefix(std::string_view text, Visit visit) const {
        if (text.empty())
            return;
        const auto byteAt = [](const Entry& entry, size_t place) {
            return static_cast<unsigned char>(entry.text[place]);
        };
        const auto lead = static_cast<unsigned char>(text.front());
        size_t first = m_starts[lead], last = m_starts[lead + 1];
        for (size_t length = 1; first != last; ++length) {
            // All entries from first to last begin with `length` bytes of the text.
            if (m_entries[first].text.size() == length)
                visit(Match{length, m_entries[first++].id});
            if (length == text.size())
                return;
            const auto wanted = static_cast<unsigned char>(text[length]);
            first = partition(first, last, [&](const Entry& entry) { return byteAt(entry, length) < wanted; });
            last = partition(first, last, [&](const Entry& entry) { return byteAt(entry, length) == wanted; });
        }
    }

    /// The longest entry that `text` begins with.
    Match longest(std::string_view text) const;
    /// The entry that is `text`.
    Match exact(std::string_view text) const;

private:
    /// The first place from `first` to `last` whose entry is not `before`.
    template <class Before> size_t partition(size_t first, size_t last, Before before) const {
        while (first != last) {
            const size_t middle = first + (last - first) / 2;
            if (before(m_entries[middle]))
                first = middle + 1;
            else
                last = middle;
        }
        return first;
    }

    std::vector<Entry> m_entries;          // sorted by text, bytes taken as unsigned
    std::array<size_t, 257> m_starts = {}; // where the entries with each first byte begin
};

} // namespace halftone
