// SPDX-License-Identifier: GPL-3.0-or-later
// Errors: the table, the plot, what is said about a layer, and the samples that leave fp32.
#include "tests/support/full_example_report.h"
#include "tests/ui/reports.h"
#include "tests/ui/settings_sandbox.h"
#include "tests/ui/table_check.h"
#include "ui/document.h"
#include "ui/format.h"
#include "ui/models/table_view.h"
#include "ui/plots/error_plot.h"
#include "ui/views/errors/errors_panel.h"

#include <QLabel>
#include <QListWidget>
#include <QPushButton>
#include <QSignalSpy>
#include <QtTest>

using namespace halftone;

namespace {

QString cell(const ErrorsPanel& panel, int id, const QString& column) {
    const TableModelBase* model = panel.table()->table();
    return model->indexOf(id, model->columnOf(column)).data().toString();
}

LayerError error(std::optional<double> local, std::optional<double> accumulated) {
    LayerError result{"conv", "Conv", "conv_out", std::nullopt, {accumulated, 0.99, 0.01, 0.5}};
    if (local)
        result.local = TensorDistance{local, 0.99, 0.01, 0.5};
    return result;
}

/// As a layer that is in int8 where its own error was measured.
QStringList explained(const LayerError& error) {
    return errorExplanation({&error, 1, 0, error.local.has_value()});
}

} // namespace

class TestErrorsPanel : public QObject {
    Q_OBJECT
private slots:
    void init() { m_sandbox.clear(); }

    void everyLayerIsARowInTheOrderOfExecution() {
        Document document;
        ErrorsPanel panel(document);
        document.setReport(test::shared(fullExampleReport(30)));
        const ErrorAnalysis& errors = *document.report()->errors;
        QCOMPARE(panel.table()->table()->totalCount(), static_cast<int>(errors.layers.size()));
        for (int id = 0; id < static_cast<int>(errors.layers.size()); ++id) {
            const LayerError& one = errors.layers[static_cast<size_t>(id)];
            QCOMPARE(TableModelBase::idOf(panel.table()->model()->index(id, 0)), id);
            QCOMPARE(cell(panel, id, "layer"), plain(one.layer));
            QVERIFY(cell(panel, id, "accumulatedSqnr").endsWith(QString::number(*one.accumulated.sqnrDb, 'f', 1)));
            if (!one.local) {
                QCOMPARE(cell(panel, id, "localSqnr"), missing());
                continue;
            }
            const bool low = *one.local->sqnrDb < 10;
            QCOMPARE(cell(panel, id, "localSqnr").contains("low"), low);
            QCOMPARE(cell(panel, id, "localMax"), significant(one.local->maxAbs));
        }
    }

    void lowLayersAreCountedByChip() {
        const Report report = fullExampleReport(30);
        const auto rows = errorRows(report);
        const QList<Chip> chips = errorChips(rows);
        int low = 0;
        for (const LayerError& one : report.errors->layers)
            low += isLow(one);
        QVERIFY(low > 1);
        QCOMPARE(chips[0].count, static_cast<int>(rows.size()));
        QCOMPARE(chips[1].count, low);
        QCOMPARE(chips[2].count, 1); // the bad one alone is low by itself
        QCOMPARE(chips[3].count, 1);
        QVERIFY(!errorMatches(rows[1], "not", {}));
        QVERIFY(errorMatches(rows[1], "all", QString::fromStdString(rows[1].error->layer)));
    }

    void whatTheFiguresMeanIsSaid() {
        QVERIFY(explained(error(5, 4))[0].startsWith("Its own quantization is the cause"));
        QVERIFY(explained(error(30, 12))[0].startsWith("Most of its error comes from"));
        QVERIFY(explained(error(30, 28))[0].startsWith("About as much error"));
        QVERIFY(explained(error({}, 28))[0].contains("does not run in int8"));
        LayerError exact = error(30, {});
        exact.local->sqnrDb.reset();
        QCOMPARE(explained(exact)[0], "Alone in int8: identical to fp32.");
        // 20 dB are a tenth of the amplitude
        QVERIFY(explained(error(20, 20))[1].contains(shareText(0.1)));
    }

    void onlyLayersThatAreNotInInt8AreSaidToBe() {
        Report report;
        report.layers.resize(2);
        report.layers[0].name = "pool";
        report.layers[0].byPrecision["int8"].precision = "int8";
        report.layers[1].name = "softmax";
        report.layers[1].byPrecision["int8"].precision = "fp32";
        report.errors = ErrorAnalysis{1, {error({}, 30), error({}, 30)}, {}};
        report.errors->layers[0].layer = "pool";
        report.errors->layers[1].layer = "softmax";
        auto rows = errorRows(report); // of a report of before: no reason is told
        QCOMPARE(whyNoLocalError(rows[0]), "Its own error was not measured.");
        QCOMPARE(whyNoLocalError(rows[1]), "It is not in int8.");
        QVERIFY(!errorMatches(rows[0], "not", {}));
        QVERIFY(errorMatches(rows[1], "not", {}));
        QCOMPARE(errorExplanation(rows[0])[0], "Its own error was not measured.");
        QVERIFY(errorExplanation(rows[1])[0].contains("does not run in int8"));
        report.errors->layers[0].notMeasured = "Its own error was not measured: no reason.";
        QCOMPARE(whyNoLocalError(errorRows(report)[0]), "Its own error was not measured: no reason.");
        TableModel<ErrorRow> model;
        model.setTable(errorColumns(), errorRows(report));
        const auto tip = [&](int row) {
            return model.indexOf(row, model.columnOf("localSqnr")).data(Qt::ToolTipRole).toString();
        };
        QVERIFY(tip(0).contains("no reason"));
        QVERIFY(tip(1).contains("not in int8"));
    }

    void theSelectionIsThatOfAllViews() {
        Document document;
        ErrorsPanel panel(document);
        document.setReport(test::shared(fullExampleReport(30)));
        const Report& report = *document.report();
        const LayerError& second = report.errors->layers[1];
        panel.table()->setCurrentIndex(panel.table()->model()->index(1, 0));
        QCOMPARE(report.layers[static_cast<size_t>(document.selectedLayer())].name, second.layer);
        QCOMPARE(panel.explanation(), errorExplanation(errorRows(report)[1]).join(u'\n'));

        const int fused = document.selectedLayer() + 1; // computed by the same step
        QVERIFY(!report.layers[static_cast<size_t>(fused)].byPrecision.at("int8").into.empty());
        document.selectLayer(fused);
        QCOMPARE(panel.table()->currentId(), 1);
        document.selectLayer(-1);
        QCOMPARE(panel.table()->currentId(), -1);
        QVERIFY(panel.explanation().startsWith("Choose a layer"));
    }

    void aClickInThePlotChoosesTheLayer() {
        Document document;
        ErrorsPanel panel(document);
        document.setReport(test::shared(fullExampleReport(30)));
        panel.resize(1000, 680);
        panel.show();
        QVERIFY(QTest::qWaitForWindowExposed(&panel));
        QTest::qWait(50); // the plot lays itself out when it is painted
        const LayerError& third = document.report()->errors->layers[2];
        QWidget* canvas = panel.plot()->findChild<QWidget*>();
        QTest::mouseClick(canvas, Qt::LeftButton, {}, panel.plot()->pixelOf(2, *third.accumulated.sqnrDb).toPoint());
        QCOMPARE(panel.table()->currentId(), 2);
        QVERIFY(panel.plot()->summary().contains("loses most by itself"));
    }

    void samplesThatLeaveLeadToTheirLayer() {
        Document document;
        ErrorsPanel panel(document);
        document.setReport(test::shared(fullExampleReport(30)));
        const auto& divergences = document.report()->errors->divergences;
        QCOMPARE(panel.divergences()->count(), static_cast<int>(divergences.size()));
        QCOMPARE(panel.divergences()->item(2)->text(), divergenceText(divergences[2]));
        panel.divergences()->setCurrentRow(2);
        QCOMPARE(panel.table()->currentId(), 1);
    }

    void withoutErrorsItSaysWhy() {
        Document document;
        ErrorsPanel panel(document);
        panel.show();
        QVERIFY(!panel.table()->isVisible());
        document.setReport(test::shared(test::withoutData(fullExampleReport())));
        QVERIFY(!panel.table()->isVisible());
        QSignalSpy links(&panel, &ErrorsPanel::viewRequested);
        for (QPushButton* button : panel.findChildren<QPushButton*>())
            if (button->isVisible())
                button->click();
        QCOMPARE(links.value(0).value(0).toString(), "data");
        Report old = fullExampleReport();
        old.errors.reset();
        document.setReport(test::shared(old));
        QVERIFY(!panel.table()->isVisible());
        document.setReport(test::shared(fullExampleReport()));
        QVERIFY(panel.table()->isVisible());
    }

    void anyErrorsAreAValidModel() {
        const Report report = fullExampleReport(30);
        test::checkTable(errorColumns(), errorRows(report));
    }

private:
    test::SettingsSandbox m_sandbox;
};

QTEST_MAIN(TestErrorsPanel)
#include "test_errors_panel.moc"
