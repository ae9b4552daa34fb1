// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/latency_bars.h"

#include "ui/plots/whisker.h"
#include "ui/theme.h"

#include <QPainter>

#include <algorithm>

namespace halftone {

namespace {

constexpr int barHeight = 14, gap = 2, groupGap = theme::grid;
constexpr int valuesWidth = 16 * theme::grid; // right of the longest bar

} // namespace

LatencyBars::LatencyBars(QWidget* parent) : Picture(parent) {
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setFileName(QStringLiteral("instruction-sets"));
}

void LatencyBars::setGroups(std::vector<LatencyGroup> groups) {
    m_groups = std::move(groups);
    double longestBar = 0, longestInterval = 0;
    for (const LatencyGroup& group : m_groups)
        for (const auto& [precision, latency] : group.bars) {
            longestBar = std::max(longestBar, latency.median);
            longestInterval = std::max(longestInterval, latency.ci95.hi);
        }
    m_longestMs = scaleEnd(longestBar, longestInterval);
    m_unit = timeUnit(longestBar);
    setSummary(inWords());
    updateGeometry();
    update();
}

QRectF LatencyBars::groupRect(size_t group) const {
    double top = 0;
    for (size_t i = 0; i < group; ++i)
        top += groupRect(i).height() + groupGap;
    const size_t bars = std::max<size_t>(1, m_groups[group].bars.size());
    return {0, top, double(width()), double(bars * (barHeight + gap) - gap)};
}

QSize LatencyBars::sizeHint() const {
    int height = 0;
    for (const LatencyGroup& group : m_groups)
        height += static_cast<int>(std::max<size_t>(1, group.bars.size())) * (barHeight + gap) - gap + groupGap;
    return {64 * theme::grid, std::max(0, height - groupGap)};
}

double LatencyBars::namesWidth() const {
    double width = 0;
    for (const LatencyGroup& group : m_groups)
        width = std::max<double>(width, fontMetrics().horizontalAdvance(group.name));
    return width + 2 * theme::grid;
}

double LatencyBars::toX(double ms) const {
    return namesWidth() + (m_longestMs > 0 ? ms / m_longestMs : 0) * (width() - namesWidth() - valuesWidth);
}

QRectF LatencyBars::barRect(size_t group, size_t bar) const {
    const double left = toX(0), right = toX(m_groups[group].bars[bar].second.median);
    return {left, groupRect(group).top() + double(bar) * (barHeight + gap), std::max(1.0, right - left),
            double(barHeight)};
}

void LatencyBars::draw(QPainter& painter) const {
    const QColor text = palette().color(QPalette::WindowText);
    for (size_t index = 0; index < m_groups.size(); ++index) {
        const LatencyGroup& group = m_groups[index];
        const QRectF area = groupRect(index);
        painter.setPen(text);
        painter.drawText(QRectF(0, area.top(), namesWidth(), area.height()), Qt::AlignVCenter | Qt::AlignLeft,
                         group.name);
        if (group.bars.empty()) {
            painter.setPen(theme::quietText());
            painter.drawText(area.adjusted(namesWidth(), 0, 0, 0), Qt::AlignVCenter | Qt::AlignLeft, group.note);
        }
        for (size_t bar = 0; bar < group.bars.size(); ++bar) {
            const auto& [precision, latency] = group.bars[bar];
            const QRectF rect = barRect(index, bar);
            painter.fillRect(rect, theme::precision(precision));
            const double end = toX(m_longestMs), high = std::min(toX(latency.ci95.hi), end);
            painter.setPen(QPen(text, 1.5));
            drawWhisker(painter, toX(latency.ci95.lo), toX(latency.ci95.hi), end, rect.center().y(), 3);
            QString value = QStringLiteral("%1  %2").arg(plain(precision), timeWithUnit(latency.median, m_unit));
            if (latency.ci95.hi > m_longestMs)
                value += tr(", up to ") + timeText(latency.ci95.hi, m_unit);
            painter.drawText(QRectF(std::max(rect.right(), high) + theme::grid, rect.top(), valuesWidth, barHeight),
                             Qt::AlignVCenter | Qt::AlignLeft, value);
        }
    }
}

QString LatencyBars::tooltipAt(const QPointF& position) const {
    for (size_t group = 0; group < m_groups.size(); ++group)
        for (size_t bar = 0; bar < m_groups[group].bars.size(); ++bar) {
            QRectF row = barRect(group, bar);
            row.setRight(width());
            const auto& [precision, latency] = m_groups[group].bars[bar];
            if (row.contains(position))
                return QStringLiteral("%1, %2: %3, %4")
                    .arg(m_groups[group].name, plain(precision), timeWithUnit(latency.median, m_unit),
                         latencyTooltip(latency, m_unit));
        }
    return {};
}

QString LatencyBars::inWords() const {
    QStringList sentences;
    for (const LatencyGroup& group : m_groups) {
        QStringList values;
        for (const auto& [precision, latency] : group.bars)
            values += plain(precision) + u' ' + timeWithUnit(latency.median, m_unit);
        sentences += QStringLiteral("%1: %2.").arg(group.name,
                                                   values.isEmpty() ? group.note : values.join(QStringLiteral(", ")));
    }
    return sentences.join(u' ');
}

} // namespace halftone
