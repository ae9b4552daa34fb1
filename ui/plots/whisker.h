// SPDX-License-Identifier: GPL-3.0-or-later
// Intervals on bars: a line with an end mark on either side. What is much longer than the bars would leave nothing of
// them, so it is cut with an arrow, and the number says where it ends.
#pragma once

#include <QPainter>

#include <algorithm>

namespace halftone {

/// End of the scale of bars up to `longestBar` with intervals up to `longestInterval`, in the same unit.
inline double scaleEnd(double longestBar, double longestInterval) {
    constexpr double mostBeyond = 1.25;
    return std::min(std::max(longestBar, longestInterval), mostBeyond * longestBar);
}

/// From `low` to `high` in pixels at height `y`; cut at `end`, where there is one end mark less and an arrow more.
inline void drawWhisker(QPainter& painter, double low, double high, double end, double y, double halfHeight) {
    const bool cut = high > end + 0.5;
    const double right = std::min(high, end);
    painter.drawLine(QPointF(std::min(low, right), y), QPointF(right, y));
    painter.drawLine(QPointF(low, y - halfHeight), QPointF(low, y + halfHeight));
    if (!cut) {
        painter.drawLine(QPointF(high, y - halfHeight), QPointF(high, y + halfHeight));
        return;
    }
    painter.drawLine(QPointF(right, y), QPointF(right - halfHeight, y - halfHeight));
    painter.drawLine(QPointF(right, y), QPointF(right - halfHeight, y + halfHeight));
}

} // namespace halftone
