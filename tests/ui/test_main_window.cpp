// SPDX-License-Identifier: GPL-3.0-or-later
// The whole window against a script that plays halftone-cli: every state it can be in.
#include "core/report/differences.h"
#include "core/report/json.h"
#include "core/report/request_file.h"
#include "core/request/command_line.h"
#include "tests/support/example_report.h"
#include "tests/support/full_example_report.h"
#include "ui/dialogs/about_dialog.h"
#include "ui/dialogs/diagnostics_dialog.h"
#include "ui/format.h"
#include "ui/frame/notice_bar.h"
#include "ui/frame/running_panel.h"
#include "ui/frame/runs_panel.h"
#include "ui/frame/start_panel.h"
#include "ui/input/input_panel.h"
#include "ui/main_window.h"
#include "ui/models/table_view.h"
#include "ui/theme.h"
#include "ui/views/layers/layers_panel.h"
#include "ui/views/overview/fact.h"

#include <QClipboard>
#include <QComboBox>
#include <QDropEvent>
#include <QGuiApplication>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QMenu>
#include <QMenuBar>
#include <QMessageBox>
#include <QMimeData>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSettings>
#include <QSignalSpy>
#include <QSplitter>
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

    /// What was asked last: a request as the words of the command line that asks for the same.
    QStringList arguments() const {
        QFile file(path("arguments"));
        if (!file.open(QIODevice::ReadOnly))
            return {};
        QStringList words = QString::fromUtf8(file.readAll()).split(u'\n', Qt::SkipEmptyParts);
        if (words.value(1) != u"--request")
            return words;
        const auto kinds = {JobKind::Profile, JobKind::Sweep, JobKind::Isa, JobKind::Plan, JobKind::Write};
        const auto* kind =
            std::ranges::find_if(kinds, [&](JobKind each) { return words.front() == QLatin1String(name(each)); });
        words = {words.front()};
        for (const std::string& word : commandWords(*kind, request()))
            words += QString::fromStdString(word);
        return words;
    }
    JobRequest request() const { return loadRequest(path("request.json").toStdString()); }

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
    /// The texts of all labels that can be seen.
    QStringList shown() const {
        QStringList texts;
        for (const QLabel* label : m_window->findChildren<QLabel*>())
            if (label->isVisible())
                texts += label->text();
        return texts;
    }
    /// The rectangle around all pixels that differ.
    static QRect difference(const QImage& a, const QImage& b) {
        if (a.size() != b.size())
            return a.rect() | b.rect();
        QRect where;
        for (int y = 0; y < a.height(); ++y)
            for (int x = 0; x < a.width(); ++x)
                if (a.pixel(x, y) != b.pixel(x, y))
                    where |= QRect(x, y, 1, 1);
        return where;
    }
    /// The part of the splitter that holds the table.
    static QWidget* rowsIn(const QSplitter* splitter) {
        QWidget* widget = splitter->findChild<TableView*>();
        while (widget->parentWidget() != splitter)
            widget = widget->parentWidget();
        return widget;
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
        qputenv("XDG_DATA_HOME", path("data").toUtf8());
        QDir(m_folder->path()).mkpath("pictures");
        QDir(m_folder->path()).mkpath("other pictures");
        qputenv("HALFTONE_CLI", HALFTONE_FAKE_CLI);
        qputenv("FAKE_FOLDER", m_folder->path().toUtf8());
        qunsetenv("FAKE_SLOW");
        qunsetenv("FAKE_SIGNAL");
        theme::apply(ThemeChoice::Light);
        write("net.onnx", "a model");
        write("broken.onnx", "broken");
        Report report = exampleReport(12);
        report.model.path = path("net.onnx").toStdString();
        report.data->path = path("pictures").toStdString();
        saveReport(report, path("profile.json").toStdString());
        Report about;
        about.tool = report.tool;
        about.machine = report.machine;
        about.model = report.model;
        about.model.inputs = {{"input", "f32", {1, 3, 32, 32}}}; // pictures
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

    void theLicenceAndThoseOfTheLibrariesAreTold() {
        AboutDialog dialog;
        QVERIFY(dialog.findChild<QLabel*>(QStringLiteral("licence"))->text().contains("GNU General Public License"));
        const QString notices = dialog.findChild<QPlainTextEdit*>(QStringLiteral("notices"))->toPlainText();
        for (const char* library :
             {"Qt 6", "QCustomPlot", "oneDNN", "ONNX", "Protocol Buffers", "FlatBuffers", "pugixml",
              "JSON for Modern C++", "fmt", "CLI11", "libpng", "libjpeg-turbo", "libarchive", "ICU", "zlib", "OpenSSL"})
            QVERIFY2(notices.contains(QStringLiteral("\n%1: ").arg(QLatin1String(library))), library);
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
        find<QLineEdit>("data")->setText(path("pictures"));
        key(m_window.get(), Qt::CTRL | Qt::Key_R);
        QVERIFY(waitIdle());
        const QStringList given = arguments();
        QCOMPARE(given.value(given.indexOf("--data") + 1), path("pictures"));
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
        QVERIFY(request().sweep.batches == SweepGrid().batches);
        QVERIFY(!request().sweep.threads.empty());
        const auto after = m_window->document().report();
        QVERIFY(after->runs == before.runs && after->layers == before.layers);
        std::optional<Sweep> sweep = fullExampleReport(12).sweep; // joined, it says what it was set otherwise to
        sweep->conditions->differences = differences(sweep->conditions->options, before.options, true);
        QVERIFY(after->sweep == sweep);
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
        std::optional<MixedPlan> plan = fullExampleReport(12).plan;
        plan->conditions->differences = differences(plan->conditions->options, m_window->document().report()->options);
        QVERIFY(m_window->document().report()->plan == plan);
        QCOMPARE(m_window->findChild<QTabWidget*>()->currentWidget()->objectName(), "planner");

        find<QPushButton>("profilePlan")->click();
        QVERIFY(waitIdle());
        QCOMPARE(arguments()[0], "profile");
        const std::vector<std::string> kept{"stem", "Conv_0", "Conv_3", "Conv_8"};
        QVERIFY(m_window->findChild<InputPanel*>()->request().quantization.keepFp32 == kept);
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
        QVERIFY(m_window->findChild<InputPanel*>()->request().quantization.keepFp32 ==
                std::vector<std::string>{"Conv_3"});
        QVERIFY(state()->text().contains("Settings have changed"));
    }

    void theNetworkIsWrittenAndTheReportStays() {
        QVERIFY(openAndWait(path("profile.json")));
        const auto before = m_window->document().report();
        write("write.json", "an ONNX model");
        m_window->writeNetwork(Precision::Int8, path("net.int8.onnx"));
        QVERIFY(waitIdle());
        QVERIFY(QFile::exists(path("net.int8.onnx")));
        QCOMPARE(arguments().first(), "write");
        QVERIFY(request().written == Precision::Int8);
        QVERIFY(message()->isVisible());
        QVERIFY(message()->text().contains("net.int8.onnx"));
        QVERIFY(m_window->document().report() == before);
        qputenv("FAKE_SLOW", "1");
        m_window->writeNetwork(Precision::Fp32, path("net.fp32.onnx"));
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
        QVERIFY(!message()->isVisible() || !message()->text().contains("crashed"));
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
        data->setText(path("other pictures"));
        QVERIFY(state()->isVisible());
        QCOMPARE(state()->text(), "Settings have changed since this report.");
        data->setText(original);
        QVERIFY(!state()->isVisible());
        data->setText(path("other pictures"));
        for (QPushButton* button : state()->findChildren<QPushButton*>())
            button->click();
        QVERIFY(waitIdle());
        QVERIFY(arguments().contains(path("other pictures")));
        QVERIFY(!state()->isVisible());
    }

    void wrongSettingsStopTheRunAndAreExplained() {
        QVERIFY(openAndWait(path("net.onnx")));
        find<QLineEdit>("data")->setText(path("pictures"));
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
        find<QLineEdit>("data")->setText(path("pictures"));
        primary()->click();
        QVERIFY(waitIdle());
        m_window->close();
        makeWindow();
        auto* recent = find<QListWidget>("recentFiles");
        QVERIFY(recent->isVisible());
        QCOMPARE(recent->count(), 1);
        emit recent->itemActivated(recent->item(0));
        QVERIFY(waitIdle());
        QCOMPARE(find<QLineEdit>("data")->text(), path("pictures"));
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

    void escapeInAFieldClearsItAndStopsNoRun() {
        QVERIFY(openAndWait(path("profile.json")));
        auto* tabs = m_window->findChild<QTabWidget*>();
        qputenv("FAKE_SLOW", "1");
        key(m_window.get(), Qt::CTRL | Qt::Key_R);
        QTRY_VERIFY(find<QLabel>("activity")->text().contains("Stage 2"));
        auto* layers = m_window->findChild<LayersPanel*>();
        tabs->setCurrentWidget(layers);
        key(m_window.get(), Qt::CTRL | Qt::Key_F);
        QWidget* field = m_window->focusWidget();
        QVERIFY(qobject_cast<QLineEdit*>(field));
        QTest::keyClicks(field, "conv");
        QCOMPARE(layers->filter()->text(), "conv");
        key(field, Qt::Key_Escape);
        QCOMPARE(layers->filter()->text(), "");
        QCOMPARE(activity(), Session::Activity::Running);

        layers->filter()->setText("conv"); // from the table it is the filter's key too
        layers->table()->setFocus();
        key(layers->table(), Qt::Key_Escape);
        QVERIFY(layers->filter()->isClear());
        QCOMPARE(activity(), Session::Activity::Running);

        tabs->setCurrentIndex(8); // the sweep's own fields
        auto* batches = find<QLineEdit>("batches");
        batches->setFocus();
        batches->setText("1, 2");
        key(batches, Qt::Key_Escape);
        QCOMPARE(batches->text(), "");
        QCOMPARE(activity(), Session::Activity::Running);

        layers->table()->setFocus(); // with nothing to clear it stops the run
        tabs->setCurrentWidget(layers);
        layers->table()->setFocus();
        key(layers->table(), Qt::Key_Escape);
        QVERIFY(waitIdle());
        QVERIFY(message()->text().contains("stopped"));
    }

    void aFilterGoesWithItsModelAndAnEmptyTableSaysWhy() {
        QVERIFY(openAndWait(path("profile.json")));
        auto* layers = m_window->findChild<LayersPanel*>();
        m_window->findChild<QTabWidget*>()->setCurrentWidget(layers);
        layers->filter()->setText("no such layer");
        auto* note = layers->table()->findChild<QWidget*>("filterNote");
        QVERIFY(note && note->isVisible());
        QCOMPARE(note->findChild<QLabel*>()->text(), "No layer matches “no such layer”.");
        note->findChild<QPushButton*>()->click();
        QVERIFY(!note->isVisible());
        QCOMPARE(layers->table()->table()->shownCount(), 12);

        layers->filter()->setText("conv");
        key(m_window.get(), Qt::CTRL | Qt::Key_R);
        QVERIFY(waitIdle());
        QCOMPARE(layers->filter()->text(), "conv"); // the same model

        Report other = loadReport(path("profile.json").toStdString());
        other.model.sha256 = "another";
        saveReport(other, path("other.json").toStdString());
        QVERIFY(openAndWait(path("other.json")));
        QCOMPARE(layers->filter()->text(), "");
        QCOMPARE(layers->table()->table()->shownCount(), 12);
    }

    void aFinishedRunMovesNobody() {
        QVERIFY(openAndWait(path("profile.json")));
        auto* tabs = m_window->findChild<QTabWidget*>();
        auto* layers = m_window->findChild<LayersPanel*>();
        tabs->setCurrentWidget(layers);
        layers->filter()->chooseChip("in");
        m_window->document().selectLayer(3);
        const std::string selected = m_window->document().selectedLayerName();
        Report next = loadReport(path("profile.json").toStdString());
        std::swap(next.layers[0], next.layers[3]);
        next.verdict.speedup = 1.9;
        next.verdict.speedupCi95 = Interval{1.85, 1.95};
        next.verdict.grade = Grade::Sure;
        saveReport(next, path("profile.json").toStdString());
        layers->table()->setFocus();
        key(m_window.get(), Qt::CTRL | Qt::Key_R);
        QVERIFY(waitIdle());
        QCOMPARE(tabs->currentWidget(), layers);
        QCOMPARE(layers->filter()->chip(), "in");
        QCOMPARE(m_window->document().selectedLayer(), 0); // of the same name
        QCOMPARE(m_window->document().selectedLayerName(), selected);
        QCOMPARE(m_window->focusWidget(), layers->table());
        QVERIFY(message()->isVisible());
        QVERIFY2(message()->text().startsWith("1.90× (was "), qPrintable(message()->text()));
        for (QPushButton* button : message()->findChildren<QPushButton*>())
            if (button->text() == "Show")
                button->click();
        QCOMPARE(tabs->currentIndex(), 0);
        QVERIFY(!message()->isVisible());
    }

    void theFirstRunLeadsToItsResult() {
        QVERIFY(openAndWait(path("net.onnx")));
        m_window->findChild<QTabWidget*>()->setCurrentIndex(3);
        primary()->click();
        QVERIFY(waitIdle());
        QCOMPARE(m_window->findChild<QTabWidget*>()->currentIndex(), 0);
        QVERIFY(!message()->isVisible());
    }

    void aPathThatDoesNotExistIsSaidAtItsField() {
        QVERIFY(openAndWait(path("net.onnx")));
        QVERIFY(primary()->isEnabled());
        const QString wrong = path("no such folder");
        find<QLineEdit>("data")->setText(wrong);
        QVERIFY(!primary()->isEnabled());
        QVERIFY(primary()->toolTip().startsWith(wrong + " does not exist."));
        auto* said = find<QLabel>("dataProblem");
        QVERIFY(said->isVisible());
        QCOMPARE(said->text(), primary()->toolTip());
        QVERIFY(!find<QLabel>("settingsProblem")->isVisible()); // once is enough
        QVERIFY(shown().contains("Not ready to profile"));
        key(m_window.get(), Qt::CTRL | Qt::Key_R);
        QCOMPARE(activity(), Session::Activity::None);

        QVERIFY(QDir().mkpath(wrong)); // made in another program
        QEvent back(QEvent::ActivationChange);
        QCoreApplication::sendEvent(m_window.get(), &back);
        QVERIFY(primary()->isEnabled());
        QVERIFY(!said->isVisible());
        QVERIFY(primary()->toolTip().isEmpty());
    }

    void nothingIsReadyBelowAFailure() {
        QVERIFY(openAndWait(path("net.onnx")));
        QVERIFY(shown().contains("Ready to profile"));
        QVERIFY(QFile::remove(path("profile.json")));
        primary()->click();
        QVERIFY(waitIdle());
        QVERIFY(message()->isVisible());
        QVERIFY(!shown().contains("Ready to profile"));
        QVERIFY(shown().contains("Not profiled yet"));
        message()->findChild<QToolButton*>()->click();
        QVERIFY(shown().contains("Ready to profile"));
    }

    void theKeysOfTheViewsMoveTheFocus() {
        write("full.json", toJson(fullExampleReport(12)).c_str());
        QVERIFY(openAndWait(path("full.json")));
        auto* tabs = m_window->findChild<QTabWidget*>();
        for (int tab = 0; tab < tabs->count(); ++tab) {
            find<QLineEdit>("data")->setFocus();
            key(m_window.get(), Qt::CTRL | Qt::Key((tab + 1) % 10 + Qt::Key_0));
            QCOMPARE(tabs->currentIndex(), tab);
            QVERIFY2(tabs->currentWidget()->isAncestorOf(m_window->focusWidget()), qPrintable(tabs->tabText(tab)));
        }
        key(m_window.get(), Qt::CTRL | Qt::Key_2);
        QCOMPARE(m_window->focusWidget(), m_window->findChild<LayersPanel*>()->table());
    }

    void aSlowerLayerLeadsToItsRow() {
        Report report = loadReport(path("profile.json").toStdString());
        for (Layer& layer : report.layers)
            if (layer.speedup) {
                layer.speedup = 0.5;
                layer.speedupCi95 = Interval{0.48, 0.52};
                layer.grade = Grade::Sure;
                layer.reason.clear();
            }
        saveReport(report, path("slower.json").toStdString());
        QVERIFY(openAndWait(path("slower.json")));
        for (QPushButton* button : m_window->findChildren<QPushButton*>())
            if (button->accessibleName().contains("slower in int8"))
                button->click();
        QCOMPARE(m_window->findChild<QTabWidget*>()->currentWidget()->objectName(), "layers");
        QVERIFY(m_window->document().selectedLayer() >= 0);
        QCOMPARE(m_window->findChild<LayersPanel*>()->table()->currentId(), m_window->document().selectedLayer());
    }

    void aRememberedSplitterLeavesRowsInTheSmallestWindow() {
        write("full.json", toJson(fullExampleReport(60)).c_str());
        m_window->resize(1600, 1400);
        QVERIFY(openAndWait(path("full.json")));
        auto* tabs = m_window->findChild<QTabWidget*>();
        const QStringList names{"layers", "errors", "planner"};
        for (const QString& name : names) {
            tabs->setCurrentWidget(find<QWidget>(qPrintable(name)));
            m_window->document().selectLayer(3);
            QCoreApplication::processEvents();
            auto* splitter = find<QWidget>(qPrintable(name))->findChild<QSplitter*>();
            QList<int> sizes(splitter->count(), 1000);
            sizes[splitter->indexOf(rowsIn(splitter))] = 1;
            splitter->setSizes(sizes);
        }
        find<QSplitter>("frame")->setSizes({5000, 1});
        m_window->close();
        makeWindow();
        m_window->resize(m_window->minimumSize());
        QVERIFY(openAndWait(path("full.json")));
        QTRY_COMPARE(m_window->size(), m_window->minimumSize());
        for (const QString& name : names) {
            m_window->findChild<QTabWidget*>()->setCurrentWidget(find<QWidget>(qPrintable(name)));
            m_window->document().selectLayer(3);
            QCoreApplication::processEvents();
            auto* table = find<QWidget>(qPrintable(name))->findChild<QSplitter*>()->findChild<TableView*>();
            QVERIFY2(table->viewport()->height() >= 5 * 24, qPrintable(name));
            QVERIFY2(table->viewport()->width() >= 600, qPrintable(name));
        }
    }

    void aThemeIsFollowedByEveryWidgetAtOnce_data() {
        QTest::addColumn<bool>("toDark");
        QTest::newRow("to dark") << true;
        QTest::newRow("to light") << false;
    }
    void aThemeIsFollowedByEveryWidgetAtOnce() {
        QFETCH(bool, toDark);
        write("full.json", toJson(fullExampleReport(12)).c_str());
        const ThemeChoice last = toDark ? ThemeChoice::Dark : ThemeChoice::Light;
        const auto pictures = [&](ThemeChoice first) {
            QApplication::setCursorFlashTime(0); // pictures of one moment are compared
            theme::apply(first);
            m_window.reset();
            Settings().clearRecentFiles(); // both begin alike
            makeWindow();
            [&] { QVERIFY(QTest::qWaitForWindowActive(m_window.get())); }();
            QList<QImage> images;
            const auto take = [&] {
                theme::apply(last);
                QCoreApplication::processEvents();
                QCoreApplication::processEvents();
                images << m_window->grab().toImage();
                theme::apply(first);
                QCoreApplication::processEvents();
            };
            take(); // start, with the disabled button
            openAndWait(path("broken.onnx"));
            openAndWait(path("net.onnx"));
            find<QLineEdit>("data")->setText("/no/such/pictures");
            QTest::qWait(300); // the field's clear button fades in
            take();
            openAndWait(path("full.json"));
            find<QLineEdit>("data")->setText(path("pictures"));
            openAndWait(path("broken.onnx")); // a failure above
            m_window->document().selectLayer(3);
            for (int tab = 0; tab < m_window->findChild<QTabWidget*>()->count(); ++tab) {
                m_window->findChild<QTabWidget*>()->setCurrentIndex(tab);
                QCoreApplication::processEvents();
                take();
            }
            return images;
        };
        const QList<QImage> changed = pictures(toDark ? ThemeChoice::Light : ThemeChoice::Dark);
        const QList<QImage> born = pictures(last);
        QCOMPARE(changed.size(), born.size());
        for (qsizetype i = 0; i < born.size(); ++i) {
            const QRect where = difference(changed[i], born[i]);
            if (const QString folder = qEnvironmentVariable("HALFTONE_GRAB_DIR");
                !where.isNull() && !folder.isEmpty()) {
                changed[i].save(QStringLiteral("%1/theme-%2-%3-changed.png").arg(folder).arg(toDark).arg(i));
                born[i].save(QStringLiteral("%1/theme-%2-%3-born.png").arg(folder).arg(toDark).arg(i));
            }
            QVERIFY2(where.isNull(), qPrintable(QStringLiteral("picture %1 at %2, %3, %4 x %5")
                                                    .arg(i)
                                                    .arg(where.x())
                                                    .arg(where.y())
                                                    .arg(where.width())
                                                    .arg(where.height())));
        }
    }

    void everyFinishedRunIsKeptAndOpensAgain() {
        QVERIFY(openAndWait(path("net.onnx")));
        QVERIFY(!m_window->findChild<RunsPanel*>()->isVisible());
        primary()->click();
        QVERIFY(waitIdle());
        const auto first = m_window->document().report();
        auto* list = m_window->findChild<RunsPanel*>();
        QVERIFY(list->isVisible());
        QCOMPARE(list->rows().rows().size(), size_t(1));
        QCOMPARE(list->table()->currentId(), 0);
        key(m_window.get(), Qt::CTRL | Qt::SHIFT | Qt::Key_R);
        QVERIFY(waitIdle());
        const auto swept = m_window->document().report();
        QVERIFY(swept->sweep && !first->sweep);
        QCOMPARE(list->rows().rows().size(), size_t(2));
        m_window->runs().finish();

        // Nothing of it is lost by opening something else, and the window can be closed without a question.
        QVERIFY(openAndWait(path("net.onnx")));
        QVERIFY(!m_window->document().report());
        QCOMPARE(list->table()->currentId(), -1);
        m_window->close();
        QVERIFY(!m_window->isVisible());
        makeWindow();
        list = m_window->findChild<RunsPanel*>();
        QTRY_COMPARE(list->rows().rows().size(), size_t(2));
        QVERIFY(list->isVisible());

        const auto click = [&](int row) {
            const QRect place = list->table()->visualRect(list->table()->model()->index(row, 0));
            QTest::mouseClick(list->table()->viewport(), Qt::LeftButton, {}, place.center());
            return waitIdle();
        };
        QVERIFY(click(0));
        QVERIFY(*m_window->document().report() == *swept);
        m_window->findChild<QTabWidget*>()->setCurrentIndex(1);
        QVERIFY(click(1));
        QVERIFY(*m_window->document().report() == *first);
        QCOMPARE(m_window->findChild<QTabWidget*>()->currentIndex(), 1); // the same model: nobody is moved
        QCOMPARE(m_window->windowTitle(), "net.onnx – Halftone");
        QVERIFY(!state()->isVisible());
        QCOMPARE(find<QListWidget>("recentFiles")->count(), 1); // the model, not its runs
    }

    void runsOfOtherModelsAreListedWhenAskedFor() {
        QVERIFY(openAndWait(path("profile.json")));
        key(m_window.get(), Qt::CTRL | Qt::Key_R);
        QVERIFY(waitIdle());
        Report other = loadReport(path("inspect.json").toStdString());
        other.model.sha256 = "another";
        saveReport(other, path("inspect.json").toStdString());
        write("second.onnx", "another model");
        QVERIFY(openAndWait(path("second.onnx")));
        auto* list = m_window->findChild<RunsPanel*>();
        QVERIFY(list->isVisible());
        QCOMPARE(list->rows().rows().size(), size_t(0));
        for (QToolButton* button : list->findChildren<QToolButton*>())
            button->click();
        QCOMPARE(list->rows().rows().size(), size_t(1));
    }

    void aKeptRunIsDeletedAfterAQuestion() {
        QVERIFY(openAndWait(path("net.onnx")));
        primary()->click();
        QVERIFY(waitIdle());
        m_window->runs().finish();
        const QString file = m_window->runs().pathOf(m_window->runs().runs().front().file);
        QVERIFY(QFile::exists(file));
        auto* list = m_window->findChild<RunsPanel*>();
        for (QAction* action : list->table()->actions())
            if (action->text().contains("Delete"))
                action->trigger();
        auto* question = m_window->findChild<QMessageBox*>();
        QVERIFY(question && question->text().contains("example"));
        QVERIFY(QFile::exists(file));
        for (QAbstractButton* button : question->buttons())
            if (button->text() == "&Delete")
                button->click();
        m_window->runs().finish();
        QVERIFY(!QFile::exists(file));
        QVERIFY(!list->isVisible());
        QVERIFY(m_window->document().report()); // what is on show stays
    }

    void aRunThatCannotBeWrittenIsSaidAndNotLost() {
        write("data", "a file where the folder should be");
        QVERIFY(openAndWait(path("net.onnx")));
        primary()->click();
        QVERIFY(waitIdle());
        const auto report = m_window->document().report();
        QTRY_VERIFY(message()->isVisible());
        QVERIFY2(message()->text().contains("not kept on disk"), qPrintable(message()->text()));
        QVERIFY(openAndWait(path("net.onnx"))); // the run stays in the list
        const QString file = m_window->runs().runs().front().file;
        m_window->openRun(file);
        QVERIFY(m_window->document().report() == report);

        m_window->close();
        QVERIFY(m_window->isVisible());
        auto* question = find<QMessageBox>("unwrittenRuns");
        QVERIFY(question && question->text().contains("1 run could not be written"));
        for (QAbstractButton* button : question->buttons())
            if (button->text() == "Close and &lose")
                button->click();
        QVERIFY(!m_window->isVisible());
    }

    void aDamagedRunIsExplainedAndTheReportStays() {
        QVERIFY(openAndWait(path("net.onnx")));
        primary()->click();
        QVERIFY(waitIdle());
        m_window->runs().finish();
        const QString file = m_window->runs().runs().front().file;
        QFile damaged(m_window->runs().pathOf(file));
        QVERIFY(damaged.open(QIODevice::WriteOnly));
        damaged.write("{ damaged");
        damaged.close();
        QVERIFY(openAndWait(path("profile.json")));
        const auto before = m_window->document().report();
        m_window->openRun(file);
        QVERIFY(waitIdle());
        QVERIFY(message()->isVisible());
        QVERIFY(m_window->document().report() == before);
        QCOMPARE(m_window->findChild<RunsPanel*>()->table()->currentId(), -1);
    }

    /// With HALFTONE_GRAB_DIR: the whole window in its states, sizes and themes, to be looked at.
    void theWindowIsGrabbed() {
        const QString folder = qEnvironmentVariable("HALFTONE_GRAB_DIR");
        if (folder.isEmpty() || !QDir().mkpath(folder))
            QSKIP("HALFTONE_GRAB_DIR is not set");
        Report full = fullExampleReport(60);
        full.model.path = path("net.onnx").toStdString();
        full.data->path = path("pictures").toStdString();
        saveReport(full, path("profile.json").toStdString());
        Report about;
        about.machine = full.machine;
        about.model = full.model;
        saveReport(about, path("inspect.json").toStdString());
        const auto grabAll = [&](const QString& name) {
            for (const bool dark : {false, true})
                for (const QSize& size : {QSize(1024, 700), QSize(1280, 800), QSize(1920, 1080)}) {
                    theme::apply(dark ? ThemeChoice::Dark : ThemeChoice::Light);
                    m_window->resize(size);
                    QTest::qWait(50);
                    m_window->grab().save(QStringLiteral("%1/window-%2-%3-%4.png")
                                              .arg(folder, name, dark ? "dark" : "light")
                                              .arg(size.width()));
                }
            theme::apply(ThemeChoice::Light);
        };
        QVERIFY(openAndWait(path("net.onnx")));
        find<QLineEdit>("data")->setText("/no/such/pictures");
        grabAll("no-data");
        find<QLineEdit>("data")->setText(path("pictures"));
        QVERIFY(openAndWait(path("broken.onnx")));
        grabAll("failed");
        for (const auto& [factor, interval, grade] :
             {std::tuple{1.9, Interval{1.85, 1.95}, Grade::Sure}, std::tuple{2.3, Interval{1.8, 2.9}, Grade::Rough},
              std::tuple{2.2, Interval{0.9, 46.8}, Grade::Undecided},
              std::tuple{2.29, Interval{2.2, 2.4}, Grade::Sure}}) {
            full.verdict.speedup = factor;
            full.verdict.speedupCi95 = interval;
            full.verdict.grade = grade;
            saveReport(full, path("profile.json").toStdString());
            key(m_window.get(), Qt::CTRL | Qt::Key_R);
            QVERIFY(waitIdle());
            m_window->findChild<QTabWidget*>()->setCurrentIndex(1);
        }
        full.verdict.speedup = 1.9;
        full.verdict.speedupCi95 = Interval{1.85, 1.95};
        saveReport(full, path("profile.json").toStdString());
        key(m_window.get(), Qt::CTRL | Qt::Key_R);
        QVERIFY(waitIdle());
        m_window->document().selectLayer(3);
        grabAll("new-run");
        message()->hide();
        m_window->findChild<LayersPanel*>()->filter()->setText("no such layer");
        grabAll("empty-filter");
        m_window->findChild<QTabWidget*>()->setCurrentIndex(5);
        grabAll("planner");
        m_window->findChild<QTabWidget*>()->setCurrentIndex(3);
        grabAll("errors");
        m_window->findChild<QTabWidget*>()->setCurrentIndex(0);
        grabAll("overview");
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
