// SPDX-License-Identifier: GPL-3.0-or-later
// What the model does with lesser instruction sets: times on one scale, the figures of each as a table, and what
// saturated and how to mend it.
#pragma once

#include "ui/models/isa_table.h"

#include <QWidget>

#include <memory>

class QDoubleSpinBox;
class QLabel;
class QPushButton;
class QStackedWidget;

namespace halftone {

class Document;
class LatencyBars;
class MessagePage;
class TableView;

class IsasPanel : public QWidget {
    Q_OBJECT
public:
    explicit IsasPanel(Document& document, QWidget* parent = nullptr);
    ~IsasPanel() override;

    double timeBudgetS() const; // of each instruction set
    void setTimeBudgetS(double seconds);
    void setReady(bool ready);

    TableView* table() const { return m_table; }

signals:
    void measureRequested();

private:
    QWidget* makeSetup();
    void loadReport();

    Document& m_document;
    std::shared_ptr<const Report> m_report; // the rows point into it
    TableModel<IsaRow> m_model;
    QDoubleSpinBox* m_time;
    QPushButton* m_measure;
    QStackedWidget* m_pages;
    MessagePage* m_message;
    QLabel *m_section, *m_how;
    LatencyBars* m_bars;
    TableView* m_table;
    QLabel* m_remarks;
};

} // namespace halftone
