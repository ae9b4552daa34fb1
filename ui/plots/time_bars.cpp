// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/time_bars.h"

#include "core/report/run_time.h"
#include "ui/plots/hatching.h"
#include "ui/plots/whisker.h"
#include "ui/text.h"
#include "ui/theme.h"

#include <QPainter>

#include <algorithm>
#include <cmath>

namespace halftone {

namespace {

using Kind = TimeSegment::Kind;

constexpr int timeBarHeight = 3 * theme::grid;

QColor colourOf(const TimeSegment& segment) {
    switch (segment.kind) {
    case Kind::Compute: return theme::precision(segment.precision);
    case Kind::Rounding:
    case Kind::ConvertType: return theme::stepKind(StepKind::ConvertType);
    case Kind::ConvertLayout: return theme::stepKind(StepKind::ConvertLayout);
    case Kind::Copy:
    case Kind::Waiting: return theme::other();
    case Kind::Between:
    case Kind::NoStep: return theme::mixed(theme::other(), 0.55);
    }
    return theme::other();
}

void fillSegment(QPainter& painter, const QRectF& rect, const TimeSegment& segment) {
    if (segment.kind == Kind::Waiting)
        fillHatched(painter, rect, colourOf(segment));
    else
        painter.fillRect(rect, colourOf(segment));
}

/// 1, 2 or 5 times a power of ten, so that about four ticks fit.
double tickStep(double longest) {
    const double rough = longest / 4, power = std::pow(10.0, std::floor(std::log10(rough)));
    for (const double factor : {1.0, 2.0, 5.0})
        if (factor * power >= rough)
            return factor * power;
    return 10 * power;
}

/// What stands beside the name of a run: its speed-up against fp32, and its accuracy.
QString factsText(const Report& report, const Run& run) {
    QStringList facts;
    if (const GradedSpeedup comparison = speedupOf(report, run); comparison.speedup)
        facts += speedupWithGrade(comparison);
    if (report.accuracy && report.accuracy->top1)
        if (const auto share = report.accuracy->top1->share.find(run.precision);
            share != report.accuracy->top1->share.end())
            facts += Text::tr("top-1 ") + shareText(share->second);
    return facts.join(QStringLiteral("  ·  "));
}

} // namespace

std::vector<TimeSegment> timeSegments(const Run& run) {
    std::vector<TimeSegment> computes;
    TimeSegment rounding{Kind::Rounding}, dtype{Kind::ConvertType}, layout{Kind::ConvertLayout}, copy{Kind::Copy};
    for (const Step& step : run.steps) {
        TimeSegment* segment = &copy;
        if (step.kind == StepKind::ConvertType || step.kind == StepKind::ConvertBoth) {
            segment = &dtype;
        } else if (step.kind == StepKind::ConvertLayout) {
            segment = &layout;
        } else if (step.op == "FakeQuantize") {
            segment = &rounding;
        } else if (step.kind == StepKind::Compute) {
            auto same = std::find_if(computes.begin(), computes.end(),
                                     [&](const TimeSegment& compute) { return compute.precision == step.precision; });
            if (same == computes.end())
                same = computes.insert(same, {Kind::Compute, 0, 0, step.precision});
            segment = &*same;
        }
        segment->ms += step.medianMs;
        ++segment->steps;
    }
    TimeSegment waiting{Kind::Waiting, run.waitingMs};
    TimeSegment between{knowsWaiting(run) ? Kind::Between : Kind::NoStep, betweenStepsMs(run)};
    std::stable_sort(computes.begin(), computes.end(), [](const TimeSegment& a, const TimeSegment& b) {
        return a.precision != "fp32" && b.precision == "fp32";
    });
    computes.insert(computes.end(), {rounding, dtype, layout, copy, between, waiting});
    std::erase_if(computes, [](const TimeSegment& segment) { return segment.ms <= 0; });
    return computes;
}

QString segmentName(const TimeSegment& segment) {
    switch (segment.kind) {
    case Kind::Compute: return Text::tr("compute ") + plain(segment.precision);
    case Kind::Rounding: return Text::tr("round to 8 bits");
    case Kind::ConvertType: return Text::tr("convert dtype");
    case Kind::ConvertLayout: return Text::tr("convert layout");
    case Kind::Copy: return Text::tr("copy");
    case Kind::Between: return Text::tr("between steps");
    case Kind::Waiting: return Text::tr("waiting for a CPU");
    case Kind::NoStep: return Text::tr("in no step");
    }
    return {};
}

TimeBars::TimeBars(QWidget* parent) : Picture(parent) {
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setFileName(QStringLiteral("latency"));
}

void TimeBars::setReport(std::shared_ptr<const Report> report) {
    m_report = std::move(report);
    m_bars.clear();
    double longestBar = 0, longestInterval = 0;
    if (m_report) {
        for (const Run& run : m_report->runs) {
            m_bars.push_back({&run, factsText(*m_report, run), timeSegments(run), {}});
            double drawn = 0;
            for (const TimeSegment& segment : m_bars.back().segments)
                drawn += segment.ms;
            longestBar = std::max({longestBar, drawn, run.latencyMs.median});
            longestInterval = std::max(longestInterval, run.latencyMs.ci95.hi);
        }
    }
    m_longestMs = scaleEnd(longestBar, longestInterval);
    m_unit = m_report ? pageUnit(*m_report) : TimeUnit::Ms;
    setAccessibleName(tr("Latency by precision"));
    setSummary(inWords());
    placeLabels();
    update();
}

void TimeBars::placeLabels() {
    const int lineHeight = fontMetrics().height() + 2;
    int top = 0;
    for (size_t index = 0; index < m_bars.size(); ++index) {
        Bar& bar = m_bars[index];
        bar.labels.clear();
        bar.top = top;
        const QRectF area = barRect(index);
        double begin = 0, x = area.left();
        int line = 0;
        for (const TimeSegment& segment : bar.segments) {
            Label label{QStringLiteral("%1 %2").arg(segmentName(segment),
                                                    partWithUnit(segment.ms, bar.run->latencyMs.median, m_unit))};
            const double textWidth = fontMetrics().horizontalAdvance(label.text) + 1;
            const double left = toX(begin);
            begin += segment.ms;
            const double right = left + textWidth + 2 * theme::grid;
            const Interval& whisker = bar.run->latencyMs.ci95; // must not strike it out
            label.inside = segment.kind != Kind::Waiting && right <= toX(begin) &&
                           (right < toX(whisker.lo) || left > toX(whisker.hi));
            if (label.inside) {
                label.rect = QRectF(left + theme::grid, area.top(), textWidth, timeBarHeight);
            } else {
                const double needed = textWidth + 1.5 * theme::grid;
                if (line == 0 || (x > area.left() && x + needed > width())) {
                    x = area.left();
                    ++line;
                }
                label.rect =
                    QRectF(x + 1.5 * theme::grid, area.bottom() + 4 + (line - 1) * lineHeight, textWidth, lineHeight);
                x += needed + 2 * theme::grid;
            }
            bar.labels.push_back(label);
        }
        top += titleHeight() + timeBarHeight + (line > 0 ? 4 + line * lineHeight : 0) + 2 * theme::grid;
    }
    m_barsHeight = top;
    if (height() != sizeHint().height())
        setFixedHeight(sizeHint().height());
}

void TimeBars::resizeEvent(QResizeEvent*) {
    placeLabels();
}

QSize TimeBars::sizeHint() const {
    return {64 * theme::grid, m_barsHeight + fontMetrics().height() + theme::grid};
}

QSize TimeBars::minimumSizeHint() const {
    return {44 * theme::grid, sizeHint().height()};
}

int TimeBars::titleHeight() const {
    return fontMetrics().height() + theme::grid / 2;
}

QRectF TimeBars::barRect(size_t bar) const {
    return {0, double(m_bars[bar].top + titleHeight()), double(width() - totalWidth()), double(timeBarHeight)};
}

int TimeBars::totalWidth() const {
    QFont bold = font();
    bold.setWeight(QFont::DemiBold);
    int width = 0;
    for (const Bar& bar : m_bars)
        width = std::max(width, QFontMetrics(bold).horizontalAdvance(totalText(bar)));
    return width + 2 * theme::grid;
}

QString TimeBars::totalText(const Bar& bar) const {
    const Latency& latency = bar.run->latencyMs;
    const QString total = timeWithUnit(latency.median, m_unit);
    return latency.ci95.hi > m_longestMs ? tr("%1, up to %2").arg(total, timeText(latency.ci95.hi, m_unit)) : total;
}

double TimeBars::toX(double ms) const {
    return m_longestMs > 0 ? ms / m_longestMs * (width() - totalWidth()) : 0;
}

void TimeBars::draw(QPainter& painter) const {
    if (m_longestMs <= 0)
        return;
    paintAxis(painter);
    for (size_t bar = 0; bar < m_bars.size(); ++bar)
        paintBar(painter, bar);
}

void TimeBars::paintAxis(QPainter& painter) const {
    const double bottom = m_barsHeight;
    const double step = tickStep(m_longestMs);
    for (int tick = 0; tick * step <= m_longestMs * 1.0001; ++tick) {
        const double x = std::round(toX(tick * step)) + 0.5;
        painter.setPen(theme::gridLine());
        painter.drawLine(QPointF(x, 0), QPointF(x, bottom));
        painter.setPen(theme::quietText());
        const QString number = tick == 0 ? QStringLiteral("0") : timeText(tick * step, m_unit);
        const bool last = (tick + 1) * step > m_longestMs * 1.0001;
        painter.drawText(QRectF(tick == 0 ? 0 : x - 60, bottom, 120, fontMetrics().height() + 4),
                         (tick == 0 ? Qt::AlignLeft : Qt::AlignHCenter) | Qt::AlignTop,
                         last ? number + u' ' + unitName(m_unit) : number);
    }
}

void TimeBars::paintBar(QPainter& painter, size_t index) const {
    const Bar& bar = m_bars[index];
    const QRectF area = barRect(index);
    const QColor text = palette().color(QPalette::WindowText);
    QFont bold = font();
    bold.setWeight(QFont::DemiBold);

    painter.setFont(bold);
    painter.setPen(text);
    const QString name = plain(bar.run->precision);
    const QRectF title(0, area.top() - titleHeight(), width(), fontMetrics().height());
    painter.drawText(title, Qt::AlignVCenter | Qt::AlignLeft, name);

    painter.setFont(font());
    painter.setPen(theme::quietText());
    const double nameWidth = QFontMetricsF(bold).horizontalAdvance(name) + 2 * theme::grid;
    painter.drawText(title.adjusted(nameWidth, 0, 0, 0), Qt::AlignVCenter | Qt::AlignLeft,
                     fontMetrics().elidedText(bar.facts, Qt::ElideRight, static_cast<int>(width() - nameWidth)));
    double begin = 0;
    for (size_t i = 0; i < bar.segments.size(); ++i) {
        const TimeSegment& segment = bar.segments[i];
        const Label& label = bar.labels[i];
        const double left = toX(begin), right = toX(begin + segment.ms);
        begin += segment.ms;
        const QRectF rect(left, area.top(), right - left, timeBarHeight);
        const QColor colour = colourOf(segment);
        fillSegment(painter, rect, segment);
        if (right - left > 3) // a hairline between neighbours
            painter.fillRect(QRectF(right - 1, area.top(), 1, timeBarHeight), palette().color(QPalette::Window));

        if (!label.inside)
            fillSegment(painter,
                        QRectF(label.rect.left() - 1.5 * theme::grid, label.rect.center().y() - theme::grid / 2.0,
                               theme::grid, theme::grid),
                        segment);
        painter.setPen(label.inside ? theme::textOn(colour) : text);
        painter.drawText(label.rect, Qt::AlignVCenter | Qt::AlignLeft, label.text);
    }

    const Latency& latency = bar.run->latencyMs;
    const double high = std::min(toX(latency.ci95.hi), area.right());
    painter.setPen(QPen(text, 1.5));
    drawWhisker(painter, toX(latency.ci95.lo), toX(latency.ci95.hi), area.right(), area.center().y(), 5);

    painter.setFont(bold);
    const double end = std::max({toX(begin), toX(latency.median), high});
    painter.drawText(
        QRectF(end + theme::grid, area.top(), totalWidth() + area.right() - end - theme::grid, timeBarHeight),
        Qt::AlignVCenter | Qt::AlignLeft, totalText(bar));
}

QString TimeBars::tooltipAt(const QPointF& position) const {
    for (size_t index = 0; index < m_bars.size(); ++index) {
        if (!barRect(index).adjusted(0, -titleHeight(), totalWidth(), 0).contains(position))
            continue;
        const Bar& bar = m_bars[index];
        double begin = 0;
        for (const TimeSegment& segment : bar.segments) {
            const double end = begin + segment.ms;
            if (barRect(index).contains(position) && position.x() >= toX(begin) && position.x() < toX(end)) {
                return segmentText(bar, segment);
            }
            begin = end;
        }
        const Run& run = *bar.run;
        QStringList lines{QStringLiteral("%1: %2, %3")
                              .arg(plain(run.precision), timeWithUnit(run.latencyMs.median, m_unit),
                                   latencyTooltip(run.latencyMs, m_unit))};
        lines +=
            tr("Sum of the steps %1; %2")
                .arg(partWithUnit(run.stepsMs, run.latencyMs.median, m_unit), inNoStepText(*m_report, run, m_unit));
        if (const GradedSpeedup comparison = speedupOf(*m_report, run); comparison.speedup)
            lines += tr("fp32 time / %1 time: %2").arg(plain(run.precision), certaintyText(comparison));
        return lines.join(u'\n');
    }
    return {};
}

QString TimeBars::segmentText(const Bar& bar, const TimeSegment& segment) const {
    const Run& run = *bar.run;
    QString text =
        QStringLiteral("%1, %2: %3")
            .arg(plain(run.precision), segmentName(segment), partWithUnit(segment.ms, run.latencyMs.median, m_unit));
    if (const auto share = shareOfWhole(run, segment.ms))
        text += tr(", %1 of the whole latency").arg(shareText(*share));
    if (segment.steps > 0)
        return text + tr(", in ") + counted(segment.steps, tr("step"));
    if (segment.kind == Kind::Waiting)
        return text + u'\n' + typeset(waitingProof(m_report->machine, run));
    if (segment.kind == Kind::NoStep)
        return text + tr("\nHow much of it was waiting for a CPU is not known");
    return text;
}

QString TimeBars::inWords() const {
    QStringList sentences;
    for (const Bar& bar : m_bars) {
        QStringList parts;
        for (const TimeSegment& segment : bar.segments)
            parts += segmentName(segment) + u' ' + partWithUnit(segment.ms, bar.run->latencyMs.median, m_unit);
        QString sentence = tr("%1: %2, of it %3.")
                               .arg(plain(bar.run->precision), timeWithUnit(bar.run->latencyMs.median, m_unit),
                                    parts.join(QStringLiteral(", ")));
        if (!bar.facts.isEmpty())
            sentence += u' ' + bar.facts + u'.';
        sentences += sentence;
    }
    return sentences.join(u' ');
}

} // namespace halftone
