// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/error_plot.h"

#include "ui/facts/errors.h"
#include "ui/format.h"
#include "ui/plots/axis_ticker.h"
#include "ui/theme.h"

#include <qcustomplot.h>

#include <algorithm>
#include <cmath>

namespace halftone {

namespace {

constexpr double dotRadius = 3.5;
constexpr size_t mostNames = 3;

QString accumulatedName() {
    return ErrorPlot::tr("accumulated");
}

} // namespace

/// What lies inside the axes; the plot itself draws it.
class ErrorDrawing : public QCPAbstractItem {
public:
    explicit ErrorDrawing(QCustomPlot* parent, const ErrorPlot& plot) : QCPAbstractItem(parent), m_plot(plot) {}
    double selectTest(const QPointF&, bool, QVariant*) const override { return -1; }

protected:
    void draw(QCPPainter* painter) override { m_plot.draw(*painter); }

private:
    const ErrorPlot& m_plot;
};

ErrorPlot::ErrorPlot(QWidget* parent) : Plot(parent) {
    setAccessibleName(tr("Errors along the network"));
    setFileName(QStringLiteral("errors"));
    (new ErrorDrawing(plot(), *this))->setClipToAxisRect(false); // the plot owns it
    plot()->xAxis->setTicker(indexTicker());
    plot()->yAxis->setTicker(valueTicker());
    plot()->xAxis->setLabel(tr("layers in the order of execution"));
    plot()->yAxis->setLabel(tr("SQNR, dB"));
}

void ErrorPlot::restyle() {
    const int names = fontMetrics().horizontalAdvance(accumulatedName()) + 2 * theme::grid;
    plot()->axisRect()->setMinimumMargins(QMargins(8 * theme::grid, theme::grid, names, theme::grid));
}

void ErrorPlot::setReport(std::shared_ptr<const Report> report) {
    m_report = std::move(report);
    m_errors = m_report && m_report->errors ? &*m_report->errors : nullptr;
    m_selected = -1;
    double lowest = 0, highest = 2 * lowSqnrDb;
    if (m_errors)
        for (const LayerError& error : m_errors->layers)
            for (const TensorDistance* distance : {&error.accumulated, error.local ? &*error.local : nullptr})
                if (distance && distance->sqnrDb) {
                    lowest = std::min(lowest, *distance->sqnrDb);
                    highest = std::max(highest, *distance->sqnrDb);
                }
    setFullRange({0.5, m_errors ? static_cast<double>(m_errors->layers.size()) + 0.5 : 1.5},
                 Interval{lowest, highest + 0.06 * (highest - lowest)});
    setSummary(summaryText());
    plot()->replot(QCustomPlot::rpQueuedReplot);
}

void ErrorPlot::setSelectedLayer(const std::string& layer) {
    m_selected = -1;
    if (m_errors && !layer.empty()) {
        const auto found = std::ranges::find(m_errors->layers, layer, &LayerError::layer);
        if (found != m_errors->layers.end())
            m_selected = static_cast<int>(found - m_errors->layers.begin());
    }
    plot()->replot(QCustomPlot::rpQueuedReplot);
}

QPointF ErrorPlot::pixelOf(size_t layer, double sqnrDb) const {
    return {plot()->xAxis->coordToPixel(static_cast<double>(layer) + 1), plot()->yAxis->coordToPixel(sqnrDb)};
}

int ErrorPlot::layerAt(double x) const {
    const auto place = std::lround(x) - 1;
    return m_errors && place >= 0 && place < static_cast<long>(m_errors->layers.size()) ? static_cast<int>(place) : -1;
}

void ErrorPlot::onClicked(const QPointF& pixel) {
    const int layer = layerAt(plot()->xAxis->pixelToCoord(pixel.x()));
    if (layer >= 0 && plot()->axisRect()->rect().contains(pixel.toPoint()))
        emit layerChosen(m_errors->layers[static_cast<size_t>(layer)].layer);
}

QString ErrorPlot::hoverText(double x, double) const {
    const int layer = layerAt(x);
    if (layer < 0)
        return {};
    const LayerError& error = m_errors->layers[static_cast<size_t>(layer)];
    return tr("%1 (%2)\naccumulated %3\nlocal %4")
        .arg(plain(error.layer), plain(error.op), sqnrText(error.accumulated),
             error.local                 ? sqnrText(*error.local)
             : error.notMeasured.empty() ? tr("not measured")
                                         : plain(error.notMeasured));
}

QString ErrorPlot::summaryText() const {
    if (!m_errors || m_errors->layers.empty())
        return {};
    return errorsSentence(*m_errors);
}

void ErrorPlot::draw(QCPPainter& painter) const {
    if (!m_errors)
        return;
    painter.setFont(font());
    nameSeries(painter);
    painter.setClipRect(plot()->axisRect()->rect());
    drawLowRegion(painter);
    if (m_selected >= 0) {
        const double x = pixelOf(static_cast<size_t>(m_selected), 0).x();
        painter.setPen(QPen(palette().color(QPalette::Highlight), 1));
        painter.drawLine(QPointF(x, plot()->axisRect()->top()), QPointF(x, plot()->axisRect()->bottom()));
    }
    drawLine(painter);
    drawDots(painter);
    labelWorst(painter);
}

void ErrorPlot::drawLowRegion(QCPPainter& painter) const {
    const QRectF area = plot()->axisRect()->rect();
    const double y = plot()->yAxis->coordToPixel(lowSqnrDb);
    QColor shade = theme::slower();
    shade.setAlphaF(theme::isDark() ? 0.16F : 0.08F);
    painter.fillRect(QRectF(QPointF(area.left(), y), area.bottomRight()), shade);
    painter.setPen(QPen(theme::asText(theme::slower()), 1, Qt::DashLine));
    painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y));
    painter.drawText(QRectF(area.left(), y, area.width() - theme::grid / 2, painter.fontMetrics().height() + 2),
                     Qt::AlignRight | Qt::AlignBottom, tr("low: below %1 dB").arg(lowSqnrDb));
}

/// Behind the last layer, pushed apart where they would cover each other.
void ErrorPlot::nameSeries(QCPPainter& painter) const {
    std::optional<double> line, dots;
    for (const LayerError& error : m_errors->layers) {
        line = error.accumulated.sqnrDb ? error.accumulated.sqnrDb : line;
        dots = error.local && error.local->sqnrDb ? error.local->sqnrDb : dots;
    }
    const double height = painter.fontMetrics().height(), x = plot()->axisRect()->right() + theme::grid;
    double lineY = line ? plot()->yAxis->coordToPixel(*line) : 0, dotsY = dots ? plot()->yAxis->coordToPixel(*dots) : 0;
    const QRectF area = plot()->axisRect()->rect(); // zoomed in, their ends may lie outside
    lineY = std::clamp(lineY, area.top(), area.bottom());
    dotsY = std::clamp(dotsY, area.top(), area.bottom());
    if (line && dots && std::abs(lineY - dotsY) < height) {
        const double middle = (lineY + dotsY) / 2, away = height / 2 * (lineY < dotsY ? -1 : 1);
        lineY = middle + away;
        dotsY = middle - away;
    }
    const auto name = [&](double y, const QColor& color, const QString& text) {
        painter.setPen(color);
        painter.drawText(QRectF(x, y - height / 2, plot()->width() - x, height), Qt::AlignLeft | Qt::AlignVCenter,
                         text);
    };
    if (line)
        name(lineY, theme::asText(theme::precision("int8")), accumulatedName());
    if (dots)
        name(dotsY, theme::quietText(), tr("local"));
}

void ErrorPlot::drawLine(QCPPainter& painter) const {
    QPolygonF line;
    for (size_t i = 0; i < m_errors->layers.size(); ++i)
        if (const auto db = m_errors->layers[i].accumulated.sqnrDb)
            line << pixelOf(i, *db);
    painter.setAntialiasing(true);
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(theme::precision("int8"), 2));
    painter.drawPolyline(line);
    if (line.size() == 1)
        painter.drawPoint(line.front());
}

void ErrorPlot::drawDots(QCPPainter& painter) const {
    const QPen edge(palette().color(QPalette::Base), 1);
    for (size_t i = 0; i < m_errors->layers.size(); ++i) {
        const auto& local = m_errors->layers[i].local;
        if (!local || !local->sqnrDb)
            continue;
        const bool low = *local->sqnrDb < lowSqnrDb, selected = static_cast<int>(i) == m_selected;
        painter.setPen(selected ? QPen(palette().color(QPalette::Text), 2) : edge);
        painter.setBrush(low ? theme::slower() : theme::quietText());
        const double radius = dotRadius + (low || selected ? 1.5 : 0);
        painter.drawEllipse(pixelOf(i, *local->sqnrDb), radius, radius);
    }
    painter.setBrush(Qt::NoBrush);
}

/// The lowest by themselves, as far as their names do not cover each other.
void ErrorPlot::labelWorst(QCPPainter& painter) const {
    std::vector<size_t> low;
    for (size_t i = 0; i < m_errors->layers.size(); ++i) {
        const auto& local = m_errors->layers[i].local;
        if (local && local->sqnrDb && *local->sqnrDb < lowSqnrDb)
            low.push_back(i);
    }
    std::ranges::stable_sort(low, {}, [&](size_t i) { return *m_errors->layers[i].local->sqnrDb; });
    std::vector<QRectF> placed;
    const QRectF area = plot()->axisRect()->rect();
    for (const size_t i : low) {
        if (placed.size() == mostNames)
            return;
        const LayerError& error = m_errors->layers[i];
        const QString name = painter.fontMetrics().elidedText(plain(error.layer), Qt::ElideMiddle, 20 * theme::grid);
        const QPointF dot = pixelOf(i, *error.local->sqnrDb);
        QRectF place(dot.x() + theme::grid, dot.y() + dotRadius, painter.fontMetrics().horizontalAdvance(name) + 2,
                     painter.fontMetrics().height());
        if (place.right() > area.right())
            place.moveRight(dot.x() - theme::grid);
        if (!area.contains(place) ||
            std::ranges::any_of(placed, [&](const QRectF& other) { return place.intersects(other); }))
            continue;
        placed.push_back(place);
        painter.setPen(theme::asText(theme::slower()));
        QColor background = palette().color(QPalette::Base);
        background.setAlphaF(0.8F);
        painter.fillRect(place, background);
        painter.drawText(place, Qt::AlignLeft | Qt::AlignVCenter, name);
    }
}

} // namespace halftone
