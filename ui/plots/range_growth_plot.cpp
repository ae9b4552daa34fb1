// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/range_growth_plot.h"

#include "ui/format.h"
#include "ui/plots/axis_ticker.h"
#include "ui/theme.h"

#include <qcustomplot.h>

#include <algorithm>

namespace halftone {

RangeGrowthPlot::RangeGrowthPlot(QWidget* parent)
    : Plot(parent), m_min(plot()->addGraph()), m_max(plot()->addGraph()), m_stable(new QCPItemStraightLine(plot())),
      m_label(new QCPItemText(plot())) {
    setAccessibleName(tr("Range against samples"));
    setFileName(QStringLiteral("range-growth"));
    m_min->setChannelFillGraph(m_max);
    plot()->xAxis->setScaleType(QCPAxis::stLogarithmic);
    plot()->xAxis->setTicker(logTicker());
    plot()->xAxis->setLabel(tr("calibration samples (log scale)"));
    plot()->yAxis->setTicker(valueTicker());
    plot()->yAxis->setLabel(tr("range"));
    m_label->position->setTypeX(QCPItemPosition::ptPlotCoords);
    m_label->position->setTypeY(QCPItemPosition::ptAxisRectRatio);
    m_label->setPadding(QMargins(6, 2, 6, 2));
    m_label->setClipToAxisRect(false);
}

void RangeGrowthPlot::setHealth(const RangeHealth& health) {
    m_health = health;
    QVector<double> samples, min, max;
    double lowest = 0, highest = 0;
    for (const RangeGrowth& step : health.growth) {
        samples << static_cast<double>(step.samples);
        min << step.min;
        max << step.max;
        lowest = std::min(lowest, step.min);
        highest = std::max(highest, step.max);
    }
    m_min->setData(samples, min, true);
    m_max->setData(samples, max, true);
    const double last = samples.isEmpty() ? 1 : samples.last();
    const double margin = 0.1 * std::max(highest - lowest, 1e-12);
    setFullRange({0.9, std::max(last * 1.1, 2.0)}, Interval{lowest - (lowest < 0 ? margin : 0), highest + margin});
    m_stable->setVisible(health.stableAfter.has_value());
    m_label->setVisible(health.stableAfter.has_value());
    if (health.stableAfter) {
        const auto stable = static_cast<double>(*health.stableAfter);
        m_stable->point1->setCoords(stable, 0);
        m_stable->point2->setCoords(stable, 1);
        const bool late = stable * stable > last; // in the right half
        m_label->position->setCoords(stable, 1);
        m_label->setPositionAlignment((late ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignBottom);
        m_label->setText(tr("stable after %1").arg(countText(*health.stableAfter)));
    }
    if (!health.growth.empty())
        setSummary(tr("Observed range from %1 after the first sample to %2 after %3; %4.")
                       .arg(intervalText({min.first(), max.first()}), intervalText({min.last(), max.last()}),
                            countText(health.growth.back().samples),
                            health.stableAfter ? tr("stable after %1").arg(countText(*health.stableAfter))
                                               : tr("still growing at the end")));
    plot()->replot(QCustomPlot::rpQueuedReplot);
}

void RangeGrowthPlot::restyle() {
    const QColor observed = theme::precision("fp32");
    QColor inside = observed;
    inside.setAlphaF(0.12F);
    for (QCPGraph* graph : {m_min, m_max})
        graph->setPen(QPen(observed, 1.5));
    m_min->setBrush(inside);
    m_stable->setPen(QPen(theme::quietText(), 1, Qt::DashLine));
    m_label->setFont(font());
    m_label->setColor(theme::quietText());
}

QString RangeGrowthPlot::hoverText(double x, double) const {
    const RangeGrowth* nearest = nullptr; // the last one that was reached
    for (const RangeGrowth& step : m_health.growth)
        if (!nearest || static_cast<double>(step.samples) <= x)
            nearest = &step;
    if (!nearest)
        return {};
    return tr("after %1 samples: %2").arg(countText(nearest->samples), intervalText({nearest->min, nearest->max}));
}

} // namespace halftone
