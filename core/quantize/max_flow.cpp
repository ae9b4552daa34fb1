// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quantize/max_flow.h"

#include <algorithm>
#include <limits>

namespace halftone {

int MaxFlow::addNode() {
    m_arcsOf.emplace_back();
    return static_cast<int>(m_arcsOf.size()) - 1;
}

void MaxFlow::addArc(int from, int to, int64_t capacity) {
    m_arcsOf[static_cast<size_t>(from)].push_back(static_cast<int>(m_arcs.size()));
    m_arcs.push_back({to, capacity});
    m_arcsOf[static_cast<size_t>(to)].push_back(static_cast<int>(m_arcs.size()));
    m_arcs.push_back({from, 0});
}

bool MaxFlow::findLevels(int source, int sink) {
    m_levels.assign(m_arcsOf.size(), -1);
    m_levels[static_cast<size_t>(source)] = 0;
    std::vector<int> reached{source};
    for (size_t next = 0; next < reached.size(); ++next) {
        const auto node = static_cast<size_t>(reached[next]);
        for (const int index : m_arcsOf[node]) {
            const Arc& arc = m_arcs[static_cast<size_t>(index)];
            if (arc.left == 0 || m_levels[static_cast<size_t>(arc.to)] >= 0)
                continue;
            m_levels[static_cast<size_t>(arc.to)] = m_levels[node] + 1;
            reached.push_back(arc.to);
        }
    }
    return m_levels[static_cast<size_t>(sink)] >= 0;
}

int64_t MaxFlow::push(int node, int sink, int64_t most) {
    if (node == sink)
        return most;
    const auto at = static_cast<size_t>(node);
    for (size_t& i = m_tried[at]; i < m_arcsOf[at].size(); ++i) {
        const auto index = static_cast<size_t>(m_arcsOf[at][i]);
        const int to = m_arcs[index].to;
        if (m_arcs[index].left == 0 || m_levels[static_cast<size_t>(to)] != m_levels[at] + 1)
            continue;
        const int64_t pushed = push(to, sink, std::min(most, m_arcs[index].left));
        if (pushed == 0)
            continue;
        m_arcs[index].left -= pushed;
        m_arcs[index ^ 1].left += pushed;
        return pushed;
    }
    return 0;
}

int64_t MaxFlow::run(int source, int sink) {
    int64_t flow = 0;
    while (findLevels(source, sink)) {
        m_tried.assign(m_arcsOf.size(), 0);
        while (const int64_t pushed = push(source, sink, std::numeric_limits<int64_t>::max()))
            flow += pushed;
    }
    return flow;
}

std::vector<bool> MaxFlow::sourceSide(int sink) const {
    std::vector<bool> side(m_arcsOf.size(), true);
    side[static_cast<size_t>(sink)] = false;
    std::vector<int> reached{sink}; // backwards, over arcs that could carry more
    for (size_t next = 0; next < reached.size(); ++next)
        for (const int index : m_arcsOf[static_cast<size_t>(reached[next])]) {
            const int from = m_arcs[static_cast<size_t>(index)].to;
            if (m_arcs[static_cast<size_t>(index ^ 1)].left == 0 || !side[static_cast<size_t>(from)])
                continue;
            side[static_cast<size_t>(from)] = false;
            reached.push_back(from);
        }
    return side;
}

} // namespace halftone
