// SPDX-License-Identifier: GPL-3.0-or-later
// The way from the fp32 time to the int8 time as a waterfall: one row for the ideal and each loss, all on one time
// scale.
#pragma once

#include "core/report/report.h"
#include "ui/format.h"
#include "ui/plots/picture.h"

#include <memory>
#include <vector>

namespace halftone {

/// "memory-bound", "no int8 kernel"; what is unexplained is "between steps", or "in no step" where this report does not
/// know how much of it was waiting for a CPU.
QString lossName(const Report& report, LossKind kind);
/// What a part of the waterfall means, as a sentence.
QString lossMeaning(LossKind kind);

class LossBars : public Picture {
    Q_OBJECT
public:
    explicit LossBars(QWidget* parent = nullptr);

    /// Nothing is drawn without a waterfall.
    void setReport(std::shared_ptr<const Report> report);
    QString tooltipAt(const QPointF& position) const override;

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return {44 * 8, sizeHint().height()}; }

signals:
    /// The user chose a part: the layer that takes the longest of its steps.
    void layerChosen(const std::string& layer);

protected:
    void draw(QPainter& painter) const override;
    void mouseReleaseEvent(QMouseEvent* event) override;

private:
    struct Row {
        const LossPart* part = nullptr; // null for the two totals
        QString name;
        double beginMs = 0, endMs = 0;
        QColor color() const;
        std::string precision; // of a total
    };

    const Row* rowAt(const QPointF& position) const;
    double toX(double ms) const;
    void paintRow(QPainter& painter, size_t index) const;
    /// Of the part, those that take longest first.
    std::vector<const Step*> stepsOf(const LossPart& part) const;
    QString inWords() const;

    std::shared_ptr<const Report> m_report; // keeps the parts alive
    std::vector<Row> m_rows;
    double m_leastMs = 0, m_longestMs = 0;
    int m_nameWidth = 0;
    TimeUnit m_unit = TimeUnit::Ms;
};

} // namespace halftone
