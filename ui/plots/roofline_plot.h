// SPDX-License-Identifier: GPL-3.0-or-later
// The roofline: the machine's peaks and bandwidths as roofs over the steps of all runs. Both axes are logarithmic.
#pragma once

#include "core/report/report.h"
#include "ui/plots/plot.h"

#include <QPointF>

#include <memory>
#include <vector>

class QCPPainter;

namespace halftone {

/// A step that multiplies.
struct RooflineDot {
    const Run* run = nullptr;
    const Step* step = nullptr;
    double intensity = 0; // operations a byte
    double gops = 0;      // 1e9 operations a second
    bool operator==(const RooflineDot&) const = default;
};

/// One for each step with MACs, bytes and time, those that take longest first.
std::vector<RooflineDot> rooflineDots(const Report& report);

class RooflinePlot : public Plot {
    Q_OBJECT
public:
    explicit RooflinePlot(QWidget* parent = nullptr);

    /// Roofs for the number of threads of the runs. Nothing is drawn without a roofline.
    void setReport(std::shared_ptr<const Report> report);
    /// Rings the dots of all steps that compute the layer of this name; "" rings none.
    void setSelectedLayer(const std::string& layer);

    const std::vector<RooflineDot>& dots() const { return m_dots; }
    /// Middle of the dot, in pixels of the plot.
    QPointF pixelOf(const RooflineDot& dot) const;

    QSize minimumSizeHint() const override { return {320, 240}; }

signals:
    /// The user clicked the dot of a step: the first layer that it computes.
    void layerChosen(const std::string& layer);

protected:
    void restyle() override {}
    QString hoverText(double x, double y) const override;
    void onClicked(const QPointF& pixel) override;

private:
    friend class RooflineDrawing;
    struct Roof {
        QString label;
        std::string precision; // "" for a bandwidth
        double gops = 0;       // of a precision: level
        double gbps = 0;       // of a bandwidth: slope
    };

    void fitRanges();
    double radiusOf(const RooflineDot& dot) const;
    const RooflineDot* dotNear(const QPointF& pixel) const;
    void draw(QCPPainter& painter) const;
    void drawSlope(QCPPainter& painter, const Roof& roof) const;
    void drawLevel(QCPPainter& painter, const Roof& roof) const;
    void labelLevels(QCPPainter& painter) const;
    void drawDots(QCPPainter& painter) const;

    std::shared_ptr<const Report> m_report; // keeps runs and steps alive
    std::vector<RooflineDot> m_dots;
    std::vector<Roof> m_roofs;
    double m_highestGops = 0, m_highestGbps = 0; // of the roofs
    std::string m_selectedLayer;
};

} // namespace halftone
