// SPDX-License-Identifier: GPL-3.0-or-later
// What the user chooses on the left side, and what is kept between starts.
#include "core/report/request_file.h"
#include "core/request/job_fields.h"
#include "tests/support/example_report.h"
#include "ui/choices.h"
#include "ui/format.h"
#include "ui/input/input_panel.h"
#include "ui/input/preprocessing_editor.h"
#include "ui/presets.h"
#include "ui/settings.h"

#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QSettings>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTemporaryDir>
#include <QTest>
#include <QToolButton>
#include <QWheelEvent>
#include <algorithm>
#include <map>
#include <set>

using namespace halftone;

namespace {

/// What the left side can hold, and not the usual of anything.
JobRequest unusual() {
    JobRequest request = usualRequest();
    request.dataPath = "/data/some pictures";
    request.labelsPath = "/data/labels.csv";
    request.tokenizerPath = "/data/tokenizer.json";
    request.preprocessing = {"custom", 256, 224, {1.5F, 2.25F, 123.675F}, {57.375F}, ChannelOrder::Bgr, -1};
    request.threads = 1;
    request.batch = 4;
    request.maxSamples = 77;
    request.calibrationSamples = 33;
    request.judge = OutputKind::Embedding;
    request.timeBudgetS = 2.5;
    request.precisions = {Precision::Fp32, Precision::Int8, Precision::Int8Simulated};
    return request;
}

QuantizeOptions unusualQuantization() {
    QuantizeOptions options;
    options.ranges = RangeMethod::Percentile;
    options.percentile = 99.9;
    options.rangesOf = {{"conv_out", RangeMethod::Mse}, {"a=b", RangeMethod::Entropy}};
    options.scheme = Scheme::Symmetric;
    options.weights = WeightScales::PerTensor;
    options.weightLimit = WeightLimit::SevenBits;
    options.biasCorrection = Switch::On;
    options.equalization = Switch::Off;
    options.smoothing = Switch::Off;
    options.rounding = Switch::On;
    options.keepFp32 = {"conv 1", "conv_2"};
    options.keepFirstFp32 = true;
    options.keepLastFp32 = true;
    return options;
}

template <class Enum> QStringList names() {
    QStringList result;
    for (const auto& [value, name] : namesOf<Enum>)
        result += QString::fromLatin1(name.data(), static_cast<qsizetype>(name.size()));
    return result;
}

QStringList names(const QList<NamedChoice>& choices) {
    QStringList result;
    for (const NamedChoice& choice : choices)
        result += QString::fromLatin1(choice.name);
    return result;
}

} // namespace

class TestSettings : public QObject {
    Q_OBJECT
    QTemporaryDir m_folder;

private slots:
    void init() {
        QSettings::setPath(QSettings::IniFormat, QSettings::UserScope, m_folder.filePath(QTest::currentTestFunction()));
    }

    void aTokenizerIsAskedForAndLookedForWhereNoPicturesAreTaken() {
        Report about = exampleReport(3);
        about.model.inputs = {{"input_ids", "s64", {1, 16}}};
        about.model.openSizes = {"sequence_length"};
        InputPanel panel;
        panel.setModel(&about, "/model.onnx");
        auto* tokenizer = panel.findChild<QLineEdit*>("tokenizer");
        QVERIFY(tokenizer->isVisibleTo(&panel));
        QVERIFY(!panel.findChild<QPushButton*>("preview")->isVisibleTo(&panel));
        QVERIFY(panel.problem().contains("sequence_length"));
        panel.setData(m_folder.path());
        QCOMPARE(panel.problem(), QString()); // the data tells the size
        tokenizer->setText("/no/such/tokenizer.json");
        QVERIFY(panel.problem().startsWith("/no/such/tokenizer.json does not exist."));
        QCOMPARE(panel.findChild<QLabel*>("tokenizerProblem")->text(), panel.problem());
        about.model.inputs = {{"input", "f32", {1, 3, 16, 16}}};
        about.model.openSizes.clear();
        panel.setModel(&about, "/model.onnx");
        QVERIFY(!tokenizer->isVisibleTo(&panel));
        QCOMPARE(panel.problem(), QString()); // nobody reads it
    }

    void everyPresetHasATitle() {
        QCOMPARE(presets().size(), preprocessingPresets().size());
        for (const PreprocessingPreset& known : preprocessingPresets())
            QVERIFY2(std::ranges::any_of(presets(), [&](const Preset& preset) { return preset.value == known.value; }),
                     known.name.c_str());
    }

    void everyFieldOfARequestHasAnEditor() {
        InputPanel panel;
        Report about = exampleReport();
        about.model.openSizes = {"sequence"};
        panel.setModel(&about, "/x.onnx");
        // The model is opened, sizes have a field each, and whoever wants other seeds or shapes uses the command line.
        const std::set<std::string> elsewhere{"model", "shapes", "seed"};
        const std::map<std::string, const char*> together{
            {"sizes", "size"}, {"rangesOf", "exceptions"}, {"keepFp32", "exceptions"}, {"precisions", "bf16"}};
        JobRequest request;
        forEachOption(request, bits(JobKind::Profile), [&](auto&, const auto& field) {
            const auto other = together.find(field.name);
            const char* editor = other == together.end() ? field.name : other->second;
            QVERIFY2(elsewhere.contains(field.name) || panel.findChild<QWidget*>(QLatin1String(editor)), field.name);
        });
    }

    void aCureChangesWhatItNamesAlone() {
        const Preprocessing torch = preprocessingPreset("imagenet-torch");
        QCOMPARE(QString::fromStdString(cured(torch, {{"preset", "imagenet-tf"}})->preset), "imagenet-tf");
        QVERIFY(cured(torch, {{"preset", "imagenet-tf"}}) == preprocessingPreset("imagenet-tf"));
        Preprocessing expected = torch;
        expected.preset = "custom";
        expected.channels = ChannelOrder::Bgr;
        expected.labelOffset = -1;
        QVERIFY(cured(torch, {{"channels", "bgr"}, {"label-offset", "-1"}}) == expected);
        expected = preprocessingPreset("signed");
        expected.preset = "custom";
        expected.mean = {0};
        expected.std = {58.395F, 57.12F, 57.375F};
        expected.resizeShortSide = 64;
        expected.cropSize = 48;
        QVERIFY(cured(torch, {{"preset", "signed"},
                              {"mean", "0"},
                              {"std", "58.395,57.12,57.375"},
                              {"resize", "64"},
                              {"crop", "48"}}) == expected);
        QVERIFY(!cured(torch, {}));
        QVERIFY(!cured(torch, {{"preset", "of a later version"}}));
        QVERIFY(!cured(torch, {{"threads", "1"}}));
        QVERIFY(!cured(torch, {{"label-offset", "one"}}));
        QCOMPARE(cureText({{"preset", "imagenet-tf"}}), "Use preset imagenet-tf");
        QCOMPARE(cureText({{"channels", "bgr"}}), "Use BGR");
        QCOMPARE(cureText({{"label-offset", "1"}, {"std", "255"}}), "Use deviation 255, label offset 1");
    }

    void choicesAreThoseOfTheProfiler() {
        QCOMPARE(names(rangeMethods()), names<RangeMethod>());
        QCOMPARE(names(schemes()), names<Scheme>());
        QCOMPARE(names(weightScales()), names<WeightScales>());
        QCOMPARE(names(switches()), names<Switch>());
        QCOMPARE(names(outputKinds()), names<OutputKind>());
        QCOMPARE(names(usualRangeMethods()), QStringList("auto") + names<RangeMethod>());
        QCOMPARE(names(weightLimits()), QStringList("auto") + names<WeightLimit>());
    }

    void lastRequestsOfEachKindAreRemembered() {
        JobRequest sweep = unusual();
        sweep.sweep = {{1, 3}, {2, 5}};
        sweep.timeBudgetS = 0.75;
        Settings settings;
        settings.setLastRequest(JobKind::Profile, unusual());
        settings.setLastRequest(JobKind::Sweep, sweep);
        const Settings again;
        QVERIFY(again.lastRequest(JobKind::Profile) == unusual());
        QVERIFY(again.lastRequest(JobKind::Sweep) == sweep);
        QVERIFY(again.lastRequest(JobKind::Plan) == usualRequest(JobKind::Plan));
    }

    void requestsOfOtherVersionsCountAsNotSet() {
        for (const char* text : {"", "{}", "[", R"({"schema": "halftone-request/1", "batch": "many"})"}) {
            QSettings(QSettings::IniFormat, QSettings::UserScope, "halftone", "halftone")
                .setValue("last/profile", QByteArray(text));
            QVERIFY2(Settings().lastRequest(JobKind::Profile) == usualRequest(), text);
        }
    }

    void quantizationIsFoldedAndSaysWhatIsUnusual() {
        InputPanel panel;
        const Report report = exampleReport();
        panel.setModel(&report, "/x.onnx");
        panel.show();
        auto* ranges = panel.findChild<QComboBox*>("ranges");
        auto* summary = panel.findChild<QLabel*>("quantizationSummary");
        QVERIFY(!ranges->isVisible());
        QCOMPARE(summary->text(), "defaults");
        panel.findChild<QToolButton*>("quantization")->click();
        QVERIFY(ranges->isVisible());
        QVERIFY(!panel.findChild<QWidget*>("percentile")->isVisible());
        QSignalSpy changed(&panel, &InputPanel::settingsChanged);
        ranges->setCurrentIndex(ranges->findData("percentile"));
        QVERIFY(panel.findChild<QWidget*>("percentile")->isVisible());
        QCOMPARE(changed.size(), 1);
        QVERIFY(panel.request().quantization.ranges == RangeMethod::Percentile);
        QCOMPARE(summary->text(), "1 chosen");
    }

    void quantizationSurvivesTheControls() {
        InputPanel panel;
        JobRequest request;
        request.quantization = unusualQuantization();
        panel.setRequest(request);
        QVERIFY(panel.request().quantization == unusualQuantization());
    }

    void scrollingPastAFieldLeavesItAlone() {
        InputPanel panel;
        const Report report = exampleReport();
        panel.setModel(&report, "/x.onnx");
        panel.show();
        panel.activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(&panel));
        const JobRequest before = panel.request();
        const auto turn = [](QWidget* field) {
            const QPointF middle = field->rect().center();
            QWheelEvent event(middle, field->mapToGlobal(middle), {}, {0, 120}, Qt::NoButton, Qt::NoModifier,
                              Qt::NoScrollPhase, false);
            QCoreApplication::sendEvent(field, &event);
        };
        auto* threads = panel.findChild<QSpinBox*>("threads");
        turn(threads);
        turn(panel.findChild<QComboBox*>("preset"));
        QVERIFY(panel.request() == before);
        QVERIFY(!threads->hasFocus());
        threads->setFocus();
        turn(threads);
        QCOMPARE(panel.request().threads, before.threads + 1);
    }

    void keptLayersAreListedAndRemoved() {
        InputPanel panel;
        const Report report = exampleReport();
        panel.setModel(&report, "/x.onnx");
        panel.show();
        panel.findChild<QToolButton*>("quantization")->click();
        auto* list = panel.findChild<QListWidget*>("exceptions");
        QVERIFY(!list->isVisible());
        panel.keepFp32({"conv_1", "conv_2"});
        panel.keepFp32({"conv_2"});
        QVERIFY(list->isVisible());
        QVERIFY(panel.request().quantization.keepFp32 == (std::vector<std::string>{"conv_1", "conv_2"}));
        list->item(0)->setSelected(true);
        panel.findChild<QPushButton*>("removeException")->click();
        QVERIFY(panel.request().quantization.keepFp32 == std::vector<std::string>{"conv_2"});
    }

    void anOpenSizeIsAskedForOnce() {
        InputPanel panel;
        Report about = exampleReport();
        about.runs.clear();
        about.model.inputs = {{"ids", "s64", {-1, -1}, {"batch", "sequence"}}, {"mask", "s64", {}, {}, true}};
        about.model.openSizes = {"sequence"}; // the batch is chosen with the run
        panel.setModel(&about, "/x.onnx");
        panel.setRequest({});
        panel.show();
        const auto fields = panel.findChildren<QLineEdit*>("size");
        QCOMPARE(fields.size(), 1);
        QVERIFY(fields[0]->isVisible());
        QCOMPARE(fields[0]->text(), "");
        const auto labels = panel.findChildren<QLabel*>();
        QVERIFY(std::ranges::any_of(labels, [](const QLabel* label) { return label->text() == missing(); })); // MACs
        for (const char* shape : {"batch x sequence s64", "unknown shape s64"})
            QVERIFY(std::ranges::any_of(labels,
                                        [&](const QLabel* label) { return label->text() == QLatin1String(shape); }));
        QVERIFY(panel.problem().contains("size sequence"));
        QVERIFY(panel.request().sizes.sizes.empty());
        panel.focusProblem();
        for (const char* wrong : {"0", "-2", "x", "1,3", "99999999999"}) {
            fields[0]->setText(wrong);
            QVERIFY2(!panel.problem().isEmpty(), wrong);
        }
        QSignalSpy changed(&panel, &InputPanel::settingsChanged);
        fields[0]->setText(" 128");
        QCOMPARE(changed.size(), 1);
        QVERIFY(panel.problem().isEmpty());
        QVERIFY(panel.request().sizes.sizes == (Sizes{{"sequence", 128}}));
        panel.setLocked(true);
        QVERIFY(!fields[0]->isEnabled());
        panel.setModel(nullptr, {});
        QVERIFY(panel.problem().isEmpty());
        QVERIFY(panel.request().sizes.sizes.empty());
    }

    void sizesBelongToOneModel() {
        JobRequest request;
        request.sizes.sizes = {{"sequence", 128}};
        QVERIFY(requestForModel(exampleReport().model, request).sizes.sizes.empty());
    }

    void sizesOfAReportComeBack() {
        Report report = exampleReport();
        report.model.inputs = {{"ids", "s64", {4, 128}}};
        report.model.openSizes = {"sequence"};
        report.options.sizes = {{"sequence", 128}};
        const Sizes expected{{"sequence", 128}};
        QVERIFY(requestOf(report).sizes.sizes == expected);
        InputPanel panel;
        panel.setModel(&report, "/x.onnx");
        QVERIFY(panel.request().sizes.sizes == expected); // after a run the settings are not set again
        panel.setRequest(requestOf(report));
        QVERIFY(panel.request().sizes.sizes == expected);
    }

    void aModelThatSimulatesInt8IsMeasuredSo() {
        Model model = exampleReport().model;
        QCOMPARE(std::ranges::count(requestForModel(model, {}).precisions, Precision::Int8Simulated), 0);
        model.operators["FakeQuantWithMinMaxVars"] = 3;
        QCOMPARE(std::ranges::count(requestForModel(model, {}).precisions, Precision::Int8Simulated), 1);
    }

    void onlyPrecisionsOfTheCpuAreOffered_data() {
        QTest::addColumn<QString>("isa");
        QTest::addColumn<bool>("bf16");
        QTest::addColumn<bool>("fp16");
        QTest::newRow("AVX2") << "AVX2" << false << false;
        QTest::newRow("VNNI") << "AVX512_CORE_VNNI" << false << false;
        QTest::newRow("BF16") << "AVX512_CORE_BF16" << true << false;
        QTest::newRow("AMX") << "AVX512_CORE_AMX" << true << true;
        QTest::newRow("later") << "AVX10_2_512_AMX_2" << true << true;
    }
    void onlyPrecisionsOfTheCpuAreOffered() {
        QFETCH(QString, isa);
        QFETCH(bool, bf16);
        QFETCH(bool, fp16);
        Report report = exampleReport();
        report.machine.isa = isa.toStdString();
        InputPanel panel;
        panel.setModel(&report, "/x.onnx");
        JobRequest request = usualRequest();
        request.precisions.push_back(Precision::Int8Simulated);
        panel.setRequest(request);
        std::vector<Precision> expected{Precision::Fp32, Precision::Int8};
        if (bf16)
            expected.push_back(Precision::Bf16);
        if (fp16)
            expected.push_back(Precision::F16);
        expected.push_back(Precision::Int8Simulated);
        QVERIFY(panel.request().precisions == expected);
    }

    void theFirstInputSuggestsAPreset_data() {
        QTest::addColumn<QList<int>>("shape");
        QTest::addColumn<QString>("preset");
        QTest::newRow("grey") << QList<int>{1, 1, 28, 28} << "fashion-mnist";
        QTest::newRow("small") << QList<int>{1, 3, 32, 32} << "cifar10";
        QTest::newRow("channels last") << QList<int>{1, 224, 224, 3} << "imagenet-torch";
        QTest::newRow("large") << QList<int>{1, 3, 224, 224} << "imagenet-torch";
    }
    void theFirstInputSuggestsAPreset() {
        QFETCH(QList<int>, shape);
        QFETCH(QString, preset);
        Model model;
        model.inputs.push_back({"x", "float32", {shape.begin(), shape.end()}});
        const JobRequest request = requestForModel(model, unusual());
        QCOMPARE(QString::fromStdString(request.preprocessing.preset), preset);
        QVERIFY(request.dataPath.empty());
        QCOMPARE(request.batch, 4);
    }

    void recentFilesAreNewestFirstAndLimited() {
        Settings settings;
        for (int i = 0; i < 12; ++i)
            settings.addRecentFile(QStringLiteral("/m%1.onnx").arg(i));
        settings.addRecentFile("/m5.onnx", unusual());
        settings.addRecentFile("/m7.onnx");
        settings.addRecentFile("/m5.onnx"); // keeps its settings
        const Settings again;
        const auto files = again.recentFiles();
        QCOMPARE(files.size(), 10);
        QCOMPARE(files[0].path, "/m5.onnx");
        QCOMPARE(files[1].path, "/m7.onnx");
        QCOMPARE(files[2].path, "/m11.onnx");
        QVERIFY(*again.requestFor("/m5.onnx") == unusual());
        QVERIFY(!again.requestFor("/m11.onnx"));
    }

    void viewsAreRememberedBesideAllElse() {
        Settings settings;
        settings.setLastRequest(JobKind::Isa, unusual());
        settings.setViewState("layers/folded", true);
        const Settings again;
        QVERIFY(again.viewState("layers/folded").toBool());
        QCOMPARE(again.viewState("layers/precision", "int8").toString(), "int8");
        QVERIFY(again.lastRequest(JobKind::Isa) == unusual());
    }

    void theLeftSideHoldsWhatItWasGiven() {
        InputPanel panel;
        const Report report = exampleReport();
        panel.setModel(&report, "/x.onnx");
        panel.setRequest(unusual());
        JobRequest expected = unusual();
        expected.seed = 7; // has no field
        expected.modelPath = "/x.onnx";
        panel.setRequest(expected);
        expected.threads = panel.request().threads; // limited by this machine
        QVERIFY(panel.request() == expected);
        for (const Preset& preset : presets()) {
            expected.preprocessing = preset.value;
            panel.setRequest(expected);
            QVERIFY(panel.request() == expected);
        }
    }

    void changingAValueMakesThePresetCustomAndBack() {
        PreprocessingEditor editor;
        QSignalSpy changed(&editor, &PreprocessingEditor::changed);
        auto* mean = editor.findChild<QLineEdit*>("mean");
        auto* preset = editor.findChild<QComboBox*>("preset");
        editor.setValue(preprocessingPreset("fashion-mnist"));
        QCOMPARE(changed.size(), 0);
        mean->setText("73");
        QVERIFY(editor.value().preset == "custom");
        QVERIFY(editor.value().mean == std::vector<float>{73});
        QCOMPARE(preset->currentText(), "Custom");
        mean->setText("72.94");
        QVERIFY(editor.value() == preprocessingPreset("fashion-mnist"));
        QVERIFY(changed.size() >= 2);
    }

    void wrongChannelValuesAreExplained_data() {
        QTest::addColumn<QString>("mean");
        QTest::addColumn<QString>("std");
        QTest::addColumn<bool>("good");
        QTest::newRow("one") << "1"
                             << "2" << true;
        QTest::newRow("three") << "1, 2,3"
                               << "1" << true;
        QTest::newRow("none") << ""
                              << " " << true;
        QTest::newRow("two") << "1,2"
                             << "1" << false;
        QTest::newRow("a word") << "red"
                                << "1" << false;
        QTest::newRow("an end missing") << "1,2,"
                                        << "1" << false;
        QTest::newRow("infinite") << "inf"
                                  << "1" << false;
        QTest::newRow("division by zero") << "1"
                                          << "1,0,1" << false;
    }
    void wrongChannelValuesAreExplained() {
        QFETCH(QString, mean);
        QFETCH(QString, std);
        QFETCH(bool, good);
        PreprocessingEditor editor;
        editor.findChild<QLineEdit*>("mean")->setText(mean);
        editor.findChild<QLineEdit*>("std")->setText(std);
        QCOMPARE(editor.problem().isEmpty(), good);
    }
};

QTEST_MAIN(TestSettings)
#include "test_settings.moc"
