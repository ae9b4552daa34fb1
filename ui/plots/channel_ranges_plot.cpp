// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/channel_ranges_plot.h"

#include "ui/format.h"
#include "ui/plots/axis_ticker.h"
#include "ui/theme.h"

#include <qcustomplot.h>

#include <algorithm>
#include <cmath>

namespace halftone {

namespace {

constexpr size_t mostBars = 5000;

} // namespace

ChannelRangesPlot::ChannelRangesPlot(QWidget* parent) : Plot(parent), m_bars(plot()->addGraph()) {
    setAccessibleName(tr("Ranges of the channels"));
    setFileName(QStringLiteral("channels"));
    m_bars->setAdaptiveSampling(false);
    plot()->xAxis->setTicker(indexTicker());
    plot()->yAxis->setTicker(valueTicker());
    plot()->yAxis->setLabel(tr("weight"));
    connect(plot(), &QCustomPlot::beforeReplot, this, &ChannelRangesPlot::fitBarWidth);
}

void ChannelRangesPlot::setTensor(const TensorRange& tensor) {
    m_min = tensor.channelMin;
    m_max = tensor.channelMax;
    m_scales = tensor.scales;
    m_channels = std::min(m_min.size(), m_max.size());
    m_together = std::max<size_t>(1, (m_channels + mostBars - 1) / mostBars);
    QVector<double> x, y;
    double lowest = 0, highest = 0;
    for (size_t first = 0; first < m_channels; first += m_together) {
        double least = m_min[first], greatest = m_max[first];
        const size_t end = std::min(m_channels, first + m_together);
        for (size_t i = first + 1; i < end; ++i) {
            least = std::min(least, m_min[i]);
            greatest = std::max(greatest, m_max[i]);
        }
        // The gap after each bar is a value that is not a number: it breaks the line.
        const double middle = 0.5 * static_cast<double>(first + end - 1);
        x << middle << middle << middle;
        y << least << greatest << std::nan("");
        lowest = std::min(lowest, least);
        highest = std::max(highest, greatest);
    }
    m_bars->setData(x, y, true);
    const double margin = 0.08 * std::max(highest - lowest, 1e-12);
    plot()->yAxis->setRange(lowest - margin, highest + margin);
    plot()->xAxis->setLabel(tensor.axis ? tr("channel (axis %1)").arg(*tensor.axis) : tr("channel"));
    setFullRange({-0.7, static_cast<double>(m_channels) - 0.3});
    if (m_channels > 0) {
        const auto widest = [&] {
            size_t best = 0;
            for (size_t i = 1; i < m_channels; ++i)
                if (m_max[i] - m_min[i] > m_max[best] - m_min[best])
                    best = i;
            return best;
        }();
        setSummary(tr("Ranges of %1 channels of %2, from %3 to %4; the widest is channel %5.")
                       .arg(countText(static_cast<int64_t>(m_channels)), plain(tensor.name), significant(lowest),
                            significant(highest), countText(static_cast<int64_t>(widest))));
    }
    plot()->replot(QCustomPlot::rpQueuedReplot);
}

void ChannelRangesPlot::fitBarWidth() {
    const double pixels = plot()->axisRect()->width() / plot()->xAxis->range().size() * static_cast<double>(m_together);
    QPen pen(theme::precision("fp32"), std::clamp(0.7 * pixels, 1.0, 16.0));
    pen.setCapStyle(Qt::FlatCap);
    m_bars->setPen(pen);
}

void ChannelRangesPlot::restyle() {
    fitBarWidth();
}

QString ChannelRangesPlot::hoverText(double x, double y) const {
    const double rounded = std::round(x);
    if (rounded < 0 || rounded >= static_cast<double>(m_channels))
        return {};
    const auto channel = static_cast<size_t>(rounded);
    QString text =
        tr("channel %1: %2 to %3")
            .arg(countText(static_cast<int64_t>(channel)), significant(m_min[channel]), significant(m_max[channel]));
    if (channel < m_scales.size())
        text += tr(", scale %1").arg(significant(m_scales[channel]));
    return text;
}

} // namespace halftone
