// SPDX-License-Identifier: GPL-3.0-or-later
// Changed samples: the sentence, the kinds, the rows and what stands where there are none.
#include "tests/support/full_example_report.h"
#include "tests/ui/reports.h"
#include "tests/ui/settings_sandbox.h"
#include "ui/document.h"
#include "ui/format.h"
#include "ui/views/samples/samples_panel.h"

#include <QAbstractItemModelTester>
#include <QApplication>
#include <QClipboard>
#include <QLabel>
#include <QListView>
#include <QPushButton>
#include <QSignalSpy>
#include <QtTest>

using namespace halftone;

namespace {

Accuracy split(int64_t rightToWrong, int64_t wrongToRight, double pValue) {
    Accuracy accuracy;
    accuracy.samples = 400;
    accuracy.agreement = 0.98;
    accuracy.mcnemar = McNemar{rightToWrong, wrongToRight, pValue};
    return accuracy;
}

QString rowText(const SamplesPanel& panel, int row) {
    return panel.list().index(row).data().toString();
}

} // namespace

class TestSamplesPanel : public QObject {
    Q_OBJECT
private slots:
    void init() { m_sandbox.clear(); }

    void theSentenceTellsChanceFromLoss() {
        Report report;
        report.data.emplace();
        const auto sentence = [&](const Accuracy& accuracy) {
            report.accuracy = accuracy;
            return sampleSentence(report);
        };
        QCOMPARE(sentence(split(5, 3, 0.7266)), "5 got worse, 3 got better of 400: chance.");
        QCOMPARE(sentence(split(29, 5, 3.86e-5)), "29 got worse, 5 got better of 400: more than chance.");
        QCOMPARE(sentence(split(0, 0, 1)), "None of 400 got worse or better.");
        Accuracy accuracy = split(5, 3, 0.7266);
        accuracy.alsoCalibrated = 60;
        QVERIFY(sentence(accuracy).endsWith("60 of them were calibrated with too."));
        accuracy.mcnemar.reset();
        accuracy.changed.resize(8);
        QVERIFY(sentence(accuracy).startsWith("8 of 400 pictures"));
        accuracy.agreement.reset();
        QVERIFY(sentence(accuracy).contains("not one row of classes"));
        report.data->sampleKind = SampleKind::Text;
        accuracy.judgedAs = OutputKind::Embedding;
        accuracy.byPrecision["int8"].measures = {{MeasureKind::Cosine, 0.99583, Interval{0.995, 0.9966}, 400},
                                                 {MeasureKind::NeighbourKept, 0.962, {}, 400}};
        accuracy.alsoCalibrated = 0;
        QCOMPARE(sentence(accuracy), "Compared as: Embedding. Against fp32 cosine 0.9958, nearest neighbour kept for "
                                     "96.2 %, on 400 texts.");
    }

    void theLargestOutputsOfBothStandInPairs() {
        ChangedSample sample;
        sample.top = {{"fp32", {{3, 9}, {1, 8}, {4, 2}, {5, 1}, {6, 0.5}}}, {"int8", {{1, 8.5}, {3, 8.25}, {7, 3}}}};
        const std::vector<ScorePair> pairs = scorePairs(sample);
        QCOMPARE(pairs.size(), size_t(5));
        QCOMPARE(pairs[0].index, 3);
        QCOMPARE(*pairs[0].int8, 8.25);
        QCOMPARE(pairs[1].index, 1);
        QCOMPARE(*pairs[1].fp32, 8.0);
        QCOMPARE(pairs[2].index, 7);
        QVERIFY(!pairs[2].fp32);
        QCOMPARE(pairs[4].index, 5);
        QVERIFY(scorePairs({}).empty());
    }

    void rowsFollowTheReportAndChipsNarrowThem() {
        Document document;
        SamplesPanel panel(document);
        document.setReport(test::shared(fullExampleReport()));
        const Accuracy& accuracy = *document.report()->accuracy;
        QCOMPARE(panel.list().rowCount(), static_cast<int>(accuracy.changed.size()));
        QCOMPARE(rowText(panel, 0), "pictures/1/0017.png, right to wrong, label 1 (Trouser), fp32 1 (Trouser), int8 3 "
                                    "(Dress), output moved by " +
                                        shareText(accuracy.changed[0].distance));
        panel.filter()->chooseChip("wrong-to-right");
        QCOMPARE(panel.list().rowCount(), 5);
        for (int row = 0; row < 5; ++row)
            QCOMPARE(panel.list().sample(panel.list().index(row)).change, "wrong-to-right");
        panel.filter()->chooseChip("moved");
        QCOMPARE(panel.list().rowCount(), 20);
        QVERIFY(rowText(panel, 0).contains("same answer"));
        panel.filter()->chooseChip("changed");
        panel.filter()->setText("dress");
        QVERIFY(panel.list().rowCount() > 0);
        QVERIFY(panel.list().rowCount() < static_cast<int>(accuracy.changed.size()));
        panel.filter()->clear();
        QCOMPARE(panel.list().rowCount(), static_cast<int>(accuracy.changed.size()));
    }

    void picturesAreThoseOfTheReport() {
        Document document;
        SamplesPanel panel(document);
        document.setReport(test::shared(fullExampleReport()));
        QCOMPARE(panel.list().picture(panel.list().index(0)).size(), QSize(36, 36));
        QCOMPARE(panel.list().picture(panel.list().index(1)).size(), QSize(48, 36));
        QVERIFY(panel.list().picture(panel.list().index(33)).isNull()); // the report keeps 30
    }

    void theListIsAModelThatHolds() {
        SampleList list;
        const QAbstractItemModelTester tester(&list, QAbstractItemModelTester::FailureReportingMode::QtTest);
        list.setReport(test::shared(fullExampleReport()));
        list.setFilter("changed", {});
        list.setFilter("flipped", {});
        QCOMPARE(list.rowCount(), 0);
        list.setFilter("moved", "boot");
        list.setReport(nullptr);
        QCOMPARE(list.rowCount(), 0);
        QVERIFY(list.chips().isEmpty());
    }

    void chosenRowsAreCopiedAsATable() {
        Document document;
        SamplesPanel panel(document);
        document.setReport(test::shared(fullExampleReport()));
        panel.view()->setCurrentIndex(panel.list().index(0));
        QTest::keyClick(panel.view(), Qt::Key_C, Qt::ControlModifier);
        QCOMPARE(QApplication::clipboard()->text(), "Sample\tChange\tLabel\tfp32\tint8\tDistance\n"
                                                    "pictures/1/0017.png\tright to wrong\t1\t1\t3\t0.41\n");
    }

    void withoutPicturesItSaysSoAndOffersThem() {
        Document document;
        SamplesPanel panel(document);
        document.setReport(test::shared(test::withoutData(exampleReport())));
        panel.show();
        QVERIFY(!panel.view()->isVisible());
        QSignalSpy requested(&panel, &SamplesPanel::dataRequested);
        for (auto* button : panel.findChildren<QPushButton*>())
            if (button->isVisible())
                button->click();
        QCOMPARE(requested.size(), 1);
    }

    void aReportOfTheFirstVersionsHasRowsWithoutDetails() {
        Document document;
        SamplesPanel panel(document);
        Report first = exampleReport();
        first.accuracy->mcnemar.reset();
        document.setReport(test::shared(first));
        panel.resize(744, 580);
        panel.show();
        QVERIFY(panel.view()->isVisible());
        QCOMPARE(panel.list().rowCount(), 7);
        QVERIFY(!rowText(panel, 0).contains("moved"));
        QCOMPARE(panel.findChild<QLabel*>("sampleSentence")->text(),
                 QStringLiteral("7 of %1 pictures have another top-1 in int8.").arg(countText(1000)));
        QVERIFY(panel.list().picture(panel.list().index(0)).isNull());
        panel.grab();
    }

private:
    test::SettingsSandbox m_sandbox;
};

QTEST_MAIN(TestSamplesPanel)
#include "test_samples_panel.moc"
