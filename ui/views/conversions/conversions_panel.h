// SPDX-License-Identifier: GPL-3.0-or-later
// Every step that only changes type or layout: where it stands, what it costs and why it is there; what all
// of them cost stands above.
#pragma once

#include "ui/models/conversion_table.h"
#include "ui/views/table_page.h"

class QLabel;
class QToolButton;

namespace halftone {

class ElidedLabel;

class ConversionsPanel : public TablePage<ConversionRow> {
    Q_OBJECT
public:
    explicit ConversionsPanel(Document& document, QWidget* parent = nullptr);

    /// One line a run.
    QString sumText() const;
    /// Why the list is empty; a null text when it is not.
    QString emptyText() const { return m_emptyText; }

private:
    QWidget* makeDetail();
    void loadReport() override;
    void restoreCurrent(int before) override;
    void choose(int id);
    void showConversion(int id);
    void goTo(const std::string& layer);

    TimeUnit m_unit = TimeUnit::Ms; // of all times on the page
    QString m_emptyText;
    QLabel* m_sums;
    QWidget* m_detail;
    ElidedLabel* m_title;
    QLabel *m_facts, *m_why;
    QToolButton *m_producer, *m_consumer;
};

} // namespace halftone
