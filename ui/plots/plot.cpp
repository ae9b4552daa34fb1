// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/plot.h"

#include "ui/theme.h"

#include <qcustomplot.h>

#include <QApplication>
#include <QKeyEvent>
#include <QMenu>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>

namespace halftone {

namespace {

/// `range` moved into `full`, and cut where it is longer; on a logarithmic axis what is kept is the ratio of its ends.
QCPRange bounded(const QCPRange& range, const Interval& full, bool logarithmic) {
    const auto place = [&](double value) { return logarithmic ? std::log(value) : value; };
    const double lower = place(full.lo), upper = place(full.hi);
    const double size = std::min(place(range.upper) - place(range.lower), upper - lower);
    const double begin = std::clamp(place(range.lower), lower, upper - size);
    const auto value = [&](double at) { return logarithmic ? std::exp(at) : at; };
    return {std::max(value(begin), full.lo), std::min(value(begin + size), full.hi)};
}

} // namespace

Plot::Plot(QWidget* parent) : Picture(parent), m_plot(new QCustomPlot(this)) {
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(1, 1, 1, 1); // room for the focus frame
    layout->addWidget(m_plot);
    m_plot->setFocusPolicy(Qt::NoFocus);
    m_plot->setMinimumSize(0, 0);
    m_plot->setInteractions(QCP::iRangeDrag | QCP::iRangeZoom);
    m_plot->axisRect()->setMinimumMargins(QMargins(8 * theme::grid, 8, 8, 8)); // plots below each other line up
    connect(m_plot, &QCustomPlot::mouseDoubleClick, this, &Plot::resetZoom);
    connect(m_plot, &QCustomPlot::mouseMove, this,
            [this](QMouseEvent* event) { showTip(m_plot->mapTo(this, event->pos())); });
    // It keeps its mouse events from its parents, so the menu must be asked of it.
    m_plot->setContextMenuPolicy(Qt::CustomContextMenu);
    connect(m_plot, &QWidget::customContextMenuRequested, this,
            [this](const QPoint& position) { showMenu(m_plot->mapToGlobal(position)); });
    connect(m_plot, &QCustomPlot::mousePress, this, [this](QMouseEvent* event) { m_pressed = event->position(); });
    connect(m_plot, &QCustomPlot::mouseRelease, this, [this](QMouseEvent* event) {
        const bool dragged = (event->position() - m_pressed).manhattanLength() > QApplication::startDragDistance();
        if (event->button() == Qt::LeftButton && !dragged)
            onClicked(event->position());
    });
    connect(m_plot->xAxis, qOverload<const QCPRange&>(&QCPAxis::rangeChanged), this,
            [this] { keepInside(m_plot->xAxis, m_fullX); });
    connect(m_plot->yAxis, qOverload<const QCPRange&>(&QCPAxis::rangeChanged), this, [this] {
        if (m_fullY)
            keepInside(m_plot->yAxis, *m_fullY);
    });
    setFullRange({0, 1});
    connect(&ThemeNotifier::instance(), &ThemeNotifier::changed, this, &Plot::applyTheme);
}

Plot::~Plot() = default;

void Plot::setFullRange(const Interval& x, const std::optional<Interval>& y) {
    m_fullX = x.hi > x.lo ? x : Interval{x.lo, x.lo + 1};
    m_fullY = y && y->hi <= y->lo ? Interval{y->lo, y->lo + 1} : y;
    const Qt::Orientations along = m_fullY ? Qt::Horizontal | Qt::Vertical : Qt::Orientations(Qt::Horizontal);
    m_plot->axisRect()->setRangeDrag(along);
    m_plot->axisRect()->setRangeZoom(along);
    m_plot->xAxis->setRange(m_fullX.lo, m_fullX.hi);
    if (m_fullY)
        m_plot->yAxis->setRange(m_fullY->lo, m_fullY->hi);
}

void Plot::keepInside(QCPAxis* axis, const Interval& full) {
    const bool logarithmic = axis->scaleType() == QCPAxis::stLogarithmic;
    if (logarithmic && full.lo <= 0) // not set yet
        return;
    const QCPRange kept = bounded(axis->range(), full, logarithmic);
    const double tolerance = 1e-9 * axis->range().size(); // of the logarithm and back
    if (std::abs(kept.lower - axis->range().lower) > tolerance ||
        std::abs(kept.upper - axis->range().upper) > tolerance)
        axis->setRange(kept);
}

void Plot::resetZoom() {
    m_plot->xAxis->setRange(m_fullX.lo, m_fullX.hi);
    if (m_fullY)
        m_plot->yAxis->setRange(m_fullY->lo, m_fullY->hi);
    m_plot->replot(QCustomPlot::rpQueuedReplot);
}

void Plot::zoom(double factor) {
    m_plot->xAxis->scaleRange(factor);
    if (m_fullY)
        m_plot->yAxis->scaleRange(factor);
    m_plot->replot(QCustomPlot::rpQueuedReplot);
}

QString Plot::tooltipAt(const QPointF& position) const {
    const QPoint pixel = m_plot->mapFrom(this, position.toPoint());
    if (!m_plot->axisRect()->rect().contains(pixel))
        return {};
    return hoverText(m_plot->xAxis->pixelToCoord(pixel.x()), m_plot->yAxis->pixelToCoord(pixel.y()));
}

void Plot::applyTheme() {
    const QPalette palette = QApplication::palette();
    m_plot->setBackground(palette.color(QPalette::Base));
    for (QCPAxis* axis : {m_plot->xAxis, m_plot->yAxis}) {
        axis->setTickLabelFont(font());
        axis->setLabelFont(font());
        axis->setTickLabelColor(theme::quietText());
        axis->setLabelColor(theme::quietText());
        axis->setBasePen(axis == m_plot->xAxis ? QPen(palette.color(QPalette::Mid)) : QPen(Qt::NoPen));
        axis->setTickPen(axis == m_plot->xAxis ? QPen(palette.color(QPalette::Mid)) : QPen(Qt::NoPen));
        axis->setSubTickPen(Qt::NoPen);
        axis->grid()->setPen(QPen(theme::gridLine(), 1));
        axis->grid()->setZeroLinePen(axis == m_plot->yAxis ? QPen(palette.color(QPalette::Mid)) : QPen(Qt::NoPen));
        axis->grid()->setVisible(axis == m_plot->yAxis);
        axis->setTickLengthIn(0);
        axis->setTickLengthOut(4);
        axis->setLabelPadding(4);
        axis->setTickLabelPadding(4);
    }
    restyle();
    m_plot->replot(QCustomPlot::rpQueuedReplot);
}

void Plot::drawOn(QPaintDevice& device) const {
    QCPPainter painter;
    painter.begin(&device); // its constructor would ask the device for antialiasing first
    painter.setMode(QCPPainter::pmVectorized);
    painter.setMode(QCPPainter::pmNoCaching);
    m_plot->toPainter(&painter, width(), height());
}

void Plot::extendMenu(QMenu& menu) {
    menu.addSeparator();
    menu.addAction(tr("Zoom &in"), this, [this] { zoom(0.5); })->setShortcut(Qt::Key_Plus);
    menu.addAction(tr("Zoom &out"), this, [this] { zoom(2); })->setShortcut(Qt::Key_Minus);
    menu.addAction(tr("&Reset zoom"), this, &Plot::resetZoom)->setShortcut(Qt::Key_0);
}

void Plot::keyPressEvent(QKeyEvent* event) {
    if (event->key() == Qt::Key_Plus)
        zoom(0.5);
    else if (event->key() == Qt::Key_Minus)
        zoom(2);
    else if (event->key() == Qt::Key_0)
        resetZoom();
    else
        Picture::keyPressEvent(event);
}

void Plot::changeEvent(QEvent* event) {
    QWidget::changeEvent(event);
    if (event->type() == QEvent::FontChange)
        applyTheme();
}

void Plot::showEvent(QShowEvent* event) {
    QWidget::showEvent(event);
    applyTheme();
}

} // namespace halftone
