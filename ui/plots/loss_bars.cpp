// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/loss_bars.h"

#include "core/report/run_time.h"
#include "ui/plots/hatching.h"
#include "ui/text.h"
#include "ui/theme.h"

#include <QMouseEvent>
#include <QPainter>

#include <algorithm>
#include <cmath>

namespace halftone {

namespace {

constexpr int rowHeight = 3 * theme::grid;
constexpr int lossBarHeight = 2 * theme::grid;
constexpr int valueWidth = 11 * theme::grid; // of the text behind the longest bar

struct Words {
    QString name, meaning;
};

Words wordsOf(LossKind kind) {
    switch (kind) {
    case LossKind::Ideal:
        return {Text::tr("ideal int8"),
                Text::tr("What int8 would take if every layer that multiplies gained as much as the peaks of this "
                         "machine differ: their fp32 time, multiplied by fp32 peak / int8 peak.")};
    case LossKind::NoInt8Kernel:
        return {Text::tr("no int8 kernel"), Text::tr("Layers that stay in another precision in the int8 run.")};
    case LossKind::MemoryBound:
        return {Text::tr("memory-bound"), Text::tr("Data cannot be read and written faster than this.")};
    case LossKind::TooSmall:
        return {Text::tr("too small"), Text::tr("Starting a step takes longer than computing it.")};
    case LossKind::BelowPeak:
        return {Text::tr("below peak"),
                Text::tr("The int8 kernels reach less of their peak than the fp32 kernels of theirs.")};
    case LossKind::AbovePeak:
        return {Text::tr("above peak"),
                Text::tr("What layers take less than the ideal, because they gain more than the peaks differ.")};
    case LossKind::ConvertType: return {Text::tr("convert dtype"), Text::tr("Steps that change the type of a tensor.")};
    case LossKind::ConvertLayout:
        return {Text::tr("convert layout"), Text::tr("Steps that change the layout of a tensor alone.")};
    case LossKind::Waiting:
        return {Text::tr("waiting for a CPU"),
                Text::tr("Threads were ready but other programs had the CPUs. It is no loss of int8.")};
    case LossKind::Unexplained:
        return {Text::tr("between steps"),
                Text::tr("What no step accounts for; below zero it is noise of the measurement.")};
    }
    return {};
}

} // namespace

QString lossName(const Report& report, LossKind kind) {
    const Run* int8 = report.run("int8");
    if (kind == LossKind::Unexplained && int8 && !knowsWaiting(*int8))
        return Text::tr("in no step");
    return wordsOf(kind).name;
}

QString lossMeaning(LossKind kind) {
    return wordsOf(kind).meaning;
}

QColor LossBars::Row::color() const {
    if (!part)
        return theme::precision(precision);
    switch (part->kind) {
    case LossKind::Ideal: return theme::precision("int8");
    case LossKind::NoInt8Kernel: return theme::precision("fp32");
    case LossKind::MemoryBound:
    case LossKind::TooSmall:
    case LossKind::BelowPeak:
    case LossKind::AbovePeak: return theme::mixed(theme::precision("int8"), 0.55);
    case LossKind::ConvertType: return theme::stepKind(StepKind::ConvertType);
    case LossKind::ConvertLayout: return theme::stepKind(StepKind::ConvertLayout);
    case LossKind::Waiting: return theme::other();
    case LossKind::Unexplained: return theme::mixed(theme::other(), 0.55);
    }
    return theme::other();
}

LossBars::LossBars(QWidget* parent) : Picture(parent) {
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setAccessibleName(tr("From the fp32 time to the int8 time"));
    setFileName(QStringLiteral("losses"));
}

void LossBars::setReport(std::shared_ptr<const Report> report) {
    m_report = std::move(report);
    m_rows.clear();
    m_leastMs = m_longestMs = 0;
    if (m_report && m_report->waterfall) {
        const Waterfall& fall = *m_report->waterfall;
        m_rows.push_back({nullptr, tr("fp32"), 0, fall.fp32Ms, "fp32"});
        double at = 0;
        for (const LossPart& part : fall.parts) {
            if (part.ms != 0 || part.kind == LossKind::Ideal)
                m_rows.push_back({&part, lossName(*m_report, part.kind), at, at + part.ms, {}});
            at += part.ms;
        }
        m_rows.push_back({nullptr, tr("int8"), 0, fall.int8Ms, "int8"});
    }
    m_nameWidth = 0;
    for (const Row& row : m_rows) {
        m_leastMs = std::min({m_leastMs, row.beginMs, row.endMs});
        m_longestMs = std::max({m_longestMs, row.beginMs, row.endMs});
        m_nameWidth = std::max(m_nameWidth, fontMetrics().horizontalAdvance(row.name) + 2 * theme::grid);
    }
    m_unit = m_report ? pageUnit(*m_report) : TimeUnit::Ms;
    setSummary(inWords());
    updateGeometry();
    update();
}

QSize LossBars::sizeHint() const {
    return {64 * theme::grid, static_cast<int>(std::max<size_t>(1, m_rows.size())) * rowHeight};
}

double LossBars::toX(double ms) const {
    const double span = std::max(m_longestMs - m_leastMs, 1e-12);
    return m_nameWidth + (ms - m_leastMs) / span * std::max(1, width() - m_nameWidth - valueWidth);
}

void LossBars::draw(QPainter& painter) const {
    if (m_rows.empty())
        return;
    painter.setPen(theme::gridLine());
    const double zero = std::round(toX(0)) + 0.5;
    painter.drawLine(QPointF(zero, 0), QPointF(zero, static_cast<double>(m_rows.size()) * rowHeight));
    for (size_t row = 0; row < m_rows.size(); ++row)
        paintRow(painter, row);
}

void LossBars::paintRow(QPainter& painter, size_t index) const {
    const Row& row = m_rows[index];
    const int top = static_cast<int>(index) * rowHeight;
    QFont textFont = font();
    textFont.setWeight(row.part ? QFont::Normal : QFont::DemiBold);
    painter.setFont(textFont);
    painter.setPen(palette().color(QPalette::WindowText));
    painter.drawText(QRectF(0, top, m_nameWidth, rowHeight), Qt::AlignVCenter | Qt::AlignLeft, row.name);

    const double left = std::round(toX(std::min(row.beginMs, row.endMs)));
    const double right = std::max(left + 1, std::round(toX(std::max(row.beginMs, row.endMs))));
    const double barTop = top + (rowHeight - lossBarHeight) / 2.0;
    const QRectF bar(left, barTop, right - left, lossBarHeight);
    if (row.part && row.part->kind == LossKind::Waiting)
        fillHatched(painter, bar, row.color());
    else
        painter.fillRect(bar, row.color());
    if (row.part) { // where the next one begins
        const double end = std::round(toX(row.endMs)) + (row.endMs >= row.beginMs ? -0.5 : 0.5);
        painter.setPen(QPen(theme::quietText(), 1));
        painter.drawLine(QPointF(end, barTop + lossBarHeight), QPointF(end, barTop + rowHeight));
    }
    const bool loss = row.part && row.part->kind != LossKind::Ideal;
    const QString plus = loss && row.part->ms > 0 ? QStringLiteral("+") : QString();
    const QString time = row.part ? plus + partWithUnit(row.part->ms, m_report->waterfall->int8Ms, m_unit)
                                  : timeWithUnit(row.endMs, m_unit);
    painter.setPen(palette().color(QPalette::WindowText));
    painter.drawText(QRectF(right + theme::grid, top, width() - right - theme::grid, rowHeight),
                     Qt::AlignVCenter | Qt::AlignLeft, time);
}

const LossBars::Row* LossBars::rowAt(const QPointF& position) const {
    const auto index = static_cast<qsizetype>(std::floor(position.y() / rowHeight));
    return index >= 0 && index < static_cast<qsizetype>(m_rows.size()) ? &m_rows[static_cast<size_t>(index)] : nullptr;
}

std::vector<const Step*> LossBars::stepsOf(const LossPart& part) const {
    std::vector<const Step*> steps;
    const Run* int8 = m_report->run("int8");
    for (const int step : part.steps)
        if (int8 && step >= 0 && step < static_cast<int>(int8->steps.size()))
            steps.push_back(&int8->steps[static_cast<size_t>(step)]);
    std::stable_sort(steps.begin(), steps.end(),
                     [](const Step* a, const Step* b) { return a->medianMs > b->medianMs; });
    return steps;
}

QString LossBars::tooltipAt(const QPointF& position) const {
    const Row* row = rowAt(position);
    if (!row)
        return {};
    if (!row->part)
        return tr("%1: whole-model median %2").arg(row->name, timeWithUnit(row->endMs, m_unit));
    const double int8Ms = m_report->waterfall->int8Ms;
    QString text = tr("%1: %2, %3 of the int8 time\n%4")
                       .arg(row->name, partWithUnit(row->part->ms, int8Ms, m_unit), shareText(row->part->ms / int8Ms),
                            lossMeaning(row->part->kind));
    if (const Run* int8 = m_report->run("int8"); int8 && row->part->kind == LossKind::Waiting)
        text += u'\n' + typeset(waitingProof(m_report->machine, *int8));
    const std::vector<const Step*> steps = stepsOf(*row->part);
    constexpr size_t most = 8;
    if (!steps.empty())
        text += tr("\nSteps, with their whole time:");
    for (size_t i = 0; i < std::min(most, steps.size()); ++i)
        text += QStringLiteral("\n    %1  %2")
                    .arg(timeWithUnit(steps[i]->medianMs, m_unit), plain(steps[i]->name).left(80));
    if (steps.size() > most)
        text += tr("\n    and %1 more").arg(countText(static_cast<int64_t>(steps.size() - most)));
    return text;
}

void LossBars::mouseReleaseEvent(QMouseEvent* event) {
    const Row* row = event->button() == Qt::LeftButton ? rowAt(event->position()) : nullptr;
    if (!row || !row->part)
        return;
    for (const Step* step : stepsOf(*row->part))
        if (!step->origins.empty()) {
            emit layerChosen(step->origins.front());
            return;
        }
}

QString LossBars::inWords() const {
    if (m_rows.empty())
        return {};
    QStringList parts;
    for (const Row& row : m_rows)
        if (row.part)
            parts += row.name + u' ' + partWithUnit(row.part->ms, m_report->waterfall->int8Ms, m_unit);
    return tr("fp32 takes %1. int8 takes %2, of it %3.")
        .arg(timeWithUnit(m_report->waterfall->fp32Ms, m_unit), timeWithUnit(m_report->waterfall->int8Ms, m_unit),
             parts.join(QStringLiteral(", ")));
}

} // namespace halftone
