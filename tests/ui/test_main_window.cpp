// The whole window against a script that plays halftone-cli: every state it can be in.
#include "core/report/json.h"
#include "tests/support/example_report.h"
#include "tests/support/full_example_report.h"
#include "ui/dialogs/diagnostics_dialog.h"
#include "ui/format.h"
#include "ui/main_window.h"
#include "ui/models/table_view.h"
#include "ui/panels/fact.h"
#include "ui/panels/input_panel.h"
#include "ui/panels/layers_panel.h"
#include "ui/panels/notice_bar.h"
#include "ui/panels/running_panel.h"
#include "ui/panels/start_panel.h"
#include "ui/theme.h"

#include <QClipboard>
#include <QComboBox>
#include <QDropEvent>
#include <QGuiApplication>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QMenu>
#include <QMenuBar>
#include <QMimeData>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QTabBar>
#include <QTabWidget>
#include <QTemporaryDir>
#include <QTest>
#include <QToolButton>

using namespace halftone;

class TestMainWindow : public QObject {
    Q_OBJECT

    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<MainWindow> m_window;

    QString path(const QString& name) const { return m_folder->filePath(name); }

    QString write(const QString& name, const QByteArray& content) const {
        QFile file(path(name));
        if (!file.open(QIODevice::WriteOnly) || file.write(content) != content.size())
            qFatal("cannot write the test's files");
        return path(name);
    }

    QStringList arguments() const {
        QFile file(path("arguments"));
        return file.open(QIODevice::ReadOnly) ? QString::fromUtf8(file.readAll()).trimmed().split(u'\n')
                                              : QStringList();
    }

    template <class Widget> Widget* find(const char* name) const { return m_window->findChild<Widget*>(name); }
    NoticeBar* message() const { return find<NoticeBar>("message"); }
    NoticeBar* state() const { return find<NoticeBar>("state"); }
    QPushButton* primary() const { return find<QPushButton>("primary"); }
    Session::Activity activity() const { return m_window->session().activity(); }

    bool waitIdle() const {
        return QTest::qWaitFor([this] { return activity() == Session::Activity::None; }, 10000);
    }
    bool openAndWait(const QString& file) const {
        m_window->open(file);
        return waitIdle();
    }
    static void key(QWidget* widget, QKeyCombination keys) {
        QTest::keyClick(widget, keys.key(), keys.keyboardModifiers());
    }

    void makeWindow() {
        m_window = std::make_unique<MainWindow>(path("sample"));
        m_window->show();
        m_window->activateWindow();
    }

private slots:
    void init() {
        m_folder = std::make_unique<QTemporaryDir>();
        QSettings::setPath(QSettings::IniFormat, QSettings::UserScope, path("config"));
        qputenv("HALFTONE_CLI", HALFTONE_FAKE_CLI);
        qputenv("FAKE_FOLDER", m_folder->path().toUtf8());
        qunsetenv("FAKE_SLOW");
        qunsetenv("FAKE_SIGNAL");
        theme::apply(ThemeChoice::Light);
        write("net.onnx", "a model");
        write("broken.onnx", "broken");
        Report report = exampleReport(12);
        report.model.path = path("net.onnx").toStdString();
        saveReport(report, path("profile.json").toStdString());
        Report about;
        about.tool = report.tool;
        about.machine = report.machine;
        about.model = report.model;
        saveReport(about, path("inspect.json").toStdString());
        const Report full = fullExampleReport(12);
        Report sweep = about;
        sweep.sweep = full.sweep;
        saveReport(sweep, path("sweep.json").toStdString());
        Report isas = about;
        isas.isas = full.isas;
        saveReport(isas, path("isa.json").toStdString());
        Report plan = about;
        plan.plan = full.plan;
        saveReport(plan, path("plan.json").toStdString());
        makeWindow();
        QVERIFY(QTest::qWaitForWindowActive(m_window.get()));
    }
    void cleanup() { m_window.reset(); }

    void theFirstWindowOffersToOpen() {
        QVERIFY(m_window->findChild<StartPanel*>()->isVisible());
        QVERIFY(!m_window->findChild<QTabWidget*>()->isVisible());
        QVERIFY(!primary()->isEnabled());
        QCOMPARE(m_window->windowTitle(), "Halftone");
        QCOMPARE(m_window->minimumSize(), QSize(1024, 700));
    }

    void aMissingSampleIsExplained() {
        m_window = std::make_unique<MainWindow>(QString());
        m_window->show();
        m_window->openSample();
        QVERIFY(message()->isVisible());
        QVERIFY(message()->text().contains("sample was not found"));
    }

    void aModelIsInspectedAndDescribed() {
        QVERIFY(openAndWait(path("net.onnx")));
        QCOMPARE(arguments().mid(0, 2), (QStringList{"inspect", path("net.onnx")}));
        QCOMPARE(m_window->windowTitle(), "net.onnx – Halftone");
        QCOMPARE(find<QLabel>("modelName")->text(), "example");
        QVERIFY(find<QLabel>("machine")->text().contains("AVX512_CORE_VNNI"));
        QVERIFY(primary()->isEnabled());
        QVERIFY(m_window->document().report() == nullptr);
    }

    void aReportIsToldByItsContent() {
        QVERIFY(QFile::copy(path("profile.json"), path("a report")));
        QVERIFY(openAndWait(path("a report")));
        QVERIFY(arguments().isEmpty()); // halftone-cli was not needed
        const auto report = m_window->document().report();
        QVERIFY(report != nullptr);
        QVERIFY(*report == loadReport(path("profile.json").toStdString()));
        QVERIFY(m_window->findChild<QTabWidget*>()->isVisible());
        QCOMPARE(find<QLabel>("verdict")->text(), typeset(report->verdict.sentence));
        QVERIFY(!state()->isVisible());
    }

    void oneClickProfilesTheModel() {
        QVERIFY(openAndWait(path("net.onnx")));
        QTest::mouseClick(primary(), Qt::LeftButton);
        QCOMPARE(activity(), Session::Activity::Running);
        QCOMPARE(primary()->text(), "&Cancel");
        QVERIFY(waitIdle());
        QCOMPARE(arguments().mid(0, 2), (QStringList{"profile", path("net.onnx")}));
        QVERIFY(!arguments().contains("--data"));
        QVERIFY(m_window->document().report() != nullptr);
        QVERIFY(!state()->isVisible());
        QVERIFY(!m_window->findChild<RunningPanel*>()->isVisible());
    }

    void settingsGoToTheRun() {
        QVERIFY(openAndWait(path("net.onnx")));
        find<QLineEdit>("data")->setText("/some/pictures");
        key(m_window.get(), Qt::CTRL | Qt::Key_R);
        QVERIFY(waitIdle());
        const QStringList given = arguments();
        QCOMPARE(given.value(given.indexOf("--data") + 1), "/some/pictures");
        QVERIFY(given.contains("--preset"));
    }

    void aRunIsShownAsItGoesAndEscapeStopsIt() {
        QVERIFY(openAndWait(path("profile.json")));
        const auto before = m_window->document().report();
        qputenv("FAKE_SLOW", "1");
        key(m_window.get(), Qt::CTRL | Qt::Key_R);
        QTRY_VERIFY(find<QLabel>("activity")->text().contains("13 s left"));
        QCOMPARE(find<QLabel>("activity")->text(), "Stage 2 of 2: Measuring fp32 and int8, 13 s left");
        QStringList shown;
        for (const QLabel* label : m_window->findChild<RunningPanel*>()->findChildren<QLabel*>())
            shown += label->text();
        QVERIFY(shown.contains("12 layers"));
        QVERIFY(shown.filter("3.90").size() == 1);
        QVERIFY(m_window->document().isPrevious());
        QVERIFY(state()->text().contains("before the run"));
        QVERIFY(m_window->findChild<QTabWidget*>()->isVisible()); // still readable

        key(m_window.get(), Qt::Key_Escape);
        QVERIFY(waitIdle());
        QVERIFY(message()->isVisible());
        QVERIFY(message()->text().contains("The report before it is kept"));
        QVERIFY(m_window->document().report() == before);
        QVERIFY(!m_window->document().isPrevious());
        QCOMPARE(primary()->text(), "&Quantize && Profile");
    }

    void stoppingTheFirstRunSaysThatThereIsNoReport() {
        QVERIFY(openAndWait(path("net.onnx")));
        qputenv("FAKE_SLOW", "1");
        primary()->click();
        QTRY_VERIFY(m_window->findChild<RunningPanel*>()->isVisible());
        key(m_window.get(), Qt::CTRL | Qt::Key_Period);
        QVERIFY(waitIdle());
        QVERIFY(message()->text().contains("leaves no report"));
        QVERIFY(primary()->isEnabled());
    }

    void aSweepBecomesPartOfTheReport() {
        QVERIFY(openAndWait(path("profile.json")));
        const Report before = *m_window->document().report();
        m_window->document().selectLayer(4);
        find<QLineEdit>("data")->clear();
        key(m_window.get(), Qt::CTRL | Qt::SHIFT | Qt::Key_R);
        QCOMPARE(activity(), Session::Activity::Running);
        QVERIFY(!m_window->document().isPrevious()); // what is shown stays true
        QVERIFY(waitIdle());
        QCOMPARE(arguments().mid(0, 2), (QStringList{"sweep", path("net.onnx")}));
        QVERIFY(arguments().contains("--batches"));
        const auto after = m_window->document().report();
        QVERIFY(after->runs == before.runs && after->layers == before.layers);
        QVERIFY(after->sweep == fullExampleReport(12).sweep);
        QCOMPARE(m_window->document().selectedLayer(), 4);
        QCOMPARE(m_window->findChild<QTabWidget*>()->currentWidget()->objectName(), "sweep");
        QVERIFY(!message()->isVisible());

        m_window->exportJson(path("out.json"));
        QTRY_VERIFY(QFile::exists(path("out.json")));
        QVERIFY(loadReport(path("out.json").toStdString()) == *after);
    }

    void instructionSetsJoinASweepAndAProfileKeepsBoth() {
        QVERIFY(openAndWait(path("profile.json")));
        for (const char* task : {"sweep", "compare"}) {
            find<QPushButton>(task == QByteArray("sweep") ? "measureSweep" : "compareIsas")->click();
            QVERIFY(waitIdle());
        }
        QCOMPARE(arguments().mid(0, 2), (QStringList{"isa", path("net.onnx")}));
        QVERIFY(m_window->document().report()->sweep && m_window->document().report()->isas);
        key(m_window.get(), Qt::CTRL | Qt::Key_R);
        QVERIFY(waitIdle());
        QVERIFY(m_window->document().report()->sweep && m_window->document().report()->isas);
    }

    void aPlanIsFoundProfiledAndFoundAgain() {
        QVERIFY(openAndWait(path("profile.json")));
        m_window->findChild<InputPanel*>()->keepFp32({"Conv_3", "stem"});
        key(m_window.get(), Qt::CTRL | Qt::SHIFT | Qt::Key_P);
        QVERIFY(waitIdle());
        QCOMPARE(arguments().mid(0, 2), (QStringList{"plan", path("net.onnx")}));
        QVERIFY(arguments().contains("--time"));
        QCOMPARE(arguments().count("--keep-fp32"), 2);
        QVERIFY(m_window->document().report()->plan == fullExampleReport(12).plan);
        QCOMPARE(m_window->findChild<QTabWidget*>()->currentWidget()->objectName(), "planner");

        find<QPushButton>("profilePlan")->click();
        QVERIFY(waitIdle());
        QCOMPARE(arguments()[0], "profile");
        const QStringList kept{"stem", "Conv_0", "Conv_3", "Conv_8"};
        QCOMPARE(m_window->findChild<InputPanel*>()->settings().quantization.keepFp32, kept);
        QVERIFY(!state()->isVisible());
        QVERIFY(m_window->document().report()->plan); // a profile keeps it

        find<QPushButton>("findPlan")->click();
        QVERIFY(waitIdle());
        QCOMPARE(arguments()[0], "plan");
        QCOMPARE(arguments().count("--keep-fp32"), 1); // what the plan lists is bound by its pins alone
        QVERIFY(arguments().contains("stem"));
        QVERIFY(arguments().contains("Conv_0=fp32"));
    }

    void layersToKeepInFp32AreChosenInTheirView() {
        QVERIFY(openAndWait(path("profile.json")));
        auto* table = m_window->findChild<LayersPanel*>()->table();
        m_window->document().selectLayer(4); // fused into Conv_3
        for (QAction* action : table->actions())
            action->trigger();
        QCOMPARE(m_window->findChild<InputPanel*>()->settings().quantization.keepFp32, (QStringList{"Conv_3"}));
        QVERIFY(state()->text().contains("Settings have changed"));
    }

    void theNetworkIsWrittenAndTheReportStays() {
        QVERIFY(openAndWait(path("profile.json")));
        const auto before = m_window->document().report();
        write("write.json", "an ONNX model");
        m_window->writeNetwork("int8", path("net.int8.onnx"));
        QVERIFY(waitIdle());
        QVERIFY(QFile::exists(path("net.int8.onnx")));
        QCOMPARE(arguments().first(), "write");
        QVERIFY(arguments().join(' ').contains("--precision int8"));
        QVERIFY(message()->isVisible());
        QVERIFY(message()->text().contains("net.int8.onnx"));
        QVERIFY(m_window->document().report() == before);
        qputenv("FAKE_SLOW", "1");
        m_window->writeNetwork("fp32", path("net.fp32.onnx"));
        QCOMPARE(activity(), Session::Activity::Running);
        key(m_window.get(), Qt::Key_Escape);
        QVERIFY(waitIdle());
        QVERIFY(message()->text().contains("Nothing was written"));
    }

    void excludedLayersAreExported() {
        QVERIFY(openAndWait(path("profile.json")));
        QMenu* menu = nullptr;
        for (QMenu* one : m_window->findChildren<QMenu*>())
            if (one->title().contains("xcluded layers"))
                menu = one;
        QVERIFY(menu && !menu->isEnabled()); // nothing is excluded
        key(m_window.get(), Qt::CTRL | Qt::SHIFT | Qt::Key_P);
        QVERIFY(waitIdle());
        QVERIFY(menu->isEnabled());
        m_window->exportExclusions(path("excluded.py"), ExclusionFormat::Nncf);
        QTRY_VERIFY(QFile::exists(path("excluded.py")));
        QFile file(path("excluded.py"));
        QVERIFY(file.open(QIODevice::ReadOnly));
        const Report& report = *m_window->document().report();
        QCOMPARE(QString::fromUtf8(file.readAll()),
                 QString::fromStdString(exclusionText(report, excludedLayers(report), ExclusionFormat::Nncf)));
    }

    void everyTabFitsTheSmallestWindow() {
        QVERIFY(openAndWait(path("profile.json")));
        m_window->resize(m_window->minimumSize());
        const QTabBar* bar = m_window->findChild<QTabWidget*>()->tabBar();
        QTRY_COMPARE(m_window->width(), m_window->minimumWidth());
        QVERIFY2(bar->sizeHint().width() <= bar->parentWidget()->width(),
                 qPrintable(QStringLiteral("%1 > %2").arg(bar->sizeHint().width()).arg(bar->parentWidget()->width())));
    }

    void aSweepOfAModelThatWasNotProfiledIsAReportToo() {
        QVERIFY(openAndWait(path("net.onnx")));
        key(m_window.get(), Qt::CTRL | Qt::SHIFT | Qt::Key_R);
        QVERIFY(waitIdle());
        QVERIFY(m_window->document().report()->sweep);
        QVERIFY(m_window->findChild<QTabWidget*>()->isVisible());
        m_window->exportJson(path("out.json"));
        QTRY_VERIFY(QFile::exists(path("out.json")));
        QVERIFY(openAndWait(path("out.json")));
        QVERIFY(m_window->document().report()->sweep);
        QCOMPARE(m_window->findChild<QTabWidget*>()->currentWidget()->objectName(), "sweep");
    }

    void measurementsOfAnotherCpuAreNotMixed() {
        Report elsewhere = loadReport(path("profile.json").toStdString());
        elsewhere.machine.cpu = "Another CPU";
        saveReport(elsewhere, path("elsewhere.json").toStdString());
        QVERIFY(openAndWait(path("elsewhere.json")));
        key(m_window.get(), Qt::CTRL | Qt::SHIFT | Qt::Key_R);
        QVERIFY(waitIdle());
        QVERIFY(m_window->document().report()->runs.empty());
        QVERIFY(m_window->document().report()->sweep);
        QVERIFY(message()->isVisible());
        QVERIFY(message()->text().contains("report of its own"));
    }

    void stoppingASweepKeepsTheReport() {
        QVERIFY(openAndWait(path("profile.json")));
        const auto before = m_window->document().report();
        qputenv("FAKE_SLOW", "1");
        find<QPushButton>("measureSweep")->click();
        QTRY_VERIFY(find<QLabel>("activity")->text().contains("Stage 2"));
        QVERIFY(!find<QPushButton>("measureSweep")->isEnabled());
        primary()->click();
        QVERIFY(waitIdle());
        QCOMPARE(message()->text(), "The measurement was stopped. The report is as it was.");
        QVERIFY(m_window->document().report() == before);
        QVERIFY(find<QPushButton>("measureSweep")->isEnabled());
    }

    void aSweepThatCannotBeReadIsNotStarted() {
        QVERIFY(openAndWait(path("profile.json")));
        find<QLineEdit>("batches")->setText("few");
        QVERIFY(!find<QPushButton>("measureSweep")->isEnabled());
        key(m_window.get(), Qt::CTRL | Qt::SHIFT | Qt::Key_R);
        QCOMPARE(activity(), Session::Activity::None);
        find<QLineEdit>("batches")->setText("1, 2");
        QVERIFY(find<QPushButton>("measureSweep")->isEnabled());
    }

    void aBrokenModelLeavesTheOpenOneAlone() {
        QVERIFY(openAndWait(path("profile.json")));
        const auto before = m_window->document().report();
        QVERIFY(openAndWait(path("broken.onnx")));
        QVERIFY(message()->isVisible());
        QCOMPARE(message()->text(), "net.onnx is damaged. Export it again.");
        QVERIFY(m_window->document().report() == before);
        QCOMPARE(m_window->windowTitle(), "net.onnx – Halftone");
        for (QPushButton* button : message()->findChildren<QPushButton*>())
            if (button->text() == "Cop&y details")
                button->click();
        const QString copied = QGuiApplication::clipboard()->text();
        QVERIFY(copied.contains("damaged") && copied.contains("bad-input") && copied.contains("broken.onnx"));
        QVERIFY(openAndWait(path("profile.json")));
        QVERIFY(!message()->isVisible());
    }

    void aProfilerThatDiesLeavesTheReportAlone() {
        QVERIFY(openAndWait(path("profile.json")));
        const auto before = m_window->document().report();
        qputenv("FAKE_SIGNAL", "SEGV");
        primary()->click();
        QVERIFY(waitIdle());
        QVERIFY(message()->isVisible());
        QVERIFY2(message()->text().contains("crashed") && message()->text().contains("SIGSEGV") &&
                     message()->text().contains("step 2 of 2, “Measuring fp32 and int8”") &&
                     message()->text().contains("copy the details"),
                 qPrintable(message()->text()));
        QVERIFY(m_window->document().report() == before);
        qunsetenv("FAKE_SIGNAL");
        primary()->click(); // and it can be tried again
        QVERIFY(waitIdle());
        QVERIFY(!message()->isVisible());
    }

    void aDamagedReportIsExplained_data() {
        QTest::addColumn<QByteArray>("content");
        QTest::addColumn<QString>("word");
        QTest::newRow("cut off") << QByteArray("{\"schema\": \"halftone-rep") << "is not JSON";
        QTest::newRow("other JSON") << QByteArray("{}") << "is not a Halftone report";
    }
    void aDamagedReportIsExplained() {
        QFETCH(QByteArray, content);
        QFETCH(QString, word);
        QVERIFY(openAndWait(write("bad.json", content)));
        QVERIFY2(message()->text().contains(word), qPrintable(message()->text()));
        QVERIFY(m_window->findChild<StartPanel*>()->isVisible());
    }

    void aRunThatLeavesNoReportFails() {
        QVERIFY(openAndWait(path("net.onnx")));
        QVERIFY(QFile::remove(path("profile.json")));
        primary()->click();
        QVERIFY(waitIdle());
        QVERIFY(message()->isVisible());
        QVERIFY(m_window->document().report() == nullptr);
    }

    void aModelWithUnsupportedLayersIsDescribedButNotRun() {
        Report about = loadReport(path("inspect.json").toStdString());
        about.diagnostics.push_back({Severity::Warning, "unsupported", "lstm", "Layer lstm (LSTM) cannot run."});
        saveReport(about, path("inspect.json").toStdString());
        QVERIFY(openAndWait(path("net.onnx")));
        QVERIFY(!primary()->isEnabled());
        QStringList shown;
        for (const QLabel* label : m_window->findChildren<QLabel*>())
            if (label->isVisible())
                shown += label->text();
        QVERIFY(shown.contains("Layer lstm (LSTM) cannot run."));
        QVERIFY(find<QToolButton>("warnings")->text().contains("(1)"));
    }

    void warningsComeBeforeNotesAndAreWhole() {
        const std::string sentence = std::string(400, 'n') + '.';
        const DiagnosticsDialog dialog({{Severity::Info, "one", "", sentence},
                                        {Severity::Warning, "two", "fp32", "It scatters."},
                                        {Severity::Info, "three", "", "Third."}});
        const QString text = dialog.findChild<QPlainTextEdit*>()->toPlainText();
        QCOMPARE(text,
                 "Warning (fp32): It scatters.\n\nNote: " + QString::fromStdString(sentence) + "\n\nNote: Third.");
    }

    void theCureOfAWarningSetsTheFormAndOffersToRunAgain() {
        Report report = loadReport(path("profile.json").toStdString());
        report.diagnostics.push_back({Severity::Warning,
                                      "wrong-preprocessing",
                                      "",
                                      "The preprocessing looks wrong.",
                                      {{"preset", "imagenet-keras"}}});
        saveReport(report, path("profile.json").toStdString());
        QVERIFY(openAndWait(path("profile.json")));
        auto* preset = find<QComboBox>("preset");
        for (const bool inOverview : {true, false}) {
            preset->setCurrentIndex(preset->findData("imagenet-torch"));
            emit preset->activated(preset->currentIndex());
            if (!inOverview)
                find<QToolButton>("warnings")->click();
            QWidget* place = inOverview ? find<QWidget>("overview")
                                        : static_cast<QWidget*>(m_window->findChild<DiagnosticsDialog*>());
            QVERIFY(place);
            int buttons = 0;
            for (QPushButton* button : place->findChildren<QPushButton*>())
                if (button->text() == "Use preset imagenet-keras") {
                    ++buttons;
                    button->click();
                }
            QCOMPARE(buttons, 1);
            QCOMPARE(preset->currentData().toString(), "imagenet-keras");
            QVERIFY(state()->isVisible());
            QCOMPARE(state()->text(), "Settings have changed since this report.");
        }
        for (QPushButton* button : state()->findChildren<QPushButton*>())
            button->click();
        QVERIFY(waitIdle());
        QVERIFY(arguments().contains("imagenet-keras"));
    }

    void changedSettingsAreSaidAndCanBeRun() {
        QVERIFY(openAndWait(path("profile.json")));
        auto* data = find<QLineEdit>("data");
        const QString original = data->text();
        data->setText("/other/pictures");
        QVERIFY(state()->isVisible());
        QCOMPARE(state()->text(), "Settings have changed since this report.");
        data->setText(original);
        QVERIFY(!state()->isVisible());
        data->setText("/other/pictures");
        for (QPushButton* button : state()->findChildren<QPushButton*>())
            button->click();
        QVERIFY(waitIdle());
        QVERIFY(arguments().contains("/other/pictures"));
        QVERIFY(!state()->isVisible());
    }

    void wrongSettingsStopTheRunAndAreExplained() {
        QVERIFY(openAndWait(path("net.onnx")));
        find<QLineEdit>("data")->setText("/pictures");
        find<QLineEdit>("mean")->setText("red");
        QVERIFY(!primary()->isEnabled());
        QVERIFY(find<QLabel>("settingsProblem")->text().contains("mean"));
        find<QLineEdit>("mean")->setText("1");
        QVERIFY(primary()->isEnabled());
    }

    void aDroppedFileIsOpenedAndAFolderBecomesTheData() {
        const auto drop = [this](const QString& file) {
            QMimeData data;
            data.setUrls({QUrl::fromLocalFile(file)});
            QDragEnterEvent enter({5, 5}, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
            QCoreApplication::sendEvent(m_window.get(), &enter);
            QDropEvent event({5, 5}, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
            QCoreApplication::sendEvent(m_window.get(), &event);
            return enter.isAccepted();
        };
        QVERIFY(drop(path("net.onnx")));
        QVERIFY(waitIdle());
        QVERIFY(m_window->session().model() != nullptr);
        QVERIFY(drop(m_folder->path()));
        QCOMPARE(find<QLineEdit>("data")->text(), m_folder->path());
    }

    void recentFilesAndTheirSettingsAreRemembered() {
        QVERIFY(openAndWait(path("net.onnx")));
        find<QLineEdit>("data")->setText("/pictures/of/net");
        primary()->click();
        QVERIFY(waitIdle());
        m_window->close();
        makeWindow();
        auto* recent = find<QListWidget>("recentFiles");
        QVERIFY(recent->isVisible());
        QCOMPARE(recent->count(), 1);
        emit recent->itemActivated(recent->item(0));
        QVERIFY(waitIdle());
        QCOMPARE(find<QLineEdit>("data")->text(), "/pictures/of/net");
    }

    void exportsEqualTheReportAndErrorsAreShown() {
        QVERIFY(openAndWait(path("profile.json")));
        m_window->exportJson(path("out.json"));
        QTRY_VERIFY(QFile::exists(path("out.json")));
        QVERIFY(loadReport(path("out.json").toStdString()) == *m_window->document().report());
        m_window->exportCsv(path("tables"));
        QTRY_VERIFY(QFile::exists(path("tables/conversions.csv")));
        QVERIFY(!message()->isVisible());
        m_window->exportJson(path("no/such/folder/out.json"));
        QTRY_VERIFY(message()->isVisible());
        QVERIFY(message()->text().contains("out.json"));
    }

    void everyActionIsInAMenuAndTheKeysAreUnique() {
        QSet<QString> keys;
        int actions = 0;
        for (const QAction* action : m_window->findChildren<QAction*>()) {
            const bool ofTheFrame = action->parent() == m_window.get() || qobject_cast<QMenu*>(action->parent());
            if (!ofTheFrame) // of one view, named in the View menu
                continue;
            for (const QKeySequence& shortcut : action->shortcuts()) {
                QVERIFY2(!keys.contains(shortcut.toString()), qPrintable(shortcut.toString()));
                keys += shortcut.toString();
                ++actions;
                bool inMenu = false;
                for (const QObject* owner : action->associatedObjects())
                    inMenu |= qobject_cast<const QMenu*>(owner) != nullptr;
                QVERIFY2(inMenu, qPrintable(action->text()));
            }
        }
        QVERIFY(actions >= 12);
    }

    void mnemonicsAreUniqueInEveryView() {
        write("full.json", toJson(fullExampleReport(12)).c_str());
        QVERIFY(openAndWait(path("full.json")));
        auto* tabs = m_window->findChild<QTabWidget*>();
        for (int tab = 0; tab < tabs->count(); ++tab) {
            tabs->setCurrentIndex(tab);
            QMap<QChar, QString> used;
            const auto check = [&](QString text) {
                const qsizetype at = text.remove("&&").indexOf(u'&');
                if (at < 0 || at + 1 >= text.size())
                    return;
                const QChar letter = text[at + 1].toLower();
                QVERIFY2(!used.contains(letter), qPrintable(tabs->tabText(tab) + ": " + text + " and " + used[letter]));
                used[letter] = text;
            };
            for (const QAction* menu : m_window->menuBar()->actions())
                check(menu->text());
            for (const QLabel* label : m_window->findChildren<QLabel*>())
                if (label->isVisible() && label->buddy())
                    check(label->text());
            for (const QAbstractButton* button : m_window->findChildren<QAbstractButton*>())
                if (button->isVisible())
                    check(button->text());
            QVERIFY(used.size() > 16);
        }
    }

    void closingDuringARunStopsIt() {
        QVERIFY(openAndWait(path("net.onnx")));
        qputenv("FAKE_SLOW", "1");
        primary()->click();
        QTRY_VERIFY(find<QLabel>("activity")->text().contains("Stage 2"));
        m_window->close();
        m_window.reset(); // returns: the job is gone
    }
};

QTEST_MAIN(TestMainWindow)
#include "test_main_window.moc"
