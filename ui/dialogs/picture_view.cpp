// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/dialogs/picture_view.h"

#include "ui/theme.h"

#include <QPainter>

namespace halftone {

PictureView::PictureView(QWidget* parent) : QWidget(parent) {
    setMinimumSize(24 * theme::grid, 24 * theme::grid);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
}

void PictureView::setPicture(const QPixmap& picture, const QString& instead) {
    m_picture = picture;
    m_instead = instead;
    update();
}

void PictureView::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    if (m_picture.isNull()) {
        painter.fillRect(rect(), theme::mixed(theme::other(), 0.25));
        painter.setPen(palette().color(QPalette::Text));
        painter.drawText(rect().adjusted(theme::grid, theme::grid, -theme::grid, -theme::grid),
                         Qt::AlignCenter | Qt::TextWordWrap, m_instead);
        return;
    }
    const QSize size = m_picture.size().scaled(this->size(), Qt::KeepAspectRatio);
    const QRect target(QPoint((width() - size.width()) / 2, (height() - size.height()) / 2), size);
    painter.setRenderHint(QPainter::SmoothPixmapTransform, m_picture.width() > size.width());
    painter.drawPixmap(target, m_picture);
}

} // namespace halftone
