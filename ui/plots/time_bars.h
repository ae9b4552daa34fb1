// SPDX-License-Identifier: GPL-3.0-or-later
// The latency of each run as one bar on a common time scale, divided into what the time went to, with its speed-up
// and accuracy above.
#pragma once

#include "core/report/report.h"
#include "ui/format.h"
#include "ui/plots/picture.h"

#include <memory>
#include <vector>

namespace halftone {

/// Where a part of a run's time went.
struct TimeSegment {
    enum class Kind {
        Compute,       // in one precision
        Rounding,      // of simulated int8
        ConvertType,   // or type and layout
        ConvertLayout, // alone
        Copy,
        Between, // steps
        Waiting, // for a CPU
        NoStep,  // both of these, where it is not known how much was waiting
    };
    Kind kind = Kind::Compute;
    double ms = 0;
    int steps = 0;
    std::string precision = {}; // of Compute
    bool operator==(const TimeSegment&) const = default;
};

/// In the order drawn, without empty ones: compute by precision (fp32 last), rounding, conversions of type (those of
/// type and layout included), of layout, copies, and what is in no step. They add up to the whole latency; a part below
/// zero is noise of the measurement and counts as none.
std::vector<TimeSegment> timeSegments(const Run& run);

QString segmentName(const TimeSegment& segment); // "compute int8", "convert dtype", "between steps"

class TimeBars : public Picture {
    Q_OBJECT
public:
    explicit TimeBars(QWidget* parent = nullptr);

    void setReport(std::shared_ptr<const Report> report);

    QString tooltipAt(const QPointF& position) const override;
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void resizeEvent(QResizeEvent* event) override;
    void draw(QPainter& painter) const override;

private:
    struct Label {
        QString text;
        QRectF rect;         // of the text
        bool inside = false; // on its segment, else below the bar behind a swatch
    };
    struct Bar {
        const Run* run;
        QString facts; // beside its name
        std::vector<TimeSegment> segments;
        std::vector<Label> labels; // one a segment
        int top = 0;               // of its title
    };

    void placeLabels();

    int titleHeight() const;
    QRectF barRect(size_t bar) const;
    double toX(double ms) const;
    int totalWidth() const;
    /// "12.3 ms", and where the interval is cut its end.
    QString totalText(const Bar& bar) const;
    QString segmentText(const Bar& bar, const TimeSegment& segment) const;
    void paintBar(QPainter& painter, size_t bar) const;
    void paintAxis(QPainter& painter) const;
    QString inWords() const;

    std::shared_ptr<const Report> m_report; // keeps the runs alive
    std::vector<Bar> m_bars;
    double m_longestMs = 0; // that the scale shows
    int m_barsHeight = 0;   // of all bars with their titles and the labels below
    TimeUnit m_unit = TimeUnit::Ms;
};

} // namespace halftone
