// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/frame/primary_button.h"

#include "ui/theme.h"

#include <QPainter>
#include <QStyleOptionButton>

namespace halftone {

PrimaryButton::PrimaryButton(QWidget* parent) : QPushButton(parent) {
    QFont bold = font();
    bold.setWeight(QFont::DemiBold);
    setFont(bold);
    setMinimumSize(22 * theme::grid, 4 * theme::grid);
    setAttribute(Qt::WA_Hover);
}

void PrimaryButton::paintEvent(QPaintEvent*) {
    QStyleOptionButton option;
    initStyleOption(&option);
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const bool enabled = isEnabled();
    QColor fill = palette().color(enabled ? QPalette::Highlight : QPalette::Button);
    if (enabled && isDown())
        fill = fill.darker(125);
    else if (enabled && underMouse())
        fill = fill.lighter(115);
    const bool focused = enabled && hasFocus();
    painter.setPen(focused   ? QPen(palette().color(QPalette::WindowText), 2)
                   : enabled ? QPen(fill, 1)
                             : QPen(palette().color(QPalette::Mid), 1));
    painter.setBrush(fill);
    const double inset = focused ? 1 : 0.5;
    painter.drawRoundedRect(QRectF(rect()).adjusted(inset, inset, -inset, -inset), 4, 4);
    const bool mnemonic = style()->styleHint(QStyle::SH_UnderlineShortcut, &option, this);
    painter.setPen(palette().color(enabled ? QPalette::HighlightedText : QPalette::ButtonText));
    painter.drawText(rect(), Qt::AlignCenter | (mnemonic ? Qt::TextShowMnemonic : Qt::TextHideMnemonic), text());
}

} // namespace halftone
