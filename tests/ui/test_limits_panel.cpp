// SPDX-License-Identifier: GPL-3.0-or-later
// The limits: waterfall, roofline, memory, and what is said where a report has none.
#include "tests/support/disturbed_report.h"
#include "tests/ui/reports.h"
#include "ui/document.h"
#include "ui/facts/findings.h"
#include "ui/plots/loss_bars.h"
#include "ui/plots/roofline_plot.h"
#include "ui/theme.h"
#include "ui/views/limits/limits_panel.h"

#include <QLabel>
#include <QToolButton>
#include <QtTest>

#include <algorithm>

using namespace halftone;

namespace {

QString allText(const QWidget& widget) {
    QStringList texts;
    for (const QLabel* label : widget.findChildren<QLabel*>())
        if (label->isVisibleTo(&widget))
            texts += label->text();
    return texts.join(u'\n');
}

/// Figures carry narrow spaces.
QString plainSpaces(QString text) {
    return text.replace(QChar(0x202F), u' ');
}

LossPart& part(Report& report, LossKind kind) {
    return *std::find_if(report.waterfall->parts.begin(), report.waterfall->parts.end(),
                         [&](const LossPart& one) { return one.kind == kind; });
}

} // namespace

class TestLimitsPanel : public QObject {
    Q_OBJECT
private slots:
    void initTestCase() { theme::apply(ThemeChoice::Light); }

    void withoutLimitsThePanelSaysWhy() {
        Document document;
        LimitsPanel panel(document);
        QVERIFY(allText(panel).contains("Quantize & Profile"));
        Report report = exampleReport(12);
        report.roofline.reset();
        document.setReport(test::shared(report));
        QVERIFY(allText(panel).contains("no measured peaks"));
        report = exampleReport(12);
        report.waterfall.reset();
        report.runs.pop_back();
        document.setReport(test::shared(report));
        QVERIFY(panel.sentence().contains("lacks an fp32 or an int8 run"));
        QVERIFY(!panel.losses()->isVisibleTo(&panel));
        document.setReport(test::shared(exampleReport(12)));
        QVERIFY(panel.losses()->isVisibleTo(&panel));
    }

    void theSentenceNamesTheLargestLoss() {
        Document document;
        LimitsPanel panel(document);
        Report report = exampleReport(12);
        for (LossPart& one : report.waterfall->parts)
            one.ms = 0;
        report.waterfall->int8Ms = 10;
        part(report, LossKind::Ideal).ms = 6;
        part(report, LossKind::MemoryBound).ms = 1;
        part(report, LossKind::TooSmall).ms = 3;
        document.setReport(test::shared(report));
        QCOMPARE(plainSpaces(panel.sentence()),
                 "int8 computes at most 4.00× as fast as fp32 here. If every layer that multiplies gained that, they "
                 "would take 6.00 ms; the whole takes 10.0 ms. 4.0 ms is lost, most of it to: too small (3.0 ms).");
        part(report, LossKind::Waiting).ms = 2.5; // is the largest, but no loss of int8
        report.waterfall->int8Ms = 12.5;
        document.setReport(test::shared(report));
        QVERIFY(plainSpaces(panel.sentence())
                    .endsWith("the whole takes 12.5 ms, of it 2.5 ms waiting for a CPU. 4.0 ms is lost, most of it "
                              "to: too small (3.0 ms)."));
        part(report, LossKind::Ideal).ms = 11; // int8 beats it
        part(report, LossKind::AbovePeak).ms = -5;
        document.setReport(test::shared(report));
        QVERIFY(panel.sentence().endsWith("Nothing is lost."));
        QVERIFY(!panel.grab().isNull());
    }

    void waitingIsAPartOfItsOwnWithItsProof() {
        Document document;
        document.setReport(test::shared(roughReport(30)));
        LimitsPanel panel(document);
        LossBars& bars = *panel.losses();
        bars.resize(bars.sizeHint());
        QString tips;
        for (int y = 4; y < bars.height(); y += 24)
            tips += bars.tooltipAt({20.0, double(y)}) + u'\n';
        QVERIFY(tips.contains("waiting for a CPU: "));
        QVERIFY(tips.contains("other programs took 44.0"));
        QVERIFY(bars.accessibleDescription().contains("between steps"));
    }

    void everyPartOfTheWaterfallNamesItsSteps() {
        Report report = exampleReport(40);
        part(report, LossKind::TooSmall).ms = 0;
        Document document;
        document.setReport(test::shared(report));
        LimitsPanel panel(document);
        LossBars& bars = *panel.losses();
        bars.resize(bars.sizeHint());
        QStringList tips;
        for (int y = 4; y < bars.height(); y += 24)
            tips += bars.tooltipAt({20.0, double(y)});
        size_t shown = 2; // both totals
        for (const LossPart& one : report.waterfall->parts)
            shown += one.ms != 0;
        QCOMPARE(static_cast<size_t>(tips.size()), shown);
        QVERIFY(tips.front().startsWith("fp32"));
        QVERIFY(tips.back().startsWith("int8"));
        const auto kernel =
            std::find_if(tips.begin(), tips.end(), [](const QString& tip) { return tip.startsWith("no int8 kernel"); });
        QVERIFY(kernel != tips.end());
        QVERIFY(kernel->contains("Conv_"));
        QVERIFY(std::none_of(tips.begin(), tips.end(), [](const QString& tip) { return tip.startsWith("too small"); }));
        QVERIFY(bars.tooltipAt({20.0, bars.height() + 30.0}).isEmpty());
        QVERIFY(bars.accessibleDescription().contains("no int8 kernel"));
    }

    void aClickOnAPartSelectsItsLongestLayer() {
        const auto report = test::shared(exampleReport(40));
        Document document;
        document.setReport(report);
        LimitsPanel panel(document);
        panel.resize(1000, 700);
        panel.show();
        QTest::mouseClick(panel.losses(), Qt::LeftButton, {}, {30, 24 + 8}); // the ideal
        QVERIFY(document.selectedLayer() >= 0);
        const Run& int8 = *report->run("int8");
        double longest = 0;
        std::string name;
        for (const int step : report->waterfall->parts.front().steps)
            if (int8.steps[static_cast<size_t>(step)].medianMs > longest) {
                longest = int8.steps[static_cast<size_t>(step)].medianMs;
                name = int8.steps[static_cast<size_t>(step)].origins.front();
            }
        QCOMPARE(report->layers[static_cast<size_t>(document.selectedLayer())].name, name);
    }

    void everyStepThatMultipliesIsADot() {
        Report report = exampleReport(12);
        size_t multiplying = 0;
        for (const Run& run : report.runs)
            for (const Step& step : run.steps)
                multiplying += step.macs > 0;
        const auto dots = rooflineDots(report);
        QCOMPARE(dots.size(), multiplying);
        for (const RooflineDot& dot : dots) {
            QCOMPARE(dot.intensity, 2.0 * double(dot.step->macs) / double(dot.step->bytes));
            QCOMPARE(dot.gops, 2e-6 * double(dot.step->macs) / dot.step->medianMs);
        }
        QVERIFY(std::is_sorted(dots.begin(), dots.end(), [](const RooflineDot& a, const RooflineDot& b) {
            return a.step->medianMs > b.step->medianMs;
        }));
        QVERIFY(rooflineDots(Report()).empty());
    }

    void aClickOnADotSelectsItsLayer() {
        Document document;
        document.setReport(test::shared(exampleReport(12)));
        LimitsPanel panel(document);
        panel.resize(1000, 800);
        panel.show();
        QVERIFY(QTest::qWaitForWindowExposed(&panel));
        RooflinePlot& plot = *panel.roofline();
        QTRY_VERIFY(plot.height() > 100);
        QSignalSpy asked(&panel, &LimitsPanel::viewRequested);
        const RooflineDot dot = plot.dots().back(); // the smallest is on top
        QWidget* canvas = plot.findChildren<QWidget*>().front();
        QTest::mouseClick(canvas, Qt::LeftButton, {}, plot.pixelOf(dot).toPoint());
        QVERIFY(document.selectedLayer() >= 0);
        const std::string& name = document.report()->layers[static_cast<size_t>(document.selectedLayer())].name;
        QCOMPARE(name, dot.step->origins.front());
        auto* show = panel.findChild<QToolButton*>();
        QVERIFY(show->isVisible());
        show->click();
        QCOMPARE(asked.size(), 1);
        QCOMPARE(asked.front().front().toString(), "layers");
    }

    void memoryAndLimitsAreListed() {
        Document document;
        document.setReport(test::shared(exampleReport(12)));
        LimitsPanel panel(document);
        const QString text = plainSpaces(allText(panel));
        for (const char* expected : {"Weights", "Activations", "Scratchpad", "Peak growth", "8 threads", "46.0 GOP/s",
                                     "184 GOP/s", "memory", "5.20 GB/s", "0.00120 ms"})
            QVERIFY2(text.contains(QString::fromUtf8(expected)), expected);
    }

    void largeLossesStandOutInTheOverview() {
        Report report = exampleReport(12);
        part(report, LossKind::MemoryBound).ms = 0.9 * report.run("int8")->latencyMs.median;
        const auto found = findings(report);
        QVERIFY(std::any_of(found.begin(), found.end(), [](const Finding& one) {
            return one.view == "limits" && one.text.startsWith("Lost to memory: ");
        }));
    }
};

QTEST_MAIN(TestLimitsPanel)
#include "test_limits_panel.moc"
