// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/heat_map.h"

#include "ui/theme.h"

#include <QKeyEvent>
#include <QPainter>

#include <algorithm>
#include <cmath>

namespace halftone {

namespace {

constexpr int cellGap = 2; // between cells
constexpr QSize smallestCell(56, 5 * theme::grid), largestCell(16 * theme::grid, 6 * theme::grid);
constexpr int swatchWidth = 2 * theme::grid, swatches = 7;

} // namespace

HeatMap::HeatMap(QWidget* parent) : Picture(parent) {
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Maximum);
    setFileName(QStringLiteral("sweep"));
}

void HeatMap::setGrid(HeatGrid grid) {
    m_grid = std::move(grid);
    const int count = static_cast<int>(m_grid.cells.size());
    m_current = count == 0 ? -1 : std::clamp(m_current, 0, count - 1);
    updateGeometry();
    update();
    emit currentChanged(m_current);
}

void HeatMap::setCurrent(int cell) {
    if (cell == m_current || cell < 0 || cell >= static_cast<int>(m_grid.cells.size()))
        return;
    m_current = cell;
    update();
    emit currentChanged(cell);
}

QString HeatMap::text() const {
    QString text = m_grid.rowsName + u'\t' + m_grid.columns.join(u'\t') + u'\n';
    for (int row = 0; row < rows(); ++row) {
        text += m_grid.rows[row];
        for (int column = 0; column < columns(); ++column)
            text += u'\t' + QString(m_grid.cells[row * columns() + column].text).replace(u'\n', u' ');
        text += u'\n';
    }
    return text;
}

int HeatMap::lineHeight() const {
    return fontMetrics().height() + theme::grid / 2;
}

int HeatMap::rowNamesWidth() const {
    int width = fontMetrics().horizontalAdvance(m_grid.columnsName);
    for (const QString& name : m_grid.rows)
        width = std::max(width, fontMetrics().horizontalAdvance(name));
    return width + theme::grid;
}

QSize HeatMap::minimumSizeHint() const {
    const int below = 2 * lineHeight() + 3 * theme::grid; // the scale and what hatching means
    return {rowNamesWidth() + std::max(1, columns()) * smallestCell.width(),
            lineHeight() + std::max(1, rows()) * smallestCell.height() + below};
}

QSize HeatMap::sizeHint() const {
    const QSize least = minimumSizeHint();
    return {least.width() + columns() * (largestCell.width() - smallestCell.width()),
            least.height() + rows() * (largestCell.height() - smallestCell.height())};
}

QSizeF HeatMap::cellSize() const {
    const QSize spare = size() - minimumSizeHint();
    const auto size = [](int least, int most, int spare, int count) {
        return std::min<double>(most, least + std::max(0, spare) / std::max(1, count));
    };
    return {size(smallestCell.width(), largestCell.width(), spare.width(), columns()),
            size(smallestCell.height(), largestCell.height(), spare.height(), rows())};
}

QRectF HeatMap::cellRect(int cell) const {
    const QSizeF size = cellSize();
    return {rowNamesWidth() + (cell % columns()) * size.width(), lineHeight() + (cell / columns()) * size.height(),
            size.width() - cellGap, size.height() - cellGap};
}

int HeatMap::cellAt(const QPointF& position) const {
    for (int cell = 0; cell < static_cast<int>(m_grid.cells.size()); ++cell)
        if (cellRect(cell).contains(position))
            return cell;
    return -1;
}

QColor HeatMap::colour(double shade) const {
    return m_grid.hue.empty() ? theme::diverging(shade) : theme::sequential(theme::precision(m_grid.hue), shade);
}

void HeatMap::draw(QPainter& painter) const {
    if (m_grid.cells.empty())
        return;
    painter.setPen(theme::quietText());
    painter.drawText(QRectF(0, 0, rowNamesWidth() - theme::grid, fontMetrics().height()),
                     Qt::AlignRight | Qt::AlignVCenter, m_grid.columnsName);
    for (int column = 0; column < columns(); ++column) {
        const QRectF cell = cellRect(column);
        painter.drawText(QRectF(cell.left(), 0, cell.width(), fontMetrics().height()), Qt::AlignCenter,
                         m_grid.columns[column]);
    }
    for (int row = 0; row < rows(); ++row) {
        const QRectF cell = cellRect(row * columns());
        painter.drawText(QRectF(0, cell.top(), rowNamesWidth() - theme::grid, cell.height()),
                         Qt::AlignRight | Qt::AlignVCenter, m_grid.rows[row]);
    }
    for (int cell = 0; cell < static_cast<int>(m_grid.cells.size()); ++cell)
        paintCell(painter, cell);
    if (m_current >= 0) {
        painter.setPen(QPen(palette().color(hasFocus() ? QPalette::Highlight : QPalette::WindowText), 2));
        painter.setBrush(Qt::NoBrush);
        painter.drawRect(cellRect(m_current).adjusted(1, 1, -1, -1));
    }
    paintScale(painter);
}

void HeatMap::paintCell(QPainter& painter, int index) const {
    const HeatCell& cell = m_grid.cells[index];
    const QRectF rect = cellRect(index);
    if (!cell.hasValue) {
        painter.setPen(QPen(palette().color(QPalette::Mid), 1, Qt::DashLine));
        painter.setBrush(Qt::NoBrush);
        painter.drawRect(rect.adjusted(0.5, 0.5, -0.5, -0.5));
        painter.setPen(theme::quietText());
        painter.drawText(rect, Qt::AlignCenter, cell.text);
        return;
    }
    const QColor background = cell.hatched ? theme::mixed(theme::other(), 0.3) : colour(cell.shade);
    painter.fillRect(rect, background);
    const QColor text = theme::textOn(background);
    if (cell.hatched) {
        QColor lines = text;
        lines.setAlphaF(0.16F);
        painter.fillRect(rect, QBrush(lines, Qt::BDiagPattern));
    }
    painter.setPen(text);
    QFont cellFont = font();
    cellFont.setWeight(cell.best ? QFont::Bold : QFont::Normal);
    painter.setFont(cellFont);
    painter.drawText(rect, Qt::AlignCenter, cell.text);
    painter.setFont(font());
}

void HeatMap::paintScale(QPainter& painter) const {
    double x = rowNamesWidth(), y = cellRect((rows() - 1) * columns()).bottom() + theme::grid;
    const auto label = [&](const QString& text) {
        if (text.isEmpty())
            return;
        painter.setPen(theme::quietText());
        const int width = fontMetrics().horizontalAdvance(text);
        painter.drawText(QRectF(x, y, width + 1, fontMetrics().height()), Qt::AlignVCenter, text);
        x += width + theme::grid;
    };
    const double swatchTop = y + (fontMetrics().height() - theme::grid) / 2;
    const auto swatch = [&](double shade) {
        painter.fillRect(QRectF(x, swatchTop, swatchWidth - 1, theme::grid), colour(shade));
        x += swatchWidth;
    };
    const bool diverging = m_grid.hue.empty();
    label(m_grid.scaleLow);
    for (int i = 0; i < swatches; ++i) {
        if (diverging && i == swatches / 2) {
            x += theme::grid;
            label(m_grid.scaleMiddle);
            continue;
        }
        const double along = static_cast<double>(i) / (swatches - 1);
        swatch(diverging ? 2 * along - 1 : along);
    }
    x += theme::grid;
    label(m_grid.scaleHigh);

    const bool hatched =
        std::any_of(m_grid.cells.begin(), m_grid.cells.end(), [](const HeatCell& cell) { return cell.hatched; });
    if (!hatched)
        return;
    x = rowNamesWidth();
    y += lineHeight();
    const QRectF sample(x, y + 2, 3 * theme::grid, fontMetrics().height() - 4);
    QColor lines = palette().color(QPalette::WindowText);
    lines.setAlphaF(0.5F);
    painter.fillRect(sample, theme::mixed(theme::other(), 0.3));
    painter.fillRect(sample, QBrush(lines, Qt::BDiagPattern));
    painter.setPen(palette().color(QPalette::Mid));
    painter.drawRect(sample);
    x += sample.width() + theme::grid;
    label(m_grid.hatchMeaning);
}

QString HeatMap::tooltipAt(const QPointF& position) const {
    const int cell = cellAt(position);
    return cell < 0 ? QString() : m_grid.cells[cell].tip;
}

void HeatMap::mousePressEvent(QMouseEvent* event) {
    setCurrent(cellAt(event->position()));
}

void HeatMap::keyPressEvent(QKeyEvent* event) {
    if (m_current < 0)
        return Picture::keyPressEvent(event);
    const int row = m_current / columns(), column = m_current % columns();
    switch (event->key()) {
    case Qt::Key_Left: return setCurrent(column > 0 ? m_current - 1 : m_current);
    case Qt::Key_Right: return setCurrent(column + 1 < columns() ? m_current + 1 : m_current);
    case Qt::Key_Up: return setCurrent(row > 0 ? m_current - columns() : m_current);
    case Qt::Key_Down: return setCurrent(m_current + columns());
    default: Picture::keyPressEvent(event);
    }
}

} // namespace halftone
