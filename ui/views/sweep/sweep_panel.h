// SPDX-License-Identifier: GPL-3.0-or-later
// How latency, throughput and speed-up change with batch and threads: a heat map, throughput as lines, and the exact
// values of the chosen setting.
#pragma once

#include "ui/facts/sweep.h"
#include "ui/views/measuring.h"
#include "ui/views/view.h"

#include <memory>

class QButtonGroup;
class QLabel;

namespace halftone {

class FlowLayout;
class HeatMap;
class SweepSetup;
class ThroughputPlot;

class SweepPanel : public View, public Measuring {
    Q_OBJECT
public:
    explicit SweepPanel(Document& document, QWidget* parent = nullptr);

    Measuring* measuring() override { return this; }
    JobKind kind() const override { return JobKind::Sweep; }
    QString problem() const override;
    void setReady(bool ready) override;
    void complete(JobRequest& request) const override;
    void recall(const JobRequest& request) override;

private:
    void loadReport() override;
    void offerMeasures(const Sweep& sweep);
    void showGrid();
    void showPoint(int cell);

    std::shared_ptr<const Report> m_report; // the table points into it
    std::unique_ptr<SweepTable> m_table;    // null without a sweep
    std::vector<SweepMeasure> m_measures;
    SweepSetup* m_setup;
    FlowLayout* m_measureLine;
    QButtonGroup* m_measureButtons; // ids are indices into m_measures
    HeatMap* m_map;
    ThroughputPlot* m_plot;
    QLabel *m_section, *m_best; // above the map
    QLabel* m_point;
    QLabel* m_failures;
};

} // namespace halftone
