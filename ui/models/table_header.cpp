// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/table_header.h"

#include "ui/models/bar_delegate.h"
#include "ui/theme.h"

#include <QPainter>

namespace halftone {

namespace {

constexpr int arrowWidth = 8;

void drawArrow(QPainter* painter, const QPointF& centre, Qt::SortOrder order) {
    const double direction = order == Qt::DescendingOrder ? 1 : -1;
    painter->drawPolygon(QPolygonF{centre + QPointF(-3.5, -2 * direction), centre + QPointF(3.5, -2 * direction),
                                   centre + QPointF(0, 2.5 * direction)});
}

} // namespace

TableHeader::TableHeader(QWidget* parent) : QHeaderView(Qt::Horizontal, parent) {
    setSectionsClickable(true);
    setSectionsMovable(true);
    setHighlightSections(false);
    setMinimumSectionSize(48);
    setContextMenuPolicy(Qt::CustomContextMenu);
}

void TableHeader::paintSection(QPainter* painter, const QRect& rect, int logicalIndex) const {
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->fillRect(rect, palette().color(QPalette::Base));
    const auto alignment =
        model()->headerData(logicalIndex, Qt::Horizontal, Qt::TextAlignmentRole).value<Qt::Alignment>();
    const bool right = alignment & Qt::AlignRight;
    const bool sorted = sortIndicatorSection() == logicalIndex && isSortIndicatorShown();
    QRect textRect = rect.adjusted(BarDelegate::cellPadding, 0, -BarDelegate::cellPadding, 0);
    QFont font = this->font();
    if (sorted)
        font.setWeight(QFont::DemiBold);
    const QFontMetrics metrics(font);
    const QString text = model()->headerData(logicalIndex, Qt::Horizontal, Qt::DisplayRole).toString();
    const int room = textRect.width() - (sorted ? arrowWidth + 2 : 0);
    const QString shown = metrics.elidedText(text, Qt::ElideRight, room);
    painter->setFont(font);
    painter->setPen(sorted ? palette().color(QPalette::Text) : theme::quietText());
    painter->drawText(textRect, static_cast<int>(alignment) | Qt::TextSingleLine, shown);
    if (sorted) {
        // On the side away from the edge that the text is aligned to, so that the text does not move.
        const int width = metrics.horizontalAdvance(shown) + arrowWidth / 2 + 3;
        const double x = right ? textRect.right() - width : textRect.left() + width;
        painter->setPen(Qt::NoPen);
        painter->setBrush(palette().color(QPalette::Text));
        drawArrow(painter, {x, rect.center().y() + 0.5}, sortIndicatorOrder());
    }
    painter->setRenderHint(QPainter::Antialiasing, false);
    painter->setPen(palette().color(QPalette::Mid));
    painter->drawLine(rect.bottomLeft(), rect.bottomRight());
    painter->setPen(theme::gridLine());
    if (visualIndex(logicalIndex) + 1 < count())
        painter->drawLine(rect.right(), rect.top() + 6, rect.right(), rect.bottom() - 6);
    painter->restore();
}

QSize TableHeader::sectionSizeFromContents(int logicalIndex) const {
    QFont bold = font();
    bold.setWeight(QFont::DemiBold);
    const QString text = model()->headerData(logicalIndex, Qt::Horizontal, Qt::DisplayRole).toString();
    return {QFontMetrics(bold).horizontalAdvance(text) + 2 * BarDelegate::cellPadding + arrowWidth + 2,
            std::max(28, fontMetrics().height() + 8)};
}

} // namespace halftone
