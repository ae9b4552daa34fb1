// SPDX-License-Identifier: GPL-3.0-or-later
// The Pareto front of a plan: latency to the right, drop in accuracy upwards, so that good is at the lower left.
// Predicted points are hollow, measured ones filled; the chosen one is named, the limit is a line.
#pragma once

#include "core/report/report.h"
#include "ui/format.h"
#include "ui/plots/plot.h"

#include <memory>

class QCPPainter;

namespace halftone {

class FrontPlot : public Plot {
    Q_OBJECT
public:
    explicit FrontPlot(QWidget* parent = nullptr);

    /// Nothing is drawn for a report without a plan.
    void setReport(std::shared_ptr<const Report> report);
    /// Rings the point of this index; -1 rings none.
    void setShownPoint(int point);

    /// Middle of a point as shown (measured where it was), in pixels of the plot.
    QPointF pixelOf(int point) const;

    QSize sizeHint() const override { return {400, 240}; }
    QSize minimumSizeHint() const override { return {280, 160}; }

signals:
    void pointChosen(int point);

protected:
    void restyle() override {}
    QString hoverText(double x, double y) const override;
    void onClicked(const QPointF& pixel) override;

private:
    friend class FrontDrawing;

    void fitRanges();
    void draw(QCPPainter& painter) const;
    void drawLimit(QCPPainter& painter) const;
    void drawPoints(QCPPainter& painter) const;
    void labelPoints(QCPPainter& painter) const;
    int pointNear(const QPointF& pixel) const;
    QPointF pixelAt(double ms, double drop) const;

    std::shared_ptr<const Report> m_report; // keeps the plan alive
    const MixedPlan* m_plan = nullptr;
    int m_shown = -1;
    TimeUnit m_unit = TimeUnit::Ms; // of the axis
};

} // namespace halftone
