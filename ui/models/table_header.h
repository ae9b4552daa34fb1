// SPDX-License-Identifier: GPL-3.0-or-later
// A flat header whose texts stand exactly above those of the cells; the style's own has other margins.
#pragma once

#include <QHeaderView>

namespace halftone {

class TableHeader : public QHeaderView {
    Q_OBJECT
public:
    explicit TableHeader(QWidget* parent = nullptr);

protected:
    void paintSection(QPainter* painter, const QRect& rect, int logicalIndex) const override;
    QSize sectionSizeFromContents(int logicalIndex) const override;
};

} // namespace halftone
