// SPDX-License-Identifier: GPL-3.0-or-later
// Which names of a graph are taken, so that making a name unique costs about the same in a small and in a
// large graph. Built by Graph when a name is first asked for; a copy of a graph builds its own.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace halftone {

class NameIndex {
public:
    NameIndex() = default;
    NameIndex(const NameIndex&) {}
    NameIndex(NameIndex&&) = default;
    NameIndex& operator=(const NameIndex&) {
        reset();
        return *this;
    }
    NameIndex& operator=(NameIndex&&) = default;
    /// It follows from the graph, so it never makes two graphs differ.
    bool operator==(const NameIndex&) const { return true; }

    bool built() const { return m_built; }
    void reset() { *this = NameIndex(); }
    /// Makes an index of nothing; add() every name next.
    void start() {
        reset();
        m_built = true;
    }
    void add(const std::string& name) {
        if (m_built)
            m_taken.insert(name);
    }
    /// Item `id` was handed out for writing, and may get another name.
    void touch(int32_t id) {
        if (m_built && (m_touched.empty() || m_touched.back() != id))
            m_touched.push_back(id);
        if (m_touched.size() > 1'000'000)
            reset();
    }
    std::vector<int32_t> takeTouched() { return std::exchange(m_touched, {}); }

    /// `base`, or base_2, base_3 ...
    std::string unique(const std::string& base) {
        if (!m_taken.contains(base))
            return base;
        int64_t& last = m_lastTaken.try_emplace(base, 1).first->second;
        for (;; ++last) {
            std::string candidate = base + '_' + std::to_string(last + 1);
            if (!m_taken.contains(candidate))
                return candidate;
        }
    }

private:
    bool m_built = false;
    std::unordered_set<std::string> m_taken;
    std::unordered_map<std::string, int64_t> m_lastTaken; // base -> all suffixes up to this are taken
    std::vector<int32_t> m_touched;
};

} // namespace halftone
