// SPDX-License-Identifier: GPL-3.0-or-later
// A view around one table behind its filter. Keeps the report that the rows point into as long as the rows.
#pragma once

#include "core/report/report.h"
#include "ui/document.h"
#include "ui/models/table_model.h"
#include "ui/models/table_view.h"
#include "ui/settings.h"
#include "ui/views/view.h"
#include "ui/widgets/filter_bar.h"
#include "ui/widgets/filter_note.h"

#include <QSplitter>

#include <memory>

namespace halftone {

/// What makes a table that of its view.
template <class Row> struct TableSetup {
    QString name;         // for screen readers
    QString sortKey = {}; // of the column that it is sorted by at first; "": the order of the rows
    std::vector<Column<Row>> columns;
    // Of its filter; there is none without `matches`.
    QString filterHint = {}; // what typed text is compared with
    QString thing = {};      // what a row is, to be counted: "layer"
    bool (*matches)(const Row& row, const QString& chip, const QString& text) = nullptr;
};

template <class Row> class TablePage : public View {
public:
    TableView* table() const { return m_table; }
    FilterBar* filter() const { return m_filter; }
    void focusFilter() override {
        if (m_filter)
            m_filter->focusText();
    }

protected:
    TablePage(Document& document, const QString& key, const QString& title, TableSetup<Row> setup, QWidget* parent)
        : View(document, key, title, parent), m_thing(setup.thing), m_matches(setup.matches) {
        m_model.setTable(std::move(setup.columns), {});
        m_table = new TableView(key, &m_model, setup.sortKey);
        m_table->setAccessibleName(setup.name);
        if (m_matches)
            addFilter(setup.filterHint);
    }
    ~TablePage() override {
        if (m_splitter)
            Settings().setViewState(splitterKey(), m_splitter->saveState());
        delete m_table; // before its model, which is a member
    }

    /// Remembers how it is divided.
    void keepSplitter(QSplitter* splitter) {
        m_splitter = splitter;
        m_splitter->restoreState(Settings().viewState(splitterKey()).toByteArray());
    }

    /// Shows rows of the document's report, and only then lets go of the one that the rows before pointed into. Without
    /// rows there is a message to be shown.
    void setRows(std::vector<Column<Row>> columns, std::vector<Row> rows, const QList<Chip>& chips = {},
                 std::vector<int> parents = {}) {
        const int columnsBefore = m_model.columnCount();
        m_model.setTable(std::move(columns), std::move(rows), std::move(parents));
        m_report = m_document.report();
        if (m_model.columnCount() != columnsBefore) // other precisions: the remembered layout does not fit
            m_table->resetColumns();
        if (m_model.totalCount())
            showContent();
        if (!m_filter)
            return;
        m_filter->setChips(chips);
        applyFilter();
    }

    /// Filtering leaves no row current. `before` was.
    virtual void restoreCurrent(int before) {}

    std::shared_ptr<const Report> m_report; // the rows point into it
    TableModel<Row> m_model;
    TableView* m_table = nullptr;
    FilterBar* m_filter = nullptr;

private:
    QString splitterKey() const { return objectName() + QStringLiteral("/splitter"); }

    /// Arrow down leads from the bar to the table, Escape from the table clears the bar. Another model has other rows,
    /// so the filter goes with the one before.
    void addFilter(const QString& hint) {
        m_filter = new FilterBar(hint);
        connect(m_filter, &FilterBar::changed, this, [this] { applyFilter(); });
        new FilterNote(m_filter, m_table);
        connect(m_filter, &FilterBar::leaveToTable, m_table, qOverload<>(&QWidget::setFocus));
        connect(m_table, &TableView::escaped, m_filter, &FilterBar::clear);
        connect(m_filter, &FilterBar::shownChanged, m_table, [this] { m_table->setTakesEscape(!m_filter->isClear()); });
        connect(&m_document, &Document::modelAboutToChange, m_filter, &FilterBar::clear);
    }

    void applyFilter() {
        const int before = m_table->currentId();
        if (m_filter->isClear())
            m_model.setFilter(nullptr);
        else
            m_model.setFilter([matches = m_matches, chip = m_filter->chip(), text = m_filter->text()](const Row& row) {
                return matches(row, chip, text);
            });
        m_filter->setShown(m_model.shownCount(), m_model.totalCount(), m_thing);
        restoreCurrent(before);
    }

    QString m_thing;
    bool (*m_matches)(const Row&, const QString&, const QString&);
    QSplitter* m_splitter = nullptr;
};

} // namespace halftone
