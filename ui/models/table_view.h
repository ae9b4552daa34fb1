// SPDX-License-Identifier: GPL-3.0-or-later
// The one look and feel of tables: rows of 24 px with thin separators, whole-row selection that stays visible
// behind bars, Ctrl+C as tab-separated text, and a header menu that chooses columns. The layout of the
// columns is remembered under the table's name. Actions added to the view stand in the menu of its rows.
#pragma once

#include <QTreeView>

#include <vector>

namespace halftone {

class TableModelBase;

/// Does not own the model, which must have its columns already.
class TableView : public QTreeView {
    Q_OBJECT
public:
    /// Sorted by `sortKey` at first (an empty one: the order of the rows).
    TableView(const QString& name, TableModelBase* model, const QString& sortKey, QWidget* parent = nullptr);

    TableModelBase* table() const { return m_model; }

    /// -1 when no row is current.
    int currentId() const;
    /// Selects the row, opens its group and scrolls to it; does nothing when it is filtered out. -1 clears.
    void setCurrentId(int id);

    void setFolded(bool folded);
    /// Whether Escape is the table's own key: escaped() rather than what it means elsewhere.
    void setTakesEscape(bool takes) { m_takesEscape = takes; }
    /// No splitter and no small window leaves fewer rows than these.
    void setLeastRows(int rows);

    /// Of the selected rows, columns as shown.
    QString selectedText() const;
    void resetColumns();
    /// Makes the table as high as its rows, so that the page around it scrolls and not the table.
    void fitHeightToRows();

signals:
    void currentIdChanged(int id); // by the user
    void opened(int id);           // Enter or double click
    void escaped();

protected:
    void currentChanged(const QModelIndex& current, const QModelIndex& previous) override;
    void drawRow(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
    void drawBranches(QPainter* painter, const QRect& rect, const QModelIndex& index) const override;
    bool event(QEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;

private:
    void drawSelection(QPainter* painter, const QRect& rect, const QModelIndex& index) const;
    void showHeaderMenu(const QPoint& position);
    void restoreColumns();
    void saveColumns() const;
    QStringList columnKeys() const;
    QString stateKey(const char* part) const;
    int heightOf(int rows) const; // with the header
    void copySelected();
    std::vector<int> shownColumns() const; // logical, in the order shown

    QString m_name, m_sortKey;
    TableModelBase* m_model;
    bool m_folded = false, m_takesEscape = false;
    bool m_quiet = false; // the program, not the user, moves the current row
};

} // namespace halftone
