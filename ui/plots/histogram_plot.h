// SPDX-License-Identifier: GPL-3.0-or-later
// The values of one tensor: observed histogram as outline, the clip range as two lines, what lies more than half a step
// outside shaded and its share printed. A tensor without a grid has no lines.
#pragma once

#include "core/report/report.h"
#include "ui/plots/plot.h"

class QCPGraph;
class QCPItemRect;
class QCPItemStraightLine;
class QCPItemText;

namespace halftone {

class HistogramPlot : public Plot {
    Q_OBJECT
public:
    explicit HistogramPlot(QWidget* parent = nullptr);

    /// Copies what it shows. Histograms of more than 5,000 bins are shown with neighbours added up.
    void setTensor(const TensorRange& tensor);
    /// Moves the clip lines to another way of choosing the range; setTensor puts them back.
    void showClip(double clipMin, double clipMax, double clippedShare);
    Interval clip() const { return {m_tensor.clipMin, m_tensor.clipMax}; }
    /// Of the counts; marked at the axis.
    void setLogarithmic(bool logarithmic);
    bool isLogarithmic() const { return m_logarithmic; }

protected:
    void restyle() override;
    QString hoverText(double x, double y) const override;

private:
    void draw();
    double edge(size_t bin) const;
    /// Values outside of it are clipped: the clip range and half a step on both sides.
    Interval rounded() const;
    double step() const; // of the grid
    /// Outline of the bins between two values as a line for `graph`.
    void setOutline(QCPGraph* graph, double lo, double hi);
    double countBetween(double lo, double hi) const;

    TensorRange m_tensor; // with its histogram reduced
    bool m_logarithmic = false;
    QCPGraph *m_outline, *m_below, *m_above;
    QCPItemRect *m_belowArea, *m_aboveArea; // all that is clipped, however few values it holds
    QCPItemStraightLine *m_clipMin, *m_clipMax;
    QCPItemText *m_minLabel, *m_maxLabel;
};

} // namespace halftone
