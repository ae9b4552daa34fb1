// SPDX-License-Identifier: GPL-3.0-or-later
// Every step that only changes type or layout: where it stands, what it costs and why it is there; what all
// of them cost stands above.
#pragma once

#include "ui/models/conversion_table.h"
#include "ui/widgets/filter_bar.h"

#include <QWidget>

class QLabel;
class QStackedWidget;
class QToolButton;

namespace halftone {

class Document;
class ElidedLabel;
class MessagePage;
class TableView;

class ConversionsPanel : public QWidget {
    Q_OBJECT
public:
    explicit ConversionsPanel(Document& document, QWidget* parent = nullptr);
    ~ConversionsPanel() override;

    TableView* table() const { return m_table; }
    FilterBar* filter() const { return m_filter; }
    /// One line a run.
    QString sumText() const;
    /// Why the list is empty; a null text when it is not.
    QString emptyText() const { return m_emptyText; }

public slots:
    void focusFilter();

signals:
    void viewRequested(const QString& view);

private:
    QWidget* makeDetail();
    void loadReport();
    void applyFilter();
    void choose(int id);
    void showConversion(int id);
    void goTo(const std::string& layer);

    Document& m_document;
    std::shared_ptr<const Report> m_report; // the rows point into it
    TableModel<ConversionRow> m_model;
    TimeUnit m_unit = TimeUnit::Ms; // of all times on the page
    QString m_emptyText;
    QStackedWidget* m_pages;
    MessagePage* m_message;
    QLabel* m_sums;
    FilterBar* m_filter;
    TableView* m_table;
    QWidget* m_detail;
    ElidedLabel* m_title;
    QLabel *m_facts, *m_why;
    QToolButton *m_producer, *m_consumer;
};

} // namespace halftone
