// SPDX-License-Identifier: GPL-3.0-or-later
// Minimum and maximum of each channel of a weight: one vertical bar a channel.
#pragma once

#include "core/report/report.h"
#include "ui/plots/plot.h"

#include <vector>

class QCPGraph;

namespace halftone {

class ChannelRangesPlot : public Plot {
    Q_OBJECT
public:
    explicit ChannelRangesPlot(QWidget* parent = nullptr);

    /// Copies what it shows. Beyond 5,000 channels, neighbours share a bar from their least to their greatest
    /// value.
    void setTensor(const TensorRange& tensor);
    int barCount() const { return static_cast<int>((m_channels + m_together - 1) / m_together); }

protected:
    void restyle() override;
    QString hoverText(double x, double y) const override;

private:
    void fitBarWidth();

    size_t m_channels = 0, m_together = 1;
    std::vector<double> m_min, m_max, m_scales;
    QCPGraph* m_bars;
};

} // namespace halftone
