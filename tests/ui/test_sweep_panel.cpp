// SPDX-License-Identifier: GPL-3.0-or-later
// The sweep: what the heat map, the lines and the setup take from the report and the user.
#include "core/report/sweep_choice.h"
#include "tests/support/disturbed_report.h"
#include "tests/support/full_example_report.h"
#include "tests/ui/reports.h"
#include "tests/ui/settings_sandbox.h"
#include "ui/document.h"
#include "ui/format.h"
#include "ui/plots/throughput_plot.h"
#include "ui/theme.h"
#include "ui/views/sweep/sweep_grid.h"
#include "ui/views/sweep/sweep_panel.h"
#include "ui/views/sweep/sweep_setup.h"

#include <QAbstractButton>
#include <QClipboard>
#include <QGuiApplication>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QtTest>

using namespace halftone;

namespace {

const HeatCell& cellOf(const SweepPanel& panel, const QString& threads, const QString& batch) {
    const HeatGrid& grid = panel.findChild<HeatMap*>()->grid();
    return grid.cells[grid.rows.indexOf(threads) * grid.columns.size() + grid.columns.indexOf(batch)];
}

const SweepPoint& pointOf(const Report& report, int threads, int64_t batch) {
    for (const SweepPoint& point : report.sweep->points)
        if (point.threads == threads && point.batch == batch)
            return point;
    qFatal("the example has no such setting");
}

void choose(SweepPanel& panel, const QString& measure) {
    for (auto* button : panel.findChildren<QAbstractButton*>())
        if (button->text() == measure)
            return button->click();
    qFatal("there is no such measure");
}

} // namespace

class TestSweepPanel : public QObject {
    Q_OBJECT
private slots:
    void withoutASweepItOffersOne() {
        Document document;
        document.setReport(test::shared(exampleReport()));
        SweepPanel panel(document);
        panel.show();
        QVERIFY(!panel.findChild<HeatMap*>()->isVisible());
        QSignalSpy requested(&panel, &SweepPanel::measureRequested);
        panel.findChild<QPushButton*>("measureSweep")->click();
        QCOMPARE(requested.size(), 1);
        panel.setReady(false);
        panel.findChild<QPushButton*>("measureSweep")->click();
        QCOMPARE(requested.size(), 1);
    }

    void everyPointIsACell() {
        Document document;
        SweepPanel panel(document);
        document.setReport(test::shared(fullExampleReport()));
        const HeatGrid& grid = panel.findChild<HeatMap*>()->grid();
        QCOMPARE(grid.rows, (QStringList{"1 thread", "2 threads", "4 threads", "8 threads"}));
        QCOMPARE(grid.columns, (QStringList{"1", "2", "4", "16", "64"}));
        for (const SweepPoint& point : document.report()->sweep->points) {
            const HeatCell& cell = cellOf(panel, threadsText(point.threads), countText(point.batch));
            QCOMPARE(cell.hasValue, point.speedup.has_value());
            if (isFaster(gradedSpeedup(point)))
                QCOMPARE(cell.text, speedupText(gradedSpeedup(point)));
        }
    }

    void slowerAndUncertainAndFailedAreNotToldByColourAlone() {
        Document document;
        SweepPanel panel(document);
        document.setReport(test::shared(fullExampleReport()));
        QCOMPARE(cellOf(panel, "8 threads", "1").text, "▼0.88×");
        QVERIFY(cellOf(panel, "8 threads", "1").shade < 0);
        QVERIFY(!cellOf(panel, "8 threads", "1").hatched);
        QVERIFY(cellOf(panel, "4 threads", "1").hatched);
        QCOMPARE(cellOf(panel, "4 threads", "1").text, "as\nfast");
        QVERIFY(cellOf(panel, "4 threads", "1").tip.contains("as fast: 95\u00A0% interval"));
        QCOMPARE(cellOf(panel, "4 threads", "1").shade, 0.0);
        QVERIFY(cellOf(panel, "1 thread", "16").shade > 0);
        QCOMPARE(cellOf(panel, "8 threads", "64").text, "failed");
        QVERIFY(panel.findChild<QLabel*>("sweepFailures")->text().contains("not enough memory"));
    }

    void coloursAreCentredOnEqualSpeed() {
        Report report = fullExampleReport();
        const auto set = [&](size_t point, double speedup) {
            report.sweep->points[point].speedup = speedup;
            report.sweep->points[point].speedupCi95 = Interval{speedup, speedup};
            report.sweep->points[point].grade = gradeOf(speedup, {speedup, speedup}, false);
        };
        set(0, 2);
        set(1, 0.5);
        set(2, 1);
        const SweepTable table(*report.sweep);
        const HeatGrid grid = heatGrid(table, {}, TimeUnit::Ms);
        QCOMPARE(grid.cells[0].shade, -grid.cells[1].shade);
        QCOMPARE(grid.cells[2].shade, 0.0);
    }

    void theBestCellHasTheBestLowerBoundAndUndecidedOnesAreGreyWords() {
        Document document;
        SweepPanel panel(document);
        Report report = undecidedReport();
        document.setReport(test::shared(report));
        auto* best = panel.findChild<QLabel*>("sweepBest");
        QCOMPARE(best->text(), "No setting is decided to be faster in int8.");
        for (const HeatCell& cell : panel.findChild<HeatMap*>()->grid().cells)
            QVERIFY(!cell.hasValue || (cell.hatched && !cell.best && cell.text == u"not\ndecided"));

        report = fullExampleReport();
        const auto set = [&](SweepPoint& point, double lo, double speedup, double hi) {
            point.speedup = speedup;
            point.speedupCi95 = Interval{lo, hi};
            point.grade = gradeOf(speedup, {lo, hi}, false);
        };
        for (SweepPoint& point : report.sweep->points)
            if (point.speedup)
                set(point, 1.9, 2, 2.1);
        set(report.sweep->points[0], 1.6, 3, 4.5); // a lucky one
        set(report.sweep->points[1], 2.4, 2.5, 2.6);
        document.setReport(test::shared(report));
        const HeatGrid& grid = panel.findChild<HeatMap*>()->grid();
        QCOMPARE(std::count_if(grid.cells.begin(), grid.cells.end(), [](const HeatCell& cell) { return cell.best; }),
                 1);
        QVERIFY(cellOf(panel, "1 thread", "2").best);
        QVERIFY(cellOf(panel, "1 thread", "2").shade > cellOf(panel, "1 thread", "1").shade);
        QCOMPARE(cellOf(panel, "1 thread", "1").text, QStringLiteral("1.60 to\n4.50×"));
        QVERIFY(best->text().startsWith("Best: batch 2 with 1 thread, where int8 is "));
        QVERIFY(panel.findChild<HeatMap*>()->text().contains(QStringLiteral("1.60 to 4.50×")));
    }

    void aSweepOfOtherSettingsSaysSo() {
        Document document;
        SweepPanel panel(document);
        Report report = fullExampleReport();
        document.setReport(test::shared(report));
        auto* section = panel.findChild<QLabel*>("section");
        QVERIFY(section->text().startsWith(QStringLiteral("△ Measured ")));
        QVERIFY(section->text().contains("with 7-bit weights, not full; load 2.1. The runs were measured "));
        report.sweep->conditions.reset();
        document.setReport(test::shared(report));
        QCOMPARE(section->text(), "When and with which settings this was measured is not known.");
    }

    void latencyAndThroughputCanBeShown() {
        Document document;
        SweepPanel panel(document);
        document.setReport(test::shared(fullExampleReport()));
        const SweepPoint& point = pointOf(*document.report(), 2, 16);
        const double ms = point.latencyMs.at("int8").median;
        choose(panel, "int8 throughput");
        QCOMPARE(cellOf(panel, "2 threads", "16").text, significant(16 * 1000 / ms));
        choose(panel, "int8 latency");
        const HeatGrid& grid = panel.findChild<HeatMap*>()->grid();
        QCOMPARE(cellOf(panel, "2 threads", "16").text, timeText(ms, TimeUnit::Ms));
        QCOMPARE(grid.hue, std::string("int8"));
        QVERIFY2(grid.scaleHigh.contains("log"), "a logarithmic scale is marked");
        for (const HeatCell& cell : grid.cells)
            QVERIFY(!cell.hasValue || (cell.shade >= 0 && cell.shade <= 1));
    }

    void theChosenSettingIsSpelledOut() {
        Document document;
        SweepPanel panel(document);
        panel.show();
        document.setReport(test::shared(fullExampleReport()));
        auto* map = panel.findChild<HeatMap*>();
        auto* words = panel.findChild<QLabel*>("sweepPoint");
        QVERIFY(words->text().startsWith("Batch 1 with 1 thread"));
        QTest::keyClick(map, Qt::Key_Right);
        QTest::keyClick(map, Qt::Key_Down);
        const SweepPoint& point = pointOf(*document.report(), 2, 2);
        QVERIFY(words->text().startsWith("Batch 2 with 2 threads"));
        QVERIFY(words->text().contains(certaintyText(gradedSpeedup(point))));
        QVERIFY(words->text().contains(significant(throughput(2, point.latencyMs.at("fp32").median))));
        QTest::keyClick(map, Qt::Key_Left);
        QTest::keyClick(map, Qt::Key_Left); // at the border it stays
        QVERIFY(words->text().startsWith("Batch 1 with 2 threads"));
        QTest::keySequence(map, QKeySequence::Copy);
        const QStringList lines = QGuiApplication::clipboard()->text().split(u'\n', Qt::SkipEmptyParts);
        QCOMPARE(lines.size(), 5);
        QCOMPARE(lines[0], "Threads\t1\t2\t4\t16\t64");
    }

    void linesAreDescribedInWords() {
        Document document;
        SweepPanel panel(document);
        document.setReport(test::shared(fullExampleReport()));
        const QString summary = panel.findChild<ThroughputPlot*>()->summary();
        QCOMPARE(summary.count("at most"), 8); // two precisions, four thread counts
        QVERIFY(summary.contains("int8, 8 threads"));
    }

    void partialAndEmptySweepsAreShown() {
        Document document;
        SweepPanel panel(document);
        panel.resize(744, 580);
        panel.show();
        Report report = fullExampleReport();
        report.sweep->points.erase(report.sweep->points.begin() + 7);
        report.sweep->points.resize(9);
        document.setReport(test::shared(report));
        QVERIFY(!panel.grab().isNull());
        report.sweep->points.resize(1);
        report.sweep->points[0] = {1, 1, {}, {}, {}, false, "It failed."};
        document.setReport(test::shared(report));
        QVERIFY(!panel.grab().isNull());
        report.sweep->points.clear();
        document.setReport(test::shared(report));
        QVERIFY(!panel.findChild<HeatMap*>()->isVisible());
        document.setReport(nullptr);
        QVERIFY(!panel.grab().isNull());
    }

    void countsAreReadFromText_data() {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QList<int>>("counts");
        QTest::newRow("commas") << "1, 4,16" << QList<int>{1, 4, 16};
        QTest::newRow("spaces, unordered, twice") << " 8 2  2 1 " << QList<int>{1, 2, 8};
        QTest::newRow("none") << "" << QList<int>();
        QTest::newRow("zero") << "0, 1" << QList<int>();
        QTest::newRow("too large") << "1, 65" << QList<int>();
        QTest::newRow("a word") << "1, all" << QList<int>();
        QTest::newRow("a fraction") << "1.5" << QList<int>();
    }
    void countsAreReadFromText() {
        QFETCH(QString, text);
        QFETCH(QList<int>, counts);
        QCOMPARE(countsFromText(text, 64), counts);
    }

    void whatWasTypedWronglyIsExplained() {
        Document document;
        SweepPanel panel(document);
        QVERIFY(panel.problem().isEmpty());
        JobRequest request, completed;
        request.sweep = {{1, 4}, {1}};
        request.timeBudgetS = 1.5;
        panel.recall(request);
        panel.complete(completed);
        QVERIFY(completed == request);
        auto* estimate = panel.findChild<QLabel*>("sweepEstimate");
        QVERIFY(estimate->text().startsWith("2 settings: 3.0"));
        QSignalSpy changed(&panel, &SweepPanel::settingsChanged);
        panel.findChild<QLineEdit*>("batches")->setText("many");
        QVERIFY(changed.size() > 0);
        QVERIFY(panel.problem().contains("batches"));
        QCOMPARE(estimate->text(), panel.problem());
    }

private:
    test::SettingsSandbox m_sandbox;
};

QTEST_MAIN(TestSweepPanel)
#include "test_sweep_panel.moc"
