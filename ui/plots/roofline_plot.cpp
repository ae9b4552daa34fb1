// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/roofline_plot.h"

#include "ui/format.h"
#include "ui/plots/axis_ticker.h"
#include "ui/theme.h"

#include <qcustomplot.h>

#include <algorithm>
#include <cmath>

namespace halftone {

namespace {

constexpr size_t mostDots = 5000;
constexpr double smallestRadius = 3, largestRadius = 10;

QString rate(double value, const char* unit) {
    return significant(value) + u' ' + QLatin1String(unit);
}

} // namespace

/// What lies inside the axes; the plot itself draws it.
class RooflineDrawing : public QCPAbstractItem {
public:
    explicit RooflineDrawing(QCustomPlot* parent, const RooflinePlot& plot) : QCPAbstractItem(parent), m_plot(plot) {}
    double selectTest(const QPointF&, bool, QVariant*) const override { return -1; }

protected:
    void draw(QCPPainter* painter) override { m_plot.draw(*painter); }

private:
    const RooflinePlot& m_plot;
};

std::vector<RooflineDot> rooflineDots(const Report& report) {
    std::vector<RooflineDot> dots;
    for (const Run& run : report.runs)
        for (const Step& step : run.steps) {
            const auto operations = static_cast<double>(step.operations());
            if (operations <= 0 || step.bytes <= 0 || step.medianMs <= 0)
                continue;
            dots.push_back(
                {&run, &step, operations / static_cast<double>(step.bytes), operations / step.medianMs / 1e6});
        }
    std::stable_sort(dots.begin(), dots.end(),
                     [](const RooflineDot& a, const RooflineDot& b) { return a.step->medianMs > b.step->medianMs; });
    return dots;
}

RooflinePlot::RooflinePlot(QWidget* parent) : Plot(parent) {
    setAccessibleName(tr("Roofline"));
    setFileName(QStringLiteral("roofline"));
    new RooflineDrawing(plot(), *this); // the plot owns it
    for (QCPAxis* axis : {plot()->xAxis, plot()->yAxis}) {
        axis->setScaleType(QCPAxis::stLogarithmic);
        axis->setTicker(logTicker());
    }
    plot()->xAxis->setLabel(tr("operations a byte (logarithmic)"));
    plot()->yAxis->setLabel(tr("GOP/s (logarithmic)"));
}

void RooflinePlot::setReport(std::shared_ptr<const Report> report) {
    m_report = std::move(report);
    m_dots.clear();
    m_roofs.clear();
    m_highestGops = m_highestGbps = 0;
    const int threads = m_report && !m_report->runs.empty() ? m_report->runs.front().threads : 0;
    if (m_report && m_report->roofline) {
        m_dots = rooflineDots(*m_report);
        m_dots.resize(std::min(m_dots.size(), mostDots));
        for (const Bandwidth& one : m_report->roofline->bandwidths)
            if (one.threads == threads && one.level != "L1") { // no step is judged by it
                m_roofs.push_back({plain(one.level) + u' ' + rate(one.gbps, "GB/s"), {}, 0, one.gbps});
                m_highestGbps = std::max(m_highestGbps, one.gbps);
            }
        for (const PeakRate& one : m_report->roofline->peaks)
            if (one.threads == threads) {
                m_roofs.push_back({plain(one.precision) + u' ' + rate(one.gops, "GOP/s"), one.precision, one.gops, 0});
                m_highestGops = std::max(m_highestGops, one.gops);
            }
    }
    fitRanges();
    QStringList roofs;
    for (const Roof& roof : m_roofs)
        roofs += roof.label;
    int bound = 0;
    for (const RooflineDot& dot : m_dots)
        bound += dot.step->bound == StepBound::Compute;
    setSummary(m_roofs.empty() ? QString()
                               : tr("Limits of this machine: %1. %2 steps, %3 of them limited by computing.")
                                     .arg(roofs.join(QStringLiteral(", ")),
                                          countText(static_cast<int64_t>(m_dots.size())), countText(bound)));
    plot()->replot(QCustomPlot::rpQueuedReplot);
}

/// All dots, the highest roof, and where the steepest slope meets it.
void RooflinePlot::fitRanges() {
    double left = m_highestGbps > 0 ? m_highestGops / m_highestGbps : 1, right = left;
    double bottom = std::max(m_highestGops, 1.0) / 30, top = m_highestGops;
    for (const RooflineDot& dot : m_dots) {
        left = std::min(left, dot.intensity);
        right = std::max(right, dot.intensity);
        bottom = std::min(bottom, dot.gops);
        top = std::max(top, dot.gops);
    }
    // The labels of the roofs stand beside the dots.
    setFullRange({left / 4, right * 16}, Interval{bottom / 2, std::max(top, 2 * bottom) * 2});
}

void RooflinePlot::setSelectedLayer(const std::string& layer) {
    m_selectedLayer = layer;
    plot()->replot(QCustomPlot::rpQueuedReplot);
}

QPointF RooflinePlot::pixelOf(const RooflineDot& dot) const {
    return {plot()->xAxis->coordToPixel(dot.intensity), plot()->yAxis->coordToPixel(dot.gops)};
}

/// The area grows with the time.
double RooflinePlot::radiusOf(const RooflineDot& dot) const {
    const double longest = m_dots.front().step->medianMs;
    return std::max(smallestRadius, largestRadius * std::sqrt(dot.step->medianMs / longest));
}

const RooflineDot* RooflinePlot::dotNear(const QPointF& pixel) const {
    const RooflineDot* nearest = nullptr;
    double least = 0;
    for (const RooflineDot& dot : m_dots) {
        const QPointF away = pixelOf(dot) - pixel;
        const double distance = std::hypot(away.x(), away.y());
        if (distance <= radiusOf(dot) + 3 && (!nearest || distance < least)) {
            nearest = &dot;
            least = distance;
        }
    }
    return nearest;
}

void RooflinePlot::onClicked(const QPointF& pixel) {
    const RooflineDot* dot = dotNear(pixel);
    if (dot && !dot->step->origins.empty())
        emit layerChosen(dot->step->origins.front());
}

QString RooflinePlot::hoverText(double x, double y) const {
    const RooflineDot* dot = dotNear({plot()->xAxis->coordToPixel(x), plot()->yAxis->coordToPixel(y)});
    if (!dot)
        return {};
    const Step& step = *dot->step;
    const TimeUnit unit = pageUnit(*m_report);
    QString text = tr("%1, %2 run\n%3 in %4: %5 GOP/s at %6 operations a byte")
                       .arg(plain(step.name).left(80), plain(dot->run->precision), plain(step.kernel),
                            timeWithUnit(step.medianMs, unit), significant(dot->gops), significant(dot->intensity));
    if (step.limitMs)
        text +=
            tr("\nLimit %1 (%2), %3 of it reached")
                .arg(timeWithUnit(*step.limitMs, unit), nameText(step.bound), shareText(*step.limitMs / step.medianMs));
    return text;
}

void RooflinePlot::draw(QCPPainter& painter) const {
    painter.setFont(font());
    for (const Roof& roof : m_roofs) {
        if (roof.precision.empty())
            drawSlope(painter, roof);
        else
            drawLevel(painter, roof);
    }
    drawDots(painter);
    labelLevels(painter);
}

void RooflinePlot::drawSlope(QCPPainter& painter, const Roof& roof) const {
    const QCPAxis *xAxis = plot()->xAxis, *yAxis = plot()->yAxis;
    const double left = std::max(xAxis->range().lower, yAxis->range().lower / roof.gbps);
    const double right = std::min(xAxis->range().upper, m_highestGops / roof.gbps);
    if (right <= left)
        return;
    const QPointF begin(xAxis->coordToPixel(left), yAxis->coordToPixel(left * roof.gbps));
    const QPointF end(xAxis->coordToPixel(right), yAxis->coordToPixel(right * roof.gbps));
    painter.setPen(QPen(theme::quietText(), 1));
    painter.drawLine(begin, end);
    painter.save();
    painter.translate(begin);
    painter.rotate(std::atan2(end.y() - begin.y(), end.x() - begin.x()) * 180 / M_PI);
    painter.drawText(QPointF(theme::grid, -3), roof.label);
    painter.restore();
}

void RooflinePlot::drawLevel(QCPPainter& painter, const Roof& roof) const {
    const QCPAxis *xAxis = plot()->xAxis, *yAxis = plot()->yAxis;
    const double left = m_highestGbps > 0 ? roof.gops / m_highestGbps : xAxis->range().lower;
    const double y = yAxis->coordToPixel(roof.gops), right = xAxis->coordToPixel(xAxis->range().upper);
    painter.setPen(QPen(theme::precision(roof.precision), 2));
    painter.drawLine(QPointF(xAxis->coordToPixel(std::max(left, xAxis->range().lower)), y), QPointF(right, y));
}

/// At the right end above the roofs, over the dots; a label that would cover another one moves to the left of it.
void RooflinePlot::labelLevels(QCPPainter& painter) const {
    const double right = plot()->xAxis->coordToPixel(plot()->xAxis->range().upper);
    QColor background = palette().color(QPalette::Base);
    background.setAlphaF(0.8F);
    std::vector<QRectF> placed;
    for (const Roof& roof : m_roofs) {
        if (roof.precision.empty())
            continue;
        const QSizeF size(painter.fontMetrics().horizontalAdvance(roof.label) + theme::grid,
                          painter.fontMetrics().height());
        QRectF place(QPointF(right - size.width(), plot()->yAxis->coordToPixel(roof.gops) - 2 - size.height()), size);
        for (const QRectF& other : placed)
            if (place.intersects(other))
                place.moveRight(other.left());
        placed.push_back(place);
        painter.fillRect(place, background);
        painter.setPen(theme::asText(theme::precision(roof.precision)));
        painter.drawText(place, Qt::AlignCenter, roof.label);
    }
}

void RooflinePlot::drawDots(QCPPainter& painter) const {
    painter.setAntialiasing(true);
    const auto isSelected = [&](const Step& step) {
        return !m_selectedLayer.empty() && std::ranges::count(step.origins, m_selectedLayer) > 0;
    };
    for (const bool selected : {false, true}) // those on top
        for (const RooflineDot& dot : m_dots) {
            if (isSelected(*dot.step) != selected)
                continue;
            QColor color = theme::precision(dot.step->precision);
            color.setAlphaF(selected ? 1.0F : 0.65F);
            painter.setBrush(color);
            painter.setPen(selected ? QPen(palette().color(QPalette::Text), 2)
                                    : QPen(palette().color(QPalette::Base), 1));
            const double radius = radiusOf(dot) + (selected ? 1 : 0);
            painter.drawEllipse(pixelOf(dot), radius, radius);
        }
    painter.setBrush(Qt::NoBrush);
}

} // namespace halftone
