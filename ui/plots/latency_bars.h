// Latencies of the same model in several circumstances: a group of bars for each, one bar a precision, all on one
// time scale.
#pragma once

#include "core/report/report.h"
#include "ui/format.h"

#include <QWidget>

#include <vector>

namespace halftone {

struct LatencyGroup {
    QString name;
    std::vector<std::pair<std::string, Latency>> bars; // precision, latency
    QString note;                                      // instead of bars where there are none: "failed"
};

class LatencyBars : public QWidget {
    Q_OBJECT
public:
    explicit LatencyBars(QWidget* parent = nullptr);

    void setGroups(std::vector<LatencyGroup> groups);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return {40 * 8, sizeHint().height()}; }

protected:
    bool event(QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;

private:
    double namesWidth() const;
    double toX(double ms) const;
    QRectF groupRect(size_t group) const;
    QRectF barRect(size_t group, size_t bar) const;
    QString summary() const;

    std::vector<LatencyGroup> m_groups;
    double m_longestMs = 0;
    TimeUnit m_unit = TimeUnit::Ms;
};

} // namespace halftone
