// SPDX-License-Identifier: GPL-3.0-or-later
// Throughput over batch, a line for each precision and thread count. Batches stand at equal distances, so that the
// small ones are not crowded together.
#pragma once

#include "core/report/report.h"
#include "ui/plots/plot.h"

#include <QStringList>

#include <vector>

class QCPGraph;
class QCPItemText;

namespace halftone {

class ThroughputPlot : public Plot {
    Q_OBJECT
public:
    explicit ThroughputPlot(QWidget* parent = nullptr);

    /// Copies what it shows.
    void setSweep(const Sweep& sweep);

    QSize minimumSizeHint() const override { return {280, 240}; }

protected:
    void restyle() override;
    QString hoverText(double x, double y) const override;

private:
    struct Line {
        std::string precision;
        double strength = 1; // of its colour: more threads, more of it
        QString name;        // "int8, 2 threads"
        QCPGraph* graph = nullptr;
        QCPItemText* label = nullptr;
    };
    struct Dot {
        double place, rate; // place: index of the batch
        QString text;
    };

    void placeLabels();

    std::vector<Line> m_lines;
    std::vector<Dot> m_dots;
    QStringList m_batches;
};

} // namespace halftone
