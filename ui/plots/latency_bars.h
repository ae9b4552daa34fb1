// SPDX-License-Identifier: GPL-3.0-or-later
// Latencies of the same model in several circumstances: a group of bars for each, one bar a precision, all on one
// time scale.
#pragma once

#include "core/report/report.h"
#include "ui/format.h"
#include "ui/plots/picture.h"

#include <vector>

namespace halftone {

struct LatencyGroup {
    QString name;
    std::vector<std::pair<std::string, Latency>> bars; // precision, latency
    QString note;                                      // instead of bars where there are none: "failed"
};

class LatencyBars : public Picture {
    Q_OBJECT
public:
    explicit LatencyBars(QWidget* parent = nullptr);

    void setGroups(std::vector<LatencyGroup> groups);

    QString tooltipAt(const QPointF& position) const override;
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return {40 * 8, sizeHint().height()}; }

protected:
    void draw(QPainter& painter) const override;

private:
    double namesWidth() const;
    double toX(double ms) const;
    QRectF groupRect(size_t group) const;
    QRectF barRect(size_t group, size_t bar) const;
    QString inWords() const;

    std::vector<LatencyGroup> m_groups;
    double m_longestMs = 0;
    TimeUnit m_unit = TimeUnit::Ms;
};

} // namespace halftone
