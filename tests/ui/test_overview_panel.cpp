// SPDX-License-Identifier: GPL-3.0-or-later
// The overview: what the bars, the facts and the findings take from the report.
#include "core/report/run_time.h"
#include "tests/support/disturbed_report.h"
#include "tests/support/example_report.h"
#include "tests/support/full_example_report.h"
#include "ui/document.h"
#include "ui/facts/findings.h"
#include "ui/format.h"
#include "ui/plots/time_bars.h"
#include "ui/theme.h"
#include "ui/views/overview/fact.h"
#include "ui/views/overview/overview_panel.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QLabel>
#include <QPushButton>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include <numeric>

using namespace halftone;

namespace {

using Kind = TimeSegment::Kind;

Step step(StepKind kind, const char* precision, double ms) {
    Step made;
    made.kind = kind;
    made.precision = precision;
    made.medianMs = ms;
    return made;
}

double sum(const std::vector<TimeSegment>& segments) {
    return std::accumulate(segments.begin(), segments.end(), 0.0,
                           [](double ms, const TimeSegment& segment) { return ms + segment.ms; });
}

/// int8 takes 10 ms, nothing stands out.
Report quietReport() {
    Report report;
    for (const char* precision : {"fp32", "int8"}) {
        Run run;
        run.precision = precision;
        run.latencyMs.median = 10;
        report.runs.push_back(run);
    }
    return report;
}

Layer layer(const char* name, const char* precision, double ms, const char* reason) {
    Layer made;
    made.name = name;
    made.reason = reason;
    made.byPrecision["fp32"] = {LayerStatus::Executed, "", "fp32", ms, "", 0};
    made.byPrecision["int8"] = {LayerStatus::Executed, "", precision, ms, "", 0};
    return made;
}

} // namespace

class TestOverviewPanel : public QObject {
    Q_OBJECT
private slots:
    void timeIsSplitByWhatItWentTo() {
        Run run;
        run.steps = {step(StepKind::Compute, "fp32", 1), step(StepKind::ConvertLayout, "", 2),
                     step(StepKind::Compute, "int8", 3), step(StepKind::ConvertBoth, "", 4),
                     step(StepKind::Copy, "", 5),        step(StepKind::ConvertType, "", 6),
                     step(StepKind::Compute, "int8", 7)};
        run.unexplainedMs = 8;
        const std::vector<TimeSegment> expected{{Kind::Compute, 10, 2, "int8"},
                                                {Kind::Compute, 1, 1, "fp32"},
                                                {Kind::ConvertType, 10, 2},
                                                {Kind::ConvertLayout, 2, 1},
                                                {Kind::Copy, 5, 1},
                                                {Kind::NoStep, 8, 0}};
        QVERIFY(timeSegments(run) == expected);
    }

    void whatIsInNoStepIsDividedWhereWaitingIsKnown() {
        Run run;
        run.steps = {step(StepKind::Compute, "fp32", 3)};
        run.unexplainedMs = 2;
        run.waitingMs = 1.5;
        run.waitingShare = 0.3;
        QVERIFY((timeSegments(run) == std::vector<TimeSegment>{{Kind::Compute, 3, 1, "fp32"},
                                                               {Kind::Between, 0.5, 0},
                                                               {Kind::Waiting, 1.5, 0}}));
    }

    void roundingOfSimulatedInt8IsItsOwnPart() {
        Run run;
        run.steps = {step(StepKind::Compute, "fp32", 3), step(StepKind::Compute, "fp32", 2)};
        run.steps[1].op = "FakeQuantize";
        QVERIFY((timeSegments(run) == std::vector<TimeSegment>{{Kind::Compute, 3, 1, "fp32"}, {Kind::Rounding, 2, 1}}));
    }

    void timeThatIsMissingByNoiseIsNotDrawn() {
        Run run;
        run.steps = {step(StepKind::Compute, "int8", 3)};
        run.unexplainedMs = -0.5;
        QVERIFY((timeSegments(run) == std::vector<TimeSegment>{{Kind::Compute, 3, 1, "int8"}}));
    }

    void segmentsAddUpToTheLatency() {
        for (const Report& report : {exampleReport(60), roughReport(60)})
            for (const Run& run : report.runs) {
                QVERIFY(run.unexplainedMs >= 0);
                QVERIFY(std::abs(sum(timeSegments(run)) - run.latencyMs.median) < 1e-9 * run.latencyMs.median);
            }
    }

    void theCostliestLayerOutsideInt8ComesFirst() {
        Report report = quietReport();
        report.layers = {layer("small", "fp32", 0.05, "Too small to matter."), layer("fine", "int8", 5, ""),
                         layer("conv", "fp32", 0.41, "Its 3 channels have no int8 kernel here."),
                         layer("fc", "fp32", 0.7, "The last layer stays in fp32.")};
        const auto found = findings(report);
        QCOMPARE(found.size(), size_t(2));
        QCOMPARE(found[0].layer, std::string("fc"));
        QCOMPARE(found[1].layer, std::string("conv"));
        QCOMPARE(found[1].view, "layers");
        QCOMPARE(QString(found[1].text).replace(QChar(0x202F), u' '),
                 QString("conv runs in fp32: 0.410 ms, 4.1 % of the int8 time. Its 3 channels have no int8 "
                         "kernel here."));
    }

    void conversionsAreSummedAndTheLargestIsNamed() {
        Report report = quietReport();
        Conversion conversion;
        conversion.run = "int8";
        conversion.kind = StepKind::ConvertType;
        conversion.fromType = "f32";
        conversion.toType = "u8";
        conversion.edge = {"a", "b"};
        conversion.medianMs = 0.2;
        report.conversions = {conversion, conversion, conversion};
        report.conversions[1].medianMs = 0.3;
        report.conversions[1].edge = {"c", "d"};
        report.conversions[2].run = "fp32"; // another run's
        const auto found = findings(report);
        QCOMPARE(found.size(), size_t(1));
        QCOMPARE(found[0].view, "conversions");
        QCOMPARE(QString(found[0].text).replace(QChar(0x202F), u' '),
                 QString("Conversions take 0.500 ms, 5.0 % of the int8 time; the largest is f32 to u8 before d with "
                         "0.300 ms."));
    }

    void doubtsAboutTheTimingComeFirstAndThreeAreEnough() {
        Report report = quietReport();
        report.diagnostics.push_back({Severity::Warning, "reduced-weights", "", "This CPU has no VNNI."});
        report.diagnostics.push_back({Severity::Warning, "unstable-timing", "", "The timing varied by 9 %."});
        for (int i = 0; i < 5; ++i)
            report.layers.push_back(layer("conv", "fp32", 1, "No kernel."));
        const auto found = findings(report);
        QCOMPARE(found.size(), size_t(3));
        QCOMPARE(found[0].text, typeset("The timing varied by 9 %."));
        QCOMPARE(found[0].view, "warnings");
        report.layers.clear();
        QCOMPARE(findings(report).at(1).text, "This CPU has no VNNI.");
    }

    void wrongPreprocessingComesFirstWithItsCure() {
        Report report = quietReport();
        report.diagnostics.push_back({Severity::Warning, "unstable-timing", "", "The timing varied by 9 %."});
        report.diagnostics.push_back(
            {Severity::Warning, "channel-order", "", "Red and blue look swapped.", {{"channels", "bgr"}}});
        const auto found = findings(report);
        QCOMPARE(found.size(), size_t(2));
        QCOMPARE(found[0].text, "Red and blue look swapped.");
        QVERIFY((found[0].cure == std::map<std::string, std::string>{{"channels", "bgr"}}));
        QVERIFY(found[1].cure.empty());

        Document document;
        OverviewPanel panel(document);
        document.setReport(std::make_shared<const Report>(report));
        std::map<std::string, std::string> asked;
        connect(&panel, &OverviewPanel::cureRequested, this, [&](const auto& cure) { asked = cure; });
        for (QPushButton* button : panel.findChildren<QPushButton*>())
            if (button->text() == "Use BGR")
                button->click();
        QVERIFY(asked == found[0].cure);
    }

    void slowerLayersLeadToThePlanner() {
        Report report = quietReport();
        report.layers = {layer("a", "int8", 0.3, ""), layer("b", "int8", 0.5, ""), layer("c", "int8", 2, "")};
        for (Layer& one : report.layers) {
            one.group = static_cast<int>(&one - report.layers.data());
            one.byPrecision["fp32"].medianMs = 0.2;
            one.speedup = 0.2 / *one.byPrecision["int8"].medianMs;
            one.speedupCi95 = Interval{0.9 * *one.speedup, 1.1 * *one.speedup};
            one.grade = Grade::Rough;
        }
        report.layers[2].speedupCi95 = Interval{0.05, 2};
        report.layers[2].grade = Grade::Undecided;
        QCOMPARE(findings(report)[0].view, "layers"); // without a plan the planner has no rows
        report.plan = MixedPlan{};
        const auto found = findings(report);
        QCOMPARE(found.size(), size_t(1));
        QCOMPARE(found[0].view, "planner");
        QCOMPARE(found[0].layer, std::string("b"));
        QCOMPARE(QString(found[0].text).replace(QChar(0x202F), u' '),
                 QString("2 layers, b first, are slower in int8: 0.800 ms, 8.0 % of the int8 time, against 0.400 ms in "
                         "fp32."));
        report.layers.resize(1);
        QVERIFY(findings(report)[0].text.startsWith("a is slower in int8: "));
    }

    void aDropAboveTheLimitLeadsToThePlanner() {
        Report report = quietReport();
        report.verdict.accuracyDrop = 0.9;
        QVERIFY(findings(report).empty());
        report.verdict.accuracyDrop = 2.4;
        report.accuracy.emplace();
        report.accuracy->mcnemar = McNemar{12, 7, 0.36};
        QVERIFY2(findings(report).empty(), "a drop that may be chance is none");
        report.accuracy->mcnemar = McNemar{29, 5, 3.86e-5};
        QCOMPARE(findings(report).at(0).view, "planner");
        QVERIFY(findings(report)[0].text.startsWith("Top-1 drops by 2.4 points in int8. A plan finds"));
        report.plan = fullExampleReport().plan;
        QVERIFY(findings(report)[0].text.contains("The plan: 3 of "));
        report.verdict.accuracyDrop = 0.45; // the limit is the plan's
        QVERIFY(findings(report).empty());
        report.verdict.accuracyDrop = 0.6;
        report.plan->chosen = -1;
        QVERIFY(findings(report)[0].text.endsWith(u"No plan keeps the limit of 0.50\u202Fpoints."));
    }

    void aReportWithoutInt8HasNoFindings() {
        Report report = quietReport();
        report.runs.pop_back();
        QVERIFY(findings(report).empty());
        QVERIFY(findings(Report()).empty());
    }

    void figuresAreThoseOfTheReport() {
        Document document;
        OverviewPanel panel(document);
        const auto report = std::make_shared<const Report>(exampleReport(40));
        document.setReport(report);
        QCOMPARE(panel.findChild<QLabel*>("verdict")->text(), typeset(report->verdict.sentence));
        auto* speed = panel.findChild<Fact*>("speedFact");
        QCOMPARE(speed->value(), speedupText(gradedSpeedup(report->verdict)));
        const GradedSpeedup comparison = gradedSpeedup(report->verdict);
        // A rough figure is its interval, which is not told again below.
        QVERIFY(speed->detail().contains(comparison.grade == Grade::Rough ? QStringLiteral("rough: the 95 % interval")
                                                                          : certaintyText(comparison)));
        auto* accuracy = panel.findChild<Fact*>("accuracyFact");
        QVERIFY(accuracy->value().contains(shareText(report->accuracy->top1->share.at("fp32"))));
        QVERIFY(accuracy->value().contains(shareText(report->accuracy->top1->share.at("int8"))));
        auto* size = panel.findChild<Fact*>("sizeFact");
        QVERIFY(size->value().contains(bytesText(report->model.fp32WeightsBytes)));
        QVERIFY(size->value().contains(bytesText(report->model.int8WeightsBytes)));
        QVERIFY(size->detail().contains(bytesText(report->model.sizeBytes)));
        const auto description = panel.findChild<TimeBars*>()->accessibleDescription();
        for (const Run& run : report->runs)
            QVERIFY(description.contains(timeWithUnit(run.latencyMs.median, pageUnit(*report))));
    }

    void everyPrecisionHasABarWithItsSpeedUpAndAccuracy() {
        Document document;
        OverviewPanel panel(document);
        const auto report = std::make_shared<const Report>(fullExampleReport());
        document.setReport(report);
        const QString description = panel.findChild<TimeBars*>()->accessibleDescription();
        for (const Run& run : report->runs) {
            QVERIFY(description.contains(QString::fromStdString(run.precision) + ": " +
                                         timeWithUnit(run.latencyMs.median, pageUnit(*report))));
            QVERIFY(description.contains(shareText(report->accuracy->top1->share.at(run.precision))));
            if (run.precision != "fp32")
                QVERIFY(description.contains(speedupWithGrade(gradedSpeedup(run))));
        }
        QCOMPARE(description.count(u'▼'), 1); // simulated int8
    }

    void paintedPlotsAreSavedAndCopiedToo() {
        TimeBars bars;
        bars.setReport(std::make_shared<const Report>(fullExampleReport(12)));
        bars.resize(600, bars.sizeHint().height());
        QTemporaryDir folder;
        for (const char* suffix : {"png", "svg", "pdf"}) {
            const QString path = folder.filePath(QStringLiteral("bars.") + suffix);
            QVERIFY2(bars.savePicture(path), suffix);
            QVERIFY2(QFileInfo(path).size() > 1000, suffix);
        }
        QVERIFY(!bars.savePicture(folder.filePath("no/such/folder/bars.png")));
        const QImage saved(folder.filePath("bars.png"));
        QCOMPARE(saved.size(), bars.size() * 2);
        bars.copyPicture();
        QCOMPARE(QGuiApplication::clipboard()->image().size(), saved.size());
        QVERIFY2(saved.pixelColor(20, saved.height() - 8) != QColor(Qt::black), "the background is the window's");
        QFile svg(folder.filePath("bars.svg"));
        QVERIFY(svg.open(QIODevice::ReadOnly) && svg.readAll().contains("fp32"));
    }

    void olderReportsTakeTheSpeedUpOfInt8FromTheVerdict() {
        TimeBars bars;
        Report report = exampleReport();
        for (Run& run : report.runs)
            run.speedup.reset();
        bars.setReport(std::make_shared<const Report>(report));
        QVERIFY(bars.accessibleDescription().contains(speedupWithGrade(gradedSpeedup(report.verdict))));
    }

    void simulatedInt8IsExplainedInOneSentence() {
        const auto found = findings(fullExampleReport());
        QVERIFY(std::any_of(found.begin(), found.end(), [](const Finding& one) {
            return one.text.startsWith("Simulated int8 takes ") && one.text.endsWith("added.");
        }));
    }

    void aReportWithoutRunsSaysWhatToDo() {
        Document document;
        OverviewPanel panel(document);
        panel.show();
        Report report = fullExampleReport();
        report.runs.clear();
        report.layers.clear();
        document.setReport(std::make_shared<const Report>(report));
        QVERIFY(!panel.findChild<QLabel*>("verdict")->isVisible());
        document.setReport(std::make_shared<const Report>(exampleReport()));
        QVERIFY(panel.findChild<QLabel*>("verdict")->isVisible());
    }

    void noPointEstimateStandsInTheLargestLettersUnlessItIsSure() {
        Document document;
        OverviewPanel panel(document);
        auto* speed = panel.findChild<Fact*>("speedFact");
        Report report = roughReport();
        document.setReport(std::make_shared<const Report>(report));
        QCOMPARE(speed->value(), typeset(intervalFigure(*report.verdict.speedupCi95)));
        QVERIFY(speed->detail().startsWith("rough: the 95 % interval\n"));
        document.setReport(std::make_shared<const Report>(undecidedReport()));
        QCOMPARE(speed->value(), "not decided");
        QVERIFY(speed->detail().startsWith("not decided: the 95\u00A0% interval "));
        report.verdict.speedup = 0.998;
        report.verdict.speedupCi95 = Interval{0.98, 1.01};
        report.verdict.grade = Grade::Undecided;
        document.setReport(std::make_shared<const Report>(report));
        QCOMPARE(speed->value(), "as fast");
        for (const Report& one : {roughReport(), undecidedReport()}) {
            document.setReport(std::make_shared<const Report>(one));
            QVERIFY(!speed->value().startsWith(typeset(factorText(*one.verdict.speedup) + "x")));
        }
    }

    void aChangeOfAccuracyByChanceIsToldInPlainWords() {
        Document document;
        OverviewPanel panel(document);
        auto* accuracy = panel.findChild<Fact*>("accuracyFact");
        document.setReport(std::make_shared<const Report>(exampleReport()));
        QVERIFY(accuracy->detail().contains("4 got worse, 3 got better of 1000: chance"));
        QVERIFY2(!accuracy->detail().contains("points"), "a change by chance is no drop");
        QVERIFY(!accuracy->detail().contains("McNemar"));
        QVERIFY(accuracy->toolTip().contains("McNemar p = 1"));
        document.setReport(std::make_shared<const Report>(fullExampleReport()));
        QVERIFY(accuracy->detail().contains(pointsText(-2.4)));
        QVERIFY(accuracy->detail().contains("29 got worse, 5 got better of 1000: more than chance"));
    }

    void waitingIsNamedAndProved() {
        TimeBars bars;
        const auto report = std::make_shared<const Report>(roughReport(30));
        bars.setReport(report);
        bars.resize(800, bars.sizeHint().height());
        QVERIFY(bars.accessibleDescription().contains("waiting for a CPU"));
        QString tips;
        for (int y = 0; y < bars.height(); y += 4)
            for (int x = 0; x < bars.width(); x += 4)
                tips += bars.tooltipAt(QPointF(x, y)) + u'\n';
        for (const Run& run : report->runs)
            QVERIFY(tips.contains(typeset(waitingProof(report->machine, run))));
        bars.setReport(std::make_shared<const Report>(exampleReport()));
        QVERIFY(!bars.accessibleDescription().contains("waiting for a CPU"));
    }

    void oneUnitOnThePage() {
        Report report = exampleReport(30); // above and below a millisecond
        const TimeUnit unit = pageUnit(report);
        QCOMPARE(unit, TimeUnit::Ms);
        Document document;
        OverviewPanel panel(document);
        document.setReport(std::make_shared<const Report>(report));
        QStringList texts{panel.findChild<TimeBars*>()->accessibleDescription()};
        for (const QLabel* label : panel.findChildren<QLabel*>())
            texts += label->text();
        for (const Finding& finding : findings(report))
            texts += finding.text;
        QVERIFY2(!texts.join(u' ').contains(QStringLiteral("µs")), qPrintable(texts.join(u' ')));
    }

    void withoutPicturesTheControlThatAddsThemIsOffered() {
        Document document;
        OverviewPanel panel(document);
        QSignalSpy links(&panel, &OverviewPanel::viewRequested);
        Report report = exampleReport();
        report.data.reset();
        report.accuracy.reset();
        document.setReport(std::make_shared<const Report>(report));
        auto* accuracy = panel.findChild<Fact*>("accuracyFact");
        QCOMPARE(accuracy->detail(), "No data was given, so accuracy is unknown.");
        QVERIFY(accuracy->value().isEmpty());
        for (QPushButton* button : panel.findChildren<QPushButton*>())
            if (button->text().contains("data"))
                button->click();
        QCOMPARE(links.size(), 1);
        QCOMPARE(links[0][0].toString(), "data");
    }

    void withoutLabelsTheAgreementStandsInForAccuracy() {
        Document document;
        OverviewPanel panel(document);
        Report report = exampleReport();
        report.accuracy->top1.reset();
        report.accuracy->top5.reset();
        report.accuracy->agreement = 0.991;
        document.setReport(std::make_shared<const Report>(report));
        auto* accuracy = panel.findChild<Fact*>("accuracyFact");
        QCOMPARE(accuracy->value(), shareText(0.991));
        QVERIFY(accuracy->detail().contains("no labels"));
    }

    void findingsLeadToTheirLayer() {
        Document document;
        OverviewPanel panel(document);
        QSignalSpy links(&panel, &OverviewPanel::viewRequested);
        Report report = quietReport();
        report.layers = {layer("a", "int8", 1, ""), layer("b", "fp32", 1, "No kernel.")};
        document.setReport(std::make_shared<const Report>(report));
        for (QPushButton* button : panel.findChildren<QPushButton*>())
            if (button->text() == "Show layers")
                button->click();
        QCOMPARE(links.size(), 1);
        QCOMPARE(document.selectedLayer(), 1);
    }

    void emptyAndOddReportsAreDrawn() {
        Document document;
        OverviewPanel panel(document);
        panel.resize(800, 600);
        for (Report report : {Report(), quietReport(), exampleReport(6)}) {
            if (!report.runs.empty())
                report.runs[0].latencyMs.median = 0;
            document.setReport(std::make_shared<const Report>(report));
            QVERIFY(!panel.grab().isNull());
        }
        document.setReport(nullptr);
        QVERIFY(!panel.grab().isNull());
    }
};

QTEST_MAIN(TestOverviewPanel)
#include "test_overview_panel.moc"
