// SPDX-License-Identifier: GPL-3.0-or-later
// Which layers should stay out of int8: the answer first, then the front of latency and accuracy, and the layers with
// their times, costs and reasons. Layers can be pinned for the next plan.
#pragma once

#include "ui/models/plan_table.h"
#include "ui/views/measuring.h"
#include "ui/views/table_page.h"

class QAction;
class QLabel;
class QMenu;
class QPushButton;
class QToolButton;

namespace halftone {

class ElidedLabel;
class FrontPlot;
class PlanSetup;

class PlannerPanel : public TablePage<PlanRow>, public Measuring {
    Q_OBJECT
public:
    explicit PlannerPanel(Document& document, QWidget* parent = nullptr);

    Measuring* measuring() override { return this; }
    JobKind kind() const override { return JobKind::Plan; }
    /// A profile of the plan too.
    void setReady(bool ready) override;
    void complete(JobRequest& request) const override;
    void recall(const JobRequest& request) override;

    FrontPlot* plot() const { return m_plot; }
    QString sentence() const;
    /// What is said about the point on show.
    QString pointLine() const;
    int shownPoint() const { return m_point; }
    /// Shows another point of the front, its layers in the table.
    void showPoint(int point);

private:
    QWidget* makeContent();
    void makePinActions();
    QMenu* makeCopyMenu();
    void loadReport() override;
    void restoreCurrent(int before) override;
    void showRows();
    void showSelection();
    void pin(const QString& precision);
    /// Of the point on show, in the order of execution.
    std::vector<std::string> keptOut() const;

    int m_point = -1;
    bool m_ready = false;
    PlanSetup* m_setup;
    QLabel *m_sentence, *m_section, *m_facts;
    FrontPlot* m_plot;
    ElidedLabel* m_pointLine;
    QToolButton* m_back;
    QPushButton *m_copy, *m_pin, *m_profile;
};

} // namespace halftone
