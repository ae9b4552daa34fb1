// SPDX-License-Identifier: GPL-3.0-or-later
// A grid of cells whose colour follows a value, with the value as text in each. Arrow keys and clicks choose a cell,
// copying takes the grid along as tab-separated text. What a colour says is always said in words or by a pattern too.
#pragma once

#include "ui/plots/picture.h"

#include <QStringList>

#include <string>
#include <vector>

namespace halftone {

struct HeatCell {
    QString text;          // one line or two
    QString tip;           // the exact values, plain text
    double shade = 0;      // -1 to 1 around 0 for diverging colours, 0 to 1 for those of one hue
    bool hatched = false;  // grey instead, see HeatGrid::hatchMeaning
    bool best = false;     // in bold
    bool hasValue = false; // else drawn as an outline
};

struct HeatGrid {
    QString rowsName, columnsName;
    QStringList rows, columns;
    std::vector<HeatCell> cells; // row by row
    std::string hue;             // a precision; "" for diverging colours
    QString scaleLow, scaleMiddle, scaleHigh;
    QString hatchMeaning;
};

class HeatMap : public Picture {
    Q_OBJECT
public:
    explicit HeatMap(QWidget* parent = nullptr);

    /// The chosen cell stays chosen while it exists.
    void setGrid(HeatGrid grid);
    const HeatGrid& grid() const { return m_grid; }
    /// Index into the grid's cells; -1 without any.
    int current() const { return m_current; }
    void setCurrent(int cell);
    /// Tab-separated, with the names of rows and columns.
    QString text() const override;
    QString tooltipAt(const QPointF& position) const override;

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

signals:
    void currentChanged(int cell);

protected:
    void keyPressEvent(QKeyEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void draw(QPainter& painter) const override;

private:
    int rows() const { return static_cast<int>(m_grid.rows.size()); }
    int columns() const { return static_cast<int>(m_grid.columns.size()); }
    int rowNamesWidth() const;
    int lineHeight() const;
    QSizeF cellSize() const;
    QRectF cellRect(int cell) const;
    int cellAt(const QPointF& position) const;
    QColor colour(double shade) const;
    void paintCell(QPainter& painter, int cell) const;
    void paintScale(QPainter& painter) const;

    HeatGrid m_grid;
    int m_current = -1;
};

} // namespace halftone
