// SPDX-License-Identifier: GPL-3.0-or-later
// Planner: the answer, the front, the layers with their reasons, pins, and what is handed over to other tools.
#include "core/report/compared.h"
#include "core/report/exclusions.h"
#include "tests/support/full_example_report.h"
#include "tests/ui/reports.h"
#include "tests/ui/settings_sandbox.h"
#include "tests/ui/table_check.h"
#include "ui/document.h"
#include "ui/format.h"
#include "ui/models/plan_table.h"
#include "ui/models/table_view.h"
#include "ui/plots/front_plot.h"
#include "ui/views/planner/planner_panel.h"

#include <QClipboard>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QGuiApplication>
#include <QLabel>
#include <QMenu>
#include <QPushButton>
#include <QSignalSpy>
#include <QtTest>

using namespace halftone;

namespace {

QString cell(const PlannerPanel& panel, int id, const QString& column) {
    const TableModelBase* model = panel.table()->table();
    return model->indexOf(id, model->columnOf(column)).data().toString();
}

QStringList names(const std::vector<std::string>& layers) {
    QStringList result;
    for (const std::string& layer : layers)
        result += QString::fromStdString(layer);
    return result;
}

JobRequest completed(const PlannerPanel& panel) {
    JobRequest request;
    panel.complete(request);
    return request;
}

} // namespace

class TestPlannerPanel : public QObject {
    Q_OBJECT
private slots:
    void init() { m_sandbox.clear(); }

    void theTimeTakenIsToldBesideWhatWasAllowed() {
        MixedPlan plan;
        plan.timeBudgetS = 15;
        plan.usedS = 14.62;
        QVERIFY(planFacts(plan).endsWith(QStringLiteral("took 14.6 of 15 s.")));
        plan.usedS = 15.53;
        QVERIFY(planFacts(plan).endsWith(QStringLiteral("took 15.6 s where 15 s were allowed.")));
    }

    void withoutAPlanItExplainsAndOffersOne() {
        Document document;
        PlannerPanel panel(document);
        document.setReport(test::shared(exampleReport()));
        panel.show();
        QVERIFY(!panel.table()->isVisible());
        QSignalSpy requested(&panel, &PlannerPanel::measureRequested);
        for (const bool ready : {false, true}) {
            panel.setReady(ready);
            int offered = 0;
            for (QPushButton* button : panel.findChildren<QPushButton*>())
                if (button->isVisible() && button->text().remove(u'&') == u"Find plan") {
                    ++offered;
                    QCOMPARE(button->isEnabled(), ready);
                    button->click();
                }
            QCOMPARE(offered, 2); // above, and where the plan will be
        }
        QCOMPARE(requested.size(), 2);
    }

    void everyLayerHasItsFiguresAndReason() {
        Document document;
        PlannerPanel panel(document);
        document.setReport(test::shared(fullExampleReport(30)));
        const MixedPlan& plan = *document.report()->plan;
        QCOMPARE(panel.sentence(), typeset(plan.sentence));
        QCOMPARE(panel.table()->table()->totalCount(), static_cast<int>(plan.layers.size()));
        for (int id = 0; id < static_cast<int>(plan.layers.size()); ++id) {
            const PlanLayer& layer = plan.layers[static_cast<size_t>(id)];
            QCOMPARE(cell(panel, id, "layer"), plain(layer.layer));
            QCOMPARE(cell(panel, id, "precision"), plain(layer.precision));
            QCOMPARE(cell(panel, id, "pin"), layer.pinned.empty() ? "free" : plain(layer.pinned));
            QCOMPARE(cell(panel, id, "reason"), layer.reason.empty() ? missing() : plain(layer.reason));
            QCOMPARE(cell(panel, id, "int8Ms"), timeText(layer.ms.at("int8"), pageUnit(plan)));
            QCOMPARE(cell(panel, id, "cost"), QString::number(layer.costPoints, 'f', 2));
            QCOMPARE(cell(panel, id, "gain").contains(u'▼'), isSlower(gradedSpeedup(layer)));
        }
    }

    void chipsFollowTheFigures() {
        Report report = fullExampleReport(30);
        const MixedPlan& plan = *report.plan;
        QCOMPARE(planChips(planRows(report, plan.chosen, pinsOf(plan)))[2].count, 1);
        for (PlanLayer& layer : report.plan->layers) { // as in plans of before their intervals
            layer.speedup.reset();
            layer.grade = Grade::Undecided;
        }
        QCOMPARE(planChips(planRows(report, plan.chosen, pinsOf(plan)))[2].count, 0);
        for (Layer& layer : report.layers)
            if (layer.name == plan.layers[2].layer) { // slower in the plan; now it is decided
                layer.speedup = 1 / 1.3;
                layer.speedupCi95 = Interval{0.7, 0.8};
                layer.grade = Grade::Sure;
            }
        const auto rows = planRows(report, plan.chosen, pinsOf(plan));
        const auto columns = planColumns(plan);
        const auto gain = std::ranges::find_if(columns, [](const auto& one) { return one.key == u"gain"; });
        QCOMPARE(gain->cell(rows[2]).tone, Tone::Slower);
        QVERIFY(gain->cell(rows[2]).text.startsWith(QStringLiteral("▼ ")));
        const QList<Chip> chips = planChips(rows);
        QCOMPARE(chips[1].count, 3); // kept out
        QCOMPARE(chips[2].count, 1); // slower in int8
        QCOMPARE(chips[3].count, 1); // costs accuracy
        QCOMPARE(chips[4].count, 1); // pinned
    }

    void anotherPointShowsItsLayers() {
        Document document;
        PlannerPanel panel(document);
        document.setReport(test::shared(fullExampleReport(30)));
        const MixedPlan& plan = *document.report()->plan;
        panel.resize(1000, 680);
        panel.show();
        QVERIFY(QTest::qWaitForWindowExposed(&panel));
        QTest::qWait(50); // the plot lays itself out when it is painted
        QCOMPARE(panel.shownPoint(), plan.chosen);
        QWidget* canvas = panel.plot()->findChild<QWidget*>();
        QTest::mouseClick(canvas, Qt::LeftButton, {}, panel.plot()->pixelOf(0).toPoint());
        QCOMPARE(panel.shownPoint(), 0);
        QVERIFY(panel.pointLine().startsWith("Point 1 of "));
        for (int id = 0; id < static_cast<int>(plan.layers.size()); ++id) {
            const bool out = std::ranges::count(plan.front[0].keptOut, plan.layers[static_cast<size_t>(id)].layer) > 0;
            QCOMPARE(cell(panel, id, "precision"), out ? "fp32" : "int8");
        }
        panel.setReady(true);
        QSignalSpy profiles(&panel, &PlannerPanel::profileRequested);
        panel.findChild<QPushButton*>("profilePlan")->click();
        QCOMPARE(profiles.value(0).value(0).toStringList(), names(plan.front[0].keptOut));
        const QString hover = pointText(plan, 0);
        QVERIFY(hover.contains("predicted") && hover.contains("measured"));
        for (const std::string& layer : plan.front[0].keptOut)
            QVERIFY(hover.contains(plain(layer)));
    }

    void pinsAreHandedOver() {
        Document document;
        PlannerPanel panel(document);
        document.setReport(test::shared(fullExampleReport(30)));
        panel.show();
        const MixedPlan& plan = *document.report()->plan;
        const QString first = QString::fromStdString(plan.layers[0].layer),
                      second = QString::fromStdString(plan.layers[1].layer);
        QVERIFY(completed(panel).plan.pins ==
                (std::map<std::string, Precision>{{first.toStdString(), Precision::Fp32}}));
        panel.table()->setFocus();
        panel.table()->setCurrentId(1);
        for (QAction* action : panel.table()->actions())
            if (action->shortcut() == QKeySequence(Qt::Key_8))
                action->trigger();
        QVERIFY(completed(panel).plan.pins ==
                (std::map<std::string, Precision>{{first.toStdString(), Precision::Fp32},
                                                  {second.toStdString(), Precision::Int8}}));
        QCOMPARE(cell(panel, 1, "pin"), "int8");
        QCOMPARE(panel.table()->currentId(), 1); // the row stays chosen
        QVERIFY(panel.findChild<QLabel*>("pinsNote")->text().contains("changed since this plan"));
        panel.table()->selectAll();
        for (QAction* action : panel.table()->actions())
            if (action->shortcut() == QKeySequence(Qt::Key_0))
                action->trigger();
        QVERIFY(completed(panel).plan.pins.empty());
        document.setReport(test::shared(fullExampleReport(30)));
        QVERIFY(completed(panel).plan.pins.empty()); // the same plan: a profile has kept it
        Report other = fullExampleReport(30);
        other.plan->maxDrop = 0.75;
        document.setReport(test::shared(other));
        QCOMPARE(completed(panel).plan.pins.size(), 1U); // those of the plan
        QCOMPARE(completed(panel).plan.maxDrop, 0.75);
    }

    void settingsAreThoseOfTheControls() {
        Document document;
        PlannerPanel panel(document);
        JobRequest request;
        request.plan = {0.25, true, {}};
        request.timeBudgetS = 45;
        panel.recall(request);
        QVERIFY(completed(panel) == request);
        panel.findChild<QComboBox*>("dropKind")->setCurrentIndex(0);
        panel.findChild<QDoubleSpinBox*>("maxDrop")->setValue(2);
        request.plan = {2, false, {}};
        QVERIFY(completed(panel) == request);
        panel.findChild<QDoubleSpinBox*>("maxDrop")->setValue(1);
        QVERIFY(!completed(panel).plan.maxDrop); // the usual one, which networks without classes have otherwise
    }

    void excludedLayersAreCopiedForOtherTools() {
        Document document;
        PlannerPanel panel(document);
        document.setReport(test::shared(fullExampleReport(30)));
        QMenu* menu = nullptr;
        for (QPushButton* button : panel.findChildren<QPushButton*>())
            if (button->menu() && button->text().remove(u'&').contains("excluded"))
                menu = button->menu();
        QVERIFY(menu);
        QSignalSpy told(&panel, &PlannerPanel::told);
        QCOMPARE(menu->actions().size(), static_cast<qsizetype>(kExclusionFormats.size()));
        for (size_t i = 0; i < kExclusionFormats.size(); ++i) {
            menu->actions()[static_cast<qsizetype>(i)]->trigger();
            const Report& report = *document.report();
            QCOMPARE(QGuiApplication::clipboard()->text(),
                     QString::fromStdString(exclusionText(report, excludedLayers(report), kExclusionFormats[i].value)));
        }
        QCOMPARE(told.size(), 4);
    }

    void aPlanThatKeepsNoLimitSaysSo() {
        Report report = fullExampleReport(30);
        report.plan->chosen = -1;
        Document document;
        PlannerPanel panel(document);
        document.setReport(test::shared(report));
        QCOMPARE(panel.pointLine(), QStringLiteral("No plan keeps the limit of 0.50\u202Fpoints."));
        panel.showPoint(2);
        QVERIFY(panel.pointLine().startsWith("Point 3 of "));
        report.plan->front.clear();
        document.setReport(test::shared(report));
        QVERIFY(panel.plot()->summary().isEmpty());
    }

    void aRelativeLimitIsAShareOfTheFp32Accuracy() {
        MixedPlan plan = *fullExampleReport().plan;
        plan.maxDrop = 2;
        QCOMPARE(limitOf(plan), 2.0);
        plan.relative = true;
        plan.top1["fp32"] = 0.75;
        QCOMPARE(limitOf(plan), 1.5);
        plan.criterion = "agreement";
        QCOMPARE(limitOf(plan), 2.0);
    }

    void dropsAreToldInTheUnitOfTheCriterion() {
        MixedPlan plan = *fullExampleReport().plan;
        QCOMPARE(dropText(plan, 0.25), QStringLiteral("0.25\u202Fpoints"));
        QCOMPARE(dropText(plan, 2.44), QStringLiteral("2.4\u202Fpoints"));
        QCOMPARE(dropText(plan, 0.001), QString("no drop"));
        QCOMPARE(dropText(plan, -0.5), QStringLiteral("0.50\u202Fpoints better"));
        plan.criterion = "output-distance";
        QCOMPARE(dropText(plan, 7), QStringLiteral("7.0\u202F%"));
    }

    void theProfileOfAPlanReplacesWhatAnEarlierPlanKept() {
        const MixedPlan plan = *fullExampleReport().plan; // of Conv_0, Conv_3 and Conv_8
        QVERIFY(keptLayers({"Conv_0", "stem"}, plan, {"Conv_3"}) == (std::vector<std::string>{"stem", "Conv_3"}));
        QVERIFY(keptLayers({"stem"}, plan, {"stem"}) == std::vector<std::string>{"stem"});
    }

    void aPlanOfOtherSettingsSaysSoAndHasOneUnit() {
        Document document;
        PlannerPanel panel(document);
        document.setReport(test::shared(fullExampleReport(30)));
        const QString section = panel.findChild<QLabel*>("section")->text();
        QVERIFY(section.startsWith(QStringLiteral("△ Measured 2025-03-1")));
        QVERIFY(section.contains("with batch 16, not 1, 500 pictures, not 1000; load 0.3."));
        const MixedPlan& plan = *document.report()->plan;
        QCOMPARE(pageUnit(plan), TimeUnit::Ms);
        QVERIFY(!(planFacts(plan) + pointText(plan, 0) + panel.pointLine()).contains(QStringLiteral("µs")));
        QVERIFY(planFacts(plan).contains(speedupWithGrade(gradedSpeedup(plan))));
    }

    void theSelectionIsThatOfAllViews() {
        Document document;
        PlannerPanel panel(document);
        document.setReport(test::shared(fullExampleReport(30)));
        panel.table()->setCurrentIndex(panel.table()->model()->index(1, 0));
        const Report& report = *document.report();
        QCOMPARE(report.layers[static_cast<size_t>(document.selectedLayer())].name, report.plan->layers[1].layer);
        document.selectLayer(report.plan->layers[2].layer);
        QCOMPARE(panel.table()->currentId(), 2);
    }

    void anyPlanIsAValidModel() {
        Report report = fullExampleReport(30);
        report.plan->layers[0].ms["bf16"] = 0.1;
        report.plan->layers[1].outputSqnrDb.reset();
        report.plan->layers[2].top1Drop.reset();
        report.plan->layers[3].ms.clear();
        const MixedPlan& plan = *report.plan;
        std::vector<Column<PlanRow>> columns = planColumns(plan);
        QVERIFY(std::ranges::any_of(columns, [](const auto& column) { return column.key == u"bf16Ms"; }));
        test::checkTable(std::move(columns), planRows(report, plan.chosen, {}));
    }

private:
    test::SettingsSandbox m_sandbox;
};

QTEST_MAIN(TestPlannerPanel)
#include "test_planner_panel.moc"
