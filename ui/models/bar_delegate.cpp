// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/bar_delegate.h"

#include "ui/models/table_model.h"
#include "ui/theme.h"

#include <QHelpEvent>
#include <QPainter>
#include <QToolTip>

#include <cmath>

namespace halftone {

namespace {

QColor textColor(Tone tone, const QPalette& palette) {
    switch (tone) {
    case Tone::Normal: return palette.color(QPalette::Text);
    case Tone::Quiet: return theme::quietText();
    case Tone::Faster: return theme::asText(theme::faster());
    case Tone::Slower: return theme::asText(theme::slower());
    }
    return palette.color(QPalette::Text);
}

} // namespace

void BarDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const {
    const auto* model = static_cast<const TableModelBase*>(index.model());
    const ColumnInfo& column = model->columnInfo(index.column());
    if (const double bar = model->bar(index); bar > 0) {
        const std::string hue = model->barHue(index).toStdString();
        const auto kind = valueNamed<StepKind>(hue);
        QColor color = kind ? theme::stepKind(*kind) : theme::precision(hue);
        color.setAlphaF(theme::isDark() ? 0.45F : 0.32F); // pale enough for the number on top
        QRectF rect = QRectF(option.rect).adjusted(cellPadding / 2, 4, -cellPadding / 2, -4);
        rect.setWidth(std::max(1.0, rect.width() * bar));
        painter->fillRect(rect, color);
    }
    const Cell cell = model->cell(index);
    const QRect rect = option.rect.adjusted(cellPadding, 0, -cellPadding, 0);
    painter->setFont(option.font);
    painter->setPen(textColor(cell.tone, option.palette));
    painter->drawText(
        rect,
        (column.numeric ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignAbsolute | Qt::AlignVCenter | Qt::TextSingleLine,
        option.fontMetrics.elidedText(cell.text, column.elideMiddle ? Qt::ElideMiddle : Qt::ElideRight, rect.width()));
}

QSize BarDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const {
    const QString text = index.data(Qt::DisplayRole).toString();
    return {option.fontMetrics.horizontalAdvance(text) + 2 * cellPadding,
            std::max(rowHeight, option.fontMetrics.height() + 4)};
}

bool BarDelegate::helpEvent(QHelpEvent* event, QAbstractItemView* view, const QStyleOptionViewItem& option,
                            const QModelIndex& index) {
    if (event->type() != QEvent::ToolTip || index.data(Qt::ToolTipRole).toString().isEmpty())
        return QStyledItemDelegate::helpEvent(event, view, option, index);
    // A text that only repeats what the cell shows in full is noise.
    const QString text = index.data(Qt::DisplayRole).toString();
    const bool repeats = index.data(Qt::AccessibleDescriptionRole).toString() == text;
    if (repeats && option.fontMetrics.horizontalAdvance(text) <= option.rect.width() - 2 * cellPadding) {
        QToolTip::hideText();
        return true;
    }
    return QStyledItemDelegate::helpEvent(event, view, option, index);
}

} // namespace halftone
