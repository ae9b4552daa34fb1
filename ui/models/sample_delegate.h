// SPDX-License-Identifier: GPL-3.0-or-later
// Paints one sample of a SampleList: picture, name and classes, and the largest outputs of both precisions as paired
// bars on one scale that begins at zero.
#pragma once

#include <QStyledItemDelegate>

namespace halftone {

class SampleDelegate : public QStyledItemDelegate {
    Q_OBJECT
public:
    using QStyledItemDelegate::QStyledItemDelegate;

    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
    QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;
};

} // namespace halftone
