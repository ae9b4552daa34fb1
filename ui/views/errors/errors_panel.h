// SPDX-License-Identifier: GPL-3.0-or-later
// How far each layer is from fp32, by itself and with all layers before it: a plot along the network, the figures as a
// table, what they mean for the selected layer, and where samples leave fp32.
#pragma once

#include "ui/models/error_table.h"
#include "ui/widgets/filter_bar.h"

#include <QWidget>

#include <memory>

class QLabel;
class QListWidget;
class QSplitter;
class QStackedWidget;

namespace halftone {

class Document;
class ElidedLabel;
class ErrorPlot;
class MessagePage;
class TableView;

class ErrorsPanel : public QWidget {
    Q_OBJECT
public:
    explicit ErrorsPanel(Document& document, QWidget* parent = nullptr);
    ~ErrorsPanel() override;

    TableView* table() const { return m_table; }
    FilterBar* filter() const { return m_filter; }
    ErrorPlot* plot() const { return m_plot; }
    QListWidget* divergences() const { return m_divergences; }
    QString sentence() const;
    /// What is said about the selected layer; "" while none is.
    QString explanation() const;

public slots:
    void focusFilter();

signals:
    void viewRequested(const QString& view);

private:
    QWidget* makeDetail();
    void loadReport();
    void listDivergences();
    void applyFilter();
    void showSelection();
    void choose(int id);
    /// Of the selected layer, or of the layer that computes it; -1 for none.
    int selectedRow() const;

    Document& m_document;
    std::shared_ptr<const Report> m_report; // the rows point into it
    TableModel<ErrorRow> m_model;
    QStackedWidget* m_pages;
    MessagePage* m_message;
    QLabel* m_sentence;
    ErrorPlot* m_plot;
    FilterBar* m_filter;
    TableView* m_table;
    QSplitter* m_splitter;
    ElidedLabel* m_title;
    QLabel* m_explanation;
    QLabel* m_divergenceHeading;
    QListWidget* m_divergences;
};

} // namespace halftone
