// SPDX-License-Identifier: GPL-3.0-or-later
// Paints every cell of every TableModel: a bar behind the number, then the text in one line. The row's
// background and separator are TableView's.
#pragma once

#include <QStyledItemDelegate>

namespace halftone {

class BarDelegate : public QStyledItemDelegate {
    Q_OBJECT
public:
    using QStyledItemDelegate::QStyledItemDelegate;

    static constexpr int rowHeight = 24;
    static constexpr int cellPadding = 8;

    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
    QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;
    /// Leaves out tooltips that only repeat a text shown in full.
    bool helpEvent(QHelpEvent* event, QAbstractItemView* view, const QStyleOptionViewItem& option,
                   const QModelIndex& index) override;
};

} // namespace halftone
