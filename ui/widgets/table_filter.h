// SPDX-License-Identifier: GPL-3.0-or-later
// A table behind its filter bar.
#pragma once

#include "ui/document.h"
#include "ui/models/table_model.h"
#include "ui/models/table_view.h"
#include "ui/widgets/filter_bar.h"
#include "ui/widgets/filter_note.h"

namespace halftone {

/// Leaves the rows that `matches(row, chip, text)` says belong to what the bar asks for, and tells the bar how many
/// of that `thing` those are.
template <class Row, class Matches>
void filterRows(TableModel<Row>& model, FilterBar& bar, const Matches& matches, const QString& thing) {
    if (bar.isClear())
        model.setFilter(nullptr);
    else
        model.setFilter(
            [matches, chip = bar.chip(), text = bar.text()](const Row& row) { return matches(row, chip, text); });
    bar.setShown(model.shownCount(), model.totalCount(), thing);
}

/// Arrow down leads from the bar to the table, Escape from the table clears the bar. Another model has other rows, so
/// the filter goes with the one before.
inline void connectFilter(FilterBar* bar, TableView* table, Document& document) {
    new FilterNote(bar, table);
    QObject::connect(bar, &FilterBar::leaveToTable, table, qOverload<>(&QWidget::setFocus));
    QObject::connect(table, &TableView::escaped, bar, &FilterBar::clear);
    QObject::connect(bar, &FilterBar::shownChanged, table, [bar, table] { table->setTakesEscape(!bar->isClear()); });
    QObject::connect(&document, &Document::modelAboutToChange, bar, &FilterBar::clear);
}

} // namespace halftone
