// SPDX-License-Identifier: GPL-3.0-or-later
// Instruction sets: the table, the bars and what is said about saturation.
#include "tests/support/disturbed_report.h"
#include "tests/support/full_example_report.h"
#include "tests/ui/reports.h"
#include "tests/ui/settings_sandbox.h"
#include "tests/ui/table_check.h"
#include "ui/document.h"
#include "ui/format.h"
#include "ui/models/table_view.h"
#include "ui/plots/latency_bars.h"
#include "ui/views/isas/isas_panel.h"

#include <QLabel>
#include <QPushButton>
#include <QSignalSpy>
#include <QtTest>

using namespace halftone;

namespace {

QString cell(const IsasPanel& panel, int id, const QString& column) {
    const TableModelBase* model = panel.table()->table();
    return model->indexOf(id, model->columnOf(column)).data().toString();
}

} // namespace

class TestIsasPanel : public QObject {
    Q_OBJECT
private slots:
    void init() { m_sandbox.clear(); }

    void withoutAComparisonItOffersOne() {
        Document document;
        document.setReport(test::shared(exampleReport()));
        IsasPanel panel(document);
        panel.show();
        QVERIFY(!panel.table()->isVisible());
        QSignalSpy requested(&panel, &IsasPanel::measureRequested);
        panel.findChild<QPushButton*>("compareIsas")->click();
        QCOMPARE(requested.size(), 1);
    }

    void everyRunIsARowWithItsFigures() {
        Document document;
        IsasPanel panel(document);
        document.setReport(test::shared(fullExampleReport()));
        const IsaComparison& isas = *document.report()->isas;
        QCOMPARE(panel.table()->table()->totalCount(), static_cast<int>(isas.runs.size()));
        for (int id = 0; id < static_cast<int>(isas.runs.size()); ++id) {
            const IsaRun& run = isas.runs[id];
            QCOMPARE(cell(panel, id, "isa"), plain(run.isa));
            QCOMPARE(cell(panel, id, "weights"),
                     run.weightBits == 7 ? QStringLiteral("7-bit") : QStringLiteral("full"));
            if (!run.failure.empty()) {
                for (const char* column : {"fp32Time", "int8Time", "speedup", "int8Top1", "agreement", "saturated"})
                    QCOMPARE(cell(panel, id, column), missing());
                continue;
            }
            QCOMPARE(cell(panel, id, "fp32Time"), timeText(run.latencyMs.at("fp32").median, TimeUnit::Ms));
            QCOMPARE(cell(panel, id, "int8Time"), timeText(run.latencyMs.at("int8").median, TimeUnit::Ms));
            QCOMPARE(cell(panel, id, "speedup"), speedupWithGrade(gradedSpeedup(run)));
            QCOMPARE(cell(panel, id, "int8Top1") + QChar(0x202F) + u'%', shareText(run.top1.at("int8")));
            QCOMPARE(cell(panel, id, "saturated"), run.saturated ? "yes" : "no");
        }
    }

    void furtherPrecisionsHaveATimeToo() {
        Document document;
        IsasPanel panel(document);
        Report report = fullExampleReport();
        report.isas->runs[5].latencyMs["int8-simulated"] = report.isas->runs[5].latencyMs.at("fp32");
        document.setReport(test::shared(report));
        QCOMPARE(cell(panel, 5, "int8-simulatedTime"), timeText(1.61, TimeUnit::Ms));
        QCOMPARE(cell(panel, 0, "int8-simulatedTime"), missing());
        document.setReport(test::shared(fullExampleReport()));
        QCOMPARE(panel.table()->table()->columnOf("int8-simulatedTime"), -1);
    }

    void missingFiguresSayWhy() {
        Document document;
        IsasPanel panel(document);
        Report report = fullExampleReport();
        report.isas->runs[0].top1.clear();
        document.setReport(test::shared(report));
        const TableModelBase* model = panel.table()->table();
        const auto reason = [&](int id, const char* column) {
            return model->indexOf(id, model->columnOf(column)).data(Qt::AccessibleDescriptionRole).toString();
        };
        QCOMPARE(reason(0, "fp32Top1"), "No labelled data was given");
        const int failed = model->totalCount() - 1;
        QCOMPARE(reason(failed, "int8Time"), typeset(report.isas->runs[failed].failure));
    }

    void saturationIsExplainedWithItsRemedy() {
        const Report report = fullExampleReport();
        const QStringList remarks = isaRemarks(*report.isas);
        QCOMPARE(remarks.size(), 4); // one without a measurable difference, two saturated, one failed
        QVERIFY(remarks[0].startsWith("SSE41, full weights: int8 is between "));
        QVERIFY(remarks[1].startsWith("AVX2, full weights: "));
        QVERIFY(remarks[1].contains("Limit the weights there"));
        QVERIFY(remarks[1].contains(
            QStringLiteral("top-1 is %1, with full weights %2").arg(shareText(0.919), shareText(0.864))));
        QVERIFY(remarks[3].contains("signal 4"));

        IsaComparison alone = *report.isas;
        alone.runs = {alone.runs[1]};
        QCOMPARE(isaRemarks(alone).size(), 1);
        QVERIFY(isaRemarks(alone)[0].startsWith("AVX2: "));
        QVERIFY(isaRemarks(alone)[0].endsWith("so that sums fit."));
    }

    void barsAreDescribedInWords() {
        Document document;
        IsasPanel panel(document);
        document.setReport(test::shared(fullExampleReport()));
        const QString words = panel.findChild<LatencyBars*>()->accessibleDescription();
        QVERIFY(words.contains("AVX512_CORE_VNNI, full weights: fp32 " + timeWithUnit(1.61)));
        QVERIFY(words.contains("AVX512_CORE_AMX: failed."));
    }

    void onlyDecidedRowsAreSlowerOrFaster() {
        Report report = undecidedReport();
        report.isas->runs[0].speedup = 0.8;
        report.isas->runs[0].speedupCi95 = Interval{0.7, 0.9};
        report.isas->runs[0].grade = Grade::Rough;
        const auto columns = isaColumns(*report.isas);
        const auto column =
            std::find_if(columns.begin(), columns.end(), [](const auto& one) { return one.key == u"speedup"; });
        const auto rows = isaRows(*report.isas);
        QCOMPARE(column->cell(rows[0]).text, QStringLiteral("▼ 0.70 to 0.90× (rough)"));
        QCOMPARE(column->cell(rows[0]).tone, Tone::Slower);
        QCOMPARE(column->cell(rows[1]).tone, Tone::Quiet);
        QVERIFY(column->cell(rows[1]).text.startsWith("not decided ("));
    }

    void theSectionSaysWhenItWasMeasured() {
        Document document;
        IsasPanel panel(document);
        Report report = fullExampleReport();
        document.setReport(test::shared(report));
        auto* section = panel.findChild<QLabel*>("section");
        QVERIFY(section->text().contains("with the settings of the runs; load 0.1."));
        report.isas->conditions->differences = {"2 threads, not 8"};
        document.setReport(test::shared(report));
        QVERIFY(section->text().startsWith(QStringLiteral("△ Measured ")) &&
                section->text().contains("with 2 threads, not 8"));
    }

    void anyComparisonIsAValidModel() {
        const Report report = fullExampleReport();
        test::checkTable(isaColumns(*report.isas), isaRows(*report.isas));
    }

private:
    test::SettingsSandbox m_sandbox;
};

QTEST_MAIN(TestIsasPanel)
#include "test_isas_panel.moc"
