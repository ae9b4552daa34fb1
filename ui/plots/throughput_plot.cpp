// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/throughput_plot.h"

#include "ui/facts/sweep.h"
#include "ui/format.h"
#include "ui/plots/axis_ticker.h"
#include "ui/theme.h"

#include <qcustomplot.h>

#include <algorithm>
#include <cmath>

namespace halftone {

namespace {

constexpr double outside = 0.25; // room beside the first and last batch, in distances between batches

} // namespace

ThroughputPlot::ThroughputPlot(QWidget* parent) : Plot(parent) {
    setAccessibleName(tr("Throughput by batch"));
    setFileName(QStringLiteral("throughput"));
    plot()->yAxis->setTicker(countTicker(false));
    plot()->yAxis->setLabel(tr("samples/s"));
    plot()->xAxis->setLabel(tr("batch"));
    connect(plot(), &QCustomPlot::afterLayout, this, &ThroughputPlot::placeLabels);
}

void ThroughputPlot::setSweep(const Sweep& sweep) {
    plot()->clearGraphs();
    plot()->clearItems();
    m_lines.clear();
    m_dots.clear();
    m_batches.clear();
    const SweepTable table(sweep);
    for (const int64_t batch : table.batches())
        m_batches += countText(batch);

    double highest = 0;
    const size_t rows = table.threads().size();
    for (const SweepMeasure& measure : sweepMeasures(sweep)) {
        if (measure.kind != SweepMeasure::Kind::Throughput)
            continue;
        for (size_t row = 0; row < rows; ++row) {
            QVector<double> x, y;
            for (size_t column = 0; column < table.batches().size(); ++column) {
                const SweepPoint* point = table.at(row, column);
                const auto rate = point ? valueOf(*point, measure) : std::nullopt;
                if (!rate)
                    continue;
                x << static_cast<double>(column);
                y << *rate;
                highest = std::max(highest, y.back());
                m_dots.push_back({x.back(), y.back(), pointText(*point, pageUnit(sweep))});
            }
            if (x.isEmpty())
                continue;
            Line line;
            line.precision = measure.precision;
            line.strength = rows < 2 ? 1 : 0.45 + 0.55 * static_cast<double>(row) / static_cast<double>(rows - 1);
            line.name = QStringLiteral("%1, %2").arg(plain(measure.precision), threadsText(table.threads()[row]));
            line.graph = plot()->addGraph();
            line.graph->setData(x, y, true);
            line.label = new QCPItemText(plot()); // the plot owns it
            line.label->setText(line.name);
            line.label->setClipToAxisRect(false);
            line.label->setPositionAlignment(Qt::AlignLeft | Qt::AlignVCenter);
            line.label->position->setType(QCPItemPosition::ptAbsolute);
            m_lines.push_back(line);
        }
    }
    QSharedPointer<QCPAxisTickerText> ticker(new QCPAxisTickerText);
    for (qsizetype i = 0; i < m_batches.size(); ++i)
        ticker->addTick(static_cast<double>(i), m_batches[i]);
    ticker->setSubTickCount(0);
    plot()->xAxis->setTicker(ticker);
    setFullRange({-outside, static_cast<double>(std::max<qsizetype>(1, m_batches.size())) - 1 + outside},
                 Interval{0, highest > 0 ? 1.08 * highest : 1});

    QStringList sentences;
    for (const Line& line : m_lines) {
        const auto data = line.graph->data();
        const auto best =
            std::max_element(data->constBegin(), data->constEnd(),
                             [](const QCPGraphData& a, const QCPGraphData& b) { return a.value < b.value; });
        sentences += tr("%1: at most %2 samples/s, with batch %3.")
                         .arg(line.name, significant(best->value), m_batches[std::lround(best->key)]);
    }
    setSummary(sentences.join(u' '));
    restyle();
    plot()->replot(QCustomPlot::rpQueuedReplot);
}

void ThroughputPlot::restyle() {
    int widest = 0;
    for (const Line& line : m_lines) {
        const QColor hue = theme::mixed(theme::precision(line.precision), line.strength);
        line.graph->setPen(QPen(hue, 2));
        line.graph->setScatterStyle(QCPScatterStyle(QCPScatterStyle::ssDisc, 6));
        line.label->setColor(theme::asText(theme::precision(line.precision)));
        line.label->setFont(font());
        widest = std::max(widest, fontMetrics().horizontalAdvance(line.name));
    }
    plot()->axisRect()->setMinimumMargins(
        QMargins(8 * theme::grid, theme::grid, widest + 2 * theme::grid, theme::grid));
}

/// At the end of each line, pushed apart where they would cover each other.
void ThroughputPlot::placeLabels() {
    std::vector<std::pair<double, QCPItemText*>> places;
    for (const Line& line : m_lines)
        places.emplace_back(plot()->yAxis->coordToPixel((line.graph->data()->constEnd() - 1)->value), line.label);
    std::sort(places.begin(), places.end());
    const double distance = fontMetrics().height() - 1, top = plot()->axisRect()->top() + distance / 2;
    const double bottom = plot()->axisRect()->bottom() - distance / 2;
    double least = top;
    for (auto& [y, label] : places) {
        y = std::max(y, least);
        least = y + distance;
    }
    double most = bottom;
    for (auto place = places.rbegin(); place != places.rend(); ++place) {
        place->first = std::min(place->first, most);
        most = place->first - distance;
    }
    for (const auto& [y, label] : places)
        label->position->setCoords(plot()->axisRect()->right() + theme::grid, y);
}

QString ThroughputPlot::hoverText(double x, double y) const {
    constexpr double near = 12; // pixels
    const Dot* nearest = nullptr;
    double least = near;
    for (const Dot& dot : m_dots) {
        const double distance = std::hypot(plot()->xAxis->coordToPixel(dot.place) - plot()->xAxis->coordToPixel(x),
                                           plot()->yAxis->coordToPixel(dot.rate) - plot()->yAxis->coordToPixel(y));
        if (distance < least) {
            least = distance;
            nearest = &dot;
        }
    }
    return nearest ? nearest->text : QString();
}

} // namespace halftone
