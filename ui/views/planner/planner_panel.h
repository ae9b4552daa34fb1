// SPDX-License-Identifier: GPL-3.0-or-later
// Which layers should stay out of int8: the answer first, then the front of latency and accuracy, and the layers with
// their times, costs and reasons. Layers can be pinned for the next plan.
#pragma once

#include "ui/models/plan_table.h"
#include "ui/settings.h"
#include "ui/widgets/filter_bar.h"

#include <QWidget>

#include <memory>

class QAction;
class QLabel;
class QMenu;
class QPushButton;
class QSplitter;
class QStackedWidget;
class QToolButton;

namespace halftone {

class Document;
class ElidedLabel;
class FrontPlot;
class MessagePage;
class PlanSetup;
class TableView;

class PlannerPanel : public QWidget {
    Q_OBJECT
public:
    explicit PlannerPanel(Document& document, QWidget* parent = nullptr);
    ~PlannerPanel() override;

    /// With the pins that were chosen in the table.
    PlanSettings settings() const;
    void setSettings(const PlanSettings& settings);
    /// Whether a plan, and a profile of it, could start now.
    void setReady(bool ready);

    TableView* table() const { return m_table; }
    FilterBar* filter() const { return m_filter; }
    FrontPlot* plot() const { return m_plot; }
    QString sentence() const;
    /// What is said about the point on show.
    QString pointLine() const;
    int shownPoint() const { return m_point; }
    /// Shows another point of the front, its layers in the table.
    void showPoint(int point);

public slots:
    void focusFilter();

signals:
    void planRequested();
    /// A profile that keeps these layers in fp32.
    void profileRequested(const QStringList& layers);
    /// Something was done that shows nowhere else.
    void told(const QString& text);
    void viewRequested(const QString& view);

private:
    QWidget* makeContent();
    void makePinActions();
    QMenu* makeCopyMenu();
    void loadReport();
    void showRows();
    void applyFilter();
    void showSelection();
    void pin(const QString& precision);
    /// Of the point on show, in the order of execution.
    std::vector<std::string> keptOut() const;

    Document& m_document;
    std::shared_ptr<const Report> m_report; // the rows point into it
    TableModel<PlanRow> m_model;
    int m_point = -1;
    bool m_ready = false;
    PlanSetup* m_setup;
    QStackedWidget* m_pages;
    MessagePage* m_message;
    QLabel *m_sentence, *m_section, *m_facts;
    FrontPlot* m_plot;
    ElidedLabel* m_pointLine;
    QToolButton* m_back;
    QPushButton *m_copy, *m_pin, *m_profile;
    FilterBar* m_filter;
    TableView* m_table;
    QSplitter* m_splitter;
};

} // namespace halftone
