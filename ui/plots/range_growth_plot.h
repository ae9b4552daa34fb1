// SPDX-License-Identifier: GPL-3.0-or-later
// How the observed range of a tensor grew with the calibration samples, on a logarithmic axis of samples.
#pragma once

#include "core/report/report.h"
#include "ui/plots/plot.h"

class QCPGraph;
class QCPItemStraightLine;
class QCPItemText;

namespace halftone {

class RangeGrowthPlot : public Plot {
    Q_OBJECT
public:
    explicit RangeGrowthPlot(QWidget* parent = nullptr);

    /// Copies what it shows; a vertical line marks where the range was stable.
    void setHealth(const RangeHealth& health);

    QSize sizeHint() const override { return {400, 120}; }
    QSize minimumSizeHint() const override { return {160, 96}; }

protected:
    void restyle() override;
    QString hoverText(double x, double y) const override;

private:
    RangeHealth m_health;
    QCPGraph *m_min, *m_max;
    QCPItemStraightLine* m_stable;
    QCPItemText* m_label;
};

} // namespace halftone
