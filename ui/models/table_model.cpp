// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/table_model.h"

#include "ui/format.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

namespace halftone {

namespace {

/// Sentences wrap only in rich text; names from files must not become markup.
QString tooltipText(const QString& plainText) {
    return plainText.isEmpty() ? QString() : QStringLiteral("<qt>%1</qt>").arg(plainText.toHtmlEscaped());
}

} // namespace

int naturalCompare(QStringView a, QStringView b) {
    qsizetype i = 0, j = 0;
    while (i < a.size() && j < b.size()) {
        if (a[i].isDigit() && b[j].isDigit()) {
            while (i + 1 < a.size() && a[i] == u'0' && a[i + 1].isDigit())
                ++i;
            while (j + 1 < b.size() && b[j] == u'0' && b[j + 1].isDigit())
                ++j;
            const qsizetype startA = i, startB = j;
            while (i < a.size() && a[i].isDigit())
                ++i;
            while (j < b.size() && b[j].isDigit())
                ++j;
            if (i - startA != j - startB)
                return i - startA < j - startB ? -1 : 1;
            if (const int order = a.sliced(startA, i - startA).compare(b.sliced(startB, j - startB)))
                return order;
            continue;
        }
        const QChar left = a[i].toLower(), right = b[j].toLower();
        if (left != right)
            return left < right ? -1 : 1;
        ++i;
        ++j;
    }
    return static_cast<int>((a.size() - i > 0) - (b.size() - j > 0));
}

QModelIndex TableModelBase::index(int row, int column, const QModelIndex& parent) const {
    if (row < 0 || column < 0 || row >= rowCount(parent) || column >= columnCount())
        return {};
    const int id = parent.isValid() ? m_children[idOf(parent)][row] : m_top[row];
    return createIndex(row, column, static_cast<quintptr>(id));
}

QModelIndex TableModelBase::parent(const QModelIndex& child) const {
    if (!child.isValid() || m_parents.empty())
        return {};
    const int parent = m_parents[idOf(child)];
    return parent >= 0 ? indexOf(parent) : QModelIndex();
}

int TableModelBase::rowCount(const QModelIndex& parent) const {
    if (!parent.isValid())
        return static_cast<int>(m_top.size());
    if (parent.column() > 0 || m_children.empty())
        return 0;
    return static_cast<int>(m_children[idOf(parent)].size());
}

int TableModelBase::columnCount(const QModelIndex& parent) const {
    return static_cast<int>(m_columnInfo.size());
}

QModelIndex TableModelBase::indexOf(int id, int column) const {
    if (id < 0 || id >= m_rowCount || m_position[id] < 0)
        return {};
    return createIndex(m_position[id], column, static_cast<quintptr>(id));
}

int TableModelBase::columnOf(const QString& key) const {
    for (size_t i = 0; i < m_columnInfo.size(); ++i)
        if (m_columnInfo[i]->key == key)
            return static_cast<int>(i);
    return -1;
}

QVariant TableModelBase::data(const QModelIndex& index, int role) const {
    if (!index.isValid())
        return {};
    const int id = idOf(index), column = index.column();
    const ColumnInfo& info = *m_columnInfo[column];
    switch (role) {
    case Qt::DisplayRole: return cellOf(id, column).text;
    case Qt::ToolTipRole: return tooltipText(cellOf(id, column).tip);
    case Qt::AccessibleDescriptionRole: return cellOf(id, column).tip;
    case Qt::TextAlignmentRole:
        return QVariant::fromValue(Qt::Alignment(info.numeric ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignAbsolute |
                                   Qt::AlignVCenter);
    default: return {};
    }
}

double TableModelBase::bar(const QModelIndex& index) const {
    const int column = index.column();
    if (!m_columnInfo[column]->hasBar || m_columnMaximum[column] <= 0)
        return 0;
    return std::max(0.0, valueOf(idOf(index), column).value_or(0) / m_columnMaximum[column]);
}

QVariant TableModelBase::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal || section < 0 || section >= columnCount())
        return {};
    const ColumnInfo& info = *m_columnInfo[section];
    switch (role) {
    case Qt::DisplayRole: return info.header;
    case Qt::ToolTipRole: return tooltipText(info.tooltip);
    case Qt::TextAlignmentRole:
        return QVariant::fromValue(Qt::Alignment(info.numeric ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
    case Qt::InitialSortOrderRole: // the largest numbers are what one looks for
        return QVariant::fromValue(info.numeric ? Qt::DescendingOrder : Qt::AscendingOrder);
    default: return {};
    }
}

void TableModelBase::sort(int column, Qt::SortOrder order) {
    emit layoutAboutToBeChanged({}, QAbstractItemModel::VerticalSortHint);
    const QModelIndexList before = persistentIndexList();
    m_sortColumn = column;
    m_sortOrder = order;
    arrange();
    QModelIndexList after;
    for (const QModelIndex& index : before)
        after.append(indexOf(idOf(index), index.column()));
    changePersistentIndexList(before, after);
    emit layoutChanged({}, QAbstractItemModel::VerticalSortHint);
}

void TableModelBase::reset(std::vector<const ColumnInfo*> columns, int rowCount, std::vector<int> parents) {
    m_columnInfo = std::move(columns);
    m_rowCount = rowCount;
    m_parents = std::move(parents);
    m_columnMaximum.assign(m_columnInfo.size(), 0);
    for (size_t column = 0; column < m_columnInfo.size(); ++column)
        if (m_columnInfo[column]->hasBar)
            for (int id = 0; id < rowCount; ++id)
                m_columnMaximum[column] =
                    std::max(m_columnMaximum[column], valueOf(id, static_cast<int>(column)).value_or(0));
    std::map<QString, double> scales;
    for (size_t column = 0; column < m_columnInfo.size(); ++column)
        if (const QString& scale = m_columnInfo[column]->scale; !scale.isEmpty())
            scales[scale] = std::max(scales[scale], m_columnMaximum[column]);
    for (size_t column = 0; column < m_columnInfo.size(); ++column)
        if (const auto scale = scales.find(m_columnInfo[column]->scale); scale != scales.end())
            m_columnMaximum[column] = scale->second;
    refilter();
}

void TableModelBase::refilter() {
    findShown();
    arrange();
}

void TableModelBase::findShown() {
    m_top.clear();
    m_children.assign(m_parents.empty() ? 0 : m_rowCount, {});
    m_position.assign(m_rowCount, -1);
    m_shownCount = 0;
    m_hasGroups = false;
    std::vector<char> shown(m_rowCount);
    for (int id = 0; id < m_rowCount; ++id) {
        shown[id] = matches(id);
        m_shownCount += shown[id];
    }
    for (int id = 0; id < m_rowCount; ++id) {
        if (!shown[id])
            continue;
        const int parent = m_parents.empty() ? -1 : m_parents[id];
        if (parent >= 0 && shown[parent]) {
            m_position[id] = static_cast<int>(m_children[parent].size());
            m_children[parent].push_back(id);
            m_hasGroups = true;
        } else {
            m_top.push_back(id);
        }
    }
}

void TableModelBase::arrange() {
    sortIds(m_top);
    for (size_t i = 0; i < m_top.size(); ++i)
        m_position[m_top[i]] = static_cast<int>(i);
}

void TableModelBase::sortIds(std::vector<int>& ids) const {
    std::sort(ids.begin(), ids.end());
    if (m_sortColumn < 0 || m_sortColumn >= columnCount())
        return;
    const bool descending = m_sortOrder == Qt::DescendingOrder;
    if (m_columnInfo[m_sortColumn]->numeric) {
        std::vector<double> keys(m_rowCount);
        for (const int id : ids)
            keys[id] = valueOf(id, m_sortColumn).value_or(std::nan(""));
        std::stable_sort(ids.begin(), ids.end(), [&](int a, int b) {
            if (std::isnan(keys[a]) || std::isnan(keys[b]))
                return !std::isnan(keys[a]) && std::isnan(keys[b]);
            return descending ? keys[a] > keys[b] : keys[a] < keys[b];
        });
        return;
    }
    struct Key {
        QString text;
        bool missing;
    };
    std::vector<Key> keys(m_rowCount);
    for (const int id : ids) {
        const Cell cell = cellOf(id, m_sortColumn);
        keys[id] = {cell.text, cell.text == missing()};
    }
    std::stable_sort(ids.begin(), ids.end(), [&](int a, int b) {
        if (keys[a].missing || keys[b].missing)
            return !keys[a].missing && keys[b].missing;
        const int order = naturalCompare(keys[a].text, keys[b].text);
        return descending ? order > 0 : order < 0;
    });
}

QString TableModelBase::tabSeparated(const QModelIndexList& rows, const std::vector<int>& columns) const {
    const auto place = [this](const QModelIndex& index) {
        const QModelIndex above = parent(index);
        return above.isValid() ? std::pair(above.row(), index.row()) : std::pair(index.row(), -1);
    };
    QModelIndexList ordered = rows;
    std::sort(ordered.begin(), ordered.end(),
              [&](const QModelIndex& a, const QModelIndex& b) { return place(a) < place(b); });
    QStringList lines, fields;
    for (const int column : columns)
        fields << m_columnInfo[column]->header;
    lines << fields.join(u'\t');
    for (const QModelIndex& index : ordered) {
        fields.clear();
        const int id = idOf(index);
        for (const int column : columns) {
            if (m_columnInfo[column]->numeric) {
                const std::optional<double> value = valueOf(id, column);
                fields << (value ? QString::number(*value, 'g', 10) : QString());
            } else {
                const QString text = cellOf(id, column).text;
                fields << (text == missing() ? QString() : text);
            }
        }
        lines << fields.join(u'\t');
    }
    return lines.join(u'\n') + u'\n';
}

} // namespace halftone
