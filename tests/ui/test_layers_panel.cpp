// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/disturbed_report.h"
#include "tests/support/full_example_report.h"
#include "tests/ui/reports.h"
#include "tests/ui/settings_sandbox.h"
#include "ui/document.h"
#include "ui/format.h"
#include "ui/models/table_view.h"
#include "ui/views/layers/layer_detail.h"
#include "ui/views/layers/layers_panel.h"

#include <QAbstractItemModelTester>
#include <QClipboard>
#include <QComboBox>
#include <QHeaderView>
#include <QSignalSpy>
#include <QToolButton>
#include <QtTest>

#include <set>

using namespace halftone;

namespace {

QString cell(const LayersPanel& panel, int layer, const QString& column) {
    const TableModelBase* model = panel.table()->table();
    return model->indexOf(layer, model->columnOf(column)).data().toString();
}

int findLayer(const Report& report, LayerStatus status) {
    for (size_t i = 0; i < report.layers.size(); ++i)
        if (report.layers[i].byPrecision.at("int8").status == status)
            return static_cast<int>(i);
    return -1;
}

/// Three layers: a executed, b fused into a, c fused into b, where b is itself fused; d fused into a circle.
Report chained() {
    Report report;
    const auto add = [&](const std::string& name, LayerStatus status, const std::string& into) {
        Layer layer;
        layer.name = name;
        layer.op = "Relu";
        layer.byPrecision["int8"] = {status, into, "int8", {}, "kernel", 0};
        report.layers.push_back(layer);
    };
    add("a", LayerStatus::Executed, "");
    add("b", LayerStatus::Fused, "a");
    add("c", LayerStatus::Fused, "b");
    add("d", LayerStatus::Fused, "e");
    add("e", LayerStatus::Fused, "d");
    add("f", LayerStatus::Fused, "nowhere");
    return report;
}

} // namespace

class TestLayersPanel : public QObject {
    Q_OBJECT
private slots:
    void init() { m_sandbox.clear(); }
    void withoutAReportItSaysWhatToDo();
    void everyLayerOfTheReportIsARow();
    void theSlowestInt8LayerIsFirst();
    void fusedLayersStandBelowTheirStep();
    void chainsOfFusedLayersEndAtTheExecutedOne();
    void cellsShowTheReportsValues();
    void missingTimesSayWhy();
    void chipsCountAndFilter();
    void typedTextMatchesNameTypeAndKernel();
    void theSelectionIsTheDocuments();
    void theDetailShowsBothRunsAndLeadsToTheStep();
    void notDecidedLayersAreWordsInGreyAndCountNowhere();
    void bothTimesHaveOneUnitAndOneScale();
    void theFooterSumsAddUp();
    void theDetailTellsHowCertainTheSpeedUpIs();
    void rowsAreCopiedWithHeaders();
    void columnsAreRemembered();
    void foldingHidesFusedLayers();
    void anyOtherPrecisionCanBeCompared();
    void theDetailShowsAllRuns();
    void aNewReportReplacesTheOldOne();
    void anyReportIsAValidModel();

private:
    test::SettingsSandbox m_sandbox;
};

void TestLayersPanel::withoutAReportItSaysWhatToDo() {
    Document document;
    LayersPanel panel(document);
    panel.show();
    QVERIFY(!panel.table()->isVisible());
}

void TestLayersPanel::everyLayerOfTheReportIsARow() {
    Document document;
    LayersPanel panel(document);
    document.setReport(test::shared(exampleReport(175)));
    std::set<QString> names;
    for (const Layer& layer : document.report()->layers)
        names.insert(plain(layer.name));
    const TableModelBase* model = panel.table()->table();
    std::set<QString> shown;
    for (int i = 0; i < model->rowCount(); ++i) {
        const QModelIndex parent = model->index(i, 0);
        shown.insert(parent.data().toString());
        for (int j = 0; j < model->rowCount(parent); ++j)
            shown.insert(model->index(j, 0, parent).data().toString());
    }
    QCOMPARE(names.size(), size_t{175});
    QVERIFY(names == shown);
}

void TestLayersPanel::theSlowestInt8LayerIsFirst() {
    Document document;
    document.setReport(test::shared(exampleReport(60)));
    LayersPanel panel(document);
    const auto& layers = document.report()->layers;
    const auto time = [](const Layer& layer) { return layer.byPrecision.at("int8").medianMs.value_or(0); };
    const auto slowest = std::max_element(layers.begin(), layers.end(),
                                          [&](const Layer& a, const Layer& b) { return time(a) < time(b); });
    QCOMPARE(panel.table()->table()->index(0, 0).data().toString(), plain(slowest->name));
}

void TestLayersPanel::fusedLayersStandBelowTheirStep() {
    Document document;
    document.setReport(test::shared(exampleReport(30)));
    LayersPanel panel(document);
    const TableModelBase* model = panel.table()->table();
    int fused = 0;
    for (size_t i = 0; i < document.report()->layers.size(); ++i) {
        const LayerRun& run = document.report()->layers[i].byPrecision.at("int8");
        const QModelIndex parent = model->indexOf(static_cast<int>(i)).parent();
        QCOMPARE(parent.isValid(), run.status == LayerStatus::Fused);
        if (run.status == LayerStatus::Fused) {
            ++fused;
            QCOMPARE(parent.data().toString(), plain(run.into));
        }
    }
    QVERIFY(fused > 0);
}

void TestLayersPanel::chainsOfFusedLayersEndAtTheExecutedOne() {
    const Report report = chained();
    const auto parents = layerParents(layerRows(report));
    QCOMPARE(parents, (std::vector<int>{-1, 0, 0, -1, -1, -1}));
}

void TestLayersPanel::cellsShowTheReportsValues() {
    Document document;
    Report report = exampleReport(12);
    const int id = findLayer(report, LayerStatus::Executed);
    Layer& layer = report.layers[id];
    layer.byPrecision["fp32"].medianMs = 2.345;
    layer.byPrecision["int8"].medianMs = 3.0;
    layer.speedup = 0.78;
    layer.speedupCi95 = Interval{0.76, 0.8};
    layer.grade = Grade::Sure;
    layer.macs = 1'806'336;
    layer.bytes = 0;
    document.setReport(test::shared(std::move(report)));
    LayersPanel panel(document);
    QCOMPARE(cell(panel, id, "fp32Time"), timeText(2.345, TimeUnit::Ms));
    QCOMPARE(cell(panel, id, "otherTime"), timeText(3.0, TimeUnit::Ms));
    QCOMPARE(panel.table()->table()->headerData(3, Qt::Horizontal, Qt::DisplayRole).toString(), "int8, ms");
    QVERIFY(cell(panel, id, "speedup").endsWith(QStringLiteral("0.78×")));
    QVERIFY2(cell(panel, id, "speedup").startsWith(u'▼'), "slower is not marked by colour alone");
    QCOMPARE(cell(panel, id, "share"), percentText(3.0 / document.report()->run("int8")->latencyMs.median));
    QCOMPARE(cell(panel, id, "macs"), "1.81");
    QCOMPARE(cell(panel, id, "bytes"), missing());
    QCOMPARE(cell(panel, id, "status"), "Executed");
    QCOMPARE(cell(panel, id, "otherKernel"), plain(document.report()->layers[id].byPrecision.at("int8").kernel));
}

void TestLayersPanel::missingTimesSayWhy() {
    Document document;
    document.setReport(test::shared(exampleReport(12)));
    LayersPanel panel(document);
    const TableModelBase* model = panel.table()->table();
    const auto reason = [&](int id) {
        return model->indexOf(id, model->columnOf("otherTime")).data(Qt::AccessibleDescriptionRole).toString();
    };
    const int fused = findLayer(*document.report(), LayerStatus::Fused);
    QCOMPARE(cell(panel, fused, "otherTime"), missing());
    QCOMPARE(reason(fused), "Computed inside " + plain(document.report()->layers[fused].byPrecision.at("int8").into));
    QCOMPARE(reason(findLayer(*document.report(), LayerStatus::Eliminated)),
             "Folded into constants when the model was compiled");
}

void TestLayersPanel::chipsCountAndFilter() {
    Document document;
    document.setReport(test::shared(exampleReport(60)));
    LayersPanel panel(document);
    const auto count = [&](auto matches) {
        const auto& layers = document.report()->layers;
        return static_cast<int>(std::count_if(layers.begin(), layers.end(), [&](const Layer& layer) {
            return matches(layer, layer.byPrecision.at("int8"));
        }));
    };
    const auto shownWith = [&](const QString& chip) {
        panel.filter()->chooseChip(chip);
        return panel.table()->table()->shownCount();
    };
    const int eliminated =
        count([](const Layer&, const LayerRun& run) { return run.status == LayerStatus::Eliminated; });
    QVERIFY(eliminated > 0);
    QCOMPARE(shownWith("eliminated"), eliminated);
    QCOMPARE(shownWith("fused"),
             count([](const Layer&, const LayerRun& run) { return run.status == LayerStatus::Fused; }));
    QCOMPARE(shownWith("in"), count([](const Layer&, const LayerRun& run) { return run.precision == "int8"; }));
    QCOMPARE(shownWith("not"), count([](const Layer&, const LayerRun& run) { return run.precision == "fp32"; }));
    QCOMPARE(shownWith("all"), 60);
    for (const Chip& chip : layerChips(layerRows(*document.report())))
        if (chip.count > 0)
            QCOMPARE(shownWith(chip.key), chip.count);
}

void TestLayersPanel::typedTextMatchesNameTypeAndKernel() {
    Document document;
    document.setReport(test::shared(exampleReport(60)));
    LayersPanel panel(document);
    const Layer& layer = document.report()->layers[findLayer(*document.report(), LayerStatus::Executed)];
    for (const std::string& text : {layer.name, layer.op, layer.byPrecision.at("int8").kernel}) {
        panel.filter()->setText(QString::fromStdString(text).toUpper());
        QVERIFY(panel.table()->table()->indexOf(findLayer(*document.report(), LayerStatus::Executed)).isValid());
        QVERIFY(panel.table()->table()->shownCount() < 60);
    }
    panel.filter()->setText("nothing is called like this");
    QCOMPARE(panel.table()->table()->shownCount(), 0);
    panel.filter()->clear();
    QCOMPARE(panel.table()->table()->shownCount(), 60);
}

void TestLayersPanel::theSelectionIsTheDocuments() {
    Document document;
    document.setReport(test::shared(exampleReport(30)));
    LayersPanel panel(document);
    panel.resize(1000, 700);
    panel.show();
    QSignalSpy selected(&document, &Document::selectedLayerChanged);
    document.selectLayer(4);
    QCOMPARE(panel.table()->currentId(), 4);
    QCOMPARE(selected.count(), 1);

    const TableModelBase* model = panel.table()->table();
    const QModelIndex first = model->index(0, 0);
    QTest::mouseClick(panel.table()->viewport(), Qt::LeftButton, {}, panel.table()->visualRect(first).center());
    // Only visible rows can be clicked; the selected one may have scrolled the first away.
    panel.table()->scrollToTop();
    QTest::mouseClick(panel.table()->viewport(), Qt::LeftButton, {}, panel.table()->visualRect(first).center());
    QCOMPARE(document.selectedLayer(), TableModelBase::idOf(first));

    panel.filter()->setText("nothing is called like this");
    QCOMPARE(document.selectedLayer(), TableModelBase::idOf(first));
    panel.filter()->clear();
    QCOMPARE(panel.table()->currentId(), TableModelBase::idOf(first));
    document.selectLayer(-1);
    QCOMPARE(panel.table()->currentId(), -1);
}

void TestLayersPanel::theDetailShowsBothRunsAndLeadsToTheStep() {
    Document document;
    document.setReport(test::shared(exampleReport(12)));
    LayersPanel panel(document);
    panel.show();
    QVERIFY(panel.detail()->isHidden());
    const int id = findLayer(*document.report(), LayerStatus::Fused);
    document.selectLayer(id);
    QVERIFY(!panel.detail()->isHidden());
    const LayerRun& run = document.report()->layers[id].byPrecision.at("int8");
    const Step& step = document.report()->run("int8")->steps[run.step];
    const QString text = panel.detail()->text();
    QVERIFY(text.contains("fp32 run\tint8 run"));
    QVERIFY(text.contains("Fused into " + plain(run.into)));
    QVERIFY(text.contains(plain(step.kernel)));
    QVERIFY(text.contains(plain(step.inputs.front().layout)));
    for (auto* button : panel.detail()->findChildren<QToolButton*>())
        if (button->text() == "Go to " + plain(run.into)) {
            button->click();
            QCOMPARE(document.report()->layers[document.selectedLayer()].name, run.into);
            return;
        }
    QFAIL("no link to the layer that it is fused into");
}

void TestLayersPanel::notDecidedLayersAreWordsInGreyAndCountNowhere() {
    Report report = exampleReport(40);
    int slower = 0, undecided = 0;
    for (Layer& layer : report.layers) {
        if (!layer.speedup)
            continue;
        const int kind = (slower + undecided) % 2;
        (kind ? undecided : slower) += 1;
        layer.speedup = kind ? 0.998 : 0.8;
        layer.speedupCi95 = kind ? Interval{0.6, 1.3} : Interval{0.7, 0.9};
        layer.grade = kind ? Grade::Undecided : Grade::Rough;
    }
    const auto rows = layerRows(report);
    for (const Chip& chip : layerChips(rows))
        if (chip.key == u"slower")
            QCOMPARE(chip.count, slower);
    const auto columns = layerColumns(rows);
    const auto column =
        std::find_if(columns.begin(), columns.end(), [](const auto& one) { return one.key == u"speedup"; });
    int painted = 0;
    for (const LayerRow& row : rows) {
        const Cell cell = column->cell(row);
        painted += cell.tone == Tone::Slower;
        if (row.comparison.speedup && row.comparison.grade == Grade::Undecided) {
            QCOMPARE(cell.text, "not decided");
            QCOMPARE(cell.tone, Tone::Quiet);
            QVERIFY(cell.tip.contains(QStringLiteral("0.60 to 1.30×")) && cell.tip.contains("5 rounds"));
            QVERIFY2(!column->value(row), "no point estimate is copied either");
        } else if (row.comparison.speedup) {
            QCOMPARE(cell.text, QStringLiteral("▼ 0.70 to 0.90×"));
        }
    }
    QCOMPARE(painted, slower);
    // Without intervals, as in older reports, nothing is decided.
    for (Layer& layer : report.layers) {
        layer.speedupCi95.reset();
        layer.grade = Grade::Undecided;
    }
    for (const LayerRow& row : layerRows(report))
        QVERIFY(column->cell(row).tone != Tone::Slower);
}

void TestLayersPanel::bothTimesHaveOneUnitAndOneScale() {
    Document document;
    Report report = exampleReport(12);
    const int id = findLayer(report, LayerStatus::Executed);
    for (Layer& layer : report.layers)
        for (auto& [precision, run] : layer.byPrecision)
            if (run.medianMs)
                run.medianMs = 0.01;
    report.layers[id].byPrecision["fp32"].medianMs = 0.818; // 1.12x faster in int8, and the bars say so
    report.layers[id].byPrecision["int8"].medianMs = 0.73;
    document.setReport(test::shared(std::move(report)));
    LayersPanel panel(document);
    const TableModelBase* model = panel.table()->table();
    const int fp32 = model->columnOf("fp32Time"), int8 = model->columnOf("otherTime");
    QCOMPARE(model->headerData(fp32, Qt::Horizontal, Qt::DisplayRole).toString().section(u' ', -1),
             model->headerData(int8, Qt::Horizontal, Qt::DisplayRole).toString().section(u' ', -1));
    const double ratio = model->bar(model->indexOf(id, fp32)) / model->bar(model->indexOf(id, int8));
    QVERIFY(std::abs(ratio - 0.818 / 0.73) < 1e-9);
    QCOMPARE(model->bar(model->indexOf(id, fp32)), 1.0);
}

void TestLayersPanel::theFooterSumsAddUp() {
    Document document;
    LayersPanel panel(document);
    Report report = roughReport(30);
    document.setReport(test::shared(report));
    const TimeUnit unit = pageUnit(report);
    const Run &fp32 = *report.run("fp32"), &int8 = *report.run("int8");
    const auto pair = [&](double one, double other) { return timeText(one, unit) + " / " + timeText(other, unit); };
    QCOMPARE(panel.sums(),
             QStringLiteral("fp32 / int8, %1:  sum of the steps %2  ·  whole %3  ·  in no step %4, of it "
                            "waiting for a CPU %5")
                 .arg(unitName(unit), pair(fp32.stepsMs, int8.stepsMs),
                      pair(fp32.latencyMs.median, int8.latencyMs.median), pair(fp32.unexplainedMs, int8.unexplainedMs),
                      pair(fp32.waitingMs, int8.waitingMs)));
    document.setReport(test::shared(exampleReport(30)));
    QVERIFY(!panel.sums().contains("waiting"));
    report.runs.erase(report.runs.begin() + 1, report.runs.end());
    document.setReport(test::shared(report));
    QVERIFY2(panel.sums().contains(timeText(fp32.stepsMs, unit) + " / " + missing()), qPrintable(panel.sums()));
    document.setReport(test::shared(Report()));
    QVERIFY(panel.sums().isEmpty());
}

void TestLayersPanel::theDetailTellsHowCertainTheSpeedUpIs() {
    Document document;
    LayersPanel panel(document);
    Report report = exampleReport(12);
    const int id = findLayer(report, LayerStatus::Executed);
    const auto tell = [&](double lo, double speedup, double hi) {
        report.layers[id].speedup = speedup;
        report.layers[id].speedupCi95 = Interval{lo, hi};
        report.layers[id].grade = gradeOf(speedup, {lo, hi}, false);
        document.setReport(test::shared(report));
        document.selectLayer(id);
        return panel.detail()->text();
    };
    QVERIFY(
        tell(1.85, 1.9, 1.95)
            .contains("In int8 it is 1.90× faster than fp32 (sure: 95\u00A0% interval 1.85 to 1.95×, of 5 rounds)."));
    QVERIFY(tell(0.5, 0.7, 0.9).contains("In int8 it is roughly 1.11 to 2.00× slower than fp32 (rough: "));
    QVERIFY(tell(0.9, 1.3, 2)
                .contains("Whether int8 is faster here is not decided: the 95\u00A0% interval 0.90 to 2.00× holds 1"));
    QVERIFY(tell(0.98, 1, 1.01).contains("In int8 it is as fast: 95\u00A0% interval"));
    const Run& int8 = *report.run("int8");
    const Step& step = int8.steps[static_cast<size_t>(report.layers[id].byPrecision.at("int8").step)];
    QVERIFY(
        panel.detail()->text().contains(shareText(step.medianMs / int8.latencyMs.median) + " of the whole latency"));
}

void TestLayersPanel::rowsAreCopiedWithHeaders() {
    Document document;
    document.setReport(test::shared(exampleReport(30)));
    LayersPanel panel(document);
    panel.show();
    panel.table()->selectAll();
    QTest::keySequence(panel.table(), QKeySequence::Copy);
    const QStringList lines = QGuiApplication::clipboard()->text().split(u'\n', Qt::SkipEmptyParts);
    QCOMPARE(lines.size(), 31);
    QVERIFY(lines.first().startsWith("Layer\tType\t"));
    for (const QString& line : lines)
        QCOMPARE(line.count(u'\t'), panel.table()->table()->columnCount() - 1);
}

void TestLayersPanel::columnsAreRemembered() {
    Document document;
    document.setReport(test::shared(exampleReport(12)));
    {
        LayersPanel panel(document);
        QHeaderView* header = panel.table()->header();
        const int macs = panel.table()->table()->columnOf("macs");
        header->setSectionHidden(macs, true);
        header->resizeSection(0, 321);
        panel.table()->sortByColumn(panel.table()->table()->columnOf("fp32Time"), Qt::AscendingOrder);
    }
    LayersPanel panel(document);
    QHeaderView* header = panel.table()->header();
    QVERIFY(header->isSectionHidden(panel.table()->table()->columnOf("macs")));
    QCOMPARE(header->sectionSize(0), 321);
    QCOMPARE(header->sortIndicatorSection(), panel.table()->table()->columnOf("fp32Time"));
    panel.table()->resetColumns();
    QVERIFY(!header->isSectionHidden(panel.table()->table()->columnOf("macs")));
    QCOMPARE(header->sortIndicatorSection(), panel.table()->table()->columnOf("otherTime"));
}

void TestLayersPanel::foldingHidesFusedLayers() {
    Document document;
    document.setReport(test::shared(exampleReport(12)));
    LayersPanel panel(document);
    const TableModelBase* model = panel.table()->table();
    const QModelIndex child = model->indexOf(findLayer(*document.report(), LayerStatus::Fused));
    QVERIFY(panel.table()->isExpanded(child.parent()));
    panel.table()->setFolded(true);
    QVERIFY(!panel.table()->isExpanded(child.parent()));
    document.selectLayer(TableModelBase::idOf(child));
    QVERIFY2(panel.table()->isExpanded(child.parent()), "a selected layer is shown");
}

void TestLayersPanel::anyOtherPrecisionCanBeCompared() {
    Document document;
    LayersPanel panel(document);
    panel.show();
    document.setReport(test::shared(exampleReport(12)));
    auto* choice = panel.findChild<QComboBox*>("precision");
    QVERIFY2(!choice->isVisible(), "there is nothing to choose");
    document.setReport(test::shared(fullExampleReport(30)));
    QVERIFY(choice->isVisible());
    QCOMPARE(choice->currentText(), "int8");
    QCOMPARE(choice->count(), 3);
    panel.table()->header()->resizeSection(0, 321);

    choice->setCurrentText("bf16");
    emit choice->activated(choice->currentIndex());
    const Report& report = *document.report();
    const TableModelBase* model = panel.table()->table();
    QCOMPARE(model->headerData(3, Qt::Horizontal, Qt::DisplayRole).toString().section(u',', 0, 0), "bf16");
    QCOMPARE(panel.table()->header()->sectionSize(0), 321);
    std::map<int, std::pair<double, double>> times; // of groups
    for (const Layer& layer : report.layers) {
        times[layer.group].first += layer.byPrecision.at("fp32").medianMs.value_or(0);
        times[layer.group].second += layer.byPrecision.at("bf16").medianMs.value_or(0);
    }
    int executed = 0;
    for (int id = 0; id < static_cast<int>(report.layers.size()); ++id) {
        const LayerRun& run = report.layers[id].byPrecision.at("bf16");
        if (run.status != LayerStatus::Executed)
            continue;
        ++executed;
        QCOMPARE(cell(panel, id, "otherKernel"), plain(run.kernel));
        const auto& [fp32, bf16] = times[report.layers[id].group];
        QVERIFY(cell(panel, id, "speedup").contains(speedupText({fp32 / bf16, Interval{1.7, 1.9}, Grade::Sure})));
    }
    QVERIFY(executed > 0);
    const int gemm = static_cast<int>(report.layers.size()) - 1;
    QCOMPARE(cell(panel, gemm, "precision"), "fp32");
    QVERIFY(cell(panel, gemm, "reason").contains("no bf16 kernel"));
    panel.filter()->chooseChip("not");
    QCOMPARE(model->shownCount(), 1);

    LayersPanel again(document); // the choice is remembered
    QCOMPARE(again.findChild<QComboBox*>("precision")->currentText(), "bf16");
    document.setReport(test::shared(exampleReport(12))); // without bf16
    QCOMPARE(again.findChild<QComboBox*>("precision")->currentText(), "int8");
}

void TestLayersPanel::theDetailShowsAllRuns() {
    Document document;
    document.setReport(test::shared(fullExampleReport(12)));
    LayersPanel panel(document);
    document.selectLayer(findLayer(*document.report(), LayerStatus::Executed));
    QVERIFY(panel.detail()->text().contains("fp32 run\tint8 run\tbf16 run\tint8-simulated run"));
}

void TestLayersPanel::aNewReportReplacesTheOldOne() {
    Document document;
    LayersPanel panel(document);
    for (const int layers : {30, 12, 175}) {
        document.setReport(test::shared(exampleReport(layers)));
        document.selectLayer(5);
        QCOMPARE(panel.table()->table()->totalCount(), layers);
    }
    document.setReport(nullptr);
    QCOMPARE(panel.table()->table()->totalCount(), 0);
}

void TestLayersPanel::anyReportIsAValidModel() {
    for (const Report& report : {exampleReport(30), chained(), Report(), test::withLongNames(exampleReport(12))}) {
        const auto rows = layerRows(report);
        TableModel<LayerRow> model;
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        model.setTable(layerColumns(rows), rows, layerParents(rows));
        for (int column = 0; column < model.columnCount(); ++column) {
            model.sort(column, Qt::DescendingOrder);
            QVERIFY(!model.columnInfo(column).tooltip.isEmpty());
            for (int id = 0; id < model.totalCount(); ++id)
                QVERIFY(!model.indexOf(id, column).data().toString().isEmpty());
        }
        model.setFilter([](const LayerRow& row) { return layerMatches(row, "fused", {}); });
    }
}

QTEST_MAIN(TestLayersPanel)
#include "test_layers_panel.moc"
