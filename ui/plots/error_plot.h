// SPDX-License-Identifier: GPL-3.0-or-later
// Signal to quantization noise along the network: what has accumulated up to each layer as a line, what each layer
// does by itself as dots. Layers that are low are marked, the worst of them named.
#pragma once

#include "core/report/report.h"
#include "ui/plots/plot.h"

#include <memory>

class QCPPainter;

namespace halftone {

class ErrorPlot : public Plot {
    Q_OBJECT
public:
    explicit ErrorPlot(QWidget* parent = nullptr);

    /// Nothing is drawn for a report without errors.
    void setReport(std::shared_ptr<const Report> report);
    /// Marks the place of this layer; "" marks none.
    void setSelectedLayer(const std::string& layer);

    /// Of a dot or of the line above a layer, in pixels of the plot. The layer is its place among the errors.
    QPointF pixelOf(size_t layer, double sqnrDb) const;

    QSize minimumSizeHint() const override { return {320, 136}; }

signals:
    void layerChosen(const std::string& layer);

protected:
    void restyle() override;
    QString hoverText(double x, double y) const override;
    void onClicked(const QPointF& pixel) override;

private:
    friend class ErrorDrawing;

    void draw(QCPPainter& painter) const;
    void nameSeries(QCPPainter& painter) const;
    void drawLowRegion(QCPPainter& painter) const;
    void drawLine(QCPPainter& painter) const;
    void drawDots(QCPPainter& painter) const;
    void labelWorst(QCPPainter& painter) const;
    /// -1 outside.
    int layerAt(double x) const;
    QString summaryText() const;

    std::shared_ptr<const Report> m_report; // keeps the errors alive
    const ErrorAnalysis* m_errors = nullptr;
    int m_selected = -1;
};

} // namespace halftone
