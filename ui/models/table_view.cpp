// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/table_view.h"

#include "ui/models/bar_delegate.h"
#include "ui/models/table_header.h"
#include "ui/models/table_model.h"
#include "ui/settings.h"
#include "ui/theme.h"

#include <QApplication>
#include <QClipboard>
#include <QContextMenuEvent>
#include <QHeaderView>
#include <QKeyEvent>
#include <QMenu>
#include <QPainter>
#include <QScrollBar>
#include <QStyleOption>

#include <utility>

namespace halftone {

TableView::TableView(const QString& name, TableModelBase* model, const QString& sortKey, QWidget* parent)
    : QTreeView(parent), m_name(name), m_sortKey(sortKey), m_model(model) {
    setModel(model);
    setItemDelegate(new BarDelegate(this));
    setUniformRowHeights(true);
    setAlternatingRowColors(false);
    setAllColumnsShowFocus(true);
    setSelectionMode(QAbstractItemView::ExtendedSelection);
    setSelectionBehavior(QAbstractItemView::SelectRows);
    setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
    setEditTriggers(QAbstractItemView::NoEditTriggers);
    setExpandsOnDoubleClick(false);
    setIndentation(16);
    setFrameShape(QFrame::NoFrame);
    setTextElideMode(Qt::ElideNone); // the delegate elides

    setHeader(new TableHeader(this));
    header()->setStretchLastSection(true);
    header()->setFirstSectionMovable(false); // it carries the groups
    connect(header(), &QWidget::customContextMenuRequested, this, &TableView::showHeaderMenu);
    setSortingEnabled(true);
    restoreColumns();

    connect(header(), &QHeaderView::sectionResized, this, &TableView::saveColumns);
    connect(header(), &QHeaderView::sectionMoved, this, &TableView::saveColumns);
    connect(header(), &QHeaderView::sortIndicatorChanged, this, &TableView::saveColumns);

    const auto regroup = [this] {
        setRootIsDecorated(m_model->hasGroups());
        if (!m_folded && m_model->hasGroups())
            expandAll();
    };
    connect(m_model, &QAbstractItemModel::modelReset, this, regroup);
    regroup();
    connect(&ThemeNotifier::instance(), &ThemeNotifier::changed, viewport(), qOverload<>(&QWidget::update));
}

int TableView::currentId() const {
    return TableModelBase::idOf(currentIndex());
}

void TableView::setCurrentId(int id) {
    if (id == currentId())
        return;
    m_quiet = true;
    const QModelIndex index = m_model->indexOf(id);
    if (index.isValid()) {
        expand(index.parent());
        setCurrentIndex(index);
        scrollTo(index);
    } else {
        setCurrentIndex({});
        clearSelection();
    }
    m_quiet = false;
}

void TableView::setFolded(bool folded) {
    m_folded = folded;
    if (folded)
        collapseAll();
    else
        expandAll();
}

void TableView::currentChanged(const QModelIndex& current, const QModelIndex& previous) {
    QTreeView::currentChanged(current, previous);
    if (!m_quiet && current.isValid() && current.row() != -1 &&
        TableModelBase::idOf(current) != TableModelBase::idOf(previous))
        emit currentIdChanged(TableModelBase::idOf(current));
}

void TableView::drawRow(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const {
    QStyleOptionViewItem plainOption = option;
    drawSelection(painter, option.rect, index);
    plainOption.state &= ~(QStyle::State_Selected | QStyle::State_HasFocus);
    plainOption.showDecorationSelected = false;
    QTreeView::drawRow(painter, plainOption, index);
    painter->setPen(theme::gridLine());
    painter->drawLine(option.rect.bottomLeft(), option.rect.bottomRight());
    if (hasFocus() && index.siblingAtColumn(0) == currentIndex().siblingAtColumn(0)) {
        painter->setPen(palette().color(QPalette::Highlight));
        painter->drawRect(option.rect.adjusted(0, 0, -1, -1));
    }
}

void TableView::drawSelection(QPainter* painter, const QRect& rect, const QModelIndex& index) const {
    if (!selectionModel()->isRowSelected(index.row(), index.parent()))
        return;
    // A tint instead of the full colour: bars and their hues stay readable.
    const QColor highlight = palette().color(QPalette::Highlight);
    painter->fillRect(rect, theme::mixed(highlight, theme::isDark() ? 0.35 : 0.16));
    painter->fillRect(QRect(-horizontalOffset(), rect.top(), 3, rect.height()), highlight);
}

void TableView::drawBranches(QPainter* painter, const QRect& rect, const QModelIndex& index) const {
    drawSelection(painter, rect, index); // again: the style has filled it with the full colour
    if (!m_model->hasChildren(index))
        return;
    QStyleOption option;
    option.initFrom(this);
    option.rect =
        QRect(rect.right() - indentation() + 1, rect.top(), indentation(), rect.height()).adjusted(4, 4, -4, -4);
    style()->drawPrimitive(isExpanded(index) ? QStyle::PE_IndicatorArrowDown : QStyle::PE_IndicatorArrowRight, &option,
                           painter, this);
}

bool TableView::event(QEvent* event) {
    if (event->type() == QEvent::ShortcutOverride && m_takesEscape &&
        static_cast<QKeyEvent*>(event)->key() == Qt::Key_Escape) {
        event->accept();
        return true;
    }
    return QTreeView::event(event);
}

void TableView::focusInEvent(QFocusEvent* event) {
    // The base class makes the first row current; coming by with Tab is no choice of a row.
    const bool before = std::exchange(m_quiet, true);
    QTreeView::focusInEvent(event);
    m_quiet = before;
}

void TableView::keyPressEvent(QKeyEvent* event) {
    if (event->matches(QKeySequence::Copy)) {
        copySelected();
    } else if ((event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter) && currentId() >= 0) {
        emit opened(currentId());
    } else if (event->key() == Qt::Key_Escape) {
        emit escaped();
    } else {
        QTreeView::keyPressEvent(event);
    }
}

void TableView::contextMenuEvent(QContextMenuEvent* event) {
    QMenu menu(this);
    menu.addActions(actions());
    if (!actions().isEmpty())
        menu.addSeparator();
    QAction* copy = menu.addAction(tr("&Copy rows"), this, &TableView::copySelected);
    copy->setShortcut(QKeySequence::Copy);
    copy->setEnabled(selectionModel()->hasSelection());
    menu.addAction(tr("Select &all"), this, &QTreeView::selectAll)->setShortcut(QKeySequence::SelectAll);
    menu.exec(event->globalPos());
}

void TableView::copySelected() {
    if (selectionModel()->hasSelection())
        QApplication::clipboard()->setText(selectedText());
}

QString TableView::selectedText() const {
    return m_model->tabSeparated(selectionModel()->selectedRows(), shownColumns());
}

std::vector<int> TableView::shownColumns() const {
    std::vector<int> columns;
    for (int visual = 0; visual < header()->count(); ++visual)
        if (const int logical = header()->logicalIndex(visual); !header()->isSectionHidden(logical))
            columns.push_back(logical);
    return columns;
}

void TableView::showHeaderMenu(const QPoint& position) {
    QMenu menu(this);
    for (int column = 0; column < m_model->columnCount(); ++column) {
        QAction* action = menu.addAction(m_model->columnInfo(column).header);
        action->setCheckable(true);
        action->setChecked(!header()->isSectionHidden(column));
        action->setEnabled(column != 0);
        connect(action, &QAction::toggled, this, [this, column](bool shown) {
            header()->setSectionHidden(column, !shown);
            saveColumns();
        });
    }
    menu.addSeparator();
    menu.addAction(tr("&Reset columns"), this, &TableView::resetColumns);
    menu.exec(header()->mapToGlobal(position));
}

void TableView::resetColumns() {
    for (int column = 0; column < m_model->columnCount(); ++column) {
        header()->setSectionHidden(column, false);
        header()->moveSection(header()->visualIndex(column), column);
        header()->resizeSection(column, m_model->columnInfo(column).width);
    }
    const int sortColumn = m_model->columnOf(m_sortKey);
    sortByColumn(
        sortColumn,
        m_model->headerData(std::max(0, sortColumn), Qt::Horizontal, Qt::InitialSortOrderRole).value<Qt::SortOrder>());
}

int TableView::heightOf(int rows) const {
    const int rowHeight = std::max(BarDelegate::rowHeight, fontMetrics().height() + 4);
    return header()->sizeHint().height() + rows * rowHeight + horizontalScrollBar()->sizeHint().height();
}

void TableView::setLeastRows(int rows) {
    setMinimumHeight(heightOf(rows));
}

void TableView::fitHeightToRows() {
    setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setFixedHeight(heightOf(m_model->totalCount()));
}

QStringList TableView::columnKeys() const {
    QStringList keys;
    for (int column = 0; column < m_model->columnCount(); ++column)
        keys << m_model->columnInfo(column).key;
    return keys;
}

void TableView::restoreColumns() {
    resetColumns();
    const Settings settings;
    // Another set of columns makes an old layout meaningless.
    if (settings.viewState(stateKey("columns")).toStringList() == columnKeys())
        header()->restoreState(settings.viewState(stateKey("layout")).toByteArray());
}

void TableView::saveColumns() const {
    Settings settings;
    settings.setViewState(stateKey("columns"), columnKeys());
    settings.setViewState(stateKey("layout"), header()->saveState());
}

QString TableView::stateKey(const char* part) const {
    return QStringLiteral("tables/%1/%2").arg(m_name, QLatin1String(part));
}

} // namespace halftone
