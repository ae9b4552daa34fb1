#include "ui/plots/plot.h"

#include "ui/theme.h"

#include <qcustomplot.h>

#include <QApplication>
#include <QKeyEvent>
#include <QMenu>
#include <QToolTip>
#include <QVBoxLayout>

namespace halftone {

Plot::Plot(QWidget* parent) : Picture(parent), m_plot(new QCustomPlot(this)) {
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(1, 1, 1, 1); // room for the focus frame
    layout->addWidget(m_plot);
    m_plot->setFocusPolicy(Qt::NoFocus);
    m_plot->setMinimumSize(0, 0);
    m_plot->setInteractions(QCP::iRangeDrag | QCP::iRangeZoom);
    m_plot->axisRect()->setRangeDrag(Qt::Horizontal);
    m_plot->axisRect()->setRangeZoom(Qt::Horizontal);
    m_plot->axisRect()->setMinimumMargins(QMargins(8 * theme::grid, 8, 8, 8)); // plots below each other line up
    connect(m_plot, &QCustomPlot::mouseDoubleClick, this, &Plot::resetZoom);
    connect(m_plot, &QCustomPlot::mouseMove, this, [this](QMouseEvent* event) {
        const bool inside = m_plot->axisRect()->rect().contains(event->pos());
        const QString text = inside ? hoverText(m_plot->xAxis->pixelToCoord(event->pos().x()),
                                                m_plot->yAxis->pixelToCoord(event->pos().y()))
                                    : QString();
        QToolTip::showText(event->globalPosition().toPoint(), text, this);
    });
    connect(m_plot, &QCustomPlot::mousePress, this, [this](QMouseEvent* event) { m_pressed = event->position(); });
    connect(m_plot, &QCustomPlot::mouseRelease, this, [this](QMouseEvent* event) {
        const bool dragged = (event->position() - m_pressed).manhattanLength() > QApplication::startDragDistance();
        if (event->button() == Qt::LeftButton && !dragged)
            onClicked(event->position());
    });
    connect(m_plot->xAxis, qOverload<const QCPRange&>(&QCPAxis::rangeChanged), this, [this](const QCPRange& range) {
        const QCPRange kept = range.bounded(m_lower, m_upper);
        if (kept != range)
            m_plot->xAxis->setRange(kept);
    });
    connect(&ThemeNotifier::instance(), &ThemeNotifier::changed, this, &Plot::applyTheme);
}

Plot::~Plot() = default;

void Plot::setFullRange(double lower, double upper) {
    m_lower = lower;
    m_upper = upper > lower ? upper : lower + 1;
    m_plot->xAxis->setRange(m_lower, m_upper);
}

void Plot::resetZoom() {
    m_plot->xAxis->setRange(m_lower, m_upper);
    m_plot->replot(QCustomPlot::rpQueuedReplot);
}

void Plot::zoom(double factor) {
    m_plot->xAxis->scaleRange(factor);
    m_plot->replot(QCustomPlot::rpQueuedReplot);
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
