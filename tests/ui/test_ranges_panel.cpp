// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/reports.h"
#include "tests/ui/settings_sandbox.h"
#include "ui/document.h"
#include "ui/format.h"
#include "ui/models/table_view.h"
#include "ui/plots/channel_ranges_plot.h"
#include "ui/plots/histogram_plot.h"
#include "ui/plots/range_growth_plot.h"
#include "ui/views/ranges/ranges_panel.h"

#include <QAbstractItemModelTester>
#include <QCheckBox>
#include <QFile>
#include <QImage>
#include <QLabel>
#include <QPushButton>
#include <QSignalSpy>
#include <QtTest>

using namespace halftone;

namespace {

int findTensor(const Report& report, const std::string& role) {
    for (size_t i = 0; i < report.tensors.size(); ++i)
        if (report.tensors[i].role == role)
            return static_cast<int>(i);
    return -1;
}

QString cell(const RangesPanel& panel, int tensor, const QString& column) {
    const TableModelBase* model = panel.table()->table();
    return model->indexOf(tensor, model->columnOf(column)).data().toString();
}

TensorRange evenTensor(size_t bins) {
    TensorRange tensor;
    tensor.name = "even";
    tensor.histogram = {{0, 10}, std::vector<int64_t>(bins, 1)};
    tensor.observedMax = 10;
    tensor.clipMax = 8;
    tensor.storage = "u8";
    tensor.scales = {8.0 / 255};
    tensor.zeroPoints = {0};
    tensor.clippedShare = 0.2;
    tensor.clippedBySteps = 63.75;
    return tensor;
}

} // namespace

class TestRangesPanel : public QObject {
    Q_OBJECT
private slots:
    void init() { m_sandbox.clear(); }
    void everyTensorIsARowWithItsValues();
    void chipsSeparateActivationsAndWeights();
    void theFirstTensorIsShownAtOnce();
    void factsSayScaleZeroPointStorageAndSqnr();
    void weightsShowTheirChannels();
    void selectingATensorSelectsItsLayerAndBack();
    void randomInputIsSaidAndPicturesCanBeAdded();
    void emptyListsSayWhy();
    void theLogScaleIsRemembered();
    void plotsHaveSummariesInWords();
    void hugeHistogramsAndWeightsAreDecimated();
    void picturesAreSavedInThreeFormats();
    void candidatesMoveTheClipLines();
    void whatIsClippedIsToldInSteps();
    void aGridThatIsWiderThanTheWeightsSaysWhy();
    void aTensorThatHeldNaNHasNoGrid();
    void theGrowthOfARangeIsShownAndSaid();
    void rangesThatStillGrowAreTold();
    void anyReportIsAValidModel();

private:
    test::SettingsSandbox m_sandbox;
};

void TestRangesPanel::everyTensorIsARowWithItsValues() {
    Document document;
    Report report = exampleReport(30);
    TensorRange& tensor = report.tensors[findTensor(report, "activation")];
    tensor.clippedShare = 0.0123;
    tensor.sqnrDb.reset();
    tensor.zeroPoints = {128};
    const int id = findTensor(report, "activation");
    document.setReport(test::shared(std::move(report)));
    RangesPanel panel(document);
    const TensorRange& shown = document.report()->tensors[id];
    QCOMPARE(panel.table()->table()->totalCount(), static_cast<int>(document.report()->tensors.size()));
    QCOMPARE(cell(panel, id, "tensor"), plain(shown.name));
    QCOMPARE(cell(panel, id, "clipped"), "1.23");
    QCOMPARE(cell(panel, id, "sqnr"), missing());
    QCOMPARE(cell(panel, id, "observedMax"), significant(shown.observedMax));
    QCOMPARE(cell(panel, id, "clipMax"), significant(shown.clipMax));
    QCOMPARE(cell(panel, id, "scale"), significant(shown.scales.front()));
    QCOMPARE(cell(panel, id, "zeroPoint"), "128");
}

void TestRangesPanel::chipsSeparateActivationsAndWeights() {
    Document document;
    document.setReport(test::shared(exampleReport(30)));
    RangesPanel panel(document);
    const auto& tensors = document.report()->tensors;
    const auto weights =
        std::count_if(tensors.begin(), tensors.end(), [](const auto& t) { return t.role == "weight"; });
    panel.filter()->chooseChip("weight");
    QCOMPARE(panel.table()->table()->shownCount(), static_cast<int>(weights));
    panel.filter()->chooseChip("activation");
    QCOMPARE(panel.table()->table()->shownCount(), static_cast<int>(tensors.size()) - static_cast<int>(weights));
    panel.filter()->setText(QString::fromStdString(tensors[findTensor(*document.report(), "activation")].name));
    QVERIFY(panel.table()->table()->shownCount() >= 1);
}

void TestRangesPanel::theFirstTensorIsShownAtOnce() {
    Document document;
    RangesPanel panel(document);
    document.setReport(test::shared(exampleReport(12)));
    QCOMPARE(panel.table()->currentId(), 0);
    QVERIFY(panel.histogram()->summary().contains(plain(document.report()->tensors[0].name)));
}

void TestRangesPanel::factsSayScaleZeroPointStorageAndSqnr() {
    Document document;
    document.setReport(test::shared(exampleReport(12)));
    RangesPanel panel(document);
    const int id = findTensor(*document.report(), "activation");
    document.selectLayer(document.report()->tensors[id].layer);
    const TensorRange& tensor = document.report()->tensors[panel.table()->currentId()];
    const QString facts = panel.factsText();
    QVERIFY(facts.contains("Observed\t" + intervalText({tensor.observedMin, tensor.observedMax})));
    QVERIFY(facts.contains(plain(tensor.storage) + ", scale " + significant(tensor.scales.front()) + ", zero point 0"));
    QVERIFY(facts.contains(decibelText(*tensor.sqnrDb)));
    QVERIFY(facts.contains(shareText(tensor.clippedShare)));
}

void TestRangesPanel::weightsShowTheirChannels() {
    Document document;
    document.setReport(test::shared(exampleReport(12)));
    RangesPanel panel(document);
    panel.show();
    const int weight = findTensor(*document.report(), "weight");
    const TableModelBase* model = panel.table()->table();
    panel.table()->setCurrentIndex(model->indexOf(weight));
    QVERIFY(panel.channels()->isVisible());
    QCOMPARE(panel.channels()->barCount(), static_cast<int>(document.report()->tensors[weight].channelMin.size()));
    panel.table()->setCurrentIndex(model->indexOf(findTensor(*document.report(), "activation")));
    QVERIFY(!panel.channels()->isVisible());
    QVERIFY(panel.histogram()->isVisible());
}

void TestRangesPanel::selectingATensorSelectsItsLayerAndBack() {
    Document document;
    document.setReport(test::shared(exampleReport(30)));
    RangesPanel panel(document);
    const int weight = findTensor(*document.report(), "weight");
    const TensorRange& tensor = document.report()->tensors[weight];
    panel.table()->setCurrentIndex(panel.table()->table()->indexOf(weight));
    QVERIFY(document.selectedLayer() >= 0);
    QCOMPARE(document.report()->layers[document.selectedLayer()].name, tensor.layer);
    QCOMPARE(panel.table()->currentId(), weight); // and not the layer's activation
    for (size_t i = 0; i < document.report()->tensors.size(); ++i)
        if (document.report()->tensors[i].layer != tensor.layer) {
            document.selectLayer(document.report()->tensors[i].layer);
            QCOMPARE(document.report()->tensors[panel.table()->currentId()].layer, document.report()->tensors[i].layer);
            return;
        }
    QFAIL("all tensors belong to one layer");
}

void TestRangesPanel::randomInputIsSaidAndPicturesCanBeAdded() {
    Document document;
    RangesPanel panel(document);
    document.setReport(test::shared(exampleReport(12)));
    QVERIFY(panel.bannerText().isNull());
    document.setReport(test::shared(test::withoutData(exampleReport(12))));
    QVERIFY(panel.bannerText().contains("random input"));
    QVERIFY(panel.factsText().contains("random input"));
    QSignalSpy requested(&panel, &RangesPanel::viewRequested);
    for (auto* button : panel.findChildren<QPushButton*>())
        if (button->text().contains("data"))
            button->click();
    QVERIFY(requested.count() >= 1);
    QCOMPARE(requested.first().first().toString(), "data");
}

void TestRangesPanel::emptyListsSayWhy() {
    Document document;
    RangesPanel panel(document);
    panel.show();
    QVERIFY(!panel.table()->isVisible());
    document.setReport(test::shared(Report()));
    QVERIFY(!panel.table()->isVisible());
    document.setReport(test::shared(exampleReport(12)));
    QVERIFY(panel.table()->isVisible());
}

void TestRangesPanel::theLogScaleIsRemembered() {
    Document document;
    document.setReport(test::shared(exampleReport(12)));
    {
        RangesPanel panel(document);
        QVERIFY(!panel.histogram()->isLogarithmic());
        panel.findChild<QCheckBox*>()->setChecked(true);
        QVERIFY(panel.histogram()->isLogarithmic());
    }
    RangesPanel panel(document);
    QVERIFY(panel.histogram()->isLogarithmic());
}

void TestRangesPanel::plotsHaveSummariesInWords() {
    HistogramPlot histogram;
    histogram.setTensor(evenTensor(10));
    QVERIFY(!histogram.accessibleName().isEmpty());
    QVERIFY(histogram.summary().contains(shareText(0.2)));
    ChannelRangesPlot channels;
    TensorRange weight;
    weight.name = "w";
    weight.channelMin = {-1, -2, -0.5};
    weight.channelMax = {1, 3, 0.5};
    channels.setTensor(weight);
    QVERIFY(channels.summary().contains("3 channels"));
    QVERIFY(channels.summary().contains("widest is channel 1"));
}

void TestRangesPanel::hugeHistogramsAndWeightsAreDecimated() {
    TensorRange weight = evenTensor(100001);
    weight.channelMin.assign(12000, -1);
    weight.channelMax.assign(12000, 1);
    ChannelRangesPlot channels;
    channels.setTensor(weight);
    QCOMPARE(channels.barCount(), 4000);
    HistogramPlot histogram;
    histogram.resize(400, 200);
    histogram.setTensor(weight);
    QVERIFY(!histogram.grab().isNull());
}

void TestRangesPanel::picturesAreSavedInThreeFormats() {
    HistogramPlot histogram;
    histogram.resize(400, 200);
    histogram.setTensor(evenTensor(10));
    histogram.show();
    QCoreApplication::processEvents();
    QTemporaryDir folder;
    const auto start = [&](const QString& name, qsizetype length) {
        QFile file(folder.filePath(name));
        return file.open(QIODevice::ReadOnly) ? file.read(length) : QByteArray();
    };
    QVERIFY(histogram.savePicture(folder.filePath("a.png")));
    QVERIFY(QImage(folder.filePath("a.png")).width() >= 2 * 390);
    QVERIFY(histogram.savePicture(folder.filePath("a.svg")));
    QVERIFY(start("a.svg", 1000).contains("<svg"));
    QVERIFY(histogram.savePicture(folder.filePath("a.pdf")));
    QCOMPARE(start("a.pdf", 4), "%PDF");
    QVERIFY(!histogram.savePicture(folder.filePath("no/such/folder/a.png")));
    QVERIFY(!histogram.savePicture(folder.filePath("no/such/folder/a.svg")));
    QVERIFY(!histogram.savePicture(folder.filePath("no/such/folder/a.pdf")));
}

void TestRangesPanel::candidatesMoveTheClipLines() {
    Document document;
    document.setReport(test::shared(exampleReport(12)));
    RangesPanel panel(document);
    panel.resize(1000, 700);
    panel.show();
    const int id = findTensor(*document.report(), "activation");
    const TensorRange& tensor = document.report()->tensors[id];
    panel.table()->setCurrentIndex(panel.table()->table()->indexOf(id));
    TableView* candidates = panel.candidates();
    QVERIFY(candidates->isVisible());
    QCOMPARE(candidates->table()->totalCount(), static_cast<int>(tensor.candidates.size()));
    const auto text = [&](int row, const QString& column) {
        return candidates->table()->indexOf(row, candidates->table()->columnOf(column)).data().toString();
    };
    const auto clipMax = [&] { return panel.histogram()->clip().hi; };
    int chosen = -1;
    for (size_t i = 0; i < tensor.candidates.size(); ++i) {
        const int row = static_cast<int>(i);
        QCOMPARE(text(row, "clipMax"), significant(tensor.candidates[i].clipMax));
        QCOMPARE(text(row, "sqnr"), significant(*tensor.candidates[i].sqnrDb));
        QCOMPARE(text(row, "method").contains("in use"), tensor.candidates[i].method == tensor.method);
        if (tensor.candidates[i].method == tensor.method)
            chosen = row;
    }
    QCOMPARE(candidates->currentId(), chosen);
    QCOMPARE(clipMax(), tensor.clipMax);
    emit candidates->entered(candidates->table()->indexOf(4)); // the mouse comes
    QCOMPARE(clipMax(), tensor.candidates[4].clipMax);
    QEvent leave(QEvent::Leave);
    QCoreApplication::sendEvent(candidates->viewport(), &leave);
    QCOMPARE(clipMax(), tensor.clipMax);
    candidates->setCurrentIndex(candidates->table()->indexOf(3));
    QCOMPARE(clipMax(), tensor.candidates[3].clipMax);
    panel.table()->setCurrentIndex(panel.table()->table()->indexOf(findTensor(*document.report(), "weight")));
    QVERIFY(!candidates->isVisible());
    QVERIFY(!panel.growth()->isVisible());
}

void TestRangesPanel::whatIsClippedIsToldInSteps() {
    QCOMPARE(outsideText(0, 0), "none");
    QCOMPARE(outsideText(0.011, 3.21), shareText(0.011) + ", by up to 3.21 steps");
    QCOMPARE(outsideText(0.011, 0), shareText(0.011));
    Document document;
    Report report = exampleReport(12);
    const int id = findTensor(report, "activation");
    report.tensors[id].clippedShare = 0.011;
    report.tensors[id].clippedBySteps = 3.21;
    document.setReport(test::shared(std::move(report)));
    RangesPanel panel(document);
    panel.table()->setCurrentIndex(panel.table()->table()->indexOf(id));
    QVERIFY(panel.factsText().contains("outside: " + outsideText(0.011, 3.21)));
    HistogramPlot histogram;
    histogram.setTensor(evenTensor(10));
    QVERIFY(histogram.summary().contains("outside: " + outsideText(0.2, 63.75)));
}

void TestRangesPanel::aGridThatIsWiderThanTheWeightsSaysWhy() {
    Document document;
    Report report = exampleReport(12);
    const int weight = findTensor(report, "weight");
    report.tensors[weight].clipNote = "Pairs of weights are limited.";
    document.setReport(test::shared(std::move(report)));
    RangesPanel panel(document);
    panel.show();
    panel.table()->setCurrentIndex(panel.table()->table()->indexOf(weight));
    QVERIFY(panel.clipNote()->isVisible());
    QCOMPARE(panel.clipNote()->text(), "Pairs of weights are limited.");
    QVERIFY(panel.histogram()->summary().contains("Pairs of weights are limited."));
    panel.table()->setCurrentIndex(panel.table()->table()->indexOf(findTensor(*document.report(), "activation")));
    QVERIFY(!panel.clipNote()->isVisible());
}

void TestRangesPanel::aTensorThatHeldNaNHasNoGrid() {
    Document document;
    Report report = exampleReport(12);
    const int id = findTensor(report, "activation");
    TensorRange& tensor = report.tensors[id];
    tensor.notFinite = 64;
    tensor.storage.clear();
    tensor.scales.clear();
    tensor.zeroPoints.clear();
    tensor.candidates.clear();
    tensor.clippedShare = tensor.clippedBySteps = 0;
    tensor.clipNote = "64 of 128 values were NaN or infinite.";
    document.setReport(test::shared(std::move(report)));
    RangesPanel panel(document);
    panel.show();
    panel.table()->setCurrentIndex(panel.table()->table()->indexOf(id));
    QCOMPARE(cell(panel, id, "clipped"), missing());
    QCOMPARE(cell(panel, id, "storage"), missing());
    QVERIFY(panel.factsText().contains("64 values NaN or infinite"));
    QVERIFY(!panel.factsText().contains("Clipped to"));
    QVERIFY(panel.clipNote()->isVisible());
    QVERIFY(!panel.histogram()->summary().contains("clipped to"));
}

void TestRangesPanel::theGrowthOfARangeIsShownAndSaid() {
    Document document;
    Report report = exampleReport(12);
    const int id = findTensor(report, "activation");
    RangeHealth& health = *report.tensors[id].health;
    health.stableAfter = 40;
    health.minSample = "a.png";
    health.maxSample = "b<b>.png";
    health.heldOutClippedShare = 0.0042;
    document.setReport(test::shared(std::move(report)));
    RangesPanel panel(document);
    panel.show();
    panel.table()->setCurrentIndex(panel.table()->table()->indexOf(id));
    QVERIFY(panel.growth()->isVisible());
    QVERIFY(panel.growth()->summary().contains("stable after 40"));
    QVERIFY(panel.factsText().contains("stable after 40 samples"));
    QVERIFY(panel.factsText().contains(plain("b<b>.png") + " (largest)"));
    QVERIFY(panel.factsText().contains(shareText(0.0042) + " of their values"));
    QCOMPARE(cell(panel, id, "stableAfter"), "40");
    QCOMPARE(cell(panel, id, "method"), "mean-min-max");
}

void TestRangesPanel::rangesThatStillGrowAreTold() {
    Document document;
    Report report = exampleReport(12);
    for (TensorRange& tensor : report.tensors)
        if (tensor.health)
            tensor.health->stableAfter = 10;
    const int id = findTensor(report, "activation");
    report.tensors[id].health->stableAfter.reset();
    report.tensors[id].health->heldOutClippedShare.reset();
    document.setReport(test::shared(std::move(report)));
    RangesPanel panel(document);
    panel.filter()->chooseChip("growing");
    QCOMPARE(panel.table()->table()->shownCount(), 1);
    panel.table()->setCurrentIndex(panel.table()->table()->indexOf(id));
    QCOMPARE(cell(panel, id, "stableAfter"), missing());
    QVERIFY(panel.factsText().contains("still growing"));
    QVERIFY(panel.growth()->summary().contains("still growing"));
    QVERIFY(panel.factsText().contains("none were left"));
}

void TestRangesPanel::anyReportIsAValidModel() {
    Report bare;
    bare.tensors.resize(2); // all lists empty
    for (const Report& report : {exampleReport(12), bare}) {
        TableModel<TensorRow> model;
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        model.setTable(tensorColumns(), tensorRows(report));
        for (int column = 0; column < model.columnCount(); ++column) {
            model.sort(column, Qt::AscendingOrder);
            QVERIFY(!model.columnInfo(column).tooltip.isEmpty());
            for (int id = 0; id < model.totalCount(); ++id)
                QVERIFY(!model.indexOf(id, column).data().toString().isEmpty());
        }
        Document document;
        document.setReport(test::shared(report));
        RangesPanel panel(document);
        panel.show();
        QVERIFY(!panel.grab().isNull());
    }
}

QTEST_MAIN(TestRangesPanel)
#include "test_ranges_panel.moc"
