// SPDX-License-Identifier: GPL-3.0-or-later
// Tables of the window: rows of plain structs and columns described as data. One class sorts, filters and
// groups for all of them, on row numbers, so that 50,000 rows stay quick: nothing is copied, and no text is
// formatted before a row is painted (then it is a few short strings, too cheap to keep).
//
// Rows may have a parent row (a fused layer below the layer whose step computes it). Groups are one level
// deep; they follow their parent when the table is sorted and keep the order of the file inside. A row whose
// parent is filtered out stands at the top level, so a filtered table shows all rows that match and no other.
// Missing values sort last, whichever way.
#pragma once

#include <QAbstractItemModel>

#include <functional>
#include <optional>
#include <vector>

namespace halftone {

/// How a text is meant; BarDelegate gives it its colour.
enum class Tone { Normal, Quiet, Faster, Slower };

struct Cell {
    QString text;
    QString tip = {}; // plain text: the reason for a missing value, or how a value was measured
    Tone tone = Tone::Normal;
};

struct ColumnInfo {
    QString key;     // stays the same between versions: remembered layouts refer to it
    QString header;  // with the unit
    QString tooltip; // what the values are and where they come from
    int width = 100; // at first, in pixels at 100 %
    bool numeric = false;
    bool elideMiddle = false; // names differ at their ends
    bool hasBar = false;      // behind the number, scaled to the largest value of its scale
    QString scale = {};       // columns of one unit that are compared share it; a column of its own where empty
};

template <class Row> struct Column : ColumnInfo {
    std::function<Cell(const Row&)> cell;
    /// For numeric columns: the value in the unit of the header; it gives order, bar and copied text.
    std::function<std::optional<double>(const Row&)> value = nullptr;
    /// Colour of the bar by meaning: a precision or the kind of a step; else grey.
    std::function<QString(const Row&)> barHue = nullptr;
};

/// "conv_2" before "conv_10": digits compare as numbers, letters without case.
int naturalCompare(QStringView a, QStringView b);

/// All of TableModel that does not depend on the row type. An index' internalId is its row's id: its place in
/// the vector given to setTable(), whatever the order on screen.
class TableModelBase : public QAbstractItemModel {
    Q_OBJECT
public:
    using QAbstractItemModel::QAbstractItemModel;

    QModelIndex index(int row, int column, const QModelIndex& parent = {}) const override;
    QModelIndex parent(const QModelIndex& child) const override;
    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
    /// Column -1: the order of the rows given.
    void sort(int column, Qt::SortOrder order) override;

    const ColumnInfo& columnInfo(int column) const { return *m_columnInfo[column]; }
    int columnOf(const QString& key) const; // -1 when there is none
    // What the delegate paints, without the detour of a QVariant per role.
    Cell cell(const QModelIndex& index) const { return cellOf(idOf(index), index.column()); }
    /// Length of the bar, 0 to 1; 0: none.
    double bar(const QModelIndex& index) const;
    QString barHue(const QModelIndex& index) const { return barHueOf(idOf(index), index.column()); }
    /// -1 for an invalid index.
    static int idOf(const QModelIndex& index) { return index.isValid() ? static_cast<int>(index.internalId()) : -1; }
    /// Invalid when the row is filtered out or does not exist.
    QModelIndex indexOf(int id, int column = 0) const;
    /// Rows that pass the filter, in folded groups too.
    int shownCount() const { return m_shownCount; }
    int totalCount() const { return m_rowCount; }
    bool hasGroups() const { return m_hasGroups; }

    /// Tab-separated with a header line: numbers in full in the header's unit, missing values empty.
    QString tabSeparated(const QModelIndexList& rows, const std::vector<int>& columns) const;

protected:
    void reset(std::vector<const ColumnInfo*> columns, int rowCount, std::vector<int> parents);
    void refilter();

    virtual Cell cellOf(int id, int column) const = 0;
    virtual std::optional<double> valueOf(int id, int column) const = 0;
    virtual QString barHueOf(int id, int column) const = 0;
    virtual bool matches(int id) const = 0;

private:
    void arrange();
    void findShown();
    void sortIds(std::vector<int>& ids) const;

    std::vector<const ColumnInfo*> m_columnInfo;
    std::vector<double> m_columnMaximum; // of bars, that of their scale
    int m_rowCount = 0;
    std::vector<int> m_parents;               // by id; -1 at the top, empty when there are no groups
    std::vector<int> m_top;                   // ids in the order shown
    std::vector<std::vector<int>> m_children; // by id; empty when there are no groups
    std::vector<int> m_position;              // by id, among its siblings; -1 when filtered out
    int m_shownCount = 0;
    bool m_hasGroups = false;
    int m_sortColumn = -1;
    Qt::SortOrder m_sortOrder = Qt::AscendingOrder;
};

template <class Row> class TableModel : public TableModelBase {
public:
    using TableModelBase::TableModelBase;

    /// Replaces everything; a table keeps its number of columns, so that layouts hold. `parents` is empty or
    /// gives each row's parent (-1: none); a parent has no parent itself.
    void setTable(std::vector<Column<Row>> columns, std::vector<Row> rows, std::vector<int> parents = {}) {
        beginResetModel();
        m_columns = std::move(columns);
        m_rows = std::move(rows);
        std::vector<const ColumnInfo*> info;
        for (const Column<Row>& column : m_columns)
            info.push_back(&column);
        reset(std::move(info), static_cast<int>(m_rows.size()), std::move(parents));
        endResetModel();
    }

    /// Null shows all rows.
    void setFilter(std::function<bool(const Row&)> filter) {
        if (!filter && !m_filter)
            return;
        beginResetModel();
        m_filter = std::move(filter);
        refilter();
        endResetModel();
    }

    const Row& row(int id) const { return m_rows[id]; }
    const std::vector<Row>& rows() const { return m_rows; }

protected:
    Cell cellOf(int id, int column) const override { return m_columns[column].cell(m_rows[id]); }
    std::optional<double> valueOf(int id, int column) const override {
        const auto& value = m_columns[column].value;
        return value ? value(m_rows[id]) : std::nullopt;
    }
    QString barHueOf(int id, int column) const override {
        const auto& hue = m_columns[column].barHue;
        return hue ? hue(m_rows[id]) : QString();
    }
    bool matches(int id) const override { return !m_filter || m_filter(m_rows[id]); }

private:
    std::vector<Column<Row>> m_columns;
    std::vector<Row> m_rows;
    std::function<bool(const Row&)> m_filter;
};

} // namespace halftone
