// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/front_plot.h"

#include "ui/facts/plan.h"
#include "ui/format.h"
#include "ui/plots/axis_ticker.h"
#include "ui/theme.h"

#include <qcustomplot.h>

#include <algorithm>
#include <cmath>

namespace halftone {

namespace {

constexpr double radius = 5;

} // namespace

/// What lies inside the axes; the plot itself draws it.
class FrontDrawing : public QCPAbstractItem {
public:
    explicit FrontDrawing(QCustomPlot* parent, const FrontPlot& plot) : QCPAbstractItem(parent), m_plot(plot) {}
    double selectTest(const QPointF&, bool, QVariant*) const override { return -1; }

protected:
    void draw(QCPPainter* painter) override { m_plot.draw(*painter); }

private:
    const FrontPlot& m_plot;
};

FrontPlot::FrontPlot(QWidget* parent) : Plot(parent) {
    setAccessibleName(tr("Latency and accuracy of the plans"));
    setFileName(QStringLiteral("plan"));
    new FrontDrawing(plot(), *this); // the plot owns it
    plot()->xAxis->setTicker(valueTicker());
    plot()->yAxis->setTicker(valueTicker());
}

void FrontPlot::setReport(std::shared_ptr<const Report> report) {
    m_report = std::move(report);
    m_plan = m_report && m_report->plan && !m_report->plan->front.empty() ? &*m_report->plan : nullptr;
    m_shown = m_plan ? m_plan->chosen : -1;
    QStringList points;
    if (m_plan) {
        m_unit = pageUnit(*m_plan);
        plot()->xAxis->setLabel(
            tr("latency, %1 (filled points are measured, hollow ones predicted)").arg(unitName(m_unit)));
        plot()->yAxis->setLabel(m_plan->criterion == "top-1"       ? tr("drop of top-1, points")
                                : m_plan->criterion == "agreement" ? tr("drop of agreement, points")
                                                                   : tr("error of the outputs, %"));
        for (int i = 0; i < static_cast<int>(m_plan->front.size()); ++i)
            points += pointSentence(*m_plan, i) + u'.';
    }
    fitRanges();
    setSummary(points.join(u' '));
    plot()->replot(QCustomPlot::rpQueuedReplot);
}

void FrontPlot::fitRanges() {
    if (!m_plan)
        return;
    double left = m_plan->front.front().predictedMs, right = left, bottom = 0, top = limitOf(*m_plan);
    for (const PlanPoint& point : m_plan->front)
        for (const auto& [ms, drop] :
             {std::pair{point.predictedMs, point.predictedDrop}, std::pair{shownMs(point), shownDrop(point)}}) {
            left = std::min(left, ms);
            right = std::max(right, ms);
            bottom = std::min(bottom, drop);
            top = std::max(top, drop);
        }
    const double margin = std::max(0.08 * (right - left), 0.02 * right), above = 0.15 * (top - bottom);
    setFullRange({(left - margin) * perMs(m_unit), (right + margin) * perMs(m_unit)},
                 Interval{bottom - above, top + above});
}

void FrontPlot::setShownPoint(int point) {
    m_shown = point;
    plot()->replot(QCustomPlot::rpQueuedReplot);
}

QPointF FrontPlot::pixelAt(double ms, double drop) const {
    return {plot()->xAxis->coordToPixel(ms * perMs(m_unit)), plot()->yAxis->coordToPixel(drop)};
}

QPointF FrontPlot::pixelOf(int point) const {
    const PlanPoint& one = m_plan->front[static_cast<size_t>(point)];
    return pixelAt(shownMs(one), shownDrop(one));
}

int FrontPlot::pointNear(const QPointF& pixel) const {
    int nearest = -1;
    double least = 2 * radius + 2;
    for (int i = 0; m_plan && i < static_cast<int>(m_plan->front.size()); ++i) {
        const PlanPoint& one = m_plan->front[static_cast<size_t>(i)];
        for (const QPointF& place : {pixelOf(i), pixelAt(one.predictedMs, one.predictedDrop)}) {
            const double distance = std::hypot(place.x() - pixel.x(), place.y() - pixel.y());
            if (distance < least) {
                least = distance;
                nearest = i;
            }
        }
    }
    return nearest;
}

void FrontPlot::onClicked(const QPointF& pixel) {
    if (const int point = pointNear(pixel); point >= 0)
        emit pointChosen(point);
}

QString FrontPlot::hoverText(double x, double y) const {
    const int point = pointNear(pixelAt(x / perMs(m_unit), y));
    return point < 0 ? QString() : pointText(*m_plan, point);
}

void FrontPlot::draw(QCPPainter& painter) const {
    if (!m_plan)
        return;
    painter.setFont(font());
    drawLimit(painter);
    drawPoints(painter);
    labelPoints(painter);
}

void FrontPlot::drawLimit(QCPPainter& painter) const {
    const QRectF area = plot()->axisRect()->rect();
    const double limit = limitOf(*m_plan), y = plot()->yAxis->coordToPixel(limit);
    const QColor color = theme::asText(theme::slower());
    painter.setPen(QPen(color, 1, Qt::DashLine));
    painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y));
    const double height = painter.fontMetrics().height();
    painter.drawText(QRectF(area.left(), y - height - 1, area.width() - theme::grid / 2, height),
                     Qt::AlignRight | Qt::AlignBottom, tr("limit %1").arg(dropText(*m_plan, limit)));
}

void FrontPlot::drawPoints(QCPPainter& painter) const {
    painter.setAntialiasing(true);
    QPolygonF line;
    for (int i = 0; i < static_cast<int>(m_plan->front.size()); ++i)
        line << pixelOf(i);
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(theme::gridLine(), 2));
    painter.drawPolyline(line);

    const QColor hue = theme::precision("int8");
    for (int i = 0; i < static_cast<int>(m_plan->front.size()); ++i) {
        const PlanPoint& point = m_plan->front[static_cast<size_t>(i)];
        const QPointF predicted = pixelAt(point.predictedMs, point.predictedDrop);
        const bool measured = point.measuredMs || point.measuredDrop;
        if (measured) {
            painter.setPen(QPen(theme::quietText(), 1, Qt::DotLine));
            painter.drawLine(predicted, pixelOf(i));
        }
        painter.setPen(QPen(hue, 1.5));
        painter.setBrush(palette().color(QPalette::Base));
        painter.drawEllipse(predicted, measured ? radius - 1.5 : radius, measured ? radius - 1.5 : radius);
        if (measured) {
            painter.setBrush(hue);
            painter.drawEllipse(pixelOf(i), radius, radius);
        }
        if (i == m_shown) {
            painter.setBrush(Qt::NoBrush);
            painter.setPen(QPen(palette().color(QPalette::Text), 2));
            painter.drawEllipse(pixelOf(i), radius + 3, radius + 3);
        }
    }
    painter.setBrush(Qt::NoBrush);
}

/// The chosen point and both ends, where they do not cover each other.
void FrontPlot::labelPoints(QCPPainter& painter) const {
    const int last = static_cast<int>(m_plan->front.size()) - 1;
    const QRectF area = plot()->axisRect()->rect();
    std::vector<QRectF> placed;
    for (const int point : {m_plan->chosen, 0, last}) {
        if (point < 0 || (point != m_plan->chosen && placed.size() > 2))
            continue;
        const PlanPoint& one = m_plan->front[static_cast<size_t>(point)];
        const QString kept = one.keptOut.empty() ? tr("all in int8") : tr("%1 kept out").arg(one.keptOut.size());
        const QString text = point == m_plan->chosen ? tr("chosen: %1").arg(kept) : kept;
        const QPointF place = pixelOf(point);
        const QSizeF size(painter.fontMetrics().horizontalAdvance(text) + 2, painter.fontMetrics().height());
        // Below on the left of a point and above on the right of it there is no better and no chosen one.
        QRectF box(QPointF(place.x() - radius - 4 - size.width(), place.y() + radius), size);
        if (!area.contains(box))
            box.moveTopLeft({place.x() + radius + 4, place.y() - radius - size.height()});
        if (box.right() > area.right())
            box.moveRight(place.x() - radius - 4);
        box.moveTop(std::max(box.top(), area.top()));
        if (std::ranges::any_of(placed, [&](const QRectF& other) { return box.intersects(other); }))
            continue;
        placed.push_back(box);
        painter.setPen(point == m_plan->chosen ? palette().color(QPalette::Text) : theme::quietText());
        painter.drawText(box, Qt::AlignLeft | Qt::AlignVCenter, text);
    }
}

} // namespace halftone
