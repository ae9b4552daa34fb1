// SPDX-License-Identifier: GPL-3.0-or-later
// What every table of the window must hold to, whatever its rows.
#pragma once

#include "ui/models/table_model.h"

#include <QAbstractItemModelTester>
#include <QtTest>

namespace halftone::test {

/// Sorts by every column; all columns are explained and no cell is empty. Fails the test that is running.
template <class Row> void checkTable(std::vector<Column<Row>> columns, std::vector<Row> rows) {
    TableModel<Row> model;
    const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.setTable(std::move(columns), std::move(rows));
    for (int column = 0; column < model.columnCount(); ++column) {
        model.sort(column, Qt::DescendingOrder);
        QVERIFY(!model.columnInfo(column).tooltip.isEmpty());
        for (int id = 0; id < model.totalCount(); ++id)
            QVERIFY(!model.indexOf(id, column).data().toString().isEmpty());
    }
}

} // namespace halftone::test
