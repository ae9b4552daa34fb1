// SPDX-License-Identifier: GPL-3.0-or-later
// The choices of the user: presets, options for halftone-cli, and what is kept between starts.
#include "core/data/preprocess.h"
#include "core/request/quantization.h"
#include "tests/support/example_report.h"
#include "tests/support/full_example_report.h"
#include "ui/format.h"
#include "ui/input/input_panel.h"
#include "ui/input/preprocessing_editor.h"
#include "ui/settings.h"

#include <QComboBox>
#include <QJsonArray>
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

using namespace halftone;

namespace {

const char* channelName(ChannelOrder order) {
    return order == ChannelOrder::Rgb ? "rgb" : order == ChannelOrder::Bgr ? "bgr" : "gray";
}

RunSettings unusual() {
    RunSettings settings;
    settings.data = "/data/some pictures";
    settings.labels = "/data/labels.csv";
    settings.preprocessing = {QString(), 256, 224, {1.5, 2.25, 123.675}, {57.375}, "bgr", -1};
    settings.threads = 1;
    settings.batch = 4;
    settings.samples = 77;
    settings.calibrationSamples = 33;
    settings.timeBudgetS = 2.5;
    settings.precisions = {"fp32", "int8", "int8-simulated"};
    return settings;
}

QuantizationSettings unusualQuantization() {
    QuantizationSettings settings;
    settings.ranges = "percentile";
    settings.percentile = 99.9;
    settings.rangesOf = {{"conv_out", "mse"}, {"a=b", "entropy"}};
    settings.scheme = "symmetric";
    settings.weights = "per-tensor";
    settings.weightLimit = "7-bit";
    settings.biasCorrection = "on";
    settings.equalization = "off";
    settings.rounding = "on";
    settings.keepFp32 = {"conv 1", "conv_2"};
    settings.firstFp32 = true;
    settings.lastFp32 = true;
    return settings;
}

template <class Names> QStringList names(const Names& known) {
    QStringList result;
    for (const auto& one : known)
        result += QString::fromLatin1(one.name.data(), static_cast<qsizetype>(one.name.size()));
    return result;
}

QStringList names(const QList<NamedChoice>& choices) {
    QStringList result;
    for (const NamedChoice& choice : choices)
        result += QString::fromLatin1(choice.name);
    return result;
}

template <class Names, class Value> QString word(const Names& known, Value value) {
    const std::string_view name = nameOf(known, value);
    return QString::fromLatin1(name.data(), static_cast<qsizetype>(name.size()));
}

} // namespace

class TestSettings : public QObject {
    Q_OBJECT
    QTemporaryDir m_folder;

private slots:
    void init() {
        QSettings::setPath(QSettings::IniFormat, QSettings::UserScope, m_folder.filePath(QTest::currentTestFunction()));
    }

    void presetsEqualThoseOfTheProfiler() {
        const auto reference = preprocessingPresets();
        QCOMPARE(presets().size(), reference.size());
        for (const PreprocessingPreset& expected : reference) {
            const Preset* preset = findPreset(QString::fromStdString(expected.name));
            QVERIFY2(preset, expected.name.c_str());
            const PreprocessingChoice& value = preset->value;
            QCOMPARE(value.resizeShortSide, expected.value.resizeShortSide);
            QCOMPARE(value.cropSize, expected.value.cropSize);
            QCOMPARE(value.channels, QString(channelName(expected.value.channels)));
            QCOMPARE(value.labelOffset, expected.value.labelOffset);
            const auto same = [](const QList<double>& a, const std::vector<float>& b) {
                return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                                  [](double x, float y) { return qFuzzyCompare(float(x), y); });
            };
            QVERIFY2(same(value.mean, expected.value.mean), expected.name.c_str());
            QVERIFY2(same(value.std, expected.value.std), expected.name.c_str());
        }
    }

    void aCureChangesWhatItNamesAlone() {
        const PreprocessingChoice torch = findPreset("imagenet-torch")->value;
        QCOMPARE(cured(torch, {{"preset", "imagenet-tf"}})->preset, "imagenet-tf");
        QVERIFY(cured(torch, {{"preset", "imagenet-tf"}}) == findPreset("imagenet-tf")->value);
        PreprocessingChoice expected = torch;
        expected.preset.clear();
        expected.channels = "bgr";
        expected.labelOffset = -1;
        QVERIFY(cured(torch, {{"channels", "bgr"}, {"label-offset", "-1"}}) == expected);
        expected = findPreset("signed")->value;
        expected.preset.clear();
        expected.mean = {0};
        expected.std = {58.395, 57.12, 57.375};
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

    void optionsOfAPresetNameItAlone() {
        RunSettings settings;
        settings.data = "/data";
        settings.preprocessing = findPreset("cifar10")->value;
        QCOMPARE(profileOptions(settings),
                 (QStringList{"--data", "/data", "--preset", "cifar10", "--calibration", "100", "--samples", "1000",
                              "--batch", "1", "--time", "10", "--precisions", "fp32,int8,bf16,fp16"}));
    }

    void optionsOfOwnValuesSpellThemOut() {
        QCOMPARE(profileOptions(unusual()), (QStringList{"--data",         "/data/some pictures",
                                                         "--labels",       "/data/labels.csv",
                                                         "--resize",       "256",
                                                         "--crop",         "224",
                                                         "--mean",         "1.5,2.25,123.675",
                                                         "--std",          "57.375",
                                                         "--channels",     "bgr",
                                                         "--label-offset", "-1",
                                                         "--calibration",  "33",
                                                         "--samples",      "77",
                                                         "--threads",      "1",
                                                         "--batch",        "4",
                                                         "--time",         "2.5",
                                                         "--precisions",   "fp32,int8,int8-simulated"}));
    }

    void withoutDataNoOptionSpeaksOfPictures() {
        RunSettings settings = unusual();
        settings.data.clear();
        QCOMPARE(profileOptions(settings), (QStringList{"--threads", "1", "--batch", "4", "--time", "2.5",
                                                        "--precisions", "fp32,int8,int8-simulated"}));
        QCOMPARE(isaOptions(settings, 3), (QStringList{"--threads", "1", "--batch", "4", "--time", "3", "--precisions",
                                                       "fp32,int8,int8-simulated"}));
    }

    void aSweepHasItsOwnBatchesThreadsAndTime() {
        RunSettings settings;
        settings.precisions = {"fp32", "int8"};
        QCOMPARE(sweepOptions(settings, {{1, 16}, {}, 2}), (QStringList{"--batches", "1,16", "--time", "2"}));
        settings.data = "/data";
        settings.preprocessing = findPreset("cifar10")->value;
        QCOMPARE(sweepOptions(settings, {{1}, {1, 2}, 0.5}),
                 (QStringList{"--data", "/data", "--preset", "cifar10", "--calibration", "100", "--batches", "1",
                              "--threads", "1,2", "--time", "0.5"}));
    }

    void quantizationIsThatOfTheProfiler() {
        const QuantizationSettings ours;
        const QuantizeOptions reference;
        QCOMPARE(names(rangeMethods()), names(kRangeMethods));
        QCOMPARE(names(schemes()), names(kSchemes));
        QCOMPARE(names(switches()), names(kSwitches));
        QCOMPARE(names(weightLimits()), QStringList("auto") + names(kWeightLimits));
        QCOMPARE(ours.ranges, word(kRangeMethods, reference.ranges));
        QCOMPARE(ours.percentile, reference.percentile);
        QCOMPARE(ours.scheme, word(kSchemes, reference.scheme));
        QCOMPARE(ours.weights == "per-channel", reference.perChannelWeights);
        QCOMPARE(ours.weightLimit == "auto", !reference.weightLimit.has_value());
        QCOMPARE(ours.biasCorrection, word(kSwitches, reference.biasCorrection));
        QCOMPARE(ours.equalization, word(kSwitches, reference.equalization));
        QCOMPARE(ours.rounding, word(kSwitches, reference.rounding));
        QCOMPARE(ours.firstFp32, reference.keepFirstFp32);
        QCOMPARE(ours.lastFp32, reference.keepLastFp32);
    }

    void onlyChangedQuantizationBecomesOptions() {
        QCOMPARE(quantizationOptions({}), QStringList());
        QCOMPARE(quantizationOptions(unusualQuantization()),
                 (QStringList{"--ranges",          "percentile",  "--scheme",       "symmetric",
                              "--weights",         "per-tensor",  "--weight-limit", "7-bit",
                              "--bias-correction", "on",          "--equalization", "off",
                              "--rounding",        "on",          "--percentile",   "99.9",
                              "--range-of",        "a=b=entropy", "--range-of",     "conv_out=mse",
                              "--keep-fp32",       "conv 1",      "--keep-fp32",    "conv_2",
                              "--first-fp32",      "--last-fp32"}));
        RunSettings settings;
        settings.quantization.scheme = "symmetric";
        for (const QStringList& options :
             {profileOptions(settings), sweepOptions(settings, {}), isaOptions(settings, 3), planOptions(settings, {})})
            QCOMPARE(options.mid(options.indexOf("--scheme"), 2), (QStringList{"--scheme", "symmetric"}));
    }

    void aPercentileThatNothingUsesIsNoOption() {
        QuantizationSettings settings;
        settings.percentile = 99;
        QCOMPARE(quantizationOptions(settings), QStringList());
        settings.rangesOf["x"] = "percentile";
        QCOMPARE(quantizationOptions(settings), (QStringList{"--percentile", "99", "--range-of", "x=percentile"}));
    }

    void aPlanHasItsLimitTimeAndPins() {
        RunSettings settings;
        settings.threads = 2;
        QCOMPARE(planOptions(settings, {0.5, true, 60, {{"conv", "int8"}, {"fc", "fp32"}}}),
                 (QStringList{"--threads", "2", "--batch", "1", "--time", "60", "--max-drop", "0.5", "--relative",
                              "--pin", "conv=int8", "--pin", "fc=fp32"}));
        QVERIFY(!planOptions(settings, {}).contains("--max-drop")); // networks without classes have another usual one
        Settings().setLastPlan({0.5, true, 60, {{"conv", "int8"}}});
        QCOMPARE(Settings().lastPlan(), (PlanSettings{0.5, true, 60, {}})); // pins belong to a model
    }

    void quantizationSurvivesJson() {
        QCOMPARE(quantizationFromJson(toJson(unusualQuantization())), unusualQuantization());
        QCOMPARE(quantizationFromJson({}), QuantizationSettings());
        QCOMPARE(quantizationFromJson({{"ranges", "guess"}, {"keepFp32", QJsonArray{1, ""}}, {"rangesOf", 3}}),
                 QuantizationSettings());
        RunSettings settings;
        settings.quantization = unusualQuantization();
        QCOMPARE(runSettingsFromJson(toJson(settings)), settings);
    }

    void quantizationComesBackFromAReport() {
        Report report = fullExampleReport();
        QuantizationSettings expected;
        expected.ranges = "min-max";
        expected.rangesOf = {{QString::fromStdString(report.tensors.front().name), "entropy"}};
        expected.rounding = "off"; // what was corrected and not equalized is what "auto" would have done
        QCOMPARE(settingsOf(report).quantization, expected); // full range is usual with VNNI
        report.machine.isa = "AVX2";
        expected.weightLimit = "full";
        QCOMPARE(settingsOf(report).quantization, expected);
        report.options.quantization.weightLimit = "pairs";
        report.options.quantization.keptFp32 = {"Conv_3"};
        expected.weightLimit = "auto";
        expected.keepFp32 = {"Conv_3"};
        QCOMPARE(settingsOf(report).quantization, expected);
        QCOMPARE(settingsOf(exampleReport()).quantization, QuantizationSettings()); // an old report
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
        QCOMPARE(panel.settings().quantization.ranges, "percentile");
        QCOMPARE(summary->text(), "1 chosen");
    }

    void quantizationSurvivesTheControls() {
        InputPanel panel;
        RunSettings settings;
        settings.precisions = {"fp32", "int8"};
        settings.quantization = unusualQuantization();
        panel.setSettings(settings);
        QCOMPARE(panel.settings().quantization, unusualQuantization());
    }

    void scrollingPastAFieldLeavesItAlone() {
        InputPanel panel;
        const Report report = exampleReport();
        panel.setModel(&report, "/x.onnx");
        panel.show();
        panel.activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(&panel));
        const RunSettings before = panel.settings();
        const auto turn = [](QWidget* field) {
            const QPointF middle = field->rect().center();
            QWheelEvent event(middle, field->mapToGlobal(middle), {}, {0, 120}, Qt::NoButton, Qt::NoModifier,
                              Qt::NoScrollPhase, false);
            QCoreApplication::sendEvent(field, &event);
        };
        auto* threads = panel.findChild<QSpinBox*>("threads");
        turn(threads);
        turn(panel.findChild<QComboBox*>("preset"));
        QVERIFY(panel.settings() == before);
        QVERIFY(!threads->hasFocus());
        threads->setFocus();
        turn(threads);
        QCOMPARE(panel.settings().threads, before.threads + 1);
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
        QCOMPARE(panel.settings().quantization.keepFp32, (QStringList{"conv_1", "conv_2"}));
        list->item(0)->setSelected(true);
        panel.findChild<QPushButton*>("removeException")->click();
        QCOMPARE(panel.settings().quantization.keepFp32, (QStringList{"conv_2"}));
    }

    void anOpenSizeIsAskedForOnce() {
        InputPanel panel;
        Report about = exampleReport();
        about.runs.clear();
        about.model.inputs = {{"ids", "s64", {-1, -1}}, {"mask", "s64", {-1, -1}}};
        about.model.openSizes = {"sequence"}; // the batch is chosen with the run
        panel.setModel(&about, "/x.onnx");
        panel.setSettings({});
        panel.show();
        const auto fields = panel.findChildren<QLineEdit*>("size");
        QCOMPARE(fields.size(), 1);
        QVERIFY(fields[0]->isVisible());
        QCOMPARE(fields[0]->text(), "");
        const auto labels = panel.findChildren<QLabel*>();
        QVERIFY(std::ranges::any_of(labels, [](const QLabel* label) { return label->text() == missing(); })); // MACs
        QVERIFY(panel.problem().contains("size sequence"));
        QVERIFY(panel.settings().sizes.isEmpty());
        panel.focusProblem();
        for (const char* wrong : {"0", "-2", "x", "1,3", "99999999999"}) {
            fields[0]->setText(wrong);
            QVERIFY2(!panel.problem().isEmpty(), wrong);
        }
        QSignalSpy changed(&panel, &InputPanel::settingsChanged);
        fields[0]->setText(" 128");
        QCOMPARE(changed.size(), 1);
        QVERIFY(panel.problem().isEmpty());
        QCOMPARE(panel.settings().sizes, (QMap<QString, qint64>{{"sequence", 128}}));
        panel.setLocked(true);
        QVERIFY(!fields[0]->isEnabled());
        panel.setModel(nullptr, {});
        QVERIFY(panel.problem().isEmpty());
        QVERIFY(panel.settings().sizes.isEmpty());
    }

    void sizesAreHandedToEveryCommand() {
        RunSettings settings;
        settings.sizes = {{"a=b", 8}, {"sequence", 128}};
        const QStringList sizes{"--size", "a=b=8", "--size", "sequence=128"};
        for (const QString& data : {QString(), QStringLiteral("/data")}) {
            settings.data = data;
            for (const QStringList& options :
                 {profileOptions(settings), sweepOptions(settings, {}), isaOptions(settings, 1),
                  planOptions(settings, {}), writeOptions(settings, "int8")})
                QCOMPARE(options.first(4), sizes);
        }
        QCOMPARE(previewOptions(settings).first(4), sizes);
        QCOMPARE(runSettingsFromJson(toJson(settings)), settings);
        QVERIFY(settingsForModel(exampleReport().model, settings).sizes.isEmpty());
    }

    void sizesOfAReportComeBack() {
        Report report = exampleReport();
        report.model.inputs = {{"ids", "s64", {4, 128}}};
        report.model.openSizes = {"sequence"};
        report.options.sizes = {{"sequence", 128}};
        const QMap<QString, qint64> expected{{"sequence", 128}};
        QCOMPARE(settingsOf(report).sizes, expected);
        InputPanel panel;
        panel.setModel(&report, "/x.onnx");
        QCOMPARE(panel.settings().sizes, expected); // after a run the settings are not set again
        panel.setSettings(settingsOf(report));
        QCOMPARE(panel.settings().sizes, expected);
    }

    void aModelThatSimulatesInt8IsMeasuredSo() {
        Model model = exampleReport().model;
        QVERIFY(!settingsForModel(model, {}).precisions.contains("int8-simulated"));
        model.operators["FakeQuantWithMinMaxVars"] = 3;
        QCOMPARE(settingsForModel(model, {}).precisions.count("int8-simulated"), 1);
    }

    void sweepSettingsSurviveJson() {
        const SweepSettings settings{{1, 3}, {2, 5}, 0.75};
        QCOMPARE(sweepSettingsFromJson(toJson(settings)), settings);
        QCOMPARE(sweepSettingsFromJson({}), SweepSettings());
        QCOMPARE(sweepSettingsFromJson({{"batches", QJsonArray{0, "x"}}, {"threads", 3}}), SweepSettings());
        Settings().setLastSweep(settings);
        QCOMPARE(Settings().lastSweep(), settings);
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
        RunSettings settings;
        settings.precisions += "int8-simulated";
        panel.setSettings(settings);
        QStringList expected{"fp32", "int8"};
        if (bf16)
            expected += "bf16";
        if (fp16)
            expected += "fp16";
        QCOMPARE(panel.settings().precisions, expected << "int8-simulated");
    }

    void settingsSurviveJson() { QCOMPARE(runSettingsFromJson(toJson(unusual())), unusual()); }

    void damagedJsonGivesDefaults() {
        QCOMPARE(runSettingsFromJson({}), RunSettings());
        QCOMPARE(runSettingsFromJson({{"batch", "many"}, {"mean", 3}}), RunSettings());
    }

    void aReportGivesTheSettingsItWasMadeWith() {
        Report report = exampleReport();
        report.machine.cores = 8;
        report.options.threads = 8;
        report.options.batch = 2;
        report.data->path = "/pictures";
        report.data->preprocessing = {"custom", 256, 224, {double(123.675f)}, {}, "gray", 1};
        RunSettings settings = settingsOf(report);
        QCOMPARE(settings.threads, 0); // all of that machine
        QCOMPARE(settings.batch, 2);
        QCOMPARE(settings.data, "/pictures");
        QCOMPARE(settings.preprocessing, (PreprocessingChoice{QString(), 256, 224, {123.675}, {}, "gray", 1}));
        report.data->preprocessing.preset = "fashion-mnist";
        QCOMPARE(settingsOf(report).preprocessing, findPreset("fashion-mnist")->value);
        QCOMPARE(settingsOf(report).precisions, (QStringList{"fp32", "int8"}));
        report.data.reset();
        QCOMPARE(settingsOf(report).data, QString());
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
        const RunSettings settings = settingsForModel(model, unusual());
        QCOMPARE(settings.preprocessing.preset, preset);
        QCOMPARE(settings.data, QString());
        QCOMPARE(settings.batch, 4);
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
        QCOMPARE(*again.settingsFor("/m5.onnx"), unusual());
        QVERIFY(!again.settingsFor("/m11.onnx"));
    }

    void viewsAreRememberedBesideAllElse() {
        Settings settings;
        settings.setIsaTimeBudgetS(7);
        settings.setViewState("layers/folded", true);
        const Settings again;
        QVERIFY(again.viewState("layers/folded").toBool());
        QCOMPARE(again.viewState("layers/precision", "int8").toString(), "int8");
        QCOMPARE(again.isaTimeBudgetS(), 7);
    }

    void theLeftSideHoldsWhatItWasGiven() {
        InputPanel panel;
        const Report report = exampleReport();
        panel.setModel(&report, "/x.onnx");
        panel.setSettings(unusual());
        RunSettings expected = unusual();
        expected.threads = panel.settings().threads; // limited by this machine
        QCOMPARE(panel.settings(), expected);
        for (const Preset& preset : presets()) {
            expected.preprocessing = preset.value;
            panel.setSettings(expected);
            QCOMPARE(panel.settings(), expected);
        }
    }

    void changingAValueMakesThePresetCustomAndBack() {
        PreprocessingEditor editor;
        QSignalSpy changed(&editor, &PreprocessingEditor::changed);
        auto* mean = editor.findChild<QLineEdit*>("mean");
        auto* preset = editor.findChild<QComboBox*>("preset");
        editor.setValue(findPreset("fashion-mnist")->value);
        QCOMPARE(changed.size(), 0);
        mean->setText("73");
        QCOMPARE(editor.value().preset, QString());
        QCOMPARE(editor.value().mean, QList<double>{73});
        QCOMPARE(preset->currentText(), "Custom");
        mean->setText("72.94");
        QCOMPARE(editor.value(), findPreset("fashion-mnist")->value);
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
