// SPDX-License-Identifier: GPL-3.0-or-later
// How latency, throughput and speed-up change with batch and threads: a heat map, throughput as lines, and the exact
// values of the chosen setting.
#pragma once

#include "ui/settings.h"
#include "ui/views/sweep/sweep_grid.h"

#include <QWidget>

#include <memory>

class QButtonGroup;
class QLabel;
class QStackedWidget;

namespace halftone {

class Document;
class FlowLayout;
class HeatMap;
class MessagePage;
class SweepSetup;
class ThroughputPlot;

class SweepPanel : public QWidget {
    Q_OBJECT
public:
    explicit SweepPanel(Document& document, QWidget* parent = nullptr);

    SweepSettings settings() const;
    void setSettings(const SweepSettings& settings);
    /// Why a sweep cannot start with these settings; "" when it can.
    QString problem() const;
    void setReady(bool ready);

signals:
    void settingsChanged();
    void measureRequested();

private:
    void loadReport();
    void offerMeasures(const Sweep& sweep);
    void showGrid();
    void showPoint(int cell);

    Document& m_document;
    std::shared_ptr<const Report> m_report; // the table points into it
    std::unique_ptr<SweepTable> m_table;    // null without a sweep
    std::vector<SweepMeasure> m_measures;
    SweepSetup* m_setup;
    QStackedWidget* m_pages;
    MessagePage* m_message;
    FlowLayout* m_measureLine;
    QButtonGroup* m_measureButtons; // ids are indices into m_measures
    HeatMap* m_map;
    ThroughputPlot* m_plot;
    QLabel *m_section, *m_best; // above the map
    QLabel* m_point;
    QLabel* m_failures;
};

} // namespace halftone
