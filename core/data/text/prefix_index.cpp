// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/text/prefix_index.h"

#include <algorithm>

namespace halftone {

PrefixIndex::PrefixIndex(std::vector<Entry> entries) : m_entries(std::move(entries)) {
    std::erase_if(m_entries, [](const Entry& entry) { return entry.text.empty(); });
    std::ranges::stable_sort(m_entries, {}, &Entry::text);
    const auto rest = std::ranges::unique(m_entries, {}, &Entry::text);
    m_entries.erase(rest.begin(), rest.end());
    for (const Entry& entry : m_entries)
        ++m_starts[static_cast<unsigned char>(entry.text.front()) + size_t{1}];
    for (size_t i = 1; i < m_starts.size(); ++i)
        m_starts[i] += m_starts[i - 1];
}

PrefixIndex::Match PrefixIndex::longest(std::string_view text) const {
    Match longest;
    eachPrefix(text, [&](const Match& match) { longest = match; });
    return longest;
}

PrefixIndex::Match PrefixIndex::exact(std::string_view text) const {
    const Match match = longest(text);
    return match.length == text.size() ? match : Match{};
}

} // namespace halftone
