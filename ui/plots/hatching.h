// SPDX-License-Identifier: GPL-3.0-or-later
// Hatched areas mean time that nobody computed in: waiting for a CPU.
#pragma once

#include "ui/theme.h"

#include <QPainter>

namespace halftone {

inline void fillHatched(QPainter& painter, const QRectF& rect, const QColor& colour) {
    painter.fillRect(rect, theme::mixed(colour, 0.35));
    painter.fillRect(rect, QBrush(theme::mixed(theme::quietText(), 0.8), Qt::BDiagPattern));
}

} // namespace halftone
