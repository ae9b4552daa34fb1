// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/histogram_plot.h"

#include "ui/facts/tensors.h"
#include "ui/format.h"
#include "ui/plots/axis_ticker.h"
#include "ui/theme.h"

#include <qcustomplot.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace halftone {

namespace {

constexpr size_t mostBins = 5000;
constexpr double belowOne = 0.1; // stands for 0 on a log axis, which begins at 0.5

Histogram reduced(const Histogram& histogram) {
    const size_t bins = histogram.counts.size();
    if (bins <= mostBins)
        return histogram;
    const size_t together = (bins + mostBins - 1) / mostBins;
    Histogram result;
    for (size_t i = 0; i < bins; i += together)
        result.counts.push_back(std::accumulate(
            histogram.counts.begin() + static_cast<std::ptrdiff_t>(i),
            histogram.counts.begin() + static_cast<std::ptrdiff_t>(std::min(bins, i + together)), int64_t{0}));
    const double width = (histogram.edges.hi - histogram.edges.lo) / static_cast<double>(bins);
    result.edges = {histogram.edges.lo,
                    histogram.edges.lo + width * static_cast<double>(together * result.counts.size())};
    return result;
}

QCPItemText* makeLabel(QCustomPlot* plot) {
    auto* label = new QCPItemText(plot);
    label->position->setTypeX(QCPItemPosition::ptPlotCoords);
    label->position->setTypeY(QCPItemPosition::ptAxisRectRatio);
    label->setPadding(QMargins(6, 2, 6, 2));
    label->setClipToAxisRect(false);
    return label;
}

} // namespace

HistogramPlot::HistogramPlot(QWidget* parent)
    : Plot(parent), m_outline(plot()->addGraph()), m_below(plot()->addGraph()), m_above(plot()->addGraph()),
      m_belowArea(new QCPItemRect(plot())), m_aboveArea(new QCPItemRect(plot())),
      m_clipMin(new QCPItemStraightLine(plot())), m_clipMax(new QCPItemStraightLine(plot())),
      m_minLabel(makeLabel(plot())), m_maxLabel(makeLabel(plot())) {
    setAccessibleName(tr("Histogram"));
    for (QCPGraph* graph : {m_outline, m_below, m_above})
        graph->setAdaptiveSampling(false);
    plot()->xAxis->setTicker(valueTicker());
    plot()->xAxis->setLabel(tr("value"));
}

void HistogramPlot::setTensor(const TensorRange& tensor) {
    m_tensor = tensor;
    m_tensor.histogram = reduced(tensor.histogram);
    const Interval& edges = m_tensor.histogram.edges;
    const double lo = std::min(edges.lo, tensor.clipMin), hi = std::max(edges.hi, tensor.clipMax);
    const double margin = 0.03 * (hi - lo);
    setFullRange({lo - margin, hi + margin});
    setFileName(QStringLiteral("histogram"));
    QString summary = tr("Histogram of %1: observed %2 to %3")
                          .arg(plain(tensor.name), significant(tensor.observedMin), significant(tensor.observedMax));
    if (!tensor.scales.empty())
        summary += tr(", clipped to %1 to %2, outside: %3")
                       .arg(significant(tensor.clipMin), significant(tensor.clipMax),
                            outsideText(tensor.clippedShare, tensor.clippedBySteps));
    summary += u'.';
    if (!tensor.clipNote.empty())
        summary += u' ' + plain(tensor.clipNote);
    setSummary(summary);
    draw();
}

double HistogramPlot::step() const {
    return (m_tensor.clipMax - m_tensor.clipMin) / 255; // of an 8-bit grid
}

Interval HistogramPlot::rounded() const {
    return {m_tensor.clipMin - step() / 2, m_tensor.clipMax + step() / 2};
}

void HistogramPlot::showClip(double clipMin, double clipMax, double clippedShare) {
    m_tensor.clipMin = clipMin;
    m_tensor.clipMax = clipMax;
    m_tensor.clippedShare = clippedShare;
    const double outside = std::max(clipMin - m_tensor.observedMin, m_tensor.observedMax - clipMax);
    m_tensor.clippedBySteps = clippedShare > 0 && clipMax > clipMin ? outside / step() : 0;
    draw();
}

void HistogramPlot::setLogarithmic(bool logarithmic) {
    m_logarithmic = logarithmic;
    draw();
}

double HistogramPlot::edge(size_t bin) const {
    const auto& [edges, counts] = m_tensor.histogram;
    return edges.lo + (edges.hi - edges.lo) * static_cast<double>(bin) / static_cast<double>(counts.size());
}

void HistogramPlot::setOutline(QCPGraph* graph, double lo, double hi) {
    QVector<double> x, y;
    const double floor = m_logarithmic ? belowOne : 0;
    const auto& counts = m_tensor.histogram.counts;
    for (size_t bin = 0; bin < counts.size(); ++bin) {
        const double left = std::max(lo, edge(bin)), right = std::min(hi, edge(bin + 1));
        if (left >= right)
            continue;
        const double height = std::max(static_cast<double>(counts[bin]), floor);
        if (x.isEmpty()) {
            x << left;
            y << floor;
        }
        x << left << right;
        y << height << height;
    }
    if (!x.isEmpty()) {
        x << x.last();
        y << floor;
    }
    graph->setData(x, y, true);
}

double HistogramPlot::countBetween(double lo, double hi) const {
    double sum = 0;
    for (size_t bin = 0; bin < m_tensor.histogram.counts.size(); ++bin) {
        const double width = edge(bin + 1) - edge(bin);
        const double covered = std::min(hi, edge(bin + 1)) - std::max(lo, edge(bin));
        if (width > 0 && covered > 0)
            sum += static_cast<double>(m_tensor.histogram.counts[bin]) * covered / width;
    }
    return sum;
}

void HistogramPlot::draw() {
    const auto& [edges, counts] = m_tensor.histogram;
    const double most = counts.empty() ? 1 : static_cast<double>(*std::max_element(counts.begin(), counts.end()));
    setOutline(m_outline, edges.lo, edges.hi);
    const bool hasGrid = !m_tensor.scales.empty();
    const Interval inside = rounded();
    setOutline(m_below, edges.lo, inside.lo);
    setOutline(m_above, inside.hi, edges.hi);

    plot()->yAxis->setScaleType(m_logarithmic ? QCPAxis::stLogarithmic : QCPAxis::stLinear);
    plot()->yAxis->setTicker(countTicker(m_logarithmic));
    // A quarter of the height is left for the labels at the clip lines.
    plot()->yAxis->setRange(m_logarithmic ? 0.5 : 0,
                            m_logarithmic ? 2 * std::pow(std::max(most, 2.0), 1.25) : 1.3 * std::max(most, 1.0));
    plot()->yAxis->setLabel(m_logarithmic ? tr("values per bin (log scale)") : tr("values per bin"));

    const auto cover = [](QCPItemRect* area, double lo, double hi) {
        area->topLeft->setTypeY(QCPItemPosition::ptAxisRectRatio);
        area->bottomRight->setTypeY(QCPItemPosition::ptAxisRectRatio);
        area->topLeft->setCoords(lo, 0);
        area->bottomRight->setCoords(std::max(lo, hi), 1);
    };
    cover(m_belowArea, edges.lo, inside.lo);
    cover(m_aboveArea, inside.hi, edges.hi);
    for (QCPLayerable* mark : std::initializer_list<QCPLayerable*>{m_below, m_above, m_belowArea, m_aboveArea,
                                                                   m_clipMin, m_clipMax, m_minLabel, m_maxLabel})
        mark->setVisible(hasGrid);
    const auto place = [](QCPItemStraightLine* line, double x) {
        line->point1->setCoords(x, 1);
        line->point2->setCoords(x, 2);
    };
    place(m_clipMin, m_tensor.clipMin);
    place(m_clipMax, m_tensor.clipMax);
    m_minLabel->position->setCoords(m_tensor.clipMin, 0);
    m_minLabel->setPositionAlignment(Qt::AlignLeft | Qt::AlignTop);
    m_maxLabel->position->setCoords(m_tensor.clipMax, 0);
    m_maxLabel->setPositionAlignment(Qt::AlignRight | Qt::AlignTop);
    m_minLabel->setTextAlignment(Qt::AlignLeft);
    m_maxLabel->setTextAlignment(Qt::AlignRight);
    QString minText = tr("clip %1").arg(significant(m_tensor.clipMin));
    QString maxText = tr("clip %1").arg(significant(m_tensor.clipMax));
    if (m_tensor.clippedShare > 0) {
        const double below = countBetween(edges.lo, inside.lo), above = countBetween(inside.hi, edges.hi);
        (below > above ? minText : maxText) +=
            u'\n' + tr("outside: %1").arg(outsideText(m_tensor.clippedShare, m_tensor.clippedBySteps));
    }
    m_minLabel->setText(minText);
    m_maxLabel->setText(maxText);
    plot()->replot(QCustomPlot::rpQueuedReplot);
}

void HistogramPlot::restyle() {
    const QColor observed = theme::precision("fp32"), clip = theme::precision("int8"), outside = theme::slower();
    const auto pale = [](QColor color, float alpha) {
        color.setAlphaF(alpha);
        return color;
    };
    m_outline->setPen(QPen(observed, 1.5));
    m_outline->setBrush(pale(observed, 0.12F));
    for (QCPGraph* graph : {m_below, m_above}) {
        graph->setPen(Qt::NoPen);
        graph->setBrush(pale(outside, 0.55F));
    }
    for (QCPItemRect* area : {m_belowArea, m_aboveArea}) {
        area->setPen(Qt::NoPen);
        area->setBrush(pale(outside, 0.10F));
    }
    for (QCPItemStraightLine* line : {m_clipMin, m_clipMax})
        line->setPen(QPen(clip, 1.5));
    for (QCPItemText* label : {m_minLabel, m_maxLabel}) {
        label->setFont(font());
        label->setColor(theme::asText(clip));
    }
}

QString HistogramPlot::hoverText(double x, double y) const {
    const auto& [edges, counts] = m_tensor.histogram;
    if (counts.empty())
        return {};
    if (x < edges.lo || x >= edges.hi)
        return x < m_tensor.clipMin || x > m_tensor.clipMax ? QString() : plain(m_tensor.clipNote);
    const auto bin = std::min(counts.size() - 1, static_cast<size_t>((x - edges.lo) / (edges.hi - edges.lo) *
                                                                     static_cast<double>(counts.size())));
    const double all = static_cast<double>(std::accumulate(counts.begin(), counts.end(), int64_t{0}));
    QString text =
        tr("%1 to %2: %3 values").arg(significant(edge(bin)), significant(edge(bin + 1)), countText(counts[bin]));
    if (all > 0)
        text += QStringLiteral(" (%1)").arg(shareText(static_cast<double>(counts[bin]) / all));
    if (const Interval inside = rounded(); !m_tensor.scales.empty() && (x < inside.lo || x > inside.hi))
        text += tr(", clipped");
    return text;
}

} // namespace halftone
