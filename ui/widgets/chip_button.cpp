// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/chip_button.h"

#include "ui/theme.h"

#include <QPainter>

namespace halftone {

ChipButton::ChipButton(QWidget* parent) : QToolButton(parent) {
    setCheckable(true);
    setFocusPolicy(Qt::TabFocus);
    setCursor(Qt::PointingHandCursor);
}

QSize ChipButton::sizeHint() const {
    return {fontMetrics().horizontalAdvance(text()) + 3 * theme::grid, 3 * theme::grid};
}

void ChipButton::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const QColor highlight = palette().color(QPalette::Highlight);
    const QRectF rect = QRectF(this->rect()).adjusted(1, 1, -1, -1);
    painter.setPen(QPen(hasFocus() || isChecked() ? highlight : palette().color(QPalette::Mid), hasFocus() ? 2 : 1));
    painter.setBrush(isChecked()                   ? theme::mixed(highlight, theme::isDark() ? 0.35 : 0.16)
                     : underMouse() && isEnabled() ? palette().color(QPalette::Midlight)
                                                   : palette().color(QPalette::Base));
    painter.drawRoundedRect(rect, rect.height() / 2, rect.height() / 2);
    painter.setPen(palette().color(isEnabled() ? QPalette::Active : QPalette::Disabled, QPalette::Text));
    painter.drawText(this->rect(), Qt::AlignCenter | Qt::TextSingleLine, text());
}

} // namespace halftone
