// SPDX-License-Identifier: GPL-3.0-or-later
// The table model on rows of its own: order, groups, filter, missing values, copied text.
#include "ui/format.h"
#include "ui/models/cells.h"
#include "ui/models/table_model.h"

#include <QAbstractItemModelTester>
#include <QtTest>

using namespace halftone;

namespace {

struct Item {
    QString name;
    std::optional<double> time;
};

std::vector<Column<Item>> columns() {
    std::vector<Column<Item>> columns(2);
    columns[0].key = "name";
    columns[0].header = "Name";
    columns[0].tooltip = "The <b>name</b>";
    columns[0].cell = [](const Item& item) { return Cell{item.name}; };
    columns[1].key = "time";
    columns[1].header = "Time, ms";
    columns[1].numeric = columns[1].hasBar = true;
    columns[1].cell = [](const Item& item) {
        return item.time ? Cell{significant(*item.time)} : missingCell("not <timed>");
    };
    columns[1].value = [](const Item& item) { return item.time; };
    return columns;
}

class Table : public TableModel<Item> {
public:
    explicit Table(std::vector<Item> items, std::vector<int> parents = {})
        : m_tester(this, QAbstractItemModelTester::FailureReportingMode::QtTest) {
        setTable(columns(), std::move(items), std::move(parents));
    }

    /// "a(b c) d": what is shown, groups in brackets.
    QString shown() const {
        QStringList top;
        for (int i = 0; i < rowCount(); ++i) {
            const QModelIndex parent = index(i, 0);
            QStringList children;
            for (int j = 0; j < rowCount(parent); ++j)
                children << index(j, 0, parent).data().toString();
            top << parent.data().toString() +
                       (children.isEmpty() ? QString() : QStringLiteral("(%1)").arg(children.join(u' ')));
        }
        return top.join(u' ');
    }

private:
    QAbstractItemModelTester m_tester;
};

const std::vector<Item> items{{"conv10", 3.0}, {"relu", {}}, {"conv2", 12345.5}, {"pool", {}}, {"add", 0.5}};

} // namespace

class TestTableModel : public QObject {
    Q_OBJECT
private slots:
    void rowsStandInTheOrderGivenUntilSorted();
    void numbersSortByValueWithMissingOnesLastBothWays();
    void namesSortNaturally();
    void groupsFollowTheirParentAndKeepTheirOwnOrder();
    void aRowWithoutItsParentStandsAtTheTop();
    void selectionsFollowTheirRowWhenSorted();
    void barsAreSharesOfTheColumnsMaximum();
    void comparedColumnsShareTheirScale();
    void missingValuesShowADashAndTheReason();
    void tooltipsNeverHoldMarkupOfTheirText();
    void copiedRowsHaveHeadersAndFullNumbers();
    void fiftyThousandRowsAreSortedAndFiltered();
    void wordsMatchInAnyOrderAndCase();
    void columnUnitsKeepThreeDigitsBeforeThePoint();
};

void TestTableModel::rowsStandInTheOrderGivenUntilSorted() {
    Table table(items);
    QCOMPARE(table.shown(), "conv10 relu conv2 pool add");
    table.sort(1, Qt::DescendingOrder);
    table.sort(-1, Qt::AscendingOrder);
    QCOMPARE(table.shown(), "conv10 relu conv2 pool add");
}

void TestTableModel::numbersSortByValueWithMissingOnesLastBothWays() {
    Table table(items);
    table.sort(1, Qt::DescendingOrder);
    QCOMPARE(table.shown(), "conv2 conv10 add relu pool");
    table.sort(1, Qt::AscendingOrder);
    QCOMPARE(table.shown(), "add conv10 conv2 relu pool");
}

void TestTableModel::namesSortNaturally() {
    Table table(items);
    table.sort(0, Qt::AscendingOrder);
    QCOMPARE(table.shown(), "add conv2 conv10 pool relu");
    QVERIFY(naturalCompare(u"a2b10", u"a2b9") > 0);
    QVERIFY(naturalCompare(u"a02", u"a2") == 0);
    QVERIFY(naturalCompare(u"A", u"b") < 0);
    QVERIFY(naturalCompare(u"conv", u"conv1") < 0);
    QCOMPARE(naturalCompare(u"", u""), 0);
}

void TestTableModel::groupsFollowTheirParentAndKeepTheirOwnOrder() {
    Table table(items, {-1, 0, -1, 0, 2});
    QVERIFY(table.hasGroups());
    QCOMPARE(table.shown(), "conv10(relu pool) conv2(add)");
    table.sort(1, Qt::DescendingOrder);
    QCOMPARE(table.shown(), "conv2(add) conv10(relu pool)");
    QCOMPARE(table.indexOf(3).parent(), table.indexOf(0));
    QCOMPARE(table.shownCount(), 5);
}

void TestTableModel::aRowWithoutItsParentStandsAtTheTop() {
    Table table(items, {-1, 0, -1, 0, 2});
    table.setFilter([](const Item& item) { return item.name != u"conv10"; });
    QCOMPARE(table.shown(), "relu conv2(add) pool");
    QCOMPARE(table.shownCount(), 4);
    QVERIFY(!table.indexOf(0).isValid());
    table.setFilter([](const Item&) { return false; });
    QCOMPARE(table.rowCount(), 0);
    QVERIFY(!table.hasGroups());
    table.setFilter(nullptr);
    QCOMPARE(table.shown(), "conv10(relu pool) conv2(add)");
}

void TestTableModel::selectionsFollowTheirRowWhenSorted() {
    Table table(items, {-1, 0, -1, 0, 2});
    const QPersistentModelIndex child = table.indexOf(4, 1), top = table.indexOf(2);
    table.sort(1, Qt::DescendingOrder);
    QCOMPARE(TableModelBase::idOf(child), 4);
    QCOMPARE(child.column(), 1);
    QCOMPARE(top.row(), 0);
}

void TestTableModel::barsAreSharesOfTheColumnsMaximum() {
    Table table({{"a", 2.0}, {"b", 8.0}, {"c", {}}, {"d", 0.0}});
    const auto bar = [&](int id) { return table.bar(table.indexOf(id, 1)); };
    QCOMPARE(bar(0), 0.25);
    QCOMPARE(bar(1), 1.0);
    QCOMPARE(bar(2), 0.0);
    QCOMPARE(bar(3), 0.0);
    QCOMPARE(table.bar(table.indexOf(0, 0)), 0.0);
}

void TestTableModel::comparedColumnsShareTheirScale() {
    std::vector<Column<Item>> compared = columns();
    compared.push_back(compared[1]);
    compared[2].key = "half";
    compared[2].value = [](const Item& item) { return item.time ? std::optional(*item.time / 2) : std::nullopt; };
    compared[1].scale = compared[2].scale = "time";
    TableModel<Item> table;
    table.setTable(compared, {{"a", 4.0}, {"b", 1.0}});
    QCOMPARE(table.bar(table.indexOf(0, 1)), 1.0);
    QCOMPARE(table.bar(table.indexOf(0, 2)), 0.5);
    QCOMPARE(table.bar(table.indexOf(1, 2)), 0.125);
}

void TestTableModel::missingValuesShowADashAndTheReason() {
    Table table(items);
    const QModelIndex time = table.indexOf(1, 1);
    QCOMPARE(time.data().toString(), missing());
    QCOMPARE(time.data(Qt::AccessibleDescriptionRole).toString(), "not <timed>");
}

void TestTableModel::tooltipsNeverHoldMarkupOfTheirText() {
    Table table(items);
    QCOMPARE(table.indexOf(1, 1).data(Qt::ToolTipRole).toString(), "<qt>not &lt;timed&gt;</qt>");
    QCOMPARE(table.headerData(0, Qt::Horizontal, Qt::ToolTipRole).toString(), "<qt>The &lt;b&gt;name&lt;/b&gt;</qt>");
}

void TestTableModel::copiedRowsHaveHeadersAndFullNumbers() {
    Table table(items, {-1, 0, -1, 0, 2});
    const QModelIndexList rows{table.indexOf(2), table.indexOf(1), table.indexOf(0)};
    QCOMPARE(table.tabSeparated(rows, {1, 0}), "Time, ms\tName\n3\tconv10\n\trelu\n12345.5\tconv2\n");
}

void TestTableModel::fiftyThousandRowsAreSortedAndFiltered() {
    std::vector<Item> many;
    for (int i = 0; i < 50000; ++i)
        many.push_back({QStringLiteral("layer_%1").arg(i), static_cast<double>((i * 7919) % 50000)});
    TableModel<Item> table; // without the tester, which visits every row at every signal
    table.setTable(columns(), std::move(many));
    table.sort(1, Qt::DescendingOrder);
    for (int i = 0; i + 1 < table.rowCount(); ++i)
        QVERIFY(table.row(TableModelBase::idOf(table.index(i, 0))).time >
                table.row(TableModelBase::idOf(table.index(i + 1, 0))).time);
    table.sort(0, Qt::AscendingOrder);
    QCOMPARE(table.index(49999, 0).data().toString(), "layer_49999");
    table.setFilter([](const Item& item) { return matchesWords(item.name, QStringLiteral("4999")); });
    QCOMPARE(table.rowCount(), 15); // 4999, 14999, 24999, 34999, 44999 and 49990 to 49999
}

void TestTableModel::wordsMatchInAnyOrderAndCase() {
    QVERIFY(matchesWords("layer1/Conv_3\nbrgconv", "BRG conv_3"));
    QVERIFY(matchesWords("anything", "  "));
    QVERIFY(!matchesWords("layer1/Conv_3", "conv relu"));
}

void TestTableModel::columnUnitsKeepThreeDigitsBeforeThePoint() {
    QCOMPARE(bytesUnit(999).unit, "B");
    QCOMPARE(bytesUnit(1000).unit, "kB");
    QCOMPARE(bytesUnit(41'400'000).unit, "MB");
    QCOMPARE(bytesUnit(41'400'000).divisor, 1e6);
    QCOMPARE(bytesUnit(int64_t{9'000'000'000'000}).unit, "GB");
    QCOMPARE(countUnit(0).unit, "");
    QCOMPARE(countUnit(3'670'000'000).unit, "G");
}

QTEST_MAIN(TestTableModel)
#include "test_table_model.moc"
