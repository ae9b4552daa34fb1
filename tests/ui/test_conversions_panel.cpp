// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/reports.h"
#include "tests/ui/settings_sandbox.h"
#include "ui/document.h"
#include "ui/format.h"
#include "ui/models/table_view.h"
#include "ui/views/conversions/conversions_panel.h"

#include <QAbstractItemModelTester>
#include <QSignalSpy>
#include <QToolButton>
#include <QtTest>

using namespace halftone;

namespace {

/// Two conversions in every int8 inference and one done once; an fp32 run without any.
Report smallReport() {
    Report report;
    report.runs.resize(2);
    report.runs[0].precision = "fp32";
    report.runs[0].latencyMs.median = 10;
    report.runs[1].precision = "int8";
    report.runs[1].latencyMs.median = 4;
    report.layers.resize(2);
    report.layers[0].name = "conv1";
    report.layers[1].name = "fc";
    Conversion first;
    first.run = "int8";
    first.step = 0;
    first.kind = StepKind::ConvertType;
    first.fromType = "f32";
    first.toType = "u8";
    first.fromLayout = first.toLayout = "nchw";
    first.tensor = "input";
    first.edge = {"", "conv1"};
    first.bytes = 1000;
    first.medianMs = 0.3;
    first.when = When::EveryInference;
    first.why = "conv1 runs in int8.";
    Conversion second = first;
    second.step = 2;
    second.kind = StepKind::ConvertBoth;
    second.edge = {"conv1", "fc"};
    second.medianMs = 0.1;
    Conversion third = first;
    third.step = -1;
    third.edge = {"", "fc"};
    third.tensor = "fc.weight";
    third.medianMs.reset();
    third.when = When::Once;
    report.conversions = {first, second, third};
    report.model.inputs = {{"input", "float32", {1, 3, 8, 8}}};
    return report;
}

QString cell(const ConversionsPanel& panel, int id, const QString& column) {
    const TableModelBase* model = panel.table()->table();
    return model->indexOf(id, model->columnOf(column)).data().toString();
}

} // namespace

class TestConversionsPanel : public QObject {
    Q_OBJECT
private slots:
    void init() { m_sandbox.clear(); }
    void cellsShowTheReportsValues();
    void sumsAreOfEveryInferenceAndPerRun();
    void aSumWithoutTimesIsNotGiven();
    void chipsCountAndFilter();
    void choosingAConversionSelectsItsLayer();
    void linksLeadToTheLayers();
    void emptyListsSayWhy();
    void anyReportIsAValidModel();

private:
    test::SettingsSandbox m_sandbox;
};

void TestConversionsPanel::cellsShowTheReportsValues() {
    Document document;
    document.setReport(test::shared(smallReport()));
    ConversionsPanel panel(document);
    QCOMPARE(panel.table()->table()->totalCount(), 3);
    QCOMPARE(cell(panel, 0, "edge"), "(input) → conv1");
    QCOMPARE(cell(panel, 1, "edge"), "conv1 → fc");
    QCOMPARE(cell(panel, 2, "edge"), "(constant) → fc");
    QCOMPARE(cell(panel, 0, "time"), timeText(0.3, TimeUnit::Us));
    QCOMPARE(cell(panel, 2, "time"), missing());
    QCOMPARE(cell(panel, 0, "type"), "f32 → u8");
    QCOMPARE(cell(panel, 0, "layout"), "nchw");
    QCOMPARE(cell(panel, 1, "kind"), "type and layout");
    QCOMPARE(cell(panel, 1, "step"), "3");
    QCOMPARE(cell(panel, 2, "step"), missing());
    QCOMPARE(cell(panel, 0, "why"), "conv1 runs in int8.");
}

void TestConversionsPanel::sumsAreOfEveryInferenceAndPerRun() {
    const auto sums = conversionSums(smallReport());
    QCOMPARE(sums.size(), size_t{2});
    QCOMPARE(sums[0].everyInference, 0);
    QCOMPARE(sums[1].everyInference, 2);
    QCOMPARE(sums[1].once, 1);
    QCOMPARE(*sums[1].ms, 0.4);
    QCOMPARE(*sums[1].share, 0.1);
    QCOMPARE(sums[1].bytes, int64_t{2000});
    Document document;
    document.setReport(test::shared(smallReport()));
    ConversionsPanel panel(document);
    const QStringList lines = panel.sumText().split(u'\n');
    QCOMPARE(lines.size(), 2);
    QCOMPARE(lines[0], "fp32: no conversion in an inference");
    QVERIFY(lines[1].contains(timeWithUnit(0.4)));
    QVERIFY(lines[1].contains(shareText(0.1)));
}

void TestConversionsPanel::aSumWithoutTimesIsNotGiven() {
    Report report = smallReport();
    report.conversions[1].medianMs.reset();
    const auto sums = conversionSums(report);
    QVERIFY(!sums[1].ms);
    QVERIFY(!sums[1].share);
    QVERIFY(conversionSumText(sums[1], conversionUnit(sums)).contains("not all of them timed"));
}

void TestConversionsPanel::chipsCountAndFilter() {
    Document document;
    document.setReport(test::shared(exampleReport(60)));
    ConversionsPanel panel(document);
    const auto chips = conversionChips(conversionRows(*document.report()));
    QVERIFY(chips.size() >= 7);
    for (const Chip& chip : chips)
        if (chip.count > 0) {
            panel.filter()->chooseChip(chip.key);
            QCOMPARE(panel.table()->table()->shownCount(), chip.count);
        }
    int runs = 0;
    for (const Chip& chip : chips)
        runs += chip.key.startsWith("run:") ? chip.count : 0;
    QCOMPARE(runs, chips.first().count);
    panel.filter()->clear();
    panel.filter()->setText("nhwc u8");
    QVERIFY(panel.table()->table()->shownCount() > 0);
    QVERIFY(panel.table()->table()->shownCount() < panel.table()->table()->totalCount());
}

void TestConversionsPanel::choosingAConversionSelectsItsLayer() {
    Document document;
    document.setReport(test::shared(smallReport()));
    ConversionsPanel panel(document);
    panel.table()->setCurrentIndex(panel.table()->table()->indexOf(1));
    QCOMPARE(document.selectedLayer(), 1);
    panel.table()->setCurrentIndex(panel.table()->table()->indexOf(0));
    QCOMPARE(document.selectedLayer(), 0);
}

void TestConversionsPanel::linksLeadToTheLayers() {
    Document document;
    document.setReport(test::shared(smallReport()));
    ConversionsPanel panel(document);
    QSignalSpy requested(&panel, &ConversionsPanel::viewRequested);
    panel.table()->setCurrentIndex(panel.table()->table()->indexOf(1));
    for (auto* button : panel.findChildren<QToolButton*>())
        if (button->text() == "Go to pro&ducer")
            button->click();
    QCOMPARE(requested.count(), 1);
    QCOMPARE(requested.first().first().toString(), "layers");
    QCOMPARE(document.selectedLayer(), 0);
}

void TestConversionsPanel::emptyListsSayWhy() {
    Document document;
    ConversionsPanel panel(document);
    QVERIFY(panel.emptyText().contains("Open a model"));
    Report report = smallReport();
    report.conversions.clear();
    Step step;
    step.kind = StepKind::Compute;
    step.precision = "int8";
    report.runs[1].steps = {step};
    document.setReport(test::shared(report));
    QCOMPARE(panel.emptyText(), "No conversions: the whole model runs in int8.");
    report.runs[1].steps[0].precision = "fp32";
    document.setReport(test::shared(report));
    QCOMPARE(panel.emptyText(), "No conversions: no step changes type or layout.");
    document.setReport(test::shared(smallReport()));
    QVERIFY(panel.emptyText().isNull());
}

void TestConversionsPanel::anyReportIsAValidModel() {
    Report bare;
    bare.conversions.resize(2);
    for (const Report& report : {exampleReport(30), smallReport(), bare}) {
        const auto rows = conversionRows(report);
        TableModel<ConversionRow> model;
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        model.setTable(conversionColumns(rows), rows);
        for (int column = 0; column < model.columnCount(); ++column) {
            model.sort(column, Qt::AscendingOrder);
            QVERIFY(!model.columnInfo(column).tooltip.isEmpty());
        }
        Document document;
        document.setReport(test::shared(report));
        ConversionsPanel panel(document);
        QVERIFY(!panel.grab().isNull());
    }
}

QTEST_MAIN(TestConversionsPanel)
#include "test_conversions_panel.moc"
