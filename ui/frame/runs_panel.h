// SPDX-License-Identifier: GPL-3.0-or-later
// The kept runs, newest first: those of the open model, or of all. A click opens one.
#pragma once

#include "ui/models/table_model.h"
#include "ui/runs/run_record.h"

#include <QWidget>

class QToolButton;

namespace halftone {

class RunStore;
class TableView;

class RunsPanel : public QWidget {
    Q_OBJECT
public:
    explicit RunsPanel(const RunStore& store, QWidget* parent = nullptr);
    ~RunsPanel() override;

    /// Whose runs are listed unless all are asked for; "" lists all.
    void setModel(const QString& sha256);
    /// The run on show, "" for none of them.
    void setCurrent(const QString& file);
    /// Selects the run on show again, after another one was clicked.
    void showCurrent();

    TableView* table() const { return m_table; }
    const TableModel<RunRecord>& rows() const { return m_model; }

signals:
    void openRequested(const QString& file);
    void deleteRequested(const QString& file);

private:
    void showRuns();

    const RunStore& m_store;
    TableModel<RunRecord> m_model;
    QString m_sha256, m_current;
    TableView* m_table;
    QToolButton* m_all;
};

std::vector<Column<RunRecord>> runColumns();

} // namespace halftone
