// SPDX-License-Identifier: GPL-3.0-or-later
// Pictures with axes: the wheel zooms, dragging pans, a double click resets, hovering shows the exact value.
// Only this folder includes qcustomplot.h.
#pragma once

#include "core/report/figures.h"
#include "ui/plots/picture.h"

#include <optional>

class QCPAxis;
class QCustomPlot;

namespace halftone {

class Plot : public Picture {
    Q_OBJECT
public:
    explicit Plot(QWidget* parent = nullptr);
    ~Plot() override;

    void resetZoom();
    /// Around the middle; factors below 1 zoom in.
    void zoom(double factor);
    QString tooltipAt(const QPointF& position) const override;

    QSize sizeHint() const override { return {400, 200}; }
    QSize minimumSizeHint() const override { return {160, 120}; }

protected:
    QCustomPlot* plot() const { return m_plot; }
    /// The ranges that zooming out ends at. Without `y` the plot is zoomed along x alone: where bars and counts begin
    /// at zero they stay there.
    void setFullRange(const Interval& x, const std::optional<Interval>& y = std::nullopt);

    /// Sets colours again; the frame (axes, grid, background) is done already.
    virtual void restyle() = 0;
    /// For a place in the data; empty: nothing there.
    virtual QString hoverText(double x, double y) const = 0;
    /// The left button was pressed and let go here, in pixels of the plot.
    virtual void onClicked(const QPointF& pixel) {}

    void drawOn(QPaintDevice& device) const override;
    void extendMenu(QMenu& menu) override;
    void changeEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void showEvent(QShowEvent* event) override;

    void applyTheme();

private:
    void keepInside(QCPAxis* axis, const Interval& full);

    QCustomPlot* m_plot;
    Interval m_fullX{0, 1};
    std::optional<Interval> m_fullY;
    QPointF m_pressed;
};

} // namespace halftone
